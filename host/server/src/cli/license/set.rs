//! `scimlet license set`: creates a license or changes it. What is not named stays as it is.

mod pool;
mod terms;

use clap::ValueEnum;

use super::catalog::say_one;
use crate::cli::place::Place;
use crate::cli::whose::Whose;
use crate::licenses::{self, Seats, Wanted};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What the platform calls it
    sku: String,
    /// How many users may hold it: a number, or `unlimited`
    #[arg(
        long,
        value_name = "N|unlimited",
        value_parser = parse_seats,
        required_unless_present_any = terms::NAMES
    )]
    seats: Option<Seats>,
    /// What happens when no seat is free [default for a new license: waitlist]
    #[arg(long, value_enum)]
    overage: Option<Overage>,
    /// A name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    #[command(flatten)]
    terms: terms::Flags,
    #[command(flatten)]
    whose: Whose,
}

/// What happens when no seat is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Overage {
    /// The user waits for a seat
    Waitlist,
    /// The request is refused
    Deny,
    /// The license is granted above the limit
    Allow,
    /// The same, for some time
    Grace,
}

impl Overage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waitlist => "waitlist",
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Grace => "grace",
        }
    }
}

fn parse_seats(text: &str) -> Result<Seats, String> {
    if text == "unlimited" {
        return Ok(Seats::Unlimited);
    }
    text.parse()
        .map(Seats::Limited)
        .map_err(|_| "a number or `unlimited` is needed".to_owned())
}

pub(super) fn run(place: &Place, args: Args) -> anyhow::Result<()> {
    let Args {
        sku,
        seats,
        overage,
        name,
        terms,
        whose,
    } = args;
    let wanted = Wanted {
        sku,
        seats,
        name,
        overage: overage.map(Overage::as_str),
        terms: terms.terms(),
    };
    let license = licenses::set(&whose.client(place)?, &wanted)?;
    say_one(&license, whose.json)
}
