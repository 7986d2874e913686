//! `scimlet serve`: puts the parts together, in order, and takes them apart again.

use std::future::pending;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use scimlet_events::dispatch::Dispatcher;
use scimlet_events::ledger::Ledger;
use scimlet_events::token::{Issuer, Keys};
use scimlet_runtime::Runtime;
use scimlet_store::Backend;
use tokio::runtime;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::timeout;

use super::logs::Logs;
use super::place::Place;
use super::print::say;
use crate::auth::{Gatekeeper, prepare_passwords};
use crate::demo;
use crate::events::{client, couriers};
use crate::http::{
    Door, Limits, Listener, Origin, PublicUrl, Sockets, Telling, router, tls_acceptor,
};
use crate::sync::Sync;
use crate::{upkeep, world};

/// What is still at work after draining (a call of a client that has gone away) is given up.
const GIVE_UP: Duration = Duration::from_secs(1);

/// Blocking threads that delivery may hold.
const DELIVERING: usize = 16;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The certificate chain, in PEM; turns on TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// How clients reach the server, if not by the name they send: `https://scim.example.com`
    #[arg(long, value_name = "URL")]
    public_url: Option<PublicUrl>,
    /// The largest request body
    // What the component says of itself: the `maxPayloadSize` of a bulk.
    #[arg(long, value_name = "BYTES", default_value_t = 4 * 1024 * 1024)]
    max_body: usize,
    /// The largest body of a request that may be carried out later (`Prefer: respond-async`)
    // What the component takes.
    #[arg(long, value_name = "BYTES", default_value_t = 12 * 1024 * 1024)]
    max_async_body: usize,
    /// The longest time for one request
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    time_limit: u64,
    /// How many requests may be under way; more are told to come again
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = parse_count)]
    max_requests: usize,
    /// How many connections may be open; more have to wait
    #[arg(long, value_name = "N", default_value_t = 2048, value_parser = parse_count)]
    max_connections: usize,
    /// Deliver to endpoints in this machine's own networks too, and by plain `http`
    #[arg(long)]
    allow_private_endpoints: bool,
    /// How long events are kept for those who have not read them; 0: for ever
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=36_500))]
    keep_events: u64,
    #[command(flatten)]
    logs: Logs,
}

impl Args {
    /// Those of `serve` without any option.
    pub(super) fn standard() -> Self {
        #[derive(clap::Parser)]
        struct Alone {
            #[command(flatten)]
            args: Args,
        }
        Alone::parse_from(["scimlet"]).args
    }
}

/// What the bounds of a semaphore can be.
fn parse_count(text: &str) -> Result<usize, String> {
    let fits = |count: &usize| (1..=1_000_000).contains(count);
    text.parse()
        .ok()
        .filter(fits)
        .ok_or_else(|| "a number from 1 to 1000000 is needed".to_owned())
}

pub(super) fn run(place: &Place, args: Args) -> anyhow::Result<()> {
    args.logs.start()?;
    let backend = place.create()?;
    let component = place.runtime()?;
    let threads = runtime::Builder::new_multi_thread()
        .enable_all()
        // Each request under way may hold one blocking thread; the probes need some too.
        .max_blocking_threads(args.max_requests.saturating_add(8 + DELIVERING))
        .build()
        .context("cannot start the threads")?;
    let served = threads.block_on(serve(place, args, &backend, &component));
    threads.shutdown_timeout(GIVE_UP);
    served
}

