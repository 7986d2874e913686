//! The platform's accounts: read by it, and changed by it (docs/mapping.md).

use serde_json::{Value as Json, json};

use super::super::accounts::{Stored, shown, stored, unchanged, written};
use super::super::case::Case;
use super::super::{Decision, document, patch};
use super::ask::Parameters;
use super::{answer, find, stepped, user_kind, user_name, user_row};
use crate::facts::{Change, Row};
use crate::mapping::{Direction, Field, Mapping, Selector, present};
use crate::message::{Header, Request};
use crate::refusal::Refusal;
use crate::scim::etag;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// Fields that the platform may keep in an account for itself, and bytes of them.
const MAX_OWN: usize = 100;
const MAX_OWN_BYTES: usize = 16 << 10;

/// Bytes of the name of one.
const MAX_NAME: usize = 64;

pub(super) fn list(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let parameters = Parameters::read(case, &["cursor", "count"])?;
    let mapping = mapping(case)?;
    let kind = user_kind(case)?;
    // By the users: there may be some whose account nobody has written yet.
    let page = find(case, parameters.step("User")?)?;
    let ids: Vec<String> = page.rows.iter().map(|row| row.key.id.clone()).collect();
    let rows = stored(case, &ids)?;
    let mut accounts = Vec::with_capacity(ids.len());
    for (user, row) in page.rows.iter().zip(rows) {
        accounts.push(told(mapping, kind, user, &row.own, row.version)?);
    }
    Ok(stepped(json!({ "accounts": accounts }), page.next))
}

pub(super) fn show(case: &mut Case<'_>, user: &str) -> Result<Decision, Refusal> {
    Parameters::read(case, &[])?;
    let mapping = mapping(case)?;
    let kind = user_kind(case)?;
    let user = user_row(case, user)?;
    let row = one(case, &user.key.id)?;
    let told = told(mapping, kind, &user, &row.own, row.version)?;
    Ok(tagged(&told, row.version.unwrap_or_default()))
}

/// Some fields become others; null takes one out. What is mapped goes into the user by the way of any write.
pub(super) fn change(case: &mut Case<'_>, user: &str) -> Result<Decision, Refusal> {
    Parameters::read(case, &[])?;
    let mapping = mapping(case)?;
    let kind = user_kind(case)?;
    let request = case.request;
    let Value::Object(said) = Value::parse(&request.body)? else {
        let detail = "the body is an object of fields: `{\"plan\": \"pro\", \"note\": null}`";
        return Err(Refusal::syntax(detail));
    };
    let user = user_row(case, user)?;
    let row = one(case, &user.key.id)?;
    etag::guard(request, row.version.unwrap_or_default())?;
    let meant = Meant::of(mapping, kind, &user, &row, said)?;
    let mut changes = if meant.operations.is_empty() {
        Vec::new()
    } else {
        write(case, kind, &user.key.id, meant.operations)?
    };
    let after = after(&user, &changes);
    let document = document::read(&after)?;
    let account = shown(mapping, kind, &document, &meant.own);
    let more = written(case, &user.key.id, &account, &row);
    if changes.is_empty() && !more.is_empty() {
        changes.push(unchanged(&user));
    }
    let version = row.version.unwrap_or_default() + u64::from(!more.is_empty());
    changes.extend(more);
    let told = told(mapping, kind, &after, &meant.own, Some(version))?;
    let mut decision = tagged(&told, version);
    decision.changes = changes;
    Ok(decision)
}

fn mapping<'r>(case: &Case<'r>) -> Result<&'r Mapping, Refusal> {
    let mapping = case.tenant.settings.mapping.as_ref();
    mapping.ok_or_else(|| {
        let detail = "this tenant has no accounts: its settings have no `mapping`";
        Refusal::Status(404, detail.to_owned())
    })
}

/// What the store has of one account.
fn one(case: &mut Case<'_>, id: &str) -> Result<Stored, Refusal> {
    let mut rows = stored(case, &[id.to_owned()])?;
    Ok(rows.pop().unwrap_or_default())
}

/// An account as it is told.
fn told(
    mapping: &Mapping,
    kind: &ResourceType,
    user: &Row,
    own: &Object<'static>,
    version: Option<u64>,
) -> Result<Json, Refusal> {
    let document = document::read(user)?;
    let shown = shown(mapping, kind, &document, own);
    let mut told = json!({
        "id": user.key.id,
        "userName": user_name(&document),
        "version": version.unwrap_or_default(),
        "account": json_of(&Value::Object(shown.account)),
    });
    if let (Some(told), false) = (told.as_object_mut(), shown.problems.is_empty()) {
        let problems = shown.problems.iter();
        let problems = problems.map(|it| json!({ "field": it.field, "detail": it.detail }));
        told.insert("problems".to_owned(), problems.collect());
    }
    Ok(told)
}

