//! A bulk that is carried out in parts (RFC 9967 section 2.5.1.2): how it is taken apart, and how a part is
//! carried out.
//!
//! The order is settled once, for the whole: an operation stands behind all that it refers to, and those that
//! refer to one another in a circle stand in one part. So a part knows everything it needs of those before
//! it: which of their operations it names, and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer::Outcome;
use super::order::{Unit, units};
use super::reference::{Names, References};
use super::run::{Run, seed_of};
use crate::facts::{Change, Facts};
use crate::message::{Request, Response};
use crate::refusal::Refusal;
use crate::scim::bulk::{Operation, Outline, operation, unique};
use crate::scim::value::Value;
use crate::tenant::Tenant;
use crate::usecase::document::new_id;
use crate::usecase::overlay::Overlay;
use crate::usecase::tell::Txn;

/// Operations of one part, and bytes of them: what one commit carries in some ten milliseconds, so that
/// requests come between.
const MAX_OPERATIONS: usize = 100;
const MAX_BYTES: usize = 512 << 10;

/// Operations that refer to one another in a circle: they are one commit, as a bulk at once is.
const MAX_CIRCLE: usize = crate::scim::bulk::MAX_OPERATIONS;

/// Bytes of changes after which the rest of a part is left for the next commit: half of what one carries, so
/// that the operation behind them fits as well.
const MAX_WEIGHT: usize = 7 << 20;

/// Some operations of a bulk.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::usecase) struct Part<'a> {
    /// Each with its place in the bulk.
    #[serde(borrow)]
    pub(in crate::usecase) operations: Vec<(usize, &'a RawValue)>,
    /// The operations of earlier parts that these refer to.
    pub(in crate::usecase) earlier: Vec<Earlier>,
}

/// An operation of an earlier part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::usecase) struct Earlier {
    /// What the client calls what it creates.
    pub(in crate::usecase) name: String,
    /// Its place in the bulk.
    pub(in crate::usecase) at: usize,
    /// Its part.
    pub(in crate::usecase) part: usize,
}

/// What became of an operation of an earlier part.
#[derive(Clone, Debug, Default)]
pub(in crate::usecase) struct Before {
    /// The id of what it has created; none: that which was promised.
    pub(in crate::usecase) id: Option<String>,
    /// Whether it failed.
    pub(in crate::usecase) failed: bool,
}

/// What a bulk as a whole is carried out with.
pub(in crate::usecase) struct Whole<'r> {
    pub(in crate::usecase) tenant: &'r Tenant,
    /// The request of this step: its principal, base and moment.
    pub(in crate::usecase) request: &'r Request,
    /// The moment and the seed at which the bulk was accepted: its ids are made of them.
    pub(in crate::usecase) accepted: (u64, (u64, u64)),
    /// How many operations it has.
    pub(in crate::usecase) total: usize,
    /// After so many errors more the rest is left alone.
    pub(in crate::usecase) most: u64,
    /// How many operations are carried out at once.
    pub(in crate::usecase) at_once: usize,
    pub(in crate::usecase) txn: Txn,
}

/// What became of a part.
pub(in crate::usecase) struct Done<'p> {
    pub(in crate::usecase) changes: Vec<Change>,
    /// What is left of it: its changes would have been too much for one commit.
    pub(in crate::usecase) rest: Vec<(usize, &'p RawValue)>,
    /// For each operation its place, where it is below the base, and what the answer of a bulk says of it.
    pub(in crate::usecase) outcomes: Vec<Answered>,
}

/// What became of an operation.
pub(in crate::usecase) struct Answered {
    pub(in crate::usecase) at: usize,
    /// Below the base.
    pub(in crate::usecase) path: String,
    /// An operation of a `BulkResponse`, as JSON.
    pub(in crate::usecase) text: String,
    pub(in crate::usecase) failed: bool,
    /// What the client calls what it has created.
    pub(in crate::usecase) name: Option<String>,
}

