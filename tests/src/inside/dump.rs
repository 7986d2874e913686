//! Everything that a store holds, as far as the port lets it be seen.

use std::collections::BTreeMap;
use std::fmt;

use scimlet_engine::license::counter_names;
use scimlet_store::{Edge, EdgeQuery, End, Key, Plan, Posted, Row, Store};
use serde_json::Value;

/// The kinds of documents that the engine writes.
const KINDS: [&str; 4] = ["Catalog", "Entitlement", "Group", "User"];

/// Everything in a store but for index entries and claims, which only a question can show.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Dump {
    /// All documents, by kind and id.
    pub rows: BTreeMap<Key, Row>,
    /// All ties that begin at a group.
    pub edges: Vec<Edge>,
    /// The seat counters of each license. Without the threshold that was told of last: two that come
    /// to it at once may leave it to the next one, or to the sweep, to tell of it.
    pub counters: BTreeMap<String, u64>,
    /// What the outbox tells of seats, each event with its payload alone, without what is told of
    /// thresholds.
    pub posted: Vec<Posted>,
}

fn told(store: &dyn Store) -> Vec<Posted> {
    let mut posted = store.outbox(0, u32::MAX).expect("the outbox");
    let about_seats = |topic: &str| topic.starts_with("license.") && topic != "license.threshold";
    posted.retain(|posted| about_seats(&posted.event.topic));
    for (at, posted) in (1..).zip(&mut posted) {
        posted.position = at;
        posted.event.body = payload(posted).to_string();
    }
    posted
}

/// What an event tells, without its envelope.
pub fn payload(posted: &Posted) -> Value {
    let body: Value = serde_json::from_str(&posted.event.body).expect("an envelope is JSON");
    let claim = body["events"].as_object().expect("an `events` claim");
    claim.values().next().expect("one event").clone()
}

impl Dump {
    /// Reads it all.
    pub fn of(store: &dyn Store) -> Self {
        let rows: BTreeMap<Key, Row> = KINDS.iter().flat_map(|kind| rows(store, kind)).collect();
        let ids = rows.keys().filter(|key| key.kind == "Entitlement");
        let names: Vec<String> = ids
            .flat_map(|key| counter_names(&key.id))
            .filter(|name| !name.starts_with("license.alert:"))
            .collect();
        let values = store.counters(&names).expect("counters");
        let groups = rows.keys().filter(|key| key.kind == "Group");
        Self {
            edges: groups.flat_map(|group| edges(store, group)).collect(),
            counters: names.into_iter().zip(values).collect(),
            posted: told(store),
            rows,
        }
    }

    /// The documents of one kind.
    pub fn documents(&self, kind: &str) -> impl Iterator<Item = (&str, Value)> {
        let rows = self.rows.values().filter(move |row| row.key.kind == kind);
        rows.map(|row| {
            (
                row.key.id.as_str(),
                serde_json::from_str(&row.body).expect("a document is JSON"),
            )
        })
    }
}

fn rows(store: &dyn Store, kind: &str) -> Vec<(Key, Row)> {
    let mut plan = Plan {
        kind: kind.to_owned(),
        max_rows: 1000,
        max_bytes: u32::MAX,
        ..Plan::default()
    };
    let mut all = Vec::new();
    loop {
        let page = store.find(&plan).expect("a page");
        all.extend(page.rows.into_iter().map(|row| (row.key.clone(), row)));
        if page.next.is_none() {
            return all;
        }
        plan.after = page.next;
    }
}

fn edges(store: &dyn Store, group: &Key) -> Vec<Edge> {
    let mut query = EdgeQuery {
        relation: "member".to_owned(),
        end: End::Source(group.clone()),
        after: None,
        max: 1000,
        want_total: false,
    };
    let mut all = Vec::new();
    loop {
        let page = store.edges(std::slice::from_ref(&query)).expect("a page");
        let page = page.into_iter().next().expect("one page for one query");
        all.extend(page.edges);
        if page.next.is_none() {
            return all;
        }
        query.after = page.next;
    }
}

/// One line for each thing, so that two can be compared by eye.
impl fmt::Debug for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.rows.values() {
            let Row { key, version, body } = row;
            writeln!(f, "{} {} at version {version}: {body}", key.kind, key.id)?;
        }
        for edge in &self.edges {
            writeln!(f, "{} -> {}", edge.source.id, edge.target.id)?;
        }
        for (name, value) in &self.counters {
            writeln!(f, "{name} = {value}")?;
        }
        for Posted { position, event } in &self.posted {
            let (topic, id) = (&event.topic, &event.subject.id);
            writeln!(f, "{position}. {topic} {id} {}", event.body)?;
        }
        Ok(())
    }
}
