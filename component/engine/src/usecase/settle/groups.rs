//! What a group means for the licenses of those in it: they join or leave, it gets another name, it
//! goes.

use std::collections::{BTreeMap, BTreeSet};

use super::held;
use super::user::{asked_by, settle_with};
use super::work;
use crate::facts::{Change, End, Key, Row};
use crate::license::{Cause, Want, grants, newly_asked, remembered};
use crate::refusal::Refusal;
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};
use crate::usecase::case::Case;
use crate::usecase::document;
use crate::usecase::members::{current, nesting};
use crate::usecase::overlay::Overlay;
use crate::usecase::policy::{About, Hook, Petition, asks, entitled};
use crate::usecase::view::all_edges;

/// Users whom one request settles. What is beyond is left to the sweep.
const AT_ONCE: usize = 1000;

/// Whether groups mean anything for licenses: by the settings, or, for all they know, by the policy.
fn matter(case: &mut Case<'_>) -> bool {
    !case.tenant.settings.licensing.groups.is_empty() || asks(case, Hook::Entitle)
}

/// Whether those count who are in a group through another one.
fn is_nested(case: &mut Case<'_>) -> bool {
    case.tenant.settings.licensing.nested || asks(case, Hook::Entitle)
}

/// A change of a group.
pub(in crate::usecase) struct Regroup<'a> {
    /// None for a new group.
    pub(in crate::usecase) before: Option<&'a Object<'a>>,
    /// None for one that goes.
    pub(in crate::usecase) after: Option<&'a Object<'a>>,
    /// Members that come or go.
    pub(in crate::usecase) moved: BTreeSet<Key>,
}

impl Regroup<'_> {
    /// Whether it takes something from somebody, by these changes: members leave, or the group is no
    /// longer what it was called, or goes.
    fn takes(&self, changes: &[Change]) -> bool {
        let leave = |change: &Change| matches!(change, Change::Unlink(_));
        let is_called = |group: &Object<'_>| group.get_text("displayName").map(str::to_owned);
        let is_renamed = self.before.and_then(is_called) != self.after.and_then(is_called);
        self.before.is_some() && (is_renamed || self.after.is_none() || changes.iter().any(leave))
    }
}

/// A group that a user is in.
pub(in crate::usecase) type Membership = (String, String, bool);

/// Settles the users for whom a change of a group means something, on top of `changes`, which make
/// it.
///
/// Who is inactive asks for nothing, so nothing of them changes; they are written all the same. Else a
/// request that makes them active at this moment would not notice the group.
pub(in crate::usecase) fn regrouped(
    case: &mut Case<'_>,
    id: &str,
    regroup: &Regroup<'_>,
    changes: &mut Vec<Change>,
) -> Result<(), Refusal> {
    if !matter(case) {
        return Ok(());
    }
    if is_nested(case) && regroup.before.is_some() && !nesting::nests(changes) {
        let condition = nesting::still(case)?;
        case.rests_on.push(condition);
    }
    let users = affected(case, id, regroup)?;
    // Others may put groups into one another, or users into them, at the same moment.
    changes.append(&mut case.rests_on);
    if users.is_empty() {
        return Ok(());
    }
    let mut users: Vec<Key> = users.into_iter().collect();
    let later = users.split_off(users.len().min(AT_ONCE));
    let likeness = case.likeness();
    let mut overlay = Overlay::new(case.tenant, &mut *case.facts);
    overlay.absorb(changes.clone())?;
    let mut case = likeness.over(&mut overlay);
    let takes = regroup.takes(changes);
    let settled = resettled(&mut case, users, Why::Group { takes }, false)?;
    // If the guard has stopped this, it stops the rest of it too.
    let holds = held::begins(&settled);
    changes.extend(settled);
    changes.extend(work::later(&case, &later, holds));
    Ok(())
}

/// Why users are settled whom no request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::usecase) enum Why {
    /// A request changes a group that they are in. It asks for licenses on their behalf, so that it
    /// may be refused for want of a seat. `takes`: it takes some away, too.
    Group { takes: bool },
    /// The same, for those who were too many for the request.
    GroupLater,
    /// The settings, or what licenses say of one another, have changed.
    Settings,
    /// Something of theirs has ended.
    Ended,
    /// What the guard has kept is undone.
    Undo,
}

impl Why {
    fn cause(self) -> Cause {
        match self {
            Self::Group { .. } | Self::GroupLater => Cause::Group,
            Self::Settings => Cause::Settings,
            Self::Ended => Cause::Ended,
            Self::Undo => Cause::Undo,
        }
    }
}

/// Settles users as their documents and their groups are in the facts of this case. `holds`: what they
/// lose is held, whatever the guard says.
pub(in crate::usecase) fn resettled(
    case: &mut Case<'_>,
    users: Vec<Key>,
    why: Why,
    holds: bool,
) -> Result<Vec<Change>, Refusal> {
    let Some(kind) = case.tenant.registry.by_name("User") else {
        return Ok(Vec::new());
    };
    let groups = memberships(case, &users)?;
    let rows: Vec<Row> = case.facts.load(users)?.into_iter().flatten().collect();
    let wanted = wanted(case, kind, &rows, &groups, why)?;
    let ((), changes) = settle_with(case, kind, (why.cause(), holds), None, |desk, facts| {
        for (row, (wants, is_active)) in rows.iter().zip(&wanted) {
            desk.settle_row(facts, row, wants.clone())?;
            if !is_active && matches!(why, Why::Group { .. } | Why::GroupLater) {
                desk.touch(&row.key.id);
            }
        }
        Ok(())
    })?;
    let mut changes = changes;
    changes.append(&mut case.rests_on);
    Ok(changes)
}

