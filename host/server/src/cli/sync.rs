//! `scimlet sync`: how a second system differs from a tenant; and, if it is told so, no more.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::Serialize;
use tokio::runtime;

use super::place::Place;
use super::print::{say, say_json, table};
use super::progress::Progress;
use super::whose::Whose;
use crate::events::Desk;
use crate::remote::operators_client;
use crate::sync::{Deed, Found, Here, Reconciled, reconcile};

/// The space of what is remembered of deliveries.
const LEDGER: &str = ".events";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The endpoint of the second system, by name or id: `endpoint add NAME --scim URL` made it
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: String,
    /// Make the second system like the tenant. Who is only there stays
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    whose: Whose,
}

/// As JSON.
#[derive(Serialize)]
struct Told<'a> {
    tenant: &'a str,
    endpoint: &'a str,
    applied: bool,
    #[serde(flatten)]
    reconciled: &'a Reconciled,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let backend = args.whose.backend(place)?;
    let endpoint = Desk::new(&backend, &args.whose.tenant, None)?.named(&args.endpoint)?;
    let here = Here {
        runtime: place.runtime()?,
        backend: Arc::clone(&backend),
        tenant: args.whose.tenant.clone(),
    };
    let (client, space) = (operators_client()?, backend.store(LEDGER)?);
    let threads = runtime::Builder::new_current_thread().enable_all().build();
    let threads = threads.context("cannot start the threads")?;
    let mut progress = Progress::new(None);
    let mut told = || progress.advance(1);
    let done = reconcile(&client, here, space, &endpoint, args.apply, &mut told);
    let done = threads.block_on(done);
    drop(progress);
    let done = done.with_context(|| format!("`{}`", args.endpoint))?;
    tell(&done, args)?;
    let refused = done.found.iter().filter(|it| it.refused.is_some()).count();
    match (refused, done.found.len(), args.apply) {
        (0, 0, _) | (0, _, true) => Ok(()),
        (0, 1, false) => bail!("there is 1 difference; `--apply` makes it the same"),
        (0, many, false) => bail!("there are {many} differences; `--apply` makes them the same"),
        (refused, ..) => bail!("{refused} could not be brought there"),
    }
}

fn tell(done: &Reconciled, args: &Args) -> anyhow::Result<()> {
    if args.whose.json {
        return say_json(&Told {
            tenant: &args.whose.tenant,
            endpoint: &args.endpoint,
            applied: args.apply,
            reconciled: done,
        });
    }
    let counts = [
        Deed::Same,
        Deed::Create,
        Deed::Update,
        Deed::Deactivate,
        Deed::Delete,
    ];
    let counts = counts.map(|deed| {
        let count = done.counts.get(&deed).copied().unwrap_or_default();
        [word(deed).to_owned(), count.to_string()]
    });
    let mut out = table(["WHAT", "COUNT"], counts);
    writeln!(out, "\n{} only there, and left alone", done.only_there)?;
    if !done.found.is_empty() {
        let header = ["WHAT", "KIND", "ID", "REFUSED"];
        write!(out, "\n{}", table(header, done.found.iter().map(row)))?;
    }
    Ok(say(&out)?)
}

fn row(found: &Found) -> [String; 4] {
    let Found {
        kind,
        id,
        deed,
        refused,
    } = found;
    let what = deed.map_or("", word).to_owned();
    let refused = refused.clone().unwrap_or_default();
    [what, kind.name().to_owned(), id.clone(), refused]
}

fn word(deed: Deed) -> &'static str {
    match deed {
        Deed::Same => "same",
        Deed::Create => "create",
        Deed::Update => "update",
        Deed::Deactivate => "deactivate",
        Deed::Delete => "delete",
    }
}
