//! `scimlet policy test`: puts questions to a policy whose answers are known.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use scimlet_runtime::Trial;
use serde_json::{Value, json};

use super::{no_policy, size};
use crate::cli::busy::Busy;
use crate::cli::place::Place;
use crate::cli::print::{say, say_json, table};
use crate::trial::{Case, Outcome, Verdict, read_cases};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The component, a `.wasm` file
    file: PathBuf,
    /// A file with a case in JSON, or a folder of such files
    cases: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let cases = read_cases(&args.cases)?;
    let code = super::read(&args.file)?;
    let policies = place.policies()?;
    let busy = Busy::with("compiling");
    let trial = policies.trial(&code);
    drop(busy);
    let trial = trial.with_context(|| no_policy(&args.file))?;
    let outcomes = run_all(&trial, cases)?;
    let failed = outcomes.iter().filter(|it| !it.has_passed()).count();
    if args.json {
        let cases: Vec<_> = outcomes.iter().map(as_json).collect();
        let passed = outcomes.len() - failed;
        say_json(&json!({ "cases": cases, "passed": passed, "failed": failed }))?;
    } else {
        let header = ["CASE", "HOOK", "VERDICT", "TIME", "MEMORY", "IN", "OUT"];
        say(&table(header, outcomes.iter().map(cells)))?;
        say(&outcomes.iter().map(remarks).collect::<String>())?;
    }
    match (failed, outcomes.len()) {
        (0, _) => Ok(()),
        (1, 1) => bail!("the case has failed"),
        (1, all) => bail!("1 of {all} cases has failed"),
        (many, all) => bail!("{many} of {all} cases have failed"),
    }
}

fn run_all(trial: &Trial<'_>, cases: Vec<Case>) -> anyhow::Result<Vec<Outcome>> {
    let run = |case: Case| case.run(trial);
    Ok(cases.into_iter().map(run).collect::<Result<_, _>>()?)
}

fn cells(outcome: &Outcome) -> [String; 7] {
    let tried = &outcome.tried;
    [
        outcome.name.clone(),
        outcome.hook.to_string(),
        outcome.verdict.as_str().to_owned(),
        format!("{:.1?}", tried.took),
        size(tried.memory_bytes as u64),
        size(tried.asked_bytes as u64),
        size(tried.answered_bytes as u64),
    ]
}

/// What has to be said about a case besides its line: what came out instead, and what it printed.
fn remarks(outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    match &outcome.verdict {
        Verdict::Passed => {}
        Verdict::Differs(differences) => {
            for it in differences {
                lines.push(format!("answer {}", it.index + 1));
                lines.push(format!("  expected  {}", it.expected));
                lines.push(format!("  got       {}", it.got));
            }
        }
        Verdict::Fickle => {
            lines.push("asked the same once more, it gave another answer".to_owned());
        }
        Verdict::Failed { cause, .. } => lines.push(cause.clone()),
    }
    if !outcome.has_passed() {
        lines.extend(outcome.tried.said.lines().map(|line| format!("| {line}")));
    }
    if lines.is_empty() {
        return String::new();
    }
    let lines = lines.iter().map(|line| format!("  {line}\n"));
    format!("\n{}\n{}", outcome.name, lines.collect::<String>())
}

fn as_json(outcome: &Outcome) -> Value {
    let tried = &outcome.tried;
    let mut case = json!({
        "case": outcome.name, "hook": outcome.hook.as_str(), "passed": outcome.has_passed(),
        "verdict": outcome.verdict.as_str(),
        "micros": u64::try_from(tried.took.as_micros()).unwrap_or(u64::MAX),
        "memoryBytes": tried.memory_bytes, "bytesIn": tried.asked_bytes,
        "bytesOut": tried.answered_bytes, "said": tried.said,
    });
    let more = match &outcome.verdict {
        Verdict::Passed | Verdict::Fickle => None,
        Verdict::Failed { cause, .. } => Some(("cause", json!(cause))),
        Verdict::Differs(differences) => {
            let differences = differences
                .iter()
                .map(|it| json!({ "index": it.index, "expected": it.expected, "got": it.got }));
            Some(("differences", differences.collect()))
        }
    };
    if let (Some((name, value)), Some(case)) = (more, case.as_object_mut()) {
        case.insert(name.to_owned(), value);
    }
    case
}