/// Takes a bulk apart. One operation is read at a time, so that the memory is that of the text.
pub(in crate::usecase) fn split<'a>(outline: &Outline<'a>) -> Result<Vec<Part<'a>>, Refusal> {
    let mut named: Vec<Option<String>> = Vec::with_capacity(outline.operations.len());
    for raw in &outline.operations {
        let read = operation(Value::parse(raw.get())?);
        named.push(read.bulk_id);
    }
    unique(named.iter().flatten().map(String::as_str))?;
    let references = refer(outline, &named)?;
    let units = units(&references);
    if units.iter().any(|unit| unit.len() > MAX_CIRCLE) {
        let detail = format!(
            "more than {MAX_CIRCLE} operations refer to one another in a circle; they succeed or \
             fail together, and are too many for that"
        );
        return Err(Refusal::Status(413, detail));
    }
    let places = shares(outline, units);
    let part_of: BTreeMap<usize, usize> = (0..)
        .zip(&places)
        .flat_map(|(part, share)| share.iter().map(move |at| (*at, part)))
        .collect();
    let parts = (0..).zip(&places).map(|(number, share)| {
        let mut earlier = BTreeMap::new();
        for reference in share
            .iter()
            .filter_map(|at| references.get(*at))
            .flat_map(|it| &it.known)
        {
            let part = part_of.get(&reference.to).copied().unwrap_or(number);
            if let (true, Some(Some(name))) = (part < number, named.get(reference.to)) {
                let name = name.clone();
                let at = reference.to;
                earlier.insert(at, Earlier { name, at, part });
            }
        }
        let operations = share.iter();
        let operations = operations.filter_map(|at| Some((*at, *outline.operations.get(*at)?)));
        Part {
            operations: operations.collect(),
            earlier: earlier.into_values().collect(),
        }
    });
    Ok(parts.collect())
}

/// What each operation refers to.
fn refer(outline: &Outline<'_>, given: &[Option<String>]) -> Result<Vec<References>, Refusal> {
    let mut creators = Vec::new();
    for (at, (raw, name)) in outline.operations.iter().zip(given).enumerate() {
        // Mostly there is no name at all, or a POST: the method alone says which.
        if let Some(name) = name
            && operation(Value::parse(raw.get())?).creates()
        {
            creators.push((name.clone(), at));
        }
    }
    let names = Names::new(creators);
    let mut references = Vec::with_capacity(outline.operations.len());
    for raw in &outline.operations {
        // As it stands there, or hidden by an escape of JSON or of a path.
        let refers = ["bulkId", "\\", "%"]
            .iter()
            .any(|it| raw.get().contains(it));
        references.push(if refers {
            names.references(&operation(Value::parse(raw.get())?))
        } else {
            References::default()
        });
    }
    Ok(references)
}

/// Which operations are carried out together. A unit is never divided.
fn shares(outline: &Outline<'_>, units: Vec<Unit>) -> Vec<Vec<usize>> {
    let size = |at: &usize| outline.operations.get(*at).map_or(0, |raw| raw.get().len());
    let mut shares: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for unit in units {
        let more: usize = unit.iter().map(size).sum();
        match shares.last_mut() {
            Some(last)
                if last.len() + unit.len() <= MAX_OPERATIONS && bytes + more <= MAX_BYTES =>
            {
                bytes += more;
                last.extend(unit);
            }
            _ => {
                bytes = more;
                shares.push(unit);
            }
        }
    }
    shares
}

/// Carries out a part, or so many operations of it. `before` says what became of the earlier operations, in their order.
///
/// # Errors
/// The store's failure: nothing of the part is decided.
pub(in crate::usecase) fn run<'p>(
    whole: &Whole<'_>,
    part: &'p Part<'_>,
    before: &[Before],
    facts: &mut dyn Facts,
) -> Result<Done<'p>, Refusal> {
    let mut run = resumed(whole, part, before)?;
    let count = before.len();
    let mut overlay = Overlay::new(whole.tenant, facts);
    let own = units(&run.references);
    let own: Vec<Unit> = own
        .into_iter()
        .filter(|unit| unit.iter().all(|at| *at >= count))
        .collect();
    overlay.foresee(run.targets(&own), run.claims(&own))?;
    let mut rest = Vec::new();
    for unit in &own {
        let is_enough = overlay.weight() > MAX_WEIGHT || run.concluded() >= whole.at_once;
        if is_enough && run.concluded() > 0 {
            rest.extend(unit.iter().map(|at| at.saturating_sub(count)));
        } else if run.errors < whole.most {
            run.unit(unit, &mut overlay)?;
        } else {
            for at in unit {
                run.conclude(*at, Err(enough()));
            }
        }
    }
    Ok(Done {
        changes: overlay.into_changes(),
        outcomes: answered(&run, count),
        rest: rest
            .into_iter()
            .filter_map(|at| part.operations.get(at).copied())
            .collect(),
    })
}

