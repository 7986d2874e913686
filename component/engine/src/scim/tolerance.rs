//! Every deviation from the RFCs that an identity provider needs, and which provider needs which.
//!
//! The core is strict. What a provider sends that the core would refuse is either refused with a
//! detail that names a tolerance of this page, or, where the tenant's settings switch it on, taken
//! as the provider means it. `scim::tolerant` turns a message into a
//! strict one before the core sees it; the few that depend on the stored resource are flags of the
//! core (`PATCH` on values that are not there, say).

use std::fmt;

/// One deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tolerance {
    /// `"op": "Replace"`: operations of a PATCH in any case (Entra).
    OpCase,
    /// `"active": "False"`: booleans as strings (Entra, OneLogin).
    BoolStrings,
    /// `primary eq "True"`: the same in a filter (Entra).
    BoolStringInFilter,
    /// `{"name.givenName": "Ada"}`: paths as names in the value of a PATCH (Entra with its flag).
    DottedKeys,
    /// `{"urn:...:User:department": "R&D"}`: the same with a schema (Entra with its flag).
    UrnKeys,
    /// `emails[type eq "work"].value` where there is no such value: it is made (Entra).
    CreateOnUnmatchedFilter,
    /// `remove` of `members` with a `value`: removes those alone (Entra, JumpCloud).
    RemoveWithValueArray,
    /// `"manager": "26118915"`: the `value` alone for the whole; `""` for none (Entra).
    ScalarForComplex,
    /// `"value": "{\"value\":\"Admin\"}"`: JSON in a string (Entra, app roles).
    JsonInString,
    /// `"emails": {...}`: one value without the array around it (OneLogin).
    ObjectForArray,
    /// `{"id": "..."}` in the value of a PATCH: ignored if it is the resource's own (Okta).
    IdInValue,
    /// A PATCH without operations: nothing happens (Entra's validator).
    EmptyOperations,
    /// An extension that `schemas` does not name (Entra), or names without a value.
    UndeclaredExtension,
    /// A URN in `schemas` that this server does not know (Entra, groups).
    ForeignSchemas,
    /// No `schemas` at all.
    MissingSchemas,
    /// Attributes that no schema names: ignored.
    IgnoreUnknown,
    /// A PATCH of what only the server sets: ignored.
    DropReadOnly,
    /// Two primary values: the first one stays primary (Ping).
    MultiPrimary,
    /// A POST of a user who is here already, by `userName` and `externalId` both: the same POST again, whose
    /// answer got lost (clients that know no `Idempotency-Key`).
    RepeatedPost,
    /// A POST of a user who is inactive here: the old one comes back (Okta).
    AdoptInactiveOnPost,
    /// `userName eq ada`: values without quotes, or in single ones (Entra).
    UnquotedFilterValues,
    /// `emails[type eq "work"].value eq "..."` in a filter (Entra).
    ValuePathParts,
    /// `manager` for `urn:...:User:manager`, where no other attribute has the name (Entra).
    BareExtensionNames,
    /// `Authorization: TOKEN`, without the word `Bearer` (Okta).
    BearerWordOptional,
    /// Old names: `email` for `emails`, `managerId` and `displayName` inside values (Ping, OneLogin,
    /// Entra).
    LegacyNames,
    /// `X-HTTP-Method-Override` on a POST (Ping).
    MethodOverride,
    /// Attributes of the core under its own URN, as if it were an extension (Okta).
    CoreUrnBlock,
    /// `replace` of a complex attribute takes the place of the whole (interop profile).
    ReplaceWhole,
}

use Tolerance as T;

