//! Filters (RFC 7644 section 3.4.2.2): text, then [`Filter`], then [`Checked`] against a
//! resource type, which is evaluated and translated to a plan of the store.
//!
//! Our reading where the RFC is silent:
//! - `a ne b` is `not (a eq b)`: true where `a` is absent, and for an attribute of many values
//!   only if none of them equals `b`.
//! - `a eq null` is `not (a pr)`.
//! - A dateTime without a zone is UTC.

mod check;
mod eval;
mod parse;
mod plan;

pub use check::{Checked, Comparand, Operand};
pub(crate) use check::{check_element, fold, number, type_name};
pub(crate) use eval::values;
pub use parse::{MAX_DEPTH, MAX_NODES, PathText};
pub use plan::{Pushdown, push_down};

use std::borrow::Cow;
use std::fmt;

use crate::refusal::Refusal;
use crate::scim::schema::ResourceType;

/// A filter that follows the grammar. Its paths are text: nothing is known of them yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter<'a> {
    /// All of them.
    And(Vec<Filter<'a>>),
    /// One of them at least.
    Or(Vec<Filter<'a>>),
    /// Not this one.
    Not(Box<Filter<'a>>),
    /// `path pr`
    Present(&'a str),
    /// `path op value`
    Compare(&'a str, Operator, Literal<'a>),
    /// `path[filter]`
    ValuePath(&'a str, Box<Filter<'a>>),
    /// `path[filter].part op value`, the comparison last: not in the grammar, see
    /// [`Tolerance::ValuePathParts`](crate::scim::tolerance::Tolerance::ValuePathParts).
    ValuePathPart(&'a str, Box<Filter<'a>>, Box<Filter<'a>>),
}

/// The comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Operator {
    /// All of them, as they are spelt.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Eq, "eq"),
        (Self::Ne, "ne"),
        (Self::Co, "co"),
        (Self::Sw, "sw"),
        (Self::Ew, "ew"),
        (Self::Gt, "gt"),
        (Self::Ge, "ge"),
        (Self::Lt, "lt"),
        (Self::Le, "le"),
    ];

    /// As it is spelt.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(operator, _)| *operator == self)
            .map_or("", |(_, word)| word)
    }

    /// The operator of that spelling, whatever its case (RFC 7644 section 3.4.2.2).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let spelt = |(_, name): &&(Self, &str)| name.eq_ignore_ascii_case(word);
        Self::ALL.iter().find(spelt).map(|(operator, _)| *operator)
    }
}

/// A value in a filter.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are JSON's")]
pub enum Literal<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Decimal(f64),
    Text(Cow<'a, str>),
    /// A word without quotes, or text in single ones: not in the grammar, see
    /// [`Tolerance::UnquotedFilterValues`](crate::scim::tolerance::Tolerance::UnquotedFilterValues).
    Bare(&'a str),
}

impl<'a> Filter<'a> {
    /// Reads a filter.
    ///
    /// # Errors
    /// `invalidFilter`, with the place, for text that does not follow the grammar or is larger
    /// than [`MAX_NODES`] or deeper than [`MAX_DEPTH`].
    pub fn parse(text: &'a str) -> Result<Self, Refusal> {
        parse::filter(text)
    }

    /// Checks it against a resource type.
    ///
    /// # Errors
    /// `invalidFilter` for a path that names nothing, and for a comparison that the attribute's
    /// type does not allow.
    pub fn check<'t>(&self, kind: &'t ResourceType) -> Result<Checked<'t>, Refusal> {
        check::check(self, &check::Scope::Type(kind), kind.tolerances)
    }
}

impl Filter<'_> {
    /// Checks it against one of several resource types: an attribute that this type does not have
    /// has no value (RFC 7644 section 3.4.2.1).
    ///
    /// # Errors
    /// `invalidFilter` for a comparison that an attribute's type does not allow.
    pub fn check_among_others<'t>(&self, kind: &'t ResourceType) -> Result<Checked<'t>, Refusal> {
        check::check(self, &check::Scope::OneOfSeveral(kind), kind.tolerances)
    }
}

impl fmt::Display for Filter<'_> {
    /// Prints what parses to the same filter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " and ", |part| {
                matches!(part, Filter::And(_) | Filter::Or(_))
            }),
            // `and` binds more tightly. No parentheses that were not there: they count as depth.
            Self::Or(parts) => joined(f, parts, " or ", |part| matches!(part, Filter::Or(_))),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(path, operator, literal) => {
                write!(f, "{path} {} {literal}", operator.word())
            }
            Self::ValuePath(path, inner) => write!(f, "{path}[{inner}]"),
            Self::ValuePathPart(path, inner, part) => write!(f, "{path}[{inner}].{part}"),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Filter<'_>],
    word: &str,
    needs_parentheses: fn(&Filter<'_>) -> bool,
) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        if needs_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(value) => f.write_str(&serde_json::to_string(value).unwrap_or_default()),
            Self::Text(text) => f.write_str(&serde_json::to_string(text).unwrap_or_default()),
            Self::Bare(text) => write!(f, "'{text}'"),
        }
    }
}
