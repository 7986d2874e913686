//! What a write of a license means for those who have it, wait for it, or asked for it in vain.

use std::rc::Rc;

use super::Settled;
use super::terms::terms;
use super::work;
use crate::facts::{Adjust, Change};
use crate::license::{COUNTERS, Catalog, Cause, Desk, License, Terms, counter_names};
use crate::refusal::Refusal;
use crate::scim::resource::Resource;
use crate::scim::urn;
use crate::scim::value::{Object, Value};
use crate::usecase::case::Case;

/// A license is created, or its terms change.
pub(super) fn written(
    case: &mut Case<'_>,
    id: &str,
    before: Option<&Object<'_>>,
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
    let known = catalog.by_id(id);
    let is_new = known != Some(&license);
    let usual = Terms::default();
    if !is_new && !Desk::is_asked_in_vain(case.facts)? {
        return Ok(Settled::default());
    }
    let Some(user) = case.tenant.registry.by_name("User") else {
        return Ok(Settled::default());
    };
    let next = catalog.with(license.clone());
    if is_new {
        related(&catalog, &next, &license, before)?;
    }
    let mut changes = vec![next.put()];
    let relates = known.map_or(&usual, |known| &known.terms);
    let sku = known.map(|known| &known.sku);
    let has_default = !case.tenant.settings.licensing.default.is_empty();
    // The default is for whoever asks for no other license that exists.
    let is_other = has_default && sku != Some(&license.sku);
    if is_new && (is_other || !relates.relates_as(&license.terms)) {
        changes.push(work::everybody(case));
    }
    let mut desk = Desk::new(user, Rc::new(next), case.moment()).because(Cause::Terms);
    let seats = desk.retermed(case.facts, &license, true)?;
    changes.extend(desk.close(true, &case.request.principal.id));
    Ok(Settled { changes, seats })
}

/// Refuses terms that name what is not there, or lead back to where they began; and a new SKU where
/// others name the old one.
fn related(
    catalog: &Catalog,
    next: &Catalog,
    license: &License,
    before: Option<&Object<'_>>,
) -> Result<(), Refusal> {
    let sku = &license.sku;
    let mut named = license.terms.named();
    if let Some(other) = named.find(|other| *other == sku || next.license(other).is_none()) {
        let detail = if other == sku {
            format!("license `{sku}` cannot name itself in its terms")
        } else {
            format!("there is no license `{other}`; create it first")
        };
        return Err(Refusal::value(detail));
    }
    if let Some(way) = next.circle(sku) {
        let detail = format!(
            "the terms of license `{sku}` lead back to it, by way of {}",
            way.join(", ")
        );
        return Err(Refusal::value(detail));
    }
    let old = before.and_then(|before| before.get_text("value"));
    match old.filter(|old| old != sku) {
        Some(old) => unnamed(catalog, old),
        None => Ok(()),
    }
}

/// Refuses to take away a SKU that others name.
fn unnamed(catalog: &Catalog, sku: &str) -> Result<(), Refusal> {
    let Some(other) = catalog.naming(sku).first().map(|license| &license.sku) else {
        return Ok(());
    };
    let detail = format!("license `{other}` names `{sku}` in its terms; change those first");
    Err(Refusal::Status(409, detail))
}

/// A license goes only when nobody has it: removing it would take away seats without a word.
pub(super) fn removed(
    case: &mut Case<'_>,
    id: &str,
    before: &Object<'_>,
) -> Result<Vec<Change>, Refusal> {
    let names = counter_names(id);
    let counters = case.facts.counters(names.to_vec())?;
    let held: u64 = counters.iter().take(4).sum();
    let sku = before.get_text("value").unwrap_or_default();
    if held > 0 {
        let detail = format!(
            "{held} users hold or wait for license `{sku}`; take it from them before it is removed"
        );
        return Err(Refusal::Status(409, detail));
    }
    let Some(user) = case.tenant.registry.by_name("User") else {
        return Ok(Vec::new());
    };
    let catalog = case.catalog()?;
    unnamed(&catalog, sku)?;
    let catalog = catalog.without(id);
    let mut changes = vec![catalog.put()];
    if !case.tenant.settings.licensing.default.is_empty() {
        changes.push(work::everybody(case));
    }
    let mut desk = Desk::new(user, Rc::new(catalog), case.moment()).because(Cause::Terms);
    desk.withdrawn(case.facts, sku)?;
    changes.extend(desk.close(true, &case.request.principal.id));
    // The last one counts nothing: it says which threshold was told of.
    changes.extend(names.into_iter().take(COUNTERS - 1).map(|name| {
        Change::Adjust(Adjust {
            name,
            delta: 0,
            floor: 0,
            ceiling: Some(0),
        })
    }));
    Ok(changes)
}