/// Every tolerance under the name it has in the settings.
pub const ALL: &[(Tolerance, &str)] = &[
    (T::OpCase, "opCase"),
    (T::BoolStrings, "boolStrings"),
    (T::BoolStringInFilter, "boolStringInFilter"),
    (T::DottedKeys, "dottedKeys"),
    (T::UrnKeys, "urnKeys"),
    (T::CreateOnUnmatchedFilter, "createOnUnmatchedFilter"),
    (T::RemoveWithValueArray, "removeWithValueArray"),
    (T::ScalarForComplex, "scalarForComplex"),
    (T::JsonInString, "jsonInString"),
    (T::ObjectForArray, "objectForArray"),
    (T::IdInValue, "idInValue"),
    (T::EmptyOperations, "emptyOperations"),
    (T::UndeclaredExtension, "undeclaredExtension"),
    (T::ForeignSchemas, "foreignSchemas"),
    (T::MissingSchemas, "missingSchemas"),
    (T::IgnoreUnknown, "ignoreUnknown"),
    (T::DropReadOnly, "dropReadOnly"),
    (T::MultiPrimary, "multiPrimary"),
    (T::RepeatedPost, "repeatedPost"),
    (T::AdoptInactiveOnPost, "adoptInactiveOnPost"),
    (T::UnquotedFilterValues, "unquotedFilterValues"),
    (T::ValuePathParts, "valuePathParts"),
    (T::BareExtensionNames, "bareExtensionNames"),
    (T::BearerWordOptional, "bearerWordOptional"),
    (T::LegacyNames, "legacyNames"),
    (T::MethodOverride, "methodOverride"),
    (T::CoreUrnBlock, "coreUrnBlock"),
    (T::ReplaceWhole, "replaceWhole"),
];

/// The presets of contract.md and what each switches on.
pub const PRESETS: &[(&str, &[Tolerance])] = &[
    ("rfc", &[]),
    (
        "entra",
        &[
            T::OpCase,
            T::BoolStrings,
            T::BoolStringInFilter,
            T::DottedKeys,
            T::UrnKeys,
            T::CreateOnUnmatchedFilter,
            T::RemoveWithValueArray,
            T::ScalarForComplex,
            T::JsonInString,
            T::EmptyOperations,
            T::UndeclaredExtension,
            T::ForeignSchemas,
            T::UnquotedFilterValues,
            T::ValuePathParts,
            T::BareExtensionNames,
            T::LegacyNames,
            T::AdoptInactiveOnPost,
        ],
    ),
    (
        "okta",
        &[
            T::IdInValue,
            T::UndeclaredExtension,
            T::AdoptInactiveOnPost,
            T::BearerWordOptional,
            T::CoreUrnBlock,
            T::DropReadOnly,
        ],
    ),
    (
        "onelogin",
        &[
            T::OpCase,
            T::BoolStrings,
            T::ObjectForArray,
            T::UndeclaredExtension,
            T::LegacyNames,
            T::ScalarForComplex,
            T::DropReadOnly,
        ],
    ),
    (
        "jumpcloud",
        &[
            T::OpCase,
            T::RemoveWithValueArray,
            T::UndeclaredExtension,
            T::CreateOnUnmatchedFilter,
        ],
    ),
    (
        "ping",
        &[
            T::OpCase,
            T::MultiPrimary,
            T::LegacyNames,
            T::MethodOverride,
            T::UndeclaredExtension,
        ],
    ),
    (
        "sailpoint",
        &[
            T::OpCase,
            T::RemoveWithValueArray,
            T::DottedKeys,
            T::UrnKeys,
            T::DropReadOnly,
            T::UndeclaredExtension,
        ],
    ),
    ("interop-01", &[T::ReplaceWhole]),
];

impl Tolerance {
    /// The tolerance of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = ALL.iter().find(|(_, it)| *it == name);
        found.map(|(tolerance, _)| *tolerance)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = ALL.iter().find(|(tolerance, _)| tolerance == self);
        f.write_str(found.map_or("", |(_, name)| name))
    }
}

/// The tolerances that a tenant's settings switch on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerances(u32);

impl Tolerances {
    /// Those of a preset.
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        let (_, list) = PRESETS.iter().find(|(preset, _)| *preset == name)?;
        let mut tolerances = Self::default();
        for tolerance in *list {
            tolerances.set(*tolerance, true);
        }
        Some(tolerances)
    }

    /// Switches one on or off.
    pub fn set(&mut self, tolerance: Tolerance, on: bool) {
        let bit = 1 << tolerance as u8;
        if on {
            self.0 |= bit;
        } else {
            self.0 &= !bit;
        }
    }

    /// Whether it is on.
    #[must_use]
    pub fn has(self, tolerance: Tolerance) -> bool {
        self.0 & (1 << tolerance as u8) != 0
    }
}
