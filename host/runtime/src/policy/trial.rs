//! Asking a policy without the engine: on questions whose answers are known, and to measure it.

use std::sync::Arc;
use std::time::Duration;

use crate::convert::{all, answers};
use crate::meter;
use crate::policy::data::{Context, Grant, Hook, Policy, PolicyFailure, Refusal, Subject};
use crate::policy::error::{Broken, PolicyError};
use crate::policy::instance::{self, Instance};
use crate::policy::load::Loaded;
use crate::policy::policies::{Policies, digest};

/// A policy on trial.
pub struct Trial<'a> {
    policies: &'a Policies,
    loaded: Arc<Loaded>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// To `shape`: documents, JSON text.
    Shape(Vec<String>),
    /// To `entitle`: users.
    Entitle(Vec<Subject>),
}

/// The answers to its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replies {
    /// Of `shape`.
    Shape(Vec<Result<String, Refusal>>),
    /// Of `entitle`.
    Entitle(Vec<Result<Vec<Grant>, Refusal>>),
}

/// How it went.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The answers, or why there are none: a word for programs and a text for people.
    pub replies: Result<Replies, (PolicyFailure, String)>,
    /// Asked once more, in the same instance, it gave other answers.
    pub is_fickle: bool,
    /// What the first call took, without making the instance.
    pub took: Duration,
    /// The memory that the instance has afterwards.
    pub memory_bytes: usize,
    /// Bytes of the question.
    pub asked_bytes: usize,
    /// Bytes of the answer.
    pub answered_bytes: usize,
    /// The end of what it wrote.
    pub said: String,
}

impl Policies {
    /// Puts a component on trial, within the limits that it would have if it were installed.
    ///
    /// # Errors
    /// [`PolicyError`] if it is no policy.
    pub fn trial(&self, code: &[u8]) -> Result<Trial<'_>, PolicyError> {
        let loaded = self.load(&digest(code), code)?;
        Ok(Trial {
            policies: self,
            loaded,
        })
    }

    /// Puts a question to a tenant's policy, as the engine's component does: warm instances, limits
    /// and suspension included.
    ///
    /// # Errors
    /// [`PolicyFailure`]. What went wrong stands in the log.
    pub fn ask(
        &self,
        policy: &Policy,
        context: Context,
        question: Question,
    ) -> Result<Replies, PolicyFailure> {
        let (hook, question) = (question.hook(), Asking::from(question));
        let context = instance::Context::from(context);
        self.put(&context.tenant, policy, hook, |instance| {
            question.ask(instance, &context)
        })
    }
}

impl Question {
    /// What is asked.
    #[must_use]
    pub fn hook(&self) -> Hook {
        match self {
            Self::Shape(_) => Hook::Shape,
            Self::Entitle(_) => Hook::Entitle,
        }
    }
}

impl Trial<'_> {
    /// Asks a fresh instance, twice: the same question must get the same answer.
    ///
    /// # Errors
    /// [`PolicyError`] if there is no instance to ask.
    pub fn ask(&self, context: Context, question: Question) -> Result<Tried, PolicyError> {
        let made = self.policies.instance(&self.loaded);
        let mut instance = made.map_err(super::policies::failed)?;
        let (context, question) = (context.into(), Asking::from(question));
        let begun = meter::now();
        let first = question.ask(&mut instance, &context);
        let took = begun.elapsed();
        let (memory_bytes, said) = (instance.memory_bytes(), instance.said());
        let (asked_bytes, answered_bytes) = (instance.asked_bytes, instance.answered_bytes);
        let is_fickle = match &first {
            Ok(first) => question.ask(&mut instance, &context).ok().as_ref() != Some(first),
            Err(_) => false,
        };
        Ok(Tried {
            replies: first.map_err(|broken| (broken.failure(), broken.to_string())),
            is_fickle,
            took,
            memory_bytes,
            asked_bytes,
            answered_bytes,
            said,
        })
    }
}

/// A question in the words of the boundary.
enum Asking {
    Shape(Vec<String>),
    Entitle(Vec<instance::Subject>),
}

impl From<Question> for Asking {
    fn from(from: Question) -> Self {
        match from {
            Question::Shape(documents) => Self::Shape(documents),
            Question::Entitle(subjects) => Self::Entitle(all(subjects)),
        }
    }
}

impl Asking {
    fn ask(&self, one: &mut Instance, context: &instance::Context) -> Result<Replies, Broken> {
        match self {
            Self::Shape(documents) => {
                let given = one.shape(context, documents)?;
                Ok(Replies::Shape(answers(given, |document| document)))
            }
            Self::Entitle(subjects) => {
                let given = one.entitle(context, subjects)?;
                Ok(Replies::Entitle(answers(given, all)))
            }
        }
    }
}
