//! Runs every script of `tests/fixtures`, each in a fresh tenant of one server, and tells all
//! that fail. `SCIMLET_CASE=patch/ cargo test -p scimlet-tests --test fixtures` runs some only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use scimlet_tests::script::{self, Script};

/// Issue 2 asks for at least so many; fewer means that files were not found.
const AT_LEAST: usize = 120;
/// Enough to keep the server busy while commands start.
const THREADS: usize = 4;

#[test]
fn every_script_holds() {
    let scripts = chosen();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(file) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(wrong) = play(file) {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("=== {}\n{wrong}", short(file)));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    let (bad, all) = (failures.len(), scripts.len());
    assert!(
        bad == 0,
        "{bad} of {all} scripts failed\n\n{}\n",
        failures.join("\n\n")
    );
    println!("{all} scripts");
}

#[test]
fn there_are_as_many_scripts_as_were_written() {
    let count = script::all().len();
    assert!(count >= AT_LEAST, "only {count} scripts");
}

#[test]
fn every_script_says_who_asks_for_it() {
    for file in script::all() {
        let Script { name, source, .. } = script::read(&file).unwrap();
        assert!(!name.is_empty(), "{}", short(&file));
        let known = [
            "RFC ",
            "draft-",
            "contract.md",
            "design.md",
            "licenses.md",
            "licensing.md",
            "mapping.md",
            "issue ",
        ];
        assert!(
            known.iter().any(|known| source.starts_with(known)),
            "{}: {source}",
            short(&file)
        );
    }
}

fn chosen() -> Vec<PathBuf> {
    let wanted = std::env::var("SCIMLET_CASE").unwrap_or_default();
    script::all()
        .into_iter()
        .filter(|file| short(file).contains(&wanted))
        .collect()
}

fn short(file: &Path) -> String {
    file.strip_prefix(script::folder())
        .unwrap()
        .display()
        .to_string()
}

/// A panic in a helper is this script's failure, not the end of the others.
fn play(file: &Path) -> Result<(), String> {
    let script = script::read(file)?;
    let run = || {
        let tenant = scimlet_tests::shared_world!().tenant("script");
        script::run(&script, &tenant)
    };
    let ended = catch_unwind(AssertUnwindSafe(run));
    let ended = ended.unwrap_or_else(|_| Err("a helper panicked; see above".to_owned()));
    ended.map_err(|wrong| format!("    {} ({})\n{wrong}", script.name, script.source))
}
