//! GET of what the server says of itself (RFC 7644 section 4).

use super::Decision;
use super::case::Case;
use super::route::wrong_method;
use crate::message::Response;
use crate::refusal::Refusal;
use crate::scim::discovery;

pub(super) fn discover(case: &Case<'_>, name: &str, id: Option<&str>) -> Result<Decision, Refusal> {
    if case.method != "GET" {
        return Err(wrong_method(case.method, "GET"));
    }
    // RFC 7644 section 4: a filter here is refused, so that nobody takes a part for the whole.
    if case.query.filter.is_some() {
        return Err(Refusal::Status(403, format!("/{name} takes no filter")));
    }
    let registry = case.registry();
    let base = &case.request.base_url;
    let body = match (name, id) {
        ("ServiceProviderConfig", _) => Some(discovery::service_provider_config(registry, base)),
        ("Schemas", None) => Some(discovery::schemas(registry, base)),
        ("Schemas", Some(id)) => registry
            .schema(id)
            .map(|schema| discovery::schema(schema, base)),
        (_, None) => Some(discovery::resource_types(registry, base)),
        (_, Some(id)) => registry
            .types()
            .iter()
            .find(|kind| kind.declared.id == id)
            .map(|kind| discovery::resource_type(kind, base)),
    };
    let body = body.ok_or_else(|| Refusal::not_found(name, id.unwrap_or_default()))?;
    Ok(Decision::answer(Response::scim(200, body.to_string())))
}
