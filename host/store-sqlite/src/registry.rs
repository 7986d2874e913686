//! Tenants and credentials: read here, written by the writer.

use rusqlite::{Connection, OptionalExtension, Row, params};
use scimlet_store::{Admission, Credential, Failure, Outcome, Registry, Tenant};

use crate::SqliteBackend;
use crate::convert::{failure, number, scheme};
use crate::writer::Work;

impl SqliteBackend {
    /// Whether the writer found the change possible.
    fn write(&self, work: Work) -> Result<bool, Failure> {
        self.shared
            .jobs
            .send(work)
            .map(|outcome| outcome == Outcome::Applied)
    }
}

impl Registry for SqliteBackend {
    fn create_tenant(&self, name: &str, settings: &str, now: u64) -> Result<bool, Failure> {
        self.write(Work::CreateTenant {
            name: name.to_owned(),
            settings: settings.to_owned(),
            created: now,
        })
    }

    fn tenant(&self, name: &str) -> Result<Option<Tenant>, Failure> {
        let sql = "SELECT name, settings, revision, created FROM tenant WHERE name = ?1";
        self.shared.pool.ask(|connection| {
            let mut statement = connection.prepare_cached(sql).map_err(failure)?;
            statement
                .query_row([name], tenant)
                .optional()
                .map_err(failure)
        })
    }

    fn tenants(&self) -> Result<Vec<Tenant>, Failure> {
        let sql = "SELECT name, settings, revision, created FROM tenant ORDER BY name";
        self.shared.pool.ask(|connection| {
            let mut statement = connection.prepare_cached(sql).map_err(failure)?;
            let tenants = statement.query_map([], tenant).map_err(failure)?;
            tenants.collect::<rusqlite::Result<_>>().map_err(failure)
        })
    }

    fn replace_settings(&self, name: &str, settings: &str, revision: u64) -> Result<bool, Failure> {
        self.write(Work::ReplaceSettings {
            name: name.to_owned(),
            settings: settings.to_owned(),
            revision,
        })
    }

    fn create_credential(&self, credential: &Credential) -> Result<bool, Failure> {
        self.write(Work::CreateCredential(credential.clone()))
    }

    fn admission(&self, id: &str) -> Result<Option<Admission>, Failure> {
        self.shared.pool.ask(|connection| admission(connection, id))
    }

    fn credentials(&self, tenant: &str) -> Result<Vec<Credential>, Failure> {
        self.shared
            .pool
            .ask(|connection| credentials(connection, tenant))
    }

    fn revoke_credential(&self, tenant: &str, id: &str) -> Result<bool, Failure> {
        self.write(Work::RevokeCredential {
            tenant: tenant.to_owned(),
            id: id.to_owned(),
        })
    }
}

fn admission(connection: &Connection, id: &str) -> Result<Option<Admission>, Failure> {
    let sql = "SELECT c.id, c.tenant, c.verifier, c.scope, c.created, c.scheme, t.revision \
               FROM credential c JOIN tenant t ON t.name = c.tenant WHERE c.id = ?1";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let found = statement.query_row([id], |row| Ok((credential(row)?, row.get::<_, i64>(6)?)));
    let Some((credential, revision)) = found.optional().map_err(failure)? else {
        return Ok(None);
    };
    Ok(Some(Admission {
        credential: credential?,
        revision: number(revision),
    }))
}

fn credentials(connection: &Connection, tenant: &str) -> Result<Vec<Credential>, Failure> {
    let sql = "SELECT id, tenant, verifier, scope, created, scheme FROM credential \
               WHERE tenant = ?1 ORDER BY created, id";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let found = statement
        .query_map(params![tenant], credential)
        .map_err(failure)?;
    found
        .map(|credential| credential.map_err(failure)?)
        .collect()
}

fn tenant(row: &Row<'_>) -> rusqlite::Result<Tenant> {
    Ok(Tenant {
        name: row.get(0)?,
        settings: row.get(1)?,
        revision: number(row.get(2)?),
        created: number(row.get(3)?),
    })
}

/// A credential from six columns; the inner failure is a scheme that is none.
fn credential(row: &Row<'_>) -> rusqlite::Result<Result<Credential, Failure>> {
    let stored: String = row.get(5)?;
    let credential = Credential {
        id: row.get(0)?,
        tenant: row.get(1)?,
        verifier: row.get(2)?,
        scope: row.get(3)?,
        created: number(row.get(4)?),
        scheme: scimlet_store::Scheme::Bearer,
    };
    Ok(scheme(&stored).map(|scheme| Credential {
        scheme,
        ..credential
    }))
}
