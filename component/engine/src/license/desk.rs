//! Where every seat changes hands.

mod in_vain;
mod others;
mod queue;
mod terms;

use std::collections::BTreeSet;
use std::rc::Rc;

use self::in_vain::InVain;
use self::others::Other;
use self::queue::Queue;
use super::grant::{LIMIT_REACHED, UNKNOWN_LICENSE};
use super::row::put;
use super::{Catalog, Grant, License, Overage, Pool, State, Want, counter_names};
use crate::event;
use crate::facts::{Change, Event, Facts};
use crate::refusal::{Refusal, ScimType};
use crate::scim::schema::ResourceType;

/// Users that one request may move out of a queue. Beyond it a commit would outgrow the memory
/// of an instance; raise a limit in steps instead.
pub const MAX_PROMOTIONS: usize = 5000;

/// The desk where one request's seats are decided.
pub struct Desk<'t> {
    kind: &'t ResourceType,
    catalog: Rc<Catalog>,
    now: String,
    pools: Vec<Pool>,
    others: Vec<Other>,
    /// Users whose state under a SKU this request decides: the queue in the store is out of date
    /// about them.
    decided: BTreeSet<(String, String)>,
    events: Vec<Event>,
    rests_on_catalog: bool,
    in_vain: InVain,
}

impl<'t> Desk<'t> {
    /// A desk over this catalog. `kind` is the User type; `now` is a SCIM dateTime.
    #[must_use]
    pub fn new(kind: &'t ResourceType, catalog: Rc<Catalog>, now: String) -> Self {
        Self {
            kind,
            catalog,
            now,
            pools: Vec::new(),
            others: Vec::new(),
            decided: BTreeSet::new(),
            events: Vec::new(),
            rests_on_catalog: false,
            in_vain: InVain::default(),
        }
    }

    /// Decides the licenses of one user: frees what nobody asks for any more, keeps what is still
    /// asked for, adds the rest. Answers the user's grants in the order of the wants.
    ///
    /// # Errors
    /// `licenseLimitReached` if a license that the request itself asks for has no seat and says to
    /// refuse. Never for a user who only loses licenses: revocation is never blocked.
    pub fn settle(
        &mut self,
        facts: &mut dyn Facts,
        user: &str,
        held: &[Grant],
        wants: &[Want],
    ) -> Result<Vec<Grant>, Refusal> {
        let kept = |grant: &Grant| {
            let asks = |want: &Want| want.blocked.is_none() || grant.state == State::Blocked;
            wants.iter().any(|want| want.sku == grant.sku && asks(want))
        };
        let gone: Vec<&Grant> = held.iter().filter(|grant| !kept(grant)).collect();
        self.open_pools(facts, held, wants)?;
        for grant in &gone {
            self.decided.insert((user.to_owned(), grant.sku.clone()));
        }
        for grant in gone {
            self.free(facts, user, grant)?;
        }
        let mut granted = Vec::with_capacity(wants.len());
        for want in wants {
            let before = held.iter().find(|grant| grant.sku == want.sku);
            granted.push(self.grant(facts, user, want, before)?);
        }
        Ok(granted)
    }

    /// Whether anybody in the tenant asks for a license in vain: a change of any may help them.
    ///
    /// # Errors
    /// The store's failure.
    pub fn is_asked_in_vain(facts: &mut dyn Facts) -> Result<bool, Refusal> {
        Ok(in_vain::counter(facts)? > 0)
    }

    /// Asks for the counters of all pools that may move, in one question.
    fn open_pools(
        &mut self,
        facts: &mut dyn Facts,
        held: &[Grant],
        wants: &[Want],
    ) -> Result<(), Refusal> {
        let seated = |grant: &&Grant| grant.state != State::Blocked;
        let leaving = held.iter().filter(seated).filter(|grant| {
            !wants
                .iter()
                .any(|want| want.sku == grant.sku && want.blocked.is_none())
        });
        let coming = wants.iter().filter(|want| {
            let held = held
                .iter()
                .filter(seated)
                .any(|grant| grant.sku == want.sku);
            want.blocked.is_none() && !held
        });
        let skus: Vec<&str> = leaving
            .map(|it| it.sku.as_str())
            .chain(coming.map(|it| it.sku.as_str()))
            .collect();
        let licenses: Vec<License> = skus
            .iter()
            .filter_map(|sku| self.catalog.license(sku))
            .cloned()
            .collect();
        self.open(facts, licenses)
    }

    fn open(&mut self, facts: &mut dyn Facts, licenses: Vec<License>) -> Result<(), Refusal> {
        let new: Vec<License> = licenses
            .into_iter()
            .filter(|license| !self.pools.iter().any(|pool| pool.license.id == license.id))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let names = new
            .iter()
            .flat_map(|license| counter_names(&license.id))
            .collect();
        let counters = facts.counters(names)?;
        for (license, counters) in new.into_iter().zip(counters.as_chunks::<3>().0) {
            self.pools.push(Pool::new(license, *counters));
        }
        Ok(())
    }

