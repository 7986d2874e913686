//! The terms that an Entitlement states (draft-ietf-scim-roles-entitlements; contract.md;
//! docs/licenses.md, "Terms of a license").

use super::check_sku;
use crate::license::{AfterTerm, License, Lot, Overage, Terms};
use crate::refusal::Refusal;
use crate::scim::resource::Resource;
use crate::scim::time;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// More would be a mistake, and all of them are read with every license.
const MAX_POOLS: usize = 50;

/// Reads them.
///
/// # Errors
/// `invalidValue`.
pub(in crate::usecase) fn terms(id: &str, resource: &Resource<'_>) -> Result<License, Refusal> {
    let sku = resource.get_text("value").unwrap_or_default();
    check_sku("value", sku)?;
    let empty = Object::new();
    let extension = resource.get(urn::SCIMLET_ENTITLEMENT);
    let extension = extension.and_then(Value::as_object).unwrap_or(&empty);
    let license = License {
        id: id.to_owned(),
        sku: sku.to_owned(),
        display: resource.get_text("display").map(str::to_owned),
        seats: seat_limit(resource)?,
        overage: overage(extension)?,
        terms: further(resource, extension)?,
    };
    Ok(license)
}

fn seat_limit(resource: &Resource<'_>) -> Result<Option<u64>, Refusal> {
    let total = number(resource, "totalAssignmentsPermitted")?;
    match (resource.get("limitedAssignmentsPermitted"), total) {
        // Limited, and nobody has said to how many: to none, until somebody does.
        (Some(Value::Bool(true)), None) => Ok(Some(0)),
        (Some(Value::Bool(false)), _) => Ok(None),
        (_, total) => Ok(total),
    }
}

fn overage(extension: &Object<'_>) -> Result<Overage, Refusal> {
    match extension.get_text("overage") {
        None => Ok(Overage::default()),
        Some(word) => Overage::from_word(word)
            .ok_or_else(|| Refusal::value("`overage` is one of waitlist, deny, allow, grace")),
    }
}

fn further(resource: &Resource<'_>, extension: &Object<'_>) -> Result<Terms, Refusal> {
    let usual = Terms::default();
    let priority = number(extension, "reservedPriority")?.unwrap_or(1);
    let priority = u8::try_from(priority)
        .ok()
        .filter(|it| (1..=9).contains(it));
    let thresholds = numbers(extension, "thresholds")?;
    Ok(Terms {
        pools: pools(extension)?,
        from: moment(extension, "validFrom")?,
        until: moment(extension, "validUntil")?,
        grace: duration(extension, "grace")?.unwrap_or(0),
        after: match extension.get_text("afterTerm") {
            None | Some("keep") => AfterTerm::Keep,
            Some("end") => AfterTerm::End,
            Some(_) => return Err(Refusal::value("`afterTerm` is one of keep, end")),
        },
        over_max: number(extension, "overageMax")?,
        over_percent: number(extension, "overagePercent")?,
        over_grace: duration(extension, "overageGrace")?.unwrap_or(usual.over_grace),
        requires: skus(extension, "requires")?,
        excludes: skus(extension, "excludes")?,
        contains: contained(resource)?,
        fallback: extension.get_text("fallback").map(str::to_owned),
        rank: match extension.get("rank") {
            Some(Value::Integer(rank)) => *rank,
            _ => 0,
        },
        reserved: number(extension, "reservedSeats")?.unwrap_or(0),
        reserved_priority: priority
            .ok_or_else(|| Refusal::value("`reservedPriority` is a number from 1 to 9"))?,
        reclaim: duration(extension, "reclaimGrace")?.unwrap_or(0),
        thresholds: thresholds.unwrap_or(usual.thresholds),
    })
}

fn pools(extension: &Object<'_>) -> Result<Vec<Lot>, Refusal> {
    let list = extension.get("pools").map_or(&[][..], Value::elements);
    if list.len() > MAX_POOLS {
        let detail = format!("a license has {MAX_POOLS} `pools` at most");
        return Err(Refusal::value(detail));
    }
    let mut pools: Vec<Lot> = Vec::with_capacity(list.len());
    for pool in list.iter().filter_map(Value::as_object) {
        let id = pool.get_text("value").unwrap_or_default();
        if id.is_empty() || pools.iter().any(|other| other.id == id) {
            return Err(Refusal::value(
                "each of the `pools` needs a `value` of its own",
            ));
        }
        pools.push(Lot {
            id: id.to_owned(),
            seats: number(pool, "seats")?,
            from: moment(pool, "validFrom")?,
            until: moment(pool, "validUntil")?,
            grace: duration(pool, "grace")?.unwrap_or(0),
        });
    }
    Ok(pools)
}

/// `contains` of the draft: elements with the SKU as `value`.
fn contained(resource: &Resource<'_>) -> Result<Vec<String>, Refusal> {
    let list = resource.get("contains").map_or(&[][..], Value::elements);
    let mut skus = Vec::with_capacity(list.len());
    for element in list {
        let sku = match element {
            Value::Object(parts) => parts.get_text("value"),
            other => other.as_text(),
        };
        let sku = sku.ok_or_else(|| Refusal::value("each of `contains` needs a `value`: a SKU"))?;
        check_sku("contains.value", sku)?;
        skus.push(sku.to_owned());
    }
    Ok(skus)
}

fn skus(extension: &Object<'_>, name: &str) -> Result<Vec<String>, Refusal> {
    let list = extension.get(name).map_or(&[][..], Value::elements);
    let skus = list.iter().filter_map(Value::as_text);
    skus.map(|sku| check_sku(name, sku).map(|()| sku.to_owned()))
        .collect()
}

fn number(parts: &Object<'_>, name: &str) -> Result<Option<u64>, Refusal> {
    match parts.get(name) {
        Some(Value::Integer(number)) => u64::try_from(*number)
            .map(Some)
            .map_err(|_| Refusal::value(format!("`{name}` cannot be negative"))),
        _ => Ok(None),
    }
}

fn numbers(parts: &Object<'_>, name: &str) -> Result<Option<Vec<u64>>, Refusal> {
    let Some(list) = parts.get(name) else {
        return Ok(None);
    };
    let mut numbers = Vec::new();
    for number in list.elements() {
        let Value::Integer(number) = number else {
            continue;
        };
        let number = u64::try_from(*number)
            .map_err(|_| Refusal::value(format!("`{name}` cannot be negative")))?;
        numbers.push(number);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(Some(numbers))
}

fn moment(parts: &Object<'_>, name: &str) -> Result<Option<u64>, Refusal> {
    let Some(text) = parts.get_text(name) else {
        return Ok(None);
    };
    time::milliseconds(text)
        .map(Some)
        .ok_or_else(|| Refusal::value(format!("`{name}` is a dateTime after 1970")))
}

fn duration(parts: &Object<'_>, name: &str) -> Result<Option<u64>, Refusal> {
    let Some(text) = parts.get_text(name) else {
        return Ok(None);
    };
    time::duration(text).map(Some).ok_or_else(|| {
        Refusal::value(format!(
            "`{name}` is a duration of weeks, days, hours, minutes and seconds, such as P14D or PT1H"
        ))
    })
}
