//! PATCH, then GET: what is found is what RFC 7644 section 3.5.2 says, or nothing has changed and
//! the client was told.

mod choice;
mod message;
mod model;
mod value;

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::Value;

use self::message::Message;
pub use self::message::messages;
use crate::cases;
use crate::made_up::user;
use crate::side::{Side, in_memory, path_of};

fn sides() -> &'static [Side; 2] {
    static SIDES: OnceLock<[Side; 2]> = OnceLock::new();
    SIDES.get_or_init(|| {
        [
            Side::native("native", "{}", in_memory()),
            Side::component("component", "{}", in_memory()),
        ]
    })
}

/// One message to a new user, who is gone afterwards.
fn play(side: &Side, start: &Value, message: &Message) -> Result<(), String> {
    let created = side.create("/Users", start);
    let path = path_of(&created);
    let (_, before) = side.send("GET", &path, None);
    let (status, answer) = side.send("PATCH", &path, Some(&message.json()));
    let (_, after) = side.send("GET", &path, None);
    let (gone, _) = side.send("DELETE", &path, None);
    let judged = judge(message, &before, status, &answer, &after);
    let name = side.name;
    judged.map_err(|wrong| format!("{name}: {wrong}\n{message:?}\nto {before:#}"))?;
    assert_eq!(gone, 204);
    Ok(())
}

fn judge(
    message: &Message,
    before: &Value,
    status: u16,
    answer: &Value,
    after: &Value,
) -> Result<(), String> {
    match (model::patched(before, message), status) {
        (Err(_), 400..500) => same("an unchanged user", before, after),
        (Err(why), _) => Err(format!("should be refused ({why}): {status} {answer:#}")),
        (Ok(expected), 200) => {
            same("the model", &own(&expected), &own(after))?;
            same("the answer", answer, after)?;
            // RFC 7644 section 3.5.2.1: no change, no new time.
            let is_changed = own(before) != own(after);
            let is_newer = before["meta"]["version"] != after["meta"]["version"];
            let is_later = before["meta"]["lastModified"] != after["meta"]["lastModified"];
            if is_changed == is_newer && is_changed == is_later {
                Ok(())
            } else {
                Err(format!("changed: {is_changed}, but {}", after["meta"]))
            }
        }
        (Ok(expected), _) => Err(format!(
            "should be {:#}: {status} {answer:#}",
            own(&expected)
        )),
    }
}

fn same(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what} is {expected:#}\nbut the user is {found:#}"))
}

/// A user without what the server says of it.
fn own(user: &Value) -> Value {
    let mut user = user.clone();
    let members = user.as_object_mut().expect("an object");
    members.remove("meta");
    user
}

proptest! {
    #![proptest_config(cases(1200))]

    #[test]
    fn a_patched_user_is_what_the_rfc_says(mut start in user(), message in messages()) {
        start["userName"] = "ada".into();
        for side in sides() {
            play(side, &start, &message).map_err(TestCaseError::fail)?;
        }
    }
}
