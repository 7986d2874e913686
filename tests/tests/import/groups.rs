//! Groups, their members, and managers: whatever the order of the file.

use serde_json::json;

use crate::{ENTERPRISE, Folder, counts, group, ids, members, user, world};

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

#[test]
fn members_are_found_by_the_ids_of_the_file_and_by_names() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let there = tenant.new_user("there").body;
    let rows = [
        json!({ "schemas": [GROUP], "id": "g1", "displayName": "Outer", "members": [
            { "value": "u1" }, { "value": "bob" }, { "value": "g2" }, { "value": there["id"] } ] }),
        json!({ "schemas": [GROUP], "id": "g2", "displayName": "Inner", "members": ["ext-3"] }),
        json!({ "id": "u1", "userName": "ann", ENTERPRISE: { "manager": { "value": "u9" } } }),
        json!({ "userName": "bob" }),
        json!({ "userName": "cid", "externalId": "ext-3" }),
        json!({ "id": "u9", "userName": "boss" }),
    ];
    let text = rows.map(|row| format!("{row}\n")).concat();
    let said = counts(
        &folder.import(&tenant, "all.jsonl", &text, &["--json"]),
        [6, 0, 0, 0],
    );
    assert_eq!(said["ties"], 6);
    let (ann, bob, cid) = (
        user(&tenant, "ann"),
        user(&tenant, "bob"),
        user(&tenant, "cid"),
    );
    let (outer, inner) = (group(&tenant, "Outer"), group(&tenant, "Inner"));
    assert_eq!(members(&outer), ids(&[&ann, &bob, &inner, &there]));
    assert_eq!(members(&inner), ids(&[&cid]));
    assert_eq!(
        ann[ENTERPRISE]["manager"]["value"],
        user(&tenant, "boss")["id"]
    );
    let said = counts(
        &folder.again(&tenant, "all.jsonl", &["--json"]),
        [0, 0, 6, 0],
    );
    assert_eq!(said["ties"], 6, "they are in");
}

#[test]
fn nobody_is_taken_out_of_a_group() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let ann = tenant.new_user("ann").body;
    let body =
        json!({ "schemas": [GROUP], "displayName": "All", "members": [{ "value": ann["id"] }] });
    tenant.scim().post("/Groups", &body).expect(201);
    let text = "displayName,members\nAll,bob\n";
    tenant.new_user("bob");
    counts(
        &folder.import(&tenant, "g.csv", text, &["--type", "Group", "--json"]),
        [0, 0, 1, 0],
    );
    let bob = user(&tenant, "bob");
    assert_eq!(members(&group(&tenant, "All")), ids(&[&ann, &bob]));
}

#[test]
fn who_is_not_there_is_told_and_can_be_fed_again() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let rows = [
        json!({ "schemas": [GROUP], "displayName": "All", "members": ["u1", "u2", "nobody"] }),
        json!({ "id": "u1", "userName": "ann" }),
        json!({ "id": "u2", "userName": "bob", "active": "maybe" }),
    ];
    let text = rows.map(|row| format!("{row}\n")).concat();
    let said = counts(
        &folder.import(&tenant, "all.jsonl", &text, &["--json"]),
        [2, 0, 0, 2],
    );
    let reasons = said["reasons"].as_array().unwrap();
    let missing = reasons.iter().find(|it| it["type"] == "missing").unwrap();
    assert_eq!(missing["line"], 1);
    let example = missing["example"].as_str().unwrap();
    assert!(example.contains("`u2`, `nobody`"), "{example}");
    assert_eq!(
        members(&group(&tenant, "All")),
        ids(&[&user(&tenant, "ann")])
    );
    let text = folder.read("all.jsonl.refused.jsonl");
    assert!(!text.contains("u1"), "only what is missing: {text}");
    let text = text.replace("\"maybe\"", "true").replace("nobody", "ann");
    counts(
        &folder.import(&tenant, "again.jsonl", &text, &["--json"]),
        [1, 0, 1, 0],
    );
    let all = [&user(&tenant, "ann"), &user(&tenant, "bob")];
    assert_eq!(members(&group(&tenant, "All")), ids(&all));
}

#[test]
fn a_group_may_be_larger_than_any_request() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let mut text = String::new();
    for number in 0..1200 {
        text += &format!(
            "{}\n",
            json!({ "id": format!("u{number}"), "userName": format!("user{number}") })
        );
    }
    let listed: Vec<_> = (0..1200)
        .map(|it| json!({ "value": format!("u{it}") }))
        .collect();
    text += &json!({ "schemas": [GROUP], "displayName": "All", "members": listed }).to_string();
    let said = counts(
        &folder.import(&tenant, "all.jsonl", &text, &["--json"]),
        [1201, 0, 0, 0],
    );
    assert_eq!(said["ties"], 1200);
    assert_eq!(members(&group(&tenant, "All")).len(), 1200);
}
