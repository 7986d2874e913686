//! `scimlet policy check`: can this component be a tenant's policy?

use std::path::PathBuf;

use scimlet_runtime::{Checked, Hook};
use serde_json::json;

use super::{hooks, size};
use crate::cli::place::Place;
use crate::cli::print::{say, say_json};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The component, a `.wasm` file
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let code = super::read(&args.file)?;
    let Checked {
        digest,
        name,
        version,
        hooks: asked,
        bytes,
        compiled_bytes,
        memory_bytes,
    } = super::check(place, &args.file, &code)?;
    let asked: Vec<_> = asked.into_iter().map(Hook::as_str).collect();
    if args.json {
        return say_json(&json!({
            "digest": digest, "name": name, "version": version, "hooks": asked, "bytes": bytes,
            "compiledBytes": compiled_bytes, "memoryBytes": memory_bytes,
        }));
    }
    let (asked, code) = (hooks(asked), size(bytes as u64));
    let (compiled, memory) = (size(compiled_bytes as u64), size(memory_bytes as u64));
    Ok(say(&format!(
        "name      {name}\nversion   {version}\nhooks     {asked}\ndigest    {digest}\n\
         size      {code}\ncompiled  {compiled}\nmemory    {memory}\n"
    ))?)
}
