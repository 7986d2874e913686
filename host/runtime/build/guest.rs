//! Builds a component with cargo: the real one for `build.rs`, a hostile one for the tests.
//!
//! The inner cargo has a target directory of its own and sees none of the outer one's settings:
//! flags and wrappers (clippy, sccache) are meant for the host, and the outer jobserver's tokens
//! are held by whoever waits for this build.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-wasip2";

/// A call costs more in wasm than in native code (each looks at the stack and at the epoch), so
/// more of them are worth inlining: requests take 6 to 18% less time, for a fifth more code.
const FLAGS: &str = r#"target.wasm32-wasip2.rustflags=["-Cllvm-args=-inline-threshold=600"]"#;

/// What to build, and where.
pub(crate) struct Order<'a> {
    /// The folder that cargo runs in.
    pub(crate) folder: &'a Path,
    /// The package; its library becomes the component.
    pub(crate) package: &'a str,
    /// The cargo profile.
    pub(crate) profile: &'a str,
    /// A target directory that no other build holds.
    pub(crate) target_dir: &'a Path,
}

/// Builds the component and says where it is; the error is a text for whoever runs cargo.
pub(crate) fn build(order: &Order<'_>) -> Result<PathBuf, String> {
    require_target(order.folder)?;
    let Order {
        folder,
        package,
        profile,
        target_dir,
    } = order;
    let mut cargo = clean(
        env::var_os("CARGO")
            .as_deref()
            .unwrap_or(OsStr::new("cargo")),
        folder,
    );
    cargo.args(["build", "--quiet", "--locked", "--lib", "--target", TARGET]);
    cargo
        .args(["--profile", profile, "--package", package])
        .args(["--config", FLAGS])
        .arg("--target-dir")
        .arg(target_dir);
    run(&mut cargo)?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    Ok(target_dir.join(TARGET).join(profile).join(file))
}

/// Fails with the remedy where rustc would fail with a riddle.
fn require_target(folder: &Path) -> Result<(), String> {
    let mut rustc = clean(OsStr::new("rustc"), folder);
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    let libraries = run(&mut rustc)?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    Err(format!(
        "the target {TARGET} is not installed; run `rustup target add {TARGET}`"
    ))
}

/// A command without what an outer cargo, clippy or rustc wrapper has put into the environment.
fn clean(program: &OsStr, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_foreign) {
            command.env_remove(name);
        }
    }
    command
}

/// Whether a variable is about the outer build. What is about the machine (where cargo keeps its
/// things, how it reaches a registry) passes.
fn is_foreign(name: &str) -> bool {
    const ABOUT_THE_MACHINE: [&str; 7] = [
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_SOURCE_",
        "CARGO_TERM_",
    ];
    const ABOUT_THE_BUILD: [&str; 17] = [
        "CARGO_",
        "CLIPPY_",
        "DEBUG",
        "DEP_",
        "HOST",
        "MAKEFLAGS",
        "MFLAGS",
        "NUM_JOBS",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTC",
        "RUSTDOC",
        "RUSTFLAGS",
        "TARGET",
        "__CARGO",
        "SCIMLET_COMPONENT",
    ];
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    starts(&ABOUT_THE_BUILD) && !starts(&ABOUT_THE_MACHINE)
}

/// Runs to the end; what it printed, or why it failed.
fn run(command: &mut Command) -> Result<String, String> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line = words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ");
    let output = command
        .output()
        .map_err(|error| format!("cannot run `{line}`: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{line}` failed ({}):\n{stderr}", output.status))
}
