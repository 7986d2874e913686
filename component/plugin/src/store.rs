//! The store that the component imports.

use scimlet_engine::facts::{
    Change, Claim, EdgePage, EdgeQuery, Facts, Failure, Key, Page, Plan, Policy, Row,
};

use crate::bindings::scimlet::store::store as wit;
use crate::convert;
use crate::settle::{Outcome, Store};

/// The imported store. Which tenant's it is, the host decides.
pub(crate) struct Imported;

impl Facts for Imported {
    fn load(&mut self, keys: Vec<Key>) -> Result<Vec<Option<Row>>, Failure> {
        let keys: Vec<_> = keys.into_iter().map(convert::key_out).collect();
        let rows = wit::load(&keys).map_err(convert::failure)?;
        Ok(rows.into_iter().map(|row| row.map(convert::row)).collect())
    }

    fn holders(&mut self, claims: Vec<Claim>) -> Result<Vec<Option<Key>>, Failure> {
        let claims: Vec<_> = claims.into_iter().map(convert::claim_out).collect();
        let keys = wit::holders(&claims).map_err(convert::failure)?;
        Ok(keys.into_iter().map(|key| key.map(convert::key)).collect())
    }

    fn counters(&mut self, names: Vec<String>) -> Result<Vec<u64>, Failure> {
        wit::counters(&names).map_err(convert::failure)
    }

    fn find(&mut self, plan: Plan) -> Result<Page, Failure> {
        wit::find(&convert::plan_out(plan))
            .map(convert::page)
            .map_err(convert::failure)
    }

    fn edges(&mut self, queries: Vec<EdgeQuery>) -> Result<Vec<EdgePage>, Failure> {
        let queries: Vec<_> = queries.into_iter().map(convert::edge_query_out).collect();
        let pages = wit::edges(&queries).map_err(convert::failure)?;
        Ok(pages.into_iter().map(convert::edge_page).collect())
    }

    fn policy(&mut self) -> Option<&mut dyn Policy> {
        Some(self)
    }
}

impl Store for Imported {
    fn commit(&mut self, changes: Vec<Change>) -> Result<Outcome, Failure> {
        let changes: Vec<_> = changes.into_iter().map(convert::change_out).collect();
        match wit::commit(&changes).map_err(convert::failure)? {
            wit::Outcome::Applied => Ok(Outcome::Applied),
            wit::Outcome::Stale(_) => Ok(Outcome::Stale),
        }
    }
}
