//! Group membership as ties, never as a list inside a document: one member more costs the same in
//! a group of ten and in a group of a hundred thousand.
//!
//! A member is a user or a group; where the client does not say which, the id is looked up. Groups
//! make no circles: see [`nesting`].

pub(super) mod nesting;

use std::collections::BTreeSet;

use super::case::Case;
use super::document::{assemble, disassemble, read};
use super::view::{self, all_edges};
use crate::facts::{Change, Edge, EdgeQuery, End, Key};
use crate::license::put;
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::{Checked, Comparand, Operator};
use crate::scim::patch::{Op, Step};
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::value::Value;

/// The relation from a group to a member.
pub(super) const MEMBER: &str = "member";

/// What changes about the members of one group.
#[derive(Clone, Debug, Default)]
pub(super) struct Membership {
    /// Everybody who is not in `joining` leaves.
    cleared: bool,
    joining: BTreeSet<Key>,
    leaving: BTreeSet<Key>,
    /// Ids in `joining` of which the client did not say whether they are users or groups. They
    /// stand there as users until [`Self::resolve`].
    untyped: BTreeSet<String>,
    /// What makes sure that no two commits close a circle of groups between them.
    nesting: Option<Change>,
    /// Who is a member now, once a filter has asked for all of them.
    now: Option<BTreeSet<Key>>,
    /// How many members filters have looked at.
    examined: usize,
}

/// Members that the filters of one PATCH may look at. `value eq "..."` looks at none.
const MAX_EXAMINED: usize = 100_000;

impl Membership {
    /// The members in the representation of a new group, taken out of it.
    pub(super) fn initial(
        case: &mut Case<'_>,
        kind: &ResourceType,
        resource: &mut Resource<'_>,
    ) -> Result<Self, Refusal> {
        let mut members = Self::default();
        if kind.name() == "Group"
            && let Some(value) = resource.remove("members")
        {
            members.join(&value)?;
            members.known(case)?;
        }
        Ok(members)
    }

    /// The members in a replacement: they are all that there will be.
    pub(super) fn replaced(
        case: &mut Case<'_>,
        kind: &ResourceType,
        id: &str,
        resource: &mut Resource<'_>,
    ) -> Result<Self, Refusal> {
        let mut members = Self::default();
        if kind.name() == "Group" {
            members.cleared = true;
            members.join(&resource.remove("members").unwrap_or(Value::Null))?;
            members.resolve(case, id)?;
        }
        Ok(members)
    }

    /// One step of a PATCH about `members`.
    pub(super) fn step(
        &mut self,
        case: &mut Case<'_>,
        group: &str,
        step: Step<'_, '_>,
    ) -> Result<(), Refusal> {
        let Step::Attribute {
            op,
            target,
            filter,
            value,
            makes: _,
        } = step
        else {
            return Ok(());
        };
        match (op, filter) {
            _ if target.sub.is_some() && op != Op::Remove => Err(Refusal::mutability(
                "a member is added or removed, not changed",
            )),
            _ if target.sub.is_some() => Err(Refusal::mutability(
                "the parts of a member cannot be removed one by one",
            )),
            (Op::Add, None) => self.join(&value),
            (Op::Replace, None) => {
                self.clear();
                self.join(&value)
            }
            (Op::Remove, None) => {
                self.clear();
                Ok(())
            }
            (Op::Remove, Some(filter)) => self.leave(case, group, &filter),
            (Op::Add | Op::Replace, Some(_)) => Err(Refusal::mutability(
                "a member is added or removed, not changed",
            )),
        }
    }

    fn clear(&mut self) {
        self.cleared = true;
        self.joining.clear();
        self.leaving.clear();
        self.untyped.clear();
    }

    fn join(&mut self, value: &Value<'_>) -> Result<(), Refusal> {
        for element in value.elements() {
            let parts = element.as_object();
            let Some(id) = parts.and_then(|parts| parts.get_text("value")) else {
                return Err(Refusal::value("a member needs a `value`: the id of a user"));
            };
            let kind = parts.and_then(|parts| parts.get_text("type"));
            let is = |name: &str| kind.is_some_and(|kind| kind.eq_ignore_ascii_case(name));
            let key = if is("Group") {
                Key::new("Group", id)
            } else if is("User") || kind.is_none() {
                Key::new("User", id)
            } else {
                return Err(Refusal::value("the `type` of a member is User or Group"));
            };
            if kind.is_none() {
                self.untyped.insert(id.to_owned());
                self.leaving.remove(&Key::new("Group", id));
            } else {
                self.untyped.remove(id);
            }
            self.leaving.remove(&key);
            self.joining.insert(key);
        }
        Ok(())
    }

