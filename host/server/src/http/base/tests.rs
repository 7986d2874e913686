//! Paths taken apart, and bases put together.

use axum::http::Request;

use super::*;

fn parts(uri: &str, hosts: &[&str]) -> Option<Parts> {
    let mut request = Request::builder().uri(uri);
    for host in hosts {
        request = request.header(HOST, *host);
    }
    Some(request.body(()).ok()?.into_parts().0)
}

fn base_url(public: Option<&str>, tls: bool, uri: &str, hosts: &[&str]) -> Option<String> {
    let public = public.and_then(|text| text.parse().ok());
    let parts = parts(uri, hosts)?;
    Origin { public, tls }.base_url(&parts, &split(parts.uri.path())?)
}

#[test]
fn splits_a_path_at_the_base() {
    let taken = |path| split(path).map(|place| (place.tenant, place.area, place.path()));
    for (path, tenant, area, below) in [
        ("/scim/v2", None, Area::Scim, ""),
        ("/scim/v2/", None, Area::Scim, "/"),
        ("/scim/v2/Users/a%20b", None, Area::Scim, "/Users/a%20b"),
        ("/t/acme/scim/v2/Users", Some("acme"), Area::Scim, "/Users"),
        ("/scim/v2/scim/v2", None, Area::Scim, "/scim/v2"),
        ("/scim/v2/admin/v1", None, Area::Scim, "/admin/v1"),
        ("/admin/v1", None, Area::Admin, "/.admin"),
        (
            "/admin/v1/licenses/a%2Fb",
            None,
            Area::Admin,
            "/.admin/licenses/a%2Fb",
        ),
        (
            "/t/acme/admin/v1/held",
            Some("acme"),
            Area::Admin,
            "/.admin/held",
        ),
    ] {
        assert_eq!(
            taken(path),
            Some((tenant, area, below.to_owned())),
            "{path}"
        );
    }
}

#[test]
fn admins_have_one_door() {
    for path in [
        "/scim/v2/.admin",
        "/scim/v2/.admin/licenses",
        "/scim/v2/%2Eadmin/licenses",
        "/t/acme/scim/v2/.%61dmin/held",
        "/scim/v2//.admin/held",
    ] {
        assert_eq!(split(path), None, "{path}");
    }
    assert!(split("/scim/v2/.administrators").is_some());
}

#[test]
fn the_base_is_that_of_scim_for_admins_too() {
    let base = base_url(None, false, "/admin/v1/licenses", &["localhost:8080"]);
    assert_eq!(base.as_deref(), Some("http://localhost:8080/scim/v2"));
    let public = Some("https://scim.example.com/x");
    let base = base_url(public, false, "/t/acme/admin/v1/held", &[]);
    assert_eq!(
        base.as_deref(),
        Some("https://scim.example.com/x/t/acme/scim/v2")
    );
}

#[test]
fn knows_no_other_paths() {
    for path in [
        "/",
        "/scim",
        "/scim/v2x",
        "/scim/v1/Users",
        "/admin",
        "/admin/v1x",
        "/admin/v2/licenses",
        "/.admin",
        "/t/acme",
        "/t/acme/x/scim/v2",
    ] {
        assert_eq!(split(path), None, "{path}");
    }
}

#[test]
fn takes_the_host_from_the_client() {
    let base = base_url(None, false, "/scim/v2/Users", &["localhost:8080"]);
    assert_eq!(base.as_deref(), Some("http://localhost:8080/scim/v2"));
    let base = base_url(None, true, "/t/acme/scim/v2", &["[::1]:8443"]);
    assert_eq!(base.as_deref(), Some("https://[::1]:8443/t/acme/scim/v2"));
    let base = base_url(None, false, "http://first/scim/v2", &["second"]);
    assert_eq!(base.as_deref(), Some("http://first/scim/v2"));
}

#[test]
fn takes_the_public_url_before_the_host() {
    let base = base_url(Some("https://x.example/a/"), false, "/scim/v2", &[]);
    assert_eq!(base.as_deref(), Some("https://x.example/a/scim/v2"));
}

#[test]
fn refuses_a_strange_host() {
    let strange: [&[&str]; 6] = [
        &[],
        &[""],
        &["a b"],
        &["a/b"],
        &["user@a"],
        &["first", "second"],
    ];
    for hosts in strange {
        assert_eq!(base_url(None, false, "/scim/v2", hosts), None, "{hosts:?}");
    }
}

#[test]
fn refuses_a_strange_public_url() {
    let refused = |text: &str| text.parse::<PublicUrl>().err();
    for text in ["", "example.com", "ftp://example.com", "/scim"] {
        assert_eq!(refused(text), Some(BadPublicUrl::NotHttp), "{text}");
    }
    for text in [
        "https://a@b.example",
        "https://b.example/?x",
        "https://b.example/#x",
    ] {
        assert_eq!(refused(text), Some(BadPublicUrl::TooMuch), "{text}");
    }
    assert_eq!(
        refused("https://b.example/scim/v2/"),
        Some(BadPublicUrl::HasBase)
    );
}
