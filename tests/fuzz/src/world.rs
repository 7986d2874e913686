//! What every run begins with: a tenant of one of four settings, with a few users, groups and
//! licenses, all of them made through the door.

use std::rc::Rc;

use scimlet_engine::scim::schema::Registry;
use scimlet_engine::scim::tolerance::ALL;
use scimlet_engine::settings::Settings;
use scimlet_engine::{Header, Principal, Request, Response, Tenant, adopt, decide};
use serde_json::{Value, json};

use super::store::Store;

/// The moment of the first request.
const BEGIN: u64 = 1_800_000_000_000;

/// Where the base is seen from outside.
pub const BASE: &str = "https://scim.example/scim/v2";

const HR: &str = "urn:example:params:scim:schemas:extension:hr:1.0:User";
const DEVICE: &str = "urn:example:params:scim:schemas:1.0:Device";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTITLEMENT: &str = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
const OVERAGE: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A tenant and all that is known of it.
pub struct World {
    /// As it was opened.
    pub tenant: Rc<Tenant>,
    /// Its schemas.
    pub registry: Rc<Registry>,
    /// Its data.
    pub store: Store,
    /// What `~0`, `~1` .. stand for: ids that are there.
    pub ids: Vec<String>,
    /// What `~c` stands for: the cursor that the last answer gave.
    pub cursor: String,
    /// What `~v` stands for: the entity tag of the last answer.
    pub tag: String,
    steps: u64,
}

/// The settings that a byte of an input chooses from.
#[must_use]
pub fn settings(choice: u8) -> Value {
    let licensing = json!({
        "entitlements": { "map": { "P": ["pro"], "both": ["pro", "basic"] }, "unmapped": "block" },
        "roles": { "map": { "boss": ["deny"], "clerk": ["over"] } },
        "attributes": [{ "path": "department", "map": { "Ops": ["over", "basic"] } }],
        "rules": [{ "name": "guides", "when": "title sw \"Tour\" and emails[type eq \"work\"]",
            "grant": ["pro"] }],
        "default": ["basic"],
    });
    let licensing = |path: &str| {
        let mut licensing = licensing.clone();
        licensing["attributes"][0]["path"] = path.into();
        licensing
    };
    let all = ALL
        .iter()
        .map(|(_, name)| ((*name).to_owned(), true.into()));
    match choice & 3 {
        0 => json!({}),
        1 => {
            json!({ "preset": "entra", "licensing": licensing(&format!("{ENTERPRISE}:department")) })
        }
        2 => json!({ "tolerances": Value::Object(all.collect()),
            "licensing": licensing("userType") }),
        _ => json!({
            "tolerances": { "ignoreUnknown": true, "undeclaredExtension": true },
            "schemas": [
                { "id": HR, "name": "HR", "attributes": [
                    { "name": "badge", "type": "string", "uniqueness": "server", "caseExact": true },
                    { "name": "room", "type": "integer" },
                    { "name": "pin", "mutability": "writeOnly", "returned": "never" },
                    { "name": "hired", "type": "dateTime", "mutability": "immutable" },
                    { "name": "cars", "type": "complex", "multiValued": true, "subAttributes": [
                        { "name": "value", "type": "string" },
                        { "name": "doors", "type": "integer" },
                        { "name": "primary", "type": "boolean" },
                    ] },
                ] },
                { "id": DEVICE, "name": "Device", "attributes": [
                    { "name": "serial", "type": "string", "required": true, "caseExact": true,
                      "uniqueness": "server" },
                    { "name": "ram", "type": "integer" },
                    { "name": "weight", "type": "decimal" },
                    { "name": "bought", "type": "dateTime" },
                    { "name": "on", "type": "boolean" },
                    { "name": "tags", "type": "string", "multiValued": true, "returned": "request" },
                    { "name": "owner", "type": "complex", "subAttributes": [
                        { "name": "value", "type": "string" },
                        { "name": "$ref", "type": "reference", "referenceTypes": ["User"] },
                    ] },
                ] },
            ],
            "resourceTypes": [
                { "name": "User", "schemaExtensions": [{ "schema": HR, "required": false }] },
                { "name": "Device", "endpoint": "/Devices", "schema": DEVICE },
            ],
            "indexes": { "Device": ["ram", "weight", "on"], "User": ["title", format!("{HR}:room")] },
            "licensing": licensing(&format!("{HR}:badge")),
        }),
    }
}

impl World {
    /// The world with these settings.
    #[must_use]
    pub fn new(choice: u8) -> Self {
        let text = settings(choice).to_string();
        let tenant = Tenant::open(&text).expect("settings that are right");
        let standard = Registry::standard().expect("schemas that are right");
        let (settings, mut registry) = Settings::parse(&text, standard).expect("as above");
        registry.tolerate(settings.tolerances);
        let mut world = Self {
            tenant: Rc::new(tenant),
            registry: Rc::new(registry),
            store: Store::default(),
            ids: Vec::new(),
            cursor: String::new(),
            tag: String::new(),
            steps: 0,
        };
        // What the shell does where a commit is stale: the settings may name what rows are found by.
        let adopted = adopt(&world.tenant, &mut world.store).expect("an empty store");
        world.store.commit(&adopted).expect("an empty store");
        world.populate(choice & 3 == 3);
        world
    }

