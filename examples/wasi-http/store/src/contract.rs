//! The far end of `scimlet-store-contract -- contract FOLDER`: the same store, outside of a component.

#![expect(
    clippy::disallowed_methods,
    reason = "one word on the command line needs no parser"
)]

use std::collections::HashMap;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use scimlet_store::Failure;
use scimlet_wasi_http_store::log::Log;
use serde_json::{Value, from_value, json, to_value};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    let mut logs: HashMap<String, Log> = HashMap::new();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let id = &question["id"];
        let answered = answer(&folder, &mut logs, &question);
        let line = match answered {
            Ok(ok) => json!({ "id": id, "ok": ok }),
            Err(failure) => json!({ "id": id, "failure": failure }),
        };
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn answer(
    folder: &std::path::Path,
    logs: &mut HashMap<String, Log>,
    question: &Value,
) -> Result<Value, Failure> {
    let other = |error: serde_json::Error| Failure::Other(error.to_string());
    let tenant = question["tenant"].as_str().unwrap_or_default().to_owned();
    let call = question["call"].as_str().unwrap_or_default().to_owned();
    let argument = |at: usize| question["args"].get(at).cloned().unwrap_or_default();
    let (first, second) = (argument(0), argument(1));
    let log = match logs.remove(&tenant) {
        Some(mut log) => {
            log.refresh()?;
            log
        }
        None => Log::open(folder, &tenant)?,
    };
    let log = logs.entry(tenant).or_insert(log);
    let store = log.state();
    let told = match call.as_str() {
        "load" => to_value(store.load(&from_value::<Vec<_>>(first).map_err(other)?)?),
        "holders" => to_value(store.holders(&from_value::<Vec<_>>(first).map_err(other)?)?),
        "counters" => to_value(store.counters(&from_value::<Vec<_>>(first).map_err(other)?)?),
        "find" => to_value(store.find(&from_value(first).map_err(other)?)?),
        "edges" => to_value(store.edges(&from_value::<Vec<_>>(first).map_err(other)?)?),
        "commit" => to_value(log.commit(&from_value::<Vec<_>>(first).map_err(other)?)?),
        "outbox" => {
            let after = first
                .as_str()
                .and_then(|it| it.parse().ok())
                .unwrap_or_default();
            to_value(store.outbox(after, from_value(second).map_err(other)?)?)
        }
        other => return Err(Failure::Other(format!("there is no call `{other}`"))),
    };
    told.map_err(other)
}
