//! Tenants, credentials and policies in memory.

use crate::{Admission, Credential, Failure, Install, Policy, Registry, Tenant};

use super::{MemoryBackend, World};

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
            policy: None,
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

    fn install_policy(
        &self,
        tenant: &str,
        policy: &Policy,
        code: &[u8],
        now: u64,
    ) -> Result<bool, Failure> {
        let mut world = self.write()?;
        let World {
            tenants,
            installs,
            codes,
            ..
        } = &mut *world;
        let Some(tenant) = tenants.get_mut(tenant) else {
            return Ok(false);
        };
        let installs = installs.entry(tenant.name.clone()).or_default();
        let current = installs.iter_mut().find(|install| install.is_current);
        let before = current.map(|install| {
            install.is_current = false;
            install.number
        });
        installs.push(Install {
            number: installs.len() as u64 + 1,
            policy: policy.clone(),
            installed: now,
            before,
            is_current: true,
        });
        codes.insert(policy.digest.clone(), code.to_vec());
        tenant.policy = Some(policy.clone());
        tenant.revision += 1;
        Ok(true)
    }

    fn switch_policy(
        &self,
        tenant: &str,
        install: Option<u64>,
        revision: u64,
    ) -> Result<bool, Failure> {
        let mut world = self.write()?;
        let World {
            tenants, installs, ..
        } = &mut *world;
        let found = tenants.get_mut(tenant);
        let Some(tenant) = found.filter(|tenant| tenant.revision == revision) else {
            return Ok(false);
        };
        let installs = installs.entry(tenant.name.clone()).or_default();
        let chosen = |it: &Install| Some(it.number) == install;
        let policy = installs.iter().find(|it| chosen(it));
        if install.is_some() && policy.is_none() {
            return Ok(false);
        }
        tenant.policy = policy.map(|install| install.policy.clone());
        tenant.revision += 1;
        for it in installs.iter_mut() {
            it.is_current = chosen(it);
        }
        Ok(true)
    }

    fn installs(&self, tenant: &str) -> Result<Vec<Install>, Failure> {
        let installs = self.read()?.installs.get(tenant).cloned();
        Ok(installs.unwrap_or_default())
    }

    fn policy_code(&self, digest: &str) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.read()?.codes.get(digest).cloned())
    }
}
