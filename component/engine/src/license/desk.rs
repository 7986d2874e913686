//! Where every seat changes hands.

use std::collections::{BTreeSet, VecDeque};

use super::grant::{LIMIT_REACHED, UNKNOWN_LICENSE};
use super::row::put;
use super::{
    Catalog, Grant, License, Overage, Pool, State, Want, counter_names, grants, grants_value,
    queue_path,
};
use crate::event;
use crate::facts::{Change, Event, Facts, Node, Order, Plan, Row};
use crate::refusal::{Refusal, ScimType};
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// Users that one request may move out of a queue. Beyond it a commit would outgrow the memory
/// of an instance; raise a limit in steps instead.
pub const MAX_PROMOTIONS: usize = 5000;

/// Rows of a queue that are asked for at a time.
const QUEUE_PAGE: u32 = 100;

/// Bytes of such a page.
const QUEUE_BYTES: u32 = 1 << 20;

/// The desk where one request's seats are decided.
pub struct Desk<'t> {
    kind: &'t ResourceType,
    catalog: Catalog,
    now: String,
    pools: Vec<Pool>,
    others: Vec<Other>,
    /// Users whose state under a SKU this request decides: the queue in the store is out of date
    /// about them.
    decided: BTreeSet<(String, String)>,
    events: Vec<Event>,
    rests_on_catalog: bool,
}

/// Somebody else's document that this request changes.
struct Other {
    id: String,
    version: u64,
    document: Object<'static>,
}

