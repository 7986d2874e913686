//! DELETE of one resource (RFC 7644 section 3.6).

use std::collections::BTreeSet;

use super::Decision;
use super::case::Case;
use super::document::read;
use super::members;
use super::settle::{self, Regroup};
use crate::facts::{Change, Key, Removal};
use crate::message::Response;
use crate::refusal::Refusal;
use crate::scim::etag;
use crate::scim::schema::ResourceType;

pub(super) fn delete(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
) -> Result<Decision, Refusal> {
    let row = case.row(kind, id)?;
    etag::guard(case.request, row.version)?;
    let before = read(&row)?;
    let settled = settle::removed(case, kind, id, &before)?;
    let mut changes = Vec::new();
    if kind.name() == "Group" {
        // A group that takes this one in meanwhile would not be among those below.
        changes.push(members::nesting::still(case)?);
    }
    // The store takes the ties along with the document; the groups must say that they changed.
    changes.extend(members::touch_groups_of(case, kind, id)?);
    changes.extend(settled);
    changes.push(Change::Delete(Removal {
        key: Key::new(kind.name(), id),
        version: row.version,
    }));
    if kind.name() == "Group" {
        let regroup = Regroup {
            before: Some(&before),
            after: None,
            moved: BTreeSet::new(),
        };
        settle::regrouped(case, id, &regroup, &mut changes)?;
    }
    Ok(Decision {
        response: Response::empty(204),
        changes,
        fault: None,
    })
}
