//! A mapping tried on examples, both ways. Nothing is read from the store, and nothing written.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::super::Decision;
use super::super::case::Case;
use super::accounts::json_of;
use super::answer;
use super::ask::{Parameters, body};
use crate::mapping::{Direction, Mapping};
use crate::refusal::Refusal;
use crate::scim::resource::check;
use crate::scim::schema::{Attribute, ResourceType};
use crate::scim::value::{Object, Value};
use crate::tenant::Tenant;

/// Examples of one trial.
const MAX_EXAMPLES: usize = 1000;

/// What is sent.
#[derive(Deserialize)]
struct Trial {
    examples: Vec<Example>,
    /// Those that have to do with what a user may be.
    #[serde(flatten)]
    settings: Map<String, Json>,
}

/// Parts of the settings that a trial may have.
const SETTINGS: [&str; 5] = [
    "mapping",
    "preset",
    "tolerances",
    "schemas",
    "resourceTypes",
];

/// A user, and the account that they should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    name: String,
    user: Map<String, Json>,
    #[serde(default)]
    account: Map<String, Json>,
    /// Attributes of the user that the account should make.
    #[serde(default)]
    back: Map<String, Json>,
    /// Whether the user should be refused.
    #[serde(default)]
    refused: bool,
}

/// One thing that should be so, and how it is.
#[derive(Serialize)]
struct Line {
    example: String,
    direction: &'static str,
    field: String,
    expected: Json,
    got: Json,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

pub(super) fn run(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    Parameters::read(case, &[])?;
    let trial: Trial = body(case)?;
    if trial.examples.len() > MAX_EXAMPLES {
        let detail = format!("{MAX_EXAMPLES} examples at most");
        return Err(Refusal::Status(413, detail));
    }
    let mut known = trial.settings.keys();
    if let Some(other) = known.find(|key| !SETTINGS.contains(&key.as_str())) {
        let known = SETTINGS.join(", ");
        let detail = format!("`{other}` is unknown here; known are examples, {known}");
        return Err(Refusal::syntax(detail));
    }
    let settings = Json::Object(trial.settings);
    let tenant = match Tenant::open(&settings.to_string()) {
        Ok(tenant) => tenant,
        Err(problems) => {
            let problems = problems.iter();
            let problems = problems.map(|it| json!({ "path": it.path, "detail": it.detail }));
            let problems: Vec<Json> = problems.collect();
            return Ok(answer(
                &json!({ "ok": false, "problems": problems, "lines": [] }),
            ));
        }
    };
    let mapping = tenant.settings.mapping.as_ref();
    let Some((mapping, kind)) = mapping.zip(tenant.registry.by_name("User")) else {
        return Err(Refusal::syntax("the body has no `mapping`"));
    };
    let examples = trial.examples.iter();
    let lines: Vec<Line> = examples.flat_map(|it| tried(mapping, kind, it)).collect();
    let is_ok = lines.iter().all(|line| line.ok);
    Ok(answer(
        &json!({ "ok": is_ok, "problems": [], "lines": lines }),
    ))
}

/// Both ways of one example.
fn tried(mapping: &Mapping, kind: &ResourceType, example: &Example) -> Vec<Line> {
    let line = |direction, field: &str| Line {
        example: example.name.clone(),
        direction,
        field: field.to_owned(),
        expected: Json::Null,
        got: Json::Null,
        ok: false,
        detail: None,
    };
    let lacks = user_of(kind, &example.user).map(|user| {
        let lacks = mapping.lacks(kind, &user).into_iter();
        (user, lacks.map(|it| it.detail).collect::<Vec<_>>())
    });
    let (user, lacks) = match lacks {
        Ok(read) => read,
        Err(refusal) => {
            return vec![Line {
                expected: json!("a user"),
                detail: Some(refusal.to_string()),
                ..line("out", "")
            }];
        }
    };
    if example.refused || !lacks.is_empty() {
        let [no, yes] = ["accepted", "refused"].map(Json::from);
        return vec![Line {
            expected: if example.refused {
                yes.clone()
            } else {
                no.clone()
            },
            got: if lacks.is_empty() { no } else { yes },
            ok: example.refused != lacks.is_empty(),
            detail: lacks.into_iter().next(),
            ..line("out", "")
        }];
    }
    let mut lines = outwards(mapping, kind, example, &user, &line);
    lines.extend(inwards(mapping, kind, example, user, &line));
    lines
}

/// The user of an example, checked as if it were sent; and with what only the server sets, if it is there.
fn user_of(kind: &ResourceType, user: &Map<String, Json>) -> Result<Object<'static>, Refusal> {
    let text = Json::Object(user.clone()).to_string();
    let Value::Object(raw) = Value::parse(&text)? else {
        return Ok(Object::new());
    };
    let mut checked = check(kind, raw.clone())?;
    for (name, value) in raw {
        let is_kept = kind.attribute(&name).is_none_or(Attribute::is_kept);
        if is_kept && checked.get(&name).is_none() && !value.is_absent() {
            checked.set(name, value);
        }
    }
    Ok(checked.into_owned())
}

