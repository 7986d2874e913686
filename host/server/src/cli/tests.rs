//! What the command line takes, word for word as the contract has it.

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use super::Cli;

fn parses(line: &str) -> Result<Cli, ErrorKind> {
    let words = std::iter::once("scimlet").chain(line.split_whitespace());
    Cli::try_parse_from(words).map_err(|error| error.kind())
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn takes_every_command_of_the_contract() {
    for line in [
        "",
        "serve",
        "serve --data d --listen 127.0.0.1:0 --database sqlite:x.db --tls-cert c --tls-key k",
        "serve --public-url https://scim.example.com --log json --log-level debug",
        "tenant create acme",
        "tenant create acme --preset entra --json",
        "tenant create acme --preset onelogin",
        "tenant create acme --preset jumpcloud",
        "tenant create acme --preset sailpoint",
        "tenant create acme --preset interop-01",
        "tenant list --json",
        "tenant settings --tenant acme",
        "tenant settings --tenant acme --file -",
        "tenant reindex --tenant acme --json",
        "token create --tenant acme --scope scim:read --json",
        "token create --tenant acme --scope admin --basic",
        "token list --tenant acme --json",
        "token revoke 0123456789abcdef",
        "token revoke --tenant acme 0123456789abcdef",
        "license set --tenant acme pro --seats 5 --overage deny --name Pro --json",
        "license set --tenant acme pro --seats unlimited",
        "license list --tenant acme --json",
        "license show --tenant acme pro --json",
        "license remove --tenant acme pro --data d",
        "--data d --database sqlite:x.db license list --tenant acme",
    ] {
        assert!(parses(line).is_ok(), "{line}: {:?}", parses(line));
    }
}

#[test]
fn refuses_wrong_usage() {
    for line in [
        "fly",
        "serve --tls-cert c",
        "serve --tls-key k",
        "serve --listen nowhere",
        "serve --public-url scim.example.com",
        "serve --max-requests 0",
        "tenant create",
        "tenant create acme --preset unheard",
        "token create",
        "token create --tenant acme --scope root",
        "license set --tenant acme pro",
        "license set --tenant acme pro --seats -1",
        "license set --tenant acme pro --seats many",
        "license set --tenant acme pro --seats 5 --overage maybe",
    ] {
        assert!(parses(line).is_err(), "{line}");
    }
}