impl<'t> Desk<'t> {
    /// A desk over this catalog. `kind` is the User type; `now` is a SCIM dateTime.
    #[must_use]
    pub fn new(kind: &'t ResourceType, catalog: Catalog, now: String) -> Self {
        Self {
            kind,
            catalog,
            now,
            pools: Vec::new(),
            others: Vec::new(),
            decided: BTreeSet::new(),
            events: Vec::new(),
            rests_on_catalog: false,
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
        self.events.push(event::license(event::FREED, user, grant));
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
                pool.rests_on_full();
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

    /// New terms of a license: those in its queues get what the terms give them, in order.
    /// Answers the seat counters as they will be: active, overage, waiting.
    ///
    /// # Errors
    /// 400 if that would move more than [`MAX_PROMOTIONS`] users at once.
    pub fn retermed(
        &mut self,
        facts: &mut dyn Facts,
        license: &License,
    ) -> Result<Option<[u64; 3]>, Refusal> {
        self.open(facts, vec![license.clone()])?;
        let Some(at) = self
            .pools
            .iter()
            .position(|pool| pool.license.id == license.id)
        else {
            return Ok(None);
        };
        self.admit_blocked(facts, at)?;
        self.rebalance(facts, at)?;
        if license.overage == Overage::Allow {
            self.move_all(facts, at, State::Waiting, State::Overage)?;
        }
        Ok(self
            .pools
            .get(at)
            .map(|pool| [pool.active, pool.overage, pool.waiting]))
    }

    /// Users who asked in vain: before there was such a license, or when nobody could wait for
    /// it. They are additions now, oldest first; where that helps nothing they stay blocked.
    fn admit_blocked(&mut self, facts: &mut dyn Facts, at: usize) -> Result<(), Refusal> {
        let Some(sku) = self.pools.get(at).map(|pool| pool.license.sku.clone()) else {
            return Ok(());
        };
        let mut queue = Queue::new(State::Blocked, &sku);
        while let Some((id, version, document)) = self.next(facts, &mut queue)? {
            let blocked = grants(&document).into_iter().find(|grant| grant.sku == sku);
            let before = blocked.and_then(|grant| grant.reason);
            let Some(pool) = self.pools.get_mut(at) else {
                break;
            };
            let (state, reason) = match pool.license.overage {
                _ if pool.has_room() => (State::Active, None),
                Overage::Waitlist => (State::Waiting, None),
                Overage::Allow => (State::Overage, None),
                Overage::Deny => (State::Blocked, Some(LIMIT_REACHED)),
            };
            let in_vain = [UNKNOWN_LICENSE, LIMIT_REACHED];
            if reason == before.as_deref()
                || !before.is_some_and(|it| in_vain.contains(&it.as_str()))
            {
                continue;
            }
            pool.enter(state);
            self.place(id, version, document, &sku, state, reason)?;
        }
        Ok(())
    }

    /// Gives free seats to those over the limit, then to those who wait, first come first served.
    fn rebalance(&mut self, facts: &mut dyn Facts, at: usize) -> Result<(), Refusal> {
        for state in [State::Overage, State::Waiting] {
            self.move_all(facts, at, state, State::Active)?;
        }
        if let Some(pool) = self.pools.get_mut(at) {
            if pool.has_room() {
                pool.rests_on_no_queue();
            } else {
                pool.rests_on_full();
            }
        }
        Ok(())
    }

    /// Moves users from one state to another while there is somebody, and, for seats within the
    /// limit, while there is room.
    fn move_all(
        &mut self,
        facts: &mut dyn Facts,
        at: usize,
        from: State,
        to: State,
    ) -> Result<(), Refusal> {
        let Some(sku) = self.pools.get(at).map(|pool| pool.license.sku.clone()) else {
            return Ok(());
        };
        let mut queue = Queue::new(from, &sku);
        loop {
            let open = self.pools.get(at).is_some_and(|pool| {
                let queued = if from == State::Overage {
                    pool.overage
                } else {
                    pool.waiting
                };
                queued > 0 && (to != State::Active || pool.has_room())
            });
            if !open {
                return Ok(());
            }
            let Some((id, version, document)) = self.next(facts, &mut queue)? else {
                return Ok(());
            };
            if let Some(pool) = self.pools.get_mut(at) {
                pool.leave(from);
                pool.enter(to);
            }
            self.place(id, version, document, &sku, to, None)?;
        }
    }

    /// The next user in a queue whose place there this request has not decided already.
    fn next(
        &mut self,
        facts: &mut dyn Facts,
        queue: &mut Queue,
    ) -> Result<Option<(String, u64, Object<'static>)>, Refusal> {
        while let Some(row) = queue.next(facts)? {
            let id = row.key.id;
            if self.decided.contains(&(id.clone(), queue.sku.clone())) {
                continue;
            }
            if let Some(at) = self.others.iter().position(|other| other.id == id) {
                let other = self.others.swap_remove(at);
                return Ok(Some((id, other.version, other.document)));
            }
            let Value::Object(document) = Value::parse(&row.body)
                .map_err(|error| Refusal::Corrupt(format!("User {id}: {error}")))?
            else {
                return Err(Refusal::Corrupt(format!("User {id} is not an object")));
            };
            return Ok(Some((id, row.version, document.into_owned())));
        }
        Ok(None)
    }

    /// Writes a new state into somebody else's document.
    fn place(
        &mut self,
        id: String,
        version: u64,
        mut document: Object<'static>,
        sku: &str,
        state: State,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        if self.others.len() >= MAX_PROMOTIONS {
            let detail = format!(
                "this would move more than {MAX_PROMOTIONS} users at once; raise the seats in steps"
            );
            return Err(Refusal::value(detail));
        }
        let mut held = grants(&document);
        for grant in held.iter_mut().filter(|grant| grant.sku == sku) {
            grant.state = state;
            grant.reason = reason.map(str::to_owned);
            grant.since.clone_from(&self.now);
            self.events
                .push(event::license(event::moved(state), &id, grant));
        }
        document.set(urn::SCIMLET_USER, grants_value(&held));
        if let Some(meta) = document.object_mut("meta") {
            meta.set("lastModified", Value::owned(self.now.clone()));
        }
        self.decided.insert((id.clone(), sku.to_owned()));
        self.others.push(Other {
            id,
            version,
            document,
        });
        Ok(())
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

/// A walk along the users in one state, page by page.
struct Queue {
    path: String,
    sku: String,
    rows: VecDeque<Row>,
    after: Option<String>,
    done: bool,
}

impl Queue {
    fn new(state: State, sku: &str) -> Self {
        let path = queue_path(state, sku);
        Self {
            path,
            sku: sku.to_owned(),
            rows: VecDeque::new(),
            after: None,
            done: false,
        }
    }

    fn next(&mut self, facts: &mut dyn Facts) -> Result<Option<Row>, Refusal> {
        if self.rows.is_empty() && !self.done {
            let page = facts.find(Plan {
                kind: "User".to_owned(),
                nodes: vec![Node::Present(self.path.clone())],
                order: Some(Order {
                    path: self.path.clone(),
                    descending: false,
                }),
                after: self.after.take(),
                offset: 0,
                max_rows: QUEUE_PAGE,
                max_bytes: QUEUE_BYTES,
                want_total: false,
            })?;
            self.done = page.next.is_none();
            self.after = page.next;
            self.rows = page.rows.into();
        }
        Ok(self.rows.pop_front())
    }
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
