//! From a plan's tree to SQL: conditions on a row `r`, and sources that give the ids of few rows.
//!
//! In every statement `?1` is the space and `?2` the kind. Texts are bound, never spliced.

use std::fmt::Write;

use rusqlite::types::Value;

use super::plan::{Leaf, Test, Tree};
use crate::convert::integer;

/// A statement under way: the values bound so far.
pub(super) struct Builder {
    values: Vec<Value>,
}

/// A statement with its values.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

/// How many rows a source may give, as far as its shape tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cost {
    /// Entries that equal a value.
    Equal,
    /// Entries in a range.
    Range,
    /// All entries under a path.
    Path,
}

impl Builder {
    pub(super) fn new(space: i64, kind: &str) -> Self {
        Self {
            values: vec![Value::Integer(space), Value::Text(kind.to_owned())],
        }
    }

    /// Binds a value; gives its name.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    pub(super) fn text(&mut self, text: &str) -> String {
        self.bind(text.to_owned())
    }

    pub(super) fn number(&mut self, number: u64) -> String {
        self.bind(integer(number))
    }

    pub(super) fn finish(self, sql: String) -> Statement {
        Statement {
            sql,
            values: self.values,
        }
    }

    /// Whether row `r` satisfies a tree.
    pub(super) fn condition(&mut self, tree: &Tree<'_>) -> String {
        match tree {
            Tree::Both(both) => {
                format!(
                    "({} AND {})",
                    self.condition(&both.0),
                    self.condition(&both.1)
                )
            }
            Tree::Either(either) => {
                format!(
                    "({} OR {})",
                    self.condition(&either.0),
                    self.condition(&either.1)
                )
            }
            Tree::Negate(negated) => format!("(NOT {})", self.condition(negated)),
            // The entry's whole key is known: one step down the tree, for each row. Not `EXISTS`,
            // which SQLite may turn into a join, and so lose the walk's order and its early end.
            Tree::Leaf(
                leaf @ Leaf {
                    test: Test::Equal(_),
                    ..
                },
            ) => {
                format!("({} AND id = r.id) IS NOT NULL", self.entries(leaf))
            }
            // The ids are gathered once, for all rows.
            Tree::Leaf(leaf) => format!("(r.id IN ({}))", self.entries(leaf)),
        }
    }

    /// Whether row `r` satisfies all of them: `AND ...` each.
    pub(super) fn conditions<'a>(&mut self, trees: impl Iterator<Item = &'a Tree<'a>>) -> String {
        let mut sql = String::new();
        for tree in trees {
            // Writing to a string does not fail.
            let _ = write!(sql, " AND {}", self.condition(tree));
        }
        sql
    }

    /// The ids of the rows that satisfy a tree, and perhaps others, each once: `SELECT ...`. None
    /// if there is no better way than to look at every row.
    pub(super) fn source(&mut self, tree: &Tree<'_>) -> Option<String> {
        cost(tree)?;
        match tree {
            Tree::Leaf(
                leaf @ Leaf {
                    test: Test::Any | Test::Equal(_),
                    ..
                },
            ) => Some(self.entries(leaf)),
            Tree::Leaf(leaf) => Some(self.entries(leaf).replacen(
                "SELECT id",
                "SELECT DISTINCT id",
                1,
            )),
            Tree::Either(either) => {
                let (first, second) = (self.source(&either.0)?, self.source(&either.1)?);
                Some(format!("{first} UNION {second}"))
            }
            Tree::Both(both) => match (cost(&both.0), cost(&both.1)) {
                (Some(first), Some(second)) if second < first => self.source(&both.1),
                (Some(_), _) => self.source(&both.0),
                (None, _) => self.source(&both.1),
            },
            Tree::Negate(_) => None,
        }
    }

    /// The ids of the entries that satisfy a comparison, where a row may come more than once.
    fn entries(&mut self, leaf: &Leaf<'_>) -> String {
        let path = self.text(leaf.path);
        let test = self.test(leaf.test);
        format!("SELECT id FROM entry WHERE tenant = ?1 AND kind = ?2 AND path = {path} AND {test}")
    }

    /// Whether the value of entry `r` satisfies a test.
    pub(super) fn least(&mut self, test: Test<'_>) -> String {
        format!("r.{}", self.test(test))
    }

    fn test(&mut self, test: Test<'_>) -> String {
        match test {
            Test::Any => "least = 1".to_owned(),
            Test::Equal(value) => format!("value = {}", self.text(value)),
            Test::Less(value) => format!("value < {}", self.text(value)),
            Test::AtMost(value) => format!("value <= {}", self.text(value)),
            Test::Greater(value) => format!("value > {}", self.text(value)),
            Test::AtLeast(value) => format!("value >= {}", self.text(value)),
            Test::StartsWith(prefix) => {
                let from = self.text(prefix);
                let below = successor(prefix).map(|below| self.text(&below));
                let below = below.map(|below| format!(" AND value < {below}"));
                format!("value >= {from}{}", below.unwrap_or_default())
            }
            // As blobs, because text functions count characters and stop at a NUL.
            Test::EndsWith(suffix) => {
                let length = self.number(suffix.len() as u64);
                let suffix = self.bind(suffix.as_bytes().to_vec());
                format!("substr(CAST(value AS BLOB), -{length}) = {suffix}")
            }
            Test::Contains(part) => {
                let part = self.bind(part.as_bytes().to_vec());
                format!("instr(CAST(value AS BLOB), {part}) > 0")
            }
        }
    }
}

/// What a source of a tree costs; none if there is none.
pub(super) fn cost(tree: &Tree<'_>) -> Option<Cost> {
    match tree {
        Tree::Leaf(leaf) => Some(match leaf.test {
            Test::Equal(_) => Cost::Equal,
            Test::StartsWith(_)
            | Test::Less(_)
            | Test::AtMost(_)
            | Test::Greater(_)
            | Test::AtLeast(_) => Cost::Range,
            Test::Any | Test::EndsWith(_) | Test::Contains(_) => Cost::Path,
        }),
        Tree::Either(either) => Some(cost(&either.0)?.max(cost(&either.1)?)),
        Tree::Both(both) => cost(&both.0).into_iter().chain(cost(&both.1)).min(),
        Tree::Negate(_) => None,
    }
}

/// Whether a source gives no other rows than those that satisfy the tree.
pub(super) fn exact(tree: &Tree<'_>) -> bool {
    match tree {
        Tree::Leaf(_) => true,
        Tree::Either(either) => exact(&either.0) && exact(&either.1),
        Tree::Both(_) | Tree::Negate(_) => false,
    }
}

/// The least text above every text with this prefix; none if there is none.
///
/// Byte order of UTF-8 is the order of the characters' numbers. With `c` the last character that
/// is not the highest one, a text lies in `prefix .. q(c+1)` exactly if it begins with the prefix.
fn successor(prefix: &str) -> Option<String> {
    let trimmed = prefix.trim_end_matches(char::MAX);
    let last = trimmed.chars().next_back()?;
    let kept = trimmed.strip_suffix(last)?;
    // A range of characters steps over the surrogates, which are none.
    let next = (last..=char::MAX).nth(1)?;
    Some(format!("{kept}{next}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_is_the_least_text_above_the_prefix() {
        assert_eq!(successor("ab").as_deref(), Some("ac"));
        assert_eq!(successor("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(successor("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(successor("\u{7F}").as_deref(), Some("\u{80}"));
        assert_eq!(successor("\u{10FFFF}"), None);
        assert_eq!(successor(""), None);
    }
}
