//! PATCH messages at random: mostly good ones, now and then with something wrong in them.

use std::fmt;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::choice::{Choice, choices};
use crate::law::{Attribute, ENTERPRISE, Law, USER};
use crate::made_up::{complex, simple, whole};

/// A `PatchOp`.
#[derive(Clone)]
pub struct Message(pub Vec<Operation>);

/// One operation. Its path is kept in parts, so that nobody has to read it back.
#[derive(Clone, Debug)]
pub struct Operation {
    pub op: &'static str,
    pub path: Option<Path>,
    pub value: Option<Value>,
}

/// What an operation is about.
#[derive(Clone, Debug)]
pub enum Path {
    /// An attribute, as it is spelt: `urn:name[choice].part`.
    Attribute {
        urn: Option<String>,
        name: String,
        choice: Option<Choice>,
        part: Option<String>,
    },
    /// A whole extension.
    Extension(String),
    /// Nothing, whatever stands there.
    Nothing(&'static str),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(urn) => f.write_str(urn),
            Self::Nothing(text) => f.write_str(text),
            Self::Attribute {
                urn,
                name,
                choice,
                part,
            } => {
                let urn = urn.as_ref().map(|urn| format!("{urn}:"));
                write!(f, "{}{name}", urn.unwrap_or_default())?;
                if let Some(choice) = choice {
                    write!(f, "[{choice}]")?;
                }
                match part {
                    Some(part) => write!(f, ".{part}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Message {
    /// As it is sent.
    pub fn json(&self) -> Value {
        let operations: Vec<Value> = self.0.iter().map(Operation::json).collect();
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        json!({ "schemas": [schema], "Operations": operations })
    }
}

impl Operation {
    fn json(&self) -> Value {
        let mut json = json!({ "op": self.op });
        if let Some(path) = &self.path {
            json["path"] = path.to_string().into();
        }
        if let Some(value) = &self.value {
            json["value"] = value.clone();
        }
        json
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "PATCH")?;
        for operation in &self.0 {
            writeln!(f, "    {}", operation.json())?;
        }
        Ok(())
    }
}

/// Any message of one to six operations.
pub fn messages() -> impl Strategy<Value = Message> {
    vec(operation(), 1..=6).prop_map(Message)
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        16 => attribute().prop_flat_map(|(urn, name)| on_attribute(urn, name)),
        3 => pathless(),
        2 => on_extension(),
        1 => on_nothing(),
    ]
}

fn op() -> impl Strategy<Value = &'static str> {
    let wrong = select(vec!["Replace", "delete", ""]);
    let good = select(vec!["add", "replace", "remove"]);
    prop_oneof![80 => good, 1 => wrong]
}

/// The attributes that there are; those with many values, and those that were tricky, more often.
fn attribute() -> impl Strategy<Value = (Option<&'static str>, &'static str)> {
    let core = |names: &[&'static str]| {
        let at_top = |name: &&'static str| (None, *name);
        select(names.iter().map(at_top).collect::<Vec<_>>())
    };
    let enterprise = select(vec!["department", "manager", "manager", "employeeNumber"]);
    prop_oneof![
        8 => Just((None, "emails")),
        3 => core(&["addresses", "phoneNumbers", "roles"]),
        2 => core(&["photos", "x509Certificates"]),
        4 => core(&["name", "active"]),
        3 => core(&["title", "nickName", "externalId", "profileUrl", "userName"]),
        4 => enterprise.prop_map(|name| (Some(ENTERPRISE), name)),
        1 => core(&["id", "meta", "groups", "password"]),
    ]
}

/// A name in one of its spellings (RFC 7643 section 2.1: names ignore case).
fn spelt(name: &str) -> impl Strategy<Value = String> + use<> {
    let name = name.to_owned();
    let (upper, lower) = (name.to_uppercase(), name.to_lowercase());
    prop_oneof![12 => Just(name), 1 => Just(upper), 1 => Just(lower)]
}

fn on_attribute(urn: Option<&'static str>, name: &str) -> BoxedStrategy<Operation> {
    let attribute = Law::of_users().attribute(urn, name).clone();
    let urn = match urn {
        Some(urn) => spelt(urn).prop_map(Some).boxed(),
        None => weighted(0.1, spelt(USER)).boxed(),
    };
    let chance = if attribute.multi_valued { 0.6 } else { 0.02 };
    let choice = weighted(chance, choices(&attribute));
    let path = (urn, spelt(name), choice, part(&attribute));
    let op = op();
    (path, op)
        .prop_flat_map(move |((urn, name, choice, part), op)| {
            let value = value(&attribute, choice.is_some(), part.as_deref(), op);
            let path = Path::Attribute {
                urn,
                name,
                choice,
                part,
            };
            value.prop_map(move |value| Operation {
                op,
                path: Some(path.clone()),
                value,
            })
        })
        .boxed()
}

fn part(attribute: &Attribute) -> BoxedStrategy<Option<String>> {
    let parts: Vec<String> = attribute
        .sub_attributes
        .iter()
        .map(|it| it.name.clone())
        .collect();
    let wrong = weighted(0.02, Just("shoeSize".to_owned()));
    if parts.is_empty() {
        return wrong.boxed();
    }
    let good = weighted(0.5, select(parts).prop_flat_map(|name| spelt(&name)));
    prop_oneof![30 => good, 1 => wrong].boxed()
}

/// With a value as the operation asks for it, mostly.
fn value(
    attribute: &Attribute,
    is_chosen: bool,
    part: Option<&str>,
    op: &str,
) -> BoxedStrategy<Option<Value>> {
    let part = part.map(|part| attribute.part(part));
    let good = match part {
        Some(Some(part)) => simple(part),
        Some(None) => Just(json!("x")).boxed(),
        None if is_chosen && attribute.is_complex() => with_nulls(complex(attribute)),
        None if is_chosen => simple(attribute),
        None if attribute.multi_valued => many(attribute),
        None => with_nulls(whole(attribute)),
    };
    match op {
        "remove" => {
            prop_oneof![20 => Just(None), 1 => Just(Some(Value::Null)), 1 => good.prop_map(Some)]
                .boxed()
        }
        _ => prop_oneof![
            24 => good.prop_map(Some),
            3 => Just(Some(Value::Null)),
            2 => odd().prop_map(Some),
            1 => Just(None),
        ]
        .boxed(),
    }
}

/// Several elements, one of them alone, or elements that say nothing.
fn many(attribute: &Attribute) -> BoxedStrategy<Value> {
    let one = || with_nulls(complex(attribute));
    let twice = one().prop_map(|one| json!([one, one]));
    let nothing = (
        one(),
        select(vec![json!({}), Value::Null, json!({ "value": null })]),
    )
        .prop_map(|(one, nothing)| json!([nothing, one]));
    prop_oneof![
        8 => whole(attribute),
        2 => one(),
        2 => vec(one(), 0..3).prop_map(Value::from),
        1 => twice,
        1 => nothing,
    ]
    .boxed()
}

/// Now and then with a part that is null, or one that there is not, or one name twice.
fn with_nulls(values: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let more = prop_oneof![
        30 => Just(None),
        6 => select(vec!["value", "type", "display", "primary", "familyName", "$ref"])
            .prop_map(|name| Some((name, Value::Null))),
        1 => Just(Some(("TYPE", json!("home")))),
        1 => Just(Some(("shoeSize", json!("38")))),
    ];
    (values, more)
        .prop_map(|(mut value, more)| {
            if let (Value::Object(parts), Some((name, it))) = (&mut value, more) {
                // A part that the attribute has not would refuse most messages.
                if name == "shoeSize" || parts.keys().any(|known| known.eq_ignore_ascii_case(name))
                {
                    parts.insert(name.to_owned(), it);
                }
            }
            value
        })
        .boxed()
}

/// A value that hardly fits.
fn odd() -> impl Strategy<Value = Value> {
    select(vec![
        json!([]),
        json!({}),
        json!(""),
        json!("x"),
        json!(5),
        json!(1.5),
        json!(true),
        json!("true"),
        json!([[]]),
        json!([null]),
        json!([{}]),
        json!(["x"]),
        json!({ "value": "x" }),
        json!({ "value": ["x"] }),
        json!({ "value": {} }),
        json!({ "primary": "yes" }),
        json!({ "familyName": null, "givenName": null, "formatted": null }),
        json!("not base64!"),
    ])
}

/// The attributes in the value of an operation without a path.
fn members() -> impl Strategy<Value = Value> {
    let member = attribute().prop_flat_map(|(urn, name)| {
        let attribute = Law::of_users().attribute(urn, name);
        let value = value(attribute, false, None, "add");
        (spelt(name), value).prop_map(move |(name, value)| (urn, name, value))
    });
    vec(member, 0..4).prop_map(|members| {
        let mut all = json!({});
        for (urn, name, value) in members {
            let Some(value) = value else { continue };
            match urn {
                Some(urn) if !all[urn].is_object() => all[urn] = json!({ name: value }),
                Some(urn) => all[urn][name] = value,
                None => all[name] = value,
            }
        }
        all
    })
}

fn pathless() -> impl Strategy<Value = Operation> {
    let named = (
        members(),
        select(vec!["shoeSize", "schemas", "emails.type", USER]),
    )
        .prop_map(|(mut members, name)| {
            members[name] = json!([USER]);
            members
        });
    let value = prop_oneof![20 => members(), 2 => named, 1 => odd()];
    (op(), weighted(0.95, value)).prop_map(|(op, value)| Operation {
        op,
        path: None,
        value,
    })
}

fn on_extension() -> impl Strategy<Value = Operation> {
    let members = members().prop_map(|all| match &all[ENTERPRISE] {
        Value::Null => json!({}),
        some => some.clone(),
    });
    let value = prop_oneof![10 => members, 2 => Just(Value::Null), 1 => odd()];
    let with = |op: &'static str, chance: f64| (Just(op), weighted(chance, value.clone()));
    let all =
        prop_oneof![2 => with("add", 0.95), 2 => with("replace", 0.95), 3 => with("remove", 0.05)];
    (all, spelt(ENTERPRISE)).prop_map(|((op, value), urn)| Operation {
        op,
        path: Some(Path::Extension(urn)),
        value,
    })
}

fn on_nothing() -> impl Strategy<Value = Operation> {
    let path = select(vec![
        "shoeSize",
        "",
        "emails[",
        "emails[type eq]",
        "emails[type eq \"work\"]value",
        "emails.value[type eq \"work\"]",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "department",
    ]);
    (op(), path).prop_map(|(op, path)| Operation {
        op,
        path: Some(Path::Nothing(path)),
        value: Some(json!("x")),
    })
}
