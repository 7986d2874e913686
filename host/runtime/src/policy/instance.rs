//! One instance of a policy, and the questions that can be put to it.

use wasmtime::{Result, Store, UpdateDeadline};

use crate::bindings::scimlet::policy::types;
use crate::ceiling::Ceiling;
use crate::config::{Limits, PolicyConfig};
use crate::error::{Fault, fault, instantiation_error};
use crate::meter::Meter;
use crate::policy::bindings::{Policy, PolicyPre};
use crate::policy::error::Broken;
use crate::said::Said;
use crate::wasi::{Stream, Witness};

pub(crate) use types::{Context, Description, Grant, Refusal, Subject};

/// Elements of a policy's tables: `CPython` has ten thousand functions in one.
const TABLE_ELEMENTS: usize = 100_000;

/// The answers to a question, one for each of its parts.
pub(crate) type Answers<T> = Vec<std::result::Result<T, Refusal>>;

/// What the host keeps beside an instance.
pub(crate) struct State {
    meter: Meter,
    ceiling: Ceiling,
    said: Said,
}

impl types::Host for State {}

impl Witness for State {
    fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// What is `print` in one language is `console.error` in another.
    fn hear(&mut self, _: Stream, bytes: &[u8]) {
        self.said.push(bytes);
    }
}

/// INVARIANT: an instance whose call has failed is dropped, never called again, and one that has
/// worked for a tenant never works for another.
pub(crate) struct Instance {
    store: Store<State>,
    policy: Policy,
    batch: usize,
    most_bytes: usize,
    /// Bytes that were handed over in the last question, and in its answer.
    pub(crate) asked_bytes: usize,
    pub(crate) answered_bytes: usize,
}

impl Instance {
    pub(crate) fn new(
        policy: &PolicyPre<State>,
        config: &PolicyConfig,
    ) -> std::result::Result<Self, Broken> {
        let limits = &config.limits;
        let mut store = new_store(policy, limits);
        let policy = policy
            .instantiate(&mut store)
            .map_err(|error| instantiation_error(&error))?;
        Ok(Self {
            store,
            policy,
            batch: config.batch.max(1),
            most_bytes: limits.transfer_bytes,
            asked_bytes: 0,
            answered_bytes: 0,
        })
    }

    /// What the policy says of itself.
    pub(crate) fn describe(&mut self) -> std::result::Result<Description, Fault> {
        let hooks = self.policy.scimlet_policy_hooks();
        begin(&mut self.store);
        call(&mut self.store, |store| hooks.call_describe(store))
    }

    pub(crate) fn shape(
        &mut self,
        context: &Context,
        documents: &[String],
    ) -> std::result::Result<Answers<String>, Broken> {
        let hooks = self.policy.scimlet_policy_hooks();
        let answers = ask(
            &mut self.store,
            self.batch,
            self.most_bytes,
            documents,
            String::len,
            |store, documents| hooks.call_shape(store, context, documents),
        )?;
        self.asked_bytes = documents.iter().map(String::len).sum();
        self.answered_bytes = answers
            .iter()
            .map(|answer| bytes_of(answer, String::len))
            .sum();
        Ok(answers)
    }

    pub(crate) fn entitle(
        &mut self,
        context: &Context,
        subjects: &[Subject],
    ) -> std::result::Result<Answers<Vec<Grant>>, Broken> {
        let hooks = self.policy.scimlet_policy_hooks();
        let answers = ask(
            &mut self.store,
            self.batch,
            self.most_bytes,
            subjects,
            subject_bytes,
            |store, subjects| hooks.call_entitle(store, context, subjects),
        )?;
        self.asked_bytes = subjects.iter().map(subject_bytes).sum();
        let grants_len = |grants: &Vec<Grant>| grants_bytes(grants);
        self.answered_bytes = answers
            .iter()
            .map(|answer| bytes_of(answer, grants_len))
            .sum();
        Ok(answers)
    }

    /// What the policy wrote about the last question.
    pub(crate) fn said(&self) -> String {
        self.store.data().said.text()
    }

    /// How much memory the policy has.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().ceiling.held()
    }
}

fn new_store(policy: &PolicyPre<State>, limits: &Limits) -> Store<State> {
    let state = State {
        meter: Meter::new(limits.guest_time, limits.host_calls),
        ceiling: Ceiling::new(limits.memory_bytes, TABLE_ELEMENTS),
        said: Said::default(),
    };
    let mut store = Store::new(policy.engine(), state);
    store.limiter(|state| &mut state.ceiling);
    store.set_hostcall_fuel(limits.transfer_bytes);
    // In every tick in which the guest runs: look at its clock, and let it run for another.
    store.epoch_deadline_callback(|mut store| {
        store.data_mut().meter.look()?;
        Ok(UpdateDeadline::Continue(1))
    });
    store.set_epoch_deadline(1);
    store
}

/// Asks in as many parts as are needed. Their time is that of one question: else a slow policy would hold
/// up a request for as long as there are parts.
fn ask<P, T>(
    store: &mut Store<State>,
    batch: usize,
    most_bytes: usize,
    parts: &[P],
    bytes: impl Fn(&P) -> usize,
    question: impl Fn(&mut Store<State>, &[P]) -> Result<Answers<T>>,
) -> std::result::Result<Answers<T>, Broken> {
    let mut answers = Vec::with_capacity(parts.len());
    let mut rest = parts;
    begin(store);
    while !rest.is_empty() {
        let (now, later) = split(rest, batch, most_bytes, &bytes)?;
        let some = call(store, |store| question(store, now))?;
        let (asked, answered) = (now.len(), some.len());
        if asked != answered {
            return Err(Broken::Count { asked, answered });
        }
        answers.extend(some);
        rest = later;
    }
    Ok(answers)
}

/// As many as may be handed over at once, and the others.
fn split<P>(
    parts: &[P],
    batch: usize,
    most: usize,
    bytes: impl Fn(&P) -> usize,
) -> std::result::Result<(&[P], &[P]), Broken> {
    let (mut count, mut sum) = (0, 0_usize);
    for part in parts.iter().take(batch) {
        sum = sum.saturating_add(bytes(part));
        if sum > most {
            break;
        }
        count += 1;
    }
    if count == 0 {
        return Err(Broken::Asked { bytes: sum, most });
    }
    Ok(parts.split_at(count))
}

/// A new question, with nothing used yet.
fn begin(store: &mut Store<State>) {
    store.data_mut().said.clear();
    store.data_mut().meter.start();
}

/// One call of the guest, within what is left of the question's time.
fn call<T>(
    store: &mut Store<State>,
    function: impl FnOnce(&mut Store<State>) -> Result<T>,
) -> std::result::Result<T, Fault> {
    store.data_mut().meter.resume();
    store.set_epoch_deadline(1);
    function(store).map_err(|error| fault(&error, store.data().said.text()))
}

fn subject_bytes(subject: &Subject) -> usize {
    subject.user.len() + grants_bytes(&subject.proposed)
}

fn grants_bytes(grants: &[Grant]) -> usize {
    let bytes = |grant: &Grant| grant.license.len() + grant.reason.len();
    grants.iter().map(bytes).sum()
}

fn bytes_of<T>(answer: &std::result::Result<T, Refusal>, bytes: impl Fn(&T) -> usize) -> usize {
    match answer {
        Ok(answer) => bytes(answer),
        Err(Refusal { code, detail }) => code.len() + detail.len(),
    }
}
