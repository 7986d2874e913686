//! A tenant before the native engine, with settings under which everything asks for `pro`.

use std::sync::Arc;

use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::{DAWN, Dump, request, seed};
use scimlet_tests::native::Native;
use scimlet_tests::tenant::{patch, user};
use serde_json::{Value, json};

use super::same;
use crate::audit::audit;
use crate::wire::{CORE, TERMS, shown};

pub struct Town {
    native: Native,
    store: Arc<dyn Store>,
    default: Option<&'static str>,
    requests: u64,
}

impl Town {
    pub fn open(default: Option<&'static str>) -> Self {
        let settings = json!({ "licensing": {
            "roles": { "map": { "Dev": "pro" } },
            "attributes": [{ "path": "userType", "map": { "Employee": "pro" } }],
            "groups": { "map": { "Devs": ["pro"] }, "nested": true },
            "rules": [{ "name": "titled", "when": "title pr", "grant": ["pro"] }],
            "default": Vec::from_iter(default),
        } });
        let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("t"));
        let native = Native::open(&settings.to_string(), Arc::clone(&store));
        Self {
            native: native.expect("settings"),
            store,
            default,
            requests: 0,
        }
    }

    /// The status and the body of the answer. A millisecond passes.
    pub fn send(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.requests += 1;
        let mut request = request(method, path, Some(body).filter(|body| !body.is_null()));
        request.now = DAWN + self.requests;
        request.seed = seed(self.requests);
        let answer = self.native.handle(request);
        let body = serde_json::from_str(&answer.body).unwrap_or_default();
        (answer.status, body)
    }

    /// A license of so many seats, or one that there is with these terms.
    pub fn license(&mut self, sku: &str, seats: u64, terms: &Value) -> u16 {
        let license = json!({
            "schemas": [CORE, TERMS],
            "value": sku,
            "type": "License",
            "limitedAssignmentsPermitted": true,
            "totalAssignmentsPermitted": seats,
            TERMS: terms,
        });
        self.send("POST", "/Entitlements", &license).0
    }

    /// Changes a license.
    pub fn change(&mut self, sku: &str, value: &Value) -> u16 {
        let path = format!("/Entitlements/{}", self.id("Entitlement", "value", sku));
        let body = patch(&json!([{ "op": "replace", "value": value }]));
        self.send("PATCH", &path, &body).0
    }

    /// POST of a user of this name with these attributes.
    pub fn user(&mut self, name: &str, with: &Value) -> u16 {
        self.send("POST", "/Users", &described(name, with)).0
    }

    /// PUT of the same.
    pub fn put(&mut self, name: &str, with: &Value) -> u16 {
        let path = self.path(name);
        self.send("PUT", &path, &described(name, with)).0
    }

    /// PATCH of a user: one operation.
    pub fn patch(&mut self, name: &str, operation: &Value) -> u16 {
        let path = self.path(name);
        self.send("PATCH", &path, &patch(&json!([operation]))).0
    }

    /// One operation in a bulk: its own status.
    pub fn bulk(&mut self, operation: &Value) -> u16 {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [operation],
        });
        let (_, answer) = self.send("POST", "/Bulk", &body);
        let status = answer["Operations"][0]["status"].as_str();
        status.and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// POST of a group of these users and groups.
    pub fn group(&mut self, name: &str, members: &[&str]) -> u16 {
        let members: Value = members
            .iter()
            .map(|it| json!({ "value": self.member(it) }))
            .collect();
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": name,
            "members": members,
        });
        self.send("POST", "/Groups", &group).0
    }

    /// PATCH of a group: one operation.
    pub fn regroup(&mut self, name: &str, operation: &Value) -> u16 {
        let path = format!("/Groups/{}", self.id("Group", "displayName", name));
        self.send("PATCH", &path, &patch(&json!([operation]))).0
    }

    /// Where a user is found.
    pub fn path(&self, name: &str) -> String {
        format!("/Users/{}", self.id("User", "userName", name))
    }

    /// The id of a user or of a group.
    pub fn member(&self, name: &str) -> String {
        let dump = self.dump();
        let is_user = dump
            .documents("User")
            .any(|(_, user)| user["userName"] == name);
        if is_user {
            self.id("User", "userName", name)
        } else {
            self.id("Group", "displayName", name)
        }
    }

    fn id(&self, kind: &str, attribute: &str, value: &str) -> String {
        let dump = self.dump();
        let mut documents = dump.documents(kind);
        let found = documents.find(|(_, document)| document[attribute] == value);
        found.expect("it was created").0.to_owned()
    }

    pub fn dump(&self) -> Dump {
        Dump::of(self.store.as_ref())
    }

    /// Whether this is what a user has of `pro`.
    pub fn shows(&mut self, name: &str, state: &str) -> Result<(), String> {
        let path = self.path(name);
        let (_, user) = self.send("GET", &path, &Value::Null);
        let pro = shown(&user).into_iter().find(|it| it.sku == "pro");
        let got = pro.as_ref().map(|it| it.state.as_str());
        same(&format!("`pro` of {name}"), &got, &Some(state))?;
        let reason = pro.and_then(|it| it.reason);
        let wanted = (state == "blocked").then(|| "licenseLimitReached".to_owned());
        same("the reason", &reason, &wanted)
    }

    /// Whether the gauges say what the users show, and everything else adds up.
    pub fn recount(&mut self) -> Result<(), String> {
        let dump = self.dump();
        same("the audit", &audit(&dump, &[], self.default), &Vec::new())?;
        let states: Vec<String> = dump
            .documents("User")
            .flat_map(|(_, user)| shown(&user))
            .filter(|it| it.sku == "pro")
            .map(|it| it.state)
            .collect();
        let count = |wanted: &[&str]| {
            let counted = states.iter().filter(|it| wanted.contains(&it.as_str()));
            Value::from(counted.count())
        };
        let path = format!("/Entitlements/{}", self.id("Entitlement", "value", "pro"));
        let (_, license) = self.send("GET", &path, &Value::Null);
        let used = count(&["active", "overage"]);
        same("what is used", &license["totalAssignmentsUsed"], &used)?;
        same(
            "who waits",
            &license[TERMS]["waiting"],
            &count(&["waiting"]),
        )
    }
}

fn described(name: &str, with: &Value) -> Value {
    let mut described = user(name);
    for (attribute, value) in with.as_object().expect("attributes") {
        described[attribute] = value.clone();
    }
    described
}
