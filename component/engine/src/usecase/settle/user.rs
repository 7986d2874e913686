//! What a write of a user means for the user's licenses.

use std::rc::Rc;

use super::check_sku;
use super::groups::{Membership, memberships};
use super::guard::Guard;
use super::held;
use crate::facts::{Change, Facts, Key, Row};
use crate::license::{
    Around, Assigned, Catalog, Cause, Desk, Grant, Want, assigned, grants, newly_asked, put,
    remembered, set, unmoved, wants,
};
use crate::refusal::Refusal;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};
use crate::usecase::case::Case;
use crate::usecase::document::{assemble, disassemble, read};
use crate::usecase::policy::{About, Petition, entitled};

/// A user is created, or written anew.
pub(super) fn written(
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
    let given = before.map(assigned).unwrap_or_default();
    if !given.is_empty() {
        // What an admin has given is asked for as well.
        set(resource, &held, &given);
    }
    let groups = match before {
        Some(_) => {
            let key = Key::new(kind.name(), id);
            let mut groups = memberships(case, std::slice::from_ref(&key))?;
            groups.remove(&key).unwrap_or_default()
        }
        None => Vec::new(),
    };
    let asked_before = match before {
        Some(before) => asked_by(case, kind, before, &groups)?,
        None => Vec::new(),
    };
    let wants = newly_asked(asked_by(case, kind, resource, &groups)?, &asked_before);
    let petition = Petition {
        id,
        user: resource,
        groups: &groups,
        held: &held,
        wants,
    };
    let wants = alone(entitled(case, kind, About::Own, vec![petition])?);
    let (granted, mut changes) = seats(case, kind, id, before, &held, &wants)?;
    changes.append(&mut case.rests_on);
    set(resource, &granted, &given);
    Ok(changes)
}

/// A user is deleted.
pub(super) fn removed(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    before: &Object<'_>,
) -> Result<Vec<Change>, Refusal> {
    let held = grants(before);
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let leave = |desk: &mut Desk<'_>, facts: &mut dyn Facts| desk.leave(facts, id, &held);
    settle_with(
        case,
        kind,
        (Cause::Request, false),
        Some((id, before)),
        leave,
    )
    .map(|(_, changes)| changes)
}

/// What was decided of the only one.
fn alone(decided: Vec<Vec<Want>>) -> Vec<Want> {
    decided.into_iter().next().unwrap_or_default()
}

/// The licenses that a user asks for, as the document and the groups have it.
pub(in crate::usecase) fn asked_by(
    case: &mut Case<'_>,
    kind: &ResourceType,
    user: &Object<'_>,
    groups: &[Membership],
) -> Result<Vec<Want>, Refusal> {
    let licensing = &case.tenant.settings.licensing;
    // Whether the default applies depends on which licenses there are.
    let catalog = if licensing.default.is_empty() {
        None
    } else {
        Some(case.catalog()?)
    };
    let now = case.now();
    let around = Around { groups, now: &now };
    Ok(wants(licensing, kind, user, around, catalog.as_deref()))
}

/// The way to the desk for a user's own seats.
fn seats(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    before: Option<&Object<'_>>,
    held: &[Grant],
    wants: &[Want],
) -> Result<(Vec<Grant>, Vec<Change>), Refusal> {
    if let Some(granted) = unmoved(held, wants) {
        return Ok((granted, Vec::new()));
    }
    let own = before.map(|before| (id, before));
    settle_with(case, kind, (Cause::Request, false), own, |desk, facts| {
        desk.settle(facts, id, held, wants.to_vec())
    })
}

/// The one way to the desk: with the catalog as it is, and with the guard against mass revocation
/// behind it, unless all is held anyway.
pub(in crate::usecase) fn settle_with<T>(
    case: &mut Case<'_>,
    kind: &ResourceType,
    (why, holds): (Cause, bool),
    own: Option<(&str, &Object<'_>)>,
    work: impl Fn(&mut Desk<'_>, &mut dyn Facts) -> Result<T, Refusal>,
) -> Result<(T, Vec<Change>), Refusal> {
    let mut catalog = case.catalog()?;
    let actor = case.request.principal.id.clone();
    let moment = case.moment();
    loop {
        let fresh = || Desk::new(kind, Rc::clone(&catalog), moment.clone()).because(why);
        let mut desk = if holds { fresh().holding() } else { fresh() };
        let refusal = match work(&mut desk, case.facts) {
            Ok(done) => {
                let is_guarded = why.is_guarded() && !holds;
                let lost = if is_guarded { desk.lost() } else { 0 };
                let guard = Guard::of(case, lost)?;
                let passes = guard.as_ref().is_none_or(|it| it.lets_pass(desk.lost()));
                let mut done = done;
                if !passes {
                    desk = fresh().holding();
                    done = work(&mut desk, case.facts)?;
                }
                let mut changes = held::remembered(case, &desk, own)?;
                changes.extend(guard.filter(|_| passes).map(|it| it.count(desk.lost())));
                changes.extend(desk.close(false, &actor));
                return Ok((done, changes));
            }
            Err(refusal) => refusal,
        };
        // A refusal commits nothing, so nothing would notice that the terms it rests on have
        // changed since they were read, or the counters.
        let now = Catalog::load(case.facts)?;
        let is_confused = matches!(refusal, Refusal::Corrupt(_));
        if now.is(&catalog) && !(is_confused && desk.is_overtaken(case.facts)?) {
            return Err(refusal);
        }
        catalog = Rc::new(now);
    }
}

/// Settles a user whom an admin gives these licenses. Answers the document as it will be.
pub(in crate::usecase) fn settle_own<'a>(
    case: &mut Case<'_>,
    kind: &ResourceType,
    row: &'a Row,
    given: &[Assigned],
    why: Cause,
) -> Result<(Object<'a>, Vec<Change>), Refusal> {
    let before = read(row)?;
    let id = &row.key.id;
    let (mut resource, created) = disassemble(before.clone());
    let held = grants(&before);
    set(&mut resource, &held, given);
    let mut groups = memberships(case, std::slice::from_ref(&row.key))?;
    let groups = groups.remove(&row.key).unwrap_or_default();
    let wants = asked_by(case, kind, &resource, &groups)?;
    let petition = Petition {
        id,
        user: &resource,
        groups: &groups,
        held: &held,
        wants: newly_asked(wants, &remembered(&held)),
    };
    let wants = alone(entitled(case, kind, About::Own, vec![petition])?);
    let own = Some((id.as_str(), &before));
    let (granted, settled) = settle_with(case, kind, (why, false), own, |desk, facts| {
        desk.settle(facts, id, &held, wants.clone())
    })?;
    set(&mut resource, &granted, given);
    let document = assemble(kind, id, resource, &created, &case.now());
    let mut changes = vec![Change::Put(put(kind, id, &document, Some(row.version)))];
    changes.extend(settled);
    changes.append(&mut case.rests_on);
    Ok((document, changes))
}
