//! Who comes: from a credential to a tenant's store.

use std::sync::Arc;

use axum::extract::RawPathParams;
use axum::http::HeaderMap;
use scimlet_store::Store;

use super::answer::Stop;
use crate::auth::{Caller, presented};
use crate::http::Door;
use crate::http::fixed::Fixed;
use crate::http::gate::{Slot, blocking};
use crate::http::observe::Seen;

/// Somebody who was let in.
pub(in crate::http) struct Visit {
    pub(in crate::http) door: Arc<Door>,
    pub(in crate::http) caller: Caller,
}

/// A part of the path by the name that the route has for it.
pub(in crate::http) fn part(params: &RawPathParams, name: &str) -> Option<String> {
    let mut parts = params.iter();
    parts.find_map(|(known, value)| (known == name).then(|| value.to_owned()))
}

impl Visit {
    /// Lets in who shows a credential of the tenant, which is that of the path, if it names one.
    pub(in crate::http) async fn begin(
        door: &Arc<Door>,
        params: &RawPathParams,
        headers: &HeaderMap,
        seen: &Seen,
    ) -> Result<Self, Stop> {
        let presented = presented(headers).ok_or(Fixed::Unauthorized)?;
        let slot = enter(door)?;
        let visitor = door.gatekeeper.receive(presented, &slot).await?;
        let (keeper, named) = (Arc::clone(door), part(params, "tenant"));
        let admitted = blocking(&slot, move || {
            keeper.gatekeeper.admit(visitor, named.as_deref())
        });
        let caller = admitted.await??;
        seen.note(&caller);
        Ok(Self {
            door: Arc::clone(door),
            caller,
        })
    }

    /// Does something with the tenant's store, on a thread that may block, and as one of the requests
    /// under way. Waiting is none, so whoever waits holds no place.
    pub(in crate::http) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Store) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Stop> {
        let slot = enter(&self.door)?;
        let (door, tenant) = (Arc::clone(&self.door), self.caller.tenant.clone());
        let asked = blocking(&slot, move || {
            question(door.backend.store(&tenant)?.as_ref())
        });
        asked.await?
    }
}

/// A place among the requests under way.
pub(in crate::http) fn enter(door: &Door) -> Result<Slot, Fixed> {
    door.gate.enter().ok_or(Fixed::TooMany)
}
