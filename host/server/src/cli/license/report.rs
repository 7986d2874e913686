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
    /// Over how many days to count seats that were added and freed: 1 to 366
    #[arg(long, value_name = "N", default_value_t = 30)]
    days: u16,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let days = args.days.to_string();
    let path = admin::path(&["licenses"]);
    let report = admin::get_by(&args.whose.client(place)?, &path, &[("days", &days)])?;
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

const COLUMNS: [&str; 18] = [
    "sku",
    "name",
    "seats",
    "used",
    "free",
    "active",
    "overage",
    "waiting",
    "blocked",
    "kept",
    "held",
    "over",
    "mode",
    "stage",
    "added",
    "freed",
    "fullInDays",
    "alert",
];

fn line(license: &Value) -> [String; 18] {
    COLUMNS.map(|name| match name {
        "seats" | "free" => seats(license, name),
        _ => cell(license, name),
    })
}

const HEADER: [&str; 14] = [
    "SKU", "NAME", "SEATS", "USED", "FREE", "WAITING", "BLOCKED", "OVER", "GRACE", "HELD", "MODE",
    "TERM", "FULL IN", "ALERT",
];

/// The license, and its pools below it.
fn rows(license: &Value) -> Vec<[String; 14]> {
    let days = match cell(license, "fullInDays") {
        days if days.is_empty() => days,
        days => format!("{days} days"),
    };
    let alert = match cell(license, "alert") {
        alert if alert.is_empty() => alert,
        alert => format!("{alert} %"),
    };
    let own = [
        cell(license, "sku"),
        cell(license, "name"),
        seats(license, "seats"),
        cell(license, "used"),
        seats(license, "free"),
        cell(license, "waiting"),
        cell(license, "blocked"),
        cell(license, "over"),
        cell(license, "kept"),
        cell(license, "held"),
        cell(license, "mode"),
        cell(license, "stage"),
        days,
        alert,
    ];
    let sku = cell(license, "sku");
    let pools = list(license, "pools").iter();
    std::iter::once(own)
        .chain(pools.map(|pool| pool_row(&sku, pool)))
        .collect()
}

fn pool_row(sku: &str, pool: &Value) -> [String; 14] {
    let mut row = [const { String::new() }; 14];
    let term = match (cell(pool, "open") == "true", cell(pool, "until")) {
        (true, until) if until.is_empty() => "open".to_owned(),
        (true, until) => format!("open until {until}"),
        (false, _) => "closed".to_owned(),
    };
    let cells = [
        (0, format!("{sku}/{}", cell(pool, "id"))),
        (2, seats(pool, "seats")),
        (3, cell(pool, "used")),
        (11, term),
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
            "waiting": 0, "blocked": 2, "kept": 1, "held": 1, "free": 3, "over": 0, "mode": "waitlist",
            "stage": "open", "added": 5, "freed": 1, "fullInDays": 22, "alert": 80,
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
                "pro|Pro, large|10|7|3|0|2|0|1|1|waitlist|open|22 days|80 %",
                "pro/eu||unlimited|7||||||||open||",
            ]
        );
    }

    #[test]
    fn csv_has_a_line_for_each_license() {
        let text = csv(COLUMNS, [line(&license())]);
        let last = "pro,\"Pro, large\",10,7,3,6,0,0,2,1,1,0,waitlist,open,5,1,22,80\r\n";
        assert!(text.ends_with(last), "{text}");
    }
}
