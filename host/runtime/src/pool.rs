//! Warm instances, a stack for each tenant: the one that worked last works next, while its memory
//! is still in the cache.
//!
//! INVARIANT: what comes out for a tenant went in for that tenant, at that revision.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A bounded store of things that are dear to make. (Instances; a test uses numbers.)
pub(crate) struct Pool<T> {
    per_tenant: usize,
    total: usize,
    racks: Mutex<Racks<T>>,
}

struct Racks<T> {
    by_tenant: HashMap<String, Rack<T>>,
    idle: usize,
    /// Counts what was put in: the time by which tenants grow cold.
    clock: u64,
}

struct Rack<T> {
    used: u64,
    /// INVARIANT: not empty.
    warm: Vec<(u64, T)>,
}

impl<T> Pool<T> {
    pub(crate) fn new(per_tenant: usize, total: usize) -> Self {
        let racks = Racks {
            by_tenant: HashMap::new(),
            idle: 0,
            clock: 0,
        };
        Self {
            per_tenant,
            total,
            racks: Mutex::new(racks),
        }
    }

    /// How many are warm.
    pub(crate) fn idle(&self) -> usize {
        self.lock().idle
    }

    /// A warm one for this tenant at this revision. Those of another revision that are met on the
    /// way are dropped.
    pub(crate) fn take(&self, tenant: &str, revision: u64) -> Option<T> {
        // Dropping an instance gives memory back to the system: not under the lock.
        let mut outdated = Vec::new();
        let mut racks = self.lock();
        let found = racks.take(tenant, revision, &mut outdated);
        drop(racks);
        found
    }

    /// Keeps one for its tenant, unless the tenant has enough. Where there are enough in all, the
    /// tenant that has not been seen for longest gives one up.
    pub(crate) fn put(&self, tenant: &str, revision: u64, one: T) {
        if self.per_tenant == 0 || self.total == 0 {
            return;
        }
        let mut racks = self.lock();
        let surplus = if racks.count(tenant) >= self.per_tenant {
            Some(one)
        } else {
            let evicted = if racks.idle >= self.total {
                racks.evict()
            } else {
                None
            };
            racks.put(tenant, revision, one);
            evicted
        };
        drop(racks);
        drop(surplus);
    }

    /// Drops the coldest one; false if there is none.
    pub(crate) fn evict(&self) -> bool {
        let evicted = self.lock().evict();
        evicted.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Racks<T>> {
        // Nothing here can panic between two related changes, so what a panic left is sound.
        self.racks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Racks<T> {
    fn count(&self, tenant: &str) -> usize {
        self.by_tenant.get(tenant).map_or(0, |rack| rack.warm.len())
    }

    fn take(&mut self, tenant: &str, revision: u64, outdated: &mut Vec<T>) -> Option<T> {
        let rack = self.by_tenant.get_mut(tenant)?;
        let mut found = None;
        while let Some((there, one)) = rack.warm.pop() {
            self.idle -= 1;
            if there == revision {
                found = Some(one);
                break;
            }
            outdated.push(one);
        }
        if rack.warm.is_empty() {
            self.by_tenant.remove(tenant);
        }
        found
    }

    fn put(&mut self, tenant: &str, revision: u64, one: T) {
        self.clock += 1;
        self.idle += 1;
        let used = self.clock;
        if let Some(rack) = self.by_tenant.get_mut(tenant) {
            rack.used = used;
            rack.warm.push((revision, one));
        } else {
            let rack = Rack {
                used,
                warm: vec![(revision, one)],
            };
            self.by_tenant.insert(tenant.to_owned(), rack);
        }
    }

    /// Looks at every tenant that has something warm: there are no more of them than there are
    /// warm instances, and it happens only when an instance has just been used.
    fn evict(&mut self) -> Option<T> {
        let (tenant, _) = self.by_tenant.iter().min_by_key(|(_, rack)| rack.used)?;
        let tenant = tenant.clone();
        let rack = self.by_tenant.get_mut(&tenant)?;
        // The one at the bottom has not worked for longest.
        let (_, evicted) = rack.warm.remove(0);
        self.idle -= 1;
        if rack.warm.is_empty() {
            self.by_tenant.remove(&tenant);
        }
        Some(evicted)
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn gives_back_what_worked_last() {
        let pool = Pool::new(2, 10);
        pool.put("acme", 1, 'a');
        pool.put("acme", 1, 'b');
        assert_eq!(pool.take("acme", 1), Some('b'));
        assert_eq!(pool.take("acme", 1), Some('a'));
        assert_eq!(pool.take("acme", 1), None);
    }

    #[test]
    fn never_gives_one_tenants_to_another() {
        let pool = Pool::new(2, 10);
        pool.put("acme", 1, 'a');
        assert_eq!(pool.take("globex", 1), None);
        assert_eq!(pool.idle(), 1);
    }

    #[test]
    fn drops_what_is_of_another_revision() {
        let pool = Pool::new(3, 10);
        pool.put("acme", 1, 'a');
        pool.put("acme", 2, 'b');
        pool.put("acme", 1, 'c');
        assert_eq!(pool.take("acme", 2), Some('b'));
        assert_eq!(pool.idle(), 1);
        assert_eq!(pool.take("acme", 2), None);
        assert_eq!(pool.idle(), 0);
    }

    #[test]
    fn keeps_no_more_than_a_tenant_may_have() {
        let pool = Pool::new(1, 10);
        pool.put("acme", 1, 'a');
        pool.put("acme", 1, 'b');
        assert_eq!(pool.idle(), 1);
        assert_eq!(pool.take("acme", 1), Some('a'));
    }

    #[test]
    fn the_coldest_tenant_gives_way() {
        let pool = Pool::new(2, 2);
        pool.put("acme", 1, 'a');
        pool.put("globex", 1, 'g');
        pool.put("initech", 1, 'i');
        assert_eq!(pool.idle(), 2);
        assert_eq!(pool.take("acme", 1), None);
        assert_eq!(pool.take("globex", 1), Some('g'));
    }

    #[test]
    fn keeps_nothing_where_nothing_may_be_kept() {
        let pool = Pool::new(0, 2);
        pool.put("acme", 1, 'a');
        assert_eq!(pool.idle(), 0);
        assert!(!pool.evict());
    }
}
