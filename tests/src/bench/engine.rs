//! The native engine against the component: same requests, same store, warm, in turns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scimlet_runtime::{Request, Response};
use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;

use crate::native::Native;

use super::component::{Component, SETTINGS};
use super::report::{Report, Table, Target};
use super::requests::{self, request};
use super::stats::{median, micros};
use super::stopwatch::Stopwatch;
use super::{Effort, posts};

/// Users in the store that is read from: two pages of a hundred.
const USERS: u64 = 200;

/// Calls of one twin before it is the other one's turn: enough to find its own code in the
/// processor's caches, as it would in a server.
const TURN: u64 = 25;

/// What the number of a request becomes.
type Make<'a> = &'a dyn Fn(u64) -> Request;

/// One twin: how it is asked, and the watch on its store.
struct Twin {
    ask: Box<dyn Fn(Request) -> Response>,
    store: Arc<Stopwatch>,
}

/// Times of one twin: whole calls, and calls without what the store took.
#[derive(Default)]
struct Times {
    whole: Vec<Duration>,
    own: Vec<Duration>,
}

/// Both, over stores with the same content.
struct Twins {
    native: Twin,
    component: Twin,
    /// Of the users in the stores.
    ids: Vec<String>,
}

pub(super) fn run(effort: Effort, report: &mut Report) {
    let time = effort.pick(Duration::from_secs(4), Duration::from_millis(800));
    let twins = Twins::with_users(USERS);
    let id = |number: u64| &twins.ids[usize::try_from(number % USERS).expect("small")];
    let post = |n| request(n, "POST", "/Users", requests::user(n));
    let patch = |n| {
        request(
            n,
            "PATCH",
            &format!("/Users/{}", id(n)),
            requests::change(n),
        )
    };
    let get = |n| request(n, "GET", &format!("/Users/{}", id(n)), String::new());
    let find = |n: u64| {
        let query = requests::by_name(n % USERS);
        request(n, "GET", &format!("/Users?{query}"), String::new())
    };
    let page = |n| {
        request(
            n,
            "GET",
            &format!("/Users?{}", requests::page()),
            String::new(),
        )
    };
    let calls: [(&str, Make<'_>); 5] = [
        ("GET by id", &get),
        ("list, userName eq: 1 user", &find),
        ("list, userType eq: page of 100", &page),
        ("PATCH user, 2 operations", &patch),
        // Last: it adds users to what the others read.
        ("POST user", &post),
    ];

    let title = "Engine: native against component, µs a call (median), in-memory store";
    let columns = [
        "call",
        "native",
        "component",
        "ratio",
        "native w/o store",
        "component w/o store",
        "ratio w/o store",
    ];
    let mut table = Table::new(title, &columns);
    let mut logs = 0.0;
    for (name, make) in calls {
        let [native, component] = twins.race(time, make);
        let [native, component] = [native, component].map(|mut times| {
            [
                micros(median(&mut times.whole)),
                micros(median(&mut times.own)),
            ]
        });
        let (whole, own) = (component[0] / native[0], component[1] / native[1]);
        let numbers = [native[0], component[0], whole, native[1], component[1], own];
        table.row(name, &numbers);
        report.figure(
            format!("component / native, {name}"),
            whole,
            Target::AtMost(2.0),
        );
        logs += whole.ln() / 5.0;
    }
    report.table(table);
    let overall = "component / native, all calls (geometric mean)";
    report.figure(overall, logs.exp(), Target::AtMost(2.0));
}

impl Twins {
    fn with_users(users: u64) -> Self {
        let (native_store, ids) = loaded(users);
        let (component_store, same) = loaded(users);
        assert_eq!(ids, same, "the same requests make the same users");
        let native = Native::open(SETTINGS, Arc::clone(&native_store) as Arc<dyn Store>);
        let native = native.expect("settings that open");
        let component = Component::start(Arc::clone(&component_store) as Arc<dyn Store>);
        let native = Twin {
            ask: Box::new(move |request| native.handle(request)),
            store: native_store,
        };
        let component = Twin {
            ask: Box::new(move |request| component.handle(request)),
            store: component_store,
        };
        Self {
            native,
            component,
            ids,
        }
    }

    /// Both answer the same requests in turns for so long; the native engine's times first.
    fn race(&self, time: Duration, make: Make<'_>) -> [Times; 2] {
        let mut times = [Times::default(), Times::default()];
        let [native, component] = &mut times;
        let end = Instant::now() + time;
        let mut round = 0;
        while Instant::now() < end {
            let numbers = USERS + round * TURN..USERS + (round + 1) * TURN;
            let requests: Vec<Request> = numbers.map(make).collect();
            let answers = if round % 2 == 0 {
                let first = self.native.answer(requests.clone(), native);
                (first, self.component.answer(requests, component))
            } else {
                let first = self.component.answer(requests.clone(), component);
                (self.native.answer(requests, native), first)
            };
            assert_eq!(answers.0, answers.1, "the twins answer alike");
            round += 1;
        }
        times
    }
}

impl Twin {
    fn answer(&self, requests: Vec<Request>, times: &mut Times) -> Vec<Response> {
        let answer = |request| {
            self.store.lap();
            let begun = Instant::now();
            let answer = (self.ask)(request);
            let whole = begun.elapsed();
            times.whole.push(whole);
            times.own.push(whole.saturating_sub(self.store.lap()));
            assert!(answer.status < 300, "{answer:?}");
            answer
        };
        requests.into_iter().map(answer).collect()
    }
}

fn loaded(users: u64) -> (Arc<Stopwatch>, Vec<String>) {
    let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("bench"));
    posts::license(&store);
    let ids = posts::load(&store, users);
    (Arc::new(Stopwatch::new(store)), ids)
}
