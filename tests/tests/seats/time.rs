//! What time does to seats: terms that begin and end, seats for some time, work that is left to the
//! sweep. The native engine and the component are asked the same, and must answer the same.

use std::sync::Arc;

use scimlet_engine::scim::time::stamp;
use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::{Component, DAWN, Dump, request, seed};
use scimlet_tests::native::Native;
use scimlet_tests::tenant::patch;
use serde_json::{Value, json};

use crate::wire::{CORE, TERMS, shown};

const SECOND: u64 = 1000;
const DAY: u64 = 24 * 60 * 60 * SECOND;

/// A moment, as terms say it.
fn moment(after: u64) -> String {
    stamp(DAWN + after)
}

/// A tenant twice: before the native engine, and before the component.
struct Days {
    native: (Native, Arc<dyn Store>),
    component: (Component, Arc<dyn Store>),
    now: u64,
    drawn: u64,
}

impl Days {
    fn of(settings: &Value) -> Self {
        let store = || -> Arc<dyn Store> { Arc::new(MemoryBackend::new().tenant_store("t")) };
        let (one, other) = (store(), store());
        Self {
            native: (open(settings, &one), one),
            component: (
                Component::open(&settings.to_string(), Arc::clone(&other)),
                other,
            ),
            now: 0,
            drawn: 0,
        }
    }

    /// The same data under other settings.
    fn under(self, settings: &Value) -> Self {
        let Self {
            native: (_, one),
            component: (_, other),
            ..
        } = self;
        Self {
            native: (open(settings, &one), one),
            component: (
                Component::open(&settings.to_string(), Arc::clone(&other)),
                other,
            ),
            ..self
        }
    }

    fn later(&mut self, by: u64) {
        self.now += by;
    }

    fn send(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.drawn += 1;
        let asked = || {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let mut request = request(method, path, Some(body).filter(|it| !it.is_null()));
            request.query = Some(query.to_owned()).filter(|it| !it.is_empty());
            request.now = DAWN + self.now + self.drawn;
            request.seed = seed(self.drawn);
            request
        };
        let (one, other) = (
            self.native.0.handle(asked()),
            self.component.0.handle(asked()),
        );
        assert_eq!(one.status, other.status, "{one:?}\n{other:?}");
        assert_eq!(one.body, other.body);
        (
            one.status,
            serde_json::from_str(&one.body).unwrap_or_default(),
        )
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn make(&mut self, path: &str, body: &Value) -> String {
        let (status, answer) = self.send("POST", path, body);
        assert_eq!(status, 201, "{path}: {answer}");
        answer["id"].as_str().expect("an id").to_owned()
    }

    fn license(&mut self, sku: &str, seats: u64, terms: &Value) -> String {
        let license = json!({
            "schemas": [CORE, TERMS], "value": sku, "type": "License",
            "totalAssignmentsPermitted": seats, TERMS: terms,
        });
        self.make("/Entitlements", &license)
    }

    fn user(&mut self, name: &str, skus: &[&str]) -> String {
        self.person(&json!({ "userName": name }), skus)
    }

    fn person(&mut self, with: &Value, skus: &[&str]) -> String {
        let asks: Vec<Value> = skus.iter().map(|sku| json!({ "value": sku })).collect();
        let mut user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "entitlements": asks,
        });
        for (name, value) in with.as_object().expect("attributes") {
            user[name] = value.clone();
        }
        self.make("/Users", &user)
    }

    fn change(&mut self, path: &str, operation: &Value) {
        let (status, answer) = self.send("PATCH", path, &patch(&json!([operation])));
        assert!(status < 300, "{path}: {answer}");
    }

    /// What a user has: `pro active`, `lite waiting overageEnded`.
    fn has(&mut self, user: &str) -> Vec<String> {
        let user = self.get(&format!("/Users/{user}"));
        let said = |it: crate::wire::Shown| {
            let reason = it.reason.map(|reason| format!(" {reason}"));
            format!("{} {}{}", it.sku, it.state, reason.unwrap_or_default())
        };
        shown(&user).into_iter().map(said).collect()
    }

    /// Carries out what is due, and then once more: the second time there is nothing to do.
    fn sweep(&mut self) {
        let now = DAWN + self.now + self.drawn;
        for round in 0.. {
            assert!(round < 1000, "the sweep never ends");
            let chance = seed(1_000_000 + self.drawn * 1000 + round);
            let one = self.native.0.sweep(now, chance).expect("a step");
            let other = self.component.0.sweep(now, chance);
            assert_eq!(one, other, "when to come again");
            if one.is_none_or(|next| next > now) {
                break;
            }
        }
        let before = format!("{:?}", Dump::of(self.native.1.as_ref()));
        let again = self.native.0.sweep(now, seed(1)).expect("a step");
        assert!(again.is_none_or(|next| next > now));
        assert_eq!(before, format!("{:?}", Dump::of(self.native.1.as_ref())));
        assert_eq!(before, format!("{:?}", Dump::of(self.component.1.as_ref())));
        self.verify();
    }

    /// Everything adds up, by the engine's own count.
    fn verify(&mut self) {
        let mut state = Value::Null;
        loop {
            let (status, answer) = self.send("POST", "/.admin/verify", &json!({ "state": state }));
            assert_eq!((status, &answer["findings"]), (200, &json!([])), "{answer}");
            state = answer["state"].clone();
            if state.is_null() {
                return;
            }
        }
    }

    fn history(&mut self, query: &str) -> Vec<String> {
        let lines = self.get(&format!("/.admin/history?{query}"));
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let said = |line: &Value| {
            let [from, to, cause] = ["from", "to", "cause"].map(|name| word(&line[name]));
            format!("{from} {to} {cause}")
        };
        lines["history"]
            .as_array()
            .expect("lines")
            .iter()
            .map(said)
            .collect()
    }
}