async fn serve(
    place: &Place,
    args: Args,
    backend: &Arc<dyn Backend>,
    component: &Arc<Runtime>,
) -> anyhow::Result<()> {
    let stop = world::stop_signal().context("cannot listen for signals")?;
    let listener = bind(&args).await?;
    let scheme = if args.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    let address = listener.address()?;
    let welcome = first_start(place, &args, backend, component, scheme, address)?;
    let (stopping, stopped) = watch::channel(false);
    let ledger = Ledger::new(Arc::clone(backend))?;
    let issuer = issuer(&args, &ledger, scheme, address);
    let client = client(args.allow_private_endpoints)?;
    let space = Arc::clone(ledger.space());
    let sync = Sync::new(
        client.clone(),
        Arc::clone(component),
        Arc::clone(backend),
        space,
    );
    let telling = Telling {
        ledger,
        couriers: couriers(&client, &issuer).with("scim", Arc::new(sync)),
        issuer,
        allow_private: args.allow_private_endpoints,
        keep: (args.keep_events > 0).then(|| Duration::from_hours(24 * args.keep_events)),
        stopping: stopped.clone(),
    };
    let door = door(args, backend, component, telling)?;
    let (touched, metrics) = (door.touched(), door.metrics());
    let upkeep = upkeep::run(Arc::clone(backend), Arc::clone(component), touched, metrics);
    let upkeep = tokio::spawn(upkeep);
    let delivering = deliver(door.dispatcher(), door.touched().listen(), stopped);
    let delivering = tokio::spawn(delivering);
    // The socket is bound: whoever reads this line and connects is answered.
    say(&format!("listening on {scheme}://{address}\n{welcome}"))?;
    tracing::info!(%address, scheme, "listening");
    let stop = async {
        stop.await;
        // Whoever waits for events is answered now, so that draining takes no minute.
        stopping.send_replace(true);
    };
    listener.serve(router(door), stop).await;
    upkeep.abort();
    // What was under way has had its moment while connections were drained.
    let _late = timeout(GIVE_UP, delivering).await;
    Ok(())
}

/// Delivers events until the process is to stop; what requests write is looked for at once.
async fn deliver(
    dispatcher: Arc<Dispatcher>,
    mut bell: upkeep::Bell,
    mut stopped: watch::Receiver<bool>,
) {
    let rung = dispatcher.bell();
    let ringing = async {
        loop {
            match bell.recv().await {
                Ok(tenant) => rung.ring(&tenant),
                // Whom it was about is found a second later.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return pending().await,
            }
        }
    };
    let stop = async {
        // An error: whoever would say so is gone, and that is the end as well.
        let _ = stopped.wait_for(|stops| *stops).await;
    };
    tokio::select! {
        () = dispatcher.run(stop) => {}
        () = ringing => {}
    }
}

async fn bind(args: &Args) -> anyhow::Result<Listener> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Some(tls_acceptor(cert, key)?),
        _ => None,
    };
    let sockets = Sockets {
        tls,
        connections: args.max_connections,
    };
    let bound = Listener::bind(args.listen, sockets).await;
    bound.with_context(|| format!("cannot listen on {}", args.listen))
}

fn door(
    args: Args,
    backend: &Arc<dyn Backend>,
    component: &Arc<Runtime>,
    telling: Telling,
) -> anyhow::Result<Door> {
    let gatekeeper = Gatekeeper::new(Arc::clone(backend), prepare_passwords()?);
    let origin = Origin {
        public: args.public_url,
        tls: args.tls_cert.is_some(),
    };
    let limits = Limits {
        body: args.max_body,
        later_body: args.max_async_body.max(args.max_body),
        time: Duration::from_secs(args.time_limit),
        requests: args.max_requests,
    };
    Ok(Door::new(
        backend, component, gatekeeper, origin, limits, telling,
    ))
}

/// Who signs tokens: by the name that the operator gave the server, or by the address that it has.
fn issuer(args: &Args, ledger: &Ledger, scheme: &str, address: SocketAddr) -> Issuer {
    Issuer {
        base: origin(args, scheme, address),
        keys: Arc::new(Keys::new(Arc::clone(ledger.space()))),
    }
}

/// How the server is seen from outside.
fn origin(args: &Args, scheme: &str, address: SocketAddr) -> String {
    let local = || format!("{scheme}://{}", demo::reachable(address));
    let public = args.public_url.as_ref();
    public.map_or_else(local, |url| url.as_str().to_owned())
}

/// On an empty data folder: the demo tenant. Returns what to tell about it.
fn first_start(
    place: &Place,
    args: &Args,
    backend: &Arc<dyn Backend>,
    component: &Arc<Runtime>,
    scheme: &str,
    address: SocketAddr,
) -> anyhow::Result<String> {
    let Some(token) = demo::create(backend, component)? else {
        return Ok(String::new());
    };
    demo::welcome(&origin(args, scheme, address), &token, &place.data)
}
