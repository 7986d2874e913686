//! PATCH (RFC 7644 section 3.5.2): the message, then steps against a resource type, then their
//! effect on a resource.
//!
//! Our reading where the RFC is silent or hard to find:
//! - A value filter that selects nothing is `noTarget` for `add` and `replace`, and no change for
//!   `remove`: what shall go is gone already.
//! - `remove` takes no `value`. Ignoring one could clear more than was meant.
//! - `replace` with null clears, as `remove` does (RFC 7643 section 2.5), and what is not there is
//!   clear: `emails.type` of a user without e-mails.

mod apply;
mod parse;

pub use apply::apply;
pub use parse::{RawOperation, operations, steps};

use crate::scim::filter::Checked;
use crate::scim::schema::{Schema, Target};
use crate::scim::value::{Object, Value};

/// Operations in one message. Identity providers send a handful; each may cost a pass.
pub const MAX_OPERATIONS: usize = 2000;

/// Comparisons in the filters of one message: each is made with each value of an attribute.
pub const MAX_COMPARISONS: usize = 4000;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Op {
    Add,
    Remove,
    Replace,
}

impl Op {
    /// As it is spelt.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

/// One operation on one attribute, checked against a resource type.
#[derive(Clone, Debug)]
pub enum Step<'t, 'a> {
    /// On an attribute.
    Attribute {
        /// What to do.
        op: Op,
        /// The attribute, or a part of it.
        target: Target<'t>,
        /// Which of its values.
        filter: Option<Checked<'t>>,
        /// Of the attribute's type; null for `remove`, and for `replace` to clear.
        value: Value<'a>,
        /// What to make where the filter selects nothing, if that is tolerated.
        makes: Option<Object<'a>>,
    },
    /// Removes a whole extension.
    DropExtension(&'t Schema),
}

impl Step<'_, '_> {
    /// Comparisons in its filter.
    #[must_use]
    pub fn comparisons(&self) -> usize {
        match self {
            Self::Attribute {
                filter: Some(filter),
                ..
            } => filter.comparisons(),
            _ => 0,
        }
    }

    /// Whether it is about this attribute at the top level.
    #[must_use]
    pub fn is_about(&self, name: &str) -> bool {
        matches!(self, Self::Attribute { target, .. }
            if target.extension.is_none() && target.attribute.name == name)
    }
}
