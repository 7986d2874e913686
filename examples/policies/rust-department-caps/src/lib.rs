//! A cap on `pro` for each department: who asks for `pro` gets the share of their department, a
//! license of its own whose seats are the cap.
//!
//! A policy sees one user at a time and counts nobody. It says which license; how many there are of
//! it, and who waits, is the catalog's.

wit_bindgen::generate!({ path: "wit", world: "policy" });

use exports::scimlet::policy::hooks::{Context, Description, Grant, Guest, Refusal, Subject};
use serde::Deserialize;

/// What is shared out, and what departments get that are not in the table.
const LICENSE: &str = "pro";

/// Each department, and its share.
const SHARES: [(&str, &str); 3] = [
    ("Engineering", "pro-engineering"),
    ("Sales", "pro-sales"),
    ("Support", "pro-support"),
];

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
struct User {
    #[serde(
        default,
        rename = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    )]
    enterprise: Enterprise,
}

#[derive(Default, Deserialize)]
struct Enterprise {
    department: Option<String>,
}

/// What is proposed, with the department's share in the place of `pro`.
fn licenses(subject: Subject) -> Result<Vec<Grant>, Refusal> {
    let user: User = serde_json::from_str(&subject.user).map_err(unreadable)?;
    let department = user.enterprise.department.unwrap_or_default();
    let (pro, mut grants): (Vec<_>, Vec<_>) = subject.proposed.into_iter().partition(is_pro);
    if !pro.is_empty() {
        grants.push(share(&department));
    }
    Ok(grants)
}

/// Whoever asks for another department's share asks for `pro`.
fn is_pro(grant: &Grant) -> bool {
    grant.license == LICENSE || SHARES.iter().any(|(_, share)| grant.license == *share)
}

fn share(department: &str) -> Grant {
    let known = SHARES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(department));
    match known {
        Some((name, share)) => Grant {
            license: (*share).to_owned(),
            reason: format!("the share of {name}"),
        },
        None => Grant {
            license: LICENSE.to_owned(),
            reason: "no share of the department's own".to_owned(),
        },
    }
}

fn unreadable(error: serde_json::Error) -> Refusal {
    Refusal {
        code: "unreadableUser".to_owned(),
        detail: format!("the policy cannot read the user: {error}"),
    }
}
