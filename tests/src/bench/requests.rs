//! What is asked: requests as an identity provider sends them, told apart by a number.

use scimlet_runtime::{Principal, Request};

use crate::uri;

/// The media type of a body.
pub(super) const MEDIA_TYPE: &str = "application/scim+json";

const GIVEN: [&str; 8] = [
    "Aylin", "Barbara", "Chidi", "Dagny", "Emre", "Fatou", "Goran", "Hana",
];
const FAMILY: [&str; 8] = [
    "Jensen",
    "Okafor",
    "Lindqvist",
    "Yilmaz",
    "Novak",
    "Sato",
    "Moreau",
    "Keller",
];

/// Numbers that look like chance, and are the same in every run (splitmix64).
pub(super) fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The user name of a number; names of neighbours lie far apart, as those of real people do.
pub(super) fn user_name(number: u64) -> String {
    let chance = mixed(number);
    let (given, family) = names(number);
    let initial = char::from(b'a' + u8::try_from(chance >> 8 & 15).expect("four bits"));
    format!("{given}.{initial}.{family}.{number}@example.com").to_lowercase()
}

fn names(number: u64) -> (&'static str, &'static str) {
    let chance = usize::try_from(mixed(number) >> 32).expect("32 bits");
    (GIVEN[chance % 8], FAMILY[chance / 8 % 8])
}

/// A user as a provider creates one: name, two e-mail addresses, the enterprise extension, and an
/// entitlement that names an unlimited license. About 850 bytes.
pub(super) fn user(number: u64) -> String {
    let (given, family) = names(number);
    let name = user_name(number);
    let external = mixed(number ^ 0xE77E);
    let home = format!("{given}.{number}@mail.example.net").to_lowercase();
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"{name}","externalId":"00u{external:016x}","name":{{"formatted":"{given} {family}","familyName":"{family}","givenName":"{given}"}},"displayName":"{given} {family}","title":"Tour Guide","userType":"Employee","active":true,"emails":[{{"value":"{name}","type":"work","primary":true}},{{"value":"{home}","type":"home"}}],"entitlements":[{{"value":"basic"}}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{{"employeeNumber":"{number:07}","costCenter":"4130","department":"Tour Operations"}}}}"#
    )
}

/// A change as a provider makes one: an attribute, and an address found by its type.
pub(super) fn change(number: u64) -> String {
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"replace","path":"displayName","value":"Barbara J. {number}"}},{{"op":"replace","path":"emails[type eq \"work\"].value","value":"barbara.{number}@example.org"}}]}}"#
    )
}

/// One member more.
pub(super) fn join(user: &str) -> String {
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"add","path":"members","value":[{{"value":"{user}"}}]}}]}}"#
    )
}

/// One member less.
pub(super) fn leave(user: &str) -> String {
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"remove","path":"members[value eq \"{user}\"]"}}]}}"#
    )
}

/// A group of these users.
pub(super) fn group(name: &str, users: &[String]) -> String {
    let members = users.iter().map(|id| format!(r#"{{"value":"{id}"}}"#));
    let members: Vec<String> = members.collect();
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{name}","members":[{}]}}"#,
        members.join(",")
    )
}

/// The license that all of them ask for.
pub(super) fn license() -> &'static str {
    r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Entitlement"],"value":"basic","type":"License","limitedAssignmentsPermitted":false}"#
}

/// The query that finds one user.
pub(super) fn by_name(number: u64) -> String {
    let filter = format!("userName eq \"{}\"", user_name(number));
    format!("filter={}", uri::encode(&filter))
}

/// The query for a page of a hundred.
pub(super) fn page() -> String {
    let filter = "userType eq \"Employee\"";
    format!("filter={}&count=100", uri::encode(filter))
}

/// A request as the runtime takes it. The number stands for time and chance.
pub(super) fn request(number: u64, method: &str, path: &str, body: String) -> Request {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (path, None),
    };
    let content_type = scimlet_runtime::Header {
        name: "content-type".to_owned(),
        value: MEDIA_TYPE.to_owned(),
    };
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        headers: if body.is_empty() {
            vec![]
        } else {
            vec![content_type]
        },
        body,
        principal: Principal {
            id: "bench".to_owned(),
            scopes: vec!["scim".to_owned(), "admin".to_owned()],
        },
        now: 1_760_000_000_000 + number,
        seed: (mixed(number ^ 0x5EED), mixed(number ^ 0x5EED_5EED)),
        base_url: "https://scim.example.com/scim/v2".to_owned(),
    }
}

/// The id in an answer's `location`, or in its body.
pub(super) fn id_in(body: &str) -> String {
    let found = body.split_once("\"id\":\"").map(|(_, rest)| rest);
    let id = found.and_then(|rest| rest.split('"').next());
    id.unwrap_or_else(|| panic!("an id should be in {body}"))
        .to_owned()
}
