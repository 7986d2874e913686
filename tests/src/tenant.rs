//! One customer of the server, made for one test, and the actors who hold its credentials.

use serde_json::Value;

use crate::{Actor, Answer, Request, World};

/// A tenant with its first token, as `scimlet tenant create` gave it.
#[derive(Debug)]
pub struct Tenant<'world> {
    /// Where it lives.
    pub world: &'world World,
    /// Its name.
    pub name: String,
    /// The first token, of scope `scim`.
    pub token: String,
}

impl<'world> Tenant<'world> {
    #[track_caller]
    pub(crate) fn create(world: &'world World, name: &str) -> Self {
        let made = world.cli(&["tenant", "create", name, "--json"]).json();
        Self {
            world,
            name: name.to_owned(),
            token: text(&made, "token"),
        }
    }

    /// Whoever holds the first token: reads and writes, but for the license catalog.
    pub fn scim(&self) -> Actor {
        self.bearer(&self.token)
    }

    /// Whoever holds this token.
    pub fn bearer(&self, token: &str) -> Actor {
        self.world.stranger(Some(format!("Bearer {token}")))
    }

    /// Nobody in particular.
    pub fn anonymous(&self) -> Actor {
        self.world.stranger(None)
    }

    /// Somebody who may only read.
    #[track_caller]
    pub fn reader(&self) -> Actor {
        self.with_new_token("scim:read")
    }

    /// Somebody who may write licenses as well.
    #[track_caller]
    pub fn admin(&self) -> Actor {
        self.with_new_token("admin")
    }

    /// Somebody with a user name and a password, of scope `scim`.
    #[track_caller]
    pub fn basic(&self) -> Actor {
        let made = self.new_credential(&["--scope", "scim", "--basic"]);
        self.world.stranger(Some(basic_header(
            &text(&made, "username"),
            &text(&made, "password"),
        )))
    }

    /// Somebody with a good credential of another tenant, who asks for this one by name.
    #[track_caller]
    pub fn wrong_tenant(&self) -> Actor {
        let other = self.world.tenant("other");
        self.world
            .stranger(Some(format!("Bearer {}", other.token)))
            .under(&self.scim_path())
    }

    /// `/t/NAME/scim/v2`.
    pub fn scim_path(&self) -> String {
        format!("/t/{}/scim/v2", self.name)
    }

    /// Runs `scimlet token create` for this tenant: `{"token", "id", "scope"}`.
    #[track_caller]
    pub fn new_credential(&self, options: &[&str]) -> Value {
        let command = ["token", "create", "--tenant", &self.name, "--json"];
        self.world.cli(&[&command, options].concat()).json()
    }

    #[track_caller]
    fn with_new_token(&self, scope: &str) -> Actor {
        self.bearer(&text(&self.new_credential(&["--scope", scope]), "token"))
    }

    /// Sets a license by command line. `seats` is a number or `unlimited`.
    #[track_caller]
    pub fn license(&self, sku: &str, seats: &str, overage: &str) {
        let command = ["license", "set", "--tenant", &self.name, sku];
        let limits = ["--seats", seats, "--overage", overage];
        self.world.cli(&[&command[..], &limits].concat()).done();
    }

    /// The license's resource, found by its SKU.
    #[track_caller]
    pub fn entitlement(&self, sku: &str) -> Value {
        let filter = format!("value eq \"{sku}\"");
        let list = self
            .scim()
            .send(Request::get("/Entitlements").query("filter", &filter));
        list.expect(200).at("/Resources/0").clone()
    }

    /// Seats in use, as the license's resource shows them.
    #[track_caller]
    pub fn seats_used(&self, sku: &str) -> u64 {
        let license = self.entitlement(sku);
        license["totalAssignmentsUsed"]
            .as_u64()
            .expect("`totalAssignmentsUsed` is a number")
    }

    /// Creates a user of this name and nothing else.
    #[track_caller]
    pub fn new_user(&self, user_name: &str) -> Answer {
        self.scim().post("/Users", &user(user_name)).expect(201)
    }
}

impl Drop for Tenant<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.world.show_logs();
        }
    }
}

/// The smallest user there is.
pub fn user(user_name: &str) -> Value {
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
    })
}

/// The smallest user who asks for licenses.
pub fn user_with(user_name: &str, skus: &[&str]) -> Value {
    let mut user = user(user_name);
    user["entitlements"] = skus
        .iter()
        .map(|sku| serde_json::json!({ "value": sku }))
        .collect();
    user
}

/// A message of PATCH operations.
pub fn patch(operations: &Value) -> Value {
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}

/// An `Authorization` header as RFC 7617 has it.
pub fn basic_header(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        base64(format!("{username}:{password}").as_bytes())
    )
}

fn text(value: &Value, key: &str) -> String {
    let text = value[key].as_str();
    text.unwrap_or_else(|| panic!("`{key}` should be text in {value}"))
        .to_owned()
}

/// RFC 4648 section 4. Fifteen lines, against one more dependency.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0_u32, |word, &byte| (word << 8) | u32::from(byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (word >> (18 - 6 * place)) & 63;
            let used = place <= chunk.len();
            out.push(if used {
                char::from(ALPHABET[index as usize])
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_as_rfc_4648_section_10_has_it() {
        let examples = [
            "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
        ];
        for (length, expected) in examples.into_iter().enumerate() {
            assert_eq!(super::base64(&b"foobar"[..length]), expected);
        }
    }
}