    fn leave(
        &mut self,
        case: &mut Case<'_>,
        group: &str,
        filter: &Checked<'_>,
    ) -> Result<(), Refusal> {
        let keys = match named(filter) {
            Some(ids) => {
                let both = |id: String| [Key::new("User", &id), Key::new("Group", &id)];
                ids.into_iter().flat_map(both).collect()
            }
            None => self.selected(case, group, filter)?,
        };
        for key in keys {
            self.untyped.remove(&key.id);
            self.joining.remove(&key);
            self.leaving.insert(key);
        }
        Ok(())
    }

    /// Members that a filter selects: each is looked at.
    fn selected(
        &mut self,
        case: &mut Case<'_>,
        group: &str,
        filter: &Checked<'_>,
    ) -> Result<Vec<Key>, Refusal> {
        let now = match self.now.take() {
            Some(now) => now,
            None => current(case, group)?,
        };
        let now = self.now.insert(now);
        self.examined += now.len() + self.joining.len();
        if self.examined > MAX_EXAMINED {
            let detail = "this PATCH looks at too many members; name them by `value eq`";
            return Err(Refusal::Scim(ScimType::TooMany, detail.to_owned()));
        }
        let all: BTreeSet<&Key> = now.iter().chain(&self.joining).collect();
        let all: Vec<Key> = all.into_iter().cloned().collect();
        let members = view::members(case, &all, filter.names_part("display"))?;
        let chosen = all.into_iter().zip(&members);
        let chosen = chosen.filter(|(_, member)| filter.matches_element(member));
        Ok(chosen.map(|(key, _)| key).collect())
    }

    /// Compares with who is a member now: what is so already changes nothing.
    pub(super) fn resolve(&mut self, case: &mut Case<'_>, group: &str) -> Result<(), Refusal> {
        if self.cleared {
            let now = current(case, group)?;
            self.retype(&now);
            self.leaving = now.difference(&self.joining).cloned().collect();
            self.joining = self.joining.difference(&now).cloned().collect();
            self.cleared = false;
        } else {
            let perhaps = self.untyped.iter().map(|id| Key::new("Group", id));
            let named = self.joining.iter().chain(&self.leaving).cloned();
            let asked: Vec<Key> = named.chain(perhaps).collect();
            let members = which(case, group, &asked)?;
            self.retype(&members);
            self.joining.retain(|key| !members.contains(key));
            self.leaving.retain(|key| members.contains(key));
        }
        self.known(case)?;
        let joining: Vec<&Key> = self
            .joining
            .iter()
            .filter(|it| it.kind == "Group")
            .collect();
        self.nesting = nesting::guard(case, group, &joining)?;
        Ok(())
    }

    /// Makes groups of those without a type that are members as groups already.
    fn retype(&mut self, members: &BTreeSet<Key>) {
        let groups = self.untyped.iter().map(|id| Key::new("Group", id));
        let groups: Vec<Key> = groups.filter(|key| members.contains(key)).collect();
        for key in groups {
            self.be_group(key);
        }
    }

    fn be_group(&mut self, key: Key) {
        self.untyped.remove(&key.id);
        self.joining.remove(&Key::new("User", &key.id));
        self.joining.insert(key);
    }

    /// Finds out what those without a type are, and refuses members that do not exist.
    fn known(&mut self, case: &mut Case<'_>) -> Result<(), Refusal> {
        let strange = missing(case, self.joining.iter().cloned().collect())?;
        let (may_be, absent): (Vec<Key>, Vec<Key>) = strange
            .into_iter()
            .partition(|key| key.kind == "User" && self.untyped.contains(&key.id));
        let groups: Vec<Key> = may_be.iter().map(|it| Key::new("Group", &it.id)).collect();
        let neither = missing(case, groups.clone())?;
        if let Some(key) = absent.first().or(neither.first()) {
            let kind = if absent.is_empty() { "User" } else { &key.kind };
            let detail = format!("there is no {kind} with id `{}` to be a member", key.id);
            return Err(Refusal::value(detail));
        }
        for group in groups {
            self.be_group(group);
        }
        Ok(())
    }

