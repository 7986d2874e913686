//! The policy import where no policy is installed.
//!
//! `describe` names no hook, so a component that keeps the contract asks nothing more. One that
//! asks all the same gets an empty list, which the contract calls a fault of the policy.

use wasmtime::Result;

use crate::bindings::hooks::{Context, Description, Grant, Host, Refusal, Subject};
use crate::bindings::scimlet::policy::types;
use crate::state::State;

impl types::Host for State {}

impl Host for State {
    fn describe(&mut self) -> Result<Description> {
        Ok(Description {
            name: String::new(),
            version: String::new(),
            hooks: Vec::new(),
        })
    }

    fn shape(&mut self, _: Context, _: Vec<String>) -> Result<Vec<Result<String, Refusal>>> {
        Ok(Vec::new())
    }

    fn entitle(&mut self, _: Context, _: Vec<Subject>) -> Result<Vec<Result<Vec<Grant>, Refusal>>> {
        Ok(Vec::new())
    }
}
