//! All of it, on a copy.

use crate::{Folder, counts, world};

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    tenant.new_user("ann");
    let text = "userName,title,active\nann,New,true\nbob,,true\nbob,Twice,true\ncid,,?\n";
    let dry = folder.import(&tenant, "u.csv", text, &["--dry-run", "--json"]);
    let would = counts(&dry, [1, 2, 0, 1]);
    assert_eq!(would["dryRun"], true);
    let refused = folder.read("u.csv.dry-run.refused.csv");
    assert!(!folder.has("u.csv.import.json"), "nothing to go on with");
    let users = tenant.scim().get("/Users").expect(200);
    assert_eq!(users.body["totalResults"], 1, "nothing is changed");
    assert_eq!(users.at("/Resources/0").get("title"), None);
    let done = counts(&folder.again(&tenant, "u.csv", &["--json"]), [1, 2, 0, 1]);
    assert_eq!(done["reasons"], would["reasons"]);
    assert_eq!(folder.read("u.csv.refused.csv"), refused);
    let plain = folder.again(&tenant, "u.csv", &["--dry-run"]);
    assert!(plain.stdout.contains("nothing is changed"), "{plain:?}");
}
