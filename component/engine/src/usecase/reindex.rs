//! Bringing rows that were written under other settings under the definition of now, step by step.

use super::definition::{State, adopt, still};
use super::document;
use crate::facts::{Change, Claim, Facts, Page, Plan, Reindex, Row};
use crate::license;
use crate::refusal::Refusal;
use crate::scim::index;
use crate::scim::schema::ResourceType;
use crate::tenant::Tenant;

/// Rows that one step looks at, at most: all of them are in memory, and in one commit.
const MAX_ROWS: u32 = 200;

/// Bytes of them.
const MAX_BYTES: u32 = 4 << 20;

/// One step of bringing old rows under the definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// All or none of them.
    pub changes: Vec<Change>,
    /// How many rows the step has looked at.
    pub rows: u32,
    /// How many rows there are to look at, where the walk begins.
    pub total: Option<u64>,
    /// Where the next step begins; none: nothing is left to do.
    pub next: Option<String>,
}

/// Decides one step, that looks at `budget` rows at most and begins where the step before it
/// ended. A walk that was begun under another definition begins anew.
///
/// # Errors
/// The store's failure.
pub fn reindex(
    tenant: &Tenant,
    after: Option<&str>,
    budget: u32,
    facts: &mut dyn Facts,
) -> Result<Step, Refusal> {
    let changes = adopt(tenant, facts)?;
    if !changes.is_empty() {
        return Ok(Step {
            changes,
            next: Some(String::new()),
            ..Step::default()
        });
    }
    let state = State::load(facts)?;
    let lacking = state.lacks(&tenant.definition);
    if lacking.is_empty() {
        return Ok(Step::default());
    }
    let of = |kind: &&ResourceType| {
        let mut words = lacking.iter().filter_map(|part| part.split(' ').next());
        words.any(|name| name == kind.name())
    };
    let kinds: Vec<&ResourceType> = tenant.registry.types().iter().filter(of).collect();
    let walk = Walk::read(after.unwrap_or_default(), state.version);
    let total = match walk {
        Walk { at: 0, after: None } => Some(count(&kinds, facts)?),
        _ => None,
    };
    let Some(kind) = kinds.get(walk.at) else {
        return Ok(Step {
            changes: vec![still(tenant), state.completed(&tenant.definition)],
            total,
            ..Step::default()
        });
    };
    let page = facts.find(Plan {
        kind: kind.name().to_owned(),
        after: walk.after.clone(),
        max_rows: budget.clamp(1, MAX_ROWS),
        max_bytes: MAX_BYTES,
        ..Plan::default()
    })?;
    let mut changes = rows(kind, &page.rows, facts)?;
    if !changes.is_empty() {
        changes.push(still(tenant));
    }
    Ok(Step {
        changes,
        rows: u32::try_from(page.rows.len()).unwrap_or(u32::MAX),
        total,
        next: Some(walk.next(&page, state.version)),
    })
}

/// How far a walk has come: which type, and behind which cursor of the store.
struct Walk {
    at: usize,
    after: Option<String>,
}

impl Walk {
    /// Reads what [`Walk::next`] wrote; one of another state begins at the beginning.
    fn read(text: &str, version: Option<u64>) -> Self {
        let mut parts = text.splitn(3, '/');
        let number = parts.next().and_then(|it| it.parse::<u64>().ok());
        let at = parts.next().and_then(|it| it.parse().ok());
        match (number, at) {
            (Some(number), Some(at)) if number == version.unwrap_or_default() => Self {
                at,
                after: parts.next().filter(|it| !it.is_empty()).map(str::to_owned),
            },
            _ => Self { at: 0, after: None },
        }
    }

    fn next(&self, page: &Page, version: Option<u64>) -> String {
        let version = version.unwrap_or_default();
        match &page.next {
            Some(after) => format!("{version}/{}/{after}", self.at),
            None => format!("{version}/{}/", self.at + 1),
        }
    }
}

fn count(kinds: &[&ResourceType], facts: &mut dyn Facts) -> Result<u64, Refusal> {
    let mut total = 0;
    for kind in kinds {
        let page = facts.find(Plan {
            kind: kind.name().to_owned(),
            want_total: true,
            ..Plan::default()
        })?;
        total += page.total.unwrap_or_default();
    }
    Ok(total)
}

/// What these rows are found by now. A row that cannot be read is left alone: nobody can be shown
/// it, whatever it is found by.
fn rows(kind: &ResourceType, rows: &[Row], facts: &mut dyn Facts) -> Result<Vec<Change>, Refusal> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        if let Ok(document) = document::read(row) {
            found.push(Reindex {
                key: row.key.clone(),
                version: row.version,
                entries: license::entries(kind, &row.key.id, &document),
                claims: index::claims(kind, &document),
            });
        }
    }
    settle_claims(&mut found, facts)?;
    Ok(found.into_iter().map(Change::Reindex).collect())
}

/// Two resources may have the same value from a time when it did not have to be unique. The first
/// one holds it; the other keeps it, and cannot give it to anybody else.
fn settle_claims(found: &mut [Reindex], facts: &mut dyn Facts) -> Result<(), Refusal> {
    let claims: Vec<Claim> = found.iter().flat_map(|it| it.claims.clone()).collect();
    if claims.is_empty() {
        return Ok(());
    }
    let mut holders = facts.holders(claims)?.into_iter();
    let mut taken: Vec<Claim> = Vec::new();
    for row in found {
        let key = row.key.clone();
        row.claims.retain(|claim| {
            let holder = holders.next().flatten();
            let is_free = holder.map_or_else(|| !taken.contains(claim), |holder| holder == key);
            if is_free {
                taken.push(claim.clone());
            }
            is_free
        });
    }
    Ok(())
}
