//! Deliveries: found, listed, given up.

use scimlet_store::{Entry, Failure, Node, Order, Plan};

use super::rows::{
    DELIVERY, Delivery, DeliveryState, delivery_key, digits, due_path, of_endpoint, of_endpoint_in,
    of_tenant, of_tenant_in, pending,
};
use super::{Ledger, Refusal, Stored, Writing, read};

/// Deliveries that are removed in one commit.
const STEP: u32 = 200;

/// Which deliveries are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Which<'a> {
    /// Whose.
    pub tenant: &'a str,
    /// To this endpoint (its id).
    pub endpoint: Option<&'a str>,
    /// `retrying`, `waiting` or `dead`.
    pub state: Option<&'a str>,
}

/// A page of deliveries, in the order of positions.
#[derive(Clone, Debug)]
pub struct Deliveries {
    /// The deliveries.
    pub deliveries: Vec<Stored<Delivery>>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Which<'_> {
    fn path(&self) -> String {
        match (self.endpoint, self.state) {
            (Some(endpoint), Some(state)) => of_endpoint_in(endpoint, state),
            (Some(endpoint), None) => of_endpoint(endpoint),
            (None, Some(state)) => of_tenant_in(self.tenant, state),
            (None, None) => of_tenant(self.tenant),
        }
    }
}

impl Ledger {
    /// One page of deliveries.
    ///
    /// # Errors
    /// [`Failure`]; a cursor that this ledger did not give is one of them.
    pub fn deliveries(
        &self,
        which: &Which<'_>,
        after: Option<String>,
        max: u32,
    ) -> Result<Deliveries, Failure> {
        let page = self.space.find(&Plan {
            after,
            max_rows: max,
            max_bytes: 4 << 20,
            ..by(which.path())
        })?;
        let deliveries = page.rows.into_iter().map(read);
        Ok(Deliveries {
            deliveries: deliveries.collect::<Result<_, _>>()?,
            next: page.next,
        })
    }

    /// How many there are.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn count(&self, which: &Which<'_>) -> Result<u64, Failure> {
        let page = self.space.find(&Plan {
            want_total: true,
            ..by(which.path())
        })?;
        Ok(page.total.unwrap_or_default())
    }

    /// A tenant's delivery of that id.
    ///
    /// # Errors
    /// [`Refusal::NoDelivery`], [`Refusal::Failed`].
    pub fn delivery(&self, tenant: &str, id: &str) -> Result<Stored<Delivery>, Refusal> {
        let found: Option<Stored<Delivery>> = self.load(delivery_key(id))?;
        let found = found.filter(|found| found.value.tenant == tenant);
        found.ok_or_else(|| Refusal::NoDelivery(id.to_owned()))
    }

    /// Gives a delivery up: one that was still on its way becomes a dead letter, a dead letter is
    /// removed.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was changed.
    pub fn discard(&self, tenant: &str, id: &str, now: u64) -> Result<(), Refusal> {
        Self::settle(|| {
            let found = self.delivery(tenant, id)?;
            let mut delivery = found.value;
            let position = self.position(&delivery.endpoint)?;
            let position = position.ok_or_else(|| Refusal::NoDelivery(id.to_owned()))?;
            let mut writing = Writing::default();
            if delivery.is_pending() {
                delivery.state = DeliveryState::Dead {
                    reason: "discarded by an admin".to_owned(),
                    since: now,
                };
                writing.delivery(&delivery, Some(found.version))?;
            } else if delivery.position > position.value.through && delivery.replay.is_none() {
                // Its row is all that says that it is not to be read again.
                return Err(Refusal::UnderWay(id.to_owned()));
            } else {
                writing.delete(delivery_key(id), found.version);
            }
            let endpoint = &delivery.endpoint;
            writing.position(endpoint, &position.value, Some(position.version))?;
            writing.noticed();
            Ok(self.commit(writing)?.then_some(()))
        })
    }

    /// All that are on their way to an endpoint, in the order of positions.
    pub(crate) fn pending(&self, endpoint: &str) -> Result<Vec<Stored<Delivery>>, Failure> {
        self.all(by(pending(endpoint)))
    }

    /// The positions behind this one that have a delivery, whatever became of it.
    pub(crate) fn settled_behind(
        &self,
        endpoint: &str,
        after: u64,
        replay: Option<u64>,
    ) -> Result<Vec<u64>, Failure> {
        let path = of_endpoint(endpoint);
        let behind = Node::Greater(Entry {
            path: path.clone(),
            value: digits(after),
        });
        let found: Vec<Stored<Delivery>> = self.all(Plan {
            nodes: vec![behind],
            ..by(path)
        })?;
        let own = found.iter().filter(|found| found.value.replay == replay);
        Ok(own.map(|found| found.value.position).collect())
    }

    /// When the next delivery to an endpoint is tried again.
    pub(super) fn next_due(&self, endpoint: &str) -> Result<Option<u64>, Failure> {
        let page = self.space.find(&Plan {
            max_rows: 1,
            max_bytes: 1 << 20,
            ..by(due_path(endpoint))
        })?;
        let Some(row) = page.rows.into_iter().next() else {
            return Ok(None);
        };
        Ok(match read::<Delivery>(row)?.value.state {
            DeliveryState::Retrying { due } => Some(due),
            DeliveryState::Waiting | DeliveryState::Dead { .. } => None,
        })
    }

    /// Removes some of an endpoint's deliveries; false if there are none.
    pub(super) fn remove_some_deliveries(&self, endpoint: &str) -> Result<bool, Failure> {
        let page = self.space.find(&Plan {
            max_rows: STEP,
            max_bytes: 4 << 20,
            ..by(of_endpoint(endpoint))
        })?;
        let mut writing = Writing::default();
        let any = !page.rows.is_empty();
        for row in page.rows {
            writing.delete(row.key, row.version);
        }
        // Where somebody else was quicker, it is looked at again.
        self.commit(writing)?;
        Ok(any)
    }

    /// Removes some of a tenant's dead letters that died before then; false if there was none.
    pub(crate) fn remove_old_dead(&self, tenant: &str, before: u64) -> Result<bool, Failure> {
        let page = self.space.find(&Plan {
            max_rows: STEP,
            max_bytes: 4 << 20,
            ..by(of_tenant_in(tenant, "dead"))
        })?;
        let mut writing = Writing::default();
        let mut any = false;
        for row in page.rows {
            let (key, version) = (row.key.clone(), row.version);
            if let DeliveryState::Dead { since, .. } = read::<Delivery>(row)?.value.state
                && since < before
            {
                writing.delete(key, version);
                any = true;
            }
        }
        Ok(any && self.commit(writing)?)
    }
}

/// The deliveries that have an entry under a path, in its order.
fn by(path: String) -> Plan {
    Plan {
        kind: DELIVERY.to_owned(),
        nodes: vec![Node::Present(path.clone())],
        order: Some(Order {
            path,
            descending: false,
        }),
        ..Plan::default()
    }
}
