//! A directory export: what differs, and what has become of it.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::bail;
use serde::Serialize;

use super::{Args, counts, is_meant, refuse_drift, say_rows, watch};
use crate::cli::print::{say, say_json, table};
use crate::cli::progress::Progress;
use crate::local::Local;
use crate::reconcile::{self, Applied, Change, Directory, Refused, Who};
use crate::roster::{Attribute, Entry};

pub(super) fn run(local: &Local, text: String, args: &Args) -> anyhow::Result<()> {
    let mut progress = Progress::new(None);
    let found = reconcile::directory(local, text, args.by.by(), &mut watch(&mut progress))?;
    drop(progress);
    if args.apply {
        apply(local, &found, args)
    } else {
        tell(&found, args)?;
        refuse_drift(
            found.drift(),
            "; `--apply` makes the tenant as the file says",
        )
    }
}

fn tell(found: &Directory, args: &Args) -> anyhow::Result<()> {
    if args.whose.json {
        return say_json(&Told::new(found, None, args));
    }
    let header = ["what", "user", "line", "field", "here", "there"];
    Ok(say_rows(
        args.csv,
        &summary(found, args),
        header,
        rows(found),
    )?)
}

fn apply(local: &Local, found: &Directory, args: &Args) -> anyhow::Result<()> {
    let json = args.whose.json;
    let summary = summary(found, args);
    if !json {
        say(&summary)?;
    } else if !args.yes {
        // Standard output is for the answer.
        io::stderr().lock().write_all(summary.as_bytes())?;
    }
    let question = || format!("make these changes in tenant `{}`?", args.whose.tenant);
    if !args.yes && found.drift() > 0 && !is_meant(&question())? {
        bail!("nothing was changed");
    }
    let mut progress = Progress::new(Some(found.drift() as u64));
    let applied = reconcile::apply(local, found, &mut || progress.advance(1))?;
    drop(progress);
    if json {
        say_json(&Told::new(found, Some(&applied), args))?;
    } else {
        say(&outcome(&applied, found.drift()))?;
    }
    match (applied.refused.len(), found.drift()) {
        (0, _) => Ok(()),
        (1, all) => bail!("1 of {all} changes was refused"),
        (many, all) => bail!("{many} of {all} changes were refused"),
    }
}

fn summary(found: &Directory, args: &Args) -> String {
    let mut out = counts([
        ("create", found.create.len()),
        ("deactivate", found.deactivate.len()),
        ("change", found.change.len()),
    ]);
    let Directory {
        there,
        here,
        unkeyed,
        ..
    } = found;
    let by = args.by.by().attribute();
    // Writing to a string does not fail.
    let _ = writeln!(out, "\n{there} users in the file, {here} in the tenant");
    let _ = writeln!(out, "compared: {}", names(&compared(found, by)));
    if !found.ignored.is_empty() {
        let _ = writeln!(out, "not compared: {}", found.ignored.join(", "));
    }
    if *unkeyed > 0 {
        let by = by.name();
        let _ = writeln!(
            out,
            "{unkeyed} in the tenant without `{by}`: left as they are"
        );
    }
    out
}

/// What both sides are known by is the same wherever it is compared.
fn compared(found: &Directory, by: Attribute) -> Vec<&'static str> {
    let compared = found.compared.iter().filter(|attribute| **attribute != by);
    compared.map(|attribute| attribute.name()).collect()
}

fn names(names: &[&str]) -> String {
    match names {
        [] => "who is there".to_owned(),
        names => format!("who is there, {}", names.join(", ")),
    }
}

fn outcome(applied: &Applied, all: usize) -> String {
    let mut out = format!("\n{} of {all} changes are done\n", applied.done);
    if !applied.refused.is_empty() {
        let header = ["WHAT", "USER", "LINE", "STATUS", "REASON"];
        let refused = table(header, applied.refused.iter().map(refusal));
        out.push('\n');
        out.push_str(&refused);
    }
    out
}

fn refusal(refused: &Refused) -> [String; 5] {
    let Refused {
        what,
        line,
        user,
        status,
        reason,
    } = refused;
    let line = line.map(|line| line.to_string()).unwrap_or_default();
    let (what, status) = ((*what).to_owned(), status.to_string());
    [what, user.clone(), line, status, reason.clone()]
}

fn rows(found: &Directory) -> impl Iterator<Item = [String; 6]> {
    let create = found.create.iter().map(created);
    let deactivate = found.deactivate.iter().map(deactivated);
    create
        .chain(deactivate)
        .chain(found.change.iter().flat_map(changed))
}

fn created(entry: &Entry) -> [String; 6] {
    let name = entry.text(Attribute::UserName);
    let name = name.or_else(|| entry.text(Attribute::ExternalId));
    let name = name.unwrap_or_default().to_owned();
    let line = entry.line.to_string();
    let [field, here, there] = [const { String::new() }; 3];
    ["create".to_owned(), name, line, field, here, there]
}

fn deactivated(who: &Who) -> [String; 6] {
    ["deactivate", &who.user_name, "", "active", "true", "false"].map(str::to_owned)
}

fn changed(change: &Change) -> impl Iterator<Item = [String; 6]> {
    change.differences.iter().map(|difference| {
        [
            "change".to_owned(),
            String::from(&*change.who.user_name),
            change.line.to_string(),
            difference.attribute.name().to_owned(),
            difference.here.to_string(),
            difference.there.to_string(),
        ]
    })
}

/// As JSON.
#[derive(Serialize)]
struct Told<'a> {
    tenant: &'a str,
    by: &'static str,
    compared: Vec<&'static str>,
    ignored: &'a [String],
    counts: Counts,
    create: &'a [Entry],
    deactivate: &'a [Who],
    change: &'a [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<&'a Applied>,
}

#[derive(Serialize)]
struct Counts {
    there: u64,
    here: u64,
    unkeyed: u64,
    create: usize,
    deactivate: usize,
    change: usize,
}

impl<'a> Told<'a> {
    fn new(found: &'a Directory, applied: Option<&'a Applied>, args: &'a Args) -> Self {
        let by = args.by.by().attribute();
        let Directory {
            compared: _,
            ignored,
            there,
            here,
            unkeyed,
            create,
            deactivate,
            change,
        } = found;
        Self {
            tenant: &args.whose.tenant,
            by: by.name(),
            compared: compared(found, by),
            ignored,
            counts: Counts {
                there: *there,
                here: *here,
                unkeyed: *unkeyed,
                create: create.len(),
                deactivate: deactivate.len(),
                change: change.len(),
            },
            create,
            deactivate,
            change,
            applied,
        }
    }
}
