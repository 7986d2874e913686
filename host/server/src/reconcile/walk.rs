//! All users of a tenant, page by page.

use serde_json::Value;

use super::{By, ReconcileError, Who};
use crate::local::{Ask, Local};
use crate::percent::percent_encoded;

/// Users on a page: what the component takes at most.
const PAGE: u32 = 1000;

/// Hears how far the walk is: so many more users, and how many there are where that is known.
pub(crate) type Told<'a> = &'a mut dyn FnMut(u64, Option<u64>);

/// Shows every user to `each`, with these attributes and no others. Answers how many there were.
pub(super) fn walk(
    local: &Local,
    attributes: &[&str],
    told: Told<'_>,
    each: &mut dyn FnMut(&Value) -> Result<(), ReconcileError>,
) -> Result<u64, ReconcileError> {
    let (mut cursor, mut looked) = (String::new(), 0);
    loop {
        let page = local.send(&Ask {
            method: "GET",
            path: "/Users",
            query: Some(query(attributes, &cursor)),
            ..Ask::default()
        })?;
        let users = page.get("Resources").and_then(Value::as_array);
        let users = users.map_or(&[][..], Vec::as_slice);
        for user in users {
            each(user)?;
        }
        looked += users.len() as u64;
        told(
            users.len() as u64,
            page.get("totalResults").and_then(Value::as_u64),
        );
        match page.get("nextCursor").and_then(Value::as_str) {
            Some(next) => next.clone_into(&mut cursor),
            None => return Ok(looked),
        }
    }
}

/// RFC 9865 §2: an empty cursor asks for the first page.
fn query(attributes: &[&str], cursor: &str) -> String {
    format!(
        "attributes={}&count={PAGE}&cursor={}",
        percent_encoded(&attributes.join(",")),
        percent_encoded(cursor)
    )
}

/// Who it is.
pub(super) fn who(user: &Value) -> Result<Who, ReconcileError> {
    let text = |name: &str| {
        let text = user.get(name).and_then(Value::as_str);
        text.ok_or_else(|| ReconcileError::User(format!("`{name}` is missing")))
    };
    Ok(Who {
        id: text("id")?.into(),
        user_name: text("userName")?.into(),
    })
}

/// What they are known by; none for who has no `externalId`.
pub(super) fn key(by: By, user: &Value) -> Option<Box<str>> {
    let text = user.get(by.attribute().name())?.as_str()?;
    Some(by.key(text))
}

/// Whether they may come in. Who is said to be nothing is active.
pub(super) fn is_active(user: &Value) -> bool {
    user.get("active") != Some(&Value::Bool(false))
}
