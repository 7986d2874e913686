//! One bulk while it is carried out.

use std::collections::BTreeSet;

use super::super::Decision;
use super::super::case::Case;
use super::super::document::new_id;
use super::super::route;
use super::answer::{self, Outcome};
use super::order::within;
use super::reference::{Names, References};
use crate::facts::{Facts, Failure};
use crate::message::{Header, Request, Response};
use crate::refusal::Refusal;
use crate::scim::bulk::Operation;
use crate::tenant::Tenant;
use crate::usecase::overlay::Overlay;
use crate::usecase::tell::Txn;

/// What became of one request on its way; the store's failure ends the whole bulk instead.
pub(super) type Attempt<T> = Result<Result<T, Refusal>, Failure>;

/// The operations of a bulk, and what has become of them so far.
pub(super) struct Run<'r> {
    pub(super) tenant: &'r Tenant,
    pub(super) request: &'r Request,
    pub(super) operations: Vec<Operation<'r>>,
    pub(super) references: Vec<References>,
    pub(super) names: Names,
    /// The id that the resource of each operation gets, if it creates one. Made up front, so that
    /// what refers to it may come first.
    pub(super) ids: Vec<String>,
    pub(super) outcomes: Vec<Option<Outcome>>,
    /// Operations that failed.
    pub(super) errors: u64,
    pub(super) fault: Option<String>,
    pub(super) txn: Txn,
    /// What each operation is called for those who are told of it: its place in the whole request.
    pub(super) places: Vec<usize>,
    /// How many operations the whole request has.
    pub(super) total: usize,
    /// How many of the operations were carried out in earlier parts of the request; they stand in front.
    pub(super) earlier: usize,
    /// Those of them that failed.
    pub(super) failed_before: BTreeSet<usize>,
    /// Whether an operation was refused for a reason that passes: the tenant's policy has failed.
    pub(super) is_passing: bool,
}

impl<'r> Run<'r> {
    pub(super) fn new(
        tenant: &'r Tenant,
        request: &'r Request,
        operations: Vec<Operation<'r>>,
        txn: Txn,
    ) -> Self {
        let names = Names::of(&operations);
        let references = operations.iter().map(|it| names.references(it)).collect();
        let ids = (0..).zip(&operations);
        let ids = ids.map(|(at, _)| new_id(request.now, seed(request, at)));
        let total = operations.len();
        Self {
            tenant,
            request,
            references,
            names,
            ids: ids.collect(),
            outcomes: operations.iter().map(|_| None).collect(),
            operations,
            errors: 0,
            fault: None,
            txn,
            places: (0..total).collect(),
            total,
            earlier: 0,
            failed_before: BTreeSet::new(),
            is_passing: false,
        }
    }

    /// Carries out one unit.
    pub(super) fn unit(
        &mut self,
        unit: &[usize],
        overlay: &mut Overlay<'_>,
    ) -> Result<(), Failure> {
        match (unit, within(unit, &self.references)) {
            (&[at], Some(_)) => self.single(at, overlay),
            (_, order) => self.circle(unit, order, overlay),
        }
    }

    fn single(&mut self, at: usize, overlay: &mut Overlay<'_>) -> Result<(), Failure> {
        let answer = self.carry_out(at, overlay)?;
        self.conclude(at, answer);
        Ok(())
    }

    /// Decides one operation, and makes it a fact for those behind it.
    pub(super) fn carry_out(&mut self, at: usize, overlay: &mut Overlay<'_>) -> Attempt<Response> {
        let decision = match self.prepare(at) {
            Ok(request) => self.travel((at, self.place(at)), &request, overlay)?,
            Err(refusal) => Err(refusal),
        };
        let answer = decision.and_then(
            |Decision {
                 response, changes, ..
             }| {
                overlay.absorb(changes)?;
                Ok(response)
            },
        );
        if let Ok(response) = &answer {
            self.note_id(at, response);
        }
        Ok(answer)
    }

    /// A POST may have been answered by somebody who was here before (`adoptInactiveOnPost`): those
    /// who refer to it mean that one.
    fn note_id(&mut self, at: usize, response: &Response) {
        let location = response.headers.iter().find(|it| it.name == "location");
        let id = location.and_then(|it| it.value.rsplit('/').next());
        let is_new = response.status == 201;
        if let (true, Some(id), Some(known)) = (is_new, id, self.ids.get_mut(at)) {
            id.clone_into(known);
        }
    }

    /// The operation as a request of its own. Its data are gone afterwards: they may be large, and
    /// are not needed again.
    fn prepare(&mut self, at: usize) -> Result<Request, Refusal> {
        self.refers_well(at)?;
        let path = self.path(at);
        let Some(operation) = self.operations.get_mut(at) else {
            return Err(Refusal::syntax("there is no such operation"));
        };
        if let Some(wrong) = operation.wrong.take() {
            return Err(wrong);
        }
        addressable(&path)?;
        let body = operation.data.take().map(|mut data| {
            self.names.resolve(&mut data, &self.ids);
            data.to_json()
        });
        let guard = operation.version.iter().map(|version| Header {
            name: "if-match".to_owned(),
            value: version.clone(),
        });
        Ok(Request {
            method: operation.method.clone(),
            path,
            query: None,
            headers: guard.collect(),
            body: body.unwrap_or_default(),
            principal: self.request.principal.clone(),
            now: self.request.now,
            seed: seed(self.request, at as u64),
            base_url: self.request.base_url.clone(),
        })
    }

