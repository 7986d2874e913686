//! Holds a guest's memory under its ceiling.

use wasmtime::{Error, ResourceLimiter, Result};

use crate::error::{FaultKind, Stop};

/// Elements of one table: some times what the engine's functions need, and what the pool's slots
/// hold.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// What one instance holds, and may hold.
pub(crate) struct Ceiling {
    bytes: usize,
    held: usize,
}

impl Ceiling {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { bytes, held: 0 }
    }

    /// How much memory the guest has; it never gives any back.
    pub(crate) fn held(&self) -> usize {
        self.held
    }
}

/// A guest that is refused stops at once: its allocator could only panic, and the limit would
/// look like a crash.
impl ResourceLimiter for Ceiling {
    fn memory_growing(&mut self, now: usize, wanted: usize, _: Option<usize>) -> Result<bool> {
        // A component may have several memories: what counts is their sum.
        let held = self.held.saturating_add(wanted.saturating_sub(now));
        if held > self.bytes {
            return Err(Error::new(Stop(FaultKind::Memory)));
        }
        self.held = held;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, wanted: usize, _: Option<usize>) -> Result<bool> {
        if wanted > TABLE_ELEMENTS {
            return Err(Error::new(Stop(FaultKind::Memory)));
        }
        Ok(true)
    }
}
