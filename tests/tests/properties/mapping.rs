//! A field that goes both ways loses nothing (docs/mapping.md, "Loss"): what the platform puts into an
//! account reads as that, what it puts back as it was changes nothing, and what cannot be so is refused.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use scimlet_tests::native::Native;
use serde_json::{Value, json};

use crate::cases;
use crate::law::USER;
use crate::side::{Side, in_memory};

const OWN: &str = "urn:example:schemas:extension:own:1.0:User";

/// A field of both directions, and values of the attribute that it comes from.
#[derive(Clone, Debug)]
struct Lens {
    field: Value,
    /// A JSON pointer to the attribute in a user.
    at: &'static str,
    /// Users' values, as a part of a user.
    users: Vec<Value>,
}

impl Lens {
    fn settings(&self) -> String {
        let attributes = json!([
            { "name": "hired", "type": "dateTime" },
            { "name": "seats", "type": "integer" },
            { "name": "key", "type": "string", "caseExact": true },
            { "name": "tags", "type": "string", "multiValued": true, "caseExact": true },
        ]);
        json!({
            "schemas": [{ "id": OWN, "attributes": attributes }],
            "resourceTypes": [{
                "name": "User",
                "schemaExtensions": [{ "schema": OWN, "required": false }],
            }],
            "mapping": { "fields": [self.field] },
        })
        .to_string()
    }

    /// Whether a step takes away what means nothing: then what comes back need not be what was put.
    fn normalises(&self) -> bool {
        let steps = self.field["transforms"].as_array().expect("steps");
        let is = |step: &Value| step == "lower" || step == "trim" || step["default"].is_string();
        steps.iter().any(is)
    }
}

/// Words that differ in case, in white space, and by what separates.
fn words() -> Vec<Value> {
    [
        "", "a", "A", " a ", "a b", "a,b", ",", "é", "İ", "1", "one", "en",
    ]
    .map(Value::from)
    .to_vec()
}

/// Steps that any text may take, in any number.
fn text_steps() -> impl Strategy<Value = Vec<Value>> {
    let steps = vec![
        json!("trim"),
        json!("lower"),
        json!({ "lookup": { "a": "one", "A": "two", "1": 1, "b": "a" }, "else": "keep" }),
        json!({ "lookup": { "a": "one", "a b": true }, "else": "refuse" }),
        json!({ "default": "en" }),
    ];
    subsequence(steps, 0..4)
}

fn text_lens() -> impl Strategy<Value = Lens> {
    let part = |name: &'static str, sub: &'static str| {
        words().into_iter().map(move |word| match sub {
            "" => json!({ name: word }),
            sub => json!({ name: { sub: word } }),
        })
    };
    let mails = words()
        .into_iter()
        .map(|word| json!({ "emails": [{ "value": "x" }, { "value": word, "type": "work" }] }));
    let sources = vec![
        (
            json!({ "path": "title" }),
            "/title",
            part("title", "").collect(),
        ),
        (
            json!({ "path": "name.givenName" }),
            "/name/givenName",
            part("name", "givenName").collect(),
        ),
        (
            json!({ "template": "id-{externalId}!" }),
            "/externalId",
            part("externalId", "").collect(),
        ),
        (
            json!({ "path": format!("{OWN}:key") }),
            "/urn:example:schemas:extension:own:1.0:User/key",
            part(OWN, "key").collect(),
        ),
        (
            json!({ "path": "emails[type eq \"work\"].value" }),
            "/emails",
            mails.collect::<Vec<Value>>(),
        ),
    ];
    let split = select(vec![None, Some(","), Some(" ")]);
    (select(sources), text_steps(), split).prop_map(|((source, at, users), mut steps, split)| {
        if let Some(separator) = split {
            steps.retain(|step| step["default"].is_null() && step["lookup"].is_null());
            steps.push(json!({ "split": separator }));
        }
        lens(source, steps, at, users)
    })
}

