//! Other users whose documents a request changes, because they move up in a queue.

use super::super::{State, grants, grants_value};
use super::{Desk, MAX_PROMOTIONS, Queue};
use crate::event;
use crate::facts::Facts;
use crate::refusal::Refusal;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// Somebody else's document.
pub(super) struct Other {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) document: Object<'static>,
}

impl Desk<'_> {
    /// The next user in a queue whose place there this request has not decided already.
    pub(super) fn next(
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
    pub(super) fn place(
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
            self.in_vain.leave(grant);
            grant.state = state;
            grant.reason = reason.map(str::to_owned);
            self.in_vain.enter(grant);
            // A place in one queue is a place in the next: who asked first stays first.
            if state == State::Active {
                grant.since.clone_from(&self.now);
            }
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
}
