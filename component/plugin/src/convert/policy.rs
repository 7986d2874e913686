//! The conversation with the tenant's policy.

use scimlet_engine::facts as own;

use crate::bindings::scimlet::scim::policy as wit;

pub(crate) fn installed(from: wit::Installed) -> own::Installed {
    let wit::Installed { digest, hooks } = from;
    own::Installed { digest, hooks }
}

pub(crate) fn question_out(from: &own::Question) -> wit::Question {
    let own::Question {
        now,
        principal,
        operation,
    } = from.clone();
    wit::Question {
        now,
        principal,
        operation,
    }
}

pub(crate) fn subject_out(from: own::Subject) -> wit::Subject {
    let own::Subject { user, proposed } = from;
    let proposed = proposed.into_iter().map(proposal_out).collect();
    wit::Subject { user, proposed }
}

fn proposal_out(from: own::Proposal) -> wit::Grant {
    let own::Proposal { license, reason } = from;
    wit::Grant { license, reason }
}

pub(crate) fn proposal(from: wit::Grant) -> own::Proposal {
    let wit::Grant { license, reason } = from;
    own::Proposal { license, reason }
}

pub(crate) fn no(from: wit::Refusal) -> own::No {
    let wit::Refusal { code, detail } = from;
    own::No { code, detail }
}

pub(crate) fn broken(from: wit::Failure) -> own::Broken {
    match from {
        wit::Failure::Trapped => own::Broken::Trapped,
        wit::Failure::Deadline => own::Broken::Deadline,
        wit::Failure::TooLarge => own::Broken::TooLarge,
        wit::Failure::Nonsense => own::Broken::Nonsense,
        wit::Failure::Suspended => own::Broken::Suspended,
        wit::Failure::Unavailable => own::Broken::Unavailable,
    }
}
