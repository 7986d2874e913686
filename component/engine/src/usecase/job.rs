//! Requests that are carried out later (RFC 9967 section 2.5.1).
//!
//! A *job* is a request that was accepted with 202: a row, and one or more rows that hold what is to be done,
//! in parts. The sweep carries out one part at a time ([`step`]), oldest job first, and what it changes, what
//! became of each operation, the events that say so and how far the job has come are one commit. So a job
//! goes on where it was whatever is broken off, nothing of it is done twice, and an embedder who calls `sweep`
//! has jobs without a line more.
//!
//! Jobs of a tenant are done one after another, in the order in which they were accepted: who sends `active:
//! true` and then `active: false` means the second. So nothing may stand still for ever ([`stage`]).

mod accept;
mod forget;
mod rows;
mod stage;
mod status;
mod step;

pub(super) use accept::{accept, is_wanted};
pub(super) use forget::{answers, jobs};
pub(super) use status::status;
pub(super) use step::step;
