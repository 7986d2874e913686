//! `find` over facts and changes.

use std::rc::Rc;

use super::merge::{Bounds, Cursor, Sheet, page};
use super::walk::{Place, entries_of};
use super::{Document, Overlay};
use crate::facts::{Change, Failure, Key, Page, Plan, Row, Selection};

/// A row on its way to a page.
#[derive(Clone)]
enum Found {
    Below(Rc<Row>),
    /// One that was written: its key, and its size.
    Here(Key, usize),
}

impl Overlay<'_> {
    /// A page of rows of a kind of which some were touched.
    pub(super) fn find_among(&mut self, plan: &Plan) -> Result<Page, Failure> {
        let counted = if plan.want_total || plan.max_rows == 0 {
            Some(self.count(plan)?)
        } else {
            None
        };
        let total = counted.map(|(total, _)| total).filter(|_| plan.want_total);
        if let (0, Some((_, selection))) = (plan.max_rows, counted) {
            return Ok(Page {
                rows: Vec::new(),
                next: None,
                total,
                selection,
            });
        }
        let (rows, next, selection) = self.cut(plan)?;
        Ok(Page {
            rows,
            next,
            total,
            selection,
        })
    }

    /// How many rows a plan selects: those below, less those that were touched, and these as they
    /// are now.
    fn count(&mut self, plan: &Plan) -> Result<(u64, Selection), Failure> {
        self.learn(&plan.kind)?;
        let below = self.below.find(Plan {
            kind: plan.kind.clone(),
            nodes: plan.nodes.clone(),
            want_total: true,
            ..Plan::default()
        })?;
        let total = below.total.unwrap_or_default();
        let Some(tables) = self.tables.get(&plan.kind) else {
            return Ok((total, below.selection));
        };
        let before = tables.before.select(&plan.nodes)?.len() as u64;
        let now = tables.now.select(&plan.nodes)?.len() as u64;
        Ok((total.saturating_sub(before) + now, below.selection))
    }

    /// Asks how the facts below find what was touched since the last time.
    fn learn(&mut self, kind: &str) -> Result<(), Failure> {
        let Some(tables) = self.tables.get_mut(kind) else {
            return Ok(());
        };
        if tables.unread.is_empty() {
            return Ok(());
        }
        let ids = std::mem::take(&mut tables.unread);
        let keys = ids.iter().map(|id| Key::new(kind, id)).collect();
        for row in self.below.load(keys)?.into_iter().flatten() {
            let entries = entries_of(&row, self.tenant);
            tables.before.insert(&row.key.id, entries);
        }
        Ok(())
    }

    fn cut(&mut self, plan: &Plan) -> Result<(Vec<Row>, Option<String>, Selection), Failure> {
        let at = Cursor::<Place>::decode(plan.after.as_deref())?;
        let bounds = Bounds {
            skip: plan.offset,
            most: plan.max_rows as usize,
            most_bytes: plan.max_bytes as usize,
        };
        let own = self.own(plan, at.behind.as_ref())?;
        let mut selection = Selection::Exact;
        let (found, next) = page(at, bounds, &own, size, |from| {
            let (sheet, fits) = self.sheet(plan, from)?;
            selection = fits;
            Ok(sheet)
        })?;
        let rows = found.into_iter().filter_map(|it| self.give(it)).collect();
        Ok((rows, next.map(|next| next.encode()), selection))
    }

    /// A page of the walk below, without those that were touched.
    fn sheet(
        &mut self,
        plan: &Plan,
        from: Option<&str>,
    ) -> Result<(Sheet<Place, Found>, Selection), Failure> {
        loop {
            let below = &mut *self.below;
            let leaf = self.walks.leaf(plan, from, self.tenant, below)?;
            let rows = leaf.rows.iter();
            let live = rows.filter(|(_, row)| !self.documents.contains_key(&row.key));
            let live: Vec<(Place, Found)> = live
                .map(|(place, row)| (place.clone(), Found::Below(Rc::clone(row))))
                .collect();
            if let Some(next) = leaf
                .next
                .as_deref()
                .filter(|_| live.is_empty() && from.is_none())
            {
                self.walks.advance(plan, next);
                continue;
            }
            let last = leaf.rows.last().map(|(place, _)| place.clone());
            let next = leaf.next.clone();
            return Ok((Sheet { live, last, next }, leaf.selection));
        }
    }

    /// What was written and is selected, in order: as many as the page can need.
    fn own(&self, plan: &Plan, behind: Option<&Place>) -> Result<Vec<(Place, Found)>, Failure> {
        let Some(tables) = self.tables.get(&plan.kind) else {
            return Ok(Vec::new());
        };
        let order = plan.order.as_ref();
        let place = |id: &str| {
            let value = order.and_then(|order| tables.now.smallest(id, &order.path));
            Place::new(order, value, id)
        };
        let ids = tables.now.select(&plan.nodes)?;
        let places = ids.into_iter().map(place);
        let mut places: Vec<Place> = places
            .filter(|place| behind.is_none_or(|behind| place > behind))
            .collect();
        places.sort_unstable();
        let needed = plan.offset.saturating_add(u64::from(plan.max_rows) + 1);
        places.truncate(usize::try_from(needed).unwrap_or(usize::MAX));
        let found = |place: Place| {
            let key = Key::new(&plan.kind, place.id());
            let size = self.size_of(&key);
            (place, Found::Here(key, size))
        };
        Ok(places.into_iter().map(found).collect())
    }

    fn size_of(&self, key: &Key) -> usize {
        match self.documents.get(key) {
            Some(Document::Written(at, _)) => match self.changes.get(*at) {
                Some(Change::Put(put)) => put.body.len(),
                _ => 0,
            },
            _ => 0,
        }
    }

    fn give(&self, found: Found) -> Option<Row> {
        match found {
            Found::Below(row) => Some(Row::clone(&row)),
            Found::Here(key, _) => self
                .documents
                .get(&key)
                .and_then(|document| self.row(&key, *document)),
        }
    }
}

fn size(found: &Found) -> usize {
    match found {
        Found::Below(row) => row.body.len(),
        Found::Here(_, size) => *size,
    }
}
