//! `scimlet mapping test`: a mapping tried on examples, both ways, before any tenant uses it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use scimlet_store::Backend;
use scimlet_store::memory::MemoryBackend;
use serde_json::Value;

use super::cells::{cell, list};
use super::input::read;
use super::place::Place;
use super::print::{Reasons, say, say_json, table};
use crate::admin;
use crate::local::Local;
use crate::world;

/// A tenant that nobody has.
const NOBODY: &str = "mapping";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Try a mapping on examples, both ways; exits with 1 if one of them comes out otherwise
    Test(Test),
}

#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// JSON: a `mapping`, perhaps `schemas`, `resourceTypes`, `preset` and `tolerances`, and `examples`
    /// (`-`: standard input)
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Test(args) => test(place, &args),
    }
}

fn test(place: &Place, args: &Test) -> anyhow::Result<()> {
    let file = args.file.display();
    let text = read(&args.file).with_context(|| format!("cannot read `{file}`"))?;
    let body: Value =
        serde_json::from_str(&text).with_context(|| format!("`{file}` is not JSON"))?;
    let path = admin::path(&["mapping", "test"]);
    let answer = admin::send(&nobody(place)?, "POST", &path, Some(&body))?;
    if args.json {
        say_json(&answer)?;
    } else if list(&answer, "problems").is_empty() {
        let rows = list(&answer, "lines").iter().map(row);
        let header = [
            "EXAMPLE",
            "DIRECTION",
            "FIELD",
            "EXPECTED",
            "GOT",
            "OK",
            "WHY",
        ];
        say(&table(header, rows))?;
    }
    judge(&answer)
}

/// A client of a tenant without data, in memory: nothing is read, and nothing is kept.
fn nobody(place: &Place) -> anyhow::Result<Local> {
    let backend = MemoryBackend::new();
    backend
        .registry()
        .create_tenant(NOBODY, "{}", world::now())?;
    let backend: Arc<dyn Backend> = Arc::new(backend);
    Ok(Local::new(place.runtime_alone()?, &backend, NOBODY)?)
}

fn row(line: &Value) -> [String; 7] {
    let shown = |name: &str| match line.get(name) {
        None | Some(Value::Null) => "(nothing)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let ok = match line.get("ok") {
        Some(Value::Bool(true)) => "yes",
        _ => "NO",
    };
    let [example, direction, field] = ["example", "direction", "field"].map(|it| cell(line, it));
    let (expected, got) = (shown("expected"), shown("got"));
    let why = cell(line, "detail");
    [example, direction, field, expected, got, ok.to_owned(), why]
}

fn judge(answer: &Value) -> anyhow::Result<()> {
    let problems = list(answer, "problems");
    if !problems.is_empty() {
        let reason = |it: &Value| format!("{}: {}", cell(it, "path"), cell(it, "detail"));
        return Err(Reasons(problems.iter().map(reason).collect()).into());
    }
    let lines = list(answer, "lines");
    let is_wrong = |line: &&Value| line.get("ok") != Some(&Value::Bool(true));
    match (lines.iter().filter(is_wrong).count(), lines.len()) {
        (0, _) => Ok(()),
        (wrong, all) => bail!("{wrong} of {all} lines are not as expected"),
    }
}
