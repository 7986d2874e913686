//! One request while it is decided.

use std::cell::OnceCell;
use std::rc::Rc;

use super::document::new_id;
use super::tell::Txn;
use crate::facts::{Change, Expectation, Facts, Guard, Installed, Key, Policy, Row};
use crate::license::{Catalog, Moment};
use crate::message::Request;
use crate::refusal::Refusal;
use crate::scim::dialect;
use crate::scim::index;
use crate::scim::project::Projection;
use crate::scim::query::{Query, encode};
use crate::scim::schema::{Registry, ResourceType};
use crate::scim::time;
use crate::scim::tolerance::Tolerance;
use crate::scim::value::{Object, Value};
use crate::tenant::Tenant;

/// One request: what it is about, who may be asked, and what time it is.
pub(super) struct Case<'r> {
    pub(super) tenant: &'r Tenant,
    pub(super) request: &'r Request,
    pub(super) facts: &'r mut dyn Facts,
    pub(super) query: Query,
    /// What is to be done: the request's method, unless its header overrides it.
    pub(super) method: &'r str,
    /// Which operation of a bulk this is.
    step: Option<u16>,
    /// The version of the index's state that a plan has relied on.
    pub(super) index_version: Option<u64>,
    /// The tenant's policy, once it was asked for; the inner none: there is none.
    installed: OnceCell<Option<Installed>>,
    /// Groups that were looked at to tell who is in which: conditions of the commit.
    pub(super) rests_on: Vec<Change>,
    /// Whether it is the platform that speaks of an account of its own.
    pub(super) is_platform: bool,
    /// The resource that the request is about, as it was read.
    pub(super) known: Option<Row>,
    /// Which request it is for those who are told of it, if it is a part of another one.
    txn: Option<Txn>,
    /// The id that a new resource gets, if it was promised before.
    promised: Option<String>,
    licenses: Licenses,
}

/// How far a request has come in learning the licenses.
enum Licenses {
    Unknown,
    /// Their row came with another one.
    Loaded(Option<Row>),
    Read(Rc<Catalog>),
}

/// A case without facts: for one over others.
pub(super) struct Likeness<'r> {
    tenant: &'r Tenant,
    request: &'r Request,
    query: Query,
    method: &'r str,
    step: Option<u16>,
    promised: Option<String>,
    installed: OnceCell<Option<Installed>>,
}

impl<'r> Likeness<'r> {
    /// One about another request of the same kind.
    pub(super) fn about<'s>(self, request: &'s Request) -> Likeness<'s>
    where
        'r: 's,
    {
        Likeness { request, ..self }
    }

    /// The same case over these facts.
    pub(super) fn over<'f>(self, facts: &'f mut dyn Facts) -> Case<'f>
    where
        'r: 'f,
    {
        let Self {
            tenant,
            request,
            query,
            method,
            step,
            promised,
            installed,
        } = self;
        Case {
            tenant,
            request,
            facts,
            query,
            method,
            step,
            installed,
            index_version: None,
            rests_on: Vec::new(),
            is_platform: false,
            known: None,
            txn: None,
            promised,
            licenses: Licenses::Unknown,
        }
    }
}

impl<'r> Case<'r> {
    pub(super) fn new(
        tenant: &'r Tenant,
        request: &'r Request,
        facts: &'r mut dyn Facts,
    ) -> Result<Self, Refusal> {
        let query = Query::parse(request.query.as_deref())?;
        Ok(Self {
            tenant,
            request,
            facts,
            query,
            method: method(tenant, request)?,
            step: None,
            installed: OnceCell::new(),
            index_version: None,
            rests_on: Vec::new(),
            is_platform: false,
            known: None,
            txn: None,
            promised: None,
            licenses: Licenses::Unknown,
        })
    }

