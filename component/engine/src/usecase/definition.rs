//! What the rows of a tenant are found by, when its settings change it.
//!
//! A filter may be answered by the index only if every row has its entries; a row that was written
//! under other settings has not. One row, `Index/state`, says under which *definition* rows are
//! written now, and what of it all of them satisfy; one counter holds the definition's number, and
//! every commit that writes rows makes it a condition. So nobody who still works under other
//! settings can write a row behind the back of those who rely on the index.
//!
//! INVARIANT: what the state calls complete, every row of the tenant satisfies.
//!
//! A tenant whose settings add nothing has definition 0 and no such row. Its paths are the base,
//! which every row has always had: that tenant pays for one condition in a commit, and no question.

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::document;
use crate::facts::{Adjust, Change, Facts, Failure, Key, Put};
use crate::refusal::Refusal;
use crate::scim::index::{self, Definition};
use crate::scim::schema::ResourceType;
use crate::tenant::Tenant;

/// The row.
const STATE: (&str, &str) = ("Index", "state");

/// The counter.
const COUNTER: &str = "index.definition";

/// The state, as its row says it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// The number of the definition under which rows are written.
    current: u64,
    /// What all rows satisfy.
    complete: Vec<String>,
    /// The row's version; none: there is no row.
    #[serde(skip)]
    pub(super) version: Option<u64>,
}

impl State {
    pub(super) fn load(facts: &mut dyn Facts) -> Result<Self, Refusal> {
        let row = facts.load(vec![key()])?.pop().flatten();
        let Some(row) = row else {
            return Ok(Self::default());
        };
        let state: Self = serde_json::from_str(&row.body)
            .map_err(|error| Refusal::Corrupt(format!("the state of the index: {error}")))?;
        Ok(Self {
            version: Some(row.version),
            ..state
        })
    }

    /// The parts of a definition that not all rows are known to satisfy.
    pub(super) fn lacks<'d>(&self, definition: &'d Definition) -> Vec<&'d str> {
        let parts = definition.parts.iter();
        let lacking = parts.filter(|part| !self.complete.contains(part));
        lacking.map(String::as_str).collect()
    }

    /// What says that all rows satisfy the definition.
    pub(super) fn completed(&self, definition: &Definition) -> Change {
        Self::put(definition.number, definition.parts.clone(), self.version)
    }

    fn put(current: u64, complete: Vec<String>, replaces: Option<u64>) -> Change {
        let state = Self {
            current,
            complete,
            version: None,
        };
        Change::Put(Put {
            key: key(),
            body: serde_json::to_string(&state).unwrap_or_default(),
            replaces,
            entries: Vec::new(),
            claims: Vec::new(),
        })
    }
}

fn key() -> Key {
    Key::new(STATE.0, STATE.1)
}

/// The condition that rows are still written under this tenant's definition. Goes with every
/// commit that writes rows which are found by something.
pub(super) fn guard(tenant: &Tenant, changes: &mut Vec<Change>) {
    let finds = |change: &Change| match change {
        Change::Put(put) => !put.entries.is_empty() || !put.claims.is_empty(),
        _ => false,
    };
    if changes.iter().any(finds) {
        changes.push(still(tenant));
    }
}

/// The condition itself.
pub(super) fn still(tenant: &Tenant) -> Change {
    adjust(tenant.definition.number, 0)
}

/// Takes out of writes what another resource holds although this one had it before: a value from a
/// time when it did not have to be unique. It does not stand in the way of a change to something
/// else. What is new is left in, and makes the commit stale.
pub(super) fn leave_to_others(
    tenant: &Tenant,
    changes: &mut [Change],
    facts: &mut dyn Facts,
) -> Result<(), Refusal> {
    for change in changes {
        let Change::Put(put) = change else { continue };
        let kind = tenant.registry.by_name(&put.key.kind);
        let Some(kind) = kind.filter(|kind| index::has_young_claims(kind)) else {
            continue;
        };
        let holders = facts.holders(put.claims.clone())?;
        let is_other = |holder: &Option<Key>| holder.as_ref().is_some_and(|it| *it != put.key);
        if put.replaces.is_none() || !holders.iter().any(is_other) {
            continue;
        }
        let row = facts.load(vec![put.key.clone()])?.pop().flatten();
        let Some(row) = row else { continue };
        let before = index::claims(kind, &document::read(&row)?);
        let mut others = holders.iter().map(is_other);
        put.claims
            .retain(|claim| !(others.next().unwrap_or_default() && before.contains(claim)));
    }
    Ok(())
}

fn adjust(number: u64, delta: i64) -> Change {
    Change::Adjust(Adjust {
        name: COUNTER.to_owned(),
        delta,
        floor: number,
        ceiling: Some(number),
    })
}

/// What makes this tenant's definition the one under which rows are written; nothing where it is
/// that already. To be committed when a commit was stale, since this may be why. What the old
/// definition and the new one have in common stays complete.
///
/// # Errors
/// The store's failure.
pub fn adopt(tenant: &Tenant, facts: &mut dyn Facts) -> Result<Vec<Change>, Refusal> {
    let own = tenant.definition.number;
    let state = State::load(facts)?;
    if state.current == own {
        return Ok(Vec::new());
    }
    let (Ok(to), Ok(from)) = (i64::try_from(own), i64::try_from(state.current)) else {
        return Err(Refusal::Corrupt("the state of the index".to_owned()));
    };
    let mut complete = state.complete;
    complete.retain(|part| tenant.definition.parts.contains(part));
    Ok(vec![
        adjust(own, to - from),
        State::put(own, complete, state.version),
    ])
}

/// The paths beyond the base that a plan may rely on, if the rows of this type have any; and from
/// then on the request is about the state in which it found the index.
pub(super) fn reliable(case: &mut Case<'_>, kind: &ResourceType) -> Result<Vec<String>, Refusal> {
    if !index::has_more(kind) {
        return Ok(Vec::new());
    }
    let state = State::load(case.facts)?;
    if state.current != case.tenant.definition.number {
        return Ok(Vec::new());
    }
    let paths = index::complete(kind, &state.complete);
    if !paths.is_empty() {
        if case
            .index_version
            .is_some_and(|known| Some(known) != state.version)
        {
            let why = "the settings of the tenant have just changed".to_owned();
            return Err(Refusal::Store(Failure::Unavailable(why)));
        }
        case.index_version = state.version;
    }
    Ok(paths)
}

/// Whether the index is still in the state that a plan has relied on. Somebody may have changed
/// the settings while a request looked around.
///
/// # Errors
/// [`Failure::Unavailable`] if not: the client asks again.
pub(super) fn unmoved(case: &mut Case<'_>) -> Result<(), Refusal> {
    if let Some(version) = case.index_version
        && State::load(case.facts)?.version != Some(version)
    {
        let why = "the settings of the tenant have just changed".to_owned();
        return Err(Refusal::Store(Failure::Unavailable(why)));
    }
    Ok(())
}
