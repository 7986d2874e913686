//! A backend whose stores live in other processes.
//!
//! A question is one line, a JSON object; `call` is a function of `wit/store/store.wit` (or
//! `outbox`, by which the check reads what `emit` wrote), `args` are its arguments in order, and
//! `tenant` says whose data is asked for, since one process answers for many:
//!
//! ```json
//! {"id":7,"tenant":"contract-1-2","call":"load","args":[[{"kind":"User","id":"a"}]]}
//! ```
//!
//! An answer is one line with the same `id`; answers may come in any order:
//!
//! ```json
//! {"id":7,"ok":[{"key":{"kind":"User","id":"a"},"version":"1","body":"{}"}]}
//! {"id":8,"failure":{"tag":"too-large","val":"a plan of 900 nodes, where 512 are taken"}}
//! ```
//!
//! Data has the JSON of [`scimlet_store`]: names in lower camel case, variants as `tag` and `val`,
//! numbers of 64 bits as strings. `outbox(after, max)` answers the events behind a position, in
//! order, each as `{"position": "1", "event": {"topic", "subject", "body"}}`. The end of its
//! standard input ends the command. What only a host asks (`outbox-end`, `prune`) no case of a tenant's
//! store needs.

use std::ffi::OsString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{
    Backend, Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted,
    Registry, Row, Store,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::child::Child;

/// The processes that answer, on the same data.
pub(crate) struct Remote {
    command: Vec<OsString>,
    children: Arc<Children>,
    /// Which names are taken is the check's own business; a child has no registry.
    registry: MemoryBackend,
}

struct Children {
    running: RwLock<Vec<Arc<Child>>>,
    turn: AtomicUsize,
}

/// One tenant's data, in the children.
struct RemoteStore {
    tenant: String,
    children: Arc<Children>,
}

/// A number as it stands in an answer.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Text(String),
    Number(u64),
}

impl Count {
    fn number(self, call: &str) -> Result<u64, Failure> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Text(text) => text.parse().map_err(|_| {
                Failure::Other(format!("`{call}` answered `{text}`, which is no number"))
            }),
        }
    }
}

impl Remote {
    /// Starts so many processes of a command.
    pub(crate) fn start(command: &[OsString], processes: usize) -> anyhow::Result<Self> {
        let remote = Self {
            command: command.to_vec(),
            children: Arc::new(Children {
                running: RwLock::default(),
                turn: AtomicUsize::new(0),
            }),
            registry: MemoryBackend::new(),
        };
        remote.fill(processes)?;
        Ok(remote)
    }

    /// Kills all processes, and starts as many again.
    pub(crate) fn restart(&self) -> anyhow::Result<()> {
        let running = &self.children.running;
        let killed = std::mem::take(&mut *running.write().unwrap_or_else(PoisonError::into_inner));
        for child in &killed {
            child.kill();
        }
        self.fill(killed.len())
    }

    fn fill(&self, processes: usize) -> anyhow::Result<()> {
        let start = |_| Child::start(&self.command).map(Arc::new);
        let started: anyhow::Result<Vec<_>> = (0..processes).map(start).collect();
        let running = &self.children.running;
        *running.write().unwrap_or_else(PoisonError::into_inner) = started?;
        // One after the other before they are asked together: what a first process sets up (a file,
        // say) is there for the others.
        for child in running
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            let none: [Key; 0] = [];
            child
                .ask("warm-up", "load", (none,))
                .context("the first question of all failed")?;
        }
        Ok(())
    }
}

impl Children {
    /// Asks the child whose turn it is.
    fn ask<A: Serialize, T: DeserializeOwned>(
        &self,
        tenant: &str,
        call: &str,
        args: A,
    ) -> Result<T, Failure> {
        let child = self.next()?;
        let answer = child.ask(tenant, call, args)?;
        read(call, answer)
    }

    fn next(&self) -> Result<Arc<Child>, Failure> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let child = running.get(turn.checked_rem(running.len()).unwrap_or_default());
        let gone = || Failure::Unavailable("no process runs".to_owned());
        child.map(Arc::clone).ok_or_else(gone)
    }
}

fn read<T: DeserializeOwned>(call: &str, answer: Value) -> Result<T, Failure> {
    let shown = answer.to_string();
    serde_json::from_value(answer).map_err(|error| {
        let start: String = shown.chars().take(200).collect();
        Failure::Other(format!("`{call}` answered `{start}`: {error}"))
    })
}

impl Backend for Remote {
    fn store(&self, tenant: &str) -> Result<Arc<dyn Store>, Failure> {
        Ok(Arc::new(RemoteStore {
            tenant: tenant.to_owned(),
            children: Arc::clone(&self.children),
        }))
    }

    fn registry(&self) -> &dyn Registry {
        &self.registry
    }

    fn ready(&self) -> Result<(), Failure> {
        let none: [Key; 0] = [];
        let _: Vec<Option<Row>> = self.children.ask("warm-up", "load", (none,))?;
        Ok(())
    }
}

impl RemoteStore {
    fn ask<A: Serialize, T: DeserializeOwned>(&self, call: &str, args: A) -> Result<T, Failure> {
        self.children.ask(&self.tenant, call, args)
    }
}

impl Store for RemoteStore {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.ask("load", (keys,))
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.ask("holders", (claims,))
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        let counts: Vec<Count> = self.ask("counters", (names,))?;
        let number = |count: Count| count.number("counters");
        counts.into_iter().map(number).collect()
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.ask("find", (plan,))
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.ask("edges", (queries,))
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        self.ask("commit", (changes,))
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.ask("outbox", (after.to_string(), max))
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        let end: Count = self.ask("outbox-end", ())?;
        end.number("outbox-end")
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        let count: Count = self.ask("prune", (through.to_string(), max))?;
        count.number("prune")
    }
}
