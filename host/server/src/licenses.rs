//! A tenant's licenses, as a SCIM client sees them: resources of type `Entitlement`.

mod terms;
mod wire;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::local::{Ask, Local, LocalError};

pub(crate) use terms::{Pool, Terms};

/// How often to look again when someone else changes the same license at the same time.
const ATTEMPTS: usize = 4;
/// One page of the list; the server may make pages smaller.
const PAGE: usize = 200;

/// How many users may hold a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seats {
    Limited(u64),
    Unlimited,
}

/// What a license should be. What is not said stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) sku: String,
    pub(crate) seats: Option<Seats>,
    pub(crate) overage: Option<&'static str>,
    pub(crate) name: Option<String>,
    pub(crate) terms: Terms,
}

/// A license was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetError {
    /// It would be unlimited by mistake.
    #[error("there is no license `{0}` yet: say how many seats it has with `--seats` or `--pool`")]
    NoSeats(String),
    /// The component did not do it.
    #[error(transparent)]
    Local(#[from] LocalError),
}

/// What a license is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct License {
    pub(crate) sku: String,
    pub(crate) name: String,
    /// None: unlimited.
    pub(crate) seats: Option<u64>,
    pub(crate) used: u64,
    pub(crate) waiting: u64,
    pub(crate) over: u64,
    pub(crate) overage: String,
    /// The further terms that are set, by the names of the resource's attributes.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) terms: Map<String, Value>,
}

/// Creates a license, or changes it.
pub(crate) fn set(local: &Local, wanted: &Wanted) -> Result<License, SetError> {
    let mut outcome = try_set(local, wanted);
    for _ in 1..ATTEMPTS {
        match outcome {
            // 409: it came into being meanwhile. 412: it changed meanwhile. 404: it went away.
            Err(SetError::Local(LocalError::Refused {
                status: 404 | 409 | 412,
                ..
            })) => {
                outcome = try_set(local, wanted);
            }
            _ => break,
        }
    }
    outcome
}

fn try_set(local: &Local, wanted: &Wanted) -> Result<License, SetError> {
    let answer = match find(local, &wanted.sku)? {
        Some(current) => put(local, &current, wanted)?,
        None if wanted.seats.is_none() && !wanted.terms.adds_pools() => {
            return Err(SetError::NoSeats(wanted.sku.clone()));
        }
        None => local.send(&Ask {
            method: "POST",
            path: "/Entitlements",
            body: Some(&wire::changed(&Value::Null, wanted)),
            ..Ask::default()
        })?,
    };
    Ok(wire::license(&answer))
}

fn put(local: &Local, current: &Value, wanted: &Wanted) -> Result<Value, LocalError> {
    local.send(&Ask {
        method: "PUT",
        path: &wire::path(current),
        if_match: wire::version(current),
        body: Some(&wire::changed(current, wanted)),
        ..Ask::default()
    })
}

/// The license of that SKU.
pub(crate) fn get(local: &Local, sku: &str) -> Result<Option<License>, LocalError> {
    Ok(find(local, sku)?.as_ref().map(wire::license))
}

/// All licenses, by SKU.
pub(crate) fn list(local: &Local) -> Result<Vec<License>, LocalError> {
    let mut all: Vec<License> = Vec::new();
    loop {
        let query = format!("startIndex={}&count={PAGE}", all.len() + 1);
        let page = read(local, query)?;
        let before = all.len();
        all.extend(wire::resources(&page).iter().map(wire::license));
        if all.len() == before || all.len() >= wire::total(&page) {
            break;
        }
    }
    all.sort_by(|one, other| one.sku.cmp(&other.sku));
    Ok(all)
}

/// Removes a license; false if there is none of that SKU.
pub(crate) fn remove(local: &Local, sku: &str) -> Result<bool, LocalError> {
    let Some(current) = find(local, sku)? else {
        return Ok(false);
    };
    let path = wire::path(&current);
    local.send(&Ask {
        method: "DELETE",
        path: &path,
        ..Ask::default()
    })?;
    Ok(true)
}

fn find(local: &Local, sku: &str) -> Result<Option<Value>, LocalError> {
    let page = read(local, format!("filter={}", wire::value_is(sku)))?;
    Ok(wire::resources(&page).first().cloned())
}

fn read(local: &Local, query: String) -> Result<Value, LocalError> {
    let (path, query) = ("/Entitlements", Some(query));
    local.send(&Ask {
        method: "GET",
        path,
        query,
        ..Ask::default()
    })
}
