//! `scimlet-fixtures --base URL --secret SECRET [TEXT]`: plays the scripts of `tests/fixtures`
//! against any program that answers SCIM, each in a tenant of its own, and tells all that fail.
//!
//! What the program must offer beside SCIM stands in `scimlet_tests::site`. Exit status: 0 all hold,
//! 1 some do not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use scimlet_tests::script::{self, Script};
use scimlet_tests::site::Platform;

#[derive(Parser)]
#[command(name = "scimlet-fixtures")]
struct Cli {
    /// Where the program listens: `http://127.0.0.1:8080`
    #[arg(long)]
    base: String,
    /// What it lets its operator make tenants with
    #[arg(long)]
    secret: String,
    /// Play only scripts whose path contains this
    text: Option<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (mut passed, mut failed) = (0, 0);
    for (number, file) in script::all().iter().enumerate() {
        let short = short(file);
        if cli.text.as_ref().is_some_and(|text| !short.contains(text)) {
            continue;
        }
        match play(&cli, file, number) {
            Ok(()) => passed += 1,
            Err(wrong) => {
                failed += 1;
                println!("=== {short}\n{wrong}\n");
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}

fn short(file: &Path) -> String {
    let short = file.strip_prefix(script::folder()).map(PathBuf::from);
    short.unwrap_or_default().display().to_string()
}

/// A panic in a helper is this script's failure, not the end of the others.
fn play(cli: &Cli, file: &Path, number: usize) -> Result<(), String> {
    let tenant = format!("case-{}-{number}", std::process::id());
    let run = || {
        let script: Script = script::read(file)?;
        let site = Platform::tenant(&cli.base, &cli.secret, &tenant)?;
        script::run(&script, &site)
    };
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err("a helper panicked; see above".to_owned()))
}
