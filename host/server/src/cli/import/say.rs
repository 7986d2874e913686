//! What has become of an import, for a person and for a program.

use std::fmt::Write as _;

use serde::Serialize;

use super::Args;
use crate::cli::print::{say, say_json, table};
use crate::import::fetch::Total;
use crate::import::{Reason, Report};

/// As JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    tenant: &'a str,
    dry_run: bool,
    #[serde(flatten)]
    report: &'a Report,
    /// What another server said there was.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    source: &'a [Total],
}

pub(super) fn report(report: &Report, source: &[Total], args: &Args) -> anyhow::Result<()> {
    if args.whose.json {
        return say_json(&Told {
            tenant: &args.whose.tenant,
            dry_run: args.dry_run,
            report,
            source,
        });
    }
    let Report {
        rows,
        counts,
        reasons,
        ignored,
        resumed,
        refused_file: _,
    } = report;
    let lines = [
        ("created", counts.created),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("skipped", counts.skipped),
        ("refused", counts.refused),
    ];
    let lines = lines.map(|(what, count)| [what.to_owned(), count.to_string()]);
    let mut out = table(["ROWS", "COUNT"], lines);
    write!(out, "\n{rows} rows")?;
    if counts.ties > 0 {
        let ties = counts.ties;
        write!(out, ", {ties} members and managers tied")?;
    }
    out.push_str(if args.dry_run {
        "; tried on a copy, nothing is changed\n"
    } else {
        "\n"
    });
    if *resumed {
        out.push_str("an earlier run had done a part of it; all of it is counted\n");
    }
    for Total { kind, said, read } in source {
        if let Some(said) = said.filter(|said| said != read) {
            writeln!(
                out,
                "the source said that there are {said} {kind}, and gave {read}"
            )?;
        }
    }
    if !ignored.is_empty() {
        writeln!(out, "left out: {}", ignored.join(", "))?;
    }
    if !reasons.is_empty() {
        let header = ["ROWS", "STATUS", "TYPE", "LINE", "FOR EXAMPLE"];
        write!(out, "\n{}", table(header, reasons.iter().map(row)))?;
    }
    Ok(say(&out)?)
}

fn row(reason: &Reason) -> [String; 5] {
    let Reason {
        kind,
        status,
        rows,
        line,
        example,
    } = reason;
    let status = status.map(|status| status.to_string()).unwrap_or_default();
    [
        rows.to_string(),
        status,
        kind.clone(),
        line.to_string(),
        example.clone(),
    ]
}
