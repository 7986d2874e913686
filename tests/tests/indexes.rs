//! What a change of `indexes` (and of what is unique) means for rows that were written before:
//! filters never miss one, at any moment, and in the end the index answers them.

use std::sync::Arc;

use scimlet_runtime::{Request, Response};
use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::{Said, Watched, request, seed};
use scimlet_tests::native::Native;
use scimlet_tests::uri;
use serde_json::{Value, json};

const NONE: &str = "{}";
const TITLE: &str = r#"{"indexes":{"User":["title"]}}"#;
const BOTH: &str = r#"{"indexes":{"User":["title","nickName"]}}"#;
const HR: &str = "urn:example:hr:1.0:User";

/// One tenant's data, and engines that see it under different settings.
struct Stage {
    store: Arc<Watched>,
    requests: u64,
}

impl Stage {
    fn new() -> Self {
        let store = MemoryBackend::new().tenant_store("t");
        Self {
            store: Arc::new(Watched::new(Arc::new(store))),
            requests: 0,
        }
    }

    fn under(&self, settings: &str) -> Native {
        Native::open(settings, self.store.clone()).expect("settings")
    }

    fn ask(&mut self, engine: &Native, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.requests += 1;
        engine.handle(Request {
            seed: seed(self.requests),
            ..request(method, path, body)
        })
    }

    fn create(&mut self, engine: &Native, body: &Value) -> String {
        let answer = self.ask(engine, "POST", "/Users", Some(body));
        assert_eq!(answer.status, 201, "{answer:?}");
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        body["id"].as_str().unwrap().to_owned()
    }

    fn hire(&mut self, engine: &Native, name: &str) -> String {
        self.create(engine, &user(name))
    }

    /// How many users a filter finds, and whether the index was asked.
    fn find(&mut self, engine: &Native, filter: &str) -> (u64, bool) {
        self.store.take();
        let answer = engine.handle(Request {
            query: Some(uri::query([("filter", filter)])),
            ..request("GET", "/Users", None)
        });
        assert_eq!(answer.status, 200, "{answer:?}");
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let asks = |said: &Said| matches!(said, Said::Find(plan) if !plan.nodes.is_empty());
        (
            body["totalResults"].as_u64().unwrap(),
            self.store.take().iter().any(asks),
        )
    }
}

fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "title": "Guide",
        "nickName": name,
    })
}

/// The whole walk; how many rows it looked at.
fn reindex(engine: &Native) -> u32 {
    let (mut rows, mut after) = (0, None);
    loop {
        let step = engine.reindex(after.as_deref(), 2).expect("a step");
        rows += step.rows;
        after = step.next;
        if after.is_none() {
            return rows;
        }
    }
}

#[test]
fn old_rows_are_found_before_and_after() {
    let mut stage = Stage::new();
    let before = stage.under(NONE);
    for name in ["a", "b", "c"] {
        stage.hire(&before, name);
    }
    let engine = stage.under(TITLE);
    assert_eq!(stage.find(&engine, "title eq \"guide\""), (3, false));
    stage.hire(&engine, "d");
    assert_eq!(stage.find(&engine, "title eq \"guide\""), (4, false));
    assert_eq!(reindex(&engine), 4);
    assert_eq!(stage.find(&engine, "title eq \"guide\""), (4, true));
    assert_eq!(stage.find(&engine, "title pr"), (4, true));
    assert_eq!(stage.find(&engine, "nickName eq \"a\""), (1, false));
    stage.hire(&engine, "e");
    assert_eq!(stage.find(&engine, "title eq \"guide\""), (5, true));
    assert_eq!(reindex(&engine), 0);
}

#[test]
fn a_path_more_leaves_the_others_as_they_are() {
    let mut stage = Stage::new();
    let one = stage.under(TITLE);
    stage.hire(&one, "a");
    reindex(&one);
    let two = stage.under(BOTH);
    stage.hire(&two, "b");
    assert_eq!(stage.find(&two, "title eq \"guide\""), (2, true));
    assert_eq!(stage.find(&two, "nickName eq \"a\""), (1, false));
    assert_eq!(reindex(&two), 2);
    assert_eq!(stage.find(&two, "nickName eq \"a\""), (1, true));
}

