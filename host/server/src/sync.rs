//! A second system that speaks SCIM, kept as this one is.
//!
//! It goes by state, not by events: an event about somebody means that the copy of them is to be looked
//! at, and made as they are here now. So events may come twice, late or in any order, and nothing goes
//! wrong. What both sides have of somebody is tied by a *link*, which stands in the ledger of delivery.
//!
//! Words: *here* is this tenant; *there* is the second system, the *copy* what it has of a resource.

mod courier;
mod differ;
mod here;
mod links;
mod members;
mod mirror;
mod reconcile;

pub(crate) use courier::Sync;
pub(crate) use here::Here;
pub(crate) use mirror::{Deed, Mirror};
pub(crate) use reconcile::{Found, Reconciled, reconcile};

use scimlet_events::retry::Fault;
use scimlet_store::Failure;

use crate::local::LocalError;
use crate::remote::RemoteError;

/// What is kept there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(crate) enum Kind {
    User,
    Group,
}

impl Kind {
    /// The kind of a document; none if it is not kept there.
    pub(crate) fn of(kind: &str) -> Option<Self> {
        match kind {
            "User" => Some(Self::User),
            "Group" => Some(Self::Group),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }
}

/// A copy could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    /// There.
    #[error("{0}")]
    Remote(#[from] RemoteError),
    /// Here.
    #[error("here: {0}")]
    Local(#[from] LocalError),
    /// The ledger.
    #[error("here: {0}")]
    Failed(#[from] Failure),
    /// The work was not done.
    #[error("here: {0}")]
    Lost(#[from] tokio::task::JoinError),
    /// Somebody must be there first.
    #[error("{0} members are not there yet; `scimlet sync --apply` brings them")]
    Members(usize),
    /// Who has its name there is still somebody else of here.
    #[error("another resource of the tenant is still there under that name")]
    Taken,
    /// It has no `externalId`, by which it would be known.
    #[error("it has no `externalId`, by which it would be known there")]
    Unknown,
}

impl SyncError {
    /// Whether the same may work later, and when.
    fn into_fault(self) -> Fault<Self> {
        match self {
            Self::Remote(error) => match error.into_fault() {
                Fault::Passing(error, wait) => Fault::Passing(error.into(), wait),
                Fault::Lasting(error) => Fault::Lasting(error.into()),
            },
            other => Fault::Lasting(other),
        }
    }
}
