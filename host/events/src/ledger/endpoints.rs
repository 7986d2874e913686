//! Endpoints: made, changed, removed.

use scimlet_store::{Entry, Failure, Node, Order, Plan};

use super::rows::{ENDPOINT, Position, endpoint_key, position_key};
use super::{Ledger, Stored, Writing};
use crate::{Endpoint, State, filter};

/// What is asked cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The tenant has one of that name.
    #[error("there is an endpoint `{0}` already")]
    NameTaken(String),
    /// There is no such endpoint.
    #[error("there is no endpoint `{0}`")]
    NoEndpoint(String),
    /// There is no such delivery.
    #[error("there is no delivery `{0}`")]
    NoDelivery(String),
    /// A name that could be an id, or that nobody could type.
    #[error(
        "`{0}` cannot name an endpoint: take 1 to 64 letters, digits, dots, hyphens and underscores, not beginning with `ep_`"
    )]
    BadName(String),
    /// Its filters select nothing.
    #[error(transparent)]
    BadFilter(#[from] filter::BadFilter),
    /// A number that cannot work.
    #[error("{0}")]
    BadNumber(&'static str),
    /// As many replays as are kept.
    #[error("{0} replays of this endpoint are waiting already; try again when some are done")]
    TooManyReplays(usize),
    /// The endpoint fetches its events itself.
    #[error("`{0}` fetches its events itself; it finds those that it has not acknowledged")]
    Fetches(String),
    /// The delivery is just being made.
    #[error("`{0}` is just being worked on; try again in a moment")]
    UnderWay(String),
    /// Somebody else was quicker, again and again.
    #[error("somebody else changes the same; try again")]
    Busy,
    /// The store did not answer.
    #[error(transparent)]
    Failed(#[from] Failure),
}

const NAME: &str = "endpoint";
/// Longer names fit in no table.
const MOST_NAME: usize = 64;
/// More at once is a load test.
const MOST_CONCURRENCY: u32 = 256;
const MOST_RATE: u32 = 100_000;

/// What endpoints are listed by.
pub(super) fn entry(endpoint: &Endpoint) -> Entry {
    Entry {
        path: NAME.to_owned(),
        value: format!("{}/{}", endpoint.tenant, endpoint.name),
    }
}

impl Ledger {
    /// All endpoints, or those of a tenant, by name.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn endpoints(&self, tenant: Option<&str>) -> Result<Vec<Stored<Endpoint>>, Failure> {
        let first = match tenant {
            Some(tenant) => Node::StartsWith(Entry {
                path: NAME.to_owned(),
                value: format!("{tenant}/"),
            }),
            None => Node::Present(NAME.to_owned()),
        };
        self.all(Plan {
            kind: ENDPOINT.to_owned(),
            nodes: vec![first],
            order: Some(Order {
                path: NAME.to_owned(),
                descending: false,
            }),
            ..Plan::default()
        })
    }

    /// The endpoint of that id.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn endpoint(&self, id: &str) -> Result<Option<Stored<Endpoint>>, Failure> {
        self.load(endpoint_key(id))
    }

    /// A tenant's endpoint, by id or by name.
    ///
    /// # Errors
    /// [`Refusal::NoEndpoint`], [`Refusal::Failed`].
    pub fn named(&self, tenant: &str, named: &str) -> Result<Stored<Endpoint>, Refusal> {
        if let Some(found) = self.endpoint(named)?
            && found.value.tenant == tenant
        {
            return Ok(found);
        }
        let all = self.endpoints(Some(tenant))?;
        let found = all.into_iter().find(|it| it.value.name == named);
        found.ok_or_else(|| Refusal::NoEndpoint(named.to_owned()))
    }

    /// Adds an endpoint that is told what happens from now on.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was added.
    pub fn add(&self, endpoint: &Endpoint) -> Result<(), Refusal> {
        check(endpoint)?;
        let position = Position {
            through: self.tenant(&endpoint.tenant)?.outbox_end()?,
            ..Position::default()
        };
        let mut writing = Writing::default();
        writing.endpoint(endpoint, None)?;
        writing.position(&endpoint.id, &position, None)?;
        if self.commit(writing)? {
            Ok(())
        } else {
            Err(Refusal::NameTaken(endpoint.name.clone()))
        }
    }

    /// Changes an endpoint, and answers what it is then.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was changed. The error of `change` itself ends it as well.
    pub fn change(
        &self,
        id: &str,
        mut change: impl FnMut(&mut Endpoint) -> Result<(), Refusal>,
    ) -> Result<Endpoint, Refusal> {
        Self::settle(|| {
            let found = self.endpoint(id)?;
            let found = found.ok_or_else(|| Refusal::NoEndpoint(id.to_owned()))?;
            let mut endpoint = found.value.clone();
            change(&mut endpoint)?;
            check(&endpoint)?;
            if endpoint.name != found.value.name
                && self
                    .endpoints(Some(&endpoint.tenant))?
                    .iter()
                    .any(|it| it.value.name == endpoint.name)
            {
                return Err(Refusal::NameTaken(endpoint.name));
            }
            let mut writing = Writing::default();
            writing.endpoint(&endpoint, Some(found.version))?;
            Ok(self.commit(writing)?.then_some(endpoint))
        })
    }

    /// Delivers to an endpoint again, from where it stood, and as if it had never failed.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was changed.
    pub fn enable(&self, id: &str) -> Result<Endpoint, Refusal> {
        self.change_position(id, |position| {
            position.failing = None;
            position.eager = true;
            position.breaker = super::Breaker::default();
            Ok(())
        })?;
        self.change(id, |endpoint| {
            endpoint.state = State::Enabled;
            Ok(())
        })
    }

    /// Delivers to an endpoint no longer. Its position waits.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was changed.
    pub fn disable(&self, id: &str, reason: &str, now: u64) -> Result<Endpoint, Refusal> {
        self.change(id, |endpoint| {
            if endpoint.state == State::Enabled {
                endpoint.state = State::Disabled {
                    reason: reason.to_owned(),
                    since: now,
                };
            }
            Ok(())
        })
    }

    /// Removes an endpoint with everything that was still to be delivered to it. If it breaks off, the
    /// endpoint is disabled, and can be removed again.
    ///
    /// # Errors
    /// [`Refusal`]; some of its deliveries may be removed already.
    pub fn remove(&self, id: &str, now: u64) -> Result<(), Refusal> {
        self.disable(id, "removed", now)?;
        while self.remove_some_deliveries(id)? {}
        Self::settle(|| {
            let mut writing = Writing::default();
            let Some(endpoint) = self.endpoint(id)? else {
                return Ok(Some(()));
            };
            writing.delete(endpoint_key(id), endpoint.version);
            if let Some(position) = self.position(id)? {
                writing.delete(position_key(id), position.version);
            }
            writing.noticed();
            Ok(self.commit(writing)?.then_some(()))
        })?;
        // A host that did not know yet may have written one more.
        while self.remove_some_deliveries(id)? {}
        Ok(())
    }
}

fn check(endpoint: &Endpoint) -> Result<(), Refusal> {
    let name = endpoint.name.as_str();
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_name = (1..=MOST_NAME).contains(&name.len()) && name.bytes().all(known);
    if !is_name || name.starts_with("ep_") || name.starts_with('-') {
        return Err(Refusal::BadName(name.to_owned()));
    }
    filter::check_events(&endpoint.events)?;
    filter::check_resources(&endpoint.resources)?;
    if !(1..=MOST_CONCURRENCY).contains(&endpoint.concurrency) {
        return Err(Refusal::BadNumber("concurrency is a number from 1 to 256"));
    }
    if endpoint
        .rate
        .is_some_and(|rate| !(1..=MOST_RATE).contains(&rate))
    {
        return Err(Refusal::BadNumber("a rate is a number from 1 to 100000"));
    }
    Ok(())
}
