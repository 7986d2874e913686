//! Every path there is (RFC 7644 section 3.2), and who may go there.

use std::borrow::Cow;

use super::case::Case;
use super::{
    Decision, accounts, admin, bulk, create, delete, discover, job, patch, policy, query, read,
    replace, tell,
};
use crate::facts::Facts;
use crate::message::Request;
use crate::refusal::Refusal;
use crate::scim::query::decode;
use crate::scim::schema::ResourceType;
use crate::scim::tolerance::Tolerance;
use crate::tenant::Tenant;

/// Longer ids than any that this server gives out.
const MAX_SEGMENT: usize = 256;

/// Set by the host, never by a client (wit/scim).
const BARE_TOKEN: &str = "x-scimlet-bare-token";

pub(super) fn route(
    tenant: &Tenant,
    request: &Request,
    facts: &mut dyn Facts,
) -> Result<Decision, Refusal> {
    if !request.principal.may_read() {
        return Err(forbidden("this credential has no scope for SCIM"));
    }
    let mut case = Case::new(tenant, request, facts)?;
    if job::is_wanted(&case) {
        return job::accept(&mut case);
    }
    travel(case)
}

/// The way that every request goes, and every operation of a bulk.
pub(super) fn travel(mut case: Case<'_>) -> Result<Decision, Refusal> {
    let segments = segments(&case.request.path)?;
    let segments: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
    bearer_word(&case)?;
    let mut decision = arrive(&mut case, &segments)?;
    // The operations of a bulk have come this way one by one.
    if !is_bulk(&case, &segments) {
        accounts::follow(&mut case, &mut decision.changes)?;
        tell::follow(&mut case, &mut decision.changes)?;
    }
    Ok(decision)
}

fn is_bulk(case: &Case<'_>, segments: &[&str]) -> bool {
    let named = case.query.bulk && case.method == "POST" && segments.len() == 1;
    named || segments == ["Bulk"]
}

/// Whether a request that is to be carried out later is a bulk. Who may write nothing at all is told so at
/// once.
pub(super) fn is_for_bulk(case: &Case<'_>) -> Result<bool, Refusal> {
    if !case.request.principal.may_write() {
        return Err(reader());
    }
    let segments = segments(&case.request.path)?;
    let segments: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
    Ok(case.method == "POST" && is_bulk(case, &segments))
}

/// Whether there is something at the path of a request that is to be carried out later, and the caller may
/// write there.
pub(super) fn exists(case: &Case<'_>) -> Result<(), Refusal> {
    let segments = segments(&case.request.path)?;
    let segments: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
    match (case.method, segments.as_slice()) {
        ("PUT" | "PATCH" | "DELETE", ["Me"]) => Ok(()),
        ("POST", [endpoint]) | ("PUT" | "PATCH" | "DELETE", [endpoint, _]) => {
            may_write(case, kind(case, endpoint)?)
        }
        (method, [_]) => Err(wrong_method(method, "GET, POST")),
        (method, [_, _]) => Err(wrong_method(method, "GET, PUT, PATCH, DELETE")),
        _ => Err(nothing(&case.request.path)),
    }
}

fn arrive(case: &mut Case<'_>, segments: &[&str]) -> Result<Decision, Refusal> {
    match segments {
        [name @ ("ServiceProviderConfig" | "Schemas" | "ResourceTypes")] => {
            discover::discover(case, name, None)
        }
        [name @ ("Schemas" | "ResourceTypes"), id] => discover::discover(case, name, Some(id)),
        [] => root(case),
        [".search"] => {
            let kinds = query::every_type(case);
            search(case, &kinds)
        }
        [".admin", path @ ..] => admin::admin(case, path),
        [".async", path @ ..] => job::status(case, path),
        ["Me"] => me(case),
        ["Bulk"] => bulked(case, "POST"),
        [endpoint, ".search"] => {
            let kind = kind(case, endpoint)?;
            search(case, &[kind])
        }
        [endpoint] => collection(case, endpoint),
        [endpoint, id] => single(case, endpoint, id),
        _ => Err(nothing(&case.request.path)),
    }
}

/// `/`
fn root(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    match case.method {
        "GET" => query::root(case),
        method => Err(wrong_method(method, "GET")),
    }
}

/// `/.search`, `/Users/.search`
fn search(case: &mut Case<'_>, kinds: &[&ResourceType]) -> Result<Decision, Refusal> {
    match case.method {
        "POST" => query::search(case, kinds),
        method => Err(wrong_method(method, "POST")),
    }
}

