//! What a user was granted, as it stands in the user's own document.

use crate::facts::Entry;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// The states of contract.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A seat within the limit.
    Active,
    /// A seat above the limit.
    Overage,
    /// In the waitlist.
    Waiting,
    /// Not granted, for a reason.
    Blocked,
    /// Freed, but kept for its former holder as long as nobody else wants it.
    Grace,
    /// Would be free, but the guard against mass revocation keeps it.
    Held,
}

impl State {
    /// As it stands on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Overage => "overage",
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
            Self::Grace => "grace",
            Self::Held => "held",
        }
    }

    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Active,
        Self::Overage,
        Self::Waiting,
        Self::Blocked,
        Self::Grace,
        Self::Held,
    ];

    /// The state of that name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether the user has the license.
    #[must_use]
    pub fn is_granted(self) -> bool {
        matches!(self, Self::Active | Self::Overage)
    }
}

/// One license of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The SKU.
    pub sku: String,
    /// What became of the wish.
    pub state: State,
    /// Why it is so: a stable word (docs/licenses.md, "Reasons").
    pub reason: Option<String>,
    /// Since when there is a seat; until then, since when it was asked for: the order of a queue.
    pub since: String,
    /// When it ends by itself: a seat above the limit for some time, one that is kept.
    pub until: Option<String>,
    /// Who asks for it. Nobody does for one that is kept or held.
    pub sources: Vec<String>,
    /// Who comes first in a line: 0 to 9, the higher.
    pub priority: u8,
    /// Whether it counts among those for whom seats are reserved.
    pub reserved: bool,
    /// Of one that is held: whether its seat is above the limit.
    pub over: bool,
}

impl Grant {
    /// Whether only a seat is missing, so that another license may stand in.
    #[must_use]
    pub fn lacks_a_seat(&self) -> bool {
        let reason = self.reason.as_deref();
        let seats = [LIMIT_REACHED, TERM_OVER];
        let for_a_seat = reason.is_some_and(|reason| seats.contains(&reason));
        self.state == State::Waiting || (self.state == State::Blocked && for_a_seat)
    }

    /// Whether the user or an admin asks for it, and not only another license of the user.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.direct().next().is_some()
    }

    /// The sources that are not another license of the user.
    pub fn direct(&self) -> impl Iterator<Item = &String> {
        self.sources.iter().filter(|source| !is_derived(source))
    }
}

/// Whether a source is another license of the user.
#[must_use]
pub fn is_derived(source: &str) -> bool {
    source.starts_with("license:") || source.starts_with("fallback:")
}

/// The tenant's policy leaves it out.
pub const POLICY_DENIED: &str = "policyDenied";
/// The tenant's policy refuses to add anything.
pub const POLICY_REFUSED: &str = "policyRefused";
/// The tenant's policy has failed: what is new is not granted, or, where the tenant chose so, granted
/// without it.
pub const POLICY_FAILED: &str = "policyFailed";
/// No license of that SKU exists.
pub(super) const UNKNOWN_LICENSE: &str = "unknownLicense";
/// The tenant's settings do not map this entitlement.
pub(super) const UNMAPPED: &str = "unmapped";
/// No seat was free and the license does not let anybody wait.
pub(super) const LIMIT_REACHED: &str = "licenseLimitReached";
/// A license that it requires is not granted to the user.
pub(super) const PREREQUISITE_MISSING: &str = "prerequisiteMissing";
/// Another license of the user excludes it.
pub(super) const MUTUALLY_EXCLUSIVE: &str = "mutuallyExclusive";
/// The term of the license is over.
pub(super) const TERM_OVER: &str = "termOver";
/// The term of the license has not begun.
pub(super) const TERM_NOT_BEGUN: &str = "termNotBegun";
/// The time that a seat above the limit lasts is over.
pub(super) const OVERAGE_ENDED: &str = "overageEnded";
/// The guard against mass revocation keeps the seat.
pub(super) const GUARD_HELD: &str = "guardHeld";

/// The grants in a user's document.
#[must_use]
pub fn grants(user: &Object<'_>) -> Vec<Grant> {
    let extension = user.get(urn::SCIMLET_USER).and_then(Value::as_object);
    let list = extension.and_then(|extension| extension.get("licenses"));
    list.map_or(&[][..], Value::elements)
        .iter()
        .filter_map(|value| grant(value.as_object()?))
        .collect()
}

/// One of them.
#[must_use]
pub fn grant(parts: &Object<'_>) -> Option<Grant> {
    let sources = parts.get("sources").map_or(&[][..], Value::elements);
    Some(Grant {
        sku: parts.get_text("value")?.to_owned(),
        state: State::from_word(parts.get_text("state")?)?,
        reason: parts.get_text("reason").map(str::to_owned),
        since: parts.get_text("since")?.to_owned(),
        until: parts.get_text("until").map(str::to_owned),
        priority: match parts.get("priority") {
            Some(Value::Integer(priority)) => u8::try_from(*priority).unwrap_or_default(),
            _ => 0,
        },
        reserved: parts.get("reserved") == Some(&Value::Bool(true)),
        over: parts.get("over") == Some(&Value::Bool(true)),
        sources: sources
            .iter()
            .filter_map(Value::as_text)
            .map(str::to_owned)
            .collect(),
    })
}

