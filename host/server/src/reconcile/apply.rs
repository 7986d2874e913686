//! Makes the tenant as the file says, by the SCIM requests that anybody would send: so seats, the
//! guard, the history and events are what they always are.

use serde::Serialize;
use serde_json::{Value, json};

use super::directory::{Change, Difference, Directory};
use crate::local::{Ask, Local, LocalError};
use crate::roster::{Attribute, Entry, Said, values_of};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What has become of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Applied {
    /// Users who are as the file says.
    pub(crate) done: u64,
    /// Users who are not.
    pub(crate) refused: Vec<Refused>,
}

/// A request that was refused.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    /// `create`, `deactivate` or `change`.
    pub(crate) what: &'static str,
    /// The line of the file; null for who is not in it.
    pub(crate) line: Option<usize>,
    pub(crate) user: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The component's own words.
    pub(crate) reason: String,
}

/// It stopped, and not because of a refusal. Once more begins with what is left.
#[derive(Debug, thiserror::Error)]
#[error("stopped after {done} of {all} changes; compare again to go on")]
pub(crate) struct Stopped {
    done: u64,
    all: usize,
    source: LocalError,
}

/// Carries out all of the drift. `told` hears of every user who is done with.
pub(crate) fn apply(
    local: &Local,
    drift: &Directory,
    told: &mut dyn FnMut(),
) -> Result<Applied, Stopped> {
    let mut applied = Applied::default();
    for step in steps(drift) {
        let outcome = step.send(local).map_err(|source| Stopped {
            done: applied.done,
            all: drift.drift(),
            source,
        })?;
        match outcome {
            None => applied.done += 1,
            Some(refused) => applied.refused.push(refused),
        }
        told();
    }
    Ok(applied)
}

/// One user.
enum Step<'a> {
    Deactivate(&'a super::Who),
    Change(&'a Change),
    Create(&'a Entry),
}

/// Seats are freed before others are asked for: a license that is full (`deny`) would be refused to who
/// comes in the place of somebody who leaves. A seat that goes by a mapped attribute is not foreseen:
/// for who is refused then, a second run finds it free.
fn steps(drift: &Directory) -> impl Iterator<Item = Step<'_>> {
    let (ask, free): (Vec<_>, Vec<_>) = drift.change.iter().partition(|change| change.asks());
    let leave = drift.deactivate.iter().map(Step::Deactivate);
    leave
        .chain(free.into_iter().map(Step::Change))
        .chain(ask.into_iter().map(Step::Change))
        .chain(drift.create.iter().map(Step::Create))
}

impl Change {
    /// Whether it takes nothing away that a seat was given for.
    fn asks(&self) -> bool {
        !self.differences.iter().any(Difference::leaves)
    }
}

impl Difference {
    /// Whether this takes seats away.
    fn leaves(&self) -> bool {
        match self.attribute {
            Attribute::Active => !self.there.is_active(),
            Attribute::Entitlements => only(&self.there, &self.here).is_empty(),
            _ => false,
        }
    }

    /// As PATCH has it (RFC 7644 §3.5.2).
    fn operations(&self) -> Vec<Value> {
        let path = self.attribute.path();
        match &self.there {
            _ if self.attribute == Attribute::Entitlements => self.entitlements(),
            _ if self.attribute == Attribute::Active => {
                vec![json!({ "op": "replace", "path": path, "value": self.there.is_active() })]
            }
            Said::Nothing => vec![json!({ "op": "remove", "path": path })],
            said => vec![json!({ "op": "replace", "path": path, "value": said })],
        }
    }

    /// Value by value, so that those that stay keep what else is said of them.
    fn entitlements(&self) -> Vec<Value> {
        let gone = only(&self.here, &self.there);
        let gone = gone.iter().map(|value| {
            // RFC 7644 §3.4.2.2: a filter's text is a JSON string.
            json!({ "op": "remove", "path": format!("entitlements[value eq {}]", json!(value)) })
        });
        let new = only(&self.there, &self.here);
        let add = json!({ "op": "add", "path": "entitlements", "value": values_of(&new) });
        gone.chain((!new.is_empty()).then_some(add)).collect()
    }
}

/// Values of one that the other has not.
fn only(one: &Said, other: &Said) -> Vec<Box<str>> {
    let values = one.values().iter();
    values
        .filter(|value| !other.values().contains(value))
        .cloned()
        .collect()
}

impl Step<'_> {
    /// A refusal is an outcome.
    fn send(&self, local: &Local) -> Result<Option<Refused>, LocalError> {
        let (method, path, body) = self.request();
        let answer = local.send(&Ask {
            method,
            path: &path,
            body: Some(&body),
            ..Ask::default()
        });
        match answer {
            Ok(_) => Ok(None),
            Err(LocalError::Refused { status, detail }) => Ok(Some(self.refused(status, detail))),
            Err(error) => Err(error),
        }
    }

    fn request(&self) -> (&'static str, String, Value) {
        match self {
            Self::Create(entry) => ("POST", "/Users".to_owned(), entry.body()),
            Self::Deactivate(who) => {
                let leave = json!({ "op": "replace", "path": "active", "value": false });
                ("PATCH", format!("/Users/{}", who.id), patch(&[leave]))
            }
            Self::Change(Change {
                who, differences, ..
            }) => {
                let operations: Vec<_> = differences
                    .iter()
                    .flat_map(Difference::operations)
                    .collect();
                ("PATCH", format!("/Users/{}", who.id), patch(&operations))
            }
        }
    }

    fn refused(&self, status: u16, reason: String) -> Refused {
        let (what, line, user) = match self {
            Self::Create(entry) => {
                let name = entry.text(Attribute::UserName);
                let name = name.or_else(|| entry.text(Attribute::ExternalId));
                ("create", Some(entry.line), name.unwrap_or_default())
            }
            Self::Deactivate(who) => ("deactivate", None, &*who.user_name),
            Self::Change(change) => ("change", Some(change.line), &*change.who.user_name),
        };
        Refused {
            what,
            line,
            user: user.to_owned(),
            status,
            reason,
        }
    }
}

