//! The server's log: structured lines on standard error.

use std::io;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// What is logged, and how.
#[derive(Debug, Args)]
pub(super) struct Logs {
    /// How a line of the log looks
    #[arg(long, value_enum, default_value = "text")]
    log: Format,
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, or directives such as
    /// `info,scimlet_server=debug`
    #[arg(long, value_name = "LEVEL", env = "RUST_LOG", default_value = "info")]
    log_level: String,
}

impl Logs {
    /// Starts the log of this process.
    pub(super) fn start(&self) -> anyhow::Result<()> {
        let filter = EnvFilter::builder()
            .with_default_directive(LevelFilter::INFO.into())
            .parse(&self.log_level)
            .with_context(|| format!("`{}` is not a log level", self.log_level))?;
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(io::stderr);
        let started = match self.log {
            Format::Text => log.with_ansi(false).try_init(),
            Format::Json => log.json().flatten_event(true).try_init(),
        };
        // The error is not `std::error::Error` sized; its text is all there is to it.
        started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
    }
}
