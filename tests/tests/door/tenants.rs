//! Two tenants on one server know nothing of each other.

use scimlet_tests::tenant::{user, user_with};
use serde_json::json;

use crate::world;

#[test]
fn two_tenants_cannot_see_each_other() {
    let (one, two) = (world().tenant("one"), world().tenant("two"));
    let id = one.new_user("shared").id();
    two.scim().get(&format!("/Users/{id}")).error(404, None);
    two.scim()
        .put(&format!("/Users/{id}"), &user("x"))
        .error(404, None);
    two.scim().delete(&format!("/Users/{id}")).error(404, None);
    let operations = json!([{ "op": "replace", "path": "nickName", "value": "x" }]);
    two.scim()
        .patch(&format!("/Users/{id}"), &operations)
        .error(404, None);
    assert_eq!(two.scim().get("/Users").expect(200).body["totalResults"], 0);
    two.new_user("shared");
    assert_eq!(one.scim().get("/Users").expect(200).body["totalResults"], 1);
}

#[test]
fn two_tenants_have_licenses_of_their_own() {
    let (one, two) = (world().tenant("one"), world().tenant("two"));
    one.license("pro", "1", "deny");
    two.license("pro", "1", "deny");
    one.scim()
        .post("/Users", &user_with("a", &["pro"]))
        .expect(201);
    two.scim()
        .post("/Users", &user_with("a", &["pro"]))
        .expect(201);
    assert_eq!((one.seats_used("pro"), two.seats_used("pro")), (1, 1));
}

#[test]
fn a_tenant_may_be_named_in_the_path() {
    let tenant = world().tenant("named");
    let actor = tenant.scim().under(&tenant.scim_path());
    let made = actor.post("/Users", &user("a")).expect(201);
    let location = made.header("location").unwrap().to_owned();
    assert!(
        location.ends_with(&format!("{}/Users/{}", tenant.scim_path(), made.id())),
        "{made:?}"
    );
    tenant
        .scim()
        .get(&format!("/Users/{}", made.id()))
        .expect(200);
}

#[test]
fn a_credential_of_another_tenant_is_shut_out_where_a_tenant_is_named() {
    let tenant = world().tenant("named");
    let answer = tenant.wrong_tenant().get("/Users").error(401, None);
    assert!(answer.header("www-authenticate").is_some(), "{answer:?}");
}

#[test]
fn a_tenant_that_does_not_exist_looks_like_one_that_is_not_yours() {
    let tenant = world().tenant("named");
    let foreign = tenant.wrong_tenant().get("/Users").expect(401);
    let none = tenant
        .scim()
        .under("/t/no-such-tenant/scim/v2")
        .get("/Users")
        .expect(401);
    assert_eq!(foreign.body, none.body);
}

#[test]
fn odd_tenant_names_in_the_path_are_refused() {
    let tenant = world().tenant("named");
    for name in ["", "..", "%2e%2e", "a%2Fb", "%00", "%ff"] {
        let answer = tenant
            .scim()
            .under(&format!("/t/{name}/scim/v2"))
            .get("/Users");
        assert!([400, 401, 404].contains(&answer.status), "{answer:?}");
    }
}
