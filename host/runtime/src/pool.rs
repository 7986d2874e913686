//! Warm instances, a stack for each tenant: the one that worked last works next, while its memory
//! is still in the cache.
//!
//! INVARIANT: what comes out for a tenant went in for that tenant, and for that `K`: the revision of
//! its settings, the digest of its policy.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A bounded store of things that are dear to make. (Instances; a test uses numbers.)
pub(crate) struct Pool<K, T> {
    per_tenant: usize,
    most: usize,
    racks: Mutex<Racks<K, T>>,
}

struct Racks<K, T> {
    by_tenant: HashMap<String, Rack<K, T>>,
    idle: usize,
    /// What all of them weigh.
    weight: usize,
    /// Counts what was put in: the time by which tenants grow cold.
    clock: u64,
}

struct Rack<K, T> {
    used: u64,
    /// INVARIANT: not empty.
    warm: Vec<Warm<K, T>>,
}

struct Warm<K, T> {
    key: K,
    weight: usize,
    one: T,
}

impl<K: PartialEq, T> Pool<K, T> {
    /// A pool that keeps so many for each tenant, and so much weight in all.
    pub(crate) fn new(per_tenant: usize, most: usize) -> Self {
        let racks = Racks {
            by_tenant: HashMap::new(),
            idle: 0,
            weight: 0,
            clock: 0,
        };
        Self {
            per_tenant,
            most,
            racks: Mutex::new(racks),
        }
    }

    /// How many are warm.
    pub(crate) fn idle(&self) -> usize {
        self.lock().idle
    }

    /// A warm one for this tenant and key. Those of another key that are met on the way are dropped.
    pub(crate) fn take(&self, tenant: &str, key: &K) -> Option<T> {
        // Dropping an instance gives memory back to the system: not under the lock.
        let mut outdated = Vec::new();
        let mut racks = self.lock();
        let found = racks.take(tenant, key, &mut outdated);
        drop(racks);
        found
    }

    /// Keeps one for its tenant, unless the tenant has enough. Where they weigh too much in all, the
    /// tenants that have not been seen for longest give some up.
    pub(crate) fn put(&self, tenant: &str, key: K, weight: usize, one: T) {
        if self.per_tenant == 0 || weight > self.most {
            return;
        }
        let mut surplus = Vec::new();
        let mut racks = self.lock();
        if racks.count(tenant) >= self.per_tenant {
            surplus.push(one);
        } else {
            while racks.weight > self.most - weight {
                let Some(evicted) = racks.evict() else {
                    break;
                };
                surplus.push(evicted);
            }
            racks.put(tenant, Warm { key, weight, one });
        }
        drop(racks);
        drop(surplus);
    }

    /// Drops the coldest one; false if there is none.
    pub(crate) fn evict(&self) -> bool {
        let evicted = self.lock().evict();
        evicted.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Racks<K, T>> {
        // Nothing here can panic between two related changes, so what a panic left is sound.
        self.racks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: PartialEq, T> Racks<K, T> {
    fn count(&self, tenant: &str) -> usize {
        self.by_tenant.get(tenant).map_or(0, |rack| rack.warm.len())
    }

    fn take(&mut self, tenant: &str, key: &K, outdated: &mut Vec<T>) -> Option<T> {
        let rack = self.by_tenant.get_mut(tenant)?;
        let mut found = None;
        while let Some(warm) = rack.warm.pop() {
            self.idle -= 1;
            self.weight -= warm.weight;
            if warm.key == *key {
                found = Some(warm.one);
                break;
            }
            outdated.push(warm.one);
        }
        if rack.warm.is_empty() {
            self.by_tenant.remove(tenant);
        }
        found
    }

    fn put(&mut self, tenant: &str, warm: Warm<K, T>) {
        self.clock += 1;
        self.idle += 1;
        self.weight += warm.weight;
        let used = self.clock;
        if let Some(rack) = self.by_tenant.get_mut(tenant) {
            rack.used = used;
            rack.warm.push(warm);
        } else {
            let warm = vec![warm];
            let rack = Rack { used, warm };
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
        let evicted = rack.warm.remove(0);
        self.idle -= 1;
        self.weight -= evicted.weight;
        if rack.warm.is_empty() {
            self.by_tenant.remove(&tenant);
        }
        Some(evicted.one)
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn gives_back_what_worked_last() {
        let pool = Pool::new(2, 10);
        pool.put("acme", 1, 1, 'a');
        pool.put("acme", 1, 1, 'b');
        assert_eq!(pool.take("acme", &1), Some('b'));
        assert_eq!(pool.take("acme", &1), Some('a'));
        assert_eq!(pool.take("acme", &1), None);
    }

    #[test]
    fn never_gives_one_tenants_to_another() {
        let pool = Pool::new(2, 10);
        pool.put("acme", 1, 1, 'a');
        assert_eq!(pool.take("globex", &1), None);
        assert_eq!(pool.idle(), 1);
    }

    #[test]
    fn drops_what_is_of_another_revision() {
        let pool = Pool::new(3, 10);
        pool.put("acme", 1, 1, 'a');
        pool.put("acme", 2, 1, 'b');
        pool.put("acme", 1, 1, 'c');
        assert_eq!(pool.take("acme", &2), Some('b'));
        assert_eq!(pool.idle(), 1);
        assert_eq!(pool.take("acme", &2), None);
        assert_eq!(pool.idle(), 0);
    }

    #[test]
    fn keeps_no_more_than_a_tenant_may_have() {
        let pool = Pool::new(1, 10);
        pool.put("acme", 1, 1, 'a');
        pool.put("acme", 1, 1, 'b');
        assert_eq!(pool.idle(), 1);
        assert_eq!(pool.take("acme", &1), Some('a'));
    }

    #[test]
    fn the_coldest_tenant_gives_way() {
        let pool = Pool::new(2, 2);
        pool.put("acme", 1, 1, 'a');
        pool.put("globex", 1, 1, 'g');
        pool.put("initech", 1, 1, 'i');
        assert_eq!(pool.idle(), 2);
        assert_eq!(pool.take("acme", &1), None);
        assert_eq!(pool.take("globex", &1), Some('g'));
    }

    #[test]
    fn keeps_nothing_where_nothing_may_be_kept() {
        let pool = Pool::new(0, 2);
        pool.put("acme", 1, 1, 'a');
        assert_eq!(pool.idle(), 0);
        assert!(!pool.evict());
    }

    #[test]
    fn what_is_heavy_takes_the_place_of_several() {
        let pool = Pool::new(2, 10);
        pool.put("acme", 1, 4, 'a');
        pool.put("globex", 1, 4, 'g');
        pool.put("initech", 1, 9, 'i');
        assert_eq!(pool.idle(), 1);
        pool.put("hooli", 1, 11, 'h');
        assert_eq!(pool.take("initech", &1), Some('i'));
        assert_eq!(pool.idle(), 0);
    }
}
