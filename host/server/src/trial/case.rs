//! A case: a question to a policy, and the answers that are expected, in JSON.

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use scimlet_runtime::{Context, Grant, Hook, Question, Subject};
use serde::Deserialize;
use serde_json::Value;

/// What the settings would say if a case does not: most licenses are asked for.
const REASON: &str = "entitlements";

/// A case, ready to be run.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) context: Context,
    pub(crate) question: Question,
    pub(crate) answers: Vec<Expected>,
}

/// An answer that is expected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expected {
    /// These licenses, in any order; a reason only where one is given.
    Grants(Vec<(String, Option<String>)>),
    /// This document, as JSON.
    Document(Value),
    /// A refusal with this code.
    Refused(String),
}

/// As it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    hook: String,
    #[serde(default)]
    context: WrittenContext,
    subjects: Option<Vec<WrittenSubject>>,
    documents: Option<Vec<Value>>,
    answers: Vec<WrittenAnswer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenContext {
    tenant: String,
    now: Moment,
    principal: String,
    operation: String,
}

impl Default for WrittenContext {
    fn default() -> Self {
        Self {
            tenant: "acme".to_owned(),
            now: Moment::Milliseconds(0),
            principal: "test".to_owned(),
            operation: "create".to_owned(),
        }
    }
}

/// `1795824000000`, or `"2026-11-28T00:00:00Z"`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Moment {
    Milliseconds(u64),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSubject {
    user: Value,
    #[serde(default)]
    proposed: Vec<WrittenGrant>,
}

/// `"pro"`, or `{"license": "pro", "reason": "default"}`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WrittenGrant {
    License(String),
    Whole {
        license: String,
        reason: Option<String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum WrittenAnswer {
    Grants(Vec<WrittenGrant>),
    Document(Value),
    Refused(String),
}

impl Case {
    /// Reads a case.
    pub(crate) fn read(name: &str, text: &str) -> anyhow::Result<Self> {
        let Written {
            hook,
            context,
            subjects,
            documents,
            answers,
        } = serde_json::from_str(text)?;
        let question = match (Hook::named(&hook), subjects, documents) {
            (Some(Hook::Entitle), Some(subjects), None) => {
                Question::Entitle(subjects.into_iter().map(subject).collect())
            }
            (Some(Hook::Shape), None, Some(documents)) => {
                Question::Shape(documents.iter().map(Value::to_string).collect())
            }
            (Some(Hook::Entitle), ..) => bail!("the hook `entitle` is asked about `subjects`"),
            (Some(Hook::Shape), ..) => bail!("the hook `shape` is asked about `documents`"),
            (None, ..) => bail!("there is no hook `{hook}`; take `shape` or `entitle`"),
        };
        let case = Self {
            name: name.to_owned(),
            context: read_context(context)?,
            question,
            answers: answers.into_iter().map(expected).collect(),
        };
        case.check()?;
        Ok(case)
    }

    /// What is asked.
    pub(crate) fn hook(&self) -> Hook {
        self.question.hook()
    }

    fn check(&self) -> anyhow::Result<()> {
        let asked = match &self.question {
            Question::Shape(documents) => documents.len(),
            Question::Entitle(subjects) => subjects.len(),
        };
        if asked != self.answers.len() {
            let answers = self.answers.len();
            bail!("it has {answers} `answers` to {asked} questions; give one for each");
        }
        let fits = |answer: &Expected| match answer {
            Expected::Grants(_) => self.hook() == Hook::Entitle,
            Expected::Document(_) => self.hook() == Hook::Shape,
            Expected::Refused(_) => true,
        };
        if !self.answers.iter().all(fits) {
            bail!(
                "`shape` answers with a `document`, `entitle` with `grants`; both with `refused`"
            );
        }
        Ok(())
    }
}

fn read_context(written: WrittenContext) -> anyhow::Result<Context> {
    let WrittenContext {
        tenant,
        now,
        principal,
        operation,
    } = written;
    let now = match now {
        Moment::Milliseconds(now) => now,
        Moment::Text(text) => milliseconds(&text).with_context(|| {
            format!("`now` is a moment as `2026-11-28T00:00:00Z`, not `{text}`")
        })?,
    };
    Ok(Context {
        tenant,
        now,
        principal,
        operation,
    })
}

fn milliseconds(text: &str) -> Option<u64> {
    let moment: Timestamp = text.parse().ok()?;
    u64::try_from(moment.as_millisecond()).ok()
}

fn subject(written: WrittenSubject) -> Subject {
    let WrittenSubject { user, proposed } = written;
    let proposed = proposed.into_iter().map(grant);
    Subject {
        user: user.to_string(),
        proposed: proposed
            .map(|(license, reason)| Grant {
                license,
                reason: reason.unwrap_or_else(|| REASON.to_owned()),
            })
            .collect(),
    }
}

fn grant(written: WrittenGrant) -> (String, Option<String>) {
    match written {
        WrittenGrant::License(license) => (license, None),
        WrittenGrant::Whole { license, reason } => (license, reason),
    }
}

fn expected(written: WrittenAnswer) -> Expected {
    match written {
        WrittenAnswer::Grants(grants) => Expected::Grants(grants.into_iter().map(grant).collect()),
        WrittenAnswer::Document(document) => Expected::Document(document),
        WrittenAnswer::Refused(code) => Expected::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        format!("{:#}", Case::read("x", text).unwrap_err())
    }

    #[test]
    fn a_case_reads_as_it_is_written() -> anyhow::Result<()> {
        let case = Case::read(
            "x",
            r#"{ "hook": "entitle", "context": { "now": "1970-01-01T00:00:01Z" },
                 "subjects": [{ "user": { "userName": "ann" }, "proposed": ["pro"] }],
                 "answers": [{ "grants": [{ "license": "pro", "reason": "because" }, "lite"] }] }"#,
        )?;
        assert_eq!(case.context.now, 1000);
        let subject = Subject {
            user: r#"{"userName":"ann"}"#.to_owned(),
            proposed: vec![Grant {
                license: "pro".to_owned(),
                reason: REASON.to_owned(),
            }],
        };
        assert_eq!(case.question, Question::Entitle(vec![subject]));
        let pro = ("pro".to_owned(), Some("because".to_owned()));
        let grants = vec![pro, ("lite".to_owned(), None)];
        assert_eq!(case.answers, [Expected::Grants(grants)]);
        Ok(())
    }

    #[test]
    fn what_is_wrong_with_a_case_is_said() {
        for (text, why) in [
            (r#"{ "hook": "dance", "answers": [] }"#, "no hook `dance`"),
            (
                r#"{ "hook": "shape", "subjects": [], "answers": [] }"#,
                "`documents`",
            ),
            (
                r#"{ "hook": "shape", "documents": [{}], "answers": [] }"#,
                "one for each",
            ),
            (
                r#"{ "hook": "shape", "documents": [{}], "answers": [{ "grants": [] }] }"#,
                "`shape` answers with",
            ),
            (
                r#"{ "hook": "shape", "documents": [], "answers": [], "x": 1 }"#,
                "`x`",
            ),
            (
                r#"{ "hook": "shape", "context": { "now": "noon" }, "documents": [], "answers": [] }"#,
                "not `noon`",
            ),
        ] {
            let said = refusal(text);
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
