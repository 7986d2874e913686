//! The store import: each question goes to the tenant's store, converted and counted.

use scimlet_store as port;
use wasmtime::Result;

use crate::bindings::store::{
    Change, Claim, EdgePage, EdgeQuery, Failure, Host, Key, Outcome, Page, Plan, Row,
};
use crate::convert::{all, optional};
use crate::state::State;

type Answer<T> = Result<Result<T, Failure>>;

impl Host for State {
    fn load(&mut self, keys: Vec<Key>) -> Answer<Vec<Option<Row>>> {
        let keys: Vec<port::Key> = all(keys);
        let answer = self.ask(|store| store.load(&keys))?;
        Ok(answer.map(optional).map_err(Failure::from))
    }

    fn holders(&mut self, claims: Vec<Claim>) -> Answer<Vec<Option<Key>>> {
        let claims: Vec<port::Claim> = all(claims);
        let answer = self.ask(|store| store.holders(&claims))?;
        Ok(answer.map(optional).map_err(Failure::from))
    }

    fn counters(&mut self, names: Vec<String>) -> Answer<Vec<u64>> {
        let answer = self.ask(|store| store.counters(&names))?;
        Ok(answer.map_err(Failure::from))
    }

    fn find(&mut self, plan: Plan) -> Answer<Page> {
        let plan = plan.into();
        let answer = self.ask(|store| store.find(&plan))?;
        Ok(answer.map(Page::from).map_err(Failure::from))
    }

    fn edges(&mut self, queries: Vec<EdgeQuery>) -> Answer<Vec<EdgePage>> {
        let queries: Vec<port::EdgeQuery> = all(queries);
        let answer = self.ask(|store| store.edges(&queries))?;
        Ok(answer.map(all).map_err(Failure::from))
    }

    fn commit(&mut self, changes: Vec<Change>) -> Answer<Outcome> {
        let changes: Vec<port::Change> = all(changes);
        let answer = self.ask(|store| store.commit(&changes))?;
        if matches!(answer, Ok(port::Outcome::Stale(_))) {
            self.wait_for_turn();
        }
        Ok(answer.map(Outcome::from).map_err(Failure::from))
    }
}
