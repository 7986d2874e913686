//! The one thread that writes.
//!
//! It takes every job that waits, makes them one after another inside one transaction, each behind
//! a savepoint of its own, and answers all of them when that transaction is on the disk.

mod commit;
mod policies;
mod prune;
mod put;
mod registry;

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, OptionalExtension};
use scimlet_store::{Change, Credential, Failure, Outcome, Policy};

use crate::convert::failure;

/// The most jobs in one transaction. One sync is shared by enough of them long before this, and
/// the first one in a batch should not wait for thousands behind it.
const MOST_JOBS: usize = 256;

/// Something to be written.
pub(crate) enum Work {
    /// A tenant's changes.
    Commit {
        tenant: String,
        changes: Vec<Change>,
    },
    CreateTenant {
        name: String,
        settings: String,
        created: u64,
    },
    ReplaceSettings {
        name: String,
        settings: String,
        revision: u64,
    },
    CreateCredential(Credential),
    RevokeCredential {
        tenant: String,
        id: String,
    },
    InstallPolicy {
        tenant: String,
        policy: Policy,
        code: Vec<u8>,
        installed: u64,
    },
    SwitchPolicy {
        tenant: String,
        install: Option<u64>,
        revision: u64,
    },
    /// The oldest events of a tenant's outbox.
    Prune {
        tenant: String,
        through: u64,
        max: u32,
    },
    /// Nothing: answered when the writer could have written.
    Ready,
}

/// What became of work.
enum Done {
    Outcome(Outcome),
    /// So many rows are gone.
    Removed(u64),
}

/// Work, and who waits for it.
struct Job {
    work: Work,
    answer: SyncSender<Result<Done, Failure>>,
}

enum Message {
    Job(Job),
    Stop,
}

/// The way to the writer.
pub(crate) struct Jobs {
    channel: Sender<Message>,
}

/// The writer's thread; its drop ends it, after the jobs that already wait.
pub(crate) struct Writer {
    channel: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread owns.
struct Desk {
    connection: Connection,
    /// INVARIANT: every number in here is committed, or given out in the open transaction.
    spaces: HashMap<String, i64>,
}

impl Jobs {
    /// Hands over work, and waits until it is on the disk.
    pub(crate) fn send(&self, work: Work) -> Result<Outcome, Failure> {
        match self.hand_over(work)? {
            Done::Outcome(outcome) => Ok(outcome),
            Done::Removed(_) => Ok(Outcome::Applied),
        }
    }

    /// Removes the oldest events of a tenant's outbox; says how many.
    pub(crate) fn prune(&self, tenant: String, through: u64, max: u32) -> Result<u64, Failure> {
        let work = Work::Prune {
            tenant,
            through,
            max,
        };
        match self.hand_over(work)? {
            Done::Removed(count) => Ok(count),
            Done::Outcome(_) => Ok(0),
        }
    }

