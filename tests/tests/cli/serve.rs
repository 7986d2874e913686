//! `scimlet serve`: the first start, the second, and where the data is.

use scimlet_tests::tenant::{user, user_with};
use scimlet_tests::{Request, World, private_world};
use serde_json::Value;

/// The lines from `curl` to the end of its last quoted text.
fn printed_curl(printed: &str) -> String {
    let mut command = String::new();
    for line in printed
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("curl "))
    {
        command.push_str(line);
        let open = command.matches('\'').count() % 2 == 1;
        if !open && !line.ends_with('\\') {
            return command;
        }
        command.push('\n');
    }
    panic!("no curl in\n{printed}")
}

/// The address comes first, the welcome behind it.
fn printed_in_full(world: &World) -> String {
    for _ in 0..200 {
        let printed = world.printed();
        if printed.contains("entitlements") {
            return printed;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    world.printed()
}

#[test]
fn an_empty_folder_gets_a_demo_tenant_and_the_printed_curl_works_as_it_stands() {
    let world = private_world!();
    let curl = printed_curl(&printed_in_full(&world));
    let shell = std::process::Command::new("bash")
        .args(["-c", &curl])
        .output()
        .unwrap();
    let said = String::from_utf8(shell.stdout).unwrap();
    assert!(shell.status.success(), "{curl}\n{said}");
    let answer: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{curl}\n{said}"));
    let licenses = &answer["urn:ietf:params:scim:schemas:extension:scimlet:2.0:User"]["licenses"];
    assert_eq!(licenses[0]["state"], "active", "{answer:#}");
    let list = world
        .cli(&["license", "list", "--tenant", "demo", "--json"])
        .json();
    assert_eq!(list.as_array().unwrap().len(), 3, "{list}");
    let tokens = world
        .cli(&["token", "list", "--tenant", "demo", "--json"])
        .json();
    assert_eq!(tokens.as_array().unwrap().len(), 1, "{tokens}");
}

#[test]
fn a_second_start_prints_no_token_and_keeps_the_data() {
    let mut world = private_world!();
    let (name, token) = {
        let tenant = world.tenant("kept");
        tenant.new_user("a");
        (tenant.name.clone(), tenant.token.clone())
    };
    assert_eq!(world.stop(), 0);
    world.restart();
    let printed = world.printed();
    assert!(
        !printed.contains("curl") && !printed.contains("Bearer"),
        "{printed}"
    );
    let actor = world.stranger(Some(format!("Bearer {token}")));
    assert_eq!(
        actor.get("/Users").expect(200).body["totalResults"],
        1,
        "{name}"
    );
}

#[test]
fn a_folder_with_a_tenant_gets_no_demo() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let binary = scimlet_tests::server_binary!();
    scimlet_tests::Cli::run(binary, &["tenant", "create", "mine", "--data", data]).done();
    let arguments = ["--data", data, "--listen", "127.0.0.1:0"].map(str::to_owned);
    let server = scimlet_tests::server::Server::start(binary, &arguments, None);
    std::thread::sleep(std::time::Duration::from_millis(100));
    let printed = server.stdout.lock().unwrap().join("\n");
    assert!(
        !printed.contains("curl") && !printed.contains("demo"),
        "{printed}"
    );
}

#[test]
fn commands_work_without_a_server() {
    let mut world = private_world!();
    assert_eq!(world.stop(), 0);
    let made = world.cli(&["tenant", "create", "alone", "--json"]).json();
    world
        .cli(&["license", "set", "--tenant", "alone", "pro", "--seats", "1"])
        .done();
    world.restart();
    let actor = world.stranger(Some(format!("Bearer {}", made["token"].as_str().unwrap())));
    actor.post("/Users", &user_with("a", &["pro"])).expect(201);
    let list = actor.send(Request::get("/Entitlements")).expect(200);
    assert_eq!(list.at("/Resources/0/totalAssignmentsUsed"), 1);
}

fn own_database() -> String {
    let folder = tempfile::tempdir().unwrap().keep();
    format!("sqlite:{}", folder.join("other.db").display())
}

#[test]
fn the_database_may_be_named() {
    let url = own_database();
    let world = private_world!("--database", &url);
    let path = url.strip_prefix("sqlite:").unwrap();
    assert!(std::path::Path::new(path).exists(), "{path}");
    let made = world
        .cli(&["tenant", "create", "named", "--json", "--database", &url])
        .json();
    let actor = world.stranger(Some(format!("Bearer {}", made["token"].as_str().unwrap())));
    actor.post("/Users", &user("a")).expect(201);
    let elsewhere = world.cli(&["token", "list", "--tenant", "named"]);
    elsewhere.refused();
    std::fs::remove_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
}

#[test]
fn sigint_stops_the_server_as_sigterm_does() {
    let mut world = private_world!();
    world.server().signal("INT");
    let status = world.wait();
    assert_eq!(status, 0);
}