    /// All of it but the facts.
    pub(super) fn likeness(&self) -> Likeness<'r> {
        Likeness {
            tenant: self.tenant,
            request: self.request,
            query: self.query.clone(),
            method: self.method,
            step: self.step,
            promised: self.promised.clone(),
            installed: self.installed.clone(),
        }
    }

    /// The same as one operation of a bulk: those who come to wait by it stand in the line in the
    /// order of the operations.
    pub(super) fn at_step(self, step: u16) -> Self {
        Self {
            step: Some(step),
            ..self
        }
    }

    /// The same as a part of another request.
    pub(super) fn told_as(self, txn: Txn) -> Self {
        Self {
            txn: Some(txn),
            ..self
        }
    }

    /// The same with the id that a new resource gets.
    pub(super) fn promising(self, id: String) -> Self {
        Self {
            promised: Some(id),
            ..self
        }
    }

    /// The id of a new resource.
    pub(super) fn new_id(&self) -> String {
        let made = || new_id(self.request.now, self.request.seed);
        self.promised.clone().unwrap_or_else(made)
    }

    /// Which request it is, for those who are told of it. Made of its moment and of the half of the seed
    /// that all operations of a bulk share; the ids of resources have the other bits.
    pub(super) fn txn(&self) -> Txn {
        self.txn.clone().unwrap_or_else(|| {
            let id = new_id(self.request.now, (u64::MAX, !self.request.seed.1));
            let stem = id.clone();
            Txn { id, stem }
        })
    }

    /// The same as the platform's word about an account of its own.
    pub(super) fn of_platform(self) -> Self {
        Self {
            is_platform: true,
            ..self
        }
    }

    /// The moment of the request, as SCIM writes it.
    pub(super) fn now(&self) -> String {
        match self.step {
            Some(step) => time::stamp_step(self.request.now, step),
            None => time::stamp(self.request.now),
        }
    }

    /// The moment of the request, for the desk.
    pub(super) fn moment(&self) -> Moment {
        Moment {
            at: self.request.now,
            now: self.now(),
            id: new_id(self.request.now, self.request.seed),
        }
    }

    /// The tenant's policy, if one is installed.
    pub(super) fn installed(&mut self) -> Option<&Installed> {
        let facts = &mut self.facts;
        let describe = || facts.policy().and_then(Policy::describe);
        self.installed.get_or_init(describe).as_ref()
    }

    /// The schemas and resource types as this caller sees them.
    pub(super) fn registry(&self) -> &'r Registry {
        let may_write = self.request.principal.may_administer();
        let shown = self.tenant.shown.as_ref().filter(|_| !may_write);
        shown.unwrap_or(&self.tenant.registry)
    }

    /// The type as this caller sees it, if that is not as it is.
    pub(super) fn shape(&self, kind: &ResourceType) -> Option<&'r ResourceType> {
        let shape = self.registry().by_name(kind.name());
        shape.filter(|shape| dialect::is_reshaped(shape))
    }

    /// What the answer shows.
    pub(super) fn projection(&self, kind: &ResourceType) -> Result<Projection, Refusal> {
        Projection::parse(
            self.shape(kind).unwrap_or(kind),
            self.query.attributes.as_deref(),
            self.query.excluded.as_deref(),
        )
    }

    /// The JSON that was sent.
    pub(super) fn body(&self) -> Result<Value<'r>, Refusal> {
        self.media()?;
        if self.request.body.trim().is_empty() {
            return Err(Refusal::syntax("the request needs a JSON body"));
        }
        Value::parse(&self.request.body)
    }

    /// Whether what was sent is called JSON.
    pub(super) fn media(&self) -> Result<(), Refusal> {
        // RFC 7644 section 3.1: application/scim+json; application/json is accepted as well.
        let media = self
            .request
            .header("content-type")
            .unwrap_or("application/scim+json");
        let media = media.split(';').next().unwrap_or_default().trim();
        let known = ["application/scim+json", "application/json"];
        if !known.iter().any(|it| it.eq_ignore_ascii_case(media)) {
            let detail = format!("send application/scim+json, not `{media}`");
            return Err(Refusal::Status(415, detail));
        }
        Ok(())
    }

    /// The row of a resource. With a user come the licenses, in the same question: most of what
    /// is done with one needs them.
    pub(super) fn row(&mut self, kind: &ResourceType, id: &str) -> Result<Row, Refusal> {
        let key = Key::new(kind.name(), id);
        let row = if kind.name() == "User" {
            let mut rows = self.facts.load(vec![key, Catalog::key()])?.into_iter();
            let row = rows.next().flatten();
            self.licenses = Licenses::Loaded(rows.next().flatten());
            row
        } else {
            self.facts.load(vec![key])?.pop().flatten()
        };
        let row = match row {
            None if self.shape(kind).is_some() => self.row_of_value(kind, id)?,
            row => row,
        };
        if self.method != "GET" {
            self.known.clone_from(&row);
        }
        row.ok_or_else(|| Refusal::not_found(kind.name(), id))
    }

    /// The row of a catalog by what the dialect shows as its id.
    fn row_of_value(&mut self, kind: &ResourceType, value: &str) -> Result<Option<Row>, Refusal> {
        let mut valued = Object::with_capacity(1);
        valued.push("value", Value::text(value));
        let holders = self.facts.holders(index::claims(kind, &valued))?;
        let Some(key) = holders.into_iter().flatten().next() else {
            return Ok(None);
        };
        Ok(self.facts.load(vec![key])?.pop().flatten())
    }

    /// The decision rests on this group being as it is.
    pub(super) fn rest_on(&mut self, group: &Row) {
        self.rests_on.push(Change::Check(Guard {
            key: group.key.clone(),
            expect: Expectation::Version(group.version),
        }));
    }

    /// The licenses, as of the first question for them.
    pub(super) fn catalog(&mut self) -> Result<Rc<Catalog>, Refusal> {
        let catalog = match &self.licenses {
            Licenses::Read(catalog) => return Ok(Rc::clone(catalog)),
            Licenses::Loaded(row) => Catalog::read(row.as_ref())?,
            Licenses::Unknown => Catalog::load(self.facts)?,
        };
        let catalog = Rc::new(catalog);
        self.licenses = Licenses::Read(Rc::clone(&catalog));
        Ok(catalog)
    }

    /// The id of the user that the principal is.
    pub(super) fn own_id(&mut self, kind: &ResourceType) -> Result<String, Refusal> {
        let own = self.request.principal.id.clone();
        self.user_id(kind, &own)?.ok_or_else(|| {
            let detail = "this credential stands for no user, so there is nothing at /Me";
            Refusal::Status(404, detail.to_owned())
        })
    }

    /// The id of a user by id, else by `userName`.
    pub(super) fn user_id(
        &mut self,
        kind: &ResourceType,
        name: &str,
    ) -> Result<Option<String>, Refusal> {
        let row = self.facts.load(vec![Key::new(kind.name(), name)])?.pop();
        if row.flatten().is_some() {
            return Ok(Some(name.to_owned()));
        }
        let mut named = Object::with_capacity(1);
        named.push("userName", Value::text(name));
        let holders = self.facts.holders(index::claims(kind, &named))?;
        let holder = holders.into_iter().flatten().next();
        Ok(holder.map(|key| key.id))
    }

    /// Where a resource is seen from outside.
    pub(super) fn location(&self, kind: &ResourceType, id: &str) -> String {
        let (base, endpoint) = (&self.request.base_url, &kind.declared.endpoint);
        format!("{base}{endpoint}/{}", encode(id))
    }
}

/// The method. Ping sends PUT, PATCH and DELETE as a POST with a header that says so.
fn method<'r>(tenant: &Tenant, request: &'r Request) -> Result<&'r str, Refusal> {
    match request.header("x-http-method-override") {
        Some(method) if request.method == "POST" => {
            let tolerances = tenant.settings.tolerances;
            tolerances.allow(Tolerance::MethodOverride, || {
                Refusal::syntax("`X-HTTP-Method-Override` is not heeded")
            })?;
            Ok(method)
        }
        _ => Ok(&request.method),
    }
}
