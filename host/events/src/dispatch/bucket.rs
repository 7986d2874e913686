//! At most so many a second.

/// Attempts that the clock's own step may bring too early, in microseconds.
const STEP: u64 = 1000;

/// Spaces attempts evenly.
pub(super) struct Bucket {
    /// Microseconds between two; 0: no bound.
    apart: u64,
    /// When the next one would be due, in microseconds.
    next: u64,
}

impl Bucket {
    pub(super) fn new(rate: Option<u32>) -> Self {
        let apart = rate.map_or(0, |rate| 1_000_000 / u64::from(rate.max(1)));
        Self { apart, next: 0 }
    }

    /// When the next attempt may begin, in milliseconds; none: now.
    pub(super) fn wait(&self, now: u64) -> Option<u64> {
        let early = self.next.saturating_sub(STEP);
        (early > now.saturating_mul(1000)).then(|| early.div_ceil(1000))
    }

    /// An attempt begins.
    pub(super) fn take(&mut self, now: u64) {
        self.next = self.next.max(now.saturating_mul(1000)) + self.apart;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_second(rate: u32) -> u32 {
        let mut bucket = Bucket::new(Some(rate));
        let mut taken = 0;
        for now in 50_000..51_000 {
            while bucket.wait(now).is_none() {
                bucket.take(now);
                taken += 1;
            }
        }
        taken
    }

    #[test]
    fn as_many_as_are_allowed_and_no_more() {
        for rate in [1, 7, 100, 1000, 5000] {
            let taken = in_a_second(rate);
            assert!(
                (rate..=rate + rate / 500 + 1).contains(&taken),
                "{rate}: {taken}"
            );
        }
    }

    #[test]
    fn without_a_rate_nobody_waits() {
        let mut bucket = Bucket::new(None);
        for _ in 0..100 {
            assert_eq!(bucket.wait(7), None);
            bucket.take(7);
        }
    }

    #[test]
    fn a_pause_saves_nothing_up() {
        let mut bucket = Bucket::new(Some(10));
        bucket.take(1000);
        assert_eq!(bucket.wait(9000), None);
        bucket.take(9000);
        assert!(bucket.wait(9050).is_some());
    }
}