fn list_lens() -> impl Strategy<Value = Lens> {
    // A value that is empty says nothing, and nothing comes back of it.
    let lists = vec(select(words().split_off(1)), 0..4);
    let join = select(vec![None, Some(","), Some(", ")]);
    (vec(lists, 5), join, any::<bool>(), text_steps()).prop_map(
        |(lists, join, is_own, mut steps)| {
            steps.retain(|step| step["default"].is_null());
            steps.extend(join.map(|separator| json!({ "join": separator })));
            let (path, at) = if is_own {
                (
                    format!("{OWN}:tags"),
                    "/urn:example:schemas:extension:own:1.0:User/tags",
                )
            } else {
                ("roles.value".to_owned(), "/roles")
            };
            let user = |list: Vec<Value>| {
                if is_own {
                    json!({ OWN: { "tags": list } })
                } else {
                    let roles = list.into_iter().map(|value| json!({ "value": value }));
                    json!({ "roles": roles.collect::<Vec<_>>() })
                }
            };
            let users = lists.into_iter().map(user).collect();
            lens(json!({ "path": path }), steps, at, users)
        },
    )
}

fn other_lens() -> impl Strategy<Value = Lens> {
    let own = |name: &str, values: &[Value]| {
        let users = values.iter().map(|value| json!({ OWN: { name: value } }));
        users.collect::<Vec<_>>()
    };
    let days = [
        json!("2026-02-28T00:00:00Z"),
        json!("2026-02-28T13:05:00Z"),
        json!("2026-02-28T23:59:59.5Z"),
    ];
    let patterns = ["YYYY-MM-DD", "DD.MM.YYYY hh:mm", "YYYYMMDDThhmmssZ"];
    let dates = select(patterns.to_vec()).prop_map(move |pattern| {
        let source = json!({ "path": format!("{OWN}:hired") });
        let at = "/urn:example:schemas:extension:own:1.0:User/hired";
        lens(
            source,
            vec![json!({ "date": pattern })],
            at,
            own("hired", &days),
        )
    });
    let pairs = vec![
        json!(["enabled", "disabled"]),
        json!([false, true]),
        json!([1, "a"]),
    ];
    let booleans = select(pairs).prop_map(|pair| {
        let users = vec![json!({ "active": true }), json!({ "active": false })];
        let steps = vec![json!({ "boolean": pair })];
        lens(json!({ "path": "active" }), steps, "/active", users)
    });
    let tables = vec![
        vec![],
        vec![json!({ "lookup": { "1": "one", "2": 1 }, "else": "keep" })],
    ];
    let numbers = select(tables).prop_map(move |steps| {
        let source = json!({ "path": format!("{OWN}:seats") });
        let at = "/urn:example:schemas:extension:own:1.0:User/seats";
        lens(
            source,
            steps,
            at,
            own("seats", &[json!(1), json!(2), json!(-3)]),
        )
    });
    prop_oneof![dates, booleans, numbers]
}

fn lens(source: Value, steps: Vec<Value>, at: &'static str, users: Vec<Value>) -> Lens {
    let mut field = source;
    field["field"] = json!("it");
    field["direction"] = json!("both");
    field["transforms"] = steps.into();
    Lens { field, at, users }
}

/// Whatever a platform might write.
fn said() -> impl Strategy<Value = Value> {
    let odd = [
        json!(null),
        json!(1),
        json!(true),
        json!(false),
        json!([]),
        json!({ "a": 1 }),
        json!("id-a!"),
        json!("enabled"),
        json!("2026-02-28"),
        json!("28.02.2026 13:05"),
    ];
    let single = select([words(), odd.to_vec()].concat());
    prop_oneof![3 => single.clone(), 1 => vec(single, 0..4).prop_map(Value::from)]
}

/// One user under one mapping.
struct Stage {
    side: Side,
    id: String,
}

