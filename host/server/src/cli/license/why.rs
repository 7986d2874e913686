//! `scimlet license why`: why a user has a license or has not, and what would change it.

use std::fmt::Write as _;

use serde_json::Value;

use crate::admin;
use crate::cli::cells::{cell, list, text};
use crate::cli::place::Place;
use crate::cli::print::{say, say_json};
use crate::cli::whose::Whose;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The user: a `userName` or an id
    user: String,
    /// The license; without it, all that the user has to do with
    sku: Option<String>,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let local = args.whose.client(place)?;
    let user = ["users", args.user.as_str(), "licenses"];
    let segments: Vec<_> = user.into_iter().chain(args.sku.as_deref()).collect();
    let answer = admin::get(&local, &admin::path(&segments))?;
    if args.whose.json {
        return say_json(&answer);
    }
    let told = match args.sku {
        Some(_) => one(&answer),
        None => all(&answer),
    };
    Ok(say(&told)?)
}

/// A user, and everything about their licenses.
pub(super) fn all(answer: &Value) -> String {
    let nobody = Value::Null;
    let user = answer.get("user").unwrap_or(&nobody);
    let inactive = match user.get("active") {
        Some(Value::Bool(false)) => ", not active",
        _ => "",
    };
    let mut out = format!(
        "{} ({}{inactive})\n",
        cell(user, "userName"),
        cell(user, "id")
    );
    let licenses = list(answer, "licenses");
    if licenses.is_empty() {
        out.push_str("no license: nothing asks for one\n");
    }
    for license in licenses {
        out.push('\n');
        out.push_str(&one(license));
    }
    out
}

/// One license of a user: what, since when, by whose wish, and what helps.
fn one(why: &Value) -> String {
    let mut out = headline(why);
    let mut line = |name: &str, text: &str| {
        if !text.is_empty() {
            // Writing to a string does not fail.
            let _ = writeln!(out, "  {name:<8}  {text}");
        }
    };
    line("says", &cell(why, "says"));
    line("since", &cell(why, "since"));
    line("until", &cell(why, "until"));
    line("pool", &cell(why, "pool"));
    for source in list(why, "sources") {
        let because = cell(source, "because");
        line(
            "asked by",
            format!("{}  {because}", cell(source, "source")).trim_end(),
        );
    }
    for help in list(why, "helps") {
        line("helps", &text(help));
    }
    out
}

fn headline(why: &Value) -> String {
    let [sku, name, state, reason, position] =
        ["sku", "name", "state", "reason", "position"].map(|name| cell(why, name));
    let named = |text: String, before: &str, behind: &str| match text.as_str() {
        "" => text,
        _ => format!("{before}{text}{behind}"),
    };
    let (name, reason) = (named(name, " (", ")"), named(reason, ", ", ""));
    let position = named(position, ", at ", "");
    format!("{sku}{name}: {state}{position}{reason}\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_what_is_and_what_would_help() {
        let answer = json!({
            "user": { "id": "42", "userName": "ann", "active": true },
            "licenses": [{
                "sku": "pro", "name": "Pro", "state": "waiting", "position": 3,
                "since": "2026-01-01T00:00:00.000Z",
                "sources": [{ "source": "group:7", "because": "member of `Engineering`" }],
                "says": "no seat is free", "helps": ["add seats", "free a seat"],
            }],
        });
        let expected = "\
ann (42)

pro (Pro): waiting, at 3
  says      no seat is free
  since     2026-01-01T00:00:00.000Z
  asked by  group:7  member of `Engineering`
  helps     add seats
  helps     free a seat
";
        assert_eq!(all(&answer), expected);
    }

    #[test]
    fn nothing_is_said_as_such() {
        let answer =
            json!({ "user": { "id": "42", "userName": "ann", "active": false }, "licenses": [] });
        let expected = "ann (42, not active)\nno license: nothing asks for one\n";
        assert_eq!(all(&answer), expected);
    }
}