    /// Sends a request of an operation on its way. `part` tells the requests of a bulk apart for those
    /// who are told of them: an operation may take two.
    pub(super) fn travel(
        &self,
        (at, part): (usize, usize),
        request: &Request,
        facts: &mut dyn Facts,
    ) -> Attempt<Decision> {
        let step = u16::try_from(at.saturating_sub(self.earlier)).unwrap_or(u16::MAX);
        let decision = Case::new(self.tenant, request, facts).and_then(|case| {
            let id = self.ids.get(at).cloned().unwrap_or_default();
            route::travel(case.at_step(step).told_as(self.txn(part)).promising(id))
        });
        match decision {
            Err(Refusal::Store(failure)) => Err(failure),
            decision => Ok(decision),
        }
    }

    /// The place of an operation in the whole request.
    pub(super) fn place(&self, at: usize) -> usize {
        self.places.get(at).copied().unwrap_or(at)
    }

    fn txn(&self, part: usize) -> Txn {
        let Txn { id, stem } = &self.txn;
        Txn {
            id: id.clone(),
            stem: format!("{stem}-{part}"),
        }
    }

    /// RFC 7644 section 3.7.1: a reference that cannot be resolved is a conflict.
    fn refers_well(&self, at: usize) -> Result<(), Refusal> {
        let Some(References { known, unknown }) = self.references.get(at) else {
            return Ok(());
        };
        if let Some(name) = unknown {
            let detail = format!("no operation of this bulk creates `bulkId:{name}`");
            return Err(Refusal::Status(409, detail));
        }
        let failed = |to: &usize| {
            let outcome = self.outcomes.get(*to).and_then(Option::as_ref);
            outcome.is_some_and(Outcome::failed) || self.failed_before.contains(to)
        };
        match known.iter().map(|reference| reference.to).find(failed) {
            Some(to) => Err(not_created(self.name(to))),
            None => Ok(()),
        }
    }

    /// What the client calls the resource of an operation.
    pub(super) fn name(&self, at: usize) -> &str {
        let operation = self.operations.get(at);
        operation
            .and_then(|it| it.bulk_id.as_deref())
            .unwrap_or_default()
    }

    /// The path of an operation, with ids in the place of names.
    pub(super) fn path(&self, at: usize) -> String {
        let path = self.operations.get(at).map_or("", |it| it.path.as_str());
        let resolved = self.names.resolve_path(path, &self.ids);
        resolved.unwrap_or_else(|| path.to_owned())
    }

    /// Notes what became of an operation.
    pub(super) fn conclude(&mut self, at: usize, answer: Result<Response, Refusal>) {
        let answer = answer.unwrap_or_else(|refusal| {
            self.is_passing |= matches!(refusal, Refusal::Policy(_));
            if matches!(refusal, Refusal::Corrupt(_)) {
                self.fault.get_or_insert(refusal.to_string());
            }
            refusal.response()
        });
        let place = match self.path(at) {
            path if path.is_empty() => path,
            path => format!("{}/{}", self.request.base_url, path.trim_start_matches('/')),
        };
        let Some(operation) = self.operations.get(at) else {
            return;
        };
        let outcome = Outcome::of(operation, place, &answer);
        self.errors += u64::from(outcome.failed());
        if let Some(slot) = self.outcomes.get_mut(at) {
            *slot = Some(outcome);
        }
    }

    /// How many operations something has become of.
    pub(super) fn concluded(&self) -> usize {
        self.outcomes.iter().flatten().count()
    }

    /// The answer to the bulk, and a line for the operator if something is broken.
    pub(super) fn answer(self) -> (Response, Option<String>) {
        let response = answer::response(&self.outcomes);
        // Some of it may be worth another try.
        let response = if self.is_passing {
            response.with("retry-after", "30")
        } else {
            response
        };
        (response, self.fault)
    }
}

/// The seed of an operation. Ids (see [`new_id`]) are then alike but for a counter, which puts them
/// into the order of the request: RFC 9562 section 6.2, method 1.
fn seed(request: &Request, at: u64) -> (u64, u64) {
    seed_of(request.seed.1, at)
}

/// The same of the half of a seed that all operations share. The counter of an id has 12 bits; what does not
/// go in there goes into the random part, above the two bits that an id has no room for.
pub(super) fn seed_of(shared: u64, at: u64) -> (u64, u64) {
    (at & 0xfff, shared ^ ((at >> 12) << 2))
}

/// RFC 7644 section 3.7: an operation is about a resource, named by a path alone.
fn addressable(path: &str) -> Result<(), Refusal> {
    if path.contains(['?', '#']) {
        let detail = "the `path` of an operation is that of a resource type or a resource alone";
        return Err(Refusal::syntax(detail));
    }
    let segments = route::segments(path)?;
    if segments
        .iter()
        .any(|it| matches!(it.as_ref(), "Bulk" | ".search"))
    {
        let detail = "an operation creates, replaces, changes or removes one resource";
        return Err(Refusal::syntax(detail));
    }
    Ok(())
}

/// RFC 7644 section 3.7.1.
pub(super) fn not_created(name: &str) -> Refusal {
    let detail = format!("this refers to `bulkId:{name}`, whose operation failed");
    Refusal::Status(409, detail)
}
