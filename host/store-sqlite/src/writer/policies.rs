//! Writes of policies. Each says whether it was possible.

use rusqlite::{Connection, params};
use scimlet_store::Policy;

use super::run;
use crate::convert::{hooks_text, integer};

pub(super) fn install(
    connection: &Connection,
    tenant: &str,
    policy: &Policy,
    code: &[u8],
    installed: u64,
) -> rusqlite::Result<bool> {
    let Policy {
        digest,
        name,
        version,
        hooks,
        bytes,
    } = policy;
    let number = "SELECT coalesce(max(number), 0) + 1 FROM install WHERE tenant = ?1";
    let sql = format!(
        "INSERT INTO install (tenant, number, digest, installed, before) \
         SELECT name, ({number}), ?2, ?3, install FROM tenant WHERE name = ?1"
    );
    if run(
        connection,
        &sql,
        params![tenant, digest, integer(installed)],
    )? == 0
    {
        return Ok(false);
    }
    let sql = "INSERT INTO policy (digest, name, version, hooks, bytes, code) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    let hooks = hooks_text(hooks);
    run(
        connection,
        sql,
        params![digest, name, version, hooks, integer(*bytes), code],
    )?;
    let sql = "UPDATE tenant SET revision = revision + 1, \
               install = (SELECT max(number) FROM install WHERE tenant = ?1) WHERE name = ?1";
    Ok(run(connection, sql, [tenant])? > 0)
}

pub(super) fn switch(
    connection: &Connection,
    tenant: &str,
    install: Option<u64>,
    revision: u64,
) -> rusqlite::Result<bool> {
    let sql = "UPDATE tenant SET install = ?2, revision = revision + 1 \
               WHERE name = ?1 AND revision = ?3 AND (?2 IS NULL OR EXISTS \
               (SELECT 1 FROM install WHERE tenant = ?1 AND number = ?2))";
    let install = install.map(integer);
    Ok(run(connection, sql, params![tenant, install, integer(revision)])? > 0)
}
