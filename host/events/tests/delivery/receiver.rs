//! Who receives: a courier that answers by a script, and remembers everything that it was brought.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scimlet_events::{BoxFuture, Courier, Endpoint, Envelope, Receipt, Refused, Verdict};
use tokio::time::{Instant, sleep};

/// What one attempt comes to.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Takes,
    /// Takes it after a while.
    Slowly(Duration),
    /// A passing failure, with a `Retry-After` perhaps.
    Fails(Option<Duration>),
    /// A lasting one.
    Never,
    Gone,
    /// No answer at all.
    Stalls,
    Panics,
}

/// Something that was brought, and answered.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) endpoint: String,
    pub(crate) position: u64,
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) taken: bool,
}

type Script = dyn Fn(&Endpoint, &Envelope, u32) -> Reply + Send + Sync;

pub(crate) struct Receiver {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    /// How often each event was brought to each endpoint.
    tries: Mutex<BTreeMap<(String, u64), u32>>,
    flying: Mutex<(u32, u32)>,
}

impl Receiver {
    /// The script is asked with the number of the attempt, from 1.
    pub(crate) fn new(
        script: impl Fn(&Endpoint, &Envelope, u32) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            seen: Mutex::default(),
            tries: Mutex::default(),
            flying: Mutex::default(),
        })
    }

    /// Takes everything.
    pub(crate) fn willing() -> Arc<Self> {
        Self::new(|_, _, _| Reply::Takes)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The positions that were taken, in order of their arrival.
    pub(crate) fn taken(&self) -> Vec<u64> {
        let seen = self.seen();
        let taken = seen.iter().filter(|seen| seen.taken);
        taken.map(|seen| seen.position).collect()
    }

    /// The most attempts that were under way at a time.
    pub(crate) fn most_flying(&self) -> u32 {
        self.flying.lock().unwrap().1
    }

    fn note(&self, endpoint: &Endpoint, event: &Envelope, taken: bool) {
        self.seen.lock().unwrap().push(Seen {
            at: Instant::now(),
            endpoint: endpoint.name.clone(),
            position: event.position,
            id: event.id.clone(),
            subject: event.subject.id.clone(),
            taken,
        });
    }

    async fn answer(&self, endpoint: &Endpoint, event: &Envelope) -> Result<Receipt, Refused> {
        let tries = {
            let mut tries = self.tries.lock().unwrap();
            let key = (endpoint.id.clone(), event.position);
            let tries = tries.entry(key).or_default();
            *tries += 1;
            *tries
        };
        let refuse = |verdict, status| {
            self.note(endpoint, event, false);
            Err(Refused {
                verdict,
                status: Some(status),
                reason: format!("answered {status}"),
                took: Duration::from_millis(1),
            })
        };
        match (self.script)(endpoint, event, tries) {
            Reply::Takes => {}
            Reply::Slowly(wait) => sleep(wait).await,
            Reply::Fails(asked) => return refuse(Verdict::Later(asked), 503),
            Reply::Never => return refuse(Verdict::Never, 400),
            Reply::Gone => return refuse(Verdict::Gone, 410),
            Reply::Stalls => sleep(Duration::from_hours(1_000_000)).await,
            Reply::Panics => panic!("the courier was told to"),
        }
        self.note(endpoint, event, true);
        Ok(Receipt {
            status: 204,
            took: Duration::from_millis(1),
        })
    }
}

struct Flying<'a>(&'a Receiver);

impl Drop for Flying<'_> {
    fn drop(&mut self) {
        self.0.flying.lock().unwrap().0 -= 1;
    }
}

impl Courier for Receiver {
    fn deliver<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        event: &'a Envelope,
    ) -> BoxFuture<'a, Result<Receipt, Refused>> {
        Box::pin(async move {
            {
                let mut flying = self.flying.lock().unwrap();
                flying.0 += 1;
                flying.1 = flying.1.max(flying.0);
            }
            let _flying = Flying(self);
            self.answer(endpoint, event).await
        })
    }
}
