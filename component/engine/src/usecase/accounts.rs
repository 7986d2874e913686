//! The account beside each user: the platform's own shape, written in the commit that writes the user.
//!
//! A row of kind `Account` with the user's id holds the mapped fields as they are computed, and those that
//! the platform keeps there for itself. Every request and every step of the sweep ends in [`follow`], so
//! that no way to a user leaves the account behind. Of users who were written before the mapping was set,
//! the account is computed when it is read; the sweep makes the rows up ([`caught_up`]).

use std::collections::BTreeMap;

use super::case::Case;
use super::document;
use crate::event;
use crate::facts::{Change, Expectation, Guard, Key, Put, Removal, Row};
use crate::mapping::{Direction, Mapping, Problem};
use crate::refusal::Refusal;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::tolerance::Tolerance;
use crate::scim::value::{Object, Value};

/// The kind of the rows.
pub(super) const ACCOUNT: &str = "Account";

/// Accounts that are asked for in one question.
const AT_ONCE: usize = 500;

/// What the store has of an account.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    /// Of the row; none where there is no row.
    pub(super) version: Option<u64>,
    /// The row's text.
    body: String,
    /// What the platform keeps there for itself.
    pub(super) own: Object<'static>,
}

impl Stored {
    fn read(row: Row) -> Result<Self, Refusal> {
        let mut parts = document::read(&row)?.into_owned();
        let own = match parts.remove("own") {
            Some(Value::Object(own)) => own,
            _ => Object::new(),
        };
        Ok(Self {
            version: Some(row.version),
            body: row.body,
            own,
        })
    }
}

/// What the store has of these users' accounts, in this order.
pub(super) fn stored(case: &mut Case<'_>, users: &[String]) -> Result<Vec<Stored>, Refusal> {
    let mut all = Vec::with_capacity(users.len());
    for ids in users.chunks(AT_ONCE) {
        let keys = ids.iter().map(|id| Key::new(ACCOUNT, id)).collect();
        for row in case.facts.load(keys)? {
            all.push(row.map(Stored::read).transpose()?.unwrap_or_default());
        }
    }
    Ok(all)
}

/// An account as it is shown: mapped fields, and behind them what the platform keeps there.
pub(super) struct Shown {
    /// Both, under the names of the fields.
    pub(super) account: Object<'static>,
    /// Fields that should have a value, and why they have none.
    pub(super) problems: Vec<Problem>,
    /// The row's text.
    body: String,
}

/// Makes an account of a user.
pub(super) fn shown(
    mapping: &Mapping,
    kind: &ResourceType,
    user: &Object<'_>,
    own: &Object<'static>,
) -> Shown {
    let made = mapping.account(kind, user);
    let mut account = made.fields.clone();
    for (name, value) in own.iter() {
        // What the settings have come to map is no longer the platform's own.
        if mapping.field(name).is_none() {
            account.set(name.to_owned(), value.clone());
        }
    }
    let mut row = Object::with_capacity(2);
    row.push("fields", Value::Object(made.fields));
    row.push("own", Value::Object(own.clone()));
    Shown {
        account,
        problems: made.problems,
        body: Value::Object(row).to_json(),
    }
}

/// What writes an account, and tells of it; nothing where nothing of it has changed.
pub(super) fn written(case: &Case<'_>, id: &str, shown: &Shown, stored: &Stored) -> Vec<Change> {
    if shown.body == stored.body {
        return Vec::new();
    }
    let settings = &case.tenant.settings;
    let told = settings.events_are_full.then_some(&shown.account);
    let version = stored.version.unwrap_or_default() + 1;
    vec![
        Change::Put(Put {
            key: Key::new(ACCOUNT, id),
            body: shown.body.clone(),
            replaces: stored.version,
            entries: Vec::new(),
            claims: Vec::new(),
        }),
        Change::Emit(event::account(id, version, told)),
    ]
}

/// Lets the accounts follow the users whom these changes write or remove.
pub(super) fn follow(case: &mut Case<'_>, changes: &mut Vec<Change>) -> Result<(), Refusal> {
    let mapping = case.tenant.settings.mapping.as_ref();
    let kind = case.tenant.registry.by_name("User");
    let users = left_behind(changes, mapping.is_some());
    // Somebody new has no account yet.
    let old = users.iter().filter(|(_, user)| !user.is_new);
    let old: Vec<String> = old.map(|(id, _)| (*id).to_owned()).collect();
    let mut rows = old
        .iter()
        .zip(stored(case, &old)?)
        .collect::<BTreeMap<_, _>>();
    let mut more = Vec::new();
    for (id, user) in users {
        let row = rows.remove(&id.to_owned()).unwrap_or_default();
        match (user.body, mapping.zip(kind)) {
            (None, _) => more.extend(removed(id, &row)),
            (Some(body), Some((mapping, kind))) => {
                let user = parsed(id, body)?;
                let shown = shown(mapping, kind, &user, &row.own);
                more.extend(written(case, id, &shown, &row));
            }
            (Some(_), None) => {}
        }
    }
    changes.extend(more);
    Ok(())
}

/// A user as changes leave them.
struct Left<'c> {
    /// None: they go.
    body: Option<&'c str>,
    /// Whether they were not there before.
    is_new: bool,
}

