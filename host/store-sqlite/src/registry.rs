//! Tenants, credentials and policies: read here, written by the writer.

use rusqlite::{Connection, OptionalExtension, Row, params};
use scimlet_store::{Admission, Credential, Failure, Install, Outcome, Policy, Registry, Tenant};

use crate::SqliteBackend;
use crate::convert::{failure, number, policy, scheme};
use crate::writer::Work;

/// Tenants with what is in force, as [`tenant`] reads them.
const TENANTS: &str = "SELECT t.name, t.settings, t.revision, t.created, \
    p.digest, p.name, p.version, p.hooks, p.bytes FROM tenant t \
    LEFT JOIN install i ON i.tenant = t.name AND i.number = t.install \
    LEFT JOIN policy p ON p.digest = i.digest";

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
        let sql = format!("{TENANTS} WHERE t.name = ?1");
        self.shared.pool.ask(|connection| {
            let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
            statement
                .query_row([name], tenant)
                .optional()
                .map_err(failure)
        })
    }

    fn tenants(&self) -> Result<Vec<Tenant>, Failure> {
        let sql = format!("{TENANTS} ORDER BY t.name");
        self.shared.pool.ask(|connection| {
            let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
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

    fn install_policy(
        &self,
        tenant: &str,
        policy: &Policy,
        code: &[u8],
        now: u64,
    ) -> Result<bool, Failure> {
        self.write(Work::InstallPolicy {
            tenant: tenant.to_owned(),
            policy: policy.clone(),
            code: code.to_vec(),
            installed: now,
        })
    }

    fn switch_policy(
        &self,
        tenant: &str,
        install: Option<u64>,
        revision: u64,
    ) -> Result<bool, Failure> {
        self.write(Work::SwitchPolicy {
            tenant: tenant.to_owned(),
            install,
            revision,
        })
    }

    fn installs(&self, tenant: &str) -> Result<Vec<Install>, Failure> {
        let sql = "SELECT p.digest, p.name, p.version, p.hooks, p.bytes, i.number, i.installed, \
                   i.before, i.number IS t.install FROM install i \
                   JOIN policy p ON p.digest = i.digest JOIN tenant t ON t.name = i.tenant \
                   WHERE i.tenant = ?1 ORDER BY i.number";
        self.shared.pool.ask(|connection| {
            let mut statement = connection.prepare_cached(sql).map_err(failure)?;
            let installs = statement.query_map([tenant], install).map_err(failure)?;
            let installs = installs.filter_map(Result::transpose);
            installs.collect::<rusqlite::Result<_>>().map_err(failure)
        })
    }

    fn policy_code(&self, digest: &str) -> Result<Option<Vec<u8>>, Failure> {
        let sql = "SELECT code FROM policy WHERE digest = ?1";
        self.shared.pool.ask(|connection| {
            let mut statement = connection.prepare_cached(sql).map_err(failure)?;
            let code = statement.query_row([digest], |row| row.get(0));
            code.optional().map_err(failure)
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
        policy: policy(row, 4)?,
    })
}

/// An install from a policy's columns and four more.
fn install(row: &Row<'_>) -> rusqlite::Result<Option<Install>> {
    let Some(policy) = policy(row, 0)? else {
        return Ok(None);
    };
    Ok(Some(Install {
        policy,
        number: number(row.get(5)?),
        installed: number(row.get(6)?),
        before: row.get::<_, Option<i64>>(7)?.map(number),
        is_current: row.get(8)?,
    }))
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
