//! A tenant in the native engine whose policy says what a test wants.

use std::sync::{Arc, Mutex, PoisonError};

use scimlet_engine::facts::{Broken, Installed, No, Policy, Proposal, Question, Subject};
use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::{DAWN, Dump, request, seed};
use scimlet_tests::native::{Native, Ruler};
use scimlet_tests::tenant::patch;
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";

/// What it says of one user.
pub type Entitle = fn(&Question, &Value, &[String]) -> Result<Vec<&'static str>, No>;
/// What it makes of one document.
pub type Shape = fn(&Question, Value) -> Result<Value, No>;

/// What the policy says.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    /// Another number is another policy.
    pub number: u32,
    pub entitle: Option<Entitle>,
    pub shape: Option<Shape>,
    /// It fails like this whatever it is asked.
    pub broken: Option<Broken>,
}

/// The policy, and what it was asked.
#[derive(Default)]
pub struct Ruling {
    pub rules: Rules,
    pub asked: Vec<String>,
}

impl Policy for Ruling {
    fn describe(&mut self) -> Option<Installed> {
        let Rules {
            number,
            entitle,
            shape,
            ..
        } = self.rules;
        let hooks = [("entitle", entitle.is_some()), ("shape", shape.is_some())];
        let hooks: Vec<String> = hooks
            .into_iter()
            .filter(|(_, is_on)| *is_on)
            .map(|(name, _)| name.to_owned())
            .collect();
        (!hooks.is_empty()).then(|| Installed {
            digest: format!("{number:064}"),
            hooks,
        })
    }

    fn shape(
        &mut self,
        question: &Question,
        documents: Vec<String>,
    ) -> Result<Vec<Result<String, No>>, Broken> {
        self.asked.push(format!("shape {}", question.operation));
        if let Some(broken) = self.rules.broken {
            return Err(broken);
        }
        let shape = self
            .rules
            .shape
            .expect("only hooks that are named are asked");
        let one = |text: String| {
            let document = serde_json::from_str(&text).expect("a document is JSON");
            shape(question, document).map(|shaped| shaped.to_string())
        };
        Ok(documents.into_iter().map(one).collect())
    }

    fn entitle(
        &mut self,
        question: &Question,
        subjects: Vec<Subject>,
    ) -> Result<Vec<Result<Vec<Proposal>, No>>, Broken> {
        let entitle = self
            .rules
            .entitle
            .expect("only hooks that are named are asked");
        let mut answers = Vec::new();
        for subject in subjects {
            let user: Value = serde_json::from_str(&subject.user).expect("a user is JSON");
            assert_ne!(user["active"], json!(false), "nobody asks about leavers");
            assert!(
                user.get(USER).is_none(),
                "its own answers are not shown to it"
            );
            let (operation, name) = (&question.operation, &user["userName"]);
            self.asked
                .push(format!("{operation} {}", name.as_str().unwrap_or_default()));
            let proposed: Vec<String> = subject.proposed.into_iter().map(|it| it.license).collect();
            let grant = |sku: &str| Proposal {
                license: sku.to_owned(),
                reason: "the test says so".to_owned(),
            };
            let answer = entitle(question, &user, &proposed);
            answers.push(answer.map(|skus| skus.into_iter().map(grant).collect()));
        }
        match self.rules.broken {
            Some(broken) => Err(broken),
            None => Ok(answers),
        }
    }
}

/// A policy's no.
pub fn no(code: &str) -> No {
    No {
        code: code.to_owned(),
        detail: "the test says no".to_owned(),
    }
}

/// The tenant.
pub struct World {
    native: Native,
    store: Arc<dyn Store>,
    ruling: Arc<Mutex<Ruling>>,
    now: u64,
    drawn: u64,
}

