//! The engine run natively over any store of the port: the other twin.
//!
//! The same shell that the component is made of ([`scimlet_plugin::settle`]), with no wasm around
//! it. What it answers must be what the component answers, and how long it takes is what the
//! component's boundary is measured against.

mod ask;
mod write;

use std::sync::{Arc, Mutex, PoisonError};

use scimlet_engine::facts as own;
use scimlet_engine::{self as engine, Problem, Tenant};
use scimlet_plugin::settle;
use scimlet_runtime::{Header, Principal, Progress, Request, Response};
use scimlet_store as port;
use scimlet_store::Store;

/// A tenant opened in the native engine, with its data.
pub struct Native {
    tenant: Tenant,
    store: Arc<dyn Store>,
    policy: Option<Ruler>,
}

/// Whoever answers as the tenant's policy.
pub type Ruler = Arc<Mutex<dyn own::Policy + Send>>;

impl Native {
    /// Opens a tenant with these settings (JSON).
    pub fn open(settings: &str, store: Arc<dyn Store>) -> Result<Self, Vec<Problem>> {
        let tenant = Tenant::open(settings)?;
        Ok(Self {
            tenant,
            store,
            policy: None,
        })
    }

    /// The same tenant with a policy.
    #[must_use]
    pub fn ruled(self, policy: Ruler) -> Self {
        Self {
            policy: Some(policy),
            ..self
        }
    }

    /// Answers a request as the component's `handle` does.
    pub fn handle(&self, request: Request) -> Response {
        let settled = settle::handle(&self.tenant, &question(request), &mut self.asker());
        answer(settled.response)
    }

    /// Answers a request as the component's `preview` does; changes nothing.
    pub fn preview(&self, request: Request) -> Response {
        let settled = settle::preview(&self.tenant, &question(request), &mut self.asker());
        answer(settled.response)
    }

    /// Makes one step of reindexing as the component does.
    pub fn reindex(&self, after: Option<&str>, budget: u32) -> Result<Progress, String> {
        let progress = settle::reindex(&self.tenant, after, budget, &mut self.asker())?;
        let settle::Progress { rows, total, next } = progress;
        Ok(Progress { rows, total, next })
    }

    /// Makes one step of what is due as the component does.
    pub fn sweep(&self, now: u64, seed: (u64, u64)) -> Result<Option<u64>, String> {
        settle::sweep(&self.tenant, now, seed, &mut self.asker())
    }

    /// What is wrong with the settings in the light of the data.
    pub fn check(&self) -> Vec<Problem> {
        self.tenant.check(&mut self.asker())
    }

    fn asker(&self) -> Asker<'_> {
        Asker(self.store.as_ref(), self.policy.clone())
    }
}

/// One request's view of the store, and of the policy.
struct Asker<'a>(&'a dyn Store, Option<Ruler>);

impl own::Facts for Asker<'_> {
    fn load(&mut self, keys: Vec<own::Key>) -> Result<Vec<Option<own::Row>>, own::Failure> {
        let keys: Vec<_> = keys.into_iter().map(ask::key_out).collect();
        let rows = self.0.load(&keys).map_err(ask::failure)?;
        Ok(rows.into_iter().map(|row| row.map(ask::row)).collect())
    }

    fn holders(&mut self, claims: Vec<own::Claim>) -> Result<Vec<Option<own::Key>>, own::Failure> {
        let claims: Vec<_> = claims.into_iter().map(ask::claim_out).collect();
        let holders = self.0.holders(&claims).map_err(ask::failure)?;
        Ok(holders.into_iter().map(|key| key.map(ask::key)).collect())
    }

    fn counters(&mut self, names: Vec<String>) -> Result<Vec<u64>, own::Failure> {
        self.0.counters(&names).map_err(ask::failure)
    }

    fn find(&mut self, plan: own::Plan) -> Result<own::Page, own::Failure> {
        let page = self.0.find(&ask::plan_out(plan)).map_err(ask::failure)?;
        Ok(ask::page(page))
    }

    fn edges(&mut self, queries: Vec<own::EdgeQuery>) -> Result<Vec<own::EdgePage>, own::Failure> {
        let queries: Vec<_> = queries.into_iter().map(ask::edge_query_out).collect();
        let pages = self.0.edges(&queries).map_err(ask::failure)?;
        Ok(pages.into_iter().map(ask::edge_page).collect())
    }

    fn policy(&mut self) -> Option<&mut dyn own::Policy> {
        self.1.is_some().then_some(self)
    }
}

/// Asks whoever rules; as the host does it, nobody where nothing is installed.
impl own::Policy for Asker<'_> {
    fn describe(&mut self) -> Option<own::Installed> {
        let ruler = self.1.as_ref()?;
        ruler
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .describe()
    }

    fn shape(
        &mut self,
        question: &own::Question,
        documents: Vec<String>,
    ) -> Result<Vec<Result<String, own::No>>, own::Broken> {
        let ruler = self.1.as_ref().ok_or(own::Broken::Unavailable)?;
        let mut ruler = ruler.lock().unwrap_or_else(PoisonError::into_inner);
        ruler.shape(question, documents)
    }

    fn entitle(
        &mut self,
        question: &own::Question,
        subjects: Vec<own::Subject>,
    ) -> Result<Vec<Result<Vec<own::Proposal>, own::No>>, own::Broken> {
        let ruler = self.1.as_ref().ok_or(own::Broken::Unavailable)?;
        let mut ruler = ruler.lock().unwrap_or_else(PoisonError::into_inner);
        ruler.entitle(question, subjects)
    }
}

impl settle::Store for Asker<'_> {
    fn commit(&mut self, changes: Vec<own::Change>) -> Result<settle::Outcome, own::Failure> {
        let changes: Vec<_> = changes.into_iter().map(write::change_out).collect();
        match self.0.commit(&changes).map_err(ask::failure)? {
            port::Outcome::Applied => Ok(settle::Outcome::Applied),
            port::Outcome::Stale(_) => Ok(settle::Outcome::Stale),
        }
    }
}

fn question(from: Request) -> engine::Request {
    let Request {
        method,
        path,
        query,
        headers,
        body,
        principal,
        now,
        seed,
        base_url,
    } = from;
    let Principal { id, scopes } = principal;
    let header = |Header { name, value }| engine::Header { name, value };
    engine::Request {
        method,
        path,
        query,
        headers: headers.into_iter().map(header).collect(),
        body,
        principal: engine::Principal { id, scopes },
        now,
        seed,
        base_url,
    }
}

fn answer(from: engine::Response) -> Response {
    let engine::Response {
        status,
        headers,
        body,
    } = from;
    let header = |engine::Header { name, value }| Header { name, value };
    Response {
        status,
        headers: headers.into_iter().map(header).collect(),
        body,
    }
}
