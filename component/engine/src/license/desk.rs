//! Where every seat changes hands.
//!
//! A desk settles one user by the user's wants (`person`), and then everybody whom that moves: the
//! next in the line of each seat that has become free, and in turn whatever they give up by it. So
//! what one user's promotion means for another is decided in the same commit, by the same code.

mod add;
mod in_vain;
mod line;
mod order;
mod people;
mod person;
mod queue;
mod record;
mod retermed;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::in_vain::InVain;
pub use self::people::Guarded;
use self::people::Person;
use self::queue::Queue;
use super::{
    COUNTERS, Catalog, Cause, Counts, Grant, License, Pool, State, Want, counter_names, is_derived,
};
use crate::event;
use crate::facts::{Change, Facts, Row};
use crate::refusal::Refusal;
use crate::scim::schema::ResourceType;

/// Users whom one request moves. Beyond it a commit would outgrow the memory of an instance: the rest
/// moves by the sweep.
pub const MAX_PEOPLE: usize = 5000;

/// The same for one step of many.
const MAX_STEP: usize = 500;

/// When a request is decided.
#[derive(Clone, Debug)]
pub struct Moment {
    /// In milliseconds since 1970.
    pub at: u64,
    /// The same as SCIM writes it.
    pub now: String,
    /// What the lines of the history are called by: no other request has it, and later ones have
    /// greater ones.
    pub id: String,
}

/// The desk where one request's seats are decided.
pub struct Desk<'t> {
    id: String,
    kind: &'t ResourceType,
    catalog: Rc<Catalog>,
    now: String,
    at: u64,
    pools: Vec<Pool>,
    people: Vec<Person>,
    by_id: BTreeMap<String, usize>,
    /// Who has been settled here stands in these lines, whatever the store says of them.
    lines: BTreeMap<(usize, State), BTreeSet<(String, usize)>>,
    queues: BTreeMap<(usize, State), Queue>,
    /// Pools in which a seat may be free for somebody in the line.
    dirty: BTreeSet<usize>,
    rests_on_catalog: bool,
    in_vain: InVain,
    holds: bool,
    lost: u64,
    cause: Cause,
    /// How many people may be moved before the rest is left to another commit.
    step: usize,
    has_more: bool,
}

impl<'t> Desk<'t> {
    /// A desk over this catalog. `kind` is the User type.
    #[must_use]
    pub fn new(kind: &'t ResourceType, catalog: Rc<Catalog>, moment: Moment) -> Self {
        let Moment { at, now, id } = moment;
        Self {
            id,
            kind,
            catalog,
            now,
            at,
            pools: Vec::new(),
            people: Vec::new(),
            by_id: BTreeMap::new(),
            lines: BTreeMap::new(),
            queues: BTreeMap::new(),
            dirty: BTreeSet::new(),
            rests_on_catalog: false,
            in_vain: InVain::default(),
            holds: false,
            lost: 0,
            cause: Cause::Request,
            step: MAX_PEOPLE,
            has_more: false,
        }
    }

    /// The same, but seats that nobody asks for any more are held, not freed.
    #[must_use]
    pub fn holding(self) -> Self {
        Self {
            holds: true,
            ..self
        }
    }

    /// The same, for the history: why all this happens, if it is no request for the user.
    #[must_use]
    pub fn because(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }

    /// The same, but in smaller steps: for the sweep, which comes again.
    #[must_use]
    pub fn in_steps(self) -> Self {
        Self {
            step: MAX_STEP,
            ..self
        }
    }

    /// Whether anybody was left over.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// How many seats were lost because nobody asks for them any more.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Decides the licenses of one user, whose document the caller writes: frees what nobody asks
    /// for any more, keeps what is still asked for, adds the rest; then lets others move up.
    /// Answers the user's grants in the order of the wants.
    ///
    /// # Errors
    /// `licenseLimitReached` if a license that the request itself asks for has no seat and says to
    /// refuse. Never for a user who only loses licenses: revocation is never blocked.
    pub fn settle(
        &mut self,
        facts: &mut dyn Facts,
        user: &str,
        held: &[Grant],
        wants: Vec<Want>,
    ) -> Result<Vec<Grant>, Refusal> {
        let at = self.admit(Person::own(user, held.to_vec()));
        self.settle_at(facts, at, wants)
    }

    /// The same for the last time: the user is deleted, and nothing is kept for them.
    ///
    /// # Errors
    /// The store's failure.
    pub fn leave(
        &mut self,
        facts: &mut dyn Facts,
        user: &str,
        held: &[Grant],
    ) -> Result<Vec<Grant>, Refusal> {
        let at = self.admit(Person::leaving(user, held.to_vec()));
        self.settle_at(facts, at, Vec::new())
    }

    /// The same for a user whose document the desk writes: because of a group, an admin, or the time.
    ///
    /// # Errors
    /// As [`Self::settle`]; [`Refusal::Corrupt`].
    pub fn settle_row(
        &mut self,
        facts: &mut dyn Facts,
        row: &Row,
        wants: Vec<Want>,
    ) -> Result<(), Refusal> {
        let at = self.admit_row(row)?;
        if let Some(person) = self.people.get_mut(at) {
            person.is_asked = true;
        }
        self.settle_at(facts, at, wants).map(|_| ())
    }

