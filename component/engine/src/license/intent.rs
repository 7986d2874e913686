//! What a user asks for: from `entitlements`, roles, attributes, groups, rules, an admin and the
//! default.

use super::grant::{POLICY_DENIED, POLICY_FAILED, POLICY_REFUSED, UNMAPPED, assigned};
use super::{Catalog, Grant, State};
use crate::scim::filter::values;
use crate::scim::schema::{Resolved, ResourceType};
use crate::scim::value::{Object, Value};
use crate::settings::{Licensing, SkuMap, Unmapped};

/// A license that is asked for, and by whom. A user asks for a SKU once, however many sources do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// The SKU.
    pub sku: String,
    /// `entitlements`, `role:VALUE`, `attribute:PATH`, `group:ID`, `rule:NAME`, `admin`, `default`,
    /// `policy`.
    pub sources: Vec<String>,
    /// Why it cannot be granted whatever the seats.
    pub blocked: Option<&'static str>,
    /// Whether it is granted although the tenant's policy could not be asked.
    pub unasked: bool,
    /// Whether the request itself asks for it, in so many words: only then may it be refused for
    /// want of a seat. A request that takes something away must not fail because a rule or the
    /// default then finds no seat.
    pub asked: bool,
    /// Who comes first in a line: 0 to 9, the higher.
    pub priority: u8,
}

impl Want {
    /// Whether the provider asks for it in so many words, and not only a rule, the default or an admin.
    #[must_use]
    pub fn is_asked_for(&self) -> bool {
        let kinds = ["role:", "attribute:", "group:"];
        let is_explicit = |source: &String| {
            source == "entitlements" || kinds.iter().any(|kind| source.starts_with(kind))
        };
        self.sources.iter().any(is_explicit)
    }
}

/// What is known of a user beside the document.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The groups that the user is in, directly or not: id, `displayName`, whether directly.
    pub groups: &'a [(String, String, bool)],
    /// The moment, as SCIM writes it.
    pub now: &'a str,
}

/// Why a want is blocked whatever becomes of seats: only whoever decides of wants can change it.
const FOR_GOOD: [&str; 4] = [UNMAPPED, POLICY_DENIED, POLICY_REFUSED, POLICY_FAILED];

/// The wants of a user as the grants remember them: each was one, whatever became of it.
#[must_use]
pub fn remembered(grants: &[Grant]) -> Vec<Want> {
    let want = |grant: &Grant| Want {
        sku: grant.sku.clone(),
        sources: grant.direct().cloned().collect(),
        blocked: if grant.state == State::Blocked {
            FOR_GOOD
                .into_iter()
                .find(|it| grant.reason.as_deref() == Some(it))
        } else {
            None
        },
        unasked: grant.state.is_granted() && grant.reason.as_deref() == Some(POLICY_FAILED),
        asked: false,
        priority: grant.priority,
    };
    // Of what is kept or held nothing is wanted any more.
    let wanted = |grant: &&Grant| !matches!(grant.state, State::Grace | State::Held);
    let direct = grants
        .iter()
        .filter(wanted)
        .filter(|grant| grant.is_direct());
    direct.map(want).collect()
}

/// Marks the wants that a request asks for and that were not wanted before it.
#[must_use]
pub fn newly_asked(wants: Vec<Want>, before: &[Want]) -> Vec<Want> {
    let mark = |want: Want| {
        let known = before.iter().any(|old| old.sku == want.sku);
        Want {
            asked: !known && want.is_asked_for(),
            ..want
        }
    };
    wants.into_iter().map(mark).collect()
}

