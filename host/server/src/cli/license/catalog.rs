//! `scimlet license`: set, list, show, remove. All of it as a SCIM client of the component.

use anyhow::bail;
use clap::{Subcommand, ValueEnum};

use super::place::Place;
use super::print::{say, say_json, table};
use crate::licenses::{self, License, Seats, Wanted};
use crate::local::Local;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a license, or change it
    Set {
        /// What the platform calls it
        sku: String,
        /// The tenant
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// How many users may hold it: a number, or `unlimited`
        #[arg(long, value_name = "N|unlimited", value_parser = parse_seats)]
        seats: Seats,
        /// What happens when no seat is free [default for a new license: waitlist]
        #[arg(long, value_enum)]
        overage: Option<Overage>,
        /// A name for people
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List a tenant's licenses
    List {
        /// The tenant
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one license
    Show {
        /// Its SKU
        sku: String,
        /// The tenant
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a license
    Remove {
        /// Its SKU
        sku: String,
        /// The tenant
        #[arg(long, value_name = "NAME")]
        tenant: String,
    },
}

/// What happens when no seat is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Overage {
    /// The user waits for a seat
    Waitlist,
    /// The request is refused
    Deny,
    /// The license is granted above the limit
    Allow,
}

impl Overage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waitlist => "waitlist",
            Self::Deny => "deny",
            Self::Allow => "allow",
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

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Set {
            sku,
            tenant,
            seats,
            overage,
            name,
            json,
        } => {
            let wanted = Wanted {
                sku,
                seats,
                name,
                overage: overage.map(Overage::as_str),
            };
            let license = licenses::set(&client(place, &tenant)?, &wanted)?;
            say_one(&license, json)
        }
        Command::List { tenant, json } => {
            let all = licenses::list(&client(place, &tenant)?)?;
            if json {
                say_json(&all)
            } else {
                say_table(&all)
            }
        }
        Command::Show { sku, tenant, json } => match licenses::get(&client(place, &tenant)?, &sku)?
        {
            Some(license) => say_one(&license, json),
            None => bail!("tenant `{tenant}` has no license `{sku}`"),
        },
        Command::Remove { sku, tenant } => {
            if licenses::remove(&client(place, &tenant)?, &sku)? {
                Ok(())
            } else {
                bail!("tenant `{tenant}` has no license `{sku}`")
            }
        }
    }
}

fn client(place: &Place, tenant: &str) -> anyhow::Result<Local> {
    let backend = place.open()?;
    // Asked first: starting the component for a tenant that does not exist would be slow.
    if backend.registry().tenant(tenant)?.is_none() {
        bail!("there is no tenant `{tenant}`");
    }
    Ok(Local::new(place.runtime()?, &backend, tenant)?)
}

fn say_one(license: &License, json: bool) -> anyhow::Result<()> {
    if json {
        say_json(license)
    } else {
        say_table(std::slice::from_ref(license))
    }
}

fn say_table(licenses: &[License]) -> anyhow::Result<()> {
    let header = ["SKU", "NAME", "SEATS", "USED", "WAITING", "OVER", "OVERAGE"];
    say(&table(header, licenses.iter().map(row)))?;
    Ok(())
}

fn row(license: &License) -> [String; 7] {
    let License {
        sku,
        name,
        seats,
        used,
        waiting,
        over,
        overage,
    } = license;
    [
        sku.clone(),
        name.clone(),
        seats.map_or_else(|| "unlimited".to_owned(), |seats| seats.to_string()),
        used.to_string(),
        waiting.to_string(),
        over.to_string(),
        overage.clone(),
    ]
}
