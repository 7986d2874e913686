//! Two requests at once about groups, the guard, and seats that are kept or reserved: in every order,
//! as `races` has it for users and licenses.

use scimlet_runtime::Request;
use scimlet_tests::inside::{Dump, request};
use scimlet_tests::tenant::patch;
use serde_json::{Value, json};

use crate::careless::Forgets;
use crate::race::{Deed, run};
use crate::script::Overage::{self, Allow, Deny, Waitlist};
use crate::script::Term::{Reclaims, Reserved};
use crate::script::{Act, Activate, Add, Bind, Create, Delete, Drop, License, Seats};

const MODES: [Overage; 3] = [Waitlist, Deny, Allow];

/// One request.
#[derive(Clone, Debug)]
enum Move {
    /// About a user or a license.
    Seat(Act),
    /// POST of a group with these users in it.
    Band(&'static str, Vec<usize>),
    /// PATCH of a group: a user joins, or leaves.
    Enter(&'static str, usize),
    Exit(&'static str, usize),
    /// PATCH of a group: another one joins, or leaves.
    Nest(&'static str, &'static str),
    Part(&'static str, &'static str),
    /// PATCH of a group's name.
    Rename(&'static str, &'static str),
    /// DELETE of a group.
    Disband(&'static str),
    /// An admin decides of all that is held.
    Held(&'static str),
    /// An admin gives `pro` to a user.
    Give(usize),
}

use Move::{Band, Disband, Enter, Exit, Give, Held, Nest, Part, Rename, Seat};

impl Deed for Move {
    fn request(&self, dump: &Dump) -> Request {
        let group = |name: &str| id(dump, "Group", "displayName", name);
        let user = |slot: usize| id(dump, "User", "userName", &format!("u{slot}"));
        let of = |name: &str, op: &str, member: &str, kind: &str| {
            let operation = match op {
                "add" => json!({ "op": "add", "path": "members", "value": [
                    { "value": member, "type": kind },
                ] }),
                _ => json!({ "op": "remove", "path": format!("members[value eq \"{member}\"]") }),
            };
            (
                "PATCH",
                format!("/Groups/{}", group(name)),
                patch(&json!([operation])),
            )
        };
        let (method, path, body) = match self {
            Seat(act) => return act.request(dump),
            Band(name, members) => {
                let members = members.iter().map(|slot| json!({ "value": user(*slot) }));
                let body = json!({
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                    "displayName": name,
                    "members": members.collect::<Vec<_>>(),
                });
                ("POST", "/Groups".to_owned(), body)
            }
            Enter(name, slot) => of(name, "add", &user(*slot), "User"),
            Exit(name, slot) => of(name, "remove", &user(*slot), "User"),
            Nest(name, inner) => of(name, "add", &group(inner), "Group"),
            Part(name, inner) => of(name, "remove", &group(inner), "Group"),
            Rename(name, other) => {
                let operation = json!({ "op": "replace", "path": "displayName", "value": other });
                (
                    "PATCH",
                    format!("/Groups/{}", group(name)),
                    patch(&json!([operation])),
                )
            }
            Disband(name) => ("DELETE", format!("/Groups/{}", group(name)), Value::Null),
            Held(action) => (
                "POST",
                "/.admin/held".to_owned(),
                json!({ "action": action }),
            ),
            Give(slot) => {
                let path = format!("/.admin/users/{}/licenses/pro", user(*slot));
                ("PUT", path, Value::Null)
            }
        };
        request(method, &path, Some(&body).filter(|body| !body.is_null()))
    }

    fn lowers(&self) -> Option<&'static str> {
        match self {
            Seat(act) => act.lowers(),
            _ => None,
        }
    }
}

fn id(dump: &Dump, kind: &str, name: &str, value: &str) -> String {
    let mut found = dump.documents(kind).filter(|(_, it)| it[name] == *value);
    found
        .next()
        .map_or("nobody".to_owned(), |(id, _)| id.to_string())
}

/// Groups `staff` and what is in it mean `pro`; a guard lets one seat go at a time.
fn settings(guard: bool) -> String {
    let mut licensing = json!({ "groups": { "map": { "staff": ["pro"] }, "nested": true } });
    if guard {
        licensing["guard"] = json!({ "max": 1, "window": "PT1H" });
    }
    json!({ "licensing": licensing }).to_string()
}

#[track_caller]
fn cross(guard: bool, given: &[Move], at_once: &[Move]) {
    let done = run(&settings(guard), given, at_once, Forgets::Nothing);
    done.unwrap_or_else(|wrong| panic!("{wrong}"));
}

fn pro(seats: u64, mode: Overage) -> Move {
    Seat(License("pro", Some(seats), mode))
}

fn user(slot: usize) -> Move {
    Seat(Create(slot, None, vec![]))
}

fn asks(slot: usize) -> Move {
    Seat(Create(slot, None, vec!["pro"]))
}

#[test]
fn two_join_a_group_at_the_last_seat() {
    for mode in MODES {
        let given = [pro(1, mode), user(0), user(1), Band("staff", vec![])];
        cross(false, &given, &[Enter("staff", 0), Enter("staff", 1)]);
    }
}

#[test]
fn one_joins_and_one_leaves() {
    for mode in MODES {
        let given = [pro(1, mode), user(0), user(1), Band("staff", vec![0])];
        cross(false, &given, &[Enter("staff", 1), Exit("staff", 0)]);
        cross(
            false,
            &given,
            &[Enter("staff", 1), Seat(Activate(0, false))],
        );
        cross(
            false,
            &given,
            &[Seat(Add(1, vec!["pro"])), Exit("staff", 0)],
        );
    }
}

#[test]
fn a_group_joins_a_group_and_a_user_joins_that() {
    for mode in MODES {
        let given = [
            pro(2, mode),
            user(0),
            user(1),
            Band("inner", vec![0]),
            Band("staff", vec![]),
        ];
        cross(false, &given, &[Nest("staff", "inner"), Enter("inner", 1)]);
        cross(false, &given, &[Nest("staff", "inner"), Exit("inner", 0)]);
        cross(false, &given, &[Nest("staff", "inner"), Disband("inner")]);
        cross(false, &given, &[Nest("staff", "inner"), Seat(Delete(0))]);
    }
}

#[test]
fn a_group_leaves_a_group_and_a_user_joins_that() {
    let given = [
        pro(2, Waitlist),
        user(0),
        user(1),
        Band("inner", vec![0]),
        Band("staff", vec![]),
        Nest("staff", "inner"),
    ];
    cross(false, &given, &[Part("staff", "inner"), Enter("inner", 1)]);
    cross(false, &given, &[Disband("staff"), Enter("inner", 1)]);
    cross(
        false,
        &given,
        &[Rename("staff", "former"), Enter("inner", 1)],
    );
}

#[test]
fn a_name_comes_to_mean_a_license_while_somebody_joins() {
    for mode in MODES {
        let given = [pro(1, mode), user(0), user(1), Band("new", vec![0])];
        cross(false, &given, &[Rename("new", "staff"), Enter("new", 1)]);
        cross(false, &given, &[Rename("new", "staff"), Exit("new", 0)]);
    }
}

#[test]
fn somebody_comes_back_while_their_group_changes() {
    let given = [
        pro(1, Waitlist),
        Seat(Create(0, Some(false), vec![])),
        Band("staff", vec![]),
    ];
    cross(false, &given, &[Enter("staff", 0), Seat(Activate(0, true))]);
    let given = [
        pro(1, Waitlist),
        Seat(Create(0, Some(false), vec![])),
        Band("staff", vec![0]),
    ];
    cross(false, &given, &[Exit("staff", 0), Seat(Activate(0, true))]);
    cross(false, &given, &[Disband("staff"), Seat(Activate(0, true))]);
}

#[test]
fn the_guard_counts_each_of_two_leavers() {
    let given = [pro(3, Waitlist), asks(0), asks(1), asks(2)];
    cross(true, &given, &[Seat(Delete(0)), Seat(Activate(1, false))]);
    let held = [&given[..], &[Seat(Delete(0)), Seat(Activate(1, false))]].concat();
    cross(
        true,
        &held,
        &[Seat(Activate(1, true)), Seat(Activate(2, false))],
    );
}

#[test]
fn an_admin_decides_while_a_held_user_comes_back() {
    let given = [
        pro(2, Waitlist),
        asks(0),
        asks(1),
        Seat(Delete(0)),
        Seat(Activate(1, false)),
    ];
    for action in ["release", "undo"] {
        cross(true, &given, &[Held(action), Seat(Activate(1, true))]);
        cross(true, &given, &[Held(action), asks(2)]);
        cross(true, &given, &[Held(action), Held("release")]);
        cross(true, &given, &[Held(action), Held("undo")]);
    }
}

#[test]
fn a_kept_seat_and_two_who_want_it() {
    let given = [
        pro(1, Waitlist),
        Seat(Bind("pro", Reclaims(true))),
        asks(0),
        Seat(Drop(0, "pro")),
    ];
    cross(false, &given, &[Seat(Add(0, vec!["pro"])), asks(1)]);
    cross(false, &given, &[asks(1), asks(2)]);
    cross(false, &given, &[asks(1), Seat(Delete(0))]);
    cross(false, &given, &[asks(1), Seat(Seats("pro", 2))]);
    cross(
        false,
        &given,
        &[asks(1), Seat(Bind("pro", Reclaims(false)))],
    );
}

#[test]
fn a_seat_is_freed_to_be_kept_while_somebody_comes() {
    for mode in MODES {
        let given = [pro(1, mode), Seat(Bind("pro", Reclaims(true))), asks(0)];
        cross(false, &given, &[Seat(Drop(0, "pro")), asks(1)]);
    }
}

#[test]
fn reserved_seats_and_two_who_come() {
    let given = [pro(2, Waitlist), asks(0)];
    cross(false, &given, &[Seat(Bind("pro", Reserved(1))), asks(1)]);
    let given = [pro(2, Waitlist), Seat(Bind("pro", Reserved(1)))];
    cross(false, &given, &[asks(0), asks(1)]);
    let given = [
        pro(2, Waitlist),
        Seat(Bind("pro", Reserved(1))),
        asks(0),
        asks(1),
    ];
    cross(false, &given, &[Seat(Delete(0)), asks(2)]);
    cross(
        false,
        &given,
        &[Seat(Bind("pro", Reserved(0))), Seat(Delete(0))],
    );
}

#[test]
fn an_admin_gives_while_a_group_does() {
    for mode in [Waitlist, Allow] {
        let given = [pro(1, mode), user(0), user(1), Band("staff", vec![])];
        cross(false, &given, &[Give(0), Enter("staff", 0)]);
        cross(false, &given, &[Give(0), Enter("staff", 1)]);
    }
}

#[test]
fn a_store_that_forgets_conditions_on_groups_is_found_out() {
    let given = [
        pro(2, Waitlist),
        user(0),
        user(1),
        Band("inner", vec![0]),
        Band("staff", vec![]),
    ];
    let at_once = [Nest("staff", "inner"), Enter("inner", 1)];
    let found = run(&settings(false), &given, &at_once, Forgets::Checks);
    assert!(found.is_err(), "a member was lost, and nobody noticed");
}
