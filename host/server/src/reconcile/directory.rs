//! A directory export: who should be there, and how.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::walk::{Told, is_active, key, walk, who};
use super::{By, ReconcileError, Who};
use crate::local::Local;
use crate::roster::{self, Attribute, BadInput, Entry, Others, Said, Shape};

/// What can be compared.
const COMPARED: &[Attribute] = &[
    Attribute::UserName,
    Attribute::ExternalId,
    Attribute::Active,
    Attribute::DisplayName,
    Attribute::UserType,
    Attribute::Department,
    Attribute::Entitlements,
];

/// How a tenant differs from a directory.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// What is compared: what the file says anything of.
    pub(crate) compared: Vec<Attribute>,
    /// Columns of the file that are not compared.
    pub(crate) ignored: Vec<String>,
    /// Users in the file.
    pub(crate) there: u64,
    /// Users of the tenant.
    pub(crate) here: u64,
    /// Users of the tenant who have no key, and are left as they are.
    pub(crate) unkeyed: u64,
    /// Only in the file, and active there. In the order of the file.
    pub(crate) create: Vec<Entry>,
    /// Only in the tenant, and active there.
    pub(crate) deactivate: Vec<Who>,
    /// In both, and not the same.
    pub(crate) change: Vec<Change>,
}

/// Somebody who is in both, and not the same.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    pub(crate) line: usize,
    #[serde(flatten)]
    pub(crate) who: Who,
    pub(crate) differences: Vec<Difference>,
}

/// An attribute that is not the same.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    #[serde(rename = "field")]
    pub(crate) attribute: Attribute,
    pub(crate) here: Said,
    pub(crate) there: Said,
}

impl Directory {
    /// How many users differ.
    pub(crate) fn drift(&self) -> usize {
        self.create.len() + self.deactivate.len() + self.change.len()
    }
}

/// Compares a tenant with a file.
pub(crate) fn directory(
    local: &Local,
    text: String,
    by: By,
    told: Told<'_>,
) -> Result<Directory, ReconcileError> {
    let mut export = Export::read(&text, by)?;
    // What is compared is kept; the file as it was written may be large.
    drop(text);
    let mut found = Directory {
        compared: std::mem::take(&mut export.compared).into_iter().collect(),
        ignored: std::mem::take(&mut export.ignored),
        there: export.users.len() as u64,
        ..Directory::default()
    };
    let paths = paths(&found.compared);
    found.here = walk(local, &paths, told, &mut |user| {
        export.meet(user, by, &mut found)
    })?;
    found.create = export.unmet();
    Ok(found)
}

/// What to ask the component for.
fn paths(compared: &[Attribute]) -> Vec<&'static str> {
    let always = [Attribute::UserName, Attribute::Active];
    let all: BTreeSet<_> = compared.iter().copied().chain(always).collect();
    let paths = all.into_iter().map(|attribute| match attribute {
        Attribute::Entitlements => "entitlements.value",
        other => other.path(),
    });
    std::iter::once("id").chain(paths).collect()
}

/// What a file says.
struct Export {
    compared: BTreeSet<Attribute>,
    ignored: Vec<String>,
    users: HashMap<Box<str>, Listed>,
}

struct Listed {
    entry: Entry,
    met: bool,
}

impl Export {
    fn read(text: &str, by: By) -> Result<Self, ReconcileError> {
        let shape = Shape {
            key: by.attribute(),
            takes: COMPARED,
            others: Others::Ignore,
        };
        let (mut compared, mut users) = (BTreeSet::new(), HashMap::<_, Listed>::new());
        let ignored = roster::read(text, &shape, &mut |entry| {
            compared.extend(entry.said().iter().map(|(attribute, _)| *attribute));
            let name = entry.text(shape.key).unwrap_or_default();
            let (line, key) = (entry.line, by.key(name));
            let twice = |before: &Listed| {
                let before = before.entry.line;
                let what = format!("`{name}` is there already, at line {before}; keep one of them");
                BadInput::new(line, what)
            };
            if let Some(before) = users.get(&key) {
                return Err(twice(before));
            }
            users.insert(key, Listed { entry, met: false });
            Ok(())
        })?;
        if users.is_empty() {
            return Err(ReconcileError::Nobody);
        }
        Ok(Self {
            compared,
            ignored,
            users,
        })
    }

