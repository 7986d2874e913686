//! Policies: what a question to one costs, and what a thousand tenants with one each cost a host.
//!
//! Which policies, the command line says: `--policy FILE`, once for each. What is measured is the way
//! of a question from the engine's import to the policy's answer: place, breaker, instance, call.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use scimlet_runtime::{
    Config, Context, Grant, Hook, Policies, Policy, PolicyConfig, PolicySource, Question, Subject,
};
use scimlet_store::Failure;
use serde_json::json;

use super::report::{Report, Table};
use super::stats::{median, micros, millis, number, percentile};
use super::{Effort, machine};

/// The policies that are measured.
static CHOSEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Larger ones take seconds to compile, so that all tenants of the crowd share one.
const LARGE: usize = 1 << 20;

/// Users of one batch, as the engine asks.
const BATCH: usize = 100;

/// Takes another policy.
pub(super) fn choose(file: &Path) {
    let mut chosen = CHOSEN.lock().expect("nothing panics in here");
    chosen.push(file.to_owned());
}

pub(super) fn run(effort: Effort, report: &mut Report) {
    let chosen = CHOSEN.lock().expect("nothing panics in here").clone();
    if chosen.is_empty() {
        eprintln!("policy: nothing to measure; name policies with `--policy FILE`");
        return;
    }
    report.table(sizes(&chosen));
    report.table(questions(effort, &chosen));
    report.table(crowds(effort, &chosen));
}

/// A policy's code.
struct Code(Vec<u8>);

impl PolicySource for Code {
    fn code(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.0.clone())
    }
}

fn read(file: &Path) -> Vec<u8> {
    std::fs::read(file).expect("a policy that can be read")
}

fn name(file: &Path) -> String {
    let name = file.file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn start(cache: &Path, policies: PolicyConfig) -> Policies {
    let config = Config {
        cache_dir: Some(cache.to_owned()),
        policies,
        ..Config::default()
    };
    Policies::start(&config).expect("policies can be run")
}

/// Checks it, as an install does.
fn install(policies: &Policies, code: &Arc<Code>) -> Policy {
    let checked = policies.check(&code.0);
    let checked = checked.unwrap_or_else(|error| panic!("not a policy: {error}"));
    Policy {
        digest: checked.digest,
        hooks: checked.hooks,
        source: Arc::clone(code) as Arc<dyn PolicySource>,
    }
}

/// About so many users, by a hook that the policy has.
fn question(policy: &Policy, users: usize) -> Question {
    let user = |number: usize| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("user-{number}@example.com"),
            "name": { "givenName": "Barbara", "familyName": format!("Jensen {number}") },
            "emails": [{ "value": format!("user-{number}@example.com"), "type": "work", "primary": true }],
            "title": "Account Executive",
            "userType": "Employee",
            "active": true,
            "entitlements": [{ "value": "pro" }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Sales" },
        })
        .to_string()
    };
    if !policy.hooks.contains(&Hook::Entitle) {
        return Question::Shape((0..users).map(user).collect());
    }
    let subject = |number: usize| Subject {
        user: user(number),
        proposed: vec![Grant {
            license: "pro".to_owned(),
            reason: "entitlements".to_owned(),
        }],
    };
    Question::Entitle((0..users).map(subject).collect())
}

/// Asks, and says how long it took.
fn ask(policies: &Policies, policy: &Policy, tenant: &str, question: Question) -> Duration {
    let context = Context {
        tenant: tenant.to_owned(),
        now: 1_795_824_000_000,
        principal: "bench".to_owned(),
        operation: "create".to_owned(),
    };
    let begun = Instant::now();
    let answer = policies.ask(policy, context, question);
    let took = begun.elapsed();
    answer.unwrap_or_else(|failure| panic!("no answer: {failure}"));
    took
}

fn sizes(chosen: &[PathBuf]) -> Table {
    let title = "Policies: sizes in MB, an install (compiles) in s, a load from the cache in ms";
    let columns = ["policy", "code", "compiled", "memory", "install", "load"];
    let mut table = Table::new(title, &columns);
    for file in chosen {
        let (cache, code) = (machine::folder(), read(file));
        let begun = Instant::now();
        let policies = start(cache.path(), PolicyConfig::default());
        let checked = policies.check(&code);
        let install = begun.elapsed();
        let checked = checked.unwrap_or_else(|error| panic!("not a policy: {error}"));
        let again = start(cache.path(), PolicyConfig::default());
        let begun = Instant::now();
        again.check(&code).expect("it was one a moment ago");
        let load = begun.elapsed();
        let numbers = [
            megabytes(checked.bytes),
            megabytes(checked.compiled_bytes),
            megabytes(checked.memory_bytes),
            install.as_secs_f64(),
            millis(load),
        ];
        table.row(name(file), &numbers);
    }
    table
}

