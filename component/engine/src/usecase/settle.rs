//! What a write means beyond the document itself: seats for users, terms for licenses.

use std::rc::Rc;

use super::adopt::is_inactive;
use super::case::Case;
use crate::facts::{Adjust, Change, Key};
use crate::license::{
    Catalog, Desk, Grant, License, Overage, Want, counter_names, grants, grants_value, newly_asked,
    unmoved, wants,
};
use crate::refusal::{Refusal, ScimType};
use crate::scim::index;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::tolerance::Tolerance;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// A SKU longer than this is a mistake.
const MAX_SKU: usize = 128;

/// What goes with a write.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) changes: Vec<Change>,
    /// The seat counters of a license as they will be, where the write moves them.
    pub(super) seats: Option<[u64; 3]>,
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
            let changes = user(case, kind, id, before, resource)?;
            Ok(Settled {
                changes,
                seats: None,
            })
        }
        "Entitlement" => entitlement(case, id, resource),
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
        "User" => seats(case, kind, id, &grants(before), &[]).map(|(_, changes)| changes),
        "Entitlement" => entitlement_removed(case, id, before),
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

fn user(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    before: Option<&Object<'_>>,
    resource: &mut Resource<'_>,
) -> Result<Vec<Change>, Refusal> {
    let asked = resource
        .get("entitlements")
        .map_or(&[][..], Value::elements);
    for entitlement in asked {
        let value = entitlement
            .as_object()
            .and_then(|parts| parts.get_text("value"));
        check_sku("entitlements.value", value.unwrap_or_default())?;
    }
    let held = before.map(grants).unwrap_or_default();
    let licensing = &case.tenant.settings.licensing;
    // Whether the default applies depends on which licenses there are.
    let catalog = if licensing.default.is_empty() {
        None
    } else {
        Some(case.catalog()?)
    };
    let before = match before {
        Some(before) => wants(licensing, kind, before, catalog.as_deref()),
        None => Vec::new(),
    };
    let wants = newly_asked(
        wants(licensing, kind, resource, catalog.as_deref()),
        &before,
    );
    let (granted, changes) = seats(case, kind, id, &held, &wants)?;
    match grants_value(&granted) {
        Value::Null => {
            resource.remove(urn::SCIMLET_USER);
        }
        extension => resource.set(urn::SCIMLET_USER, extension),
    }
    Ok(changes)
}

/// The one way to the desk for a user's own seats.
fn seats(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    held: &[Grant],
    wants: &[Want],
) -> Result<(Vec<Grant>, Vec<Change>), Refusal> {
    if let Some(granted) = unmoved(held, wants) {
        return Ok((granted, Vec::new()));
    }
    let mut catalog = case.catalog()?;
    loop {
        let mut desk = Desk::new(kind, Rc::clone(&catalog), case.now());
        let refusal = match desk.settle(case.facts, id, held, wants) {
            Ok(granted) => return Ok((granted, desk.close(false))),
            Err(refusal) => refusal,
        };
        // A refusal commits nothing, so nothing would notice that the terms it rests on have
        // changed since they were read.
        let now = Catalog::load(case.facts)?;
        if now.is(&catalog) {
            return Err(refusal);
        }
        catalog = Rc::new(now);
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

/// A license is created, or its terms change.
fn entitlement(
    case: &mut Case<'_>,
    id: &str,
    resource: &mut Resource<'_>,
) -> Result<Settled, Refusal> {
    let license = terms(id, resource)?;
    if case.method != "PATCH"
        && let Some(extension) = resource.object_mut(urn::SCIMLET_ENTITLEMENT)
    {
        // Said or not, it holds: so it is shown. A PATCH that takes it away takes away the word.
        extension.set("overage", Value::text(license.overage.word()));
    }
    let catalog = case.catalog()?;
    let moves = catalog.by_id(id) != Some(&license) || Desk::is_asked_in_vain(case.facts)?;
    if !moves {
        return Ok(Settled::default());
    }
    let Some(user) = case.tenant.registry.by_name("User") else {
        return Ok(Settled::default());
    };
    let catalog = catalog.with(license.clone());
    let mut changes = vec![catalog.put()];
    let mut desk = Desk::new(user, Rc::new(catalog), case.now());
    let seats = desk.retermed(case.facts, &license)?;
    changes.extend(desk.close(true));
    Ok(Settled { changes, seats })
}

/// The terms that an Entitlement states (draft-ietf-scim-roles-entitlements; contract.md).
fn terms(id: &str, resource: &Resource<'_>) -> Result<License, Refusal> {
    let sku = resource.get_text("value").unwrap_or_default();
    check_sku("value", sku)?;
    Ok(License {
        id: id.to_owned(),
        sku: sku.to_owned(),
        display: resource.get_text("display").map(str::to_owned),
        seats: seat_limit(resource)?,
        overage: overage(resource)?,
    })
}

fn seat_limit(resource: &Resource<'_>) -> Result<Option<u64>, Refusal> {
    let total = match resource.get("totalAssignmentsPermitted") {
        Some(Value::Integer(total)) => Some(
            u64::try_from(*total)
                .map_err(|_| Refusal::value("`totalAssignmentsPermitted` cannot be negative"))?,
        ),
        _ => None,
    };
    match (resource.get("limitedAssignmentsPermitted"), total) {
        // Limited, and nobody has said to how many: to none, until somebody does.
        (Some(Value::Bool(true)), None) => Ok(Some(0)),
        (Some(Value::Bool(false)), _) => Ok(None),
        (_, total) => Ok(total),
    }
}

fn overage(resource: &Resource<'_>) -> Result<Overage, Refusal> {
    let extension = resource
        .get(urn::SCIMLET_ENTITLEMENT)
        .and_then(Value::as_object);
    match extension.and_then(|extension| extension.get_text("overage")) {
        None => Ok(Overage::default()),
        Some(word) => Overage::from_word(word)
            .ok_or_else(|| Refusal::value("`overage` is one of waitlist, deny, allow")),
    }
}

/// A license goes only when nobody has it: removing it would take away seats without a word.
fn entitlement_removed(
    case: &mut Case<'_>,
    id: &str,
    before: &Object<'_>,
) -> Result<Vec<Change>, Refusal> {
    let names = counter_names(id);
    let counters = case.facts.counters(names.to_vec())?;
    let held: u64 = counters.iter().sum();
    if held > 0 {
        let sku = before.get_text("value").unwrap_or_default();
        let detail = format!(
            "{held} users hold or wait for license `{sku}`; take it from them before it is removed"
        );
        return Err(Refusal::Status(409, detail));
    }
    let Some(user) = case.tenant.registry.by_name("User") else {
        return Ok(Vec::new());
    };
    let catalog = case.catalog()?.without(id);
    let mut changes = vec![catalog.put()];
    let mut desk = Desk::new(user, Rc::new(catalog), case.now());
    desk.withdrawn(case.facts, before.get_text("value").unwrap_or_default())?;
    changes.extend(desk.close(true));
    changes.extend(names.into_iter().map(|name| {
        Change::Adjust(Adjust {
            name,
            delta: 0,
            floor: 0,
            ceiling: Some(0),
        })
    }));
    Ok(changes)
}