    /// Compares one user of the tenant.
    fn meet(&mut self, user: &Value, by: By, found: &mut Directory) -> Result<(), ReconcileError> {
        let Some(key) = key(by, user) else {
            found.unkeyed += 1;
            return Ok(());
        };
        match self.users.get_mut(&key) {
            Some(listed) => {
                listed.met = true;
                let here = Entry::of_user(0, user);
                let here = here.map_err(|error| ReconcileError::User(error.to_string()))?;
                let differences = differences(&here, &listed.entry, by);
                if !differences.is_empty() {
                    found.change.push(Change {
                        line: listed.entry.line,
                        who: who(user)?,
                        differences,
                    });
                }
            }
            None if is_active(user) => found.deactivate.push(who(user)?),
            None => {}
        }
        Ok(())
    }

    /// Who was not met, in the order of the file. Who is inactive there need not be here.
    fn unmet(self) -> Vec<Entry> {
        let unmet = self.users.into_values().filter(|listed| !listed.met);
        let entries = unmet.map(|listed| listed.entry);
        let mut entries: Vec<_> = entries
            .filter(|entry| entry.get(Attribute::Active).is_none_or(Said::is_active))
            .collect();
        entries.sort_by_key(|entry| entry.line);
        entries
    }
}

/// What the file says otherwise. What it does not say is not compared.
fn differences(here: &Entry, there: &Entry, by: By) -> Vec<Difference> {
    let said = there.said().iter();
    let others = said.filter(|(attribute, _)| *attribute != by.attribute());
    let differing = others.filter_map(|(attribute, there)| {
        let here = here.get(*attribute).cloned().unwrap_or(Said::Nothing);
        (!is_same(*attribute, &here, there)).then(|| Difference {
            attribute: *attribute,
            here,
            there: there.clone(),
        })
    });
    differing.collect()
}

fn is_same(attribute: Attribute, here: &Said, there: &Said) -> bool {
    match attribute {
        Attribute::Active => here.is_active() == there.is_active(),
        // The order of values means nothing (RFC 7643 §2.4).
        Attribute::Entitlements => {
            let set = |said: &Said| said.values().iter().cloned().collect::<BTreeSet<_>>();
            set(here) == set(there)
        }
        _ => here == there,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meet(text: &str, by: By, users: &[Value]) -> (Directory, Vec<usize>) {
        let mut export = Export::read(text, by).expect("a file");
        let mut found = Directory::default();
        for user in users {
            export.meet(user, by, &mut found).expect("a user");
        }
        let lines = export.unmet().iter().map(|entry| entry.line).collect();
        (found, lines)
    }

    #[test]
    fn what_the_file_does_not_say_is_not_compared() {
        let users = [
            json!({ "id": "1", "userName": "Ann", "active": false, "userType": "x" }),
            json!({ "id": "2", "userName": "bob", "entitlements": [{ "value": "b" }, { "value": "a" }] }),
            json!({ "id": "3", "userName": "cid", "active": false }),
            json!({ "id": "4", "userName": "dan" }),
        ];
        let text = "userName,entitlements\nann,\nbob,a;b\neve,\n";
        let (found, unmet) = meet(text, By::UserName, &users);
        assert!(found.change.is_empty(), "{found:?}");
        let gone: Vec<_> = found.deactivate.iter().map(|who| &*who.id).collect();
        assert_eq!((gone, unmet), (vec!["4"], vec![4]));
        let text =
            "{\"userName\":\"ann\",\"active\":true,\"userType\":null}\n{\"userName\":\"bob\"}";
        let (found, _) = meet(text, By::UserName, &users);
        let fields = found.change.iter().flat_map(|change| &change.differences);
        let fields: Vec<_> = fields.map(|it| it.attribute).collect();
        assert_eq!(fields, [Attribute::Active, Attribute::UserType]);
    }

    #[test]
    fn who_has_no_key_is_left_alone() {
        let users = [
            json!({ "id": "1", "userName": "ann" }),
            json!({ "id": "2", "userName": "bob", "externalId": "B" }),
        ];
        let (found, unmet) = meet("externalId,active\nb,false\n", By::ExternalId, &users);
        assert_eq!((found.unkeyed, found.deactivate.len()), (1, 1));
        assert!(unmet.is_empty(), "who is inactive there need not be here");
    }

    #[test]
    fn a_file_that_cannot_be_meant_is_refused() {
        for text in ["userName\n", "userName\nann\nANN\n", "externalId\n7\n"] {
            assert!(Export::read(text, By::UserName).is_err(), "{text}");
        }
    }
}
