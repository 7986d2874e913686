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
        "license set --tenant acme pro --grace P7D",
        "license set --tenant acme pro --seats 5 --overage grace --overage-max 3 --overage-percent 10",
        "license set --tenant acme pro --overage-grace P7D --valid-from 2027-01-01 --valid-until 2027-12-31",
        "license set --tenant acme pro --after-term end --requires a,b --excludes c --contains d --rank -3",
        "license set --tenant acme pro --fallback basic --reserved-seats 2 --reserved-priority 5",
        "license set --tenant acme pro --reclaim-grace P7D --thresholds 50,90 --fallback=",
        "license set --tenant acme pro --pool eu=5,2027-01-01,2027-12-31,P7D --pool us=unlimited --pool old=",
        "license list --tenant acme --json",
        "license report --tenant acme",
        "license report --tenant acme --csv",
        "license holders pro --tenant acme --state waiting --json",
        "license why ann --tenant acme",
        "license why ann@example.com pro --tenant acme --json",
        "license grant ann pro --tenant acme --until 2027-01-31",
        "license grant ann pro --tenant acme --until 2027-01-31T12:00:00Z",
        "license revoke ann pro --tenant acme",
        "import users.csv --tenant acme --json",
        "import --from https://scim.example.com/scim/v2 --tenant acme --dry-run",
        "sync --endpoint copy --tenant acme --json",
        "sync --endpoint copy --tenant acme --apply",
        "import - --tenant acme --map Login=userName --map Shoes= --type User --match externalId",
        "import users.jsonl --tenant acme --existing skip --ignore-unknown --dry-run",
        "import users.jsonl --tenant acme --state s.json --refused r.jsonl --existing refuse",
        "account list --tenant acme --json",
        "account show ada --tenant acme",
        "account set ada plan=pro note= --tenant acme --json",
        "mapping test mapping.json --json",
        "license usage --by userType --tenant acme --csv",
        "license history --tenant acme --user ann --sku pro",
        "license history --tenant acme --sku pro --at 2027-01-31",
        "license held --tenant acme --json",
        "license held release --tenant acme",
        "license held undo ann bob --tenant acme",
        "verify --tenant acme --json",
        "policy new my-rules --lang rust",
        "policy new my-rules --lang js",
        "policy new my-rules --lang python",
        "policy check caps.wasm --json",
        "policy test caps.wasm cases --json",
        "policy install caps.wasm --tenant acme --json",
        "policy list --tenant acme --json",
        "policy rollback --tenant acme --json",
        "policy rollback --tenant acme --to 0123456789ab",
        "policy rollback --tenant acme --to none",
        "plan users.csv --tenant acme",
        "plan - --tenant acme --json",
        "reconcile hr.csv --tenant acme",
        "reconcile - --tenant acme --by externalId --apply --yes --json",
        "reconcile hr.csv --tenant acme --only directory --csv",
        "reconcile accounts.csv --tenant acme --only accounts --by userName --json",
        "license show --tenant acme pro --json",
        "license remove --tenant acme pro --data d",
        "--data d --database sqlite:x.db license list --tenant acme",
    ] {
        assert!(parses(line).is_ok(), "{line}: {:?}", parses(line));
    }
}

#[test]
fn takes_every_command_about_what_leaves() {
    for line in [
        "serve --allow-private-endpoints --keep-events 0",
        "endpoint add crm --tenant acme --webhook https://x.example/in --events prov.*,license.* --json",
        "endpoint add crm --tenant acme --webhook https://x.example --signature ed25519 --full",
        "endpoint add soc --tenant acme --push https://x.example --authorization Bearer --audience soc",
        "endpoint add soc --tenant acme --poll --resources User,/Groups/7",
        "endpoint add two --tenant acme --scim https://x.example/v2 --authorization t --rate 5",
        "endpoint list --tenant acme --json",
        "endpoint show crm --tenant acme",
        "endpoint set crm --tenant acme --url https://y.example --events= --rate 0 --concurrency 2",
        "endpoint test crm --tenant acme --allow-private-endpoints --json",
        "endpoint enable crm --tenant acme",
        "endpoint disable crm --tenant acme",
        "endpoint rotate crm --tenant acme --overlap 60",
        "endpoint remove crm --tenant acme",
        "events tail --tenant acme --follow --after 7 --types license.* --json",
        "deliveries list --tenant acme --endpoint crm --state dead --json",
        "deliveries show ep_1.7 --tenant acme",
        "deliveries replay ep_1.7 ep_1.8 --tenant acme",
        "deliveries replay --endpoint crm --from 1 --to 9 --tenant acme",
        "deliveries replay --endpoint crm --since 2026-11-22 --tenant acme --json",
        "deliveries replay --endpoint crm --dead --tenant acme",
        "deliveries discard ep_1.7 --tenant acme",
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
        "license set --tenant acme pro --overage deny",
        "license set --tenant acme pro --valid-until soon",
        "license set --tenant acme pro --overage-max -1",
        "license set --tenant acme pro --pool 5",
        "license report",
        "license report --tenant acme --csv --json",
        "license holders --tenant acme",
        "license holders pro --tenant acme --state happy",
        "license grant ann --tenant acme",
        "license grant ann pro --tenant acme --until soon",
        "license usage --tenant acme",
        "license history --tenant acme --at 2027-01-31",
        "license held keep --tenant acme",
        "verify",
        "plan --tenant acme",
        "endpoint add crm --tenant acme",
        "endpoint add crm --tenant acme --poll --push https://x.example",
        "endpoint add two --tenant acme --scim https://x.example",
        "endpoint add crm --tenant acme --webhook https://x.example --signature rsa",
        "events --tenant acme",
        "deliveries list --tenant acme --state lost",
        "deliveries replay --tenant acme",
        "deliveries replay ep_1.7 --endpoint crm --tenant acme",
        "deliveries replay --endpoint crm --from 1 --since 2026-11-22 --tenant acme",
        "reconcile --tenant acme",
        "reconcile hr.csv --tenant acme --yes",
        "reconcile hr.csv --tenant acme --by mail",
        "reconcile hr.csv --tenant acme --csv --json",
        "reconcile hr.csv --tenant acme --csv --apply",
    ] {
        assert!(parses(line).is_err(), "{line}");
    }
}
