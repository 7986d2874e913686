//! GET of one resource (RFC 7644 section 3.4.1).

use super::Decision;
use super::case::Case;
use super::document;
use super::view::{self, Pending, Shown};
use crate::message::Response;
use crate::refusal::Refusal;
use crate::scim::etag;
use crate::scim::schema::ResourceType;

pub(super) fn read(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
) -> Result<Decision, Refusal> {
    let projection = case.projection(kind)?;
    let row = case.row(kind, id)?;
    etag::guard(case.request, row.version)?;
    let document = document::read(&row)?;
    let shown = Shown {
        id: row.key.id.clone(),
        version: row.version,
        document,
    };
    let (body, tag) = view::one(case, kind, shown, &projection, &Pending::default())?;
    let location = case.location(kind, id);
    let response = if etag::unchanged(case.request, &tag) {
        Response::empty(304)
    } else {
        Response::scim(200, body)
    };
    Ok(Decision::answer(
        response.with("location", &location).with("etag", &tag),
    ))
}
