//! Tenants and credentials in memory.

use crate::{Admission, Credential, Failure, Registry, Tenant};

use super::MemoryBackend;

impl Registry for MemoryBackend {
    fn create_tenant(&self, name: &str, settings: &str, now: u64) -> Result<bool, Failure> {
        let mut world = self.write()?;
        if world.tenants.contains_key(name) {
            return Ok(false);
        }
        let tenant = Tenant {
            name: name.to_owned(),
            settings: settings.to_owned(),
            revision: 1,
            created: now,
        };
        world.tenants.insert(name.to_owned(), tenant);
        Ok(true)
    }

    fn tenant(&self, name: &str) -> Result<Option<Tenant>, Failure> {
        Ok(self.read()?.tenants.get(name).cloned())
    }

    fn tenants(&self) -> Result<Vec<Tenant>, Failure> {
        Ok(self.read()?.tenants.values().cloned().collect())
    }

    fn replace_settings(&self, name: &str, settings: &str, revision: u64) -> Result<bool, Failure> {
        let mut world = self.write()?;
        let found = world
            .tenants
            .get_mut(name)
            .filter(|tenant| tenant.revision == revision);
        let Some(tenant) = found else {
            return Ok(false);
        };
        settings.clone_into(&mut tenant.settings);
        tenant.revision += 1;
        Ok(true)
    }

    fn create_credential(&self, credential: &Credential) -> Result<bool, Failure> {
        let mut world = self.write()?;
        let taken = world.credentials.contains_key(&credential.id);
        if taken || !world.tenants.contains_key(&credential.tenant) {
            return Ok(false);
        }
        world
            .credentials
            .insert(credential.id.clone(), credential.clone());
        Ok(true)
    }

    fn admission(&self, id: &str) -> Result<Option<Admission>, Failure> {
        let world = self.read()?;
        Ok(world.credentials.get(id).cloned().and_then(|credential| {
            let revision = world.tenants.get(&credential.tenant)?.revision;
            Some(Admission {
                credential,
                revision,
            })
        }))
    }

    fn credentials(&self, tenant: &str) -> Result<Vec<Credential>, Failure> {
        let world = self.read()?;
        let of_tenant = world
            .credentials
            .values()
            .filter(|found| found.tenant == tenant);
        let mut credentials: Vec<_> = of_tenant.cloned().collect();
        // Stable, so that those of one moment stay in order of their ids.
        credentials.sort_by_key(|credential| credential.created);
        Ok(credentials)
    }

    fn revoke_credential(&self, tenant: &str, id: &str) -> Result<bool, Failure> {
        let mut world = self.write()?;
        let known = world
            .credentials
            .get(id)
            .is_some_and(|found| found.tenant == tenant);
        if known {
            world.credentials.remove(id);
        }
        Ok(known)
    }
}
