//! A few users, groups and licenses at random, to be built on any side.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::made_up::user;
use crate::side::Side;

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTITLEMENT: &str = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
const TERMS: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";
const ROLE: &str = "urn:ietf:params:scim:schemas:core:2.0:Role";

/// Settings that ask for licenses in more ways than one.
pub const LICENSING: &str = r#""licensing": {
    "roles": { "map": { "a@x": "pro" } },
    "attributes": [{ "path": "userType", "map": { "work": "lite" } }],
    "default": ["lite"]
}"#;

/// Who and what there is.
#[derive(Clone, Debug)]
pub struct Town {
    pub users: Vec<Value>,
    groups: Vec<(String, Vec<Index>)>,
}

/// Any town of at most so many users.
pub fn towns(most: usize) -> impl Strategy<Value = Town> {
    let skus = vec(select(vec!["pro", "lite", "ghost"]), 0..3);
    let resident = (user(), skus).prop_map(|(mut user, skus)| {
        let asked = skus.iter().map(|sku| json!({ "value": sku }));
        user["entitlements"] = asked.collect();
        user
    });
    let group = (select(vec!["a", "A", "ab", "é"]), vec(any::<Index>(), 0..4));
    let group = group.prop_map(|(name, members)| (name.to_owned(), members));
    (vec(resident, 1..=most), vec(group, 0..4)).prop_map(|(users, groups)| Town {
        users: users
            .into_iter()
            .zip(names())
            .map(|(user, name)| named(user, &name))
            .collect(),
        groups,
    })
}

/// Names that sort neither as they were given out nor by their case.
fn names() -> impl Iterator<Item = String> {
    (0..).map(|number| {
        let letter = ["u", "U", "é", "É"][number % 4];
        format!("{letter}{}", (number * 7) % 100)
    })
}

fn named(mut user: Value, name: &str) -> Value {
    user["userName"] = name.into();
    user
}

impl Town {
    /// Creates all of it; the resources as they were answered.
    pub fn build(&self, side: &Side) -> Vec<Value> {
        let mut built = catalog(side);
        built.extend(self.settle(side, &self.users));
        built
    }

    /// The users, and then the groups that some of them are in.
    pub fn settle(&self, side: &Side, users: &[Value]) -> Vec<Value> {
        let users: Vec<Value> = users.iter().map(|it| side.create("/Users", it)).collect();
        let mut groups: Vec<Value> = Vec::new();
        for (name, members) in &self.groups {
            let mut ids: Vec<Value> = members
                .iter()
                .map(|at| at.get(&users)["id"].clone())
                .collect();
            // A group may be in a group.
            ids.extend(groups.last().map(|group| group["id"].clone()));
            let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
            let group = json!({ "schemas": [GROUP], "displayName": name, "members": members });
            groups.push(side.create("/Groups", &group));
        }
        users.into_iter().chain(groups).collect()
    }
}

/// One license with a single seat, one with many, and a role.
fn catalog(side: &Side) -> Vec<Value> {
    let license = |sku: &str, seats: Option<u8>| {
        json!({
            "schemas": [ENTITLEMENT, TERMS],
            "value": sku,
            "totalAssignmentsPermitted": seats,
            TERMS: { "overage": "waitlist" },
        })
    };
    let role = json!({ "schemas": [ROLE], "value": "chief", "supported": true });
    vec![
        side.create("/Entitlements", &license("pro", Some(1))),
        side.create("/Entitlements", &license("lite", None)),
        side.create("/Roles", &role),
    ]
}
