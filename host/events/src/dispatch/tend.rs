//! One endpoint, for as long as there is one: session after session.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::session::{End, Opened, Session};
use super::shared::Shared;
use super::tape::Tape;
use crate::retry::Policy;

/// How soon a session that was disturbed is followed by the next.
const SOON: Duration = Duration::from_millis(20);

/// What the task of an endpoint listens to.
#[derive(Clone)]
pub(super) struct Ears {
    /// Counts what admins have changed.
    pub(super) changes: watch::Receiver<u64>,
    pub(super) stop: watch::Receiver<bool>,
}

/// Looks after an endpoint until it is removed or the host stops.
pub(super) async fn tend(shared: Arc<Shared>, tape: Arc<Tape>, id: String, mut ears: Ears) {
    let mut failures = 0_u32;
    while !*ears.stop.borrow() {
        ears.changes.mark_unchanged();
        match once(&shared, &tape, &id, &mut ears).await {
            Ok(Next::Again) => {
                failures = 0;
                ears.rest(SOON).await;
            }
            // Whoever holds it may go without a word.
            Ok(Next::Later) => {
                failures = 0;
                ears.rest(shared.limits.beat).await;
            }
            Ok(Next::OnChange) => {
                failures = 0;
                ears.changed().await;
            }
            Ok(Next::Over) => break,
            Err(failure) => {
                failures = failures.saturating_add(1);
                tracing::warn!(endpoint = id, error = %failure, "an endpoint could not be looked after");
                let wait = Policy::QUESTION.wait(failures, None, shared.world.random());
                ears.rest(wait).await;
            }
        }
        shared.board.remove(&id);
    }
}

/// When to look at the endpoint again.
enum Next {
    Again,
    Later,
    OnChange,
    Over,
}

async fn once(
    shared: &Arc<Shared>,
    tape: &Arc<Tape>,
    id: &str,
    ears: &mut Ears,
) -> Result<Next, scimlet_store::Failure> {
    let mut session = match Session::open(shared, tape, id).await? {
        Opened::Session(session) => session,
        Opened::Held => return Ok(Next::Later),
        Opened::Idle => return Ok(Next::OnChange),
        Opened::Removed => return Ok(Next::Over),
    };
    let end = session.run(&mut ears.changes, &mut ears.stop).await?;
    Ok(match end {
        End::Changed => Next::Again,
        End::Disabled => Next::OnChange,
        End::Stopped => Next::Over,
    })
}

impl Ears {
    /// Waits a while, or until the host stops.
    async fn rest(&mut self, wait: Duration) {
        tokio::select! {
            () = sleep(wait) => {}
            _ = self.stop.changed() => {}
        }
    }

    /// Waits until an admin has changed something, or the host stops.
    async fn changed(&mut self) {
        tokio::select! {
            // It closes only when the host stops.
            changed = self.changes.changed() => if changed.is_err() { self.rest(SOON).await },
            _ = self.stop.changed() => {}
        }
    }
}
