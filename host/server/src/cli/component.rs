//! `scimlet component`: writes the component that this program carries, for whoever embeds it.

use std::path::PathBuf;

use anyhow::Context as _;
use scimlet_runtime::COMPONENT;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to write it
    #[arg(value_name = "FILE", default_value = "scimlet.wasm")]
    file: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let file = args.file.display();
    std::fs::write(&args.file, COMPONENT).with_context(|| format!("cannot write `{file}`"))
}
