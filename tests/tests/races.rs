//! Many clients at once, over HTTP: the last seat, one name, one group, one user. The answers say
//! who won, and what is stored agrees with the answers.

use std::sync::Barrier;

use scimlet_tests::tenant::{patch, user, user_with};
use scimlet_tests::{Actor, Answer, Request, Tenant, shared_world};
use serde_json::json;

const CLIENTS: usize = 16;

/// Sends what `request` makes for each client, all at the same moment.
fn at_once(actor: &Actor, request: impl Fn(usize) -> Request + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(CLIENTS);
    std::thread::scope(|scope| {
        let (barrier, request) = (&barrier, &request);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn(move || {
                    barrier.wait();
                    actor.send(request(number))
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    })
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

fn totals(tenant: &Tenant<'_>) -> u64 {
    tenant.scim().get("/Users?count=0").expect(200).body["totalResults"]
        .as_u64()
        .unwrap()
}

#[test]
fn seats_that_deny_are_never_oversold() {
    let tenant = shared_world!().tenant("race");
    for round in 0..5 {
        let sku = format!("pro{round}");
        tenant.license(&sku, "5", "deny");
        let answers = at_once(&tenant.scim(), |number| {
            Request::new("POST", "/Users").json(&user_with(&format!("r{round}u{number}"), &[&sku]))
        });
        assert_eq!(count(&answers, 201), 5, "{answers:#?}");
        assert_eq!(count(&answers, 403), CLIENTS - 5, "{answers:#?}");
        assert_eq!(tenant.seats_used(&sku), 5);
    }
    assert_eq!(totals(&tenant), 25);
}

#[test]
fn everyone_who_does_not_get_a_seat_gets_a_place_of_their_own() {
    let tenant = shared_world!().tenant("race");
    tenant.license("pro", "5", "waitlist");
    let answers = at_once(&tenant.scim(), |number| {
        Request::new("POST", "/Users").json(&user_with(&format!("u{number}"), &["pro"]))
    });
    assert_eq!(count(&answers, 201), CLIENTS, "{answers:#?}");
    let users = tenant.scim().get("/Users").expect(200);
    let extension = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";
    let licenses = users.at("/Resources").as_array().unwrap().iter();
    let mut places: Vec<u64> = licenses
        .filter_map(|user| user[extension]["licenses"][0]["position"].as_u64())
        .collect();
    places.sort_unstable();
    assert_eq!(places, (1..=(CLIENTS as u64 - 5)).collect::<Vec<_>>());
    assert_eq!(tenant.seats_used("pro"), 5);
}

#[test]
fn one_user_name_is_taken_once() {
    let tenant = shared_world!().tenant("race");
    for round in 0..5 {
        let answers = at_once(&tenant.scim(), |number| {
            let name = if number % 2 == 0 {
                format!("Same{round}")
            } else {
                format!("same{round}")
            };
            Request::new("POST", "/Users").json(&user(&name))
        });
        assert_eq!(count(&answers, 201), 1, "{answers:#?}");
        assert_eq!(count(&answers, 409), CLIENTS - 1, "{answers:#?}");
    }
    assert_eq!(totals(&tenant), 5);
}

#[test]
fn no_member_is_lost_when_many_are_added_at_once() {
    let tenant = shared_world!().tenant("race");
    let ids: Vec<String> = (0..CLIENTS)
        .map(|number| tenant.new_user(&format!("u{number}")).id())
        .collect();
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Everyone",
    });
    let path = format!(
        "/Groups/{}",
        tenant.scim().post("/Groups", &group).expect(201).id()
    );
    let answers = at_once(&tenant.scim(), |number| {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ids[number] }] }]);
        Request::new("PATCH", &path).json(&patch(&add))
    });
    assert!(
        answers
            .iter()
            .all(|answer| [200, 204].contains(&answer.status)),
        "{answers:#?}"
    );
    let group = tenant.scim().get(&path).expect(200);
    assert_eq!(group.at("/members").as_array().unwrap().len(), CLIENTS);
}

#[test]
fn no_value_is_lost_when_many_are_added_to_one_user_at_once() {
    let tenant = shared_world!().tenant("race");
    let path = format!("/Users/{}", tenant.new_user("a").id());
    let answers = at_once(&tenant.scim(), |number| {
        let value = json!([{ "value": format!("{number}@example.com"), "type": "other" }]);
        let add = json!([{ "op": "add", "path": "emails", "value": value }]);
        Request::new("PATCH", &path).json(&patch(&add))
    });
    // Whoever was stale too often is told so (503), and nothing of theirs is stored.
    let stored = answers
        .iter()
        .filter(|answer| [200, 204].contains(&answer.status))
        .count();
    assert_eq!(stored + count(&answers, 503), CLIENTS, "{answers:#?}");
    let emails = tenant
        .scim()
        .get(&path)
        .expect(200)
        .at("/emails")
        .as_array()
        .unwrap()
        .len();
    assert_eq!(emails, stored);
}

