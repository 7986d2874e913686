//! The guard against mass revocation (docs/licenses.md, "The guard").

use serde::{Deserialize, Serialize};

use crate::facts::{Change, Key, Put};
use crate::license::counter_names;
use crate::refusal::Refusal;
use crate::settings::Limit;
use crate::usecase::case::Case;

/// The row that counts.
const WINDOW: (&str, &str) = ("Guard", "window");

/// What was revoked lately, and how much may be.
pub(super) struct Guard {
    limit: Limit,
    window: Window,
    version: Option<u64>,
    /// Seats in use before this request.
    used: u64,
}

/// The count of a window and of the one before it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Window {
    /// Which window: the moment divided by its length.
    number: u64,
    count: u64,
    before: u64,
}

impl Guard {
    /// The guard of a request that takes seats away, if the tenant has one.
    pub(super) fn of(case: &mut Case<'_>, lost: u64) -> Result<Option<Self>, Refusal> {
        let Some(limit) = case.tenant.settings.licensing.guard.filter(|_| lost > 0) else {
            return Ok(None);
        };
        let row = case.facts.load(vec![key()])?.pop().flatten();
        let window: Window = match &row {
            Some(row) => serde_json::from_str(&row.body)
                .map_err(|error| Refusal::Corrupt(format!("the guard's window: {error}")))?,
            None => Window::default(),
        };
        let number = case.request.now / limit.window.max(1);
        Ok(Some(Self {
            limit,
            window: window.at(number),
            version: row.map(|row| row.version),
            used: used(case)?,
        }))
    }

    /// Whether so many more may be revoked.
    pub(super) fn lets_pass(&self, lost: u64) -> bool {
        let lately = self.window.count + self.window.before;
        let share = self.limit.percent.map(|percent| {
            let seats = self.used.saturating_add(lately);
            seats.saturating_mul(percent).div_ceil(100).max(1)
        });
        let most = match (self.limit.max, share) {
            (Some(max), Some(share)) => max.min(share),
            (max, share) => max.or(share).unwrap_or(u64::MAX),
        };
        lately.saturating_add(lost) <= most
    }

    /// Counts so many more. Two at a time do not both count from the same number.
    pub(super) fn count(&self, lost: u64) -> Change {
        let window = Window {
            count: self.window.count + lost,
            ..self.window.clone()
        };
        Change::Put(Put {
            key: key(),
            body: serde_json::to_string(&window).unwrap_or_default(),
            replaces: self.version,
            entries: Vec::new(),
            claims: Vec::new(),
        })
    }
}

impl Window {
    /// The same, seen from a later window.
    fn at(self, number: u64) -> Self {
        match number.saturating_sub(self.number) {
            0 => self,
            1 => Self {
                number,
                count: 0,
                before: self.count,
            },
            _ => Self {
                number,
                ..Self::default()
            },
        }
    }
}

fn key() -> Key {
    Key::new(WINDOW.0, WINDOW.1)
}

/// Seats in use, of all licenses together.
fn used(case: &mut Case<'_>) -> Result<u64, Refusal> {
    let catalog = case.catalog()?;
    let ids = catalog.licenses().iter().map(|license| &license.id);
    let names: Vec<String> = ids
        .flat_map(|id| counter_names(id).into_iter().take(2))
        .collect();
    if names.is_empty() {
        return Ok(0);
    }
    Ok(case.facts.counters(names)?.iter().sum())
}