/// The users whose accounts the changes do not speak of yet. An account goes with its user whether or not
/// there is a mapping still.
fn left_behind(changes: &[Change], has_mapping: bool) -> BTreeMap<&str, Left<'_>> {
    let mut users = BTreeMap::new();
    for change in changes {
        let (key, body, is_new) = match change {
            Change::Put(put) if has_mapping => {
                (&put.key, Some(put.body.as_str()), put.replaces.is_none())
            }
            Change::Delete(removal) => (&removal.key, None, false),
            _ => continue,
        };
        if key.kind == "User" {
            users.insert(key.id.as_str(), Left { body, is_new });
        }
    }
    for change in changes {
        if let Change::Put(put) = change
            && put.key.kind == ACCOUNT
        {
            users.remove(put.key.id.as_str());
        }
    }
    users
}

fn removed(id: &str, stored: &Stored) -> Vec<Change> {
    let Some(version) = stored.version else {
        return Vec::new();
    };
    vec![
        Change::Delete(Removal {
            key: Key::new(ACCOUNT, id),
            version,
        }),
        Change::Emit(event::account_removed(id, version)),
    ]
}

fn parsed<'b>(id: &str, body: &'b str) -> Result<Object<'b>, Refusal> {
    match Value::parse(body) {
        Ok(Value::Object(user)) => Ok(user),
        _ => Err(Refusal::Corrupt(format!("User {id} is not an object"))),
    }
}

/// Makes up the accounts of users whom the changes of a step do not write: a mapping has been set or
/// changed since they were written last.
pub(super) fn caught_up(
    case: &mut Case<'_>,
    users: &[Key],
    changes: &mut Vec<Change>,
) -> Result<(), Refusal> {
    let mapping = case.tenant.settings.mapping.as_ref();
    let Some((mapping, kind)) = mapping.zip(case.tenant.registry.by_name("User")) else {
        return Ok(());
    };
    let written_anyway = left_behind(changes, true);
    let is_left = |key: &&Key| !written_anyway.contains_key(key.id.as_str());
    let keys: Vec<Key> = users.iter().filter(is_left).cloned().collect();
    let users: Vec<Row> = case.facts.load(keys)?.into_iter().flatten().collect();
    let ids: Vec<String> = users.iter().map(|row| row.key.id.clone()).collect();
    let rows = stored(case, &ids)?;
    for (user, row) in users.iter().zip(rows) {
        let id = &user.key.id;
        let document = document::read(user)?;
        let shown = shown(mapping, kind, &document, &row.own);
        let more = written(case, id, &shown, &row);
        if !more.is_empty() {
            changes.push(unchanged(user));
            changes.extend(more);
        }
    }
    Ok(())
}

/// The condition that a user is still as it was read.
pub(super) fn unchanged(user: &Row) -> Change {
    Change::Check(Guard {
        key: user.key.clone(),
        expect: Expectation::Version(user.version),
    })
}

/// Keeps what the platform says of a user. To clients the attributes of `in` fields are readOnly: what they
/// send is not heeded, and a PATCH is told so (RFC 7644 sections 3.5.1 and 3.5.2), unless somebody leaves by
/// it.
pub(super) fn kept(
    case: &Case<'_>,
    kind: &ResourceType,
    before: Option<&Object<'_>>,
    resource: &mut Resource<'_>,
) -> Result<(), Refusal> {
    let mapping = case.tenant.settings.mapping.as_ref();
    let Some(mapping) = mapping.filter(|_| kind.name() == "User" && !case.is_platform) else {
        return Ok(());
    };
    // As the client says it, and not as a field would have it back.
    let leaves = !is_active(resource);
    let fields = mapping.fields.iter();
    for field in fields.filter(|it| it.direction == Direction::In) {
        let Some(selector) = field.target() else {
            continue;
        };
        let was = before.and_then(|before| selector.read(kind, before));
        let is = selector.read(kind, resource);
        let is_same = match (&was, &is) {
            (None, None) => true,
            (Some(was), Some(is)) => was.same(is),
            _ => false,
        };
        if is_same {
            continue;
        }
        if case.method == "PATCH" && !leaves {
            kind.tolerances.allow(Tolerance::DropReadOnly, || {
                let path = selector.as_str();
                Refusal::mutability(format!("`{path}` is set by the platform alone"))
            })?;
        }
        if let Err(why) = selector.write(kind, resource, was)
            && !leaves
        {
            return Err(Refusal::value(why.0));
        }
    }
    if leaves {
        resource.set("active", Value::Bool(false));
    }
    Ok(())
}

/// Whether a user can be an account: what is required is there, and every value passes. Who is inactive
/// need not be one: a leaver can always leave. A field that an active user lacked before (the mapping came
/// later) stands in the way of nothing: a request that takes another value away would else be refused.
///
/// # Errors
/// `invalidValue` that names the field and the path.
pub(super) fn fits(
    case: &Case<'_>,
    kind: &ResourceType,
    before: Option<&Object<'_>>,
    resource: &Resource<'_>,
) -> Result<(), Refusal> {
    let mapping = case.tenant.settings.mapping.as_ref();
    let Some(mapping) = mapping.filter(|_| kind.name() == "User" && is_active(resource)) else {
        return Ok(());
    };
    let mut lacking = mapping.lacks(kind, resource);
    let before = before.filter(|before| is_active(before));
    if let (Some(before), false) = (before, lacking.is_empty()) {
        let known = mapping.lacks(kind, before);
        lacking.retain(|it| !known.iter().any(|known| known.field == it.field));
    }
    let mut lacking = lacking.into_iter();
    lacking
        .next()
        .map_or(Ok(()), |it| Err(Refusal::value(it.detail)))
}

fn is_active(user: &Object<'_>) -> bool {
    !matches!(user.get("active"), Some(Value::Bool(false)))
}