/// A value as the answers of this API have it.
pub(super) fn json_of(value: &Value<'_>) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

fn tagged(told: &Json, version: u64) -> Decision {
    let mut decision = answer(told);
    decision.response = decision.response.with("etag", &etag::tag(version, &[]));
    decision
}

/// What the platform means by a change of an account.
struct Meant {
    /// Of the user.
    operations: Vec<Value<'static>>,
    /// What it keeps in the account for itself from now on.
    own: Object<'static>,
}

impl Meant {
    fn of(
        mapping: &Mapping,
        kind: &ResourceType,
        user: &Row,
        row: &Stored,
        said: Object<'_>,
    ) -> Result<Self, Refusal> {
        let mut user = document::read(user)?.into_owned();
        let mut own = row.own.clone();
        let mut fields = Vec::new();
        for (name, value) in said.into_owned() {
            match mapping.field(&name) {
                Some(field) => fields.extend(put(kind, field, &mut user, value)?),
                None if matches!(value, Value::Null) => drop(own.remove(&name)),
                None => {
                    check_name(&name)?;
                    own.set(name, value);
                }
            }
        }
        small(&own)?;
        // Two fields may go back to the same attribute.
        for (field, value) in &fields {
            let reads = field.out(kind, &user).ok().flatten();
            if reads != *value {
                let name = &field.name;
                let detail =
                    format!("`{name}` and another field say different things of one attribute");
                return Err(Refusal::value(detail));
            }
        }
        let targets = fields.iter().filter_map(|(field, _)| field.target());
        let operations = operations(kind, &user, targets);
        Ok(Self { operations, own })
    }
}

/// A field whose value has changed, and what it is now.
type Put<'m> = (&'m Field, Option<Value<'static>>);

/// Puts the value of one field into the user, unless it is that already.
fn put<'m>(
    kind: &ResourceType,
    field: &'m Field,
    user: &mut Object<'static>,
    value: Value<'static>,
) -> Result<Option<Put<'m>>, Refusal> {
    let name = &field.name;
    if field.direction == Direction::Out {
        let detail = format!("`{name}` is not the platform's to change: its direction is `out`");
        return Err(Refusal::mutability(detail));
    }
    let value = present(value);
    if field.out(kind, user).is_ok_and(|known| known == value) {
        return Ok(None);
    }
    field.back(kind, user, value).map_err(|why| {
        let (from, why) = (field.from(), why.0);
        Refusal::value(format!("`{name}` of the account, to `{from}`: {why}"))
    })?;
    Ok(Some((field, field.out(kind, user).ok().flatten())))
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if (1..=MAX_NAME).contains(&name.len()) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    let detail =
        format!("the name of a field has 1 to {MAX_NAME} bytes, and no control characters");
    Err(Refusal::value(detail))
}

/// An account is no place for files.
fn small(own: &Object<'_>) -> Result<(), Refusal> {
    let bytes = serde_json::to_string(own).map_or(0, |text| text.len());
    if own.iter().count() <= MAX_OWN && bytes <= MAX_OWN_BYTES {
        return Ok(());
    }
    let detail = format!(
        "an account holds {MAX_OWN} fields and {MAX_OWN_BYTES} bytes of the platform's own at most"
    );
    Err(Refusal::Status(413, detail))
}

/// What makes the attributes of a user what they are in this one: each once.
fn operations<'s>(
    kind: &ResourceType,
    user: &Object<'_>,
    targets: impl Iterator<Item = &'s Selector>,
) -> Vec<Value<'static>> {
    let mut operations: Vec<Value<'static>> = Vec::new();
    for target in targets {
        let operation = target.operation(kind, user).map(Value::Object);
        let operation = operation.filter(|it| !operations.contains(it));
        operations.extend(operation);
    }
    operations
}

/// The ordinary way of a write: a PATCH, in the platform's name.
fn write(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    operations: Vec<Value<'static>>,
) -> Result<Vec<Change>, Refusal> {
    let mut message = Object::with_capacity(2);
    message.push("schemas", Value::List(vec![Value::text(urn::PATCH)]));
    message.push("Operations", Value::List(operations));
    let media = Header {
        name: "content-type".to_owned(),
        value: "application/scim+json".to_owned(),
    };
    let request = Request {
        method: "PATCH".to_owned(),
        query: None,
        headers: vec![media],
        body: Value::Object(message).to_json(),
        ..case.request.clone()
    };
    let mut inner = Case::new(case.tenant, &request, &mut *case.facts)?.of_platform();
    patch::patch(&mut inner, kind, id).map(|decision| decision.changes)
}

/// The row of a user as these changes leave it.
fn after(user: &Row, changes: &[Change]) -> Row {
    let mut after = user.clone();
    for change in changes {
        if let Change::Put(put) = change
            && put.key == user.key
        {
            after.body.clone_from(&put.body);
        }
    }
    after
}
