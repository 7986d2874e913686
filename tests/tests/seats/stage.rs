//! Plays a script before an engine, and compares with the model after every step.

use std::sync::Arc;

use scimlet_runtime::{Request, Response};
use scimlet_store::Store;
use scimlet_tests::inside::{Component, DAWN, Dump, request, seed};
use scimlet_tests::native::Native;
use serde_json::{Value, json};

use crate::audit::audit;
use crate::model::{Event, License, Model, PRIORITIES, State, Verdict};
use crate::script::{Act, SKUS, Script, Step};
use crate::wire::{self, Shown, TERMS, shown};

/// One tenant before one engine, and what the model thinks of it.
pub struct Stage {
    ask: Box<dyn Fn(Request) -> Response>,
    store: Arc<dyn Store>,
    model: Model,
    now: u64,
    requests: u64,
}

impl Stage {
    /// Before the native engine, with a license that everybody gets who asks for none.
    pub fn native(store: Arc<dyn Store>, default: Option<&'static str>) -> Self {
        let settings = json!({ "licensing": { "default": Vec::from_iter(default) } });
        let native = Native::open(&settings.to_string(), Arc::clone(&store)).expect("settings");
        let mut stage = Self::new(store, Box::new(move |request| native.handle(request)));
        stage.model.default = default;
        stage
    }

    /// Before the native engine, where some users come before others.
    pub fn with_priorities(store: Arc<dyn Store>) -> Self {
        let settings = priorities().to_string();
        let native = Native::open(&settings, Arc::clone(&store)).expect("settings");
        let mut stage = Self::new(store, Box::new(move |request| native.handle(request)));
        stage.model.has_priorities = true;
        stage
    }

    /// The same before the component.
    pub fn component_with_priorities(store: Arc<dyn Store>) -> Self {
        let component = Component::open(&priorities().to_string(), Arc::clone(&store));
        let mut stage = Self::new(store, Box::new(move |request| component.handle(request)));
        stage.model.has_priorities = true;
        stage
    }

    /// Before the component.
    pub fn component(store: Arc<dyn Store>) -> Self {
        let component = Component::open("{}", Arc::clone(&store));
        Self::new(store, Box::new(move |request| component.handle(request)))
    }

    fn new(store: Arc<dyn Store>, ask: Box<dyn Fn(Request) -> Response>) -> Self {
        Self {
            ask,
            store,
            model: Model::default(),
            now: DAWN,
            requests: 0,
        }
    }

    /// Plays all steps; the error says at which one what was wrong.
    pub fn play(&mut self, script: &Script) -> Result<(), String> {
        for (number, step) in (1..).zip(&script.0) {
            self.step(step)
                .map_err(|wrong| format!("after step {number} ({:?}): {wrong}", step.act))?;
        }
        Ok(())
    }

    fn step(&mut self, Step { after, act }: &Step) -> Result<(), String> {
        self.now += after;
        let before = Dump::of(self.store.as_ref());
        let path = wire::path(act, &before);
        let sent = wire::of(act, path.as_deref());
        let response = self.send(sent.clone());
        let answer: Value = serde_json::from_str(&response.body).unwrap_or_default();
        let id = answer["id"].as_str().unwrap_or_default();
        let after = Dump::of(self.store.as_ref());
        self.any_order(act, id, |stage, verdict| {
            let (Verdict::Done(status) | Verdict::Refused(status)) = verdict;
            same("the status", &response.status, &status)
                .map_err(|w| format!("{w}\n{answer:#}"))?;
            if let Verdict::Refused(_) = verdict {
                same("a refusal changed something", &after, &before)?;
            }
            stage.compare(&before, &after)
        })?;
        let status = response.status;
        if status == 403 {
            let scim_type = answer["scimType"].as_str();
            same("the scimType", &scim_type, &Some("licenseLimitReached"))?;
        }
        self.is_true_still(&answer, status)?;
        self.send(sent);
        let replayed = Dump::of(self.store.as_ref());
        same(
            "the same request again changed something",
            &replayed,
            &after,
        )
    }

    /// Judges what has happened by the model. In which order the lines of several licenses move is
    /// said nowhere, so each order is as good; what the first one says is what is told.
    fn any_order(
        &mut self,
        act: &Act,
        id: &str,
        mut judge: impl FnMut(&mut Self, Verdict) -> Result<(), String>,
    ) -> Result<(), String> {
        let start = self.model.clone();
        let mut wrongs = Vec::new();
        for order in orders() {
            self.model = start.clone();
            self.model.order = order;
            let verdict = self.model.apply(act, self.now, id);
            match judge(self, verdict) {
                Ok(()) => return Ok(()),
                Err(wrong) => wrongs.push(wrong),
            }
        }
        Err(wrongs.swap_remove(0))
    }

    fn send(&mut self, request: Request) -> Response {
        self.requests += 1;
        (self.ask)(Request {
            now: self.now,
            seed: seed(self.requests),
            ..request
        })
    }