fn questions(effort: Effort, chosen: &[PathBuf]) -> Table {
    let title = "Policies: µs for a question, median (p99 where said)";
    let columns = [
        "policy",
        "fresh instance, 1 user",
        "warm, 1 user",
        "warm, 1 user, p99",
        "warm, 100 users",
        "a user of 100",
    ];
    let mut table = Table::new(title, &columns);
    for file in chosen {
        let code = Arc::new(Code(read(file)));
        let warm = start(&machine::cache(), PolicyConfig::default());
        let cold = PolicyConfig {
            warm_per_tenant: 0,
            ..PolicyConfig::default()
        };
        let cold = start(&machine::cache(), cold);
        let policy = install(&warm, &code);
        let times = |policies: &Policies, users: usize, times: usize| {
            ask(policies, &policy, "bench", question(&policy, users));
            let one = |_| ask(policies, &policy, "bench", question(&policy, users));
            (0..times).map(one).collect::<Vec<_>>()
        };
        let mut fresh = times(&cold, 1, effort.pick(500, 50));
        let mut one = times(&warm, 1, effort.pick(5000, 500));
        let mut batch = times(&warm, BATCH, effort.pick(500, 50));
        let whole = micros(median(&mut batch));
        let numbers = [
            micros(median(&mut fresh)),
            micros(median(&mut one)),
            micros(percentile(&mut one, 990)),
            whole,
            whole / number(BATCH),
        ];
        table.row(name(file), &numbers);
    }
    table
}

/// A thousand tenants, each with a policy of its own where that can be compiled in a reasonable time.
fn crowds(effort: Effort, chosen: &[PathBuf]) -> Table {
    let title = "Tenants with a policy each, one host: s to install all, µs for a question (first \
                 ones, and then at random), MB of memory beyond what it was (anonymous; mapped files)";
    let columns = [
        "policy",
        "tenants",
        "policies",
        "install",
        "first",
        "first p99",
        "then",
        "then p99",
        "warm",
        "memory",
        "mapped",
    ];
    let mut table = Table::new(title, &columns);
    for file in chosen {
        table.row(name(file), &crowd(effort, &read(file)));
    }
    table
}

fn crowd(effort: Effort, code: &[u8]) -> [f64; 10] {
    let tenants: usize = effort.pick(1000, 50);
    let cache = machine::folder();
    let maker = start(cache.path(), PolicyConfig::default());
    let begun = Instant::now();
    let shared = Arc::new(Code(code.to_vec()));
    let is_large = code.len() > LARGE;
    let policies: Vec<Policy> = (0..tenants)
        .map(|tenant| {
            if is_large {
                return install(&maker, &shared);
            }
            install(&maker, &Arc::new(Code(another(code, tenant))))
        })
        .collect();
    let installed = begun.elapsed();
    drop(maker);

    // As after a restart: all of it comes from the cache.
    let host = start(cache.path(), PolicyConfig::default());
    let before = [memory("RssAnon"), memory("RssFile")];
    let call = |tenant: usize| {
        let policy = &policies[tenant];
        ask(
            &host,
            policy,
            &format!("tenant-{tenant}"),
            question(policy, 1),
        )
    };
    let mut first: Vec<_> = (0..tenants).map(call).collect();
    let mut chance = 7_u64;
    let mut then: Vec<_> = (0..effort.pick(20_000, 1000))
        .map(|_| {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let tenant = usize::try_from(chance >> 33).expect("31 bits") % tenants;
            call(tenant)
        })
        .collect();
    [
        number(tenants),
        if is_large { 1.0 } else { number(tenants) },
        installed.as_secs_f64(),
        micros(median(&mut first)),
        micros(percentile(&mut first, 990)),
        micros(median(&mut then)),
        micros(percentile(&mut then, 990)),
        number(host.idle()),
        memory("RssAnon") - before[0],
        memory("RssFile") - before[1],
    ]
}

/// The same component with another digest: a custom section at its end says which one it is.
fn another(code: &[u8], which: usize) -> Vec<u8> {
    let content = format!("\u{6}tenant{which:06}");
    let length = u8::try_from(content.len()).expect("a short section");
    [code, &[0, length], content.as_bytes()].concat()
}

/// A line of this process's memory, in MB (of 10^6 bytes).
fn memory(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this process runs");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
    let kilobytes: f64 = kilobytes.and_then(|k| k.parse().ok()).expect("a number");
    kilobytes * 1024.0 / 1e6
}

fn megabytes(bytes: usize) -> f64 {
    number(bytes) / 1e6
}
