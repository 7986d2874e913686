//! The flags of `scimlet license set` for the terms of a license. An empty value (`--grace=`) takes a
//! term away.

use serde_json::Value;

use super::pool::{self, Lot};
use crate::cli::days;
use crate::licenses::Terms;

/// All of them: whoever says one of these changes a license that has its seats already.
pub(super) const NAMES: [&str; 17] = [
    "overage_max",
    "overage_percent",
    "overage_grace",
    "valid_from",
    "valid_until",
    "grace",
    "after_term",
    "requires",
    "excludes",
    "contains",
    "rank",
    "fallback",
    "reserved_seats",
    "reserved_priority",
    "reclaim_grace",
    "thresholds",
    "pool",
];

#[derive(Debug, Default, clap::Args)]
pub(super) struct Flags {
    /// Seats above the limit that `allow` and `grace` may give
    #[arg(long, value_name = "N", value_parser = number)]
    overage_max: Option<Value>,
    /// The same as a share of the seats, in percent; the smaller of the two counts
    #[arg(long, value_name = "N", value_parser = number)]
    overage_percent: Option<Value>,
    /// With `--overage grace`: how long a seat above the limit lasts (`P14D`)
    #[arg(long, value_name = "DURATION", value_parser = word)]
    overage_grace: Option<Value>,
    /// When its term begins: a day (2027-01-31, in UTC) or a moment
    #[arg(long, value_name = "DAY", value_parser = from)]
    valid_from: Option<Value>,
    /// When its term ends: the end of a day, or a moment
    #[arg(long, value_name = "DAY", value_parser = until)]
    valid_until: Option<Value>,
    /// How long its seats may be used beyond the term (`P30D`)
    #[arg(long, value_name = "DURATION", value_parser = word)]
    grace: Option<Value>,
    /// What happens to those above the limit when seats end: they keep them, or their seats end too
    #[arg(long, value_name = "keep|end", value_parser = word)]
    after_term: Option<Value>,
    /// Licenses that a user must be granted as well
    #[arg(long, value_name = "SKU,SKU", value_parser = list)]
    requires: Option<Value>,
    /// Licenses that no user may hold beside it
    #[arg(long, value_name = "SKU,SKU", value_parser = list)]
    excludes: Option<Value>,
    /// Which of two that exclude one another wins: the higher
    #[arg(long, value_name = "N", value_parser = integer, allow_hyphen_values = true)]
    rank: Option<Value>,
    /// The license that a user gets while this one is out of seats
    #[arg(long, value_name = "SKU", value_parser = word)]
    fallback: Option<Value>,
    /// Seats that are only for users of `--reserved-priority` or more
    #[arg(long, value_name = "N", value_parser = number)]
    reserved_seats: Option<Value>,
    /// That priority
    #[arg(long, value_name = "1-9", value_parser = number)]
    reserved_priority: Option<Value>,
    /// How long a freed seat is kept for its former holder (`P7D`)
    #[arg(long, value_name = "DURATION", value_parser = word)]
    reclaim_grace: Option<Value>,
    /// The percentages of the seats at which an event is sent
    #[arg(long, value_name = "N,N", value_parser = numbers)]
    thresholds: Option<Value>,
    /// Licenses that come with it
    #[arg(long, value_name = "SKU,SKU", value_parser = list)]
    contains: Option<Value>,
    /// A lot of seats with a term of its own; may be said several times. Others stay as they are;
    /// `ID=` takes one away
    #[arg(
        long,
        value_name = "ID=SEATS[,FROM[,UNTIL[,GRACE]]]",
        value_parser = pool::parse
    )]
    pool: Vec<Lot>,
}

impl Flags {
    /// As what the license is to be changed by.
    pub(super) fn terms(self) -> Terms {
        let Self {
            overage_max,
            overage_percent,
            overage_grace,
            valid_from,
            valid_until,
            grace,
            after_term,
            requires,
            excludes,
            rank,
            fallback,
            reserved_seats,
            reserved_priority,
            reclaim_grace,
            thresholds,
            contains,
            pool,
        } = self;
        let attributes = [
            ("overageMax", overage_max),
            ("overagePercent", overage_percent),
            ("overageGrace", overage_grace),
            ("validFrom", valid_from),
            ("validUntil", valid_until),
            ("grace", grace),
            ("afterTerm", after_term),
            ("requires", requires),
            ("excludes", excludes),
            ("rank", rank),
            ("fallback", fallback),
            ("reservedSeats", reserved_seats),
            ("reservedPriority", reserved_priority),
            ("reclaimGrace", reclaim_grace),
            ("thresholds", thresholds),
        ];
        let said = |(name, value): (_, Option<Value>)| value.map(|value| (name, value));
        Terms {
            attributes: attributes.into_iter().filter_map(said).collect(),
            contains: contains.map(|value| texts(&value)),
            pools: pool
                .into_iter()
                .map(|Lot { id, pool }| (id, pool))
                .collect(),
        }
    }
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whatever is empty takes the term away.
fn unless_empty(
    text: &str,
    parse: impl FnOnce(&str) -> Result<Value, String>,
) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    parse(text)
}

/// What it may be, the component says better.
fn word(text: &str) -> Result<Value, String> {
    unless_empty(text, |text| Ok(text.into()))
}

fn number(text: &str) -> Result<Value, String> {
    unless_empty(text, parse_number)
}

fn parse_number(text: &str) -> Result<Value, String> {
    let number = text.parse::<u32>();
    number
        .map(Value::from)
        .map_err(|_| "a number from 0 on is needed".to_owned())
}

fn integer(text: &str) -> Result<Value, String> {
    unless_empty(text, |text| {
        let number = text.parse::<i32>();
        number
            .map(Value::from)
            .map_err(|_| "a whole number is needed".to_owned())
    })
}

fn from(text: &str) -> Result<Value, String> {
    unless_empty(text, |text| days::parse_from(text).map(Value::from))
}

fn until(text: &str) -> Result<Value, String> {
    unless_empty(text, |text| days::parse_until(text).map(Value::from))
}

fn list(text: &str) -> Result<Value, String> {
    unless_empty(text, |text| Ok(elements(text).map(Value::from).collect()))
}

fn numbers(text: &str) -> Result<Value, String> {
    unless_empty(text, |text| elements(text).map(parse_number).collect())
}

fn elements(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn says_what_was_named_and_nothing_else() {
        let args = Flags {
            grace: word("P7D").ok(),
            thresholds: numbers("50, 90").ok(),
            requires: list("").ok(),
            contains: list("a,b").ok(),
            ..Flags::default()
        };
        let terms = args.terms();
        let attributes = [
            ("grace", json!("P7D")),
            ("requires", Value::Null),
            ("thresholds", json!([50, 90])),
        ];
        assert_eq!(terms.attributes, attributes);
        assert_eq!(terms.contains, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(terms.pools, []);
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["many", "-1", "1.5"] {
            assert!(number(text).is_err(), "{text}");
        }
        assert!(numbers("1,x").is_err());
        assert_eq!(integer("-3"), Ok(json!(-3)));
    }
}