/// What a user asks for, in the order of the sources. An inactive user asks for nothing: that is
/// what makes a leaver's seats free (RFC 7643 section 4.1.1, `active`). The default applies where
/// nothing that is asked for exists; the catalog may be left out where there is no default.
#[must_use]
pub fn wants(
    licensing: &Licensing,
    kind: &ResourceType,
    user: &Object<'_>,
    around: Around<'_>,
    catalog: Option<&Catalog>,
) -> Vec<Want> {
    if matches!(user.get("active"), Some(Value::Bool(false))) {
        return Vec::new();
    }
    let mut wants = Wants(Vec::new());
    from_entitlements(licensing, user, &mut wants);
    for value in element_values(user, "roles") {
        wants.mapped(&licensing.roles, value, &format!("role:{value}"));
    }
    for (path, map) in &licensing.attributes {
        from_attribute(kind, user, path, map, &mut wants);
    }
    for (id, name, is_direct) in around.groups {
        if *is_direct || licensing.nested {
            let source = format!("group:{id}");
            wants.mapped(&licensing.groups, id, &source);
            wants.mapped(&licensing.groups, name, &source);
        }
    }
    for rule in &licensing.rules {
        if rule
            .when
            .filter(kind)
            .is_some_and(|filter| filter.matches(user))
        {
            let source = format!("rule:{}", rule.name);
            rule.grant
                .iter()
                .for_each(|sku| wants.add(sku, &source, None));
        }
    }
    for assigned in assigned(user) {
        if assigned.until.is_none_or(|until| *until > *around.now) {
            wants.add(&assigned.sku, "admin", None);
        }
    }
    let grantable = |want: &Want| {
        let exists = catalog.is_none_or(|catalog| catalog.license(&want.sku).is_some());
        want.blocked.is_none() && exists
    };
    if !wants.0.iter().any(grantable) {
        licensing
            .default
            .iter()
            .for_each(|sku| wants.add(sku, "default", None));
    }
    let priority = priority(licensing, kind, user);
    wants.0.iter_mut().for_each(|want| want.priority = priority);
    wants.0
}

/// The highest priority whose condition is true of the user.
#[must_use]
pub fn priority(licensing: &Licensing, kind: &ResourceType, user: &Object<'_>) -> u8 {
    let meant = licensing.priorities.iter().filter(|(when, _)| {
        let filter = when.filter(kind);
        filter.is_some_and(|filter| filter.matches(user))
    });
    meant.map(|(_, priority)| *priority).max().unwrap_or(0)
}

struct Wants(Vec<Want>);

impl Wants {
    fn add(&mut self, sku: &str, source: &str, blocked: Option<&'static str>) {
        if !self.0.iter().any(|want| want.sku == sku) {
            self.0.push(Want {
                sku: sku.to_owned(),
                sources: Vec::new(),
                blocked,
                unasked: false,
                asked: false,
                priority: 0,
            });
        }
        let Some(want) = self.0.iter_mut().find(|want| want.sku == sku) else {
            return;
        };
        // One source that is mapped is enough.
        want.blocked = want.blocked.and(blocked);
        if !want.sources.iter().any(|known| known == source) {
            want.sources.push(source.to_owned());
        }
    }

    fn mapped(&mut self, map: &SkuMap, value: &str, source: &str) {
        for sku in map.get(value).into_iter().flatten() {
            self.add(sku, source, None);
        }
    }
}

fn from_entitlements(licensing: &Licensing, user: &Object<'_>, wants: &mut Wants) {
    for value in element_values(user, "entitlements") {
        match (licensing.entitlements.get(value), licensing.unmapped) {
            (Some(skus), _) => skus
                .iter()
                .for_each(|sku| wants.add(sku, "entitlements", None)),
            (None, Unmapped::Sku) => wants.add(value, "entitlements", None),
            (None, Unmapped::Block) => wants.add(value, "entitlements", Some(UNMAPPED)),
            (None, Unmapped::Ignore) => {}
        }
    }
}

/// The `value` of each element of an attribute.
fn element_values<'u>(user: &'u Object<'_>, name: &str) -> impl Iterator<Item = &'u str> {
    let elements = user.get(name).map_or(&[][..], Value::elements);
    elements
        .iter()
        .filter_map(|element| element.as_object()?.get_text("value"))
}

fn from_attribute(
    kind: &ResourceType,
    user: &Object<'_>,
    path: &str,
    map: &SkuMap,
    wants: &mut Wants,
) {
    let Some(Resolved::Attribute(target)) = kind.resolve(path) else {
        return;
    };
    let source = format!("attribute:{path}");
    values(user, &target, &mut |value| match value {
        Value::Text(text) => wants.mapped(map, text, &source),
        Value::Bool(value) => wants.mapped(map, &value.to_string(), &source),
        Value::Integer(value) => wants.mapped(map, &value.to_string(), &source),
        _ => {}
    });
}
