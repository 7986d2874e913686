//! The users whose licenses are decided at a desk.

use super::super::row::put;
use super::super::{Grant, State, assigned, grants, queue_key, set};
use super::Desk;
use crate::facts::{Change, Facts, Row};
use crate::refusal::Refusal;
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};

/// One of them.
pub(super) struct Person {
    pub(super) id: String,
    /// The document and its version, where the desk writes it.
    document: Option<(u64, Object<'static>)>,
    /// Whether the request is about this user, and not about somebody whose going lets them move up.
    pub(super) is_asked: bool,
    /// Whether the user ceases to be.
    pub(super) leaves: bool,
    /// The grants before all this.
    pub(super) start: Vec<Grant>,
    /// The grants now.
    pub(super) grants: Vec<Grant>,
    /// Whether the document is written even if no grant has changed.
    pub(super) is_touched: bool,
}

impl Person {
    /// The user that the request is about.
    pub(super) fn own(id: &str, grants: Vec<Grant>) -> Self {
        Self {
            id: id.to_owned(),
            document: None,
            is_asked: true,
            leaves: false,
            start: grants.clone(),
            grants,
            is_touched: false,
        }
    }

    /// The user that the request deletes.
    pub(super) fn leaving(id: &str, grants: Vec<Grant>) -> Self {
        Self {
            leaves: true,
            ..Self::own(id, grants)
        }
    }

    /// Somebody else.
    pub(super) fn read(row: &Row) -> Result<Self, Refusal> {
        let id = &row.key.id;
        let document = Value::parse(&row.body)
            .map_err(|error| Refusal::Corrupt(format!("User {id}: {error}")))?;
        let Value::Object(document) = document else {
            return Err(Refusal::Corrupt(format!("User {id} is not an object")));
        };
        let document = document.into_owned();
        Ok(Self {
            document: Some((row.version, document.clone())),
            is_asked: false,
            ..Self::own(id, grants(&document))
        })
    }

    /// The grant of this license, and where it stands.
    pub(super) fn grant(&self, sku: &str) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.sku == sku)
    }

    /// What writes the document, if that is the desk's business and there is something to write.
    pub(super) fn put(&self, kind: &ResourceType, now: &str) -> Option<Change> {
        let (version, document) = self.document.as_ref()?;
        let mut given = assigned(document);
        let all = given.len();
        given.retain(|one| one.until.as_ref().is_none_or(|until| **until > *now));
        if self.grants == self.start && !self.is_touched && given.len() == all {
            return None;
        }
        let mut document = document.clone();
        set(&mut document, &self.grants, &given);
        if let Some(meta) = document.object_mut("meta")
            && self.grants != self.start
        {
            meta.set("lastModified", Value::owned(now.to_owned()));
        }
        Some(Change::Put(put(kind, &self.id, &document, Some(*version))))
    }
}

/// Somebody of whom seats were held before, or are now.
pub struct Guarded<'d> {
    /// The user's id.
    pub id: &'d str,
    /// Whether any seat is held now.
    pub is_held: bool,
    /// Whether the user ceases to be.
    pub leaves: bool,
    /// The grants now.
    pub grants: &'d [Grant],
    /// The document before, where the desk has it.
    pub document: Option<&'d Object<'static>>,
}

impl Desk<'_> {
    /// Everybody of whom seats were held before, or are now.
    #[must_use]
    pub fn guarded(&self) -> Vec<Guarded<'_>> {
        let holds = |grants: &[Grant]| grants.iter().any(|it| it.state == State::Held);
        let guarded = self.people.iter().map(|person| {
            let (was_held, is_held) = (holds(&person.start), holds(&person.grants));
            let guarded = Guarded {
                id: &person.id,
                is_held,
                leaves: person.leaves,
                grants: &person.grants,
                document: person.document.as_ref().map(|(_, document)| document),
            };
            (was_held || is_held).then_some(guarded)
        });
        guarded.flatten().collect()
    }

    /// Adds somebody to those whose licenses are decided here.
    pub(super) fn admit(&mut self, person: Person) -> usize {
        let at = self.people.len();
        self.by_id.insert(person.id.clone(), at);
        self.people.push(person);
        at
    }

    /// The same for the user of a row, who may have been admitted before.
    pub(super) fn admit_row(&mut self, row: &Row) -> Result<usize, Refusal> {
        match self.by_id.get(&row.key.id) {
            Some(at) => Ok(*at),
            None => Ok(self.admit(Person::read(row)?)),
        }
    }

    /// Makes the document of somebody be written, whatever is decided of them.
    ///
    /// Who is inactive has no grants, so nothing of them changes when they join a group. A request
    /// that makes them active at the same moment must not overlook the group.
    pub fn touch(&mut self, user: &str) {
        let at = self.by_id.get(user);
        if let Some(person) = at.and_then(|at| self.people.get_mut(*at)) {
            person.is_touched = true;
        }
    }

    /// Frees what the guard keeps of somebody.
    ///
    /// # Errors
    /// The store's failure; [`Refusal::Corrupt`].
    pub fn release_row(&mut self, facts: &mut dyn Facts, row: &Row) -> Result<(), Refusal> {
        let person = Person::read(row)?;
        self.release_held(facts, person)
    }

    /// The same for somebody who is deleted, of whom nothing is left but these grants.
    ///
    /// # Errors
    /// The store's failure.
    pub fn release_gone(
        &mut self,
        facts: &mut dyn Facts,
        user: &str,
        grants: &[Grant],
    ) -> Result<(), Refusal> {
        self.release_held(facts, Person::leaving(user, grants.to_vec()))
    }

    fn release_held(&mut self, facts: &mut dyn Facts, person: Person) -> Result<(), Refusal> {
        // Somebody else's release may have moved them already.
        let at = match self.by_id.get(&person.id) {
            Some(at) => *at,
            None => self.admit(person),
        };
        self.open_for(facts, at, &[])?;
        let Some(person) = self.people.get_mut(at) else {
            return Ok(());
        };
        person.is_asked = true;
        let all = std::mem::take(&mut person.grants);
        let (held, rest): (Vec<Grant>, Vec<Grant>) =
            all.into_iter().partition(|it| it.state == State::Held);
        person.grants = rest;
        for grant in &held {
            self.leave_pool(grant);
        }
        self.stand(at);
        self.drain(facts)
    }

    /// Puts somebody's grants where lines are looked for.
    pub(super) fn stand(&mut self, at: usize) {
        let Some(person) = self.people.get(at) else {
            return;
        };
        for grant in &person.grants {
            let Some(pool) = self.pools.iter().position(|it| it.license.sku == grant.sku) else {
                continue;
            };
            if grant.state != State::Active {
                let line = self.lines.entry((pool, grant.state)).or_default();
                line.insert((queue_key(grant, &person.id), at));
            }
        }
    }
}
