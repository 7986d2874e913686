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
use scimlet_tests::site::{self, Platform};

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

enum Outcome {
    Passed,
    Skipped(&'static str),
    Failed(String),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (mut passed, mut skipped, mut failed) = (0, 0, 0);
    for (number, file) in script::all().iter().enumerate() {
        let short = short(file);
        if cli.text.as_ref().is_some_and(|text| !short.contains(text)) {
            continue;
        }
        match play(&cli, file, &short, number) {
            Outcome::Passed => passed += 1,
            Outcome::Skipped(reason) => {
                skipped += 1;
                println!("skipped {short}: {reason}");
            }
            Outcome::Failed(wrong) => {
                failed += 1;
                println!("=== {short}\n{wrong}\n");
            }
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}

fn short(file: &Path) -> String {
    let short = file.strip_prefix(script::folder()).map(PathBuf::from);
    short.unwrap_or_default().display().to_string()
}

/// A panic in a helper is this script's failure, not the end of the others.
fn play(cli: &Cli, file: &Path, short: &str, number: usize) -> Outcome {
    if let Some(skip) = site::skips().iter().find(|skip| skip.file == short) {
        return Outcome::Skipped(skip.reason);
    }
    let tenant = format!("case-{}-{number}", std::process::id());
    let run = || {
        let script: Script = script::read(file)?;
        let site = Platform::tenant(&cli.base, &cli.secret, &tenant)?;
        script::run(&script, &site)
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => Outcome::Passed,
        Ok(Err(wrong)) => Outcome::Failed(wrong),
        Err(_) => Outcome::Failed("a helper panicked; see above".to_owned()),
    }
}
