//! Delivery: a dispatcher on a real store, in a time that jumps to the next thing that happens, with
//! couriers that do as they are told.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod admin;
mod crash;
mod endpoints;
mod health;
mod hosts;
mod order;
mod policy;
mod receiver;
mod retention;
mod stage;
