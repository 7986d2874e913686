//! The world: clock, chance, the machine and its signals. No other file of the host asks for them, so that
//! everything else can be given them as values.

use std::io;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The system gave no randomness. Nothing that needs a secret or an id can go on without.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no randomness: {0}")]
pub(crate) struct NoRandomness(getrandom::Error);

/// Milliseconds since 1970-01-01T00:00:00Z.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
pub(crate) fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A point on the monotonic clock, for durations only.
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// Good random bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that draws randomness"
)]
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

/// What a request to the component draws its ids from.
pub(crate) fn seed() -> Result<(u64, u64), NoRandomness> {
    let [high, low] = [random()?, random()?].map(u64::from_be_bytes);
    Ok((high, low))
}

/// How many threads can run at once.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

/// Comes when the process is told to stop: SIGTERM or SIGINT. From the call on, not only once it
/// is waited for, so that a signal during the start is not lost.
#[cfg(unix)]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Comes when the process is told to stop: Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a signal there is nothing to wait for, and the process is stopped from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
