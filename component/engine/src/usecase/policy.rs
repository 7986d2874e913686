//! The tenant's policy (docs/policies.md): where it is asked, and what is made of its answers.
//!
//! INVARIANT: nothing it says or fails to say keeps a license with a user who is inactive, deleted, or
//! from whom the request takes it. It is not asked about the first two, and what it says of a request
//! that takes something away is not heeded where it stands in the way.

mod entitle;
mod shape;

pub(super) use entitle::{About, Petition, entitled};
pub(super) use shape::shaped;

use super::case::Case;
use crate::facts::{Broken, No, Question};
use crate::refusal::{Refusal, ScimType};

/// What a policy may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hook {
    Shape,
    Entitle,
}

impl Hook {
    fn word(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Entitle => "entitle",
        }
    }
}

/// Whether the tenant has a policy that wants to be asked this.
pub(super) fn asks(case: &mut Case<'_>, hook: Hook) -> bool {
    let installed = case.installed();
    installed.is_some_and(|it| it.hooks.iter().any(|name| name == hook.word()))
}

fn question(case: &Case<'_>, operation: &str) -> Question {
    Question {
        now: case.request.now,
        principal: case.request.principal.id.clone(),
        operation: operation.to_owned(),
    }
}

/// The verb of the request that a case is about, as policies know it.
pub(super) fn verb(case: &Case<'_>) -> &'static str {
    match case.method {
        "PUT" => "replace",
        "PATCH" => "patch",
        _ => "create",
    }
}

/// Why a policy has not said yes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    No(No),
    Broken(Broken),
}

impl Why {
    /// As the caller hears it.
    fn refusal(&self) -> Refusal {
        match self {
            Self::No(No { code, detail }) => {
                let detail = format!("the tenant's policy refuses this ({code}): {detail}");
                Refusal::Scim(ScimType::PolicyRefused, detail)
            }
            Self::Broken(broken) => Refusal::Policy(*broken),
        }
    }
}
