//! Interns get what the settings propose, but no `pro`.
//!
//! `wit/policy.wit` documents every word of the conversation.

wit_bindgen::generate!({ path: "wit", world: "policy" });

use exports::scimlet::policy::hooks::{Context, Description, Grant, Guest, Refusal, Subject};
use serde::Deserialize;

struct Policy;

export!(Policy);

impl Guest for Policy {
    fn describe() -> Description {
        Description {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            hooks: vec!["entitle".to_owned()],
        }
    }

    /// Not asked, since `describe` does not name it.
    fn shape(_: Context, documents: Vec<String>) -> Vec<Result<String, Refusal>> {
        documents.into_iter().map(Ok).collect()
    }

    fn entitle(_: Context, subjects: Vec<Subject>) -> Vec<Result<Vec<Grant>, Refusal>> {
        subjects.into_iter().map(licenses).collect()
    }
}

/// What the policy reads of a user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    user_type: Option<String>,
}

/// The licenses that this user should hold.
fn licenses(subject: Subject) -> Result<Vec<Grant>, Refusal> {
    let user: User = serde_json::from_str(&subject.user).map_err(unreadable)?;
    let mut grants = subject.proposed;
    if user.user_type.as_deref() == Some("Intern") {
        grants.retain(|grant| grant.license != "pro");
    }
    Ok(grants)
}

fn unreadable(error: serde_json::Error) -> Refusal {
    Refusal {
        code: "unreadableUser".to_owned(),
        detail: format!("the policy cannot read the user: {error}"),
    }
}
