//! An account list of the platform: who has an account there, and perhaps which licenses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;

use super::walk::{Told, is_active, key, walk, who};
use super::{By, ReconcileError, Who};
use crate::local::Local;
use crate::roster::{self, Attribute, Entry, Others, Said, Shape};

/// Where a user's licenses stand.
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";

/// How a tenant differs from an account list.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    /// Accounts in the list.
    pub(crate) there: u64,
    /// Users of the tenant.
    pub(crate) here: u64,
    /// Users of the tenant who have no key, and are not looked for.
    pub(crate) unkeyed: u64,
    /// In the order of the list.
    pub(crate) orphans: Vec<OrphanAccount>,
    /// Active users with a seat who are not in the list.
    pub(crate) missing: Vec<Missing>,
    /// Only where the list says licenses.
    pub(crate) seats: Vec<OrphanSeat>,
}

/// An account of somebody who should not have one.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OrphanAccount {
    pub(crate) line: usize,
    /// As the list has it.
    pub(crate) user: Box<str>,
    /// `inactive`, or null where there is nobody.
    pub(crate) here: Option<&'static str>,
}

/// Somebody who should have an account.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Missing {
    #[serde(flatten)]
    pub(crate) who: Who,
    /// The licenses that they have a seat of.
    pub(crate) skus: Vec<String>,
}

/// A license that only one of the two says somebody has.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OrphanSeat {
    pub(crate) line: usize,
    #[serde(flatten)]
    pub(crate) who: Who,
    pub(crate) sku: String,
    /// The state; null where the user does not ask for it.
    pub(crate) here: Option<String>,
    /// Whether the list has it.
    pub(crate) there: bool,
}

impl Accounts {
    /// How many things differ.
    pub(crate) fn drift(&self) -> usize {
        self.orphans.len() + self.missing.len() + self.seats.len()
    }
}

/// Compares a tenant with a file.
pub(crate) fn accounts(
    local: &Local,
    text: String,
    by: By,
    told: Told<'_>,
) -> Result<Accounts, ReconcileError> {
    let mut listed = read(&text, by)?;
    drop(text);
    let mut found = Accounts {
        there: listed.len() as u64,
        ..Accounts::default()
    };
    let licenses = [
        format!("{EXTENSION}:licenses.value"),
        format!("{EXTENSION}:licenses.state"),
    ];
    let mut attributes = vec!["id", "userName", "externalId", "active"];
    attributes.extend(licenses.iter().map(String::as_str));
    found.here = walk(local, &attributes, told, &mut |user| {
        meet(&mut listed, user, by, &mut found)
    })?;
    found.orphans = orphans(listed);
    Ok(found)
}

