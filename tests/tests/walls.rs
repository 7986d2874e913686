//! The walls of the house (design.md, "The house"): which crate may know which, which room of the
//! engine may know which, what no file may be, and what the engine must never touch. A failing
//! wall names the file, the line and the rule.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each crate of the workspace may depend on inside it: design.md, "Dependencies point down
/// only: `server -> {runtime, store-*} -> store`, `plugin -> engine`".
const CRATES: [(&str, &[&str]); 9] = [
    ("scimlet-engine", &[]),
    ("scimlet-plugin", &["scimlet-engine"]),
    ("scimlet-events", &["scimlet-store"]),
    ("scimlet-store", &[]),
    ("scimlet-store-contract", &["scimlet-store"]),
    ("scimlet-store-sqlite", &["scimlet-store"]),
    ("scimlet-runtime", &["scimlet-store"]),
    (
        "scimlet-server",
        &[
            "scimlet-events",
            "scimlet-runtime",
            "scimlet-store",
            "scimlet-store-sqlite",
        ],
    ),
    // Somebody else's platform.
    (
        "scimlet-example-embed",
        &["scimlet-runtime", "scimlet-store", "scimlet-store-sqlite"],
    ),
];

/// External dependencies that a crate may have at most: the house numbers of style.md.
const MOST: [(&str, usize); 4] = [
    ("scimlet-engine", 6),
    ("scimlet-server", 45),
    // It brings HTTP, TLS and signatures.
    ("scimlet-events", 20),
    ("", 12),
];

/// Which rooms of the engine a room may know, besides itself. design.md: `usecase -> {license,
/// event} -> scim`; `facts`, `message` and `refusal` are the plain words that all may use.
///
/// `license` and `event` are siblings: an event is about a grant, and the desk writes events. That
/// pair may know each other; design.md puts them side by side.
const ROOMS: [(&str, &[&str]); 10] = [
    ("facts", &[]),
    ("message", &[]),
    ("refusal", &["facts", "message", "scim"]),
    ("scim", &["facts", "message", "refusal"]),
    ("event", &["facts", "license", "refusal", "scim"]),
    (
        "license",
        &["event", "facts", "refusal", "scim", "settings"],
    ),
    ("mapping", &["refusal", "scim"]),
    ("settings", &["facts", "mapping", "refusal", "scim"]),
    (
        "tenant",
        &["facts", "license", "refusal", "scim", "settings"],
    ),
    (
        "usecase",
        &[
            "event", "facts", "license", "mapping", "message", "refusal", "scim", "settings",
            "tenant",
        ],
    ),
];

/// What the engine never touches (design.md: "the engine never touches the world").
const WORLD: [&str; 13] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "thread::",
    "thread_rng",
    "getrandom",
    "async fn",
];

/// Longer than this no file is (style.md, "hard stop").
const MOST_LINES: usize = 600;

