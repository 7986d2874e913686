//! The licenses of a tenant, with what the counting house must know of each, in one document.
//!
//! The Entitlement resources are the truth that clients see; this row is written in the same
//! commit as they are, so that a request learns all terms with one question and can make them a
//! condition of its commit: see [`Catalog::unchanged`].

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::facts::{Change, Expectation, Facts, Guard, Key, Put};
use crate::refusal::Refusal;

/// The one row of this kind.
pub const CATALOG: (&str, &str) = ("Catalog", "licenses");

/// What happens when no seat is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Overage {
    /// The user is accepted and waits for a seat.
    #[default]
    Waitlist,
    /// The request is refused.
    Deny,
    /// The user gets the license above the limit.
    Allow,
    /// The user gets the license above the limit, for some time.
    Grace,
}

impl Overage {
    /// As it stands on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waitlist => "waitlist",
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Grace => "grace",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "waitlist" => Some(Self::Waitlist),
            "deny" => Some(Self::Deny),
            "allow" => Some(Self::Allow),
            "grace" => Some(Self::Grace),
            _ => None,
        }
    }
}

/// The terms of one license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// The id of its Entitlement.
    pub id: String,
    /// The SKU: the Entitlement's `value`.
    pub sku: String,
    /// What people call it: the Entitlement's `display`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// Seats, where it has no pools; none: as many as are asked for. See [`License::seats_at`].
    pub seats: Option<u64>,
    /// What happens when no seat is left.
    pub overage: Overage,
    /// What else it says.
    #[serde(default, skip_serializing_if = "Terms::is_plain")]
    pub terms: Terms,
}

/// All licenses of a tenant, as of one version of their row.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    version: Option<u64>,
    licenses: Vec<License>,
}

impl Catalog {
    /// The key of the catalog's row.
    #[must_use]
    pub fn key() -> Key {
        Key::new(CATALOG.0, CATALOG.1)
    }

    /// Asks for the catalog.
    ///
    /// # Errors
    /// The store's failure.
    pub fn load(facts: &mut dyn Facts) -> Result<Self, Refusal> {
        let row = facts.load(vec![Self::key()])?.pop().flatten();
        Self::read(row.as_ref())
    }

    /// Reads the catalog's row.
    ///
    /// # Errors
    /// [`Refusal::Corrupt`].
    pub fn read(row: Option<&crate::facts::Row>) -> Result<Self, Refusal> {
        let Some(row) = row else {
            return Ok(Self::default());
        };
        let licenses = serde_json::from_str(&row.body)
            .map_err(|error| Refusal::Corrupt(format!("the license catalog: {error}")))?;
        Ok(Self {
            version: Some(row.version),
            licenses,
        })
    }

    /// All of them, in the order in which they were created.
    #[must_use]
    pub fn licenses(&self) -> &[License] {
        &self.licenses
    }

    /// The license of that SKU.
    #[must_use]
    pub fn license(&self, sku: &str) -> Option<&License> {
        self.licenses.iter().find(|license| license.sku == sku)
    }

    /// The license of that Entitlement.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&License> {
        self.licenses.iter().find(|license| license.id == id)
    }

    /// Those that name this SKU in their terms.
    #[must_use]
    pub fn naming(&self, sku: &str) -> Vec<&License> {
        let names = |license: &&License| license.terms.named().any(|named| named == sku);
        self.licenses.iter().filter(names).collect()
    }

    /// A way from a license back to itself, by what it requires, contains and falls back to.
    #[must_use]
    pub fn circle(&self, sku: &str) -> Option<Vec<&str>> {
        let mut way = vec![self.license(sku)?.sku.as_str()];
        self.walk_back(sku, &mut way).then_some(way)
    }

    fn walk_back<'c>(&'c self, target: &str, way: &mut Vec<&'c str>) -> bool {
        let Some(license) = way.last().and_then(|sku| self.license(sku)) else {
            return false;
        };
        let before = self.licenses.iter().filter(|it| it.precedes(license));
        for other in before {
            if other.sku == target {
                return true;
            }
            if !way.contains(&other.sku.as_str()) {
                way.push(&other.sku);
                if self.walk_back(target, way) {
                    return true;
                }
                way.pop();
            }
        }
        false
    }

    /// Whether this is the same version of the catalog.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.version == other.version
    }

    /// The condition that the catalog is still the one that was read.
    #[must_use]
    pub fn unchanged(&self) -> Change {
        let expect = self
            .version
            .map_or(Expectation::Absent, Expectation::Version);
        Change::Check(Guard {
            key: Self::key(),
            expect,
        })
    }

    /// The same with this license added or replaced.
    #[must_use]
    pub fn with(&self, license: License) -> Self {
        let mut next = self.clone();
        match next
            .licenses
            .iter_mut()
            .find(|known| known.id == license.id)
        {
            Some(known) => *known = license,
            None => next.licenses.push(license),
        }
        next
    }

    /// The same without this license.
    #[must_use]
    pub fn without(&self, id: &str) -> Self {
        let mut next = self.clone();
        next.licenses.retain(|license| license.id != id);
        next
    }

    /// Writes it, if it is still the one that was read.
    #[must_use]
    pub fn put(&self) -> Change {
        Change::Put(Put {
            key: Self::key(),
            body: serde_json::to_string(&self.licenses).unwrap_or_default(),
            replaces: self.version,
            entries: Vec::new(),
            claims: Vec::new(),
        })
    }
}
