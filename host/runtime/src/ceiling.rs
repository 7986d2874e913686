//! Holds a guest's memory under its ceiling.

use wasmtime::{Error, ResourceLimiter, Result};

use crate::error::{FaultKind, Stop};

/// Elements of the component's tables: some times what the engine's functions need, and what each of
/// the pool's slots holds.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// Core instances and tables that a component may be made of. One that was linked of many
/// modules (`CPython` and its libraries) has some tens of each.
const PARTS: usize = 256;

/// Memories of one instance. Each reserves its address space, however little it holds; modules that were
/// linked together share one.
const MEMORIES: usize = 8;

/// What one instance holds, and may hold.
pub(crate) struct Ceiling {
    bytes: usize,
    held: usize,
    elements: usize,
    elements_held: usize,
}

impl Ceiling {
    pub(crate) fn new(bytes: usize, elements: usize) -> Self {
        Self {
            bytes,
            held: 0,
            elements,
            elements_held: 0,
        }
    }

    /// How much memory the guest has; it never gives any back.
    pub(crate) fn held(&self) -> usize {
        self.held
    }
}

/// A guest that is refused stops at once: its allocator could only panic, and the limit would
/// look like a crash. A component may have several memories and tables: what counts is their sum.
impl ResourceLimiter for Ceiling {
    fn memory_growing(&mut self, now: usize, wanted: usize, _: Option<usize>) -> Result<bool> {
        self.held = grown(self.held, now, wanted, self.bytes)?;
        Ok(true)
    }

    fn table_growing(&mut self, now: usize, wanted: usize, _: Option<usize>) -> Result<bool> {
        self.elements_held = grown(self.elements_held, now, wanted, self.elements)?;
        Ok(true)
    }

    fn instances(&self) -> usize {
        PARTS
    }

    fn memories(&self) -> usize {
        MEMORIES
    }

    fn tables(&self) -> usize {
        PARTS
    }
}

fn grown(held: usize, now: usize, wanted: usize, most: usize) -> Result<usize> {
    let held = held.saturating_add(wanted.saturating_sub(now));
    if held > most {
        return Err(Error::new(Stop(FaultKind::Memory)));
    }
    Ok(held)
}
