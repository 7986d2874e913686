//! Time and chance, as the host gives them.

/// Where this crate gets the time and random numbers from. Durations are waited for by tokio's clock.
pub trait World: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> u64;

    /// Any number, each as likely as the other. Where the system gives no randomness, whatever the host
    /// has instead: waiting times and ids that are only made to differ depend on it, no secret does.
    fn random(&self) -> u64;
}
