//! Filters that name the resources they are about, by id or by a membership: these few are looked
//! at, however many there are in all.

use std::collections::BTreeSet;

use super::MAX_EXAMINED;
use crate::facts::{End, Key};
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::{Checked, Comparand, Operand, Operator};
use crate::scim::schema::ResourceType;
use crate::usecase::case::Case;
use crate::usecase::view::all_edges;

/// The only resources that a filter can select.
pub(super) struct Few<'t> {
    /// In the order of their ids.
    pub(super) keys: Vec<Key>,
    /// What of the filter is still to be looked at.
    pub(super) rest: Option<Checked<'t>>,
}

/// Those that a filter names; none where it names nobody.
pub(super) fn candidates<'t>(
    case: &mut Case<'_>,
    kind: &ResourceType,
    filter: &Checked<'t>,
) -> Result<Option<Few<'t>>, Refusal> {
    let conditions = match filter {
        Checked::And(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    let one = |name: &str| {
        conditions
            .iter()
            .enumerate()
            .find_map(|(at, it)| equals(it, name).map(|value| (at, value.to_owned())))
    };
    // A group may have more members than a user has groups, so who is asked for as a member is
    // looked at first.
    if let ("Group", Some((at, member))) = (kind.name(), one("members.value")) {
        let keys = groups_of(case, &member)?;
        let rest = without(conditions, at);
        return Ok(Some(Few { keys, rest }));
    }
    if let Some((at, id)) = one("id") {
        let keys = vec![Key::new(kind.name(), &id)];
        let rest = without(conditions, at);
        return Ok(Some(Few { keys, rest }));
    }
    if let ("User", Some((at, group))) = (kind.name(), one("groups.value")) {
        let keys = users_in(case, &group)?;
        let rest = without(conditions, at);
        return Ok(Some(Few { keys, rest }));
    }
    Ok(None)
}

/// The other conditions.
fn without<'t>(conditions: &[Checked<'t>], at: usize) -> Option<Checked<'t>> {
    let others = conditions
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != at);
    let others: Vec<Checked<'t>> = others.map(|(_, it)| it.clone()).collect();
    (!others.is_empty()).then_some(Checked::And(others))
}

/// What a path is compared with: `path eq "value"`, or `attribute[part eq "value"]`.
fn equals<'f>(filter: &'f Checked<'_>, path: &str) -> Option<&'f str> {
    match filter {
        Checked::Compare(Operand::Resource(target), Operator::Eq, Comparand::Text(value))
            if target.extension.is_none() && target.path() == path =>
        {
            Some(value)
        }
        Checked::Element(target, inner) => match inner.as_ref() {
            Checked::Compare(Operand::Element(part), Operator::Eq, Comparand::Text(value))
                if target.extension.is_none()
                    && path.split_once('.')
                        == Some((target.attribute.name.as_str(), part.name.as_str())) =>
            {
                Some(value)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The groups that have this member.
fn groups_of(case: &mut Case<'_>, member: &str) -> Result<Vec<Key>, Refusal> {
    let ends = ["User", "Group"].map(|kind| End::Target(Key::new(kind, member)));
    let ties = all_edges(case, ends.to_vec())?;
    let groups: BTreeSet<Key> = ties.into_iter().flatten().map(|it| it.source).collect();
    Ok(groups.into_iter().collect())
}

/// The users who are in this group, or in a group that is.
fn users_in(case: &mut Case<'_>, group: &str) -> Result<Vec<Key>, Refusal> {
    let mut users = BTreeSet::new();
    let mut seen = BTreeSet::from([Key::new("Group", group)]);
    let mut level: Vec<Key> = seen.iter().cloned().collect();
    while !level.is_empty() {
        let ties = all_edges(case, level.drain(..).map(End::Source).collect())?;
        for member in ties.into_iter().flatten().map(|edge| edge.target) {
            if member.kind == "User" {
                users.insert(member);
            } else if seen.insert(member.clone()) {
                level.push(member);
            }
        }
        if (users.len() + seen.len()) as u64 > MAX_EXAMINED {
            let detail = format!(
                "the group has more than {MAX_EXAMINED} members; read them from the group itself"
            );
            return Err(Refusal::Scim(ScimType::TooMany, detail));
        }
    }
    Ok(users.into_iter().collect())
}
