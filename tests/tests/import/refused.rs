//! Rows that are refused: told with their reasons, kept in a file of their own, and fed again.

use serde_json::{Value, json};

use crate::{Folder, counts, user, world};

#[test]
fn refused_records_are_corrected_and_fed_again() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let text = "userName,title,active\n\
                ann,\"a, \"\"b\"\"\",true\n\
                bob,\"two\nlines\",perhaps\n\
                ,nameless,true\n\
                cid,x,true,more\n\
                dan,y,true\n";
    let said = counts(
        &folder.import(&tenant, "u.csv", text, &["--json"]),
        [2, 0, 0, 3],
    );
    assert_eq!(said["rows"], 5);
    let reasons = said["reasons"].as_array().unwrap();
    assert_eq!(reasons[0]["type"], "malformed");
    assert_eq!(
        (&reasons[0]["rows"], &reasons[0]["line"]),
        (&json!(2), &json!(3))
    );
    let example = reasons[0]["example"].as_str().unwrap();
    assert!(example.contains("column `active`"), "{example}");
    assert_eq!(
        (&reasons[1]["status"], &reasons[1]["line"]),
        (&json!(400), &json!(5))
    );
    let text = folder.read("u.csv.refused.csv");
    assert!(
        text.starts_with("scimlet:refused,userName,title,active\r\n"),
        "{text}"
    );
    assert!(text.contains("bob,\"two\nlines\",perhaps"), "{text}");
    let text = text
        .replace("perhaps", "false")
        .replace(",,nameless", ",eve,nameless")
        .replace(",more", "");
    counts(
        &folder.import(&tenant, "again.csv", &text, &["--json"]),
        [3, 0, 0, 0],
    );
    assert!(!folder.has("again.csv.refused.csv"));
    assert_eq!(user(&tenant, "bob")["title"], "two\nlines");
    assert_eq!(user(&tenant, "bob")["active"], false);
    user(&tenant, "eve");
    user(&tenant, "cid");
}

#[test]
fn refused_lines_are_corrected_and_fed_again() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let text = "{\"userName\":\"ann\"}\n\
                {\"userName\":\"bob\",}\n\
                [\"cid\"]\n\
                {\"userName\":\"dan\",\"shoes\":39}\n\
                {\"userName\":\"eve\",\"name\":\"Eve\"}\n";
    let said = counts(
        &folder.import(&tenant, "u.jsonl", text, &["--json"]),
        [1, 0, 0, 4],
    );
    let reasons = said["reasons"].as_array().unwrap();
    let malformed = reasons.iter().find(|it| it["type"] == "malformed").unwrap();
    assert_eq!(malformed["rows"], 2);
    let example = malformed["example"].as_str().unwrap();
    assert!(
        example.starts_with("column 19: trailing comma"),
        "{example}"
    );
    let text = folder.read("u.jsonl.refused.jsonl");
    let lines: Vec<Value> = text
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["scimlet:line"], "{\"userName\":\"bob\",}");
    assert!(
        lines.iter().all(|it| it["scimlet:refused"].is_string()),
        "{text}"
    );
    let text = text
        .replace("\\\"bob\\\",}", "\\\"bob\\\"}")
        .replace("[\\\"cid\\\"]", "{\\\"userName\\\":\\\"cid\\\"}")
        .replace("\"shoes\":39", "\"title\":\"x\"")
        .replace("\"name\":\"Eve\"", "\"nickName\":\"Eve\"");
    counts(
        &folder.import(&tenant, "again.jsonl", &text, &["--json"]),
        [4, 0, 0, 0],
    );
    for name in ["bob", "cid", "dan", "eve"] {
        user(&tenant, name);
    }
}

#[test]
fn a_license_that_is_full_refuses_its_rows_and_no_other() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    tenant.license("pro", "2", "deny");
    let rows = (0..5).map(|it| format!("u{it},{}\n", if it == 0 { "" } else { "pro" }));
    let text = format!("userName,entitlements\n{}", rows.collect::<String>());
    let said = counts(
        &folder.import(&tenant, "u.csv", &text, &["--json"]),
        [3, 0, 0, 2],
    );
    assert_eq!(said["reasons"][0]["type"], "licenseLimitReached");
    assert_eq!(tenant.seats_used("pro"), 2);
    tenant.license("pro", "9", "deny");
    let text = folder.read("u.csv.refused.csv");
    counts(
        &folder.import(&tenant, "again.csv", &text, &["--json"]),
        [2, 0, 0, 0],
    );
    assert_eq!(tenant.seats_used("pro"), 4);
}

#[test]
fn a_person_reads_what_a_program_reads() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let said = folder.import(&tenant, "u.csv", "userName,active\nann,true\nbob,?\n", &[]);
    assert_eq!(said.status, 1);
    for part in [
        "created    1",
        "refused    1",
        "2 rows",
        "malformed",
        "`?` is not",
    ] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    assert!(
        said.stderr.contains("1 row was refused, of 2"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("u.csv.refused.csv"), "{}", said.stderr);
    let same = ["--refused", folder.path("u.csv").to_str().unwrap()].map(str::to_owned);
    folder
        .again(&tenant, "u.csv", &same.each_ref().map(String::as_str))
        .refused();
    assert!(folder.has("u.csv"));
}
