//! The runtime through its door, with a component that misbehaves on request
//! (`tests/guests/hostile`).

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod crossing;
mod limits;
mod policy;
mod sealed;
mod smoke;
mod start;
mod surface;
mod warm;
mod world;
