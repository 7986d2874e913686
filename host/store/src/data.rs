//! Plain data of the port, name for name what `wit/store/store.wit` documents.
//!
//! As JSON (serde) it has the shape that JavaScript bindings of the same WIT have: names in lower
//! camel case, variants as `{"tag": "put", "val": {…}}`, none as `null`. Numbers of 64 bits are
//! strings, since JSON's numbers end at 53 bits in many languages; numbers are read all the same.

use serde::{Deserialize, Serialize};

use crate::decimal;

/// Names one document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// `User`, `Group`, `Entitlement`, `Catalog` ...
    pub kind: String,
    /// Unique within the kind.
    pub id: String,
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its name.
    pub key: Key,
    /// Counts the commits that wrote it, from 1.
    #[serde(with = "decimal")]
    pub version: u64,
    /// Text that the engine owns.
    pub body: String,
}

/// A value under which a row is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The attribute's path, as the engine spells it.
    pub path: String,
    /// The normalised value; byte order is the attribute's order.
    pub value: String,
}

/// One node of a plan; operands are indexes of earlier nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Node {
    /// The row has an entry under this path.
    Present(String),
    /// An entry equals this one.
    Equal(Entry),
    /// An entry's value starts with this one.
    StartsWith(Entry),
    /// An entry's value ends with this one.
    EndsWith(Entry),
    /// An entry's value contains this one.
    Contains(Entry),
    /// An entry's value is less.
    Less(Entry),
    /// An entry's value is less or equal.
    AtMost(Entry),
    /// An entry's value is greater.
    Greater(Entry),
    /// An entry's value is greater or equal.
    AtLeast(Entry),
    /// Both operands hold.
    Both(u32, u32),
    /// One operand holds, or both.
    Either(u32, u32),
    /// The operand does not hold.
    Negate(u32),
}

/// Sort by the smallest value under a path, then by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The path.
    pub path: String,
    /// Largest first; rows without a value come first.
    pub descending: bool,
}

/// A question for one page of the rows of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The kind.
    pub kind: String,
    /// The last node is the root; none: every row.
    pub nodes: Vec<Node>,
    /// None: by id.
    pub order: Option<Order>,
    /// Continue behind this cursor.
    pub after: Option<String>,
    /// Skip this many rows.
    #[serde(with = "decimal")]
    pub offset: u64,
    /// At most this many rows; 0 asks for the total alone.
    pub max_rows: u32,
    /// Stop before the bodies exceed so many bytes, but give one row at least.
    pub max_bytes: u32,
    /// Whether the total is wanted.
    pub want_total: bool,
}

/// How well a selection fits the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// Just the rows that the plan asks for.
    Exact,
    /// Those, and perhaps others.
    Superset,
}

/// One page of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// How many rows were selected in all pages, if asked for.
    #[serde(with = "decimal::maybe", default)]
    pub total: Option<u64>,
    /// How well they fit.
    pub selection: Selection,
}

/// A tie between two documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// The relation: `member` ...
    pub relation: String,
    /// Where it begins.
    pub source: Key,
    /// Where it ends.
    pub target: Key,
    /// What the engine keeps with it.
    pub body: String,
}

/// Which ties are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum End {
    /// All that begin here.
    Source(Key),
    /// All that end here.
    Target(Key),
    /// The one from the first to the second.
    Between(Key, Key),
}

/// A question for one page of ties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EdgeQuery {
    /// The relation.
    pub relation: String,
    /// Which ties.
    pub end: End,
    /// Continue behind this cursor.
    pub after: Option<String>,
    /// At most this many; 0 asks for the total alone.
    pub max: u32,
    /// Whether the total is wanted.
    pub want_total: bool,
}

/// One page of ties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EdgePage {
    /// The ties, in byte order of the other end.
    pub edges: Vec<Edge>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// How many there are in all, if asked for.
    #[serde(with = "decimal::maybe", default)]
    pub total: Option<u64>,
}

/// A value that at most one row of the tenant may hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The attribute's path.
    pub path: String,
    /// The normalised value.
    pub value: String,
}

/// What a document must be for a commit to go ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Expectation {
    /// There is no such document.
    Absent,
    /// There is one.
    Present,
    /// There is one at this version.
    Version(#[serde(with = "decimal")] u64),
}

/// A condition on a document that the commit does not write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guard {
    /// The document.
    pub key: Key,
    /// What it must be.
    pub expect: Expectation,
}

/// Writes one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Put {
    /// The document.
    pub key: Key,
    /// Its text.
    pub body: String,
    /// None: create. A version: replace it. The version written is one higher, from 1.
    #[serde(with = "decimal::maybe", default)]
    pub replaces: Option<u64>,
    /// All of its index entries.
    pub entries: Vec<Entry>,
    /// All of its claims.
    pub claims: Vec<Claim>,
}

/// Replaces what one document is found by, and leaves the document as it is: same version, same
/// body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reindex {
    /// The document.
    pub key: Key,
    /// Its version.
    #[serde(with = "decimal")]
    pub version: u64,
    /// All of its entries.
    pub entries: Vec<Entry>,
    /// All of its claims.
    pub claims: Vec<Claim>,
}

/// Removes one document with its entries, claims and ties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// The document.
    pub key: Key,
    /// Its version.
    #[serde(with = "decimal")]
    pub version: u64,
}

/// Adds to a counter; stale if the sum would lie outside `floor ..= ceiling`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Adjust {
    /// The counter.
    pub name: String,
    /// What to add; 0 makes it a condition.
    #[serde(with = "decimal")]
    pub delta: i64,
    /// The least that the sum may be.
    #[serde(with = "decimal")]
    pub floor: u64,
    /// The most that the sum may be; none: 2^63-1.
    #[serde(with = "decimal::maybe", default)]
    pub ceiling: Option<u64>,
}

/// Something that happened, for the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What kind of thing.
    pub topic: String,
    /// To which document.
    pub subject: Key,
    /// Text that the engine wrote.
    pub body: String,
}

/// An event with its place in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Posted {
    /// Rises from 1; never reused.
    #[serde(with = "decimal")]
    pub position: u64,
    /// The event.
    pub event: Event,
}

/// One part of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Change {
    /// Writes a document.
    Put(Put),
    /// Replaces what a document is found by.
    Reindex(Reindex),
    /// Removes a document.
    Delete(Removal),
    /// Makes a tie, or replaces its body.
    Link(Edge),
    /// Removes a tie if there is one.
    Unlink(Edge),
    /// Adds to a counter.
    Adjust(Adjust),
    /// States a condition.
    Check(Guard),
    /// Writes to the outbox.
    Emit(Event),
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Outcome {
    /// All changes are made and durable.
    Applied,
    /// None is: the facts behind the changes at these indexes are no longer true.
    Stale(Vec<u32>),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Failure {
    /// The store cannot be reached or is shutting down.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// It took longer than the store allows.
    #[error("the store took too long")]
    Timeout,
    /// The question or the commit is larger than the store takes.
    #[error("too large for the store: {0}")]
    TooLarge(String),
    /// Anything else.
    #[error("the store failed: {0}")]
    Other(String),
}
