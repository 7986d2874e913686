//! One process of the command: questions go in, answers come out, in any order.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use scimlet_store::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longer than any question of the contract takes; whoever is silent for so long has hung.
const PATIENCE: Duration = Duration::from_mins(1);

/// What goes to the child, on one line.
#[derive(Serialize)]
pub(crate) struct Question<'a, A> {
    /// Comes back with the answer.
    id: u64,
    tenant: &'a str,
    call: &'a str,
    args: A,
}

/// What comes back, on one line: `ok` or `failure`.
#[derive(Deserialize)]
struct Answer {
    id: u64,
    #[serde(default)]
    ok: Value,
    failure: Option<Failure>,
}

type Answered = Result<Value, Failure>;
type Waiting = Arc<Mutex<HashMap<u64, Sender<Answered>>>>;

/// A running process of the command.
pub(crate) struct Child {
    process: Mutex<Process>,
    input: Mutex<Option<ChildStdin>>,
    waiting: Waiting,
    next: AtomicU64,
}

impl Child {
    /// Starts the command. What it says on standard error is shown as it comes.
    pub(crate) fn start(command: &[OsString]) -> anyhow::Result<Self> {
        let (program, arguments) = command.split_first().context("there is no command")?;
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{}`", program.display()))?;
        let input = process.stdin.take();
        let output = process.stdout.take().context("standard output is piped")?;
        let waiting = Waiting::default();
        std::thread::spawn({
            let waiting = Arc::clone(&waiting);
            move || listen(output, &waiting)
        });
        Ok(Self {
            process: Mutex::new(process),
            input: Mutex::new(input),
            waiting,
            next: AtomicU64::new(1),
        })
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask<A: Serialize>(&self, tenant: &str, call: &str, args: A) -> Answered {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let question = Question {
            id,
            tenant,
            call,
            args,
        };
        let mut line = serde_json::to_vec(&question).map_err(|error| other(&error))?;
        line.push(b'\n');
        let answer = self.expect(id);
        self.send(&line).map_err(|error| other(&error))?;
        match answer.recv_timeout(PATIENCE) {
            Ok(answered) => answered,
            Err(RecvTimeoutError::Timeout) => Err(Failure::Timeout),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }

    /// SIGKILL: no chance to write anything down.
    pub(crate) fn kill(&self) {
        let mut process = lock(&self.process);
        let _ = process.kill();
        let _ = process.wait();
    }

    fn expect(&self, id: u64) -> Receiver<Answered> {
        let (sender, receiver) = channel();
        lock(&self.waiting).insert(id, sender);
        receiver
    }

    fn send(&self, line: &[u8]) -> std::io::Result<()> {
        let mut input = lock(&self.input);
        match input.as_mut() {
            Some(pipe) => pipe.write_all(line).and_then(|()| pipe.flush()),
            None => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The end of its input is how a child is told to end.
        lock(&self.input).take();
        let _ = lock(&self.process).wait();
    }
}

/// Hands out answers until the child closes its output.
fn listen(output: ChildStdout, waiting: &Waiting) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { break };
        match serde_json::from_str::<Answer>(&line) {
            Ok(Answer { id, ok, failure }) => {
                if let Some(sender) = lock(waiting).remove(&id) {
                    let _ = sender.send(failure.map_or(Ok(ok), Err));
                }
            }
            // Whoever waits for an answer is told what came instead of it.
            Err(error) => {
                let text = format!("not an answer ({error}): `{line}`");
                for (_, sender) in lock(waiting).drain() {
                    let _ = sender.send(Err(Failure::Other(text.clone())));
                }
            }
        }
    }
    for (_, sender) in lock(waiting).drain() {
        let _ = sender.send(Err(gone()));
    }
}

fn gone() -> Failure {
    Failure::Unavailable("the command has ended".to_owned())
}

fn other(error: &dyn std::fmt::Display) -> Failure {
    Failure::Other(error.to_string())
}

/// A thread that panicked has told so itself.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