#[test]
fn of_many_with_the_same_if_match_one_wins() {
    let tenant = shared_world!().tenant("race");
    let made = tenant.new_user("a");
    let (path, version) = (format!("/Users/{}", made.id()), made.version());
    let answers = at_once(&tenant.scim(), |number| {
        let replace = json!([{ "op": "replace", "path": "nickName", "value": number.to_string() }]);
        Request::new("PATCH", &path)
            .header("if-match", &version)
            .json(&patch(&replace))
    });
    let won = answers
        .iter()
        .filter(|answer| [200, 204].contains(&answer.status))
        .count();
    assert_eq!(
        (won, count(&answers, 412)),
        (1, CLIENTS - 1),
        "{answers:#?}"
    );
}

#[test]
fn a_seat_is_freed_once_when_many_delete_its_holder_at_once() {
    let tenant = shared_world!().tenant("race");
    tenant.license("pro", "1", "waitlist");
    let holder = tenant
        .scim()
        .post("/Users", &user_with("holder", &["pro"]))
        .expect(201)
        .id();
    for number in 0..4 {
        tenant
            .scim()
            .post("/Users", &user_with(&format!("w{number}"), &["pro"]))
            .expect(201);
    }
    let path = format!("/Users/{holder}");
    let answers = at_once(&tenant.scim(), |_| Request::new("DELETE", &path));
    assert_eq!(
        (count(&answers, 204), count(&answers, 404)),
        (1, CLIENTS - 1),
        "{answers:#?}"
    );
    assert_eq!(tenant.seats_used("pro"), 1);
    let license = tenant.entitlement("pro");
    let extension = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";
    assert_eq!(license[extension]["waiting"], 3);
}

#[test]
fn two_tenants_at_once_stay_apart() {
    let (one, two) = (
        shared_world!().tenant("race"),
        shared_world!().tenant("race"),
    );
    let actors = [one.scim(), two.scim()];
    std::thread::scope(|scope| {
        for (number, actor) in actors.iter().enumerate() {
            scope.spawn(move || {
                for count in 0..50 {
                    let answer = actor.post("/Users", &user(&format!("t{number}n{count}")));
                    answer.expect(201);
                }
            });
        }
    });
    for (number, tenant) in [&one, &two].into_iter().enumerate() {
        assert_eq!(totals(tenant), 50);
        let filter = format!("userName sw \"t{number}\"");
        let own = tenant
            .scim()
            .send(Request::get("/Users?count=0").query("filter", &filter));
        assert_eq!(own.expect(200).body["totalResults"], 50);
    }
}

#[test]
fn the_platform_and_the_provider_write_one_account_at_once() {
    let tenant = shared_world!().tenant("race");
    let fields = json!([{ "field": "nick", "path": "nickName" }]);
    let settings = json!({ "mapping": { "fields": fields } });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), settings.to_string()).unwrap();
    let file = file.path().to_str().unwrap();
    let command = [
        "tenant",
        "settings",
        "--tenant",
        &tenant.name,
        "--file",
        file,
    ];
    tenant.world.cli(&command).done();
    let id = tenant.new_user("ada").id();
    let answers = at_once(&tenant.admin(), |number| {
        if number % 2 == 0 {
            let nick =
                json!([{ "op": "replace", "path": "nickName", "value": format!("n{number}") }]);
            Request::new("PATCH", &format!("/Users/{id}")).json(&patch(&nick))
        } else {
            let own = json!({ format!("own{number}"): number });
            Request::outside("PATCH", &format!("/admin/v1/accounts/{id}")).json(&own)
        }
    });
    assert_eq!(count(&answers, 200), CLIENTS, "{answers:#?}");
    let path = format!("/admin/v1/accounts/{id}");
    let account = tenant
        .admin()
        .send(Request::outside("GET", &path))
        .expect(200);
    assert_eq!(account.body["version"], CLIENTS + 1);
    let account = &account.body["account"];
    for number in (1..CLIENTS).step_by(2) {
        assert_eq!(account[format!("own{number}")], number, "{account}");
    }
    let user = tenant.scim().get(&format!("/Users/{id}")).expect(200);
    assert_eq!(account["nick"], user.body["nickName"]);
    // Whoever is first, nothing of somebody who is gone stays.
    let answers = at_once(&tenant.admin(), |number| {
        if number == 0 {
            Request::new("DELETE", &format!("/Users/{id}"))
        } else {
            let own = json!({ "last": number });
            Request::outside("PATCH", &path).json(&own)
        }
    });
    assert_eq!(count(&answers, 204), 1, "{answers:#?}");
    assert_eq!(
        count(&answers, 204) + count(&answers, 200) + count(&answers, 404),
        CLIENTS
    );
    tenant
        .admin()
        .send(Request::outside("GET", &path))
        .expect(404);
}
