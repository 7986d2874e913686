//! Operations that refer to one another in a circle (RFC 7644 section 3.7.1).
//!
//! All of them succeed, or none does: each refers to all others, if by detours. References that need
//! nothing to exist (a user's manager) are simply ids that are known beforehand. Where members of
//! groups go round, each group is created without those that are still to come, which are added once
//! all are there. If that is refused too (a group that contains itself is), the circle is a conflict.

use super::order::Unit;
use super::run::{Attempt, Run, not_created};
use crate::facts::Failure;
use crate::message::{Request, Response};
use crate::refusal::Refusal;
use crate::scim::urn;
use crate::scim::value::{Object, Value};
use crate::usecase::overlay::Overlay;

/// Members that a group gets once they exist.
struct Postponed {
    group: usize,
    members: Vec<Value<'static>>,
}

/// Which operation of a circle was refused, if it was one, and why.
type Broken = (Option<usize>, Refusal);

impl Run<'_> {
    /// Carries out a circle. `order` is that of the references which need what they name to exist,
    /// none if these are the circle.
    pub(super) fn circle(
        &mut self,
        unit: &[usize],
        order: Option<Unit>,
        overlay: &mut Overlay<'_>,
    ) -> Result<(), Failure> {
        let is_hard = order.is_none();
        let mut inner = overlay.inner();
        let made = match order {
            Some(order) => self.all(&order, &mut inner)?,
            None => self.one_by_one(unit, &mut inner)?,
        };
        let changes = inner.into_changes();
        let made = made.and_then(|answers| match overlay.absorb(changes) {
            Ok(()) => Ok(answers),
            Err(refusal) => Err((None, refusal)),
        });
        match made {
            Ok(answers) => {
                for (at, answer) in answers {
                    self.conclude(at, Ok(answer));
                }
            }
            Err(broken) => self.break_up(unit, &broken, is_hard),
        }
        Ok(())
    }

    fn all(
        &mut self,
        order: &[usize],
        inner: &mut Overlay<'_>,
    ) -> Result<Result<Vec<(usize, Response)>, Broken>, Failure> {
        let mut answers = Vec::with_capacity(order.len());
        for &at in order {
            match self.carry_out(at, inner)? {
                Ok(answer) => answers.push((at, answer)),
                Err(refusal) => return Ok(Err((Some(at), refusal))),
            }
        }
        Ok(Ok(answers))
    }

    /// Groups whose members go round.
    fn one_by_one(
        &mut self,
        unit: &[usize],
        inner: &mut Overlay<'_>,
    ) -> Result<Result<Vec<(usize, Response)>, Broken>, Failure> {
        let postponed: Vec<Postponed> = unit
            .iter()
            .filter_map(|at| self.postpone(*at, unit))
            .collect();
        let mut answers = match self.all(unit, inner)? {
            Ok(answers) => answers,
            Err(broken) => return Ok(Err(broken)),
        };
        for Postponed { group, members } in postponed {
            let tag = match self.add(group, members, inner)? {
                Ok(answer) => answer.headers.into_iter().find(|it| it.name == "etag"),
                Err(refusal) => return Ok(Err((Some(group), refusal))),
            };
            let answer = answers.iter_mut().find(|(at, _)| *at == group);
            if let (Some((_, answer)), Some(tag)) = (answer, tag) {
                answer.headers.retain(|header| header.name != "etag");
                answer.headers.push(tag);
            }
        }
        Ok(Ok(answers))
    }

    /// Takes out of a group the members that are created behind it, or are the group itself.
    fn postpone(&mut self, at: usize, unit: &[usize]) -> Option<Postponed> {
        let is_later = |to: usize| to >= at && unit.binary_search(&to).is_ok();
        let names = &self.names;
        let Some(Value::Object(data)) = &mut self.operations.get_mut(at)?.data else {
            return None;
        };
        let listed = match data.remove("members")? {
            Value::List(list) => list,
            single => vec![single],
        };
        let (later, now): (Vec<_>, Vec<_>) = listed
            .into_iter()
            .partition(|member| names.refers(member, &is_later));
        data.push("members", Value::List(now));
        (!later.is_empty()).then(|| Postponed {
            group: at,
            members: later.into_iter().map(Value::into_owned).collect(),
        })
    }

    /// Adds members to a group that was just created.
    fn add(
        &mut self,
        group: usize,
        members: Vec<Value<'static>>,
        inner: &mut Overlay<'_>,
    ) -> Attempt<Response> {
        let mut members = Value::List(members);
        self.names.resolve(&mut members, &self.ids);
        let id = self.ids.get(group).map_or("", String::as_str);
        let request = Request {
            method: "PATCH".to_owned(),
            path: format!("{}/{id}", self.path(group)),
            query: None,
            headers: Vec::new(),
            body: addition(members),
            ..self.request.clone()
        };
        let part = self.place(group).saturating_add(self.total);
        let decision = self.travel((group, part), &request, inner)?;
        Ok(decision.and_then(|decision| {
            inner.absorb(decision.changes)?;
            Ok(decision.response)
        }))
    }

    /// Answers the operations of a circle that cannot be. Where members go round, that is what is
    /// wrong with all of them; else one is to blame, and the others refer to it.
    fn break_up(&mut self, unit: &[usize], (culprit, why): &Broken, is_hard: bool) {
        for &at in unit {
            let refusal = match culprit {
                _ if is_hard => circular(&self.names_of(unit), why),
                Some(culprit) if *culprit != at => not_created(self.name(*culprit)),
                _ => why.clone(),
            };
            self.conclude(at, Err(refusal));
        }
    }

    fn names_of(&self, unit: &[usize]) -> String {
        let shown = unit
            .iter()
            .take(5)
            .map(|at| format!("`{}`", self.name(*at)));
        shown.collect::<Vec<_>>().join(", ")
    }
}

/// A `PatchOp` that adds members.
fn addition(members: Value<'_>) -> String {
    let mut operation = Object::with_capacity(3);
    operation.push("op", Value::text("add"));
    operation.push("path", Value::text("members"));
    operation.push("value", members);
    let mut message = Object::with_capacity(2);
    message.push("schemas", Value::List(vec![Value::text(urn::PATCH)]));
    message.push("Operations", Value::List(vec![Value::Object(operation)]));
    Value::Object(message).to_json()
}

fn circular(names: &str, why: &Refusal) -> Refusal {
    let detail = format!("the operations {names} refer to one another in a circle: {why}");
    Refusal::Status(409, detail)
}
