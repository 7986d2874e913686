//! The ways in which `u` comes to ask for `pro`.

use serde_json::{Value, json};

use super::town::Town;

pub struct Way {
    pub name: &'static str,
    /// Whether it is asked for in so many words: then `deny` refuses the request.
    pub asks: bool,
    /// Whether the license comes into being only after everybody has asked.
    pub is_late: bool,
    pub default: Option<&'static str>,
    pub prepare: fn(&mut Town),
    /// Answers the status.
    pub take: fn(&mut Town) -> u16,
}

const fn asked(name: &'static str, prepare: fn(&mut Town), take: fn(&mut Town) -> u16) -> Way {
    Way {
        name,
        asks: true,
        is_late: false,
        default: None,
        prepare,
        take,
    }
}

/// By somebody else's word, or by another license.
const fn given(name: &'static str, prepare: fn(&mut Town), take: fn(&mut Town) -> u16) -> Way {
    Way {
        asks: false,
        ..asked(name, prepare, take)
    }
}

pub const WAYS: &[Way] = &[
    asked("POST, entitlements", nobody, |town| town.user("u", &pro())),
    asked("POST, roles", nobody, |town| town.user("u", &dev())),
    asked("POST, attribute", nobody, |town| {
        town.user("u", &employee())
    }),
    given("POST, rule", nobody, |town| {
        town.user("u", &json!({ "title": "x" }))
    }),
    asked("PUT, entitlements", plain, |town| town.put("u", &pro())),
    asked("PUT, roles", plain, |town| town.put("u", &dev())),
    asked("PUT, attribute", plain, |town| town.put("u", &employee())),
    given("PUT, rule", plain, |town| {
        town.put("u", &json!({ "title": "x" }))
    }),
    asked("PATCH, add entitlements", plain, |town| {
        town.patch(
            "u",
            &json!({ "op": "add", "path": "entitlements", "value": [{ "value": "pro" }] }),
        )
    }),
    asked("PATCH, replace entitlements", other, |town| {
        town.patch(
            "u",
            &json!({ "op": "replace", "path": "entitlements", "value": [{ "value": "pro" }] }),
        )
    }),
    asked("PATCH, without a path", plain, |town| {
        town.patch("u", &json!({ "op": "add", "value": pro() }))
    }),
    asked("PATCH, roles", plain, |town| {
        town.patch(
            "u",
            &json!({ "op": "add", "path": "roles", "value": [{ "value": "Dev" }] }),
        )
    }),
    asked("PATCH, attribute", plain, |town| {
        town.patch(
            "u",
            &json!({ "op": "replace", "path": "userType", "value": "Employee" }),
        )
    }),
    given("PATCH, rule", plain, |town| {
        town.patch(
            "u",
            &json!({ "op": "replace", "path": "title", "value": "x" }),
        )
    }),
    asked("active again by PATCH", inactive, |town| {
        town.patch(
            "u",
            &json!({ "op": "replace", "path": "active", "value": true }),
        )
    }),
    asked("active again by PUT", inactive, |town| {
        let mut user = pro();
        user["active"] = true.into();
        town.put("u", &user)
    }),
    asked("bulk POST", nobody, |town| {
        let mut data = pro();
        data["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
        data["userName"] = "u".into();
        town.bulk(&json!({ "method": "POST", "path": "/Users", "bulkId": "1", "data": data }))
    }),
    asked("bulk PATCH", plain, |town| {
        let data = scimlet_tests::tenant::patch(&json!([{ "op": "add", "value": pro() }]));
        let path = town.path("u");
        town.bulk(&json!({ "method": "PATCH", "path": path, "data": data }))
    }),
    asked("a group is created with the user", plain, |town| {
        town.group("Devs", &["u"])
    }),
    asked("a member is added", in_empty_group, |town| {
        let members = json!([{ "value": town.member("u") }]);
        town.regroup(
            "Devs",
            &json!({ "op": "add", "path": "members", "value": members }),
        )
    }),
    asked("members are replaced", in_empty_group, |town| {
        let members = json!([{ "value": town.member("u") }]);
        town.regroup(
            "Devs",
            &json!({ "op": "replace", "path": "members", "value": members }),
        )
    }),
    asked(
        "a group is put into the mapped one",
        in_team_beside,
        |town| {
            let members = json!([{ "value": town.member("Team") }]);
            town.regroup(
                "Devs",
                &json!({ "op": "add", "path": "members", "value": members }),
            )
        },
    ),
    asked(
        "a member is added to a nested group",
        in_team_within,
        |town| {
            let members = json!([{ "value": town.member("u") }]);
            town.regroup(
                "Team",
                &json!({ "op": "add", "path": "members", "value": members }),
            )
        },
    ),
    asked("a group gets the mapped name", in_team, |town| {
        town.regroup(
            "Team",
            &json!({ "op": "replace", "path": "displayName", "value": "Devs" }),
        )
    }),
    asked(
        "active again in a group",
        |town| {
            town.user("u", &json!({ "active": false }));
            town.group("Devs", &["u"]);
        },
        |town| {
            town.patch(
                "u",
                &json!({ "op": "replace", "path": "active", "value": true }),
            )
        },
    ),
    given("an admin's grant", plain, |town| {
        let path = format!(
            "/.admin{}/licenses/pro",
            town.path("u").replace("/Users", "/users")
        );
        town.send("PUT", &path, &json!({})).0
    }),
    given("a bundle", plain, |town| {
        town.license("suite", 9, &json!({}));
        town.change("suite", &json!({ "contains": ["pro"] }));
        town.patch(
            "u",
            &json!({ "op": "add", "value": { "entitlements": [{ "value": "suite" }] } }),
        )
    }),
    given("a bundle that is moved up to", plain, |town| {
        town.license("suite", 0, &json!({}));
        town.change("suite", &json!({ "contains": ["pro"] }));
        town.patch(
            "u",
            &json!({ "op": "add", "value": { "entitlements": [{ "value": "suite" }] } }),
        );
        town.change("suite", &json!({ "totalAssignmentsPermitted": 1 }))
    }),
    given("a fallback", plain, |town| {
        town.license("top", 0, &json!({ "fallback": "pro" }));
        town.patch(
            "u",
            &json!({ "op": "add", "value": { "entitlements": [{ "value": "top" }] } }),
        )
    }),
    given(
        "a prerequisite that comes",
        |town| {
            town.license("base", 9, &json!({}));
            town.change(
                "pro",
                &json!({ crate::wire::TERMS: { "requires": ["base"] } }),
            );
            // By a rule, for under `deny` this is no new asking.
            town.user("u", &json!({ "title": "x" }));
        },
        |town| {
            town.patch(
                "u",
                &json!({ "op": "add", "value": { "entitlements": [{ "value": "base" }] } }),
            )
        },
    ),
    Way {
        default: Some("pro"),
        ..given("the default", other, |town| {
            town.patch("u", &json!({ "op": "remove", "path": "entitlements" }))
        })
    },
    Way {
        is_late: true,
        ..given(
            "a license that comes later",
            |town| {
                town.user("u", &pro());
            },
            |_| 0,
        )
    },
];

fn pro() -> Value {
    json!({ "entitlements": [{ "value": "pro" }] })
}

fn dev() -> Value {
    json!({ "roles": [{ "value": "Dev" }] })
}

fn employee() -> Value {
    json!({ "userType": "Employee" })
}

fn nobody(_: &mut Town) {}

fn plain(town: &mut Town) {
    town.user("u", &json!({}));
}

fn other(town: &mut Town) {
    town.license("other", 9, &json!({}));
    town.user("u", &json!({ "entitlements": [{ "value": "other" }] }));
}

fn inactive(town: &mut Town) {
    let mut user = pro();
    user["active"] = false.into();
    town.user("u", &user);
}

fn in_empty_group(town: &mut Town) {
    plain(town);
    town.group("Devs", &[]);
}

fn in_team(town: &mut Town) {
    plain(town);
    town.group("Team", &["u"]);
}

fn in_team_beside(town: &mut Town) {
    in_team(town);
    town.group("Devs", &[]);
}

fn in_team_within(town: &mut Town) {
    plain(town);
    town.group("Team", &[]);
    town.group("Devs", &["Team"]);
}
