//! Clients that ask as fast as they are answered, for a while.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::client::Client;
use super::served::{Served, processor_time};
use super::stats::{median, micros, number, percentile, rate};

/// What a client does with the number it draws; the status.
pub(super) type Ask<'a> = &'a (dyn Fn(u64, &mut Client) -> u16 + Sync);

/// How it went.
pub(super) struct Outcome {
    /// Answers a second.
    pub(super) rate: f64,
    /// Half of the answers took longer.
    pub(super) p50: Duration,
    /// One in a hundred took longer.
    pub(super) p99: Duration,
    /// Processor time of the server for one answer, in µs.
    pub(super) server: f64,
    /// Processor time of the clients for one answer, in µs.
    pub(super) clients: f64,
}

/// Where requests go.
pub(super) struct Crowd<'a> {
    pub(super) served: &'a Served,
    pub(super) token: &'a str,
    /// Draws numbers: no two requests of a run have the same.
    pub(super) numbers: &'a AtomicU64,
}

impl Crowd<'_> {
    /// Lets so many clients ask for so long, after a tenth of it that does not count.
    pub(super) fn run(&self, clients: usize, time: Duration, ask: Ask<'_>) -> Outcome {
        self.ask_all(clients, time / 10, ask);
        let pid = self.served.pid().to_string();
        let cost = || (processor_time(&pid), processor_time("self"));
        let (server, own) = cost();
        let begun = Instant::now();
        let mut samples = self.ask_all(clients, time, ask);
        let took = begun.elapsed();
        let (server_then, own_then) = cost();
        let server = server_then.saturating_sub(server);
        let own = own_then.saturating_sub(own);
        let count = samples.len();
        Outcome {
            rate: rate(count, took),
            p50: median(&mut samples),
            p99: percentile(&mut samples, 990),
            server: micros(server) / number(count),
            clients: micros(own) / number(count),
        }
    }

    fn ask_all(&self, clients: usize, time: Duration, ask: Ask<'_>) -> Vec<Duration> {
        std::thread::scope(|scope| {
            let one = || scope.spawn(|| self.ask_alone(time, ask));
            let threads: Vec<_> = (0..clients).map(|_| one()).collect();
            let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined
                .flat_map(|samples| samples.expect("no request fails"))
                .collect()
        })
    }

    fn ask_alone(&self, time: Duration, ask: Ask<'_>) -> Vec<Duration> {
        let mut client = self.served.client(self.token);
        let mut samples = Vec::with_capacity(1 << 16);
        let end = Instant::now() + time;
        loop {
            let begun = Instant::now();
            if begun >= end {
                return samples;
            }
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let status = ask(number, &mut client);
            samples.push(begun.elapsed());
            assert!((200..300).contains(&status), "{status}: {}", client.body());
        }
    }
}
