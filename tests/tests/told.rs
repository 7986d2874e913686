//! What a request tells the world (RFC 9967): each file of `tests/told` says what is sent and which events
//! stand in the outbox behind it. Played natively and through the component.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scimlet_runtime::{Header, Request, Response};
use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::{Component, DAWN, request, seed};
use scimlet_tests::matcher::{self, Captures};
use scimlet_tests::native::Native;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    source: String,
    #[serde(default)]
    settings: Value,
    steps: Vec<Step>,
}

/// A request, or a sweep some seconds later.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// `POST /Users`, or `sweep`.
    send: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    status: Option<u16>,
    /// Patterns of the answer's headers.
    #[serde(default)]
    answers: BTreeMap<String, Value>,
    /// A pattern of the answer's body.
    expect: Option<Value>,
    /// Names for values of the answer: a JSON pointer.
    #[serde(default)]
    capture: BTreeMap<String, String>,
    /// Patterns of the events, all of them, in their order; none: not looked at.
    told: Option<Vec<Value>>,
}

enum Engine {
    Native(Box<Native>),
    Component(Component),
}

impl Engine {
    fn handle(&self, request: Request) -> Response {
        match self {
            Self::Native(engine) => engine.handle(request),
            Self::Component(engine) => engine.handle(request),
        }
    }

    fn sweep(&self, now: u64, dice: (u64, u64)) -> Option<u64> {
        match self {
            Self::Native(engine) => engine.sweep(now, dice).expect("a sweep"),
            Self::Component(engine) => engine.sweep(now, dice),
        }
    }
}

struct Play {
    engine: Engine,
    store: Arc<dyn Store>,
    captures: Captures,
    now: u64,
    dice: u64,
    seen: u64,
}

impl Play {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        self.now += 1000;
        if step.send == "sweep" {
            self.sweep();
        } else {
            self.send(step)?;
        }
        self.listen(step.told.as_deref())
    }

    fn sweep(&mut self) {
        for _ in 0..1000 {
            self.dice += 1;
            let next = self.engine.sweep(self.now, seed(self.dice));
            if next.is_none_or(|next| next > self.now) {
                return;
            }
        }
        panic!("there is always something due");
    }

    fn send(&mut self, step: &Step) -> Result<(), String> {
        self.dice += 1;
        let send = matcher::fill(&step.send, &self.captures)?;
        let (method, path) = send.split_once(' ').ok_or("`send` is METHOD PATH")?;
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path, None),
        };
        let body = step.body.as_ref();
        let body = body.map(|body| matcher::fill_value(body, &self.captures));
        let body = body.transpose()?;
        let mut asked = Request {
            query,
            now: self.now,
            seed: seed(self.dice),
            ..request(method, path, body.as_ref())
        };
        for (name, value) in &step.headers {
            asked.headers.push(Header {
                name: name.clone(),
                value: matcher::fill(value, &self.captures)?,
            });
        }
        let answer = self.engine.handle(asked);
        let body: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
        if step.status.is_some_and(|status| status != answer.status) {
            return Err(format!("answered {}: {body:#}", answer.status));
        }
        for (name, pattern) in &step.answers {
            let found = answer.headers.iter().find(|header| header.name == *name);
            let value = found.map(|header| Value::from(header.value.as_str()));
            matcher::check(pattern, value.as_ref(), &mut self.captures)
                .map_err(|wrong| format!("header `{name}` {wrong}"))?;
        }
        if let Some(pattern) = &step.expect {
            matcher::check(pattern, Some(&body), &mut self.captures)
                .map_err(|wrong| format!("body {wrong}\n{body:#}"))?;
        }
        for (name, at) in &step.capture {
            let value = body.pointer(at).and_then(Value::as_str);
            let value = value.ok_or_else(|| format!("nothing to capture at {at}"))?;
            self.captures.insert(name.clone(), value.to_owned());
        }
        Ok(())
    }

    fn listen(&mut self, wanted: Option<&[Value]>) -> Result<(), String> {
        let posted = self.store.outbox(self.seen, 1000).expect("the outbox");
        self.seen = posted.last().map_or(self.seen, |last| last.position);
        let told: Vec<Value> = posted
            .into_iter()
            .map(|posted| {
                let body: Value = serde_json::from_str(&posted.event.body).expect("JSON");
                let mut told = json!({ "topic": posted.event.topic });
                let members = body.as_object().expect("an envelope").clone();
                told.as_object_mut().expect("an object").extend(members);
                told
            })
            .collect();
        for event in &told {
            for part in ["id", "time", "txn", "sub_id", "events"] {
                if event.get(part).is_none_or(Value::is_null) {
                    return Err(format!("an event without `{part}`: {event:#}"));
                }
            }
        }
        let Some(wanted) = wanted else { return Ok(()) };
        let told = Value::Array(told);
        matcher::check(
            &Value::Array(wanted.to_vec()),
            Some(&told),
            &mut self.captures,
        )
        .map_err(|wrong| format!("told {wrong}\n{told:#}"))
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("told");
    let entries = fs::read_dir(folder).expect("tests/told");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

fn play(case: &Case, open: impl Fn(&str, Arc<dyn Store>) -> Engine) -> Result<(), String> {
    let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("t"));
    let settings = match &case.settings {
        Value::Null => "{}".to_owned(),
        settings => settings.to_string(),
    };
    let mut play = Play {
        engine: open(&settings, Arc::clone(&store)),
        store,
        captures: Captures::new(),
        now: DAWN,
        dice: 0,
        seen: 0,
    };
    for (number, step) in (1..).zip(&case.steps) {
        play.step(step)
            .map_err(|wrong| format!("step {number}, {}: {wrong}", step.send))?;
    }
    Ok(())
}

#[test]
fn every_case_is_told_as_it_says() {
    let mut wrong = Vec::new();
    let files = files();
    assert!(files.len() >= 10, "the cases are gone");
    for file in files {
        let text = fs::read_to_string(&file).expect("a case");
        let case: Case = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(!case.source.is_empty(), "{}", file.display());
        let native = |settings: &str, store| {
            Engine::Native(Box::new(Native::open(settings, store).expect("settings")))
        };
        let component = |settings: &str, store| Engine::Component(Component::open(settings, store));
        let played = [
            ("native", play(&case, native)),
            ("component", play(&case, component)),
        ];
        for (side, played) in played {
            if let Err(why) = played {
                wrong.push(format!("{} ({side}), {}: {why}", file.display(), case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}