#[test]
fn who_still_works_under_the_old_settings_hides_nothing() {
    let mut stage = Stage::new();
    let (old, new) = (stage.under(NONE), stage.under(TITLE));
    stage.hire(&new, "a");
    reindex(&new);
    assert_eq!(stage.find(&new, "title eq \"guide\""), (1, true));
    // A request that began before the settings changed comes through after all was done.
    stage.hire(&old, "b");
    assert_eq!(stage.find(&new, "title eq \"guide\""), (2, false));
    stage.hire(&new, "c");
    assert_eq!(stage.find(&new, "title eq \"guide\""), (3, false));
    reindex(&new);
    assert_eq!(stage.find(&new, "title eq \"guide\""), (3, true));
}

#[test]
fn there_and_back_again() {
    let mut stage = Stage::new();
    let (none, title) = (stage.under(NONE), stage.under(TITLE));
    let a = stage.hire(&title, "a");
    reindex(&title);
    // Taken away for a while, in which somebody is renamed.
    let rename = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "title", "value": "Pilot" }],
    });
    let answer = stage.ask(&none, "PATCH", &format!("/Users/{a}"), Some(&rename));
    assert_eq!(answer.status, 200);
    assert_eq!(stage.find(&title, "title eq \"pilot\""), (1, false));
    reindex(&title);
    assert_eq!(stage.find(&title, "title eq \"pilot\""), (1, true));
    assert_eq!(stage.find(&title, "title eq \"guide\""), (0, true));
}

#[test]
fn a_walk_that_was_overtaken_begins_anew() {
    let mut stage = Stage::new();
    let (none, title, both) = (stage.under(NONE), stage.under(TITLE), stage.under(BOTH));
    for name in ["a", "b", "c", "d"] {
        stage.hire(&none, name);
    }
    let first = title.reindex(None, 2).expect("adopted");
    let second = title.reindex(first.next.as_deref(), 2).expect("a step");
    assert_eq!((second.rows, second.total), (2, Some(4)));
    // Other settings come and go; what the walk has seen says nothing any more.
    stage.hire(&both, "e");
    stage.hire(&none, "f");
    let third = title.reindex(second.next.as_deref(), 2).expect("adopted");
    assert_eq!(third.rows, 0);
    let fourth = title.reindex(second.next.as_deref(), 2).expect("a step");
    assert_eq!((fourth.rows, fourth.total), (2, Some(6)));
    reindex(&title);
    assert_eq!(stage.find(&title, "title eq \"guide\""), (6, true));
}

#[test]
fn what_has_come_to_be_unique_does_not_stand_in_the_way() {
    let mut stage = Stage::new();
    let settings = |uniqueness: &str| {
        json!({
            "schemas": [{ "id": HR, "attributes": [{ "name": "badge", "uniqueness": uniqueness }] }],
            "resourceTypes": [{ "name": "User", "schemaExtensions": [{ "schema": HR }] }],
        })
        .to_string()
    };
    let (before, after) = (
        stage.under(&settings("none")),
        stage.under(&settings("server")),
    );
    let with_badge = |name: &str, badge: &str| {
        let mut body = user(name);
        body["schemas"].as_array_mut().unwrap().push(json!(HR));
        body[HR] = json!({ "badge": badge });
        body
    };
    let a = stage.create(&before, &with_badge("a", "1"));
    let b = stage.create(&before, &with_badge("b", "1"));
    reindex(&after);
    let refused = stage.ask(&after, "POST", "/Users", Some(&with_badge("c", "1")));
    assert_eq!(refused.status, 409, "{refused:?}");
    let leave = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }],
    });
    for id in [&a, &b] {
        let left = stage.ask(&after, "PATCH", &format!("/Users/{id}"), Some(&leave));
        assert_eq!(left.status, 200, "{left:?}");
    }
    let moved = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": format!("{HR}:badge"), "value": "2" }],
    });
    for id in [&a, &b] {
        let answer = stage.ask(&after, "PATCH", &format!("/Users/{id}"), Some(&moved));
        assert_eq!(
            answer.status,
            if id == &a { 200 } else { 409 },
            "{answer:?}"
        );
    }
}

#[test]
fn settings_that_add_nothing_cost_no_question() {
    let mut stage = Stage::new();
    let engine = stage.under(NONE);
    stage.store.take();
    stage.hire(&engine, "a");
    let asked = |said: &Said| matches!(said, Said::Load(keys) if keys.iter().any(|key| key.kind == "Index"));
    assert!(!stage.store.take().iter().any(asked));
    assert_eq!(reindex(&engine), 0);
}
