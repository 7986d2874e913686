//! Removing what is old: events that every endpoint has behind it, and dead letters.

use std::time::Duration;

use scimlet_store::{Failure, Store};
use tokio::time::sleep;

use super::limits::millis;
use super::shared::Shared;
use crate::ledger::{Ledger, time_behind};
use crate::{State, Target};

/// Events removed in one commit.
const STEP: u32 = 500;

/// Between two steps, so that requests hardly notice.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks at every tenant once.
pub(super) async fn sweep(shared: &Shared) {
    let Some(keep) = shared.limits.keep else {
        return;
    };
    let before = shared.world.now().saturating_sub(millis(keep));
    if let Err(failure) = sweep_before(shared, before).await {
        tracing::warn!(error = %failure, "old events could not be removed");
    }
}

async fn sweep_before(shared: &Shared, before: u64) -> Result<(), Failure> {
    let now = shared.world.now();
    let tenants = shared.blocking(move |ledger| {
        ledger.forget_hosts(now)?;
        ledger.backend().registry().tenants()
    });
    for tenant in tenants.await? {
        while step(shared, tenant.name.clone(), before).await? {
            sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// True if there may be more.
async fn step(shared: &Shared, tenant: String, before: u64) -> Result<bool, Failure> {
    let step = shared.blocking(move |ledger| {
        let dead = ledger.remove_old_dead(&tenant, before)?;
        let store = ledger.tenant(&tenant)?;
        let through = old_through(store.as_ref(), before)?.min(needed_behind(ledger, &tenant)?);
        let removed = match through {
            0 => 0,
            through => store.prune(through, STEP)?,
        };
        Ok(dead || removed > 0)
    });
    step.await
}

/// The last position, among the first few, whose events are all older. Where an event does not say when
/// it was, the next one that does decides.
fn old_through(store: &dyn Store, before: u64) -> Result<u64, Failure> {
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    let first = store.outbox(0, STEP)?;
    let Some(last) = first.last() else {
        return Ok(0);
    };
    if is_older(store, last.position, before)? {
        return Ok(last.position);
    }
    let (mut old, mut new) = (0, first.len());
    while old < new {
        let middle = old + (new - old) / 2;
        let position = first.get(middle).map_or(0, |posted| posted.position);
        if is_older(store, position, before)? {
            old = middle + 1;
        } else {
            new = middle;
        }
    }
    let last = old.checked_sub(1).and_then(|at| first.get(at));
    Ok(last.map_or(0, |posted| posted.position))
}

fn is_older(store: &dyn Store, position: u64, before: i64) -> Result<bool, Failure> {
    let time = time_behind(store, position.saturating_sub(1))?;
    Ok(time.is_some_and(|time| time < before))
}

/// The position up to which no endpoint needs the outbox. One that is disabled holds nothing back, and
/// neither does one whose events are fetched, perhaps by nobody: their events are kept as long as all others.
fn needed_behind(ledger: &Ledger, tenant: &str) -> Result<u64, Failure> {
    let mut through = u64::MAX;
    for endpoint in ledger.endpoints(Some(tenant))? {
        if endpoint.value.state != State::Enabled || endpoint.value.target == Target::Poll {
            continue;
        }
        let position = ledger.position(&endpoint.value.id)?;
        let Some(position) = position.map(|found| found.value) else {
            continue;
        };
        let replayed = position.replays.iter().map(|replay| replay.after);
        through = replayed
            .chain([position.through, through])
            .min()
            .unwrap_or(through);
    }
    Ok(through)
}
