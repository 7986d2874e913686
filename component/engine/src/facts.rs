//! What the engine may ask, and what it may decide to change.
//!
//! Name for name what `wit/store/store.wit` documents, in types that know nothing of WIT: the
//! shell converts. Only the questions are a trait: committing is the shell's business.

mod policy;

pub use policy::{Broken, Installed, No, Policy, Proposal, Question, Subject};

/// Names one document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// `User`, `Group`, `Entitlement`, `Catalog`.
    pub kind: String,
    /// Unique within the kind.
    pub id: String,
}

impl Key {
    /// The key of this kind and id.
    #[must_use]
    pub fn new(kind: &str, id: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            id: id.to_owned(),
        }
    }
}

/// One document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub key: Key,
    /// Counts the commits that wrote it, from 1.
    pub version: u64,
    /// JSON text.
    pub body: String,
}

/// A normalised value under which a row is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The attribute.
    pub path: String,
    /// Encoded so that byte order is the attribute's order.
    pub value: String,
}

/// One node of a plan; operands are indexes of earlier nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of store.wit and say it")]
pub enum Node {
    Present(String),
    Equal(Entry),
    StartsWith(Entry),
    EndsWith(Entry),
    Contains(Entry),
    Less(Entry),
    AtMost(Entry),
    Greater(Entry),
    AtLeast(Entry),
    Both(u32, u32),
    Either(u32, u32),
    Negate(u32),
}

/// Sort by a path's smallest value, then by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The path.
    pub path: String,
    /// Largest first.
    pub descending: bool,
}

/// A question for one page of the rows of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
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
    pub offset: u64,
    /// At most this many rows.
    pub max_rows: u32,
    /// Stop before the bodies exceed so many bytes.
    pub max_bytes: u32,
    /// Whether the total is wanted.
    pub want_total: bool,
}

/// How well a selection fits its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Just the rows asked for.
    Exact,
    /// Those, and perhaps others.
    Superset,
}

/// One page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many were selected in all.
    pub total: Option<u64>,
    /// How well they fit.
    pub selection: Selection,
}

/// A tie between two documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The relation.
    pub relation: String,
    /// Where it begins.
    pub source: Key,
    /// Where it ends.
    pub target: Key,
    /// What is kept with it.
    pub body: String,
}

/// Which ties are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All that begin here.
    Source(Key),
    /// All that end here.
    Target(Key),
    /// The one from the first to the second.
    Between(Key, Key),
}

/// A question for one page of ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeQuery {
    /// The relation.
    pub relation: String,
    /// Which ties.
    pub end: End,
    /// Continue behind this cursor.
    pub after: Option<String>,
    /// At most this many.
    pub max: u32,
    /// Whether the total is wanted.
    pub want_total: bool,
}

/// One page of ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgePage {
    /// The ties.
    pub edges: Vec<Edge>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: Option<u64>,
}

/// A value that at most one row may hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The attribute.
    pub path: String,
    /// The normalised value.
    pub value: String,
}

/// What a document must be for a commit to go ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// There is no such document.
    Absent,
    /// There is one.
    Present,
    /// There is one at this version.
    Version(u64),
}

/// A condition on a document that the commit does not write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The document.
    pub key: Key,
    /// What it must be.
    pub expect: Expectation,
}

/// Writes one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The document.
    pub key: Key,
    /// Its text.
    pub body: String,
    /// None: create. A version: replace it.
    pub replaces: Option<u64>,
    /// All of its entries.
    pub entries: Vec<Entry>,
    /// All of its claims.
    pub claims: Vec<Claim>,
}

/// Replaces what one document is found by, and leaves the document as it is: same version, same
/// body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reindex {
    /// The document.
    pub key: Key,
    /// Its version.
    pub version: u64,
    /// All of its entries.
    pub entries: Vec<Entry>,
    /// All of its claims.
    pub claims: Vec<Claim>,
}

/// Removes one document with its entries, claims and ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The document.
    pub key: Key,
    /// Its version.
    pub version: u64,
}

/// Adds to a counter within bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjust {
    /// The counter.
    pub name: String,
    /// What to add; 0 makes it a condition.
    pub delta: i64,
    /// The least that the sum may be.
    pub floor: u64,
    /// The most that the sum may be.
    pub ceiling: Option<u64>,
}

/// Something that happened, for the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What kind of thing.
    pub topic: String,
    /// To which document.
    pub subject: Key,
    /// JSON text.
    pub body: String,
}

/// One part of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of store.wit and say it")]
pub enum Change {
    Put(Put),
    Reindex(Reindex),
    Delete(Removal),
    Link(Edge),
    Unlink(Edge),
    Adjust(Adjust),
    Check(Guard),
    Emit(Event),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The store cannot be reached.
    Unavailable(String),
    /// It took too long.
    Timeout,
    /// The question is larger than the store takes.
    TooLarge(String),
    /// Anything else.
    Other(String),
}

/// The questions. Each promises what the function of the same name in `store.wit` promises.
pub trait Facts {
    /// The documents under these keys, in this order.
    ///
    /// # Errors
    /// [`Failure`], as the store gave it.
    fn load(&mut self, keys: Vec<Key>) -> Result<Vec<Option<Row>>, Failure>;

    /// Who holds these values, in this order.
    ///
    /// # Errors
    /// [`Failure`], as the store gave it.
    fn holders(&mut self, claims: Vec<Claim>) -> Result<Vec<Option<Key>>, Failure>;

    /// The counters of these names, in this order.
    ///
    /// # Errors
    /// [`Failure`], as the store gave it.
    fn counters(&mut self, names: Vec<String>) -> Result<Vec<u64>, Failure>;

    /// One page of rows.
    ///
    /// # Errors
    /// [`Failure`], as the store gave it.
    fn find(&mut self, plan: Plan) -> Result<Page, Failure>;

    /// One page of ties for each query, in this order.
    ///
    /// # Errors
    /// [`Failure`], as the store gave it.
    fn edges(&mut self, queries: Vec<EdgeQuery>) -> Result<Vec<EdgePage>, Failure>;

    /// The tenant's policy; none where there can be none.
    fn policy(&mut self) -> Option<&mut dyn Policy> {
        None
    }
}
