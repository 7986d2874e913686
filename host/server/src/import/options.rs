//! How an import is to be done.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::source::Mapping;
use super::types::Type;
use crate::hex::hex;

/// How an import is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// What rows are that do not say it: the name of a resource type.
    pub(crate) kind: String,
    /// What columns are that are not called by their path.
    pub(crate) mappings: Vec<Mapping>,
    /// What a resource is known by that is there already; none: what is usual for its type.
    pub(crate) matched: Option<Match>,
    /// What becomes of one that is there already.
    pub(crate) existing: Existing,
    /// What the tenant does not know is left out, and told.
    pub(crate) ignore_unknown: bool,
}

/// What a resource is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub(crate) enum Match {
    /// Users by `userName`, groups by `displayName`
    #[value(name = "userName")]
    UserName,
    /// All by `externalId`
    #[value(name = "externalId")]
    ExternalId,
}

/// What becomes of a resource that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub(crate) enum Existing {
    /// It gets what the row says, and keeps what the row does not speak of
    Update,
    /// It stays as it is
    Skip,
    /// The row is refused
    Refuse,
}

impl Options {
    /// The attribute that a resource of this type is known by.
    pub(super) fn matched(&self, kind: &Type) -> &'static str {
        match self.matched {
            Some(Match::ExternalId) => "externalId",
            _ if kind.is_user() => "userName",
            _ if kind.is_group() => "displayName",
            Some(Match::UserName) | None => "externalId",
        }
    }

    /// Whether the component refuses a second one, so that it need not be looked for first.
    pub(super) fn is_unique(&self, kind: &Type) -> bool {
        self.matched(kind) == "userName"
    }

    /// The same for the same options: an import goes on as it began.
    pub(super) fn digest(&self) -> String {
        let Self {
            kind,
            mappings,
            matched,
            existing,
            ignore_unknown,
        } = self;
        let mappings: Vec<_> = mappings.iter().map(|it| (&it.column, &it.path)).collect();
        let text = format!("{kind:?} {mappings:?} {matched:?} {existing:?} {ignore_unknown}");
        hex(&Sha256::digest(text)).chars().take(16).collect()
    }
}
