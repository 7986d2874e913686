//! POST to a collection (RFC 7644 section 3.3).

use super::Decision;
use super::adopt;
use super::case::Case;
use super::document;
use super::document::assemble;
use super::members::Membership;
use super::repeat;
use super::settle::{self, Regroup};
use super::view::{self, Pending, Shown};
use crate::facts::{Change, Row};
use crate::license::put;
use crate::message::Response;
use crate::refusal::{Refusal, ScimType};
use crate::scim::project::{Projection, on_request};
use crate::scim::resource::{check, complete};
use crate::scim::schema::ResourceType;
use crate::scim::value::Value;

pub(super) fn create(case: &mut Case<'_>, kind: &ResourceType) -> Result<Decision, Refusal> {
    let projection = case.projection(kind)?;
    let Value::Object(raw) = case.body()? else {
        return Err(Refusal::syntax("the body must be a JSON object"));
    };
    let mut resource = check(kind, raw)?;
    let projection = projection.written(on_request(kind, &resource));
    if let Some(row) = adopt::returning(case, kind, &resource)? {
        return adopt::adopt(case, kind, &row, resource, &projection);
    }
    if let Some(row) = repeat::sent_before(case, kind, &resource)? {
        return answer_again(case, kind, &row, &projection);
    }
    let members = Membership::initial(case, kind, &mut resource)?;
    complete(kind, &resource, ScimType::InvalidValue)?;
    if kind.name() == "User" && resource.get("active").is_none() {
        // A filter for active users must find those who were created without a word about it.
        resource.push("active", Value::Bool(true));
    }
    let id = case.new_id();
    let settled = settle::written(case, kind, &id, None, &mut resource)?;
    let now = case.now();
    let document = assemble(kind, &id, resource, &now, &now);

    let mut changes = vec![Change::Put(put(kind, &id, &document, None))];
    changes.extend(settled.changes);
    changes.extend(members.changes(kind, &id));
    if kind.name() == "Group" {
        let regroup = Regroup {
            before: None,
            after: Some(&document),
            moved: members.moved().cloned().collect(),
        };
        settle::regrouped(case, &id, &regroup, &mut changes)?;
    }
    let pending = Pending {
        is_new: true,
        members,
        seats: settled.seats,
    };
    let shown = Shown {
        id: id.clone(),
        version: 1,
        document,
    };
    let (body, tag) = view::one_after(case, kind, shown, &projection, &pending, &changes)?;
    let response = Response::scim(201, body)
        .with("location", &case.location(kind, &id))
        .with("etag", &tag);
    Ok(Decision {
        response,
        changes,
        fault: None,
    })
}

/// The answer to a POST that was sent before: the resource as it is now.
fn answer_again(
    case: &mut Case<'_>,
    kind: &ResourceType,
    row: &Row,
    projection: &Projection,
) -> Result<Decision, Refusal> {
    let shown = Shown {
        id: row.key.id.clone(),
        version: row.version,
        document: document::read(row)?,
    };
    let (body, tag) = view::one(case, kind, shown, projection, &Pending::default())?;
    let location = case.location(kind, &row.key.id);
    let response = Response::scim(201, body)
        .with("location", &location)
        .with("etag", &tag)
        .with(repeat::REPLAYED, "true");
    Ok(Decision::answer(response))
}
