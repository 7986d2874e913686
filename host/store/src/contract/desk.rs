//! What every case works with: a fresh tenant, short ways to write changes, and comparisons that
//! answer with a sentence.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use crate::{
    Adjust, Backend, Change, Claim, Edge, Entry, Event, Expectation, Failure, Guard, Key, Outcome,
    Page, Plan, Put, Removal, Row, Selection, Store,
};

/// What a check comes to; the error is a sentence.
pub(super) type Checked = Result<(), String>;

/// A fresh tenant's store.
pub(super) struct Desk {
    pub(super) tenant: String,
    pub(super) store: Arc<dyn Store>,
}

/// A name that no tenant has yet. The backend itself is asked, so that the suite can run again on
/// the same data.
pub(super) fn fresh_tenant(backend: &dyn Backend) -> Result<String, String> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("contract-{}-{number}", std::process::id());
        if backend
            .registry()
            .create_tenant(&name, "{}", 1)
            .map_err(text)?
        {
            return Ok(name);
        }
    }
}

/// A failure as a sentence.
#[expect(
    clippy::needless_pass_by_value,
    reason = "written to be named in `map_err`"
)]
pub(super) fn text(failure: Failure) -> String {
    format!("the backend failed: {failure}")
}

/// Says so if something is not what it must be.
#[expect(clippy::needless_pass_by_value, reason = "reads better at every call")]
pub(super) fn same<T: PartialEq + Debug>(what: &str, got: T, wanted: T) -> Checked {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: got {got:?}, wanted {wanted:?}"))
    }
}

/// Says so if a condition does not hold.
pub(super) fn hold(condition: bool, otherwise: impl FnOnce() -> String) -> Checked {
    if condition { Ok(()) } else { Err(otherwise()) }
}

impl Desk {
    pub(super) fn new(backend: &dyn Backend) -> Result<Self, String> {
        let tenant = fresh_tenant(backend)?;
        let store = backend.store(&tenant).map_err(text)?;
        Ok(Self { tenant, store })
    }

    pub(super) fn commit(&self, changes: &[Change]) -> Result<Outcome, String> {
        self.store.commit(changes).map_err(text)
    }

    /// Commits changes that must be applied.
    pub(super) fn apply(&self, changes: &[Change]) -> Checked {
        match self.commit(changes)? {
            Outcome::Applied => Ok(()),
            stale @ Outcome::Stale(_) => Err(format!("{changes:?} came to {stale:?}")),
        }
    }

    /// Commits changes that must be stale, for one or more of these culprits and no other.
    pub(super) fn refuse(&self, changes: &[Change], culprits: &[u32]) -> Checked {
        match self.commit(changes)? {
            Outcome::Stale(named)
                if !named.is_empty() && named.iter().all(|named| culprits.contains(named)) =>
            {
                Ok(())
            }
            other => Err(format!(
                "{changes:?} came to {other:?}, wanted stale {culprits:?}"
            )),
        }
    }

    pub(super) fn load(&self, key: &Key) -> Result<Option<Row>, String> {
        let rows = self.store.load(std::slice::from_ref(key)).map_err(text)?;
        same("rows for one key", rows.len(), 1)?;
        Ok(rows.into_iter().next().flatten())
    }

    /// The stored row must be of this version and body; none: there must be no row.
    pub(super) fn stored(&self, key: &Key, wanted: Option<(u64, &str)>) -> Checked {
        let row = |(version, body): (u64, &str)| Row {
            key: key.clone(),
            version,
            body: body.to_owned(),
        };
        same("the stored row", self.load(key)?, wanted.map(row))
    }

    pub(super) fn counter(&self, name: &str) -> Result<u64, String> {
        let values = self.store.counters(&[name.to_owned()]).map_err(text)?;
        values
            .first()
            .copied()
            .ok_or_else(|| "no answer for a counter".to_owned())
    }

    pub(super) fn holder(&self, path: &str, value: &str) -> Result<Option<Key>, String> {
        let holders = self.store.holders(&[claim(path, value)]).map_err(text)?;
        holders
            .into_iter()
            .next()
            .ok_or_else(|| "no answer for a claim".to_owned())
    }

    pub(super) fn find(&self, plan: &Plan) -> Result<Page, String> {
        self.store.find(plan).map_err(text)
    }

    /// The ids of one page.
    pub(super) fn ids(&self, plan: &Plan) -> Result<Vec<String>, String> {
        Ok(ids(&self.find(plan)?))
    }