    /// Takes a user out of a state, and lets the next in the queue have the seat.
    fn free(&mut self, facts: &mut dyn Facts, user: &str, grant: &Grant) -> Result<(), Refusal> {
        if grant.state != State::Blocked {
            self.events.push(event::license(event::FREED, user, grant));
        }
        self.in_vain.leave(grant);
        let Some(at) = self.pool(&grant.sku) else {
            return Ok(());
        };
        self.rests_on_catalog = true;
        if let Some(pool) = self.pools.get_mut(at) {
            pool.leave(grant.state);
        }
        if grant.state == State::Active {
            self.rebalance(facts, at)
        } else {
            Ok(())
        }
    }

    /// Decides one want. `before` is what the user has under this SKU so far.
    fn grant(
        &mut self,
        facts: &mut dyn Facts,
        user: &str,
        want: &Want,
        before: Option<&Grant>,
    ) -> Result<Grant, Refusal> {
        if let Some(held) = before.filter(|grant| grant.state != State::Blocked)
            && want.blocked.is_none()
        {
            return Ok(Grant {
                sources: want.sources.clone(),
                ..held.clone()
            });
        }
        let (state, reason) = self.addition(facts, want)?;
        let unchanged = before
            .filter(|held| held.state == state && held.reason.as_deref() == reason)
            .map(|held| held.since.clone());
        let grant = Grant {
            sku: want.sku.clone(),
            state,
            reason: reason.map(str::to_owned),
            sources: want.sources.clone(),
            since: unchanged.clone().unwrap_or_else(|| self.now.clone()),
        };
        if unchanged.is_none() {
            if let Some(before) = before {
                self.in_vain.leave(before);
            }
            self.in_vain.enter(&grant);
            self.decided.insert((user.to_owned(), want.sku.clone()));
            self.events
                .push(event::license(event::entered(state), user, &grant));
        }
        Ok(grant)
    }

    /// Where an addition ends up, in this order: not grantable at all; a free seat; over the
    /// limit or in the waitlist, as the license says; refused.
    fn addition(
        &mut self,
        facts: &mut dyn Facts,
        want: &Want,
    ) -> Result<(State, Option<&'static str>), Refusal> {
        if let Some(reason) = want.blocked {
            return Ok((State::Blocked, Some(reason)));
        }
        self.rests_on_catalog = true;
        let Some(at) = self.pool(&want.sku) else {
            return Ok((State::Blocked, Some(UNKNOWN_LICENSE)));
        };
        if self
            .pools
            .get(at)
            .is_some_and(|pool| pool.has_room() && pool.has_queue())
        {
            self.rebalance(facts, at)?;
        }
        let Some(pool) = self.pools.get_mut(at) else {
            return Ok((State::Blocked, Some(UNKNOWN_LICENSE)));
        };
        let state = match pool.license.overage {
            _ if pool.has_room() => State::Active,
            Overage::Waitlist => State::Waiting,
            Overage::Allow => State::Overage,
            Overage::Deny => {
                pool.rests_on_line();
                return if want.asked {
                    Err(limit_reached(&pool.license))
                } else {
                    Ok((State::Blocked, Some(LIMIT_REACHED)))
                };
            }
        };
        pool.enter(state);
        Ok((state, None))
    }

    fn pool(&self, sku: &str) -> Option<usize> {
        self.pools.iter().position(|pool| pool.license.sku == sku)
    }

    /// All that was decided here, for the commit. Where the request writes the catalog itself,
    /// that is the condition on the catalog.
    #[must_use]
    pub fn close(self, writes_catalog: bool) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.rests_on_catalog && !writes_catalog {
            changes.push(self.catalog.unchanged());
        }
        changes.extend(self.pools.iter().flat_map(Pool::changes));
        changes.extend(self.in_vain.change());
        for other in self.others {
            changes.push(Change::Put(put(
                self.kind,
                &other.id,
                &other.document,
                Some(other.version),
            )));
        }
        changes.extend(self.events.into_iter().map(Change::Emit));
        changes
    }
}

fn limit_reached(license: &License) -> Refusal {
    let seats = license.seats.unwrap_or_default();
    let detail = format!(
        "all {seats} seats of license `{}` are taken; free one or raise the limit",
        license.sku
    );
    Refusal::Scim(ScimType::LicenseLimitReached, detail)
}

/// The grants of a user whose wants are just what is held already: no question to be asked, no
/// seat to be moved. None if anything moves, or is blocked and may be so no longer.
#[must_use]
pub fn unmoved(held: &[Grant], wants: &[Want]) -> Option<Vec<Grant>> {
    if held.len() != wants.len() {
        return None;
    }
    wants
        .iter()
        .map(|want| {
            let grant = held.iter().find(|grant| grant.sku == want.sku)?;
            let stays = grant.state != State::Blocked && want.blocked.is_none();
            stays.then(|| Grant {
                sources: want.sources.clone(),
                ..grant.clone()
            })
        })
        .collect()
}