fn outwards(
    mapping: &Mapping,
    kind: &ResourceType,
    example: &Example,
    user: &Object<'_>,
    line: &dyn Fn(&'static str, &str) -> Line,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for field in &mapping.fields {
        let expected = named(&example.account, &field.name);
        let (got, detail) = match field.out(kind, user) {
            Ok(got) => (got.map_or(Json::Null, |got| json_of(&got)), None),
            Err(why) => (Json::Null, Some(why.0)),
        };
        lines.push(Line {
            ok: expected == got && detail.is_none(),
            expected,
            got,
            detail,
            ..line("out", &field.name)
        });
    }
    for (name, value) in &example.account {
        if mapping.field(name).is_none() {
            lines.push(Line {
                expected: value.clone(),
                detail: Some("the mapping has no such field".to_owned()),
                ..line("out", name)
            });
        }
    }
    lines
}

/// The account put into the user from whom all that it says has been taken.
fn inwards(
    mapping: &Mapping,
    kind: &ResourceType,
    example: &Example,
    mut user: Object<'static>,
    line: &dyn Fn(&'static str, &str) -> Line,
) -> Vec<Line> {
    let fields = mapping.fields.iter();
    let fields: Vec<_> = fields.filter(|it| it.direction != Direction::Out).collect();
    let mut lines = Vec::new();
    for selector in fields.iter().filter_map(|field| field.target()) {
        // To take something out does not fail.
        let _ = selector.write(kind, &mut user, None);
    }
    let mut details = Vec::new();
    for field in &fields {
        let value = named(&example.account, &field.name).to_string();
        let value = Value::parse(&value).map_or(Value::Null, Value::into_owned);
        let put = field.back(kind, &mut user, Some(value));
        details.push(put.err().map(|why| why.0));
    }
    for (field, detail) in fields.iter().zip(details) {
        let expected = named(&example.account, &field.name);
        let got = field.out(kind, &user).ok().flatten();
        let got = got.map_or(Json::Null, |got| json_of(&got));
        lines.push(Line {
            ok: detail.is_none() && expected == got,
            expected,
            got,
            detail,
            ..line("in", &field.name)
        });
    }
    for (name, expected) in &example.back {
        let got = user.get(name).map_or(Json::Null, json_of);
        lines.push(Line {
            ok: says(&got, expected),
            expected: expected.clone(),
            got,
            ..line("in", name)
        });
    }
    lines
}

/// What an account says of a field, whatever the case of its name.
fn named(account: &Map<String, Json>, name: &str) -> Json {
    let mut members = account.iter();
    let found = members.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map_or(Json::Null, |(_, value)| value.clone())
}

/// Whether a value says all that another one does.
fn says(got: &Json, expected: &Json) -> bool {
    match (got, expected) {
        (Json::Object(got), Json::Object(expected)) => expected
            .iter()
            .all(|(name, value)| says(&named(got, name), value)),
        (Json::Array(got), Json::Array(expected)) => {
            got.len() == expected.len()
                && got.iter().zip(expected).all(|(it, other)| says(it, other))
        }
        (got, expected) => got == expected,
    }
}
