//! A mapping that comes when users are there already: the sweep makes their accounts up.

use scimlet_tests::inside::{DAWN, request};
use serde_json::{Value, json};

use crate::twins::Twins;

/// More than one step of the sweep takes.
const USERS: usize = 130;

fn accounts(twins: &mut Twins) -> Vec<Value> {
    let list = scimlet_runtime::Request {
        query: Some("count=1000".to_owned()),
        ..request("GET", "/.admin/accounts", None)
    };
    let answer = twins.ask(list).expect("alike");
    let body: Value = serde_json::from_str(&answer.body).expect("JSON");
    body["accounts"].as_array().expect("accounts").clone()
}

fn versions(twins: &mut Twins) -> Vec<u64> {
    let accounts = accounts(twins);
    let version = |it: &Value| it["version"].as_u64().expect("a version");
    accounts.iter().map(version).collect()
}

fn mapping(transforms: &Value) -> String {
    let field = json!({ "field": "login", "path": "userName", "transforms": transforms });
    json!({ "mapping": { "fields": [field] } }).to_string()
}

#[test]
fn the_sweep_writes_the_accounts_of_those_who_were_there_before() {
    let mut twins = Twins::new("{}");
    for number in 0..USERS {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("User{number}"),
        });
        twins
            .ask(request("POST", "/Users", Some(&user)))
            .expect("alike");
    }
    let later = DAWN + 1_000_000;
    twins.sweep(later).expect("alike");
    let mut twins = twins.with(&mapping(&json!([])));
    assert_eq!(versions(&mut twins), [0; USERS], "nobody has written them");
    twins.sweep(later).expect("alike");
    assert_eq!(versions(&mut twins), [1; USERS]);
    twins.sweep(later + 1).expect("alike");
    assert_eq!(versions(&mut twins), [1; USERS], "nothing is left to do");
    // What the platform keeps there stays.
    let id = accounts(&mut twins)[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/.admin/accounts/{id}");
    let own = json!({ "lastActivity": "today" });
    twins
        .ask(request("PATCH", &path, Some(&own)))
        .expect("alike");
    let mut twins = twins.with(&mapping(&json!(["lower"])));
    twins.sweep(later + 2).expect("alike");
    let expected: Vec<u64> = (0..USERS).map(|at| if at == 0 { 3 } else { 2 }).collect();
    assert_eq!(versions(&mut twins), expected);
    let first = &accounts(&mut twins)[0]["account"];
    assert_eq!(*first, json!({ "login": "user0", "lastActivity": "today" }));
    twins.part().expect("alike");
}
