//! What a write means beyond the document itself: seats for users, terms for licenses.

mod groups;
mod guard;
pub(super) mod held;
mod license;
mod terms;
mod user;
pub(super) mod work;

pub(super) use groups::{Membership, Regroup, Why, regrouped, resettled};
pub(super) use terms::terms;
pub(super) use user::{settle_own, settle_with};

use super::adopt::is_inactive;
use super::case::Case;
use crate::facts::{Change, Key};
use crate::license::Counts;
use crate::refusal::{Refusal, ScimType};
use crate::scim::index;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::tolerance::Tolerance;
use crate::scim::value::Object;

/// A SKU longer than this is a mistake.
pub(super) const MAX_SKU: usize = 128;

/// What goes with a write.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) changes: Vec<Change>,
    /// The seat counters of a license as they will be, where the write moves them.
    pub(super) seats: Option<Counts>,
}

/// Settles a write: completes the resource by what the server says in it, and answers what goes
/// with it. `before` is the stored document, none for a new resource.
pub(super) fn written(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    before: Option<&Object<'_>>,
    resource: &mut Resource<'_>,
) -> Result<Settled, Refusal> {
    unique(case, kind, id, before, resource)?;
    match kind.name() {
        "User" => {
            let changes = user::written(case, kind, id, before, resource)?;
            Ok(Settled {
                changes,
                seats: None,
            })
        }
        "Entitlement" => license::written(case, id, before, resource),
        _ => Ok(Settled::default()),
    }
}

/// Settles a removal.
pub(super) fn removed(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    before: &Object<'_>,
) -> Result<Vec<Change>, Refusal> {
    match kind.name() {
        "User" => user::removed(case, kind, id, before),
        "Entitlement" => license::removed(case, id, before),
        _ => Ok(Vec::new()),
    }
}

/// Refuses a value that another resource holds (RFC 7643 section 7, `uniqueness`). The commit
/// states the same as claims, so two at a time do not both get it. A value that this one had before
/// is left to it: it is from a time when it did not have to be unique.
fn unique(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    before: Option<&Object<'_>>,
    resource: &Resource<'_>,
) -> Result<(), Refusal> {
    let claims = index::claims(kind, resource);
    if claims.is_empty() {
        return Ok(());
    }
    let holders = case.facts.holders(claims.clone())?;
    let taken = claims.iter().zip(&holders).find(|(claim, holder)| {
        let is_other = |key: &Key| key.id != id || key.kind != kind.name();
        holder.as_ref().is_some_and(is_other)
            && !before.is_some_and(|before| index::claims(kind, before).contains(claim))
    });
    let Some((claim, holder)) = taken else {
        return Ok(());
    };
    let name = claim
        .path
        .split_once(':')
        .map_or(claim.path.as_str(), |(_, path)| path);
    let detail = format!("another {} has `{name}` `{}`", kind.name(), claim.value);
    let refusal = Refusal::Scim(ScimType::Uniqueness, detail);
    if before.is_some() || kind.name() != "User" {
        return Err(refusal);
    }
    let rows = case.facts.load(holder.iter().cloned().collect())?;
    match rows.first() {
        Some(Some(row)) if is_inactive(row)? => {
            Err(refusal.with_hint(Tolerance::AdoptInactiveOnPost))
        }
        _ => Err(refusal),
    }
}

/// A SKU stands in index entries and counters.
fn check_sku(path: &str, sku: &str) -> Result<(), Refusal> {
    if sku.len() > MAX_SKU || sku.chars().any(char::is_control) {
        let detail = format!("`{path}` is up to {MAX_SKU} bytes without control characters");
        return Err(Refusal::value(detail));
    }
    Ok(())
}
