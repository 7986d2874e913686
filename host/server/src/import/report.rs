//! What has become of an import.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Why a row was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status; none where the row never came that far.
    status: Option<u16>,
    /// A SCIM error type (RFC 7644 section 3.12), or a word of our own.
    kind: String,
    /// For a person.
    pub(super) reason: String,
}

impl Refusal {
    /// The component refused.
    pub(super) fn said(status: u16, kind: &str, reason: String) -> Self {
        Self {
            status: Some(status),
            kind: kind.to_owned(),
            reason,
        }
    }

    /// The row cannot be read.
    pub(super) fn malformed(reason: &str) -> Self {
        Self::own("malformed", reason.to_owned())
    }

    /// Something else that is found out here.
    pub(super) fn own(kind: &str, reason: String) -> Self {
        Self {
            status: None,
            kind: kind.to_owned(),
            reason,
        }
    }

    /// Whether somebody else has a value that only one may have.
    pub(super) fn is_uniqueness(&self) -> bool {
        self.kind == "uniqueness"
    }
}

/// Rows by what has become of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) created: u64,
    pub(crate) updated: u64,
    /// They were as the row says.
    pub(crate) unchanged: u64,
    /// They were there, and were to be left alone.
    pub(crate) skipped: u64,
    pub(crate) refused: u64,
    /// Members that were brought into groups, or were in them already; and managers.
    pub(crate) ties: u64,
}

/// Rows that were refused for one kind of reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reason {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The HTTP status; null where the row never came that far.
    pub(crate) status: Option<u16>,
    pub(crate) rows: u64,
    /// The first of them.
    pub(crate) line: usize,
    /// What was said of the first of them.
    pub(crate) example: String,
}

/// The tally of an import; what is kept of it between two runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    reasons: BTreeMap<String, Reason>,
    /// Columns and attributes that were left out so far.
    pub(super) ignored: BTreeSet<String>,
}

impl Tally {
    /// One more row was refused.
    pub(super) fn refuse(&mut self, line: usize, refusal: &Refusal) {
        let Refusal {
            status,
            kind,
            reason,
        } = refusal;
        self.counts.refused += 1;
        let same = format!("{} {kind}", status.unwrap_or_default());
        let entry = self.reasons.entry(same).or_insert_with(|| Reason {
            kind: kind.clone(),
            status: *status,
            rows: 0,
            line,
            example: reason.clone(),
        });
        entry.rows += 1;
    }

    /// The most frequent first.
    pub(super) fn reasons(&self) -> Vec<Reason> {
        let mut reasons: Vec<_> = self.reasons.values().cloned().collect();
        reasons.sort_by_key(|it| (std::cmp::Reverse(it.rows), it.line));
        reasons
    }
}

/// What has become of an import.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Rows of the file.
    pub(crate) rows: u64,
    #[serde(flatten)]
    pub(crate) counts: Counts,
    /// Why rows were refused, the most frequent first.
    pub(crate) reasons: Vec<Reason>,
    /// The file of the refused rows, if there are any.
    pub(crate) refused_file: Option<String>,
    /// Columns and attributes that were left out.
    pub(crate) ignored: Vec<String>,
    /// Whether an earlier run had done a part of it.
    pub(crate) resumed: bool,
}
