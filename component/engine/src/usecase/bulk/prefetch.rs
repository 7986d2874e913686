//! What a stretch of operations is going to ask for, so that it is one question and not hundreds.
//! A guess: what is wrong here is only asked for once more.

use std::collections::BTreeSet;

use super::super::accounts::ACCOUNT;
use super::super::route;
use super::order::Unit;
use super::run::Run;
use crate::facts::{Claim, Key};
use crate::scim::bulk::Operation;
use crate::scim::index;
use crate::scim::schema::ResourceType;
use crate::scim::value::Value;

impl Run<'_> {
    /// The documents that operations are about, and the accounts beside them.
    pub(super) fn targets(&self, units: &[Unit]) -> BTreeSet<Key> {
        let has_accounts = self.tenant.settings.mapping.is_some();
        let mut keys: BTreeSet<Key> = self.named(units).collect();
        if has_accounts {
            let users = keys.iter().filter(|key| key.kind == "User");
            let accounts: Vec<Key> = users.map(|key| Key::new(ACCOUNT, &key.id)).collect();
            keys.extend(accounts);
        }
        keys
    }

    fn named(&self, units: &[Unit]) -> impl Iterator<Item = Key> {
        units.iter().flatten().filter_map(|at| {
            let path = self.path(*at);
            let segments = route::segments(&path).ok()?;
            let [endpoint, id] = segments.as_slice() else {
                return None;
            };
            let kind = self.tenant.registry.by_endpoint(endpoint)?;
            Some(Key::new(kind.name(), id))
        })
    }

    /// The values that operations are going to claim.
    pub(super) fn claims(&self, units: &[Unit]) -> BTreeSet<Claim> {
        let operations = units
            .iter()
            .flatten()
            .filter_map(|at| self.operations.get(*at));
        operations.flat_map(|it| self.claims_of(it)).collect()
    }

    fn claims_of(&self, operation: &Operation<'_>) -> Vec<Claim> {
        let kind = kind(self, &operation.path);
        match (kind, operation.method.as_str(), &operation.data) {
            (Some(kind), "POST" | "PUT", Some(Value::Object(data))) => index::claims(kind, data),
            _ => Vec::new(),
        }
    }
}

fn kind<'r>(run: &Run<'r>, path: &str) -> Option<&'r ResourceType> {
    let endpoint = path.split('/').find(|segment| !segment.is_empty())?;
    run.tenant.registry.by_endpoint(endpoint)
}