    /// A plan must select these ids, in this order. A backend that says *superset* may give more.
    pub(super) fn selects(&self, plan: &Plan, wanted: &[String]) -> Checked {
        let page = self.find(plan)?;
        let mut got = ids(&page);
        if page.selection == Selection::Superset {
            got.retain(|id| wanted.contains(id));
        }
        let total = page.total.unwrap_or(wanted.len() as u64);
        if got == wanted && (total == wanted.len() as u64 || page.selection != Selection::Exact) {
            return Ok(());
        }
        Err(format!(
            "{plan:?} selected {got:?} (of {total}), wanted {wanted:?}"
        ))
    }

    /// All ids, page by page, until there is no next one.
    pub(super) fn walk(&self, plan: &Plan) -> Result<Vec<String>, String> {
        let mut plan = plan.clone();
        let mut walked = Vec::new();
        // A walk that turns in a circle ends here.
        for _ in 0..10_000 {
            let page = self.find(&plan)?;
            let most = plan.max_rows as usize;
            hold(page.rows.len() <= most, || {
                format!("{plan:?} gave more than asked for")
            })?;
            walked.extend(ids(&page));
            let Some(next) = page.next else {
                return Ok(walked);
            };
            hold(!page.rows.is_empty(), || {
                format!("{plan:?} gave an empty page, and a next one")
            })?;
            plan.after = Some(next);
        }
        Err(format!("the walk of {plan:?} does not end"))
    }
}

pub(super) fn ids(page: &Page) -> Vec<String> {
    page.rows.iter().map(|row| row.key.id.clone()).collect()
}

pub(super) fn texts(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

pub(super) fn key(kind: &str, id: &str) -> Key {
    Key {
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}

/// A document of the kind that most cases use.
pub(super) fn user(id: &str) -> Key {
    key("User", id)
}

pub(super) fn entry(path: &str, value: &str) -> Entry {
    Entry {
        path: path.to_owned(),
        value: value.to_owned(),
    }
}

pub(super) fn claim(path: &str, value: &str) -> Claim {
    Claim {
        path: path.to_owned(),
        value: value.to_owned(),
    }
}

/// Creates a document with nothing to find it by.
pub(super) fn create(key: &Key) -> Change {
    put(key, None, "{}", &[], &[])
}

pub(super) fn put(
    key: &Key,
    replaces: Option<u64>,
    body: &str,
    entries: &[(&str, &str)],
    claims: &[(&str, &str)],
) -> Change {
    Change::Put(Put {
        key: key.clone(),
        body: body.to_owned(),
        replaces,
        entries: entries
            .iter()
            .map(|(path, value)| entry(path, value))
            .collect(),
        claims: claims
            .iter()
            .map(|(path, value)| claim(path, value))
            .collect(),
    })
}

pub(super) fn delete(key: &Key, version: u64) -> Change {
    Change::Delete(Removal {
        key: key.clone(),
        version,
    })
}

pub(super) fn edge(relation: &str, source: &Key, target: &Key, body: &str) -> Edge {
    Edge {
        relation: relation.to_owned(),
        source: source.clone(),
        target: target.clone(),
        body: body.to_owned(),
    }
}

pub(super) fn adjust(name: &str, delta: i64, floor: u64, ceiling: Option<u64>) -> Change {
    Change::Adjust(Adjust {
        name: name.to_owned(),
        delta,
        floor,
        ceiling,
    })
}

pub(super) fn check(key: &Key, expect: Expectation) -> Change {
    Change::Check(Guard {
        key: key.clone(),
        expect,
    })
}

pub(super) fn emit(topic: &str, subject: &Key, body: &str) -> Change {
    Change::Emit(Event {
        topic: topic.to_owned(),
        subject: subject.clone(),
        body: body.to_owned(),
    })
}

/// A plan for everything of a kind, on one page.
pub(super) fn all(kind: &str) -> Plan {
    Plan {
        kind: kind.to_owned(),
        max_rows: 100_000,
        max_bytes: u32::MAX,
        ..Plan::default()
    }
}

/// Runs the work on so many threads that begin together; what each came to, in order.
pub(super) fn together<T: Send>(
    threads: usize,
    work: impl Fn(usize) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let start = Barrier::new(threads);
    let begin = |number| {
        start.wait();
        work(number)
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|number| {
                scope.spawn({
                    let begin = &begin;
                    move || begin(number)
                })
            })
            .collect();
        let join = |handle: std::thread::ScopedJoinHandle<'_, Result<T, String>>| {
            handle
                .join()
                .map_err(|_| "the backend panicked".to_owned())?
        };
        handles.into_iter().map(join).collect()
    })
}
