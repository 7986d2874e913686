//! Who is in which group, and who is whose manager: once all are there, so that the order of the file
//! does not matter.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::find::{find, key};
use super::links::Index;
use super::report::Refusal;
use super::row::Ties;
use super::send::{Operation, Sender};
use super::source::Raw;
use super::{ImportError, MANAGER};
use crate::local::{Ask, Local, LocalError};
use crate::percent::percent_encoded;

/// Members that one operation adds. A group of any size grows by as many at a time.
const SLICE: usize = 500;

/// Rows that are tied together at a time, and members.
const MAX_ROWS: usize = 200;
const MAX_MEMBERS: usize = 5000;

/// Members that a refusal names.
const NAMED: usize = 5;

/// A row that refers to others.
pub(super) struct Tied {
    pub(super) number: u64,
    pub(super) line: usize,
    pub(super) raw: Raw,
    pub(super) endpoint: String,
    /// What it is called here.
    pub(super) id: String,
    pub(super) ties: Ties,
}

/// Rows that are tied together.
#[derive(Default)]
pub(super) struct Knot {
    pub(super) rows: Vec<Tied>,
    members: usize,
}

/// What has become of a row.
#[derive(Debug, Default)]
pub(super) struct Bound {
    pub(super) ties: u64,
    /// What is wrong with the others.
    pub(super) refusal: Option<Refusal>,
    /// Whom they name that is not there; empty where it is something else that is wrong.
    pub(super) missing: Vec<String>,
}

impl Knot {
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= MAX_ROWS || self.members >= MAX_MEMBERS
    }

    pub(super) fn take(&mut self, row: Tied) {
        self.members += row.ties.members.len();
        self.rows.push(row);
    }

    /// Binds all of them.
    pub(super) fn bind(
        &self,
        sender: &Sender<'_>,
        links: &mut Index,
    ) -> Result<Vec<Bound>, ImportError> {
        let ids = self.resolve(sender.local, links)?;
        let mut bound: Vec<Bound> = Vec::with_capacity(self.rows.len());
        let mut operations = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let (known, missing) = row.sort(&ids);
            operations.extend(row.operations(&known).map(|it| (at, it)));
            bound.push(Bound {
                ties: 0,
                refusal: refusal(&missing),
                missing: missing.into_iter().map(str::to_owned).collect(),
            });
        }
        // By members, since that is what they weigh.
        for some in operations.chunks(MAX_MEMBERS / SLICE) {
            self.send(sender, some, &mut bound)?;
        }
        Ok(bound)
    }

    fn send(
        &self,
        sender: &Sender<'_>,
        operations: &[(usize, (u64, Operation))],
        bound: &mut [Bound],
    ) -> Result<(), LocalError> {
        let row = self.rows.first().map_or(0, |it| it.number);
        let sent: Vec<_> = operations.iter().map(|(_, (_, it))| it.clone()).collect();
        let outcomes = sender.send(row, &sent)?;
        for ((at, (count, _)), outcome) in operations.iter().zip(outcomes) {
            match (bound.get_mut(*at), outcome) {
                (Some(bound), Ok(_)) => bound.ties += count,
                (Some(bound), Err(why)) => {
                    bound.refusal = Some(why);
                    bound.missing.clear();
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// What everybody who is named is called here.
    fn resolve(
        &self,
        local: &Local,
        links: &mut Index,
    ) -> Result<HashMap<String, String>, ImportError> {
        let names = self.rows.iter().flat_map(|row| row.ties.names());
        let names: BTreeSet<&str> = names.collect();
        let (mut ids, mut strangers) = (HashMap::new(), Vec::new());
        for name in names {
            match links.find(name)? {
                Some(id) => {
                    ids.insert(name.to_owned(), id);
                }
                None => strangers.push(name),
            }
        }
        for (endpoint, paths) in [
            ("/Users", ["userName", "externalId"]),
            ("/Groups", ["externalId", "displayName"]),
        ] {
            let found = find(local, endpoint, &paths, &strangers)?;
            strangers.retain(|name| {
                let mut keys = paths.iter().map(|path| key(path, name));
                let found = keys.find_map(|key| found.get(&key));
                if let Some(found) = found.filter(|it| !it.is_ambiguous) {
                    ids.insert((*name).to_owned(), found.id.clone());
                }
                found.is_none()
            });
        }
        for name in strangers {
            if is_there(local, name)? {
                ids.insert(name.to_owned(), name.to_owned());
            }
        }
        Ok(ids)
    }
}

impl Ties {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().chain(&self.manager).map(String::as_str)
    }
}

impl Tied {
    /// The ids of those who are there, and the names of those who are not.
    fn sort<'i>(&'i self, ids: &'i HashMap<String, String>) -> (Vec<&'i str>, Vec<&'i str>) {
        let (mut known, mut missing) = (Vec::new(), Vec::new());
        for name in self.ties.names() {
            match ids.get(name) {
                Some(id) => known.push(id.as_str()),
                None => missing.push(name),
            }
        }
        (known, missing)
    }

    fn operations(&self, known: &[&str]) -> impl Iterator<Item = (u64, Operation)> {
        let to_operation =
            |operation: &Value| Operation::patch(&self.endpoint, &self.id, operation);
        if self.ties.manager.is_some() {
            let manager = known.first().map(|id| {
                let value = json!({ "value": id });
                (
                    1,
                    to_operation(&json!({ "op": "replace", "path": MANAGER, "value": value })),
                )
            });
            return manager.into_iter().collect::<Vec<_>>().into_iter();
        }
        let slices = known.chunks(SLICE).map(|members| {
            let value: Value = members.iter().map(|id| json!({ "value": id })).collect();
            let add = json!({ "op": "add", "path": "members", "value": value });
            (members.len() as u64, to_operation(&add))
        });
        slices.collect::<Vec<_>>().into_iter()
    }
}

/// What is to be said of those who are not there.
fn refusal(missing: &[&str]) -> Option<Refusal> {
    let shown = missing.iter().take(NAMED).map(|name| format!("`{name}`"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    let reason = match missing.len() {
        0 => return None,
        1 => format!("{shown} is not there, or not the only one"),
        few if few <= NAMED => format!("{shown} are not there, or not the only ones"),
        many => format!("{many} are not there, or not the only ones: {shown}, …"),
    };
    Some(Refusal::own("missing", reason))
}

/// Whether it is itself an id of this tenant.
fn is_there(local: &Local, name: &str) -> Result<bool, LocalError> {
    for endpoint in ["/Users", "/Groups"] {
        let answer = local.send(&Ask {
            method: "GET",
            path: &format!("{endpoint}/{}", percent_encoded(name)),
            query: Some("attributes=id".to_owned()),
            ..Ask::default()
        });
        match answer {
            Ok(_) => return Ok(true),
            Err(LocalError::Refused {
                status: 404 | 400, ..
            }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