fn open(settings: &Value, store: &Arc<dyn Store>) -> Native {
    Native::open(&settings.to_string(), Arc::clone(store)).expect("settings")
}

#[test]
fn a_seat_above_the_limit_lasts_as_long_as_the_license_says() {
    let mut days = Days::of(&json!({}));
    days.license(
        "pro",
        1,
        &json!({ "overage": "grace", "overageGrace": "P2D" }),
    );
    let (first, second) = (days.user("first", &["pro"]), days.user("second", &["pro"]));
    assert_eq!(days.has(&second), ["pro overage"]);
    days.later(DAY);
    days.sweep();
    assert_eq!(days.has(&second), ["pro overage"]);
    days.later(2 * DAY);
    days.sweep();
    assert_eq!(days.has(&second), ["pro waiting overageEnded"]);
    // Whoever has had the time above the limit waits for a seat within it.
    days.later(DAY);
    days.sweep();
    assert_eq!(days.has(&second), ["pro waiting overageEnded"]);
    assert_eq!(
        days.send("DELETE", &format!("/Users/{first}"), &Value::Null)
            .0,
        204
    );
    assert_eq!(days.has(&second), ["pro active"]);
}

#[test]
fn what_an_admin_gives_until_a_day_ends_on_it() {
    let mut days = Days::of(&json!({}));
    days.license("pro", 1, &json!({}));
    let (user, next) = (days.user("user", &[]), days.user("next", &[]));
    let path = format!("/.admin/users/{user}/licenses/pro");
    let (status, answer) = days.send("PUT", &path, &json!({ "until": moment(DAY) }));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(days.has(&user), ["pro active"]);
    days.change(
        &format!("/Users/{next}"),
        &json!({ "op": "add", "path": "entitlements", "value": [{ "value": "pro" }] }),
    );
    assert_eq!(days.has(&next), ["pro waiting"]);
    days.later(DAY + SECOND);
    days.sweep();
    assert_eq!(
        (days.has(&user), days.has(&next)),
        (vec![], vec!["pro active".to_owned()])
    );
    assert_eq!(
        days.history(&format!("user={user}")),
        ["- active admin", "active - ended"]
    );
    assert_eq!(
        days.history(&format!("user={next}")),
        ["- waiting request", "waiting active promoted"]
    );
    // Who held it when.
    let at = |after| format!("/.admin/history?sku=pro&at={}", moment(after));
    let held = days.get(&at(DAY / 2));
    assert_eq!(held["holders"][0]["id"], user.as_str(), "{held}");
}

