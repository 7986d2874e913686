//! Tests written as JSON: what is sent, step by step, and what must come back.
//!
//! A script is a file `tests/fixtures/AREA/SOURCE-CASE.json`, or lies in a folder below that, and
//! runs in a tenant of its own.
//! Its steps are requests, `{"given": "people"}` (the steps of `fixtures/given/people.json`), or
//! commands: `{"license": {"sku", "seats", "overage", "name"}}` and `{"settings": {…}}`.
//! A path below `/.admin` is one of `/admin/v1`. Patterns: see [`crate::matcher`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::matcher::{self, Captures};
use crate::{Actor, Answer, Request};

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What holds, in a sentence.
    pub name: String,
    /// Who says so: `RFC 7644 section 3.5.2.1`, `contract.md, Licenses on the wire`.
    pub source: String,
    /// What a reader should know beyond that.
    #[serde(default)]
    pub note: String,
    /// What happens, in this order.
    pub steps: Vec<Step>,
}

/// One step: exactly one of `given`, `license`, `settings`, or a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Step {
    given: Option<String>,
    license: Option<License>,
    settings: Option<Value>,
    /// `scim` (when not said), `reader`, `admin` or `anonymous`.
    #[serde(rename = "as")]
    actor: Option<String>,
    method: Option<String>,
    path: Option<String>,
    /// Percent-encoded by the runner. What is in `path` is sent as it stands.
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    /// For a body that is not JSON.
    raw_body: Option<String>,
    expect: Option<OneOrMore<Expect>>,
    /// Names for values of the answer: a JSON pointer, or `header:NAME`.
    #[serde(default)]
    capture: BTreeMap<String, String>,
}

/// A license as a script wants it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct License {
    /// Which one.
    pub sku: String,
    /// A number or `"unlimited"`.
    pub seats: Value,
    /// `waitlist`, `deny` or `allow`.
    pub overage: Option<String>,
    /// For people.
    pub name: Option<String>,
}

/// Where a script is played: a tenant of its own, whoever runs it.
pub trait Site {
    /// The token of scope `scim`, for scripts that speak of `${token}`.
    fn token(&self) -> &str;

    /// Somebody: `scim`, `reader`, `admin` or `anonymous`; none if nobody is called so.
    fn actor(&self, name: &str) -> Option<Actor>;

    /// Makes a license, or changes it.
    fn set_license(&self, license: &License) -> Result<(), String>;

    /// Gives the tenant these settings.
    fn set_settings(&self, settings: &Value) -> Result<(), String>;
}

/// What must come back. An answer with a 4xx or 5xx must be a SCIM Error in any case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Expect {
    status: OneOrMore<u16>,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    body: Option<Value>,
    scim_type: Option<OneOrMore<String>>,
    #[serde(default)]
    no_scim_type: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

/// `tests/fixtures`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// All scripts below `tests/fixtures` but for those in `given`, in the order of their names.
pub fn all() -> Vec<PathBuf> {
    let areas = entries(&folder())
        .into_iter()
        .filter(|area| area.is_dir() && !area.ends_with("given"));
    areas.flat_map(|area| scripts_below(&area)).collect()
}

fn scripts_below(folder: &Path) -> Vec<PathBuf> {
    let below = entries(folder).into_iter().flat_map(|entry| {
        if entry.is_dir() {
            scripts_below(&entry)
        } else {
            vec![entry]
        }
    });
    let is_json = |file: &PathBuf| file.extension().is_some_and(|end| end == "json");
    below.filter(is_json).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the fixtures folder can be read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

/// Reads a script; the error says what is wrong with the file.
pub fn read(file: &Path) -> Result<Script, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("not a script: {error}"))
}

/// Runs a script in a tenant; the error tells the step, what was wrong, and the exchange.
pub fn run(script: &Script, site: &dyn Site) -> Result<(), String> {
    Stage {
        site,
        actors: BTreeMap::new(),
        // No script can know it: `${token}` is the tenant's first one.
        captures: Captures::from([("token".to_owned(), site.token().to_owned())]),
    }
    .play(&script.steps, "")
}

struct Stage<'test> {
    site: &'test dyn Site,
    actors: BTreeMap<String, Actor>,
    captures: Captures,
}

