//! Several requests at once, in every order in which the store can see their questions and
//! commits.
//!
//! Each request runs on a thread of its own and stops before each call of the store; when all have
//! stopped, one is let go. Which one, the explorer decides, and it decides otherwise in the next
//! run until nothing is left. Orders that differ only in questions which pass each other are one
//! and the same, and run once (sleep sets).

use std::sync::{Arc, Condvar, Mutex};

use scimlet_store::memory::MemoryBackend;
use scimlet_store::{
    Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row, Store,
};

/// What a request is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Load,
    Holders,
    Counters,
    Find,
    Edges,
    Commit,
}

impl Call {
    /// Whether it matters which of two comes first.
    fn disturbs(self, other: Self) -> bool {
        self == Self::Commit || other == Self::Commit
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Running,
    Before(Call),
    Done,
}

/// Where all requests stop.
pub struct Gate {
    stands: Mutex<Vec<Stand>>,
    moved: Condvar,
}

impl Gate {
    pub fn new(requests: usize) -> Self {
        Self {
            stands: Mutex::new(vec![Stand::Running; requests]),
            moved: Condvar::new(),
        }
    }

    fn stop(&self, who: usize, call: Call) {
        let mut stands = self.stands.lock().expect("the gate");
        stands[who] = Stand::Before(call);
        self.moved.notify_all();
        let free = |stands: &mut Vec<Stand>| stands[who] != Stand::Running;
        drop(self.moved.wait_while(stands, free).expect("the gate"));
    }

    /// Begins a new run.
    pub fn reset(&self) {
        self.stands.lock().expect("the gate").fill(Stand::Running);
    }

    /// Says that a request has its answer.
    pub fn leave(&self, who: usize) {
        self.stands.lock().expect("the gate")[who] = Stand::Done;
        self.moved.notify_all();
    }

    /// Waits until all stand still, and tells who wants to do what.
    fn standing(&self) -> Vec<(usize, Call)> {
        let stands = self.stands.lock().expect("the gate");
        let busy = |stands: &mut Vec<Stand>| stands.contains(&Stand::Running);
        let stands = self.moved.wait_while(stands, busy).expect("the gate");
        let before = stands
            .iter()
            .enumerate()
            .filter_map(|(who, stand)| match stand {
                Stand::Before(call) => Some((who, *call)),
                Stand::Running | Stand::Done => None,
            });
        before.collect()
    }

    fn let_go(&self, who: usize) {
        self.stands.lock().expect("the gate")[who] = Stand::Running;
        self.moved.notify_all();
    }
}

/// One request's way to the store, through the gate.
pub struct Gated {
    gate: Arc<Gate>,
    who: usize,
    inner: Mutex<Arc<dyn Store>>,
}

impl Gated {
    pub fn new(gate: Arc<Gate>, who: usize) -> Self {
        let inner = Mutex::new(Arc::new(MemoryBackend::new().tenant_store("t")) as Arc<dyn Store>);
        Self { gate, who, inner }
    }

    /// Leads to another store from now on.
    pub fn lead_to(&self, store: &Arc<dyn Store>) {
        *self.inner.lock().expect("no panic") = Arc::clone(store);
    }

    fn pass(&self, call: Call) -> Arc<dyn Store> {
        self.gate.stop(self.who, call);
        self.inner()
    }

    fn inner(&self) -> Arc<dyn Store> {
        Arc::clone(&self.inner.lock().expect("no panic"))
    }
}

impl Store for Gated {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.pass(Call::Load).load(keys)
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.pass(Call::Holders).holders(claims)
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.pass(Call::Counters).counters(names)
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.pass(Call::Find).find(plan)
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.pass(Call::Edges).edges(queries)
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        self.pass(Call::Commit).commit(changes)
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.inner().outbox(after, max)
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        self.inner().outbox_end()
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        self.inner().prune(through, max)
    }
}

/// One decision of the explorer.
struct Node {
    standing: Vec<(usize, Call)>,
    chosen: usize,
    /// Those whose turn here would repeat an order that was, or will be, run elsewhere.
    asleep: Vec<usize>,
}

impl Node {
    fn call(&self, who: usize) -> Option<Call> {
        let mut found = self.standing.iter().filter(|(it, _)| *it == who);
        found.next().map(|(_, call)| *call)
    }

    fn awake(&self) -> Option<usize> {
        let awake = |(who, _): &&(usize, Call)| !self.asleep.contains(who);
        self.standing.iter().find(awake).map(|(who, _)| *who)
    }
}

/// Goes through all orders, one run at a time.
#[derive(Default)]
pub struct Explorer {
    path: Vec<Node>,
}

impl Explorer {
    /// Leads one run from its first call to its last. False if the run repeats another.
    pub fn lead(&mut self, gate: &Gate) -> bool {
        let mut depth = 0;
        let mut is_new = true;
        loop {
            let standing = gate.standing();
            if standing.is_empty() {
                return is_new;
            }
            if depth == self.path.len() && is_new {
                let node = self.next(standing.clone());
                match node.awake() {
                    Some(chosen) => self.path.push(Node { chosen, ..node }),
                    None => is_new = false,
                }
            }
            let node = self.path.get(depth).filter(|_| is_new);
            gate.let_go(node.map_or(standing[0].0, |node| node.chosen));
            depth += 1;
        }
    }

    fn next(&self, standing: Vec<(usize, Call)>) -> Node {
        let sleeps_on = |last: &Node, who: &usize| {
            let calls = last.call(*who).zip(last.call(last.chosen));
            calls.is_some_and(|(call, chosen)| !call.disturbs(chosen))
        };
        let asleep = self.path.last().map_or_else(Vec::new, |last| {
            let asleep = last.asleep.iter().filter(|who| sleeps_on(last, who));
            asleep.copied().collect()
        });
        Node {
            standing,
            chosen: 0,
            asleep,
        }
    }

    /// Turns to the next order; false if there is none.
    pub fn turn(&mut self) -> bool {
        while let Some(mut node) = self.path.pop() {
            node.asleep.push(node.chosen);
            if let Some(chosen) = node.awake() {
                self.path.push(Node { chosen, ..node });
                return true;
            }
        }
        false
    }

    /// Whether what happened in the run before [`Self::turn`] can be told in this order: who had
    /// an answer before somebody else began comes first.
    pub fn allows(&self, order: &[usize]) -> bool {
        let last = |who: usize| self.path.iter().rposition(|node| node.chosen == who);
        let first = |who: usize| self.path.iter().position(|node| node.chosen == who);
        let pairs = order.iter().enumerate();
        let mut pairs =
            pairs.flat_map(|(at, one)| order[..at].iter().map(move |before| (before, one)));
        pairs.all(|(before, one)| last(*one) > first(*before))
    }

    /// The order of the run before [`Self::turn`], for people.
    pub fn shown(&self) -> String {
        let line = |node: &Node| {
            let call = node.call(node.chosen);
            format!(
                "{}: {call:?}",
                char::from(b'A' + u8::try_from(node.chosen).unwrap_or(0))
            )
            .replace("Some(", "")
            .replace(')', "")
        };
        self.path.iter().map(line).collect::<Vec<_>>().join(", ")
    }
}