#[test]
fn a_license_begins_and_ends_by_itself() {
    let mut days = Days::of(&json!({ "licensing": {
        "priorities": [{ "when": "title eq \"Captain\"", "priority": 5 }],
    } }));
    days.license("lite", 10, &json!({}));
    let terms = json!({
        "validFrom": moment(DAY), "validUntil": moment(10 * DAY), "grace": "P1D",
        "afterTerm": "end", "fallback": "lite",
    });
    days.license("pro", 3, &terms);
    let sailor = days.user("sailor", &["pro"]);
    let captain = days.person(
        &json!({ "userName": "captain", "title": "Captain" }),
        &["pro"],
    );
    assert_eq!(
        days.has(&sailor),
        ["pro waiting termNotBegun", "lite active"]
    );
    days.later(DAY + SECOND);
    days.sweep();
    assert_eq!(days.has(&sailor), ["pro active"]);
    days.later(9 * DAY);
    days.sweep();
    assert_eq!(days.has(&sailor), ["pro active"], "the grace of the term");
    days.later(DAY);
    days.sweep();
    for user in [&sailor, &captain] {
        assert_eq!(days.has(user), ["pro waiting termOver", "lite active"]);
    }
}

#[test]
fn of_several_pools_the_one_that_ends_takes_the_last_and_least() {
    let mut days = Days::of(&json!({ "licensing": {
        "priorities": [{ "when": "title eq \"Captain\"", "priority": 5 }],
    } }));
    let terms = json!({ "afterTerm": "end", "pools": [
        { "value": "old", "seats": 2, "validUntil": moment(DAY) },
        { "value": "new", "seats": 1 },
    ] });
    days.license("pro", 0, &terms);
    let first = days.user("first", &["pro"]);
    let second = days.user("second", &["pro"]);
    let captain = days.person(
        &json!({ "userName": "captain", "title": "Captain" }),
        &["pro"],
    );
    assert_eq!(days.has(&captain), ["pro active"]);
    days.later(DAY);
    days.sweep();
    assert_eq!(days.has(&captain), ["pro active"]);
    assert_eq!(days.has(&first), ["pro waiting"]);
    assert_eq!(days.has(&second), ["pro waiting"]);
}

#[test]
fn where_nobody_is_evicted_the_excess_is_shown() {
    let mut days = Days::of(&json!({}));
    let license = days.license("pro", 2, &json!({ "validUntil": moment(DAY) }));
    let user = days.user("user", &["pro"]);
    days.later(DAY);
    days.sweep();
    assert_eq!(days.has(&user), ["pro active"]);
    let license = days.get(&format!("/Entitlements/{license}"));
    assert_eq!(license[TERMS]["over"], 1, "{license}");
    let late = days.user("late", &["pro"]);
    assert_eq!(days.has(&late), ["pro waiting termOver"]);
}

#[test]
fn a_kept_seat_is_kept_for_its_time() {
    let mut days = Days::of(&json!({}));
    days.license("pro", 2, &json!({ "reclaimGrace": "P1D" }));
    let (stays, comes) = (days.user("stays", &["pro"]), days.user("comes", &["pro"]));
    let active = |it: bool| json!({ "op": "replace", "path": "active", "value": it });
    for user in [&stays, &comes] {
        days.change(&format!("/Users/{user}"), &active(false));
        assert_eq!(days.has(user), ["pro grace"]);
    }
    days.later(DAY / 2);
    days.sweep();
    days.change(&format!("/Users/{comes}"), &active(true));
    assert_eq!(days.has(&comes), ["pro active"]);
    days.later(DAY);
    days.sweep();
    assert_eq!(days.has(&stays), Vec::<String>::new());
    assert_eq!(days.has(&comes), ["pro active"]);
}

