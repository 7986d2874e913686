//! `scimlet endpoint test`: a test event, now and once, from here.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use scimlet_events::Target;
use scimlet_events::token::{Issuer, Keys};
use serde_json::Value;
use tokio::runtime;

use super::One;
use crate::cli::cells::cell;
use crate::cli::place::Place;
use crate::cli::print::{say, say_json};
use crate::events::{Desk, client, couriers, try_out};
use crate::sync::Sync;

/// The space of what is remembered of deliveries.
const LEDGER: &str = ".events";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    one: One,
    /// As the server that delivers has it
    #[arg(long)]
    allow_private_endpoints: bool,
    /// As the server that delivers has it, for the `iss` of tokens
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080")]
    public_url: String,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let whose = &args.one.whose;
    let backend = whose.backend(place)?;
    let endpoint = Desk::new(&backend, &whose.tenant, None)?.named(&args.one.endpoint)?;
    let issuer = Issuer {
        base: args.public_url.trim_end_matches('/').to_owned(),
        keys: Arc::new(Keys::new(backend.store(LEDGER)?)),
    };
    let client = client(args.allow_private_endpoints)?;
    let mut couriers = couriers(&client, &issuer);
    if let Target::Scim { .. } = endpoint.target {
        let space = backend.store(LEDGER)?;
        let sync = Sync::new(client, place.runtime()?, Arc::clone(&backend), space);
        couriers = couriers.with("scim", Arc::new(sync));
    }
    let threads = runtime::Builder::new_current_thread().enable_all().build();
    let threads = threads.context("cannot start the threads")?;
    let tried = threads.block_on(try_out(&couriers, &endpoint));
    if whose.json {
        say_json(&tried)?;
    } else {
        let (status, took) = (cell(&tried, "status"), cell(&tried, "took"));
        let status = if status.is_empty() {
            "none".to_owned()
        } else {
            status
        };
        say(&format!("status  {status}\ntook    {took} ms\n"))?;
    }
    if tried.get("delivered") != Some(&Value::Bool(true)) {
        bail!(
            "`{}` did not take it: {}",
            args.one.endpoint,
            cell(&tried, "reason")
        );
    }
    Ok(())
}
