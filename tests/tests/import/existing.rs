//! Who is there already.

use serde_json::json;

use crate::{Folder, counts, user, world};

#[test]
fn who_is_there_gets_what_the_row_says_and_keeps_the_rest() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let ann = tenant.scim().post(
        "/Users",
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Ann@x",
            "title": "Old", "nickName": "Annie", "name": { "givenName": "Ann", "familyName": "Lee" },
        }),
    );
    let ann = ann.expect(201);
    let text = "userName,title,name.givenName,nickName\nann@X,New,Anna,\n";
    counts(
        &folder.import(&tenant, "u.csv", text, &["--json"]),
        [0, 1, 0, 0],
    );
    let now = user(&tenant, "ann@x");
    assert_eq!(now["id"], ann.body["id"]);
    assert_eq!(
        (&now["title"], &now["nickName"]),
        (&json!("New"), &json!("Annie"))
    );
    assert_eq!(
        now["name"],
        json!({ "givenName": "Anna", "familyName": "Lee" })
    );
    counts(&folder.again(&tenant, "u.csv", &["--json"]), [0, 0, 1, 0]);
    assert_eq!(
        user(&tenant, "ann@x")["meta"],
        now["meta"],
        "nothing is written"
    );
}

#[test]
fn who_is_there_is_left_alone_or_refused_where_that_is_asked_for() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    tenant.new_user("ann");
    let text = "userName,title\nann,New\nbob,New\n";
    let skip = ["--existing", "skip", "--json"];
    let said = counts(&folder.import(&tenant, "u.csv", text, &skip), [1, 0, 0, 0]);
    assert_eq!(said["skipped"], 1);
    assert_eq!(user(&tenant, "ann").get("title"), None);
    let refuse = ["--existing", "refuse", "--json"];
    let said = counts(&folder.again(&tenant, "u.csv", &refuse), [0, 0, 0, 2]);
    assert_eq!(said["reasons"][0]["type"], "exists");
    assert_eq!(user(&tenant, "ann").get("title"), None);
}

#[test]
fn somebody_of_another_name_is_found_by_external_id() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let by_id = ["--match", "externalId", "--json"];
    counts(
        &folder.import(
            &tenant,
            "u.csv",
            "externalId,userName\n1,ann\n2,bob\n",
            &by_id,
        ),
        [2, 0, 0, 0],
    );
    // Married; and one whose name somebody else has.
    let text = "externalId,userName\n1,ann-lee\n3,bob\n,cid\n";
    let said = counts(&folder.import(&tenant, "u.csv", text, &by_id), [1, 1, 0, 1]);
    assert_eq!(said["reasons"][0]["type"], "uniqueness");
    assert_eq!(said["reasons"][0]["line"], 3);
    assert_eq!(user(&tenant, "ann-lee")["externalId"], "1");
}

#[test]
fn the_same_twice_in_a_file_is_one() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let text = "externalId,userName,title\n1,ann,a\n1,ann,b\n2,bob,c\n1,ann,d\n";
    counts(
        &folder.import(&tenant, "u.csv", text, &["--json"]),
        [2, 2, 0, 0],
    );
    assert_eq!(user(&tenant, "ann")["title"], "d");
    let tenant = world().tenant("import");
    let by_id = ["--match", "externalId", "--json"];
    counts(&folder.again(&tenant, "u.csv", &by_id), [2, 2, 0, 0]);
    assert_eq!(user(&tenant, "ann")["title"], "d");
}