    /// The changes to the ties. After [`Self::resolve`].
    pub(super) fn changes(&self, kind: &ResourceType, group: &str) -> Vec<Change> {
        let tie = |member: &Key| Edge {
            relation: MEMBER.to_owned(),
            source: Key::new(kind.name(), group),
            target: member.clone(),
            body: String::new(),
        };
        let leaving = self
            .leaving
            .iter()
            .map(|member| Change::Unlink(tie(member)));
        let joining = self.joining.iter().map(|member| Change::Link(tie(member)));
        leaving.chain(joining).chain(self.nesting.clone()).collect()
    }

    /// Whoever comes or goes.
    pub(super) fn moved(&self) -> impl Iterator<Item = &Key> {
        self.joining.iter().chain(&self.leaving)
    }

    /// Who will be a member, given who is one in the store.
    pub(super) fn after(&self, now: Vec<Key>) -> Vec<Key> {
        let stays = now.into_iter().filter(|key| !self.leaving.contains(key));
        let all: BTreeSet<Key> = stays.chain(self.joining.iter().cloned()).collect();
        all.into_iter().collect()
    }
}

/// Those of these that do not exist.
fn missing(case: &mut Case<'_>, keys: Vec<Key>) -> Result<Vec<Key>, Refusal> {
    if keys.is_empty() {
        return Ok(keys);
    }
    let rows = case.facts.load(keys.clone())?;
    let absent = keys.into_iter().zip(rows).filter(|(_, row)| row.is_none());
    Ok(absent.map(|(key, _)| key).collect())
}

/// The ids that a filter such as `value eq "a" or value eq "b"` names outright.
fn named(filter: &Checked<'_>) -> Option<Vec<String>> {
    match filter {
        Checked::Compare(operand, Operator::Eq, Comparand::Text(id))
            if operand.leaf().name == "value" =>
        {
            Some(vec![id.clone()])
        }
        Checked::Or(parts) => {
            let ids: Option<Vec<Vec<String>>> = parts.iter().map(named).collect();
            ids.map(|ids| ids.concat())
        }
        _ => None,
    }
}

/// Who is a member now.
pub(super) fn current(case: &mut Case<'_>, group: &str) -> Result<BTreeSet<Key>, Refusal> {
    let edges = all_edges(case, vec![End::Source(Key::new("Group", group))])?;
    Ok(edges
        .into_iter()
        .flatten()
        .map(|edge| edge.target)
        .collect())
}

/// Which of these are members, asked one by one so that the size of the group does not matter.
fn which(case: &mut Case<'_>, group: &str, asked: &[Key]) -> Result<BTreeSet<Key>, Refusal> {
    if asked.is_empty() {
        return Ok(BTreeSet::new());
    }
    let query = |member: &Key| EdgeQuery {
        relation: MEMBER.to_owned(),
        end: End::Between(Key::new("Group", group), member.clone()),
        after: None,
        max: 1,
        want_total: false,
    };
    let pages = case.facts.edges(asked.iter().map(query).collect())?;
    Ok(pages
        .into_iter()
        .flat_map(|page| page.edges)
        .map(|edge| edge.target)
        .collect())
}

/// When a member goes, the groups that it was in change: a new version of each.
pub(super) fn touch_groups_of(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
) -> Result<Vec<Change>, Refusal> {
    if !matches!(kind.name(), "User" | "Group") {
        return Ok(Vec::new());
    }
    let Some(group_kind) = case.tenant.registry.by_name("Group") else {
        return Ok(Vec::new());
    };
    let ties = all_edges(case, vec![End::Target(Key::new(kind.name(), id))])?;
    let keys: Vec<Key> = ties.into_iter().flatten().map(|edge| edge.source).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut changes = Vec::with_capacity(keys.len());
    for row in case.facts.load(keys)?.into_iter().flatten() {
        let (resource, created) = disassemble(read(&row)?);
        let document = assemble(group_kind, &row.key.id, resource, &created, &case.now());
        changes.push(Change::Put(put(
            group_kind,
            &row.key.id,
            &document,
            Some(row.version),
        )));
    }
    Ok(changes)
}