    fn settle_at(
        &mut self,
        facts: &mut dyn Facts,
        at: usize,
        wants: Vec<Want>,
    ) -> Result<Vec<Grant>, Refusal> {
        self.open_for(facts, at, &wants)?;
        self.stand(at);
        // Where a seat is free although somebody waits, since the limit has moved by itself, the
        // line comes first.
        self.mark_open_lines();
        self.drain(facts)?;
        self.decide(facts, at, wants)?;
        self.drain(facts)?;
        let person = self.people.get(at);
        Ok(person.map(|it| it.grants.clone()).unwrap_or_default())
    }

    /// Whether anybody in the tenant asks for a license in vain: a change of any may help them.
    ///
    /// # Errors
    /// The store's failure.
    pub fn is_asked_in_vain(facts: &mut dyn Facts) -> Result<bool, Refusal> {
        Ok(in_vain::counter(facts)? > 0)
    }

    /// Asks for the counters of all pools that may move, in one question.
    fn open_for(
        &mut self,
        facts: &mut dyn Facts,
        at: usize,
        wants: &[Want],
    ) -> Result<(), Refusal> {
        let held = self.people.get(at).map_or(&[][..], |it| &it.grants);
        let seated = held.iter().filter(|grant| grant.state != State::Blocked);
        let mut skus: Vec<String> = seated.map(|grant| grant.sku.clone()).collect();
        skus.extend(order::reach(&self.catalog, wants));
        let licenses = skus.iter().filter_map(|sku| self.catalog.license(sku));
        let licenses = licenses.cloned().collect();
        self.open(facts, licenses)
    }

    fn open(&mut self, facts: &mut dyn Facts, licenses: Vec<License>) -> Result<(), Refusal> {
        let mut new: Vec<License> = Vec::new();
        for license in licenses {
            let is_open = self.pools.iter().any(|pool| pool.license.id == license.id);
            if !is_open && !new.iter().any(|it| it.id == license.id) {
                new.push(license);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let names = new.iter().flat_map(|license| counter_names(&license.id));
        let counters = facts.counters(names.collect())?;
        for (license, counters) in new.into_iter().zip(counters.as_chunks::<COUNTERS>().0) {
            let counts = Counts::from(*counters);
            self.pools.push(Pool::new(license, counts, self.at));
        }
        // Whoever was admitted before stands in the lines of these as well.
        (0..self.people.len()).for_each(|at| self.stand(at));
        Ok(())
    }

    /// Whether the counters are others by now than when the pools were opened: what was found beside
    /// them may then be of another moment.
    ///
    /// # Errors
    /// The store's failure.
    pub fn is_overtaken(&self, facts: &mut dyn Facts) -> Result<bool, Refusal> {
        let names = self
            .pools
            .iter()
            .flat_map(|pool| counter_names(&pool.license.id));
        let counters = facts.counters(names.collect())?;
        let now = counters.as_chunks::<COUNTERS>().0.iter().copied();
        let mut pairs = self.pools.iter().zip(now.map(Counts::from));
        Ok(pairs.any(|(pool, now)| pool.found() != now))
    }

    fn pool(&self, sku: &str) -> Option<usize> {
        self.pools.iter().position(|pool| pool.license.sku == sku)
    }

    /// All that was decided here, for the commit. Where the request writes the catalog itself,
    /// that is the condition on the catalog. `actor` is who is behind it, for the history.
    #[must_use]
    pub fn close(mut self, writes_catalog: bool, actor: &str) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut alerts = Vec::new();
        for pool in &mut self.pools {
            let threshold = pool.alert();
            alerts.extend(threshold.map(|threshold| event::threshold(pool, threshold)));
        }
        if self.rests_on_catalog && !writes_catalog {
            changes.push(self.catalog.unchanged());
        }
        changes.extend(self.pools.iter().flat_map(Pool::changes));
        changes.extend(self.in_vain.change());
        let mut record = record::Record::new(&self.id, &self.now, self.cause, actor);
        for person in &self.people {
            changes.extend(person.put(self.kind, &self.now));
            record.of(person);
        }
        changes.extend(record.into_changes());
        changes.extend(alerts.into_iter().map(Change::Emit));
        changes
    }

    /// The seat counters of a license as they will be.
    #[must_use]
    pub fn counts(&self, id: &str) -> Option<Counts> {
        let pool = self.pools.iter().find(|pool| pool.license.id == id)?;
        Some(pool.counts)
    }
}

/// The grants of a user whose wants are just what is held already: no question to be asked, no
/// seat to be moved. None if anything moves, is blocked and may be so no longer, or ends by time.
#[must_use]
pub fn unmoved(held: &[Grant], wants: &[Want]) -> Option<Vec<Grant>> {
    if held.len() != wants.len() {
        return None;
    }
    wants
        .iter()
        .zip(held)
        .map(|(want, grant)| {
            if grant.sku != want.sku {
                // The order decides between two that exclude one another.
                return None;
            }
            let seated = matches!(grant.state, State::Active | State::Overage | State::Waiting);
            let same = grant.state != State::Waiting || grant.priority == want.priority;
            let derived = grant.sources.iter().any(|source| is_derived(source));
            let timed = grant.until.is_some();
            let marked = grant.state.is_granted() && grant.reason.is_some();
            let moves = derived || timed || want.blocked.is_some() || want.unasked != marked;
            let stays = seated && same && !moves;
            stays.then(|| Grant {
                sources: want.sources.clone(),
                ..grant.clone()
            })
        })
        .collect()
}