fn patch(operations: &[Value]) -> Value {
    json!({ "schemas": [PATCH], "Operations": operations })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Said {
        Said::Values(texts.iter().map(|text| (*text).into()).collect())
    }

    fn difference(attribute: Attribute, here: Said, there: Said) -> Difference {
        Difference {
            attribute,
            here,
            there,
        }
    }

    #[test]
    fn entitlements_that_stay_are_not_touched() {
        let changed = difference(
            Attribute::Entitlements,
            values(&["a", "b\""]),
            values(&["c", "a"]),
        );
        let expected = [
            json!({ "op": "remove", "path": "entitlements[value eq \"b\\\"\"]" }),
            json!({ "op": "add", "path": "entitlements", "value": [{ "value": "c" }] }),
        ];
        assert_eq!(changed.operations(), expected);
    }

    #[test]
    fn what_the_file_says_there_is_not_is_removed() {
        let text = |text: &str| Said::Text(text.into());
        for (attribute, there, expected) in [
            (
                Attribute::UserType,
                Said::Nothing,
                json!({ "op": "remove", "path": "userType" }),
            ),
            (
                Attribute::Active,
                Said::Nothing,
                json!({ "op": "replace", "path": "active", "value": true }),
            ),
            (
                Attribute::Department,
                text("R&D"),
                json!({ "op": "replace", "path": Attribute::Department.path(), "value": "R&D" }),
            ),
        ] {
            let changed = difference(attribute, text("x"), there);
            assert_eq!(changed.operations(), [expected]);
        }
    }

    #[test]
    fn who_frees_a_seat_comes_before_who_asks_for_one() {
        let who = |name: &str| super::super::Who {
            id: name.into(),
            user_name: name.into(),
        };
        let change = |name, here: &[&str], there: &[&str]| Change {
            line: 1,
            who: who(name),
            differences: vec![difference(
                Attribute::Entitlements,
                values(here),
                values(there),
            )],
        };
        let drift = Directory {
            deactivate: vec![who("ann")],
            change: vec![change("bob", &[], &["pro"]), change("cid", &["pro"], &[])],
            ..Directory::default()
        };
        let names: Vec<_> = steps(&drift)
            .map(|step| step.refused(0, String::new()).user)
            .collect();
        assert_eq!(names, ["ann", "cid", "bob"]);
    }
}
