//! The policy import where no policy is installed.
//!
//! A component that keeps the contract asks nothing more. One that asks all the same hears that
//! there is nobody to ask.

use wasmtime::Result;

use crate::bindings::policy::{Failure, Grant, Host, Installed, Question, Refusal, Subject};
use crate::bindings::scimlet::policy::types;
use crate::state::State;

impl types::Host for State {}

type Answer<T> = Result<Result<Vec<Result<T, Refusal>>, Failure>>;

impl Host for State {
    fn describe(&mut self) -> Result<Option<Installed>> {
        Ok(None)
    }

    fn shape(&mut self, _: Question, _: Vec<String>) -> Answer<String> {
        Ok(Err(Failure::Unavailable))
    }

    fn entitle(&mut self, _: Question, _: Vec<Subject>) -> Answer<Vec<Grant>> {
        Ok(Err(Failure::Unavailable))
    }
}
