//! More than one request, or one step, can carry out.

use scimlet_tests::inside::{DAWN, Dump, seed};
use serde_json::{Value, json};

use super::{DAY, Days, moment, open};
use crate::wire::TERMS;

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
