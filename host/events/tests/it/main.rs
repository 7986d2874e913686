//! Couriers and the client through their public face, against receivers that are honest, lie, stall, drop,
//! and never end.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod bench;
mod guard;
mod judging;
mod push;
mod receiver;
mod tls;
mod troubles;
mod webhook;
