//! Positions: how far endpoints are, and how they are.

use scimlet_store::Failure;

use super::rows::{Position, position_key};
use super::{Ledger, Refusal, Stored, Writing};

impl Ledger {
    /// How far an endpoint is.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn position(&self, endpoint: &str) -> Result<Option<Stored<Position>>, Failure> {
        self.load(position_key(endpoint))
    }

    /// Changes a position beside whoever delivers: a host that does notices, and begins anew from what
    /// is written.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was changed. The error of `change` itself ends it as well.
    pub fn change_position(
        &self,
        endpoint: &str,
        mut change: impl FnMut(&mut Position) -> Result<(), Refusal>,
    ) -> Result<Position, Refusal> {
        Self::settle(|| {
            let found = self.position(endpoint)?;
            let found = found.ok_or_else(|| Refusal::NoEndpoint(endpoint.to_owned()))?;
            let mut position = found.value;
            change(&mut position)?;
            let mut writing = Writing::default();
            writing.position(endpoint, &position, Some(found.version))?;
            writing.noticed();
            Ok(self.commit(writing)?.then_some(position))
        })
    }

    /// Writes a position with what belongs to it; false if it is no longer at that version.
    ///
    /// # Errors
    /// [`Failure`]; whether it was written is then unknown.
    pub(crate) fn advance(
        &self,
        endpoint: &str,
        position: &Position,
        version: u64,
        mut with: Writing,
    ) -> Result<bool, Failure> {
        with.position(endpoint, position, Some(version))?;
        self.commit(with)
    }
}
