//! How a tenant and a file of users differ, and what makes the tenant as the file says.
//!
//! The file is kept as what is compared, by the key; the tenant goes by page by page. So what is in
//! memory grows with the file and with the drift, never with the tenant.

mod accounts;
mod apply;
mod directory;
mod key;
mod walk;

use serde::Serialize;

pub(crate) use accounts::{Accounts, Missing, OrphanAccount, OrphanSeat, accounts};
pub(crate) use apply::{Applied, Refused, apply};
pub(crate) use directory::{Change, Directory, directory};
pub(crate) use key::By;

use crate::local::LocalError;
use crate::roster::BadInput;

/// There is no comparison.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReconcileError {
    /// The file is not understood.
    #[error(transparent)]
    Input(#[from] BadInput),
    /// Nobody is in the file.
    #[error("there is nobody in it, so everybody would be deactivated; give the whole export")]
    Nobody,
    /// The component did not answer.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// What the component answered is no user.
    #[error("a user of the tenant is not understood: {0}")]
    User(String),
}

/// A user of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Who {
    pub(crate) id: Box<str>,
    pub(crate) user_name: Box<str>,
}
