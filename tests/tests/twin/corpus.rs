//! Every script of `tests/fixtures`, put to both engines. What a script expects is not judged
//! here but for what it captures: the `fixtures` test does that, through the whole server.

use std::collections::BTreeMap;
use std::path::Path;

use scimlet_runtime::{Header, Principal, Request, Response};
use scimlet_tests::inside::request;
use scimlet_tests::matcher::{self, Captures};
use scimlet_tests::{script, uri};
use serde_json::{Value, json};

use crate::twins::Twins;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
const TERMS: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";

#[test]
fn both_play_every_script_alike() {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for file in script::all() {
        match play(&file) {
            Ok(requests) => asked += requests,
            Err(difference) => wrong.push(format!("=== {}\n{difference}", file.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    println!("{asked} requests of {} scripts", script::all().len());
    assert!(
        asked > 1000,
        "only {asked} requests: were the scripts read?"
    );
}

/// A script on its way through both engines.
struct Play {
    /// None only while the settings change.
    twins: Option<Twins>,
    captures: Captures,
    asked: usize,
}

fn play(file: &Path) -> Result<usize, String> {
    let mut play = Play {
        twins: Some(Twins::new("{}")),
        captures: Captures::new(),
        asked: 0,
    };
    play.file(file)?;
    play.twins.as_ref().map_or(Ok(()), Twins::part)?;
    Ok(play.asked)
}

impl Play {
    fn file(&mut self, file: &Path) -> Result<(), String> {
        let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
        let script: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let steps = script["steps"].as_array().ok_or("no steps")?;
        for (number, step) in (1..).zip(steps) {
            self.step(step)
                .map_err(|wrong| format!("step {number}: {wrong}"))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        if let Some(given) = step["given"].as_str() {
            self.file(&script::folder().join(format!("given/{given}.json")))
        } else if step["license"].is_object() {
            self.license(&step["license"])
        } else if step["settings"].is_object() {
            let settings = step["settings"].to_string();
            self.twins = self.twins.take().map(|twins| twins.with(&settings));
            // Now and then before the first request, now and then never.
            if self.asked.is_multiple_of(2) {
                self.twins
                    .as_ref()
                    .map_or(Ok(()), |twins| twins.reindex(3))?;
            }
            Ok(())
        } else {
            let answer = self.ask(read(step, &self.captures))?;
            self.note(step, &answer);
            Ok(())
        }
    }

    fn ask(&mut self, request: Request) -> Result<Response, String> {
        self.asked += 1;
        self.twins.as_mut().ok_or("no engines")?.ask(request)
    }

    /// As the command line sets a license: PUT if there is one of that SKU, else POST.
    fn license(&mut self, license: &Value) -> Result<(), String> {
        let filter = format!("value eq {}", license["sku"]);
        let list = self.ask(Request {
            query: Some(uri::query([("filter", filter.as_str())])),
            ..request("GET", "/Entitlements", None)
        })?;
        let list: Value = serde_json::from_str(&list.body).unwrap_or_default();
        let mut body = json!({
            "schemas": [CORE, TERMS],
            "value": license["sku"],
            "limitedAssignmentsPermitted": license["seats"].is_number(),
            TERMS: { "overage": license["overage"].as_str().unwrap_or("waitlist") },
        });
        for (name, value) in [
            ("totalAssignmentsPermitted", &license["seats"]),
            ("display", &license["name"]),
        ] {
            if value.is_number() || name == "display" && value.is_string() {
                body[name] = value.clone();
            }
        }
        let (method, path) = match list["Resources"][0]["id"].as_str() {
            Some(id) => ("PUT", format!("/Entitlements/{id}")),
            None => ("POST", "/Entitlements".to_owned()),
        };
        self.ask(request(method, &path, Some(&body))).map(|_| ())
    }

    /// Captures what later steps will name, as the runner of scripts does.
    fn note(&mut self, step: &Value, answer: &Response) {
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let expected = match &step["expect"] {
            Value::Array(one_of) => one_of.as_slice(),
            one => std::slice::from_ref(one),
        };
        for expected in expected {
            let _ = matcher::check(&expected["body"], Some(&body), &mut self.captures);
        }
        for (name, place) in step["capture"].as_object().into_iter().flatten() {
            let place = place.as_str().unwrap_or_default();
            let header = place.strip_prefix("header:");
            let found = match header {
                Some(name) => header_of(answer, name),
                None => body.pointer(place).and_then(Value::as_str),
            };
            if let Some(found) = found {
                self.captures.insert(name.clone(), found.to_owned());
            }
        }
    }
}

fn header_of<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    let mut named = answer
        .headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name));
    named.next().map(|header| header.value.as_str())
}

/// A step as the server would hand it on. What was never captured stays as it stands.
fn read(step: &Value, captures: &Captures) -> Request {
    let fill = |text: &str| matcher::fill(text, captures).unwrap_or_else(|_| text.to_owned());
    let texts = |name: &str| -> BTreeMap<String, String> {
        let members = step[name].as_object().into_iter().flatten();
        let text = |value: &Value| fill(value.as_str().unwrap_or_default());
        members
            .map(|(name, value)| (name.to_ascii_lowercase(), text(value)))
            .collect()
    };
    let target = fill(step["path"].as_str().unwrap_or_default());
    let (path, inline) = target.split_once('?').unwrap_or((&target, ""));
    let named: Vec<(String, String)> = step["query"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), fill(value.as_str().unwrap_or_default())))
        .collect();
    let named = uri::query(
        named
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let query = [inline, &named].map(str::to_owned);
    let query = query.into_iter().filter(|part| !part.is_empty());
    let query = query.collect::<Vec<_>>().join("&");
    let body = match (&step["body"], step["rawBody"].as_str()) {
        (_, Some(raw)) => raw.to_owned(),
        (Value::Null, None) => String::new(),
        (body, None) => {
            let filled = matcher::fill_value(body, captures);
            filled.unwrap_or_else(|_| body.clone()).to_string()
        }
    };
    let mut headers = texts("headers");
    if !body.is_empty() {
        let scim = "application/scim+json".to_owned();
        headers.entry("content-type".to_owned()).or_insert(scim);
    }
    let scope = match step["as"].as_str() {
        Some("admin") => "admin",
        Some("reader") => "scim:read",
        Some("anonymous") => "none",
        _ => "scim",
    };
    Request {
        query: Some(query).filter(|query| !query.is_empty()),
        headers: headers
            .into_iter()
            .map(|(name, value)| Header { name, value })
            .collect(),
        body,
        principal: Principal {
            id: "test".to_owned(),
            scopes: vec![scope.to_owned()],
        },
        ..request(step["method"].as_str().unwrap_or_default(), path, None)
    }
}
