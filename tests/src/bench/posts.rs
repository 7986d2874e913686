//! Users made by the native engine: what each would commit, and many of them in few commits.

use std::sync::Arc;

use scimlet_runtime::Response;
use scimlet_store::{Change, Outcome, Store};

use crate::native::Native;

use super::component::SETTINGS;
use super::recorder::Recorder;
use super::requests::{self, id_in, request};

/// Users in one commit while loading. Few enough for a store's limits, many enough that the disk
/// does not matter.
const BATCH: u64 = 500;

/// Makes what a POST commits, again and again, each time for a new user.
pub(super) struct Posts {
    engine: Native,
    recorder: Arc<Recorder>,
    next: u64,
}

impl Posts {
    /// Over a store that has the license.
    pub(super) fn over(store: Arc<dyn Store>, first: u64) -> Self {
        let recorder = Arc::new(Recorder::new(store));
        let engine = Native::open(SETTINGS, Arc::clone(&recorder) as Arc<dyn Store>);
        Self {
            engine: engine.expect("settings that open"),
            recorder,
            next: first,
        }
    }

    /// What the POST of the next user commits.
    pub(super) fn next_changes(&mut self) -> Vec<Change> {
        self.post();
        self.recorder.take()
    }

    /// Answers a POST, and keeps what it commits. The user's id.
    fn post(&mut self) -> String {
        let number = self.next;
        self.next += 1;
        let body = requests::user(number);
        let answer = self.engine.handle(request(number, "POST", "/Users", body));
        id_in(&created(answer).body)
    }
}

/// The answer, if it says that something was created.
fn created(answer: Response) -> Response {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

/// Makes the license, for a store without a server.
pub(super) fn license(store: &Arc<dyn Store>) {
    let engine = Native::open(SETTINGS, Arc::clone(store)).expect("settings that open");
    let body = requests::license().to_owned();
    created(engine.handle(request(0, "POST", "/Entitlements", body)));
}

/// Puts users 0.. into a store that has the license; their ids.
pub(super) fn load(store: &Arc<dyn Store>, users: u64) -> Vec<String> {
    let mut posts = Posts::over(Arc::clone(store), 0);
    let mut ids = Vec::new();
    for number in 0..users {
        ids.push(posts.post());
        if (number + 1) % BATCH == 0 || number + 1 == users {
            let outcome = store.commit(&posts.recorder.take());
            assert_eq!(outcome, Ok(Outcome::Applied), "loading user {number}");
        }
        if (number + 1) % 10_000 == 0 {
            eprint!("\rloading users: {} of {users}", number + 1);
        }
    }
    if users >= 10_000 {
        eprintln!();
    }
    ids
}