impl Stage<'_> {
    fn play(&mut self, steps: &[Step], within: &str) -> Result<(), String> {
        for (number, step) in (1..).zip(steps) {
            let place = format!("{within}step {number}");
            self.step(step, &place).map_err(|wrong| match within {
                // What `given` says already names its place.
                _ if wrong.starts_with("given ") => wrong,
                _ => format!("{place}: {wrong}"),
            })?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, place: &str) -> Result<(), String> {
        match (&step.given, &step.license, &step.settings, &step.method) {
            (Some(given), None, None, None) => {
                let script = read(&folder().join("given").join(format!("{given}.json")))?;
                self.play(&script.steps, &format!("given {given} ({place}), "))
            }
            (None, Some(license), None, None) => self.site.set_license(license),
            (None, None, Some(settings), None) => self.site.set_settings(settings),
            (None, None, None, Some(method)) => self.exchange(step, method),
            _ => Err("a step is one of `given`, `license`, `settings` or a request".to_owned()),
        }
    }

    fn exchange(&mut self, step: &Step, method: &str) -> Result<(), String> {
        let path = step.path.as_ref().ok_or("a request needs a `path`")?;
        let expect = step.expect.as_ref().ok_or("a request needs an `expect`")?;
        let answer = self.send(step, method, path)?;
        let judged = self.judge(step, expect, &answer);
        judged.map_err(|wrong| format!("{wrong}\n{answer:?}"))
    }

    fn send(&mut self, step: &Step, method: &str, path: &str) -> Result<Answer, String> {
        let path = matcher::fill(path, &self.captures)?;
        // As the component calls it, so that a script can be put to it without the server too.
        let mut request = match path.strip_prefix("/.admin/") {
            Some(below) => Request::outside(method, &format!("/admin/v1/{below}")),
            None => Request::new(method, &path),
        };
        for (name, value) in &step.query {
            request = request.query(name, &matcher::fill(value, &self.captures)?);
        }
        for (name, value) in &step.headers {
            request = request.header(name, &matcher::fill(value, &self.captures)?);
        }
        if let Some(body) = &step.body {
            request = request.json(&matcher::fill_value(body, &self.captures)?);
        }
        if let Some(raw) = &step.raw_body {
            request = request.bytes(raw.as_str());
        }
        let actor = self.actor(step.actor.as_deref().unwrap_or("scim"))?;
        actor
            .try_send(request)
            .map_err(|error| format!("no answer: {error}"))
    }

    fn actor(&mut self, name: &str) -> Result<Actor, String> {
        if let Some(known) = self.actors.get(name) {
            return Ok(known.clone());
        }
        let actor = self.site.actor(name);
        let actor = actor.ok_or_else(|| format!("no such actor `{name}`"))?;
        self.actors.insert(name.to_owned(), actor.clone());
        Ok(actor)
    }

    /// With more than one `expect`, the answer must fit one of them.
    fn judge(
        &mut self,
        step: &Step,
        expect: &OneOrMore<Expect>,
        answer: &Answer,
    ) -> Result<(), String> {
        let mut wrongs = Vec::new();
        for expect in expect.as_slice() {
            let mut captures = self.captures.clone();
            match judge_one(expect, answer, &mut captures) {
                Ok(()) => {
                    self.captures = captures;
                    return self.capture(step, answer);
                }
                Err(wrong) => wrongs.push(wrong),
            }
        }
        Err(wrongs.join("\nor: "))
    }

    fn capture(&mut self, step: &Step, answer: &Answer) -> Result<(), String> {
        for (name, place) in &step.capture {
            let found = match place.strip_prefix("header:") {
                Some(header) => answer.header(header),
                None => answer.body.pointer(place).and_then(Value::as_str),
            };
            let found = found.ok_or_else(|| format!("nothing to capture at `{place}`"))?;
            self.captures.insert(name.clone(), found.to_owned());
        }
        Ok(())
    }
}

fn judge_one(expect: &Expect, answer: &Answer, captures: &mut Captures) -> Result<(), String> {
    let statuses = expect.status.as_slice();
    if !statuses.contains(&answer.status) {
        return Err(format!(
            "expected status {statuses:?}, got {}",
            answer.status
        ));
    }
    if answer.status >= 400 {
        answer.error_shape()?;
    }
    judge_scim_type(expect, answer)?;
    judge_body(expect, answer, captures)?;
    // Behind the body, for what it captures.
    for (name, pattern) in &expect.headers {
        let value = answer.header(name).map(Value::from);
        let fits = matcher::check(pattern, value.as_ref(), captures);
        fits.map_err(|wrong| format!("header `{name}` {wrong}"))?;
    }
    Ok(())
}

fn judge_body(expect: &Expect, answer: &Answer, captures: &mut Captures) -> Result<(), String> {
    match &expect.body {
        // A 204 has no body, and that is as good as the resource wherever both are allowed.
        Some(_) if answer.status == 204 && expect.status.as_slice().contains(&200) => Ok(()),
        Some(pattern) => matcher::check(pattern, Some(&answer.body), captures)
            .map_err(|wrong| format!("body {wrong}")),
        None => Ok(()),
    }
}

fn judge_scim_type(expect: &Expect, answer: &Answer) -> Result<(), String> {
    let got = answer.body.get("scimType").and_then(Value::as_str);
    match &expect.scim_type {
        _ if expect.no_scim_type && got.is_some() => {
            Err(format!("expected no scimType, got {got:?}"))
        }
        Some(one_of)
            if !one_of
                .as_slice()
                .iter()
                .any(|wanted| Some(wanted.as_str()) == got) =>
        {
            Err(format!(
                "expected scimType {:?}, got {got:?}",
                one_of.as_slice()
            ))
        }
        _ => Ok(()),
    }
}
