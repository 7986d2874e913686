//! `scimlet license report`: every license, its seats and how they are used.

use serde_json::Value;

use crate::admin;
use crate::cli::cells::{cell, csv, list, seats};
use crate::cli::place::Place;
use crate::cli::print::{say, say_json, table};
use crate::cli::whose::Whose;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Print CSV, a line for each license
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let report = admin::get(&args.whose.client(place)?, &admin::path(&["licenses"]))?;
    if args.whose.json {
        return say_json(&report);
    }
    let licenses = list(&report, "licenses");
    let text = if args.csv {
        csv(COLUMNS, licenses.iter().map(line))
    } else {
        table(HEADER, licenses.iter().flat_map(rows))
    };
    Ok(say(&text)?)
}

const COLUMNS: [&str; 16] = [
    "sku",
    "name",
    "seats",
    "used",
    "free",
    "active",
    "overage",
    "waiting",
    "kept",
    "held",
    "over",
    "mode",
    "stage",
    "added30",
    "freed30",
    "fullInDays",
];

fn line(license: &Value) -> [String; 16] {
    COLUMNS.map(|name| match name {
        "seats" | "free" => seats(license, name),
        _ => cell(license, name),
    })
}

const HEADER: [&str; 12] = [
    "SKU", "NAME", "SEATS", "USED", "FREE", "WAITING", "OVER", "GRACE", "HELD", "MODE", "TERM",
    "FULL IN",
];

/// The license, and its pools below it.
fn rows(license: &Value) -> Vec<[String; 12]> {
    let days = match cell(license, "fullInDays") {
        days if days.is_empty() => days,
        days => format!("{days} days"),
    };
    let own = [
        cell(license, "sku"),
        cell(license, "name"),
        seats(license, "seats"),
        cell(license, "used"),
        seats(license, "free"),
        cell(license, "waiting"),
        cell(license, "over"),
        cell(license, "kept"),
        cell(license, "held"),
        cell(license, "mode"),
        cell(license, "stage"),
        days,
    ];
    let sku = cell(license, "sku");
    let pools = list(license, "pools").iter();
    std::iter::once(own)
        .chain(pools.map(|pool| pool_row(&sku, pool)))
        .collect()
}

fn pool_row(sku: &str, pool: &Value) -> [String; 12] {
    let mut row = [const { String::new() }; 12];
    let term = match (cell(pool, "open") == "true", cell(pool, "until")) {
        (true, until) if until.is_empty() => "open".to_owned(),
        (true, until) => format!("open until {until}"),
        (false, _) => "closed".to_owned(),
    };
    let cells = [
        (0, format!("{sku}/{}", cell(pool, "id"))),
        (2, seats(pool, "seats")),
        (3, cell(pool, "used")),
        (10, term),
    ];
    for (at, text) in cells {
        if let Some(place) = row.get_mut(at) {
            *place = text;
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn license() -> Value {
        json!({
            "sku": "pro", "name": "Pro, large", "seats": 10, "used": 7, "active": 6, "overage": 0,
            "waiting": 0, "kept": 1, "held": 1, "free": 3, "over": 0, "mode": "waitlist",
            "stage": "open", "added30": 5, "freed30": 1, "fullInDays": 22,
            "pools": [{ "id": "eu", "seats": null, "used": 7, "open": true }],
        })
    }

    #[test]
    fn a_license_comes_with_its_pools() {
        let rows = rows(&license());
        let texts = rows.iter().map(|row| row.join("|")).collect::<Vec<_>>();
        assert_eq!(
            texts,
            [
                "pro|Pro, large|10|7|3|0|0|1|1|waitlist|open|22 days",
                "pro/eu||unlimited|7|||||||open|",
            ]
        );
    }

    #[test]
    fn csv_has_a_line_for_each_license() {
        let text = csv(COLUMNS, [line(&license())]);
        let last = "pro,\"Pro, large\",10,7,3,6,0,0,1,1,0,waitlist,open,5,1,22\r\n";
        assert!(text.ends_with(last), "{text}");
    }
}