/// Why the rest of a bulk is left alone.
pub(in crate::usecase) fn enough() -> Refusal {
    let detail = "not carried out: `failOnErrors` was reached";
    Refusal::Status(424, detail.to_owned())
}

/// A run over the operations of a part, with those before them that they refer to in front.
fn resumed<'r>(
    whole: &Whole<'r>,
    part: &'r Part<'_>,
    before: &[Before],
) -> Result<Run<'r>, Refusal> {
    let earlier = part.earlier.iter().map(|it| Operation {
        method: "POST".to_owned(),
        bulk_id: Some(it.name.clone()),
        ..Operation::default()
    });
    let mut operations: Vec<Operation<'r>> = earlier.collect();
    for (_, raw) in &part.operations {
        operations.push(operation(Value::parse(raw.get())?));
    }
    let places: Vec<usize> = part
        .earlier
        .iter()
        .map(|it| it.at)
        .chain(part.operations.iter().map(|(at, _)| *at))
        .collect();
    let (accepted, (_, low)) = whole.accepted;
    let promised = |at: &usize| new_id(accepted, seed_of(low, *at as u64));
    let mut ids: Vec<String> = places.iter().map(promised).collect();
    for (slot, before) in ids.iter_mut().zip(before) {
        if let Some(id) = &before.id {
            slot.clone_from(id);
        }
    }
    let failed = before.iter().enumerate().filter(|(_, it)| it.failed);
    let failed_before: BTreeSet<usize> = failed.map(|(at, _)| at).collect();
    let run = Run::new(whole.tenant, whole.request, operations, whole.txn.clone());
    Ok(Run {
        ids,
        places,
        total: whole.total,
        earlier: before.len(),
        failed_before,
        ..run
    })
}

fn answered(run: &Run<'_>, count: usize) -> Vec<Answered> {
    let outcomes = run.outcomes.iter().enumerate().skip(count);
    let outcomes = outcomes.filter_map(|(at, outcome)| Some((at, outcome.as_ref()?)));
    outcomes
        .map(|(at, outcome)| Answered {
            at: run.place(at),
            path: outcome.path(&run.request.base_url, &run.path(at)),
            text: serde_json::to_string(outcome).unwrap_or_default(),
            failed: outcome.failed(),
            name: run.operations.get(at).and_then(|it| it.bulk_id.clone()),
        })
        .collect()
}

/// What is said of an operation that is not carried out at all.
pub(in crate::usecase) fn skipped(
    raw: &RawValue,
    at: usize,
    why: &Refusal,
) -> Result<Answered, Refusal> {
    let operation = operation(Value::parse(raw.get())?);
    let outcome = Outcome::of(&operation, String::new(), &why.response());
    Ok(Answered {
        at,
        path: operation.path.clone(),
        text: serde_json::to_string(&outcome).unwrap_or_default(),
        failed: true,
        name: operation.bulk_id.clone(),
    })
}

/// What is said of a request of its own.
pub(in crate::usecase) fn single(request: &Request, answer: &Response) -> Answered {
    let operation = Operation {
        method: request.method.clone(),
        path: request.path.clone(),
        ..Operation::default()
    };
    let path = request.path.trim_start_matches('/');
    let place = format!("{}/{path}", request.base_url);
    let outcome = Outcome::of(&operation, place, answer);
    Answered {
        at: 0,
        path: outcome.path(&request.base_url, &request.path),
        text: serde_json::to_string(&outcome).unwrap_or_default(),
        failed: outcome.failed(),
        name: None,
    }
}