/// A license that an admin gives to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The SKU.
    pub sku: String,
    /// When it ends, as SCIM writes moments; none: never.
    pub until: Option<String>,
}

/// What admins have given to a user.
#[must_use]
pub fn assigned(user: &Object<'_>) -> Vec<Assigned> {
    let extension = user.get(urn::SCIMLET_USER).and_then(Value::as_object);
    let list = extension.and_then(|extension| extension.get("assigned"));
    let one = |value: &Value<'_>| {
        let parts = value.as_object()?;
        Some(Assigned {
            sku: parts.get_text("value")?.to_owned(),
            until: parts.get_text("until").map(str::to_owned),
        })
    };
    let elements = list.map_or(&[][..], Value::elements);
    elements.iter().filter_map(one).collect()
}

/// Writes both into a user's document, in the place of what was there.
pub fn set(user: &mut Object<'_>, grants: &[Grant], assigned: &[Assigned]) {
    if grants.is_empty() && assigned.is_empty() {
        user.remove(urn::SCIMLET_USER);
        return;
    }
    let mut extension = Object::with_capacity(2);
    if !grants.is_empty() {
        extension.push("licenses", Value::List(grants.iter().map(value).collect()));
    }
    if !assigned.is_empty() {
        let list = assigned.iter().map(|one| {
            let mut parts = Object::with_capacity(2);
            parts.push("value", Value::owned(one.sku.clone()));
            if let Some(until) = &one.until {
                parts.push("until", Value::owned(until.clone()));
            }
            Value::Object(parts)
        });
        extension.push("assigned", Value::List(list.collect()));
    }
    user.set(urn::SCIMLET_USER, Value::Object(extension));
}

fn value(grant: &Grant) -> Value<'static> {
    let text = |text: &str| Value::owned(text.to_owned());
    let mut parts = Object::with_capacity(5);
    parts.push("value", text(&grant.sku));
    parts.push("state", Value::text(grant.state.word()));
    if let Some(reason) = &grant.reason {
        parts.push("reason", text(reason));
    }
    parts.push("since", text(&grant.since));
    if let Some(until) = &grant.until {
        parts.push("until", text(until));
    }
    if grant.priority > 0 {
        parts.push("priority", Value::Integer(grant.priority.into()));
    }
    for (name, is_so) in [("reserved", grant.reserved), ("over", grant.over)] {
        if is_so {
            parts.push(name, Value::Bool(true));
        }
    }
    parts.push(
        "sources",
        Value::List(grant.sources.iter().map(|source| text(source)).collect()),
    );
    Value::Object(parts)
}

/// Where users in this state for this license are found, in the order of [`queue_key`].
#[must_use]
pub fn queue_path(state: State, sku: &str) -> String {
    format!("license.{}:{sku}", state.word())
}

/// A user's place in a queue: by priority, by time, then by id, so that two of the same millisecond
/// have an order too.
#[must_use]
pub fn queue_key(grant: &Grant, id: &str) -> String {
    let (since, behind) = (&grant.since, 9_u8.saturating_sub(grant.priority));
    match (grant.state, &grant.until) {
        // Of seats that are kept, the one whose time is over first, whoever had it.
        (State::Grace, Some(until)) => format!("{until}/{id}"),
        _ => format!("{behind}/{since}/{id}"),
    }
}

/// Where users are found of whom something ends by itself, by the moment.
pub const DUE: &str = "license.due";

/// Where users are found of whom the tenant's policy could not be asked.
pub const UNASKED: &str = "license.unasked";

/// The index entries that put a user into queues, among the holders of each license, among those of
/// whom something ends by itself, and among those of whom the policy is to be asked again.
#[must_use]
pub fn queue_entries(id: &str, user: &Object<'_>) -> Vec<Entry> {
    let (grants, assigned) = (grants(user), assigned(user));
    let ends = grants.iter().map(|it| &it.until);
    let ends = ends.chain(assigned.iter().map(|it| &it.until)).flatten();
    let due = ends.min().map(|until| Entry {
        path: DUE.to_owned(),
        value: until.clone(),
    });
    let place = |grant: &Grant| Entry {
        path: queue_path(grant.state, &grant.sku),
        value: queue_key(grant, id),
    };
    let is_unasked = |grant: &Grant| grant.reason.as_deref() == Some(POLICY_FAILED);
    let unasked = grants.iter().any(is_unasked).then(|| Entry {
        path: UNASKED.to_owned(),
        value: id.to_owned(),
    });
    let places = grants.iter().map(place);
    places.chain(due).chain(unasked).collect()
}
