//! Lists of groups with so many members that not all of them fit into one answer.

use serde_json::{Value, json};

use crate::listing::{Question, ids};
use crate::side::{Side, in_memory};

/// Users, and members of each group.
const USERS: usize = 1000;
/// With so many members, twenty groups fill an answer (`MAX_TIES` of `usecase::query`).
const GROUPS: usize = 45;
/// What an answer may hold: what fills it, and one more group.
const MOST: usize = 20_000 + USERS;

/// A walk is whole, and no page of it holds more members than an answer may.
fn walk(side: &Side, sort: &str) -> Vec<String> {
    let (mut met, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/Groups?count=1000{sort}&cursor={cursor}");
        let (status, body) = side.send("GET", &path, None);
        assert_eq!(status, 200, "{}: {body}", side.name);
        let groups = body["Resources"].as_array().expect("groups");
        let members = groups
            .iter()
            .map(|it| it["members"].as_array().map_or(0, Vec::len));
        let members: usize = members.sum();
        assert!(
            members <= MOST,
            "{}: {members} members in one answer",
            side.name
        );
        met.extend(ids(groups).into_iter().map(str::to_owned));
        match body["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return met,
        }
    }
}

#[test]
fn a_walk_by_cursor_through_large_groups_is_whole_and_its_pages_are_bounded() {
    let side = Side::component("component", "{}", in_memory());
    let user = |number| json!({ "schemas": [crate::law::USER], "userName": format!("u{number}") });
    let users: Vec<Value> = (0..USERS)
        .map(|number| side.create("/Users", &user(number)))
        .collect();
    let members: Vec<Value> = ids(&users)
        .into_iter()
        .map(|id| json!({ "value": id, "type": "User" }))
        .collect();
    let schemas = json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]);
    let group = |number| json!({ "schemas": schemas, "displayName": format!("g{number}"), "members": members });
    let made: Vec<Value> = (0..GROUPS)
        .map(|number| side.create("/Groups", &group(number)))
        .collect();
    let mut made = ids(&made);
    made.sort_unstable();
    // By id, by what the store sorts, and by what the engine sorts.
    for sort in ["", "&sortBy=displayName", "&sortBy=meta.created"] {
        let mut met = walk(&side, sort);
        met.sort_unstable();
        assert_eq!(met, made, "{sort}");
    }
    // Without members there is room for all of them.
    let (_, body) = side.send(
        "GET",
        "/Groups?count=1000&cursor&excludedAttributes=members",
        None,
    );
    assert_eq!(body["itemsPerPage"], GROUPS, "{body}");
    let index = Question {
        endpoint: "/Groups",
        filter: None,
        sort_by: None,
        descending: false,
    };
    let by_index = index.by_index(&side, 1000).expect("a walk by index");
    let mut by_index = ids(&by_index);
    by_index.sort_unstable();
    assert_eq!(by_index, made);
}
