//! Two engines, each with a store of its own, who are asked the same.

use std::sync::Arc;

use scimlet_runtime::{Request, Response};
use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::{Component, DAWN, Dump, Said, Watched, seed};
use scimlet_tests::native::Native;

/// More steps than anything that these tests make due can take.
const MOST_STEPS: u64 = 1000;

/// The engine natively, and the component.
pub struct Twins {
    native: Native,
    component: Component,
    stores: [Arc<Watched>; 2],
    requests: u64,
}

impl Twins {
    /// Both with these settings and no data.
    pub fn new(settings: &str) -> Self {
        let store = || Watched::new(Arc::new(MemoryBackend::new().tenant_store("t")));
        let stores = [Arc::new(store()), Arc::new(store())];
        Self {
            native: Native::open(settings, stores[0].clone()).expect("settings"),
            component: Component::open(settings, stores[1].clone()),
            stores,
            requests: 0,
        }
    }

    /// The same data under other settings.
    pub fn with(self, settings: &str) -> Self {
        Self {
            native: Native::open(settings, self.stores[0].clone()).expect("settings"),
            component: Component::open(settings, self.stores[1].clone()),
            ..self
        }
    }

    /// Has both bring old rows under the settings, in steps of so many rows.
    pub fn reindex(&self, budget: u32) -> Result<(), String> {
        let mut after: Option<String> = None;
        loop {
            let steps = [
                self.native.reindex(after.as_deref(), budget)?,
                self.component.reindex(after.as_deref(), budget),
            ];
            same("come as far", steps.each_ref())?;
            let [step, _] = steps;
            let Some(next) = step.next else { break };
            after = Some(next);
        }
        let said = self.stores.each_ref().map(|store| store.take());
        same("say to the store", said.each_ref())
    }

    /// Has both do all that is due at a moment. Either of them is given the same dice for each step.
    pub fn sweep(&self, now: u64) -> Result<(), String> {
        for number in 0..MOST_STEPS {
            let dice = seed(u64::MAX - number);
            let steps = [
                self.native.sweep(now, dice)?,
                self.component.sweep(now, dice),
            ];
            same("want to be called again", steps.each_ref())?;
            let said = self.stores.each_ref().map(|store| store.take());
            same("say to the store", said.each_ref())?;
            let [next, _] = steps;
            if next.is_none_or(|next| next > now) {
                return Ok(());
            }
        }
        Err(format!(
            "{MOST_STEPS} steps, and still something is due at once"
        ))
    }

    /// Asks both at the same moment with the same dice, for a preview and then in earnest; the
    /// error says in what they differ.
    pub fn ask(&mut self, request: Request) -> Result<Response, String> {
        self.requests += 1;
        let request = Request {
            // Two requests within each millisecond.
            now: DAWN + self.requests / 2,
            seed: seed(self.requests),
            ..request
        };
        let shown = format!("{request:#?}");
        let previews = [
            self.native.preview(request.clone()),
            self.component.preview(request.clone()),
        ];
        let commits = |said: &Said| matches!(said, Said::Commit(..));
        if self
            .stores
            .iter()
            .any(|store| store.take().iter().any(commits))
        {
            return Err(format!("{shown}\na preview commits"));
        }
        let answers = [
            self.native.handle(request.clone()),
            self.component.handle(request),
        ];
        same("answer", answers.each_ref()).map_err(|wrong| format!("{shown}\n{wrong}"))?;
        if previews != answers {
            return Err(format!(
                "{shown}\npreviewed: {previews:#?}\nanswered: {answers:#?}"
            ));
        }
        let said = self.stores.each_ref().map(|store| store.take());
        same("say to the store", said.each_ref()).map_err(|wrong| format!("{shown}\n{wrong}"))?;
        let [answer, _] = answers;
        Ok(answer)
    }

    /// Compares what both have left behind.
    pub fn part(&self) -> Result<(), String> {
        let dumps = self
            .stores
            .each_ref()
            .map(|store| Dump::of(store.as_ref() as &dyn Store));
        same("leave behind", dumps.each_ref())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    [native, component]: [&T; 2],
) -> Result<(), String> {
    if native == component {
        Ok(())
    } else {
        Err(format!(
            "they {what} differently\n   native: {native:#?}\ncomponent: {component:#?}"
        ))
    }
}
