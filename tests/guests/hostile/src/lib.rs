//! A component that misbehaves on request.
//!
//! It exports what the real one exports and does what the path of a request says, so that the
//! tests of host/runtime can see each limit from the guest's side. `settings` decide how it
//! opens: `bad` has problems, `loop` never ends, `panic` panics, anything else opens.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/store", "../../../wit/policy", "../../../wit/scim"],
        world: "scimlet:scim/engine",
        generate_all,
    });
}

mod misdeeds;
mod questions;

use std::cell::Cell;

use bindings::exports::scimlet::scim::provider::{
    Guest, GuestTenant, Problem, Progress, Request, Response, Tenant as Handle,
};
use bindings::scimlet::store::store;

struct Hostile;

struct Tenant {
    settings: String,
    calls: Cell<u32>,
}

impl Guest for Hostile {
    type Tenant = Tenant;
}

impl GuestTenant for Tenant {
    fn open(settings: String) -> Result<Handle, Vec<Problem>> {
        match settings.as_str() {
            "bad" => Err(vec![problem("$.licensing", "there is no such license")]),
            "loop" => misdeeds::spin(),
            "panic" => panic!("the settings made me do it"),
            _ => Ok(Handle::new(Tenant {
                settings,
                calls: Cell::new(0),
            })),
        }
    }

    fn check(&self) -> Vec<Problem> {
        match store::load(&[]) {
            Ok(_) => Vec::new(),
            Err(failure) => vec![problem("$", &format!("{failure:?}"))],
        }
    }

    fn reindex(&self, after: Option<String>, budget: u32) -> Result<Progress, String> {
        match after.as_deref() {
            None => Ok(Progress {
                rows: budget,
                total: Some(u64::from(budget) * 2),
                next: Some("half".to_owned()),
            }),
            Some("half") => Ok(Progress {
                rows: budget,
                total: None,
                next: None,
            }),
            Some(other) => Err(other.to_owned()),
        }
    }

    fn sweep(&self, now: u64, seed: (u64, u64)) -> Result<Option<u64>, String> {
        match seed {
            (0, 0) => Ok(None),
            (0, wait) => Ok(Some(now + wait)),
            _ => Err("nonsense".to_owned()),
        }
    }

    fn handle(&self, request: Request) -> Response {
        self.calls.set(self.calls.get() + 1);
        let body = self.act(&request);
        Response {
            status: 200,
            headers: request.headers,
            body,
        }
    }

    fn preview(&self, request: Request) -> Response {
        Response {
            status: 299,
            headers: Vec::new(),
            body: self.act(&request),
        }
    }
}

impl Tenant {
    fn act(&self, request: &Request) -> String {
        match request.path.as_str() {
            "/ok" => "ok".to_owned(),
            "/state" => format!("{} {}", self.settings, self.calls.get()),
            "/echo" => format!("{request:?}"),
            "/store" => questions::ask_all(),
            "/slow" => format!("{:?}", store::load(&[])),
            "/policy" => questions::describe_policy(),
            "/shape" => questions::shape(&request.body),
            "/entitle" => questions::entitle(&request.body),
            "/calls" => misdeeds::ask_forever(),
            "/loop" => misdeeds::spin(),
            "/trap" => misdeeds::trap(),
            "/panic" => panic!("the path made me do it"),
            "/noise" => misdeeds::shout(),
            "/memory" => misdeeds::hoard(),
            "/bloat" => misdeeds::bloat(),
            "/deep" => misdeeds::recurse(request.now).to_string(),
            "/big" => "x".repeat(256 << 20),
            "/wide" => "x".repeat(24 << 20),
            "/flood" => misdeeds::flood(),
            "/sleep" => misdeeds::sleep(),
            "/exit" => std::process::exit(3),
            "/world" => questions::look_around(),
            other => format!("what is `{other}`?"),
        }
    }
}

fn problem(path: &str, detail: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        detail: detail.to_owned(),
    }
}

bindings::export!(Hostile with_types_in bindings);
