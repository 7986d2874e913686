//! All that a tenant's settings have rows found by, beyond the base, under one number.

use super::more;
use crate::scim::schema::Registry;

/// What a tenant's settings have rows found by, beyond the base.
#[derive(Clone, Debug, Default)]
pub(crate) struct Definition {
    /// 0 where that is nothing.
    pub(crate) number: u64,
    /// Sorted, in the words of [`more`].
    pub(crate) parts: Vec<String>,
}

impl Definition {
    pub(crate) fn of(registry: &Registry) -> Self {
        let types = registry.types().iter();
        let mut parts: Vec<String> = types.flat_map(more).collect();
        parts.sort_unstable();
        let number = if parts.is_empty() {
            0
        } else {
            number(&parts.join("\n"))
        };
        Self { number, parts }
    }
}

/// A number for a text (FNV-1a), of 62 bits: a store's counter holds it, and the difference of two.
fn number(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash >> 2) | 1
}