    /// A copy to play with.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            tenant: Rc::clone(&self.tenant),
            registry: Rc::clone(&self.registry),
            store: self.store.clone(),
            ids: self.ids.clone(),
            cursor: String::new(),
            tag: String::new(),
            steps: self.steps,
        }
    }

    fn populate(&mut self, has_own: bool) {
        let license = |sku: &str, seats: Option<u64>, overage: &str| {
            json!({ "schemas": [ENTITLEMENT, OVERAGE], "value": sku, "display": sku,
                "type": "license", "limitedAssignmentsPermitted": seats.is_some(),
                "totalAssignmentsPermitted": seats, OVERAGE: { "overage": overage } })
        };
        let user = |name: &str, title: &str, department: &str, asks: &[&str]| {
            let asks: Vec<_> = asks.iter().map(|sku| json!({ "value": sku })).collect();
            json!({ "schemas": [USER, ENTERPRISE], "userName": name, "externalId": name,
                "active": name != "eli", "title": title, "userType": department,
                "name": { "givenName": name, "familyName": "Lee" },
                "emails": [
                    { "value": format!("{name}@example.com"), "type": "work", "primary": true },
                    { "value": format!("{name}@home.example"), "type": "home" },
                ],
                "roles": [{ "value": "clerk", "primary": true }],
                "entitlements": asks,
                ENTERPRISE: { "department": department, "employeeNumber": "7" } })
        };
        let member = |id: &str, kind: &str| json!({ "value": id, "type": kind });
        self.make("/Users", &user("ann", "Boss", "Ops", &["pro", "basic"]));
        self.make("/Entitlements", &license("pro", Some(2), "waitlist"));
        self.make("/Entitlements", &license("basic", None, "waitlist"));
        self.make("/Entitlements", &license("deny", Some(1), "deny"));
        self.make("/Entitlements", &license("over", Some(1), "allow"));
        self.make(
            "/Users",
            &user("ben", "Tour Guide", "Law", &["pro", "over"]),
        );
        self.make(
            "/Users",
            &user("cid", "Clerk", "Ops", &["pro", "over", "gone"]),
        );
        self.make("/Users", &user("eli", "", "Law", &["pro", "P"]));
        let [ann, ben, cid] = [0, 5, 6].map(|at| member(&self.ids[at], "User"));
        let inner = json!({ "schemas": [GROUP], "displayName": "Inner", "members": [ann, ben] });
        self.make("/Groups", &inner);
        let inner = member(&self.ids[8], "Group");
        let outer = json!({ "schemas": [GROUP], "displayName": "Outer", "members": [cid, inner] });
        self.make("/Groups", &outer);
        if has_own {
            let device = json!({ "schemas": [DEVICE], "serial": "A1", "ram": 16, "weight": 1.5,
                "bought": "2026-01-31T08:00:00Z", "on": true, "tags": ["x", "y"],
                "owner": { "value": self.ids[0] } });
            self.make("/Devices", &device);
        }
    }

    fn make(&mut self, path: &str, body: &Value) {
        let request = self.request("POST", path, None, Vec::new(), body.to_string(), 0);
        let decision = decide(&self.tenant, &request, &mut self.store);
        assert_eq!(decision.response.status, 201, "{body}: {decision:#?}");
        self.store.commit(&decision.changes).expect("fresh facts");
        let made: Value = serde_json::from_str(&decision.response.body).expect("JSON");
        self.ids
            .push(made["id"].as_str().expect("an id").to_owned());
    }

    /// The next request. `who`: admin, provisioner, reader, or a user (who may provision).
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        query: Option<String>,
        headers: Vec<Header>,
        body: String,
        who: u8,
    ) -> Request {
        self.steps += 1;
        let (id, scope) = match who & 3 {
            0 => ("root", "admin"),
            1 => ("idp", "scim"),
            2 => ("audit", "scim:read"),
            _ => ("ann", "scim"),
        };
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers,
            body,
            principal: Principal {
                id: id.to_owned(),
                scopes: vec![scope.to_owned()],
            },
            now: BEGIN + self.steps * 1000,
            seed: (self.steps, self.steps << 2),
            base_url: BASE.to_owned(),
        }
    }

    /// Text with what `~` and one character stand for in their place. A fuzzer does not guess ids.
    #[must_use]
    pub fn filled(&self, text: &str) -> String {
        let mut parts = text.split('~');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let mut rest = part.chars();
            let known = match rest.next() {
                Some('c') => Some(&self.cursor),
                Some('v') => Some(&self.tag),
                Some(digit) => digit.to_digit(16).and_then(|at| self.ids.get(at as usize)),
                None => None,
            };
            match known {
                Some(known) => filled.extend([known, rest.as_str()]),
                None => filled.extend(["~", part]),
            }
        }
        filled
    }

    /// Notes what the next request may refer to.
    pub fn note(&mut self, response: &Response) {
        let header = |name: &str| {
            let found = response.headers.iter().find(|header| header.name == name);
            found.map(|header| header.value.clone())
        };
        if let Some(tag) = header("etag") {
            self.tag = tag;
        }
        let id = header("location").and_then(|it| it.rsplit('/').next().map(str::to_owned));
        if let Some(id) = id.filter(|id| self.ids.len() < 16 && !self.ids.contains(id)) {
            self.ids.push(id);
        }
        if let Ok(body) = serde_json::from_str::<Value>(&response.body)
            && let Some(cursor) = body["nextCursor"].as_str()
        {
            cursor.clone_into(&mut self.cursor);
        }
    }
}