#[test]
fn other_settings_and_other_bonds_reach_everybody() {
    let rules = |when: &str| json!({ "licensing": { "rules": [{ "name": "r", "when": when, "grant": ["pro"] }] } });
    let mut days = Days::of(&rules("title pr"));
    days.license("pro", 9, &json!({}));
    days.license("base", 9, &json!({}));
    let titled = days.person(&json!({ "userName": "titled", "title": "Dr" }), &[]);
    let plain = days.user("plain", &["base"]);
    days.sweep();
    assert_eq!(days.has(&titled), ["pro active"]);
    let mut days = days.under(&rules("userName eq \"plain\""));
    days.sweep();
    assert_eq!(days.has(&titled), Vec::<String>::new());
    assert_eq!(days.has(&plain), ["base active", "pro active"]);
    let licenses = days.get("/Entitlements?filter=value%20eq%20%22pro%22");
    let id = licenses["Resources"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let bond = |skus: &[&str]| json!({ "op": "replace", "path": format!("{TERMS}:excludes"), "value": skus });
    days.change(&format!("/Entitlements/{id}"), &bond(&["base"]));
    days.sweep();
    assert_eq!(
        days.has(&plain),
        ["base active", "pro blocked mutuallyExclusive"]
    );
    days.change(&format!("/Entitlements/{id}"), &bond(&[]));
    days.sweep();
    assert_eq!(days.has(&plain), ["base active", "pro active"]);
}

/// So many users, created in bulks, who ask for these licenses; their ids.
fn crowd(days: &mut Days, users: usize, skus: &[&str]) -> Vec<String> {
    let asks: Vec<Value> = skus.iter().map(|sku| json!({ "value": sku })).collect();
    let operation = |number: usize| {
        json!({ "method": "POST", "path": "/Users", "bulkId": format!("b{number}"), "data": {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("u{number}"),
            "entitlements": asks,
        } })
    };
    let mut ids = Vec::new();
    for first in (0..users).step_by(600) {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": (first..users.min(first + 600)).map(operation).collect::<Vec<_>>(),
        });
        let (status, answer) = days.send("POST", "/Bulk", &body);
        assert_eq!(status, 200, "{answer}");
        for operation in answer["Operations"].as_array().expect("answers") {
            let location = operation["location"].as_str().expect("a location");
            ids.push(location.rsplit('/').next().expect("an id").to_owned());
        }
    }
    ids
}

fn group(days: &mut Days, name: &str, members: &[String]) -> String {
    let member = |id: &String| json!({ "value": id, "type": "User" });
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": members.iter().map(member).collect::<Vec<_>>(),
    });
    days.make("/Groups", &group)
}

fn gauge(days: &mut Days, name: &str) -> u64 {
    let report = days.get("/.admin/licenses");
    report["licenses"][0][name].as_u64().expect("a number")
}

/// Carries out, or takes back, all that is held.
fn decide(days: &mut Days, action: &str) {
    let mut cursor = Value::Null;
    loop {
        let word = json!({ "action": action, "cursor": cursor });
        let (status, answer) = days.send("POST", "/.admin/held", &word);
        assert_eq!((status, &answer["stuck"]), (200, &json!(0)), "{answer}");
        cursor = answer["next"].clone();
        if cursor.is_null() {
            return;
        }
    }
}

const MEMBERS: usize = 1200;

#[test]
fn a_group_too_large_for_one_request_is_settled_all_the_same() {
    let mut days = Days::of(&json!({ "licensing": { "groups": { "map": { "Crew": ["pro"] } } } }));
    days.license("pro", 5000, &json!({}));
    let members = crowd(&mut days, MEMBERS, &[]);
    let crew = group(&mut days, "Crew", &members);
    days.sweep();
    assert_eq!(gauge(&mut days, "used"), MEMBERS as u64);
    days.change(
        &format!("/Groups/{crew}"),
        &json!({ "op": "remove", "path": "members" }),
    );
    days.sweep();
    assert_eq!(gauge(&mut days, "used"), 0);
}

#[test]
fn the_guard_holds_all_of_a_group_that_is_emptied_by_mistake() {
    let mut days = Days::of(&json!({ "licensing": {
        "groups": { "map": { "Crew": ["pro"] } },
        "guard": { "max": 500, "window": "PT1H" },
    } }));
    days.license("pro", 5000, &json!({}));
    let members = crowd(&mut days, MEMBERS, &[]);
    let crew = group(&mut days, "Crew", &members);
    days.sweep();
    let empty = json!({ "op": "remove", "path": "members" });
    days.change(&format!("/Groups/{crew}"), &empty);
    days.sweep();
    assert_eq!(gauge(&mut days, "held"), MEMBERS as u64);
    decide(&mut days, "undo");
    days.sweep();
    assert_eq!(
        (gauge(&mut days, "held"), gauge(&mut days, "active")),
        (0, MEMBERS as u64)
    );
    days.later(3 * DAY);
    days.change(&format!("/Groups/{crew}"), &empty);
    days.sweep();
    assert_eq!(gauge(&mut days, "held"), MEMBERS as u64);
    decide(&mut days, "release");
    days.sweep();
    assert_eq!((gauge(&mut days, "held"), gauge(&mut days, "used")), (0, 0));
}