    /// Everything that the model knows, as it is seen from outside; and the recount.
    fn compare(&mut self, before: &Dump, after: &Dump) -> Result<(), String> {
        let list = self.list("/Users")?;
        same("how many users", &list.len(), &self.model.users.len())?;
        for user in &self.model.users {
            let found = list.iter().find(|shown| shown["id"] == *user.id);
            let found = found.ok_or_else(|| format!("u{} is not listed", user.slot))?;
            let who = format!("the licenses of u{}", user.slot);
            let mut got = shown(found);
            got.sort();
            same(&who, &got, &self.expected(&user.id))?;
            same("active", &found["active"], &user.active.into())?;
        }
        let licenses = self.list("/Entitlements")?;
        same(
            "how many licenses",
            &licenses.len(),
            &self.model.licenses.len(),
        )?;
        for license in &self.model.licenses {
            let found = licenses.iter().find(|shown| shown["value"] == license.sku);
            let found = found.ok_or_else(|| format!("{} is not listed", license.sku))?;
            self.gauges(license, found)?;
        }
        let mut told: Vec<Event> = after.posted[before.posted.len()..]
            .iter()
            .map(event)
            .collect();
        let mut expected = self.model.events.clone();
        told.sort_unstable();
        expected.sort_unstable();
        same("the events", &told, &expected)?;
        let wrong = audit(after, &self.overfull(), self.model.default);
        same("the recount", &wrong, &Vec::new())
    }

    fn list(&mut self, endpoint: &str) -> Result<Vec<Value>, String> {
        let response = self.send(request("GET", endpoint, None));
        same("the status of a list", &response.status, &200)?;
        let list: Value = serde_json::from_str(&response.body).expect("JSON");
        Ok(list["Resources"].as_array().cloned().unwrap_or_default())
    }

    fn expected(&self, id: &str) -> Vec<Shown> {
        let user = self.model.users.iter().find(|user| user.id == id);
        let held = user.map_or(&[][..], |user| &user.held);
        let mut shown: Vec<Shown> = held
            .iter()
            .map(|held| {
                let (state, reason) = held.state.words();
                let line = self.model.line(held.sku, State::Waiting);
                let place = line.iter().position(|waiting| waiting == id);
                Shown {
                    sku: held.sku.to_owned(),
                    state: state.to_owned(),
                    reason: reason.map(str::to_owned),
                    position: place.map(|place| place as u64 + 1),
                    sources: sorted(&held.sources),
                }
            })
            .collect();
        shown.sort();
        shown
    }

    fn gauges(&self, license: &License, found: &Value) -> Result<(), String> {
        let count = |state| self.model.count(license.sku, state);
        let used = count(State::Active) + count(State::Overage);
        let over = license.seats.map_or(0, |seats| used.saturating_sub(seats));
        let what = |name| format!("`{name}` of {}", license.sku);
        same(
            &what("totalAssignmentsUsed"),
            &found["totalAssignmentsUsed"],
            &used.into(),
        )?;
        same(
            &what("waiting"),
            &found[TERMS]["waiting"],
            &count(State::Waiting).into(),
        )?;
        let kept = count(State::Grace);
        let shown = found[TERMS]["kept"].as_u64().unwrap_or(0);
        same(&what("kept"), &shown, &kept)?;
        same(&what("over"), &found[TERMS]["over"], &over.into())
    }

    /// Licenses of which the model says that more seats are taken than there are: only where the
    /// limit was lowered.
    fn overfull(&self) -> Vec<&'static str> {
        let over = |license: &&License| {
            let active = self.model.count(license.sku, State::Active);
            license.seats.is_some_and(|seats| active > seats)
        };
        self.model
            .licenses
            .iter()
            .filter(over)
            .map(|license| license.sku)
            .collect()
    }

    /// What an answer shows is what a GET shows right after it.
    fn is_true_still(&mut self, answer: &Value, status: u16) -> Result<(), String> {
        let Some(location) = answer["meta"]["location"].as_str().filter(|_| status < 300) else {
            return Ok(());
        };
        let path = location.replace(scimlet_tests::inside::BASE, "");
        let response = self.send(request("GET", &path, None));
        let read: Value = serde_json::from_str(&response.body).expect("JSON");
        same("what the answer showed, against a GET", answer, &read)
    }
}

/// `licensing.priorities` for [`PRIORITIES`].
fn priorities() -> Value {
    let one = |(slot, priority)| json!({ "when": format!("userName eq \"u{slot}\""), "priority": priority });
    json!({ "licensing": { "priorities": PRIORITIES.map(one) } })
}

/// All orders of the three licenses.
fn orders() -> [[&'static str; 3]; 6] {
    let [a, b, c] = SKUS;
    [
        [a, b, c],
        [a, c, b],
        [b, a, c],
        [b, c, a],
        [c, a, b],
        [c, b, a],
    ]
}

fn sorted(texts: &[String]) -> Vec<String> {
    let mut texts = texts.to_vec();
    texts.sort();
    texts
}

fn event(posted: &scimlet_store::Posted) -> Event {
    let topics = ["license.granted", "license.waiting", "license.promoted"];
    let topics = topics
        .into_iter()
        .chain(["license.freed", "license.blocked", "license.kept"]);
    let states = ["active", "overage", "waiting", "blocked", "grace"];
    let body: Value = serde_json::from_str(&posted.event.body).expect("JSON");
    (
        known(topics, &posted.event.topic),
        posted.event.subject.id.clone(),
        known(SKUS, body["value"].as_str().unwrap_or_default()),
        known(states, body["state"].as_str().unwrap_or_default()),
    )
}

fn known(words: impl IntoIterator<Item = &'static str>, word: &str) -> &'static str {
    let found = words.into_iter().find(|known| *known == word);
    found.unwrap_or("a word that nobody knows")
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, wanted: &T) -> Result<(), String> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}\n     got: {got:#?}\nexpected: {wanted:#?}"))
    }
}
