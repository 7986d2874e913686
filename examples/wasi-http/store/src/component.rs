//! What the component exports: the store, the tenants, and no policy.

use std::cell::RefCell;
use std::path::Path;

use scimlet_store as port;

use crate::bindings::exports::scimlet::scim::policy as no_policy;
use crate::bindings::exports::scimlet::wasi_http::platform;
use crate::bindings::store::{
    self as wit, Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Row,
};
use crate::convert::{all, optional};
use crate::log::Log;

/// Where the folder is seen.
const DATA: &str = "/data";

thread_local! {
    /// The tenant whose data this instance keeps.
    static BOUND: RefCell<Option<Log>> = const { RefCell::new(None) };
}

struct Files;

crate::bindings::export!(Files with_types_in crate::bindings);

/// Does something with the bound tenant's log.
fn with<T>(work: impl FnOnce(&mut Log) -> Result<T, port::Failure>) -> Result<T, port::Failure> {
    BOUND.with_borrow_mut(|bound| match bound {
        Some(log) => work(log),
        None => Err(port::Failure::Other("no tenant is bound".to_owned())),
    })
}

impl platform::Guest for Files {
    fn bind(tenant: String) -> Result<(), String> {
        let log = Log::open(Path::new(DATA), &tenant).map_err(|why| why.to_string())?;
        BOUND.set(Some(log));
        Ok(())
    }

    fn settings() -> Result<Option<String>, String> {
        with(|log| log.settings()).map_err(|why| why.to_string())
    }

    fn save(settings: String) -> Result<(), String> {
        with(|log| log.save(&settings)).map_err(|why| why.to_string())
    }
}

impl wit::Guest for Files {
    fn load(keys: Vec<Key>) -> Result<Vec<Option<Row>>, Failure> {
        let keys: Vec<port::Key> = all(keys);
        Ok(with(|log| log.state().load(&keys)).map(optional)?)
    }

    fn holders(claims: Vec<Claim>) -> Result<Vec<Option<Key>>, Failure> {
        let claims: Vec<port::Claim> = all(claims);
        Ok(with(|log| log.state().holders(&claims)).map(optional)?)
    }

    fn counters(names: Vec<String>) -> Result<Vec<u64>, Failure> {
        Ok(with(|log| log.state().counters(&names))?)
    }

    fn find(plan: Plan) -> Result<Page, Failure> {
        let plan = plan.into();
        Ok(with(|log| log.state().find(&plan)).map(Page::from)?)
    }

    fn edges(queries: Vec<EdgeQuery>) -> Result<Vec<EdgePage>, Failure> {
        let queries: Vec<port::EdgeQuery> = all(queries);
        Ok(with(|log| log.state().edges(&queries)).map(all)?)
    }

    fn commit(changes: Vec<Change>) -> Result<Outcome, Failure> {
        let changes: Vec<port::Change> = all(changes);
        Ok(with(|log| log.commit(&changes)).map(Outcome::from)?)
    }
}

/// A platform whose tenants bring no policies of their own.
impl no_policy::Guest for Files {
    fn describe() -> Option<no_policy::Installed> {
        None
    }

    fn shape(
        _: no_policy::Question,
        _: Vec<String>,
    ) -> Result<Vec<Result<String, no_policy::Refusal>>, no_policy::Failure> {
        Err(no_policy::Failure::Unavailable)
    }

    fn entitle(
        _: no_policy::Question,
        _: Vec<no_policy::Subject>,
    ) -> Result<Vec<Result<Vec<no_policy::Grant>, no_policy::Refusal>>, no_policy::Failure> {
        Err(no_policy::Failure::Unavailable)
    }
}