    fn hand_over(&self, work: Work) -> Result<Done, Failure> {
        let ended = || Failure::Unavailable("the writer has ended".to_owned());
        let (answer, answered) = sync_channel(1);
        self.channel
            .send(Message::Job(Job { work, answer }))
            .map_err(|_| ended())?;
        answered.recv().map_err(|_| ended())?
    }
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<(Self, Jobs), Failure> {
        let (channel, messages) = channel();
        let desk = Desk {
            connection,
            spaces: HashMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("scimlet-sqlite-writer".to_owned())
            .spawn(move || desk.run(&messages))
            .map_err(|error| Failure::Other(format!("the writer does not start: {error}")))?;
        let jobs = Jobs {
            channel: channel.clone(),
        };
        Ok((
            Self {
                channel,
                thread: Some(thread),
            },
            jobs,
        ))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Both fail only if the thread has ended already, which is what is wanted.
        let _ = self.channel.send(Message::Stop);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Desk {
    fn run(mut self, messages: &Receiver<Message>) {
        let mut stop = false;
        while !stop {
            let Ok(first) = messages.recv() else {
                return;
            };
            let waiting = std::iter::once(first)
                .chain(messages.try_iter())
                .take(MOST_JOBS);
            let mut jobs = Vec::new();
            for message in waiting {
                match message {
                    Message::Job(job) => jobs.push(job),
                    Message::Stop => {
                        stop = true;
                        break;
                    }
                }
            }
            self.settle(jobs);
        }
    }

    /// Makes a batch, and tells each waiter what became of its job.
    fn settle(&mut self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        match self.make_together(&jobs) {
            Ok(answers) => {
                for (job, answer) in jobs.into_iter().zip(answers) {
                    // Whoever no longer waits has no use for the answer.
                    let _ = job.answer.send(answer);
                }
            }
            Err(failure) => {
                self.abandon();
                for job in jobs {
                    let _ = job.answer.send(Err(failure.clone()));
                }
            }
        }
    }

    fn make_together(&mut self, jobs: &[Job]) -> Result<Vec<Result<Done, Failure>>, Failure> {
        self.run_sql("BEGIN IMMEDIATE")?;
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            answers.push(self.make_alone(&job.work)?);
        }
        self.run_sql("COMMIT")?;
        Ok(answers)
    }

    /// Makes one job, or leaves no trace of it. An outer failure is the whole batch's.
    fn make_alone(&mut self, work: &Work) -> Result<Result<Done, Failure>, Failure> {
        let tenant = match work {
            Work::Commit { tenant, .. } | Work::Prune { tenant, .. } => self.space(tenant)?,
            _ => 0,
        };
        self.run_sql("SAVEPOINT job")?;
        let answer = self.make(tenant, work);
        if !matches!(
            answer,
            Ok(Done::Outcome(Outcome::Applied) | Done::Removed(_))
        ) {
            // On some errors (a full disk) SQLite takes the whole transaction back by itself.
            if let (true, Err(failure)) = (self.connection.is_autocommit(), &answer) {
                return Err(failure.clone());
            }
            self.run_sql("ROLLBACK TO job")?;
        }
        self.run_sql("RELEASE job")?;
        Ok(answer)
    }

    fn make(&self, space: i64, work: &Work) -> Result<Done, Failure> {
        let connection = &self.connection;
        let done = match work {
            Work::Commit { changes, .. } => {
                return commit::commit(connection, space, changes).map(Done::Outcome);
            }
            Work::Prune { through, max, .. } => {
                let removed = prune::prune(connection, space, *through, *max);
                return removed.map(Done::Removed).map_err(failure);
            }
            Work::CreateTenant {
                name,
                settings,
                created,
            } => registry::create_tenant(connection, name, settings, *created),
            Work::ReplaceSettings {
                name,
                settings,
                revision,
            } => registry::replace_settings(connection, name, settings, *revision),
            Work::CreateCredential(credential) => {
                registry::create_credential(connection, credential)
            }
            Work::RevokeCredential { tenant, id } => {
                registry::revoke_credential(connection, tenant, id)
            }
            Work::InstallPolicy {
                tenant,
                policy,
                code,
                installed,
            } => policies::install(connection, tenant, policy, code, *installed),
            Work::SwitchPolicy {
                tenant,
                install,
                revision,
            } => policies::switch(connection, tenant, *install, *revision),
            Work::Ready => Ok(true),
        };
        let applied = done.map_err(failure)?;
        Ok(Done::Outcome(if applied {
            Outcome::Applied
        } else {
            Outcome::Stale(vec![0])
        }))
    }

    /// The number of a tenant's space; one that has none gets one.
    fn space(&mut self, tenant: &str) -> Result<i64, Failure> {
        if let Some(id) = self.spaces.get(tenant) {
            return Ok(*id);
        }
        let id = find_or_create_space(&self.connection, tenant).map_err(failure)?;
        self.spaces.insert(tenant.to_owned(), id);
        Ok(id)
    }

    /// Takes back what a failed batch left behind, numbers given out in it included.
    fn abandon(&mut self) {
        self.spaces.clear();
        if !self.connection.is_autocommit() {
            // If even this fails, the next batch's BEGIN fails too and says why.
            let _ = self.run_sql("ROLLBACK");
        }
    }

    fn run_sql(&self, sql: &str) -> Result<(), Failure> {
        run(&self.connection, sql, []).map(|_| ()).map_err(failure)
    }
}

fn find_or_create_space(connection: &Connection, tenant: &str) -> rusqlite::Result<i64> {
    let mut find = connection.prepare_cached("SELECT id FROM space WHERE name = ?1")?;
    if let Some(id) = find.query_row([tenant], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    run(connection, "INSERT INTO space (name) VALUES (?1)", [tenant])?;
    Ok(connection.last_insert_rowid())
}

/// Runs a statement that is kept prepared; says how many rows it wrote.
fn run(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params)
}
