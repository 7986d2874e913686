//! Help, wrong usage, and data that is not there.

use crate::world;

#[test]
fn wrong_usage_is_status_2() {
    for arguments in [
        &["dance"][..],
        &["tenant"],
        &["tenant", "create"],
        &["tenant", "create", "a", "--jsom"],
        &["token", "create"],
        &["license", "set", "pro"],
        &["serve", "--listen", "nowhere"],
    ] {
        world().bare_cli(arguments).wrong_usage();
    }
}

#[test]
fn help_and_version_are_no_refusals() {
    let help = world().bare_cli(&["--help"]).done();
    for command in ["serve", "tenant", "token", "license"] {
        assert!(help.stdout.contains(command), "{}", help.stdout);
    }
    world().bare_cli(&["--version"]).done();
    world().bare_cli(&["license", "set", "--help"]).done();
}

#[test]
fn a_database_that_cannot_be_is_refused() {
    world()
        .cli(&["tenant", "create", "a", "--database", "oracle:x"])
        .refused();
    world()
        .cli(&["tenant", "create", "a", "--database", "sqlite:/none/x.db"])
        .refused();
    world()
        .bare_cli(&["token", "list", "--tenant", "a", "--data", "/none"])
        .refused();
}

#[test]
fn serve_refuses_an_address_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let cli = world().bare_cli(&["serve", "--data", data, "--listen", world().address()]);
    assert_eq!(cli.status, 1, "{cli:?}");
}
