//! The command line of endpoints, events and deliveries.

use scimlet_tests::tenant::user;
use scimlet_tests::{Tenant, World};
use serde_json::Value;

use crate::receiver::{Receiver, Reply};
use crate::troubles::{neighbourly, shown, until, webhook};

fn run<'a>(tenant: &'a Tenant<'_>, words: &[&'a str]) -> scimlet_tests::Cli {
    tenant
        .world
        .cli(&[words, &["--tenant", &tenant.name]].concat())
}

fn json(tenant: &Tenant<'_>, words: &[&str]) -> Value {
    run(tenant, &[words, &["--json"]].concat()).json()
}

fn deliveries(tenant: &Tenant<'_>, state: &str) -> Vec<Value> {
    let list = json(tenant, &["deliveries", "list", "--state", state]);
    list["deliveries"].as_array().cloned().unwrap_or_default()
}

#[test]
fn an_endpoint_has_a_life() {
    let world: World = neighbourly();
    let tenant = world.tenant("life");
    let receiver = Receiver::willing();
    let added = webhook(
        &tenant,
        "crm",
        &receiver.url("/a"),
        &["--events", "prov.*,license.*"],
    );
    let secret = added["secret"].as_str().expect("a secret");
    assert!(secret.starts_with("whsec_"), "{added}");
    assert!(
        added["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("ep_") && id.len() == 19)
    );
    let shown_now = shown(&tenant, "crm");
    assert!(shown_now.get("secret").is_none(), "shown only once");
    assert_eq!(shown_now["status"]["health"], "healthy");
    let again = ["endpoint", "add", "crm", "--poll"];
    run(&tenant, &again).refused();
    let set = [
        "endpoint",
        "set",
        "crm",
        "--rate",
        "5",
        "--events=",
        "--name",
        "erp",
    ];
    let set = json(&tenant, &set);
    assert_eq!((&set["name"], &set["rate"]), (&"erp".into(), &5.into()));
    assert_eq!(set["events"], serde_json::json!([]));
    let rotated = json(&tenant, &["endpoint", "rotate", "erp", "--overlap", "60"]);
    assert_ne!(rotated["secret"], secret);
    let closed = run(&tenant, &["endpoint", "test", "erp"]);
    assert_eq!(closed.status, 1, "{closed:?}");
    let tested = json(
        &tenant,
        &["endpoint", "test", "erp", "--allow-private-endpoints"],
    );
    assert_eq!(
        (&tested["delivered"], &tested["status"]),
        (&true.into(), &204.into())
    );
    assert_eq!(
        receiver.seen("/a").last().expect("the test").body["type"],
        "endpoint.test"
    );
    let disabled = json(&tenant, &["endpoint", "disable", "erp"]);
    assert_eq!(disabled["state"], "disabled");
    run(&tenant, &["endpoint", "remove", "erp"]).done();
    assert_eq!(
        json(&tenant, &["endpoint", "list"])["endpoints"],
        serde_json::json!([])
    );
    run(&tenant, &["endpoint", "show", "erp"]).refused();
}

#[test]
fn tables_are_for_people() {
    let world = neighbourly();
    let tenant = world.tenant("tables");
    let pair = [
        "endpoint",
        "add",
        "crm",
        "--webhook",
        "https://receiver.example/x",
    ];
    let added = run(&tenant, &[&pair[..], &["--signature", "ed25519"]].concat()).done();
    assert!(added.stdout.contains(" whpk_"), "{}", added.stdout);
    assert!(!added.stdout.contains("whsk_"), "{}", added.stdout);
    run(
        &tenant,
        &["endpoint", "add", "soc", "--poll", "--audience", "soc"],
    )
    .done();
    let list = run(&tenant, &["endpoint", "list"]).done().stdout;
    assert!(list.starts_with("NAME"), "{list}");
    assert!(list.contains("crm") && list.contains("poll"), "{list}");
    for wrong in [
        &["endpoint", "add", "a b", "--poll"][..],
        &["endpoint", "add", "x", "--webhook", "ftp://x"],
        &["endpoint", "add", "x", "--poll", "--events", "lic*"],
        &["endpoint", "add", "x", "--poll", "--concurrency", "0"],
        &["endpoint", "add", "x", "--poll", "--signature", "hmac"],
        &["deliveries", "show", "nothing"],
        &["deliveries", "replay", "--endpoint", "crm"],
    ] {
        run(&tenant, wrong).refused();
    }
    for wrong in [
        &["endpoint", "add", "x"][..],
        &[
            "endpoint",
            "add",
            "x",
            "--poll",
            "--push",
            "https://x.example",
        ],
        &["deliveries", "replay"],
        &["deliveries", "replay", "a", "--endpoint", "b"],
    ] {
        run(&tenant, wrong).wrong_usage();
    }
}

#[test]
fn dead_letters_are_seen_replayed_and_discarded() {
    let world = neighbourly();
    let tenant = world.tenant("dead");
    let receiver = Receiver::start(|_, _, tries| match tries {
        1 => Reply::Status(413, None),
        _ => Reply::Takes,
    });
    webhook(&tenant, "all", &receiver.url("/all"), &[]);
    for name in ["a", "b"] {
        tenant.scim().post("/Users", &user(name)).expect(201);
    }
    until(&tenant, "all", |shown| shown["status"]["dead"] == 2);
    let dead = deliveries(&tenant, "dead");
    let id = |number: usize| dead[number]["id"].as_str().expect("an id").to_owned();
    let one = json(&tenant, &["deliveries", "show", &id(0)]);
    assert_eq!(one["attempts"][0]["status"], 413, "{one:#}");
    assert!(one["event"]["events"].is_object(), "{one:#}");
    assert!(
        run(&tenant, &["deliveries", "show", &id(0)])
            .done()
            .stdout
            .contains("413")
    );
    run(&tenant, &["deliveries", "replay", &id(0)]).done();
    assert_eq!(
        receiver.wait_for("/all", 1)[0].position,
        one["position"].as_u64().unwrap_or(0)
    );
    run(&tenant, &["deliveries", "discard", &id(1)]).done();
    assert_eq!(deliveries(&tenant, "dead"), Vec::<Value>::new());
    let replay = ["deliveries", "replay", "--endpoint", "all", "--from", "1"];
    json(&tenant, &replay);
    receiver.wait_for("/all", 2);
}

#[test]
fn events_are_read_and_followed() {
    let world = neighbourly();
    let tenant = world.tenant("tail");
    for number in 0..12 {
        tenant
            .scim()
            .post("/Users", &user(&format!("u{number}")))
            .expect(201);
    }
    let lines = |words: &[&str]| {
        let said = run(&tenant, &[&["events", "tail"], words].concat())
            .done()
            .stdout;
        said.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&[]).len(), 10);
    assert_eq!(lines(&["--after", "0"]).len(), 12);
    assert_eq!(lines(&["--after", "0", "--types", "license.*"]).len(), 0);
    let first = &lines(&["--after", "0", "--json"])[0];
    let first: Value = serde_json::from_str(first).expect("JSON");
    assert_eq!(
        (&first["position"], &first["type"]),
        (&1.into(), &"prov.create".into())
    );
    run(&tenant, &["events", "tail", "--types", "lic*"]).refused();
}
