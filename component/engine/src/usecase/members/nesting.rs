//! Groups in groups: no circles, and who is in a group by way of another one.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Adjust, Change, End, Key};
use crate::refusal::Refusal;
use crate::usecase::case::Case;
use crate::usecase::view::all_edges;

/// Counts the commits that put a group into a group. Each states that no other one came between
/// its check for circles and itself: two that are harmless alone may close a circle together.
const NESTED: &str = "groups.nested";

/// Groups above one that are looked at. More is no organisation but a mistake.
const MAX_ABOVE: usize = 10_000;

/// Refuses groups that `group` is in already, and answers the condition that keeps this true.
pub(super) fn guard(
    case: &mut Case<'_>,
    group: &str,
    joining: &[&Key],
) -> Result<Option<Change>, Refusal> {
    if joining.is_empty() {
        return Ok(None);
    }
    let counted = case.facts.counters(vec![NESTED.to_owned()])?;
    let count = counted.first().copied().unwrap_or_default();
    let own = Key::new("Group", group);
    let above = above(case, std::slice::from_ref(&own))?;
    let above = reachable(&above, &own);
    let circle = joining
        .iter()
        .find(|key| ***key == own || above.contains(key));
    if let Some(key) = circle {
        return Err(Refusal::value(format!(
            "group `{}` cannot be a member of `{group}`, which it holds itself: groups make no \
             circles",
            key.id
        )));
    }
    Ok(Some(Change::Adjust(Adjust {
        name: NESTED.to_owned(),
        delta: 1,
        floor: count + 1,
        ceiling: Some(count + 1),
    })))
}

/// The condition that nobody puts a group into a group meanwhile, to be asked for before the ties are.
/// Who finds no group above another one has no row to rest on.
pub(in crate::usecase) fn still(case: &mut Case<'_>) -> Result<Change, Refusal> {
    let counted = case.facts.counters(vec![NESTED.to_owned()])?;
    let count = counted.first().copied().unwrap_or_default();
    Ok(Change::Adjust(Adjust {
        name: NESTED.to_owned(),
        delta: 0,
        floor: count,
        ceiling: Some(count),
    }))
}

/// Whether these changes put a group into a group, and so have that condition in them.
pub(in crate::usecase) fn nests(changes: &[Change]) -> bool {
    let is_so = |change: &Change| matches!(change, Change::Adjust(it) if it.name == NESTED);
    changes.iter().any(is_so)
}

/// Which groups each of these is in, and those again, and so on: a level for each question.
pub(in crate::usecase) fn above(
    case: &mut Case<'_>,
    members: &[Key],
) -> Result<BTreeMap<Key, Vec<Key>>, Refusal> {
    let mut parents: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    let mut level: Vec<Key> = members.to_vec();
    while !level.is_empty() {
        let ends = level.iter().cloned().map(End::Target).collect();
        let ties = all_edges(case, ends)?;
        let mut next = BTreeSet::new();
        for (member, edges) in level.into_iter().zip(ties) {
            let groups: Vec<Key> = edges.into_iter().map(|edge| edge.source).collect();
            next.extend(groups.iter().cloned());
            parents.insert(member, groups);
        }
        if parents.len() > MAX_ABOVE + members.len() {
            return Err(Refusal::value(
                "groups are nested too widely to be looked through",
            ));
        }
        level = next
            .into_iter()
            .filter(|key| !parents.contains_key(key))
            .collect();
    }
    Ok(parents)
}

/// All groups that a member is in, directly or not.
pub(in crate::usecase) fn reachable(
    parents: &BTreeMap<Key, Vec<Key>>,
    member: &Key,
) -> BTreeSet<Key> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![member];
    while let Some(key) = waiting.pop() {
        for parent in parents.get(key).map_or(&[][..], Vec::as_slice) {
            if found.insert(parent.clone()) {
                waiting.push(parent);
            }
        }
    }
    found
}
