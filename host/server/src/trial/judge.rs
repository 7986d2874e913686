//! Whether a policy answered as expected.

use scimlet_runtime::{Grant, PolicyFailure, Refusal, Replies, Tried};
use serde_json::{Value, json};

use super::case::Expected;

/// How a case went.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// As expected.
    Passed,
    /// Some answers are others.
    Differs(Vec<Difference>),
    /// Asked the same once more, it answered otherwise.
    Fickle,
    /// There is no answer.
    Failed {
        failure: PolicyFailure,
        cause: String,
    },
}

/// An answer that is not what was expected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// Which of the answers, from 0.
    pub(crate) index: usize,
    pub(crate) expected: Value,
    pub(crate) got: Value,
}

impl Verdict {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Differs(_) => "differs",
            Self::Fickle => "fickle",
            Self::Failed { failure, .. } => failure.as_str(),
        }
    }
}

/// Compares what was expected with what came.
pub(super) fn judge(expected: &[Expected], tried: &Tried) -> Verdict {
    let got = match &tried.replies {
        Err((failure, cause)) => {
            return Verdict::Failed {
                failure: *failure,
                cause: cause.clone(),
            };
        }
        Ok(Replies::Shape(replies)) => {
            let shown = |text: &String| document(text);
            replies.iter().map(|it| reply(it, shown)).collect()
        }
        Ok(Replies::Entitle(replies)) => {
            let grants = |grants: &Vec<Grant>| grants_of(grants);
            replies
                .iter()
                .map(|it| reply(it, grants))
                .collect::<Vec<_>>()
        }
    };
    let pairs = expected.iter().zip(&got).enumerate();
    let differences = pairs.filter(|(_, (expected, got))| !fits(expected, got));
    let differences = differences.map(|(index, (expected, got))| Difference {
        index,
        expected: written(expected),
        got: got.clone(),
    });
    let differences: Vec<_> = differences.collect();
    match differences.is_empty() {
        false => Verdict::Differs(differences),
        true if tried.is_fickle => Verdict::Fickle,
        true => Verdict::Passed,
    }
}

/// An answer as a case would have it.
fn reply<T>(reply: &Result<T, Refusal>, answer: impl Fn(&T) -> Value) -> Value {
    match reply {
        Ok(given) => answer(given),
        Err(Refusal { code, detail }) => json!({ "refused": code, "detail": detail }),
    }
}

/// What is no JSON is shown as the text that it is.
fn document(text: &str) -> Value {
    let document = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    json!({ "document": document })
}

fn grants_of(grants: &[Grant]) -> Value {
    let grant = |grant: &Grant| json!({ "license": grant.license, "reason": grant.reason });
    json!({ "grants": grants.iter().map(grant).collect::<Vec<_>>() })
}

fn fits(expected: &Expected, got: &Value) -> bool {
    match expected {
        Expected::Refused(code) => got.get("refused").and_then(Value::as_str) == Some(code),
        Expected::Document(document) => got.get("document") == Some(document),
        Expected::Grants(wanted) => {
            let got = got.get("grants").and_then(Value::as_array);
            got.is_some_and(|got| same_grants(wanted, got))
        }
    }
}

/// In any order. A license is named once, so it is enough that each has its like.
fn same_grants(wanted: &[(String, Option<String>)], got: &[Value]) -> bool {
    let text = |grant: &Value, name| grant.get(name).and_then(Value::as_str).map(str::to_owned);
    let fits = |(license, reason): &(String, Option<String>), grant: &Value| {
        text(grant, "license").as_ref() == Some(license)
            && (reason.is_none() || text(grant, "reason") == *reason)
    };
    got.len() == wanted.len()
        && wanted
            .iter()
            .all(|one| got.iter().any(|grant| fits(one, grant)))
        && got
            .iter()
            .all(|grant| wanted.iter().any(|one| fits(one, grant)))
}

fn written(expected: &Expected) -> Value {
    match expected {
        Expected::Refused(code) => json!({ "refused": code }),
        Expected::Document(document) => json!({ "document": document }),
        Expected::Grants(grants) => {
            let grant = |(license, reason): &(String, Option<String>)| match reason {
                Some(reason) => json!({ "license": license, "reason": reason }),
                None => json!(license),
            };
            json!({ "grants": grants.iter().map(grant).collect::<Vec<_>>() })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn tried(replies: Replies) -> Tried {
        Tried {
            replies: Ok(replies),
            is_fickle: false,
            took: Duration::ZERO,
            memory_bytes: 0,
            asked_bytes: 0,
            answered_bytes: 0,
            said: String::new(),
        }
    }

    fn grant(license: &str) -> Grant {
        Grant {
            license: license.to_owned(),
            reason: "because".to_owned(),
        }
    }

    #[test]
    fn grants_come_in_any_order_and_a_reason_counts_where_it_is_named() {
        let given = tried(Replies::Entitle(vec![Ok(vec![grant("a"), grant("b")])]));
        let wants = |wanted: &[(&str, Option<&str>)]| {
            let owned = |(license, reason): &(&str, Option<&str>)| {
                ((*license).to_owned(), reason.map(str::to_owned))
            };
            judge(
                &[Expected::Grants(wanted.iter().map(owned).collect())],
                &given,
            )
        };
        assert_eq!(
            wants(&[("b", None), ("a", Some("because"))]),
            Verdict::Passed
        );
        for wrong in [
            &[("b", None)][..],
            &[("a", None), ("a", None)],
            &[("a", Some("why not")), ("b", None)],
        ] {
            assert_eq!(wants(wrong).as_str(), "differs", "{wrong:?}");
        }
    }

    #[test]
    fn documents_are_the_same_if_their_json_is() {
        let given = tried(Replies::Shape(vec![
            Ok("{ \"b\": 1, \"a\": 2 }".to_owned()),
        ]));
        let same = Expected::Document(json!({ "a": 2, "b": 1 }));
        assert_eq!(judge(&[same], &given), Verdict::Passed);
        let broken = tried(Replies::Shape(vec![Ok("{".to_owned())]));
        let Verdict::Differs(differences) = judge(&[Expected::Document(json!({}))], &broken) else {
            panic!("it passed");
        };
        assert_eq!(differences[0].got, json!({ "document": "{" }));
    }
}
