//! `scimlet license usage`: seats by an attribute of the users.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::admin::{Pages, path};
use crate::cli::cells::{cell, csv, list};
use crate::cli::place::Place;
use crate::cli::print::{say, say_json, table};
use crate::cli::progress::Progress;
use crate::cli::whose::Whose;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The attribute: `userType`,
    /// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department` ...
    #[arg(long, value_name = "PATH")]
    by: String,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    whose: Whose,
}

/// What is counted.
const STATES: [&str; 6] = ["active", "overage", "waiting", "blocked", "grace", "held"];

/// By value and SKU.
type Sums = BTreeMap<(String, String), [u64; 6]>;

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let local = args.whose.client(place)?;
    let pages = Pages::new(&local, path(&["usage"]), [("by", Some(args.by.clone()))]);
    let sums = walk(pages)?;
    if args.whose.json {
        let rows: Vec<_> = sums.iter().map(as_json).collect();
        return say_json(&json!({ "by": args.by, "rows": rows }));
    }
    let rows = sums.iter().map(|((value, sku), counts)| {
        let [active, overage, waiting, blocked, grace, held] =
            counts.map(|count| count.to_string());
        let (value, sku) = (value.clone(), sku.clone());
        [value, sku, active, overage, waiting, blocked, grace, held]
    });
    let header = [
        "value", "sku", "active", "overage", "waiting", "blocked", "grace", "held",
    ];
    let text = if args.csv {
        csv(header, rows)
    } else {
        let header = header.map(str::to_uppercase);
        table(header.each_ref().map(String::as_str), rows)
    };
    Ok(say(&text)?)
}

/// The component sums up each step by itself; the steps are added up here.
fn walk(pages: Pages<'_>) -> anyhow::Result<Sums> {
    let (mut sums, mut progress) = (Sums::new(), Progress::new(None));
    for page in pages {
        let page = page?;
        if let Some(total) = page.get("total").and_then(Value::as_u64) {
            progress.expect(total);
        }
        add(&mut sums, &page);
        progress.advance(page.get("looked").and_then(Value::as_u64).unwrap_or(0));
    }
    Ok(sums)
}

fn add(sums: &mut Sums, page: &Value) {
    for row in list(page, "rows") {
        let counts = sums
            .entry((cell(row, "value"), cell(row, "sku")))
            .or_default();
        for (count, state) in counts.iter_mut().zip(STATES) {
            *count += row.get(state).and_then(Value::as_u64).unwrap_or(0);
        }
    }
}

fn as_json(((value, sku), counts): (&(String, String), &[u64; 6])) -> Value {
    let mut row = json!({ "value": value, "sku": sku });
    if let Some(members) = row.as_object_mut() {
        let counts = STATES.into_iter().zip(counts);
        members.extend(counts.map(|(state, count)| (state.to_owned(), json!(count))));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_added_up() {
        let mut sums = Sums::new();
        for (value, active) in [("Employee", 2), ("Intern", 1), ("Employee", 3)] {
            let row = json!({ "value": value, "sku": "pro", "active": active, "waiting": 1 });
            add(&mut sums, &json!({ "rows": [row], "looked": 9 }));
        }
        let rows: Vec<_> = sums.iter().map(as_json).collect();
        assert_eq!(rows.len(), 2);
        let employees = json!({
            "value": "Employee", "sku": "pro", "active": 5, "overage": 0, "waiting": 2,
            "blocked": 0, "grace": 0, "held": 0,
        });
        assert_eq!(rows.first(), Some(&employees));
    }
}