/// `/Me` (RFC 7644 section 3.11): the user whose `id` or `userName` is the principal's.
fn me(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let Some(kind) = case.tenant.registry.by_name("User") else {
        return Err(not_implemented("/Me"));
    };
    let id = case.own_id(kind)?;
    single(case, kind.declared.endpoint.trim_start_matches('/'), &id)
}

/// `/Users`
fn collection(case: &mut Case<'_>, endpoint: &str) -> Result<Decision, Refusal> {
    let kind = kind(case, endpoint)?;
    match case.method {
        "GET" => query::list(case, kind),
        "POST" if case.query.bulk => bulked(case, "GET, POST"),
        "POST" => {
            may_write(case, kind)?;
            policy::shaped(case, kind, None, |case| create::create(case, kind))
        }
        method => Err(wrong_method(method, "GET, POST")),
    }
}

/// `/Bulk`, or a collection with `?bulk=true`. Who may write nothing at all is told so at once;
/// beyond that scopes hold for each operation.
fn bulked(case: &mut Case<'_>, allow: &'static str) -> Result<Decision, Refusal> {
    if case.method != "POST" {
        return Err(wrong_method(case.method, allow));
    }
    if !case.request.principal.may_write() {
        return Err(reader());
    }
    bulk::bulk(case)
}

/// `/Users/42`
fn single(case: &mut Case<'_>, endpoint: &str, id: &str) -> Result<Decision, Refusal> {
    let kind = kind(case, endpoint)?;
    let method = case.method;
    if !matches!(method, "GET" | "PUT" | "PATCH" | "DELETE") {
        return Err(wrong_method(method, "GET, PUT, PATCH, DELETE"));
    }
    if method != "GET" {
        may_write(case, kind)?;
    }
    match method {
        "GET" => read::read(case, kind, id),
        "PUT" => policy::shaped(case, kind, Some(id), |case| {
            replace::replace(case, kind, id)
        }),
        "PATCH" => policy::shaped(case, kind, Some(id), |case| patch::patch(case, kind, id)),
        _ => delete::delete(case, kind, id),
    }
}

/// The host lets a token in that comes without the word `Bearer` before it, and says so.
pub(super) fn bearer_word(case: &Case<'_>) -> Result<(), Refusal> {
    if case.request.header(BARE_TOKEN).is_none() {
        return Ok(());
    }
    let tolerances = case.tenant.settings.tolerances;
    tolerances.allow(Tolerance::BearerWordOptional, || {
        let detail = "the Authorization header needs the word Bearer before the token";
        Refusal::Status(401, detail.to_owned())
    })
}

fn kind<'r>(case: &Case<'r>, endpoint: &str) -> Result<&'r ResourceType, Refusal> {
    let registry = &case.tenant.registry;
    registry
        .by_endpoint(endpoint)
        .ok_or_else(|| nothing(&case.request.path))
}

/// The catalogs of licenses and roles are the tenant's to read and the admin's to write
/// (contract.md). That is how the draft's readOnly is kept (draft-ietf-scim-roles-entitlements).
fn may_write(case: &Case<'_>, kind: &ResourceType) -> Result<(), Refusal> {
    let principal = &case.request.principal;
    match kind.name() {
        _ if !principal.may_write() => Err(reader()),
        "Entitlement" if !principal.may_administer() => Err(forbidden(
            "licenses are changed with a credential of scope `admin`",
        )),
        "Role" if !principal.may_administer() => Err(forbidden(
            "roles are changed with a credential of scope `admin`",
        )),
        _ => Ok(()),
    }
}

pub(super) fn segments(path: &str) -> Result<Vec<Cow<'_, str>>, Refusal> {
    let mut segments = Vec::with_capacity(2);
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let segment = decode(segment, false)?;
        if segment.len() > MAX_SEGMENT || segment.contains('\0') {
            return Err(Refusal::Status(
                404,
                "no resource has such an id".to_owned(),
            ));
        }
        segments.push(segment);
    }
    Ok(segments)
}

fn nothing(path: &str) -> Refusal {
    let short: String = path.chars().take(100).collect();
    Refusal::Status(
        404,
        format!("there is nothing at `{short}`; see /ResourceTypes"),
    )
}

fn reader() -> Refusal {
    forbidden("this credential may read only; use one of scope `scim`")
}

fn forbidden(detail: &str) -> Refusal {
    Refusal::Status(403, detail.to_owned())
}

fn not_implemented(what: &str) -> Refusal {
    Refusal::Status(501, format!("{what} is not supported"))
}

pub(super) fn wrong_method(method: &str, allow: &'static str) -> Refusal {
    Refusal::Method(format!("{method} is not allowed here; use {allow}"), allow)
}
