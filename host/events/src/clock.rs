//! The clock, as a parameter.

use std::sync::Arc;

/// What time it is, in milliseconds since 1970-01-01T00:00:00Z.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;
