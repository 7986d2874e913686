//! A queue as it stands in the store.

use std::collections::VecDeque;

use super::super::{State, queue_path};
use crate::facts::{Facts, Node, Order, Plan, Row};
use crate::refusal::Refusal;

/// Rows that are asked for at first: mostly one seat is free, and one user moves up.
const FIRST_PAGE: u32 = 4;

/// How much longer each page is than the one before, and where that ends.
const GROWTH: u32 = 5;
const LONGEST_PAGE: u32 = 100;

/// Bytes of such a page.
const QUEUE_BYTES: u32 = 1 << 20;

/// A walk along the users in one state, page by page.
pub(super) struct Queue {
    path: String,
    backwards: bool,
    rows: VecDeque<Row>,
    after: Option<String>,
    length: u32,
    done: bool,
}

impl Queue {
    pub(super) fn new(state: State, sku: &str) -> Self {
        Self {
            path: queue_path(state, sku),
            backwards: false,
            rows: VecDeque::new(),
            after: None,
            length: FIRST_PAGE,
            done: false,
        }
    }

    /// From the end: who comes last is first.
    pub(super) fn backwards(state: State, sku: &str) -> Self {
        Self {
            backwards: true,
            ..Self::new(state, sku)
        }
    }

    /// The next one, who stays where they are.
    pub(super) fn peek(&mut self, facts: &mut dyn Facts) -> Result<Option<&Row>, Refusal> {
        self.fill(facts)?;
        Ok(self.rows.front())
    }

    /// Goes on behind the next one.
    pub(super) fn pop(&mut self) {
        self.rows.pop_front();
    }

    /// The next one.
    pub(super) fn next(&mut self, facts: &mut dyn Facts) -> Result<Option<Row>, Refusal> {
        self.fill(facts)?;
        Ok(self.rows.pop_front())
    }

    fn fill(&mut self, facts: &mut dyn Facts) -> Result<(), Refusal> {
        if self.rows.is_empty() && !self.done {
            let page = facts.find(Plan {
                kind: "User".to_owned(),
                nodes: vec![Node::Present(self.path.clone())],
                order: Some(Order {
                    path: self.path.clone(),
                    descending: self.backwards,
                }),
                after: self.after.take(),
                offset: 0,
                max_rows: self.length,
                max_bytes: QUEUE_BYTES,
                want_total: false,
            })?;
            self.length = (self.length * GROWTH).min(LONGEST_PAGE);
            self.done = page.next.is_none();
            self.after = page.next;
            self.rows = page.rows.into();
        }
        Ok(())
    }
}
