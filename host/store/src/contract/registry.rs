//! Tenants and credentials.

use crate::{Admission, Backend, Credential, Scheme, Tenant};

use super::desk::{Checked, fresh_tenant, hold, same, text, together};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    creates_a_tenant_once,
    lists_tenants_by_name,
    replaces_settings_only_at_the_revision_named,
    lets_one_of_two_replace_settings,
    admits_a_credential_with_its_tenants_revision,
    creates_a_credential_once_and_only_for_a_tenant,
    lists_credentials_oldest_first,
    revokes_a_credential_of_its_own_tenant,
];

fn credential(tenant: &str, id: &str, created: u64) -> Credential {
    Credential {
        id: format!("{tenant}-{id}"),
        tenant: tenant.to_owned(),
        scheme: Scheme::Bearer,
        verifier: "verifier\u{1F600}".to_owned(),
        scope: "scim".to_owned(),
        created,
    }
}

fn creates_a_tenant_once(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let name = format!("{}-new", fresh_tenant(backend)?);
    same(
        "an unknown tenant",
        registry.tenant(&name).map_err(text)?,
        None,
    )?;
    let settings = "{ \"a\" : \"\u{E9}\" }\n";
    same(
        "created",
        registry
            .create_tenant(&name, settings, 1234)
            .map_err(text)?,
        true,
    )?;
    same(
        "created again",
        registry.create_tenant(&name, "other", 5).map_err(text)?,
        false,
    )?;
    let wanted = Tenant {
        name: name.clone(),
        settings: settings.to_owned(),
        revision: 1,
        created: 1234,
        policy: None,
    };
    same(
        "the tenant",
        registry.tenant(&name).map_err(text)?,
        Some(wanted),
    )
}

fn lists_tenants_by_name(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let base = fresh_tenant(backend)?;
    for end in ["-c", "-a", "-b", "-a-1"] {
        registry
            .create_tenant(&format!("{base}{end}"), "{}", 1)
            .map_err(text)?;
    }
    let tenants = registry.tenants().map_err(text)?;
    hold(tenants.is_sorted_by(|a, b| a.name < b.name), || {
        "they are not sorted".to_owned()
    })?;
    let ends: Vec<_> = tenants
        .iter()
        .filter_map(|tenant| tenant.name.strip_prefix(&base))
        .collect();
    let wanted = ["", "-a", "-a-1", "-b", "-c"];
    let ours: Vec<_> = ends
        .into_iter()
        .filter(|end| wanted.contains(end))
        .collect();
    same("the tenants", ours, wanted.to_vec())
}

fn replaces_settings_only_at_the_revision_named(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let name = fresh_tenant(backend)?;
    let replace = |settings, revision| {
        registry
            .replace_settings(&name, settings, revision)
            .map_err(text)
    };
    same("at the right revision", replace("two", 1)?, true)?;
    for wrong in [0, 1, 3, u64::MAX] {
        same("at a wrong revision", replace("x", wrong)?, false)?;
    }
    same("at the next revision", replace("three", 2)?, true)?;
    let tenant = registry.tenant(&name).map_err(text)?;
    let now = tenant.map(|tenant| (tenant.settings, tenant.revision));
    same("the settings", now, Some(("three".to_owned(), 3)))?;
    let unknown = format!("{name}-unknown");
    let answer = registry.replace_settings(&unknown, "x", 1).map_err(text)?;
    same("for an unknown tenant", answer, false)
}

fn lets_one_of_two_replace_settings(backend: &dyn Backend) -> Checked {
    let name = fresh_tenant(backend)?;
    for revision in 1..=15 {
        let replace = |writer: usize| {
            let registry = backend.registry();
            registry
                .replace_settings(&name, &writer.to_string(), revision)
                .map_err(text)
        };
        let won = together(2, replace)?.into_iter().filter(|won| *won).count();
        same("writers that won", won, 1)?;
    }
    Ok(())
}

fn admits_a_credential_with_its_tenants_revision(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let tenant = fresh_tenant(backend)?;
    let bearer = credential(&tenant, "1", 7);
    let basic = Credential {
        scheme: Scheme::Basic,
        ..credential(&tenant, "2", 8)
    };
    let admission = |id: &str| registry.admission(id).map_err(text);
    same("an unknown credential", admission(&bearer.id)?, None)?;
    registry.create_credential(&bearer).map_err(text)?;
    registry.create_credential(&basic).map_err(text)?;
    let admitted = |credential: &Credential, revision| {
        Some(Admission {
            credential: credential.clone(),
            revision,
        })
    };
    same("the token", admission(&bearer.id)?, admitted(&bearer, 1))?;
    registry.replace_settings(&tenant, "{}", 1).map_err(text)?;
    same("the token", admission(&bearer.id)?, admitted(&bearer, 2))?;
    same("the password", admission(&basic.id)?, admitted(&basic, 2))
}

fn creates_a_credential_once_and_only_for_a_tenant(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let (tenant, other) = (fresh_tenant(backend)?, fresh_tenant(backend)?);
    let first = credential(&tenant, "1", 1);
    let create = |credential: &Credential| registry.create_credential(credential).map_err(text);
    same("created", create(&first)?, true)?;
    same("created again", create(&first)?, false)?;
    let stolen = Credential {
        tenant: other.clone(),
        ..first.clone()
    };
    same("an id that another tenant has", create(&stolen)?, false)?;
    let orphan = credential(&format!("{tenant}-unknown"), "1", 1);
    same("for no tenant", create(&orphan)?, false)?;
    same(
        "the orphan",
        registry.admission(&orphan.id).map_err(text)?,
        None,
    )?;
    let kept = registry.admission(&first.id).map_err(text)?;
    same(
        "the first",
        kept.map(|admission| admission.credential),
        Some(first),
    )?;
    same(
        "the other tenant's",
        registry.credentials(&other).map_err(text)?,
        vec![],
    )
}

fn lists_credentials_oldest_first(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let tenant = fresh_tenant(backend)?;
    same("none", registry.credentials(&tenant).map_err(text)?, vec![])?;
    let made = [("b", 30), ("c", 10), ("a", 20)].map(|(id, at)| credential(&tenant, id, at));
    for credential in &made {
        registry.create_credential(credential).map_err(text)?;
    }
    let [b, c, a] = made;
    same(
        "the credentials",
        registry.credentials(&tenant).map_err(text)?,
        vec![c, a, b],
    )
}

fn revokes_a_credential_of_its_own_tenant(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let (tenant, other) = (fresh_tenant(backend)?, fresh_tenant(backend)?);
    let ours = credential(&tenant, "1", 1);
    registry.create_credential(&ours).map_err(text)?;
    let revoke = |tenant: &str| registry.revoke_credential(tenant, &ours.id).map_err(text);
    same("by another tenant", revoke(&other)?, false)?;
    hold(
        registry.admission(&ours.id).map_err(text)?.is_some(),
        || "it is gone".to_owned(),
    )?;
    same("by its own", revoke(&tenant)?, true)?;
    same(
        "admission",
        registry.admission(&ours.id).map_err(text)?,
        None,
    )?;
    same("again", revoke(&tenant)?, false)?;
    same(
        "created anew",
        registry.create_credential(&ours).map_err(text)?,
        true,
    )
}
