//! `scimlet account show`: one account, a field a line.

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
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let local = args.whose.client(place)?;
    let answer = admin::get(&local, &admin::path(&["accounts", &args.user]))?;
    if args.whose.json {
        return say_json(&answer);
    }
    Ok(say(&told(&answer))?)
}

/// An account as a person reads it.
pub(super) fn told(answer: &Value) -> String {
    let [name, id, version] = ["userName", "id", "version"].map(|it| cell(answer, it));
    let mut out = format!("{name} ({id}), version {version}\n");
    let fields = answer.get("account").and_then(Value::as_object);
    let fields: Vec<_> = fields.into_iter().flatten().collect();
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in fields {
        // Writing to a string does not fail.
        let _ = writeln!(out, "  {name:width$}  {}", text(value));
    }
    for problem in list(answer, "problems") {
        let _ = writeln!(out, "problem: {}", cell(problem, "detail"));
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_a_line() {
        let answer = json!({
            "id": "42", "userName": "ada", "version": 3,
            "account": { "email": "ada@x.org", "roles": ["a", "b"] },
            "problems": [{ "field": "plan", "detail": "`plan` is not known" }],
        });
        let expected = "\
ada (42), version 3
  email  ada@x.org
  roles  a,b
problem: `plan` is not known
";
        assert_eq!(told(&answer), expected);
    }
}