#[test]
fn who_is_deleted_by_mistake_comes_back_with_what_an_admin_gave() {
    let mut days = Days::of(&json!({ "licensing": { "guard": { "max": 0 } } }));
    days.license("pro", 2, &json!({}));
    days.license("extra", 2, &json!({}));
    let user = days.user("user", &["pro"]);
    let (status, _) = days.send(
        "PUT",
        &format!("/.admin/users/{user}/licenses/extra"),
        &Value::Null,
    );
    assert_eq!(status, 200);
    assert_eq!(
        days.send("DELETE", &format!("/Users/{user}"), &Value::Null)
            .0,
        204
    );
    days.sweep();
    assert_eq!(gauge(&mut days, "held"), 1);
    decide(&mut days, "undo");
    assert_eq!(days.has(&user), ["pro active", "extra active"]);
    days.sweep();
}

#[test]
fn licenses_that_end_together_all_end() {
    let mut days = Days::of(&json!({}));
    let ends = json!({ "validUntil": moment(DAY), "afterTerm": "end" });
    days.license("one", 5, &ends);
    days.license("two", 5, &ends);
    let users = crowd(&mut days, 3, &["one", "two"]);
    days.later(DAY);
    days.sweep();
    for user in users {
        assert_eq!(
            days.has(&user),
            ["one waiting termOver", "two waiting termOver"]
        );
    }
}

#[test]
fn a_term_that_is_cut_short_ends_as_well() {
    let mut days = Days::of(&json!({}));
    let pro = days.license("pro", 5, &json!({ "afterTerm": "end" }));
    let user = days.user("user", &["pro"]);
    days.sweep();
    days.later(DAY);
    let path = format!("{TERMS}:validUntil");
    let short = json!({ "op": "replace", "path": path, "value": moment(DAY / 2) });
    days.change(&format!("/Entitlements/{pro}"), &short);
    days.sweep();
    assert_eq!(days.has(&user), ["pro waiting termOver"]);
}

#[test]
fn a_line_too_long_for_one_request_moves_all_the_same() {
    let mut days = Days::of(&json!({}));
    let pro = days.license("pro", 0, &json!({}));
    let users = crowd(&mut days, 5600, &["pro"]);
    assert_eq!(gauge(&mut days, "waiting"), 5600);
    let more = json!({ "op": "replace", "path": "totalAssignmentsPermitted", "value": 6000 });
    days.change(&format!("/Entitlements/{pro}"), &more);
    // A leaver is not kept waiting for it.
    let first = &users[0];
    assert_eq!(
        days.send("DELETE", &format!("/Users/{first}"), &Value::Null)
            .0,
        204
    );
    days.sweep();
    assert_eq!(
        (gauge(&mut days, "waiting"), gauge(&mut days, "used")),
        (0, 5599)
    );
}

#[test]
fn two_hosts_that_sweep_at_once_do_what_one_does() {
    let build = || {
        let mut days = Days::of(&json!({}));
        days.license(
            "pro",
            40,
            &json!({ "validUntil": moment(DAY), "afterTerm": "end" }),
        );
        for number in 0..40 {
            days.user(&format!("u{number}"), &["pro"]);
        }
        days.later(2 * DAY);
        days
    };
    let (mut alone, together) = (build(), build());
    alone.sweep();
    let other = open(&json!({}), &together.native.1);
    let now = DAWN + together.now + together.drawn;
    std::thread::scope(|scope| {
        for (host, chance) in [(&together.native.0, 7), (&other, 8)] {
            scope.spawn(move || {
                for round in 0..100 {
                    host.sweep(now, seed(chance * 1000 + round))
                        .expect("a step");
                }
            });
        }
    });
    let seats = |dump: &Dump| dump.counters.clone();
    let told = |dump: &Dump| dump.posted.len();
    let (one, two) = (
        Dump::of(alone.native.1.as_ref()),
        Dump::of(together.native.1.as_ref()),
    );
    assert_eq!(seats(&one), seats(&two));
    assert_eq!(told(&one), told(&two), "nothing is told twice");
}
