//! Seats: design.md's invariants, each with something that tries to break it.
//!
//! *Sequences* are random scripts, compared step by step with a naive model. *Races* are two or
//! three requests at once, in every order in which the store can see them. A *storm* is eight
//! threads on a real database. Whatever happened, an [`audit`] recounts everything afterwards.

mod audit;
mod careless;
mod crossing;
mod kept;
mod matrix;
mod model;
mod race;
mod races;
mod schedule;
mod script;
mod sequences;
mod stage;
mod storm;
mod time;
mod wire;
