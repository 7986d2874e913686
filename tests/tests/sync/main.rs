//! A second system that speaks SCIM is kept as a tenant is: another scimlet server, at the end of a way
//! on which things happen.

mod pushed;
mod reconciled;

use std::time::{Duration, Instant};

use scimlet_tests::crossroads::{Crossroads, Fate};
use scimlet_tests::{Request, Tenant, World, private_world, shared_world};
use serde_json::Value;

/// The second system: the shared server.
fn world() -> &'static World {
    shared_world!()
}

/// The first one, which delivers.
fn first() -> World {
    private_world!("--allow-private-endpoints")
}

/// Two tenants, and the way from the one to the other.
struct Pair<'w> {
    here: Tenant<'w>,
    there: Tenant<'static>,
    way: Crossroads,
}

impl<'w> Pair<'w> {
    /// The second system is an endpoint `copy` of the first.
    fn new(
        first: &'w World,
        script: impl Fn(&str, usize) -> Fate + Send + Sync + 'static,
        options: &[&str],
    ) -> Self {
        let (here, there) = (first.tenant("here"), world().tenant("there"));
        let way = Crossroads::to(world().address(), script);
        let url = format!("{}/scim/v2", way.origin);
        let bearer = format!("Bearer {}", there.token);
        let command = [
            "endpoint",
            "add",
            "copy",
            "--scim",
            &url,
            "--authorization",
            &bearer,
        ];
        let whose = ["--tenant", &here.name, "--json"];
        first.cli(&[&command[..], &whose, options].concat()).done();
        Self { here, there, way }
    }

    /// The copy of that name; none if there is none.
    fn copy(&self, path: &str, filter: &str) -> Option<Value> {
        let list = self
            .there
            .scim()
            .send(Request::get(path).query("filter", filter));
        let list = list.expect(200);
        assert!(
            list.body["totalResults"].as_u64() <= Some(1),
            "never two: {list:?}"
        );
        list.body["Resources"].get(0).cloned()
    }

    fn user(&self, name: &str) -> Option<Value> {
        self.copy("/Users", &format!("userName eq \"{name}\""))
    }

    fn group(&self, name: &str) -> Option<Value> {
        self.copy("/Groups", &format!("displayName eq \"{name}\""))
    }

    /// Waits until it is so.
    #[track_caller]
    fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(90);
        while !is_so(self) {
            if Instant::now() > deadline {
                let shown = self.here.world.cli(&[
                    "deliveries",
                    "list",
                    "--tenant",
                    &self.here.name,
                    "--json",
                ]);
                panic!("never {what}: {shown:#?}\n{:#?}", self.way.seen());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The ids of a group's members, sorted.
fn members(group: &Value) -> Vec<&str> {
    let listed = group["members"].as_array();
    let listed = listed.into_iter().flatten();
    let mut ids: Vec<_> = listed.map(|it| it["value"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}