impl Stage {
    fn new(lens: &Lens) -> Self {
        let side = Side::native("native", &lens.settings(), in_memory());
        let user = json!({ "schemas": [USER, OWN], "userName": "ada" });
        let id = side.create("/Users", &user)["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        Self { side, id }
    }

    fn user(&self) -> Value {
        self.side
            .send("GET", &format!("/Users/{}", self.id), None)
            .1
    }

    /// What the account says; null where it says nothing.
    fn shown(&self) -> Value {
        let path = format!("/.admin/accounts/{}", self.id);
        self.side.send("GET", &path, None).1["account"]["it"].clone()
    }

    /// Writes a user's value over SCIM.
    fn write(&self, part: &Value) -> u16 {
        let mut user = json!({ "schemas": [USER, OWN], "userName": "ada", "active": true });
        for (name, value) in part.as_object().expect("a part") {
            user[name] = value.clone();
        }
        self.side
            .send("PUT", &format!("/Users/{}", self.id), Some(&user))
            .0
    }

    /// Writes a value of the account.
    fn put(&self, value: &Value) -> (u16, Value) {
        let path = format!("/.admin/accounts/{}", self.id);
        self.side
            .send("PATCH", &path, Some(&json!({ "it": value })))
    }
}

/// What says nothing is nothing.
fn settled(value: &Value) -> Value {
    if *value == json!("") || *value == json!([]) {
        Value::Null
    } else {
        value.clone()
    }
}

/// What is put reads as that, or is refused and changes nothing.
fn reads_as_put(stage: &Stage, lens: &Lens, value: &Value) -> Result<(), TestCaseError> {
    let (user, shown) = (stage.user(), stage.shown());
    let (status, answer) = stage.put(value);
    prop_assert!(status < 500, "{value}: {status} {answer}");
    if status != 200 {
        prop_assert_eq!(
            (stage.user(), stage.shown()),
            (user, shown),
            "{} was refused",
            value
        );
        return Ok(());
    }
    let now = stage.shown();
    if !lens.normalises() {
        prop_assert_eq!(&now, &settled(value), "put {}", value);
    }
    puts_as_read(stage)
}

/// What was read and is put changes nothing.
fn puts_as_read(stage: &Stage) -> Result<(), TestCaseError> {
    let (user, shown) = (stage.user(), stage.shown());
    let (status, answer) = stage.put(&shown);
    prop_assert_eq!(status, 200, "{}: {}", shown, answer);
    prop_assert_eq!(stage.user(), user, "put {} as it was read", shown);
    Ok(())
}

/// What a user has can be taken away, and comes back from what the account said.
fn comes_back(stage: &Stage, lens: &Lens) -> Result<(), TestCaseError> {
    let (user, shown) = (stage.user(), stage.shown());
    let (status, _) = stage.put(&Value::Null);
    if status != 200 || shown.is_null() {
        return Ok(());
    }
    let (status, answer) = stage.put(&shown);
    prop_assert_eq!(status, 200, "{}: {}", shown, answer);
    prop_assert_eq!(stage.shown(), shown);
    if !lens.normalises() && lens.at != "/emails" {
        let now = stage.user();
        prop_assert_eq!(now.pointer(lens.at), user.pointer(lens.at));
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_field_of_both_directions_loses_nothing(
        lens in prop_oneof![3 => text_lens(), 2 => list_lens(), 1 => other_lens()],
        said in vec(said(), 1..5),
    ) {
        // What cannot be turned round is refused by the settings.
        prop_assume!(Native::open(&lens.settings(), in_memory()).is_ok());
        let stage = Stage::new(&lens);
        for part in &lens.users {
            let status = stage.write(part);
            prop_assert!(status == 200 || status == 400, "{}: {}", part, status);
            puts_as_read(&stage)?;
            if status == 200 {
                comes_back(&stage, &lens)?;
            }
        }
        for value in &said {
            reads_as_put(&stage, &lens, value)?;
        }
    }
}
