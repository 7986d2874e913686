//! What ends and begins for one user at a time.

use serde_json::{Value, json};

use super::{DAY, Days, SECOND, moment};
use crate::wire::TERMS;

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
