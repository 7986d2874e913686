//! The first start: a tenant to play with.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use scimlet_runtime::Runtime;
use scimlet_store::Backend;

use crate::auth::{Scope, issue_token};
use crate::licenses::{self, Seats, Terms, Wanted};
use crate::local::Local;
use crate::world;

const TENANT: &str = "demo";
/// One of each kind: never full, full with a queue, full with a refusal.
const LICENSES: [(&str, &str, Seats, &str); 3] = [
    ("basic", "Basic", Seats::Unlimited, "waitlist"),
    ("pro", "Pro", Seats::Limited(5), "waitlist"),
    ("enterprise", "Enterprise", Seats::Limited(2), "deny"),
];

/// Makes the tenant `demo` where there is no tenant at all. Returns its token.
pub(crate) fn create(
    backend: &Arc<dyn Backend>,
    runtime: &Arc<Runtime>,
) -> anyhow::Result<Option<String>> {
    let registry = backend.registry();
    let empty = registry.tenants()?.is_empty();
    // Another server on the same data may have been quicker.
    if !empty || !registry.create_tenant(TENANT, "{}", world::now())? {
        return Ok(None);
    }
    let local = Local::new(Arc::clone(runtime), backend, TENANT)?;
    for (sku, name, seats, overage) in LICENSES {
        let (sku, name) = (sku.to_owned(), Some(name.to_owned()));
        let wanted = Wanted {
            sku,
            name,
            seats: Some(seats),
            overage: Some(overage),
            terms: Terms::default(),
        };
        licenses::set(&local, &wanted).context("the demo license cannot be created")?;
    }
    Ok(Some(
        issue_token(backend.as_ref(), TENANT, Scope::Scim)?.text,
    ))
}

/// What a newcomer reads: a request to paste, and what to try next.
pub(crate) fn welcome(origin: &str, token: &str, data: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let data = data.display();
    writeln!(
        text,
        "\nThe data folder was empty, so there is a tenant `{TENANT}` now, with the"
    )?;
    writeln!(
        text,
        "licenses basic (unlimited), pro (5 seats) and enterprise (2 seats), and this"
    )?;
    writeln!(
        text,
        "token, which is shown only now. Create a user who asks for a pro license:\n"
    )?;
    writeln!(text, "curl -sS {origin}/scim/v2/Users \\")?;
    writeln!(text, "  -H 'Authorization: Bearer {token}' \\")?;
    writeln!(text, "  -H 'Content-Type: application/scim+json' \\")?;
    writeln!(
        text,
        "  -d '{{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],"
    )?;
    writeln!(
        text,
        "       \"userName\":\"ada@example.com\",\"active\":true,"
    )?;
    writeln!(text, "       \"entitlements\":[{{\"value\":\"pro\"}}]}}'\n")?;
    writeln!(
        text,
        "Then see the seat taken: scimlet license list --tenant {TENANT} --data '{data}'"
    )?;
    Ok(text)
}

/// An address that a client on this machine can use: nobody can connect to `0.0.0.0`.
pub(crate) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip() == IpAddr::V4(Ipv4Addr::UNSPECIFIED) || address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curl_can_be_pasted_and_its_body_is_json() -> anyhow::Result<()> {
        let text = welcome(
            "http://127.0.0.1:8080",
            "scl_x_y",
            Path::new("./scimlet-data"),
        )?;
        assert!(text.contains("curl -sS http://127.0.0.1:8080/scim/v2/Users \\\n"));
        let body = text
            .split('\'')
            .nth(5)
            .context("the body is the third quoted text")?;
        let user: serde_json::Value = serde_json::from_str(body)?;
        assert_eq!(user["entitlements"][0]["value"], "pro");
        Ok(())
    }

    #[test]
    fn nobody_is_sent_to_an_unspecified_address() -> anyhow::Result<()> {
        assert_eq!(reachable("0.0.0.0:80".parse()?), "127.0.0.1:80".parse()?);
        assert_eq!(reachable("[::]:80".parse()?), "127.0.0.1:80".parse()?);
        assert_eq!(reachable("10.0.0.1:80".parse()?), "10.0.0.1:80".parse()?);
        Ok(())
    }
}