#[test]
fn crates_depend_downwards_only() {
    let mut wrong = Vec::new();
    for (manifest, name, dependencies) in crates() {
        let Some((_, allowed)) = CRATES.iter().find(|(known, _)| *known == name) else {
            continue;
        };
        for dependency in dependencies.iter().filter(|it| it.starts_with("scimlet-")) {
            if !allowed.contains(&dependency.as_str()) {
                let rule = format!("{name} may not depend on {dependency} (design.md, The house)");
                wrong.push(at_dependency(&manifest, dependency, &rule));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn only_the_runtime_knows_wasmtime_and_only_the_plugin_knows_wit() {
    let mut wrong = Vec::new();
    for (manifest, name, dependencies) in crates() {
        for dependency in &dependencies {
            let is_host = dependency.starts_with("wasmtime");
            let is_wasm = is_host || dependency.starts_with("wit") || dependency == "wasi";
            let knows = match name.as_str() {
                "scimlet-runtime" => true,
                "scimlet-plugin" => !is_host,
                name => !name.starts_with("scimlet-") || !CRATES.iter().any(|(it, _)| *it == name),
            };
            if is_wasm && !knows {
                let rule = format!("{name} sees no wasm: no {dependency} (design.md, The house)");
                wrong.push(at_dependency(&manifest, dependency, &rule));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn no_crate_leans_on_too_many_others() {
    let mut wrong = Vec::new();
    for (manifest, name, dependencies) in crates() {
        if !CRATES.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let most = MOST
            .iter()
            .find(|(known, _)| *known == name || known.is_empty());
        let most = most.map_or(0, |(_, most)| *most);
        let external = dependencies.iter().filter(|it| !it.starts_with("scimlet-"));
        let count = external.count();
        if count > most {
            let file = manifest.display();
            wrong.push(format!(
                "{file}:1: {count} external dependencies, {most} are allowed"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_crate_stands_behind_a_wall() {
    let crates: Vec<String> = crates().into_iter().map(|(_, name, _)| name).collect();
    for (name, _) in CRATES {
        assert!(crates.contains(&name.to_owned()), "where is {name}?");
    }
    let outside = ["scimlet-tests"];
    let unknown = crates
        .iter()
        .filter(|name| !outside.contains(&name.as_str()));
    let unknown: Vec<_> = unknown
        .filter(|name| !CRATES.iter().any(|(it, _)| it == name))
        .collect();
    assert!(
        unknown.is_empty(),
        "say in `CRATES` what these may know: {unknown:?}"
    );
}

#[test]
fn rooms_of_the_engine_know_downwards_only() {
    let mut wrong = Vec::new();
    for (file, text) in sources("component/engine/src") {
        let room = room(&file);
        let Some((_, allowed)) = ROOMS.iter().find(|(known, _)| *known == room) else {
            assert!(room == "lib", "say in `ROOMS` what `{room}` may know");
            continue;
        };
        for (number, known) in knowledge(&text, &file) {
            if known != room && !allowed.contains(&known.as_str()) {
                let file = file.display();
                wrong.push(format!(
                    "{file}:{number}: `{room}` may not know `{known}` (design.md, The house)"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_engine_never_touches_the_world() {
    let mut wrong = Vec::new();
    for (file, text) in sources("component/engine/src") {
        for (number, line) in code(&text) {
            for word in WORLD.iter().filter(|word| line.contains(*word)) {
                let file = file.display();
                wrong.push(format!(
                    "{file}:{number}: `{word}`: the engine never touches the world (design.md)"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut wrong = Vec::new();
    for (file, text) in sources("component").into_iter().chain(sources("host")) {
        let (shown, lines) = (file.display(), text.lines().count());
        if !text.starts_with("//!") && !file.ends_with("build.rs") {
            wrong.push(format!(
                "{shown}:1: every file opens with `//!` (style.md, rule 11)"
            ));
        }
        if lines > MOST_LINES {
            wrong.push(format!(
                "{shown}:{MOST_LINES}: {lines} lines, {MOST_LINES} are the hard stop"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_wrong_arrow_is_seen_in_each_form() {
    let file = Path::new("component/engine/src/scim/filter/check.rs");
    for line in [
        "use crate::license::Pool;",
        "use crate::{facts, license::{Grant, State}};",
        "    let pool = crate::license::Pool::new();",
        "pub(crate) use super::super::super::license::Pool;",
        "use crate::{\n    facts::Key,\n    license,\n};",
    ] {
        let known: Vec<String> = knowledge(line, file)
            .into_iter()
            .map(|(_, it)| it)
            .collect();
        assert!(known.contains(&"license".to_owned()), "{line} -> {known:?}");
    }
    assert_eq!(
        knowledge("use crate::Decision;", file),
        [(1, "usecase".to_owned())]
    );
    let comment = "// see crate::license\n//! [`crate::license`]\nlet text = super::Filter;";
    assert_eq!(knowledge(comment, file), []);
}

/// Every crate of the workspace: its manifest, its name, and what it depends on when it is shipped.
fn crates() -> Vec<(PathBuf, String, Vec<String>)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "metadata",
        "--no-deps",
        "--offline",
        "--locked",
        "--format-version",
        "1",
    ]);
    let output = cargo.current_dir(root()).output().expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo tells JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let dependencies = |package: &Value| {
        let all = package["dependencies"].as_array().expect("a list").iter();
        let mut names: Vec<String> = all
            .filter(|it| it["kind"] != "dev")
            .map(|it| text(&it["name"]))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let packages = metadata["packages"].as_array().expect("a list");
    let one = |package: &Value| {
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let manifest = manifest
            .strip_prefix(root())
            .unwrap_or(&manifest)
            .to_owned();
        (manifest, text(&package["name"]), dependencies(package))
    };
    packages.iter().map(one).collect()
}

/// A rule that was broken, at the line of the manifest that breaks it.
fn at_dependency(manifest: &Path, dependency: &str, rule: &str) -> String {
    let text = fs::read_to_string(root().join(manifest)).unwrap_or_default();
    let line = text.lines().position(|line| line.starts_with(dependency));
    format!(
        "{}:{}: {rule}",
        manifest.display(),
        line.map_or(1, |line| line + 1)
    )
}

/// The repository.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("the tests have a place in the workspace")
}

/// All Rust files below a folder, with their text; paths are those of the repository.
fn sources(folder: &str) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source is UTF-8");
                let short = path
                    .strip_prefix(root())
                    .expect("below the root")
                    .to_owned();
                files.insert(short, text);
            }
        }
    }
    assert!(!files.is_empty(), "there are no sources in {folder}");
    files
}

/// The modules from the engine's root to a file: `["scim", "filter", "check"]`.
fn modules(file: &Path) -> Vec<String> {
    let below = file
        .strip_prefix("component/engine/src")
        .expect("the engine's");
    let parts = below.with_extension("");
    parts
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect()
}

/// The room that a file of the engine is in: the first module below the root.
fn room(file: &Path) -> String {
    modules(file).swap_remove(0)
}

/// The lines of code with their numbers: no comments, no tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines());
    lines
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Which rooms a file names, and at which line: in paths that begin with `crate::`, or that climb
/// to the root by `super::`.
fn knowledge(text: &str, file: &Path) -> Vec<(usize, String)> {
    let depth = modules(file).len();
    let up = "super::".repeat(depth);
    let mut known = Vec::new();
    let mut code = code(text).peekable();
    while let Some((number, line)) = code.next() {
        for start in ["crate::", &up] {
            for (at, _) in line.match_indices(start) {
                let mut path = line[at + start.len()..].to_owned();
                // A list may go over many lines.
                while path.starts_with('{') && path.matches('{').count() > path.matches('}').count()
                {
                    match code.next() {
                        Some((_, more)) => path.push_str(more.trim()),
                        None => break,
                    }
                }
                known.extend(heads(&path).into_iter().map(|head| (number, head)));
            }
        }
    }
    let rooms = doors();
    let room = |name: &String| rooms.get(name).cloned();
    known
        .into_iter()
        .filter_map(|(number, name)| Some((number, room(&name)?)))
        .collect()
}

/// In which room a name at the engine's root is at home: the rooms themselves, and what `lib.rs`
/// re-exports from them.
fn doors() -> BTreeMap<String, String> {
    let rooms = ROOMS
        .iter()
        .map(|(room, _)| ((*room).to_owned(), (*room).to_owned()));
    let mut doors: BTreeMap<String, String> = rooms.collect();
    let lib = fs::read_to_string(root().join("component/engine/src/lib.rs")).expect("lib.rs");
    for (_, line) in code(&lib) {
        let door = line
            .strip_prefix("pub use ")
            .and_then(|line| line.split_once("::"));
        if let Some((room, names)) = door {
            doors.extend(heads(names).into_iter().map(|name| (name, room.to_owned())));
        }
    }
    doors
}

/// The first names of a path behind `crate::`: one, or those of a list.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let letters = text.trim().chars();
        letters
            .take_while(|it| it.is_alphanumeric() || *it == '_')
            .collect()
    };
    let Some(list) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut depth = 0;
    let mut heads = vec![String::new()];
    for letter in list.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            _ => {}
        }
        if let Some(head) = heads.last_mut().filter(|_| letter != ',' || depth > 0) {
            head.push(letter);
        }
    }
    heads.iter().map(|head| name(head)).collect()
}