impl World {
    pub fn new(settings: &Value, rules: Rules) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("t"));
        let ruling = Arc::new(Mutex::new(Ruling {
            rules,
            asked: Vec::new(),
        }));
        let asked: Ruler = ruling.clone();
        let native = Native::open(&settings.to_string(), Arc::clone(&store));
        Self {
            native: native.expect("good settings").ruled(asked),
            store,
            ruling,
            now: DAWN,
            drawn: 0,
        }
    }

    /// From here on the policy says this.
    pub fn rules(&self, rules: Rules) {
        self.ruling
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rules = rules;
    }

    /// What the policy was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        let mut ruling = self.ruling.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut ruling.asked)
    }

    pub fn send(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = Some(body).filter(|it| !it.is_null());
        self.send_text(method, path, body.map(Value::to_string).unwrap_or_default())
    }

    /// A body as it is written.
    pub fn send_text(&mut self, method: &str, path: &str, body: String) -> (u16, Value) {
        self.drawn += 1;
        let mut request = request(method, path, None);
        request.body = body;
        request.now = self.now + self.drawn;
        request.seed = seed(self.drawn);
        let answer = self.native.handle(request);
        let body = serde_json::from_str(&answer.body).unwrap_or_default();
        (answer.status, body)
    }

    /// A change that is accepted.
    pub fn ok(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(method, path, body);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// A change that is refused and changes nothing. Answers status and `scimType`.
    pub fn refused(&mut self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let before = self.dump();
        let (status, answer) = self.send(method, path, body);
        assert!(status >= 400, "{method} {path}: {status} {answer}");
        assert_eq!(before, self.dump());
        let word = answer["scimType"].as_str().unwrap_or_default();
        (status, word.to_owned())
    }

    fn dump(&self) -> String {
        format!("{:?}", Dump::of(self.store.as_ref()))
    }

    pub fn license(&mut self, sku: &str, seats: u64) {
        let license = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Entitlement"],
            "value": sku, "type": "License", "totalAssignmentsPermitted": seats,
        });
        self.ok("POST", "/Entitlements", &license);
    }

    pub fn user(&mut self, with: &Value) -> String {
        let answer = self.ok("POST", "/Users", &user(with));
        answer["id"].as_str().expect("an id").to_owned()
    }

    pub fn get(&mut self, id: &str) -> Value {
        self.ok("GET", &format!("/Users/{id}"), &Value::Null)
    }

    pub fn patch(&mut self, id: &str, operation: &Value) {
        self.ok(
            "PATCH",
            &format!("/Users/{id}"),
            &patch(&json!([operation])),
        );
    }

    /// What a user has: `pro active entitlements`, `lite blocked policyDenied entitlements`.
    pub fn has(&mut self, id: &str) -> Vec<String> {
        let user = self.get(id);
        let licenses = user[USER]["licenses"].as_array().cloned();
        let said = |it: &Value| {
            let words = ["value", "state", "reason"].map(|name| it[name].as_str());
            let sources = it["sources"].as_array().into_iter().flatten();
            let words = words.into_iter().chain(sources.map(Value::as_str));
            words.flatten().collect::<Vec<_>>().join(" ")
        };
        licenses.unwrap_or_default().iter().map(said).collect()
    }

    /// A minute and a half later, all that is due is carried out, and everything adds up.
    pub fn sweep(&mut self) {
        self.now += 90_000;
        for round in 0..1000 {
            let now = self.now + self.drawn;
            let next = self
                .native
                .sweep(now, seed(1_000_000 + self.drawn * 1000 + round));
            if next.expect("a step").is_none_or(|next| next > now) {
                return self.verify();
            }
        }
        panic!("the sweep never ends");
    }

    fn verify(&mut self) {
        let mut state = Value::Null;
        loop {
            let answer = self.ok("POST", "/.admin/verify", &json!({ "state": state }));
            assert_eq!(answer["findings"], json!([]), "{answer}");
            state = answer["state"].clone();
            if state.is_null() {
                return;
            }
        }
    }
}

/// A user who asks for `asks`, if that is among the attributes.
pub fn user(with: &Value) -> Value {
    let mut user = with.clone();
    user["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
    let asks = user.as_object_mut().and_then(|user| user.remove("asks"));
    if let Some(asks) = asks {
        let asks = asks.as_array().expect("a list of SKUs").iter();
        let asks: Vec<Value> = asks.map(|sku| json!({ "value": sku })).collect();
        user["entitlements"] = json!(asks);
    }
    user
}