/// What each of these users wants, and whether they are active.
fn wanted(
    case: &mut Case<'_>,
    kind: &ResourceType,
    rows: &[Row],
    groups: &BTreeMap<Key, Vec<Membership>>,
    why: Why,
) -> Result<Vec<(Vec<Want>, bool)>, Refusal> {
    let mut users = Vec::with_capacity(rows.len());
    for row in rows {
        let user = document::read(row)?;
        let held = grants(&user);
        users.push((row, user, held));
    }
    let mut petitions = Vec::with_capacity(rows.len());
    for (row, user, held) in &users {
        let groups = groups.get(&row.key).map_or(&[][..], Vec::as_slice);
        let mut wants = asked_by(case, kind, user, groups)?;
        if matches!(why, Why::Group { .. }) {
            wants = newly_asked(wants, &remembered(held));
        }
        petitions.push(Petition {
            id: &row.key.id,
            user,
            groups,
            held,
            wants,
        });
    }
    let takes = why == Why::Group { takes: true };
    let wants = entitled(case, kind, About::Others { takes }, petitions)?.into_iter();
    let is_active = |user: &Object<'_>| !matches!(user.get("active"), Some(Value::Bool(false)));
    let active = users.iter().map(|(_, user, _)| is_active(user));
    Ok(wants.zip(active).collect())
}

/// The users for whom the change means something.
fn affected(
    case: &mut Case<'_>,
    id: &str,
    regroup: &Regroup<'_>,
) -> Result<BTreeSet<Key>, Refusal> {
    let own = Key::new("Group", id);
    let licensing = &case.tenant.settings.licensing;
    let name = |group: Option<&Object<'_>>| {
        let name = group.and_then(|group| group.get_text("displayName"));
        name.unwrap_or_default().to_owned()
    };
    let (before, after) = (name(regroup.before), name(regroup.after));
    let asks = asks(case, Hook::Entitle);
    let is_mapped = |name: &String| asks || licensing.groups.contains_key(name);
    let maps_own = is_mapped(&own.id) || is_mapped(&before) || is_mapped(&after);
    let renamed = before != after && (is_mapped(&before) || is_mapped(&after));
    let maps_above = is_nested(case) && regroup.before.is_some() && {
        let above = memberships(case, std::slice::from_ref(&own))?;
        let mut above = above.into_values().flatten();
        above.any(|(id, name, _)| is_mapped(&id) || is_mapped(&name))
    };
    if !maps_own && !maps_above {
        return Ok(BTreeSet::new());
    }
    let mut moved = regroup.moved.clone();
    if regroup.after.is_none() || (renamed && regroup.before.is_some()) {
        moved.extend(current(case, id)?);
    }
    users_among(case, moved)
}

/// The users among these, and, where membership through groups counts, those in the groups among
/// them.
fn users_among(case: &mut Case<'_>, moved: BTreeSet<Key>) -> Result<BTreeSet<Key>, Refusal> {
    let (mut users, groups): (BTreeSet<Key>, BTreeSet<Key>) =
        moved.into_iter().partition(|key| key.kind == "User");
    if !is_nested(case) {
        return Ok(users);
    }
    let mut level: Vec<Key> = groups.iter().cloned().collect();
    let mut seen = groups;
    while !level.is_empty() {
        for row in case.facts.load(level.clone())?.into_iter().flatten() {
            case.rest_on(&row);
        }
        let ends = level.drain(..).map(End::Source).collect();
        for edge in all_edges(case, ends)?.into_iter().flatten() {
            if edge.target.kind == "User" {
                users.insert(edge.target);
            } else if seen.insert(edge.target.clone()) {
                level.push(edge.target);
            }
        }
    }
    Ok(users)
}

/// The groups that each of these is in: id, name, and whether directly.
pub(in crate::usecase) fn memberships(
    case: &mut Case<'_>,
    members: &[Key],
) -> Result<BTreeMap<Key, Vec<Membership>>, Refusal> {
    if !matter(case) {
        return Ok(BTreeMap::new());
    }
    let parents = nesting::above(case, members)?;
    let all: BTreeSet<Key> = parents.values().flatten().cloned().collect();
    if all.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut names = BTreeMap::new();
    for row in case
        .facts
        .load(all.into_iter().collect())?
        .into_iter()
        .flatten()
    {
        let name = document::read(&row)?
            .get_text("displayName")
            .unwrap_or_default()
            .to_owned();
        case.rest_on(&row);
        names.insert(row.key, name);
    }
    let of = |member: &Key| {
        let direct = parents.get(member).map_or(&[][..], Vec::as_slice);
        let all = nesting::reachable(&parents, member).into_iter();
        all.filter_map(|group| {
            let name = names.get(&group)?.clone();
            let is_direct = direct.contains(&group);
            Some((group.id, name, is_direct))
        })
        .collect()
    };
    Ok(members.iter().map(|key| (key.clone(), of(key))).collect())
}
