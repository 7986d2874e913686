//! What one answer has room for: so many rows, so many bytes of documents, and so many of the ties that
//! are shown with them. Where it is full a page ends, and a cursor goes on from there.

use super::part::Part;
use super::{MAX_TIES, PAGE_BYTES};
use crate::facts::{EdgeQuery, End, Row};
use crate::refusal::Refusal;
use crate::usecase::case::Case;
use crate::usecase::members::MEMBER;

/// What is left of an answer.
#[derive(Clone)]
pub(super) struct Room {
    rows: usize,
    bytes: usize,
    ties: u64,
}

impl Room {
    /// An answer of so many rows.
    pub(super) fn of(rows: u32) -> Self {
        Self {
            rows: rows as usize,
            bytes: PAGE_BYTES as usize,
            ties: MAX_TIES as u64,
        }
    }

    /// How many rows more there may be.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether nothing more fits.
    pub(super) fn is_full(&self) -> bool {
        self.rows == 0 || self.bytes == 0 || self.ties == 0
    }

    /// Takes a row in, unless the answer is full. The last one may be larger than what was left: else
    /// one that is larger than any answer would never be shown.
    pub(super) fn takes(&mut self, row: &Row, ties: u64) -> bool {
        if self.is_full() {
            return false;
        }
        self.rows -= 1;
        self.bytes = self.bytes.saturating_sub(row.body.len());
        self.ties = self.ties.saturating_sub(ties);
        true
    }
}

/// How many ties are shown with each of these rows: the members of a group, the groups that a user is
/// a member of.
pub(super) fn ties(case: &mut Case<'_>, rows: &[(&Part<'_>, &Row)]) -> Result<Vec<u64>, Refusal> {
    let ends: Vec<Option<End>> = rows
        .iter()
        .map(|(part, row)| shown_end(part, row))
        .collect();
    let query = |end: &End| EdgeQuery {
        relation: MEMBER.to_owned(),
        end: end.clone(),
        after: None,
        max: 0,
        want_total: true,
    };
    let queries: Vec<EdgeQuery> = ends.iter().flatten().map(query).collect();
    if queries.is_empty() {
        return Ok(vec![0; rows.len()]);
    }
    let mut pages = case.facts.edges(queries)?.into_iter();
    let mut total = |end: &Option<End>| {
        let page = end.as_ref().and_then(|_| pages.next());
        page.and_then(|page| page.total).unwrap_or_default()
    };
    Ok(ends.iter().map(&mut total).collect())
}

/// Where the ties of a row are that its projection shows.
fn shown_end(part: &Part<'_>, row: &Row) -> Option<End> {
    let shows = |name| {
        let attribute = part.kind.attribute(name);
        attribute.is_some_and(|attribute| part.projection.shows(attribute))
    };
    match part.kind.name() {
        "Group" if shows("members") => Some(End::Source(row.key.clone())),
        "User" if shows("groups") => Some(End::Target(row.key.clone())),
        _ => None,
    }
}
