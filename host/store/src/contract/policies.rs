//! Policies: which one is in force, and what was before.

use crate::{Backend, Install, Policy};

use super::desk::{Checked, fresh_tenant, same, text};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    installs_a_policy_and_advances_the_revision,
    installs_only_for_a_tenant,
    remembers_what_was_before,
    switches_only_at_the_revision_named,
    switches_to_no_policy,
    keeps_one_code_for_many_tenants,
    keeps_a_large_code_whole,
];

fn policy(digest: &str) -> Policy {
    Policy {
        digest: digest.to_owned(),
        name: format!("caps \u{E9} {digest}"),
        version: "1.2.3".to_owned(),
        hooks: vec!["shape".to_owned(), "entitle".to_owned()],
        bytes: 3,
    }
}

fn install(number: u64, policy: &Policy, before: Option<u64>, is_current: bool) -> Install {
    Install {
        number,
        policy: policy.clone(),
        installed: 100 + number,
        before,
        is_current,
    }
}

fn installs_a_policy_and_advances_the_revision(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let tenant = fresh_tenant(backend)?;
    let state = || {
        let found = registry.tenant(&tenant).map_err(text)?;
        Ok::<_, String>(found.map(|tenant| (tenant.policy, tenant.revision)))
    };
    same("before", state()?, Some((None, 1)))?;
    same(
        "no installs",
        registry.installs(&tenant).map_err(text)?,
        vec![],
    )?;
    let ours = policy("d1");
    let installed = registry.install_policy(&tenant, &ours, b"abc", 101);
    same("installed", installed.map_err(text)?, true)?;
    same("after", state()?, Some((Some(ours.clone()), 2)))?;
    let listed = registry.tenants().map_err(text)?;
    let listed = listed.into_iter().find(|found| found.name == tenant);
    let listed = listed.and_then(|tenant| tenant.policy);
    same("in the list", listed, Some(ours.clone()))?;
    let wanted = vec![install(1, &ours, None, true)];
    same(
        "the installs",
        registry.installs(&tenant).map_err(text)?,
        wanted,
    )
}

fn installs_only_for_a_tenant(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let nobody = format!("{}-unknown", fresh_tenant(backend)?);
    let digest = format!("{nobody}-digest");
    let installed = registry.install_policy(&nobody, &policy(&digest), b"abc", 101);
    same("installed", installed.map_err(text)?, false)?;
    same(
        "its code",
        registry.policy_code(&digest).map_err(text)?,
        None,
    )?;
    same(
        "installs",
        registry.installs(&nobody).map_err(text)?,
        vec![],
    )
}

fn remembers_what_was_before(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let tenant = fresh_tenant(backend)?;
    let [one, two, three] = ["d1", "d2", "d3"].map(policy);
    let add = |policy: &Policy, now| {
        let installed = registry.install_policy(&tenant, policy, b"abc", now);
        same("installed", installed.map_err(text)?, true)
    };
    add(&one, 101)?;
    add(&two, 102)?;
    let switched = registry.switch_policy(&tenant, Some(1), 3).map_err(text)?;
    same("switched back", switched, true)?;
    add(&three, 103)?;
    let wanted = vec![
        install(1, &one, None, false),
        install(2, &two, Some(1), false),
        install(3, &three, Some(1), true),
    ];
    same(
        "the installs",
        registry.installs(&tenant).map_err(text)?,
        wanted,
    )
}

fn switches_only_at_the_revision_named(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let tenant = fresh_tenant(backend)?;
    let [one, two] = ["d1", "d2"].map(policy);
    registry
        .install_policy(&tenant, &one, b"abc", 101)
        .map_err(text)?;
    registry
        .install_policy(&tenant, &two, b"def", 102)
        .map_err(text)?;
    let switch = |name: &str, install, revision| {
        registry
            .switch_policy(name, install, revision)
            .map_err(text)
    };
    for wrong in [0, 1, 2, 4, u64::MAX] {
        same(
            "at a wrong revision",
            switch(&tenant, Some(1), wrong)?,
            false,
        )?;
    }
    same("to no install", switch(&tenant, Some(3), 3)?, false)?;
    same(
        "of no tenant",
        switch(&format!("{tenant}-unknown"), None, 3)?,
        false,
    )?;
    same("at the right one", switch(&tenant, Some(1), 3)?, true)?;
    let found = registry.tenant(&tenant).map_err(text)?;
    let state = found.map(|tenant| (tenant.policy, tenant.revision));
    same("the tenant", state, Some((Some(one), 4)))?;
    let installs = registry.installs(&tenant).map_err(text)?;
    let current = installs.iter().map(|install| install.is_current);
    same("current", current.collect::<Vec<_>>(), vec![true, false])
}

fn switches_to_no_policy(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let tenant = fresh_tenant(backend)?;
    let ours = policy("d1");
    registry
        .install_policy(&tenant, &ours, b"abc", 101)
        .map_err(text)?;
    let switched = registry.switch_policy(&tenant, None, 2).map_err(text)?;
    same("switched off", switched, true)?;
    let found = registry.tenant(&tenant).map_err(text)?;
    let state = found.map(|tenant| (tenant.policy, tenant.revision));
    same("the tenant", state, Some((None, 3)))?;
    registry
        .install_policy(&tenant, &ours, b"abc", 102)
        .map_err(text)?;
    let wanted = vec![
        install(1, &ours, None, false),
        install(2, &ours, None, true),
    ];
    same(
        "the installs",
        registry.installs(&tenant).map_err(text)?,
        wanted,
    )
}

fn keeps_one_code_for_many_tenants(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let (one, other) = (fresh_tenant(backend)?, fresh_tenant(backend)?);
    let shared = policy(&format!("{one}-digest"));
    for tenant in [&one, &other] {
        registry
            .install_policy(tenant, &shared, b"abc", 101)
            .map_err(text)?;
        let wanted = vec![install(1, &shared, None, true)];
        same(
            "its installs",
            registry.installs(tenant).map_err(text)?,
            wanted,
        )?;
    }
    let code = registry.policy_code(&shared.digest).map_err(text)?;
    same("the code", code, Some(b"abc".to_vec()))
}

fn keeps_a_large_code_whole(backend: &dyn Backend) -> Checked {
    let registry = backend.registry();
    let tenant = fresh_tenant(backend)?;
    let code: Vec<u8> = (0..20_000_000_u32).map(|n| n.to_le_bytes()[2]).collect();
    let large = policy(&format!("{tenant}-digest"));
    registry
        .install_policy(&tenant, &large, &code, 101)
        .map_err(text)?;
    let kept = registry.policy_code(&large.digest).map_err(text)?;
    same("what is kept is what was given", kept == Some(code), true)
}
