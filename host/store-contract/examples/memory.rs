//! The other end in Rust: the in-memory backend behind JSON lines, as short as it can be.
//!
//! `scimlet-store-contract -- target/debug/examples/memory`. With `--generous` it forgets every
//! ceiling, and the check must notice.

use std::io::{BufRead, Write};

use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Adjust, Backend, Change, Failure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[expect(
    clippy::disallowed_methods,
    reason = "one word on the command line needs no parser"
)]
fn main() -> anyhow::Result<()> {
    let generous = std::env::args().any(|argument| argument == "--generous");
    let backend = MemoryBackend::new();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let id = question.get("id");
        let answer = match answer(&backend, &question, generous) {
            Ok(ok) => json!({ "id": id, "ok": ok }),
            Err(failure) => json!({ "id": id, "failure": failure }),
        };
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn answer(backend: &MemoryBackend, question: &Value, generous: bool) -> Result<Value, Failure> {
    let text = |name: &str| {
        question
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let store = backend.store(text("tenant"))?;
    match text("call") {
        "load" => told(store.load(&argument::<Vec<_>>(question, 0)?)),
        "holders" => told(store.holders(&argument::<Vec<_>>(question, 0)?)),
        "counters" => told(store.counters(&argument::<Vec<_>>(question, 0)?)),
        "find" => told(store.find(&argument(question, 0)?)),
        "edges" => told(store.edges(&argument::<Vec<_>>(question, 0)?)),
        "commit" => told(store.commit(&changes(question, generous)?)),
        "outbox" => {
            let after: String = argument(question, 0)?;
            told(store.outbox(after.parse().unwrap_or_default(), argument(question, 1)?))
        }
        other => Err(Failure::Other(format!("there is no call `{other}`"))),
    }
}

fn changes(question: &Value, generous: bool) -> Result<Vec<Change>, Failure> {
    let mut changes: Vec<Change> = argument(question, 0)?;
    for change in &mut changes {
        if let (Change::Adjust(Adjust { ceiling, .. }), true) = (change, generous) {
            *ceiling = None;
        }
    }
    Ok(changes)
}

fn argument<T: DeserializeOwned>(question: &Value, index: usize) -> Result<T, Failure> {
    let pointer = format!("/args/{index}");
    let value = question.pointer(&pointer).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| Failure::Other(error.to_string()))
}

fn told<T: Serialize>(answer: Result<T, Failure>) -> Result<Value, Failure> {
    serde_json::to_value(answer?).map_err(|error| Failure::Other(error.to_string()))
}
