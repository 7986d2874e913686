//! Speaking to the engine without HTTP between: for tests that need the clock, the dice and the
//! store in their own hands.
//!
//! Two ways of running it answer the same request: [`crate::native::Native`], and [`Component`],
//! the component in its runtime. [`Dump`] is everything that a store holds, to be compared.

mod component;
mod dump;
mod watch;

use scimlet_runtime::{Header, Principal, Request};
use serde_json::Value;

pub use component::Component;
pub use dump::{Dump, payload};
pub use watch::{Said, Watched};

/// Where all requests of these tests think that SCIM is.
pub const BASE: &str = "https://scim.example.com/scim/v2";

/// Some day in 2026: the moment at which these tests begin, in milliseconds.
pub const DAWN: u64 = 1_780_000_000_000;

/// A request of somebody who may do everything, at [`DAWN`], with a seed of zeros.
pub fn request(method: &str, path: &str, body: Option<&Value>) -> Request {
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: None,
        headers: vec![Header {
            name: "content-type".to_owned(),
            value: "application/scim+json".to_owned(),
        }],
        body: body.map(Value::to_string).unwrap_or_default(),
        principal: Principal {
            id: "test".to_owned(),
            scopes: vec!["admin".to_owned()],
        },
        now: DAWN,
        seed: (0, 0),
        base_url: BASE.to_owned(),
    }
}

/// 128 bits that look like chance and are the same in every run (splitmix64).
pub fn seed(number: u64) -> (u64, u64) {
    let mix = |state: u64| {
        let one = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let two = (one ^ (one >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        two ^ (two >> 31)
    };
    let step = 0x9e37_79b9_7f4a_7c15_u64;
    let state = number.wrapping_mul(2).wrapping_mul(step);
    (
        mix(state.wrapping_add(step)),
        mix(state.wrapping_add(step).wrapping_add(step)),
    )
}
