//! Policies through the running server and the command line: a hostile one
//! (`tests/guests/hostile-policy`) is installed where a customer would install their own.

#[path = "../../../host/runtime/build/guest.rs"]
mod guest;

mod command;
mod served;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use scimlet_tests::{Cli, Tenant};

/// What the policy says of itself, in its file.
const ITSELF: &str = "hostile-policy:shape,entitle                            ";

/// The hostile policy.
fn hostile() -> &'static Path {
    static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // `CARGO_TARGET_TMPDIR` is `<target dir>/tmp`.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let built = guest::build(&guest::Order {
            folder: &root.join("guests/hostile-policy"),
            package: "hostile-policy",
            profile: "release",
            target_dir: &target.join("guests"),
        });
        built.unwrap_or_else(|error| panic!("{error}"))
    });
    &FILE
}

/// Another policy: the hostile one, that says something else of itself.
fn that_says(itself: &str) -> PathBuf {
    let mut code = fs::read(hostile()).unwrap();
    let place = ITSELF.as_bytes();
    let at = code.windows(place.len()).position(|window| window == place);
    let at = at.expect("the policy says what it is");
    let padded = format!("{itself:width$}", width = place.len());
    code[at..at + place.len()].copy_from_slice(padded.as_bytes());
    let name = format!("policy-{}.wasm", itself.replace([':', ','], "-"));
    file(&name, &code)
}

/// A file of a test's own.
fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Two tests may want the same file: it is there whole, or not at all.
    let part = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::write(part.path(), content).unwrap();
    part.persist(&path).unwrap();
    path
}

/// Runs `scimlet policy` for a tenant.
fn policy(tenant: &Tenant<'_>, words: &[&str]) -> Cli {
    let command = ["policy"].iter().chain(words).copied();
    let command: Vec<_> = command.chain(["--tenant", &tenant.name]).collect();
    tenant.world.cli(&command)
}

fn install(tenant: &Tenant<'_>, policy_file: &Path) {
    policy(tenant, &["install", policy_file.to_str().unwrap()]).done();
}
