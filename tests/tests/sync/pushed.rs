//! What happens here happens there.

use std::time::Duration;

use scimlet_tests::crossroads::{Fate, refusal};
use scimlet_tests::tenant::{user, user_with};
use serde_json::json;

use crate::{Pair, first, members};

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";

#[test]
fn somebody_comes_changes_and_leaves_on_both_sides() {
    let first = first();
    let pair = Pair::new(&first, |_, _| Fate::Pass, &[]);
    let (here, there) = (pair.here.scim(), pair.there.scim());
    // Who is there already under that name is the same, and keeps what is theirs.
    let mut own = user("ann");
    own["nickName"] = json!("Annie");
    let copy = there.post("/Users", &own).expect(201).id();
    let mut ann = user_with("ann", &["basic"]);
    ann["schemas"] = json!([ann["schemas"][0], ENTERPRISE]);
    ann["title"] = json!("Boss");
    ann[ENTERPRISE] = json!({ "department": "R&D" });
    let ann = here.post("/Users", &ann).expect(201).id();
    pair.until("adopted", |pair| {
        pair.user("ann").unwrap()["title"] == "Boss"
    });
    let now = pair.user("ann").unwrap();
    assert_eq!(
        (&now["id"], &now["externalId"]),
        (&json!(copy), &json!(ann))
    );
    assert_eq!(
        (&now["nickName"], &now[ENTERPRISE]["department"]),
        (&json!("Annie"), &json!("R&D"))
    );
    assert_eq!(now["entitlements"], json!([{ "value": "basic" }]));
    let licenses = now[EXTENSION]["licenses"].as_array().map_or(0, Vec::len);
    assert!(licenses <= 1, "what is granted there is decided there");
    // Renamed, and one attribute goes.
    let path = format!("/Users/{ann}");
    here.patch(
        &path,
        &json!([
            { "op": "replace", "path": "userName", "value": "ann-lee" },
            { "op": "remove", "path": "title" },
        ]),
    );
    pair.until("renamed", |pair| {
        pair.user("ann-lee")
            .is_some_and(|it| it.get("title").is_none())
    });
    assert_eq!(pair.user("ann-lee").unwrap()["nickName"], "Annie");
    here.patch(
        &path,
        &json!([{ "op": "replace", "path": "active", "value": false }]),
    );
    pair.until("inactive", |pair| {
        pair.user("ann-lee").unwrap()["active"] == false
    });
    here.patch(
        &path,
        &json!([{ "op": "replace", "path": "active", "value": true }]),
    );
    pair.until("back", |pair| {
        pair.user("ann-lee").unwrap()["active"] == true
    });
    here.delete(&path).expect(204);
    pair.until("left", |pair| {
        pair.user("ann-lee").unwrap()["active"] == false
    });
}

#[test]
fn groups_have_the_same_members_and_keep_strangers() {
    let first = first();
    let pair = Pair::new(&first, |_, _| Fate::Pass, &["--deletes", "true"]);
    let (here, there) = (pair.here.scim(), pair.there.scim());
    let [ann, bob] = ["ann", "bob"].map(|name| here.post("/Users", &user(name)).expect(201).id());
    let listed = json!([{ "value": ann }, { "value": bob }]);
    let body = json!({ "schemas": [GROUP], "displayName": "All", "members": listed });
    let all = here.post("/Groups", &body).expect(201).id();
    pair.until("filled", |pair| {
        pair.group("All").is_some_and(|it| members(&it).len() == 2)
    });
    let copy = pair.group("All").unwrap();
    let stranger = there.post("/Users", &user("stranger")).expect(201).id();
    let path = format!("/Groups/{}", copy["id"].as_str().unwrap());
    there.patch(
        &path,
        &json!([{ "op": "add", "path": "members", "value": [{ "value": stranger }] }]),
    );
    let out = format!("members[value eq \"{bob}\"]");
    here.patch(
        &format!("/Groups/{all}"),
        &json!([{ "op": "remove", "path": out }]),
    );
    let ann_there = pair.user("ann").unwrap()["id"].as_str().unwrap().to_owned();
    let mut expected = [ann_there.as_str(), stranger.as_str()];
    expected.sort_unstable();
    pair.until("bob is out", |pair| {
        members(&pair.group("All").unwrap()) == expected
    });
    here.delete(&format!("/Users/{bob}")).expect(204);
    here.delete(&format!("/Groups/{all}")).expect(204);
    pair.until("both are gone", |pair| {
        pair.user("bob").is_none() && pair.group("All").is_none()
    });
}

#[test]
fn whatever_happens_on_the_way_it_ends_the_same() {
    let first = first();
    let pair = Pair::new(
        &first,
        |line, before| match before {
            0 => refusal(503, ""),
            3 => refusal(429, "retry-after: 1\r\n"),
            // The change arrives, and nobody hears of it.
            _ if line.starts_with("POST") && before < 12 => Fate::Cut(0),
            13 => Fate::Cut(20),
            15 => Fate::Stall(Duration::from_millis(200)),
            _ => Fate::Pass,
        },
        &[],
    );
    for number in 0..6 {
        let name = format!("user{number}");
        pair.here.scim().post("/Users", &user(&name)).expect(201);
    }
    pair.until("all are there", |pair| {
        (0..6).all(|number| {
            pair.user(&format!("user{number}"))
                .is_some_and(|it| it["externalId"].is_string())
        })
    });
    let users = pair.there.scim().get("/Users").expect(200);
    assert_eq!(users.body["totalResults"], 6, "nobody is there twice");
}

#[test]
fn who_is_refused_there_is_told_with_the_reason() {
    let first = first();
    let pair = Pair::new(
        &first,
        |line, _| match line {
            line if line.starts_with("POST") => refusal(400, ""),
            _ => Fate::Pass,
        },
        &[],
    );
    pair.here.scim().post("/Users", &user("ann")).expect(201);
    let dead = |pair: &Pair<'_>| {
        let command = ["deliveries", "list", "--tenant", &pair.here.name, "--json"];
        let said = pair.here.world.cli(&command).json();
        said.to_string().contains("answered 400")
    };
    pair.until("dead", dead);
    let test = [
        "endpoint",
        "test",
        "copy",
        "--tenant",
        &pair.here.name,
        "--json",
    ];
    let test = pair
        .here
        .world
        .cli(&[&test[..], &["--allow-private-endpoints"]].concat());
    assert_eq!(test.json()["delivered"], true, "the credential is good");
}
