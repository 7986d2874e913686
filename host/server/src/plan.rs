//! What would an import do: all of it is run for real, against a copy that is thrown away.
//!
//! Two copies are made: one to run the import on, one to compare with. Whose seats have moved, the
//! outbox of the first one says; how they stood and stand, both say as SCIM.

mod input;
mod rows;
mod scratch;
mod seats;

use scimlet_runtime::CallError;
use scimlet_store::Failure;
use serde::Serialize;
use serde_json::Value;

use crate::local::{Ask, Local, LocalError};
use crate::world::NoRandomness;

pub(crate) use input::{Step, read};
pub(crate) use scratch::{Copy, Scratch};
pub(crate) use seats::Moves;

use rows::Row;

/// There is no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    /// The component did not answer a request.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// The component did not carry out what is due.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A store did not answer.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// There is no seed.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// There is no room for the copies.
    #[error("there is no place for a copy of the data: {0}")]
    NoPlace(#[from] std::io::Error),
}

/// What an import would do.
#[derive(Debug, Serialize)]
pub(crate) struct Plan {
    /// Rows of the file.
    pub(crate) rows: usize,
    /// Rows that would not be done.
    pub(crate) refused: Vec<Refused>,
    /// Every license, and every SKU that somebody would ask for.
    pub(crate) licenses: Vec<Moves>,
}

/// A row that would not be done.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    /// The line of the file, from 1.
    pub(crate) line: usize,
    /// A request, or the name of a user.
    pub(crate) what: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The component's own words.
    pub(crate) reason: String,
}

/// Runs an import on a copy. `told` hears of every row that was run.
pub(crate) fn make(
    scratch: &Scratch,
    steps: &[Step],
    told: &mut dyn FnMut(),
) -> Result<Plan, PlanError> {
    let (work, before) = (scratch.work(), scratch.before());
    let from = work.store().outbox_end()?;
    let mut refused = Vec::new();
    for step in steps {
        refused.extend(run(work.local(), step)?);
        told();
    }
    // What was too much for one request is done beside them.
    work.sweep()?;
    Ok(Plan {
        rows: steps.len(),
        refused,
        licenses: seats::compare(before, work, from)?,
    })
}

/// Runs one row; a refusal is an outcome.
fn run(local: &Local, step: &Step) -> Result<Option<Refused>, LocalError> {
    let outcome = match &step.row {
        Row::Request(request) => local.send(&request.ask()),
        Row::User(user) => put_user(local, user),
    };
    match outcome {
        Ok(_) => Ok(None),
        Err(LocalError::Refused { status, detail }) => Ok(Some(Refused {
            line: step.line,
            what: step.row.name(),
            status,
            reason: detail,
        })),
        Err(error) => Err(error),
    }
}

/// Creates the user of that `userName`, or puts this one in the place of the one there is.
fn put_user(local: &Local, user: &rows::User) -> Result<Value, LocalError> {
    let found = local.send(&Ask {
        method: "GET",
        path: "/Users",
        query: Some(user.query()),
        ..Ask::default()
    })?;
    let id = found.pointer("/Resources/0/id").and_then(Value::as_str);
    let path = id.map(|id| format!("/Users/{id}"));
    local.send(&Ask {
        method: if path.is_some() { "PUT" } else { "POST" },
        path: path.as_deref().unwrap_or("/Users"),
        body: Some(&user.body),
        ..Ask::default()
    })
}
