//! The policy import of the engine's component: each question goes to the tenant's policy.

use std::sync::Arc;

use wasmtime::Result;

use crate::bindings::policy::{Failure, Host, Installed, Question};
use crate::bindings::scimlet::policy::types;
use crate::policy::data::{Hook, Policy, PolicyFailure};
use crate::policy::error::Broken;
use crate::policy::instance::{Answers, Context, Grant, Instance, Subject};
use crate::policy::policies::Policies;
use crate::state::State;

/// The policy of one tenant, as an instance of the engine's component was opened with it.
pub(crate) struct Bound {
    pub(crate) policies: Arc<Policies>,
    pub(crate) tenant: String,
    pub(crate) policy: Policy,
}

impl Bound {
    fn installed(&self) -> Installed {
        let hooks = self.policy.hooks.iter();
        Installed {
            digest: self.policy.digest.clone(),
            hooks: hooks.map(ToString::to_string).collect(),
        }
    }

    fn context(&self, question: Question) -> Context {
        let Question {
            now,
            principal,
            operation,
        } = question;
        Context {
            tenant: self.tenant.clone(),
            now,
            principal,
            operation,
        }
    }

    fn ask<T>(
        &self,
        hook: Hook,
        question: Question,
        work: impl FnOnce(&mut Instance, &Context) -> std::result::Result<T, Broken>,
    ) -> std::result::Result<T, Failure> {
        let context = self.context(question);
        let answer = self
            .policies
            .put(&self.tenant, &self.policy, hook, |instance| {
                work(instance, &context)
            });
        answer.map_err(Failure::from)
    }
}

impl types::Host for State {}

type Answer<T> = Result<std::result::Result<Answers<T>, Failure>>;

/// A component that asks although nothing is installed hears that there is nobody to ask.
impl Host for State {
    fn describe(&mut self) -> Result<Option<Installed>> {
        Ok(self.consult(Bound::installed)?)
    }

    fn shape(&mut self, question: Question, documents: Vec<String>) -> Answer<String> {
        let answer = self.consult(|bound| {
            bound.ask(Hook::Shape, question, |instance, context| {
                instance.shape(context, &documents)
            })
        })?;
        Ok(answer.unwrap_or(Err(Failure::Unavailable)))
    }

    fn entitle(&mut self, question: Question, subjects: Vec<Subject>) -> Answer<Vec<Grant>> {
        let answer = self.consult(|bound| {
            bound.ask(Hook::Entitle, question, |instance, context| {
                instance.entitle(context, &subjects)
            })
        })?;
        Ok(answer.unwrap_or(Err(Failure::Unavailable)))
    }
}

impl From<PolicyFailure> for Failure {
    fn from(from: PolicyFailure) -> Self {
        match from {
            PolicyFailure::Trapped => Self::Trapped,
            PolicyFailure::Deadline => Self::Deadline,
            PolicyFailure::TooLarge => Self::TooLarge,
            PolicyFailure::Nonsense => Self::Nonsense,
            PolicyFailure::Suspended => Self::Suspended,
            PolicyFailure::Unavailable => Self::Unavailable,
        }
    }
}