struct Account {
    line: usize,
    name: Box<str>,
    /// None where the list says nothing of licenses.
    skus: Option<BTreeSet<Box<str>>>,
    here: Here,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Here {
    Nobody,
    Inactive,
    Active,
}

/// Somebody with several licenses may stand in several lines. Who is inactive there has no account.
fn read(text: &str, by: By) -> Result<HashMap<Box<str>, Account>, ReconcileError> {
    let shape = Shape {
        key: by.attribute(),
        takes: &[Attribute::Active, Attribute::Licenses],
        others: Others::Ignore,
    };
    let mut accounts = HashMap::new();
    roster::read(text, &shape, &mut |entry| {
        if entry.get(Attribute::Active).is_none_or(Said::is_active) {
            let name = entry.text(shape.key).unwrap_or_default();
            let account = accounts.entry(by.key(name)).or_insert_with(|| Account {
                line: entry.line,
                name: name.into(),
                skus: None,
                here: Here::Nobody,
            });
            account.add(&entry);
        }
        Ok(())
    })?;
    Ok(accounts)
}

impl Account {
    fn add(&mut self, entry: &Entry) {
        if let Some(said) = entry.get(Attribute::Licenses) {
            let skus = self.skus.get_or_insert_default();
            skus.extend(said.values().iter().cloned());
        }
    }
}

fn meet(
    accounts: &mut HashMap<Box<str>, Account>,
    user: &Value,
    by: By,
    found: &mut Accounts,
) -> Result<(), ReconcileError> {
    let Some(key) = key(by, user) else {
        found.unkeyed += 1;
        return Ok(());
    };
    let states = states(user);
    match (accounts.get_mut(&key), is_active(user)) {
        (Some(account), true) => {
            account.here = Here::Active;
            found.seats.extend(seats(account, user, states)?);
        }
        (Some(account), false) if account.here == Here::Nobody => account.here = Here::Inactive,
        (None, true) => {
            let seats = states.into_iter().filter(|(_, state)| has_seat(state));
            let skus: Vec<_> = seats.map(|(sku, _)| sku).collect();
            if !skus.is_empty() {
                let who = who(user)?;
                found.missing.push(Missing { who, skus });
            }
        }
        (_, false) => {}
    }
    Ok(())
}

/// By SKU.
fn states(user: &Value) -> BTreeMap<String, String> {
    let licenses = user.get(EXTENSION).and_then(|own| own.get("licenses"));
    let licenses = licenses.and_then(Value::as_array).into_iter().flatten();
    let text = |license: &Value, name| license.get(name).and_then(Value::as_str).map(str::to_owned);
    licenses
        .filter_map(|license| Some((text(license, "value")?, text(license, "state")?)))
        .collect()
}

/// A seat that the guard keeps is in use.
fn has_seat(state: &str) -> bool {
    matches!(state, "active" | "overage" | "held")
}

fn seats(
    account: &Account,
    user: &Value,
    mut states: BTreeMap<String, String>,
) -> Result<Vec<OrphanSeat>, ReconcileError> {
    let Some(listed) = &account.skus else {
        return Ok(Vec::new());
    };
    let who = who(user)?;
    let all: BTreeSet<String> = listed
        .iter()
        .map(|sku| String::from(&**sku))
        .chain(states.keys().cloned())
        .collect();
    let orphans = all.into_iter().filter_map(|sku| {
        let (here, there) = (states.remove(&sku), listed.contains(sku.as_str()));
        (here.as_deref().is_some_and(has_seat) != there).then(|| OrphanSeat {
            line: account.line,
            who: who.clone(),
            sku,
            here,
            there,
        })
    });
    Ok(orphans.collect())
}

fn orphans(accounts: HashMap<Box<str>, Account>) -> Vec<OrphanAccount> {
    let orphans = accounts.into_values().filter_map(|account| {
        let here = match account.here {
            Here::Active => return None,
            Here::Inactive => Some("inactive"),
            Here::Nobody => None,
        };
        Some(OrphanAccount {
            line: account.line,
            user: account.name,
            here,
        })
    });
    let mut orphans: Vec<_> = orphans.collect();
    orphans.sort_by_key(|orphan| orphan.line);
    orphans
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(name: &str, active: bool, licenses: &[(&str, &str)]) -> Value {
        let licenses: Vec<_> = licenses
            .iter()
            .map(|(sku, state)| json!({ "value": sku, "state": state }))
            .collect();
        json!({
            "id": name, "userName": name, "active": active, EXTENSION: { "licenses": licenses },
        })
    }

    #[test]
    fn finds_accounts_and_seats_of_one_side_only() {
        let text = "userName,sku,mail\nann,pro,x\nann,gold,x\nBob,,x\ncid,pro,x\nzoe,pro,x\n";
        let mut listed = read(text, By::UserName).expect("a list");
        let mut found = Accounts::default();
        for user in [
            user("ann", true, &[("pro", "active"), ("gold", "waiting")]),
            user("bob", true, &[("pro", "held")]),
            user("cid", false, &[]),
            user("dan", true, &[("pro", "overage"), ("gold", "blocked")]),
            user("eve", true, &[("pro", "grace")]),
        ] {
            meet(&mut listed, &user, By::UserName, &mut found).expect("a user");
        }
        found.orphans = orphans(listed);
        let orphans: Vec<_> = found
            .orphans
            .iter()
            .map(|it| (&*it.user, it.here))
            .collect();
        assert_eq!(orphans, [("cid", Some("inactive")), ("zoe", None)]);
        let missing: Vec<_> = found.missing.iter().map(|it| &*it.who.id).collect();
        assert_eq!(missing, ["dan"]);
        let seats = found.seats.iter();
        let seats: Vec<_> = seats
            .map(|it| (&*it.who.id, it.sku.as_str(), it.here.as_deref(), it.there))
            .collect();
        let expected = [
            ("ann", "gold", Some("waiting"), true),
            ("bob", "pro", Some("held"), false),
        ];
        assert_eq!(seats, expected);
        assert_eq!(found.drift(), 5);
    }

    #[test]
    fn a_list_without_licenses_says_nothing_of_seats() {
        let mut listed = read("{\"userName\":\"ann\"}", By::UserName).expect("a list");
        let mut found = Accounts::default();
        let ann = user("ann", true, &[("pro", "active")]);
        meet(&mut listed, &ann, By::UserName, &mut found).expect("a user");
        assert_eq!(found.drift(), 0);
    }
}
