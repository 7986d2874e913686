//! `scimlet import`: what is in a file is in the tenant, whatever the file looks like, and however
//! often the import was ended on the way.

mod columns;
mod dry_run;
mod existing;
mod formats;
mod groups;
mod killed;
mod refused;
mod remote;

use std::fs;
use std::path::PathBuf;

use scimlet_tests::{Cli, Request, Tenant, World, shared_world};
use serde_json::Value;
use tempfile::TempDir;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";

fn world() -> &'static World {
    shared_world!()
}

/// Files to import, in a folder of their own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Writes a file and imports it.
    fn import(&self, tenant: &Tenant<'_>, name: &str, text: &str, options: &[&str]) -> Cli {
        self.write(name, text);
        self.again(tenant, name, options)
    }

    /// Imports a file that is there.
    fn again(&self, tenant: &Tenant<'_>, name: &str, options: &[&str]) -> Cli {
        let path = self.path(name);
        let command = ["import", path.to_str().unwrap(), "--tenant", &tenant.name];
        tenant.world.cli(&[&command[..], options].concat())
    }
}

/// What an import said with `--json`, also where it refused rows.
#[track_caller]
fn said(cli: &Cli) -> Value {
    serde_json::from_str(&cli.stdout).unwrap_or_else(|_| panic!("JSON: {cli:#?}"))
}

/// Fails unless these are the counts, in this order.
#[track_caller]
fn counts(cli: &Cli, [created, updated, unchanged, refused]: [u64; 4]) -> Value {
    let said = said(cli);
    let of = |name: &str| said[name].as_u64().unwrap();
    let counts = ["created", "updated", "unchanged", "refused"].map(of);
    assert_eq!(counts, [created, updated, unchanged, refused], "{cli:#?}");
    assert_eq!(cli.status, i32::from(refused > 0), "{cli:#?}");
    said
}

/// The one resource that a filter finds.
#[track_caller]
fn one(tenant: &Tenant<'_>, path: &str, filter: &str) -> Value {
    let answer = tenant
        .scim()
        .send(Request::get(path).query("filter", filter));
    let answer = answer.expect(200);
    assert_eq!(answer.body["totalResults"], 1, "{filter}: {answer:?}");
    answer.at("/Resources/0").clone()
}

#[track_caller]
fn user(tenant: &Tenant<'_>, name: &str) -> Value {
    one(tenant, "/Users", &format!("userName eq \"{name}\""))
}

#[track_caller]
fn group(tenant: &Tenant<'_>, name: &str) -> Value {
    one(tenant, "/Groups", &format!("displayName eq \"{name}\""))
}

/// The ids of a group's members, sorted.
fn members(group: &Value) -> Vec<&str> {
    let listed = group["members"].as_array();
    let listed = listed.into_iter().flatten();
    let mut ids: Vec<_> = listed.map(|it| it["value"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

/// The ids of these, sorted.
fn ids<'v>(resources: &'v [&'v Value]) -> Vec<&'v str> {
    let mut ids: Vec<_> = resources
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}
