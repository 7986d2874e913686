//! Writes of tenants and credentials. Each says whether it was possible.

use rusqlite::{Connection, params};
use scimlet_store::Credential;

use super::run;
use crate::convert::{integer, scheme_text};

pub(super) fn create_tenant(
    connection: &Connection,
    name: &str,
    settings: &str,
    created: u64,
) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO tenant (name, settings, revision, created) VALUES (?1, ?2, 1, ?3) \
               ON CONFLICT DO NOTHING";
    Ok(run(connection, sql, params![name, settings, integer(created)])? > 0)
}

pub(super) fn replace_settings(
    connection: &Connection,
    name: &str,
    settings: &str,
    revision: u64,
) -> rusqlite::Result<bool> {
    let sql = "UPDATE tenant SET settings = ?2, revision = revision + 1 \
               WHERE name = ?1 AND revision = ?3";
    Ok(run(connection, sql, params![name, settings, integer(revision)])? > 0)
}

pub(super) fn create_credential(
    connection: &Connection,
    credential: &Credential,
) -> rusqlite::Result<bool> {
    let Credential {
        id,
        tenant,
        scheme,
        verifier,
        scope,
        created,
    } = credential;
    let sql = "INSERT INTO credential (id, tenant, scheme, verifier, scope, created) \
               SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM tenant WHERE name = ?2) \
               ON CONFLICT DO NOTHING";
    let scheme = scheme_text(*scheme);
    Ok(run(
        connection,
        sql,
        params![id, tenant, scheme, verifier, scope, integer(*created)],
    )? > 0)
}

pub(super) fn revoke_credential(
    connection: &Connection,
    tenant: &str,
    id: &str,
) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM credential WHERE id = ?1 AND tenant = ?2";
    Ok(run(connection, sql, params![id, tenant])? > 0)
}
