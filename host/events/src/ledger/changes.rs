//! One commit of the ledger, put together.

use scimlet_store::{Adjust, Change, Claim, Event, Failure, Key, Put, Removal};

use serde::Serialize;

use super::rows::{Delivery, Host, Position, endpoint_key, host_key, position_key};
use super::{CHANGES, text};
use crate::Endpoint;

/// Changes that are made together, or not at all.
#[derive(Debug, Default)]
pub(crate) struct Writing(Vec<Change>);

impl Writing {
    /// `replaces`: the version that is known, none to create.
    pub(crate) fn endpoint(
        &mut self,
        endpoint: &Endpoint,
        replaces: Option<u64>,
    ) -> Result<(), Failure> {
        let put = Put {
            key: endpoint_key(&endpoint.id),
            body: text(endpoint)?,
            replaces,
            entries: vec![super::endpoints::entry(endpoint)],
            claims: vec![Claim {
                path: "endpoint.name".to_owned(),
                value: format!("{}/{}", endpoint.tenant, endpoint.name),
            }],
        };
        self.0.push(Change::Put(put));
        self.noticed();
        Ok(())
    }

    pub(crate) fn position(
        &mut self,
        endpoint: &str,
        position: &Position,
        replaces: Option<u64>,
    ) -> Result<(), Failure> {
        self.put(position_key(endpoint), text(position)?, replaces);
        Ok(())
    }

    pub(crate) fn delivery(
        &mut self,
        delivery: &Delivery,
        replaces: Option<u64>,
    ) -> Result<(), Failure> {
        let put = Put {
            key: delivery.key(),
            body: text(delivery)?,
            replaces,
            entries: delivery.entries(),
            claims: Vec::new(),
        };
        self.0.push(Change::Put(put));
        Ok(())
    }

    pub(crate) fn host(
        &mut self,
        id: &str,
        host: &Host,
        replaces: Option<u64>,
    ) -> Result<(), Failure> {
        self.put(host_key(id), text(host)?, replaces);
        Ok(())
    }

    /// A row of a kind that only its writer knows.
    pub(crate) fn row(
        &mut self,
        key: Key,
        row: &impl Serialize,
        replaces: Option<u64>,
    ) -> Result<(), Failure> {
        self.put(key, text(row)?, replaces);
        Ok(())
    }

    pub(crate) fn delete(&mut self, key: Key, version: u64) {
        self.0.push(Change::Delete(Removal { key, version }));
    }

    /// Writes to an outbox. Only for a tenant's own store.
    pub(crate) fn emit(&mut self, event: Event) {
        self.0.push(Change::Emit(event));
    }

    /// Lets hosts know that an admin has changed something.
    pub(crate) fn noticed(&mut self) {
        self.0.push(Change::Adjust(Adjust {
            name: CHANGES.to_owned(),
            delta: 1,
            floor: 0,
            ceiling: None,
        }));
    }

    pub(crate) fn changes(self) -> Vec<Change> {
        self.0
    }

    fn put(&mut self, key: Key, body: String, replaces: Option<u64>) {
        self.0.push(Change::Put(Put {
            key,
            body,
            replaces,
            entries: Vec::new(),
            claims: Vec::new(),
        }));
    }
}
