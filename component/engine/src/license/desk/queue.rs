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
    pub(super) sku: String,
    rows: VecDeque<Row>,
    after: Option<String>,
    length: u32,
    done: bool,
}

impl Queue {
    pub(super) fn new(state: State, sku: &str) -> Self {
        let path = queue_path(state, sku);
        Self {
            path,
            sku: sku.to_owned(),
            rows: VecDeque::new(),
            after: None,
            length: FIRST_PAGE,
            done: false,
        }
    }

    pub(super) fn next(&mut self, facts: &mut dyn Facts) -> Result<Option<Row>, Refusal> {
        if self.rows.is_empty() && !self.done {
            let page = facts.find(Plan {
                kind: "User".to_owned(),
                nodes: vec![Node::Present(self.path.clone())],
                order: Some(Order {
                    path: self.path.clone(),
                    descending: false,
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
        Ok(self.rows.pop_front())
    }
}
