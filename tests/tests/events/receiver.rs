//! A receiver of webhooks: a small HTTP server that does as it is told, and remembers what came.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What a request gets.
#[derive(Clone, Debug)]
pub enum Reply {
    /// 204.
    Takes,
    /// This status, with a `Retry-After` of so many seconds perhaps.
    Status(u16, Option<u32>),
    /// A redirect to this path.
    Redirect(&'static str),
    /// The connection is closed without a word.
    Drops,
    /// The connection stays open without a word.
    Stalls,
    /// 200, and a body that comes byte by byte and never ends.
    Drips,
    /// Something that is not HTTP.
    Lies,
}

/// An event that was brought.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub id: String,
    pub position: u64,
    pub subject: String,
    pub body: Value,
    /// Whether the sender was told that it was taken.
    pub taken: bool,
}

type Script = dyn Fn(&str, u64, u32) -> Reply + Send + Sync;

struct Shared {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    tries: Mutex<BTreeMap<(String, u64), u32>>,
}

/// A running receiver. It goes with the test process.
pub struct Receiver {
    pub origin: String,
    shared: Arc<Shared>,
}

impl Receiver {
    /// The script is asked with the path, the position of the event, and the number of the attempt, from 1.
    pub fn start(script: impl Fn(&str, u64, u32) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: Mutex::default(),
            tries: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { origin, shared }
    }

    /// Takes everything.
    pub fn willing() -> Self {
        Self::start(|_, _, _| Reply::Takes)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// All that came to a path.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.shared.seen.lock().expect("nobody panics here");
        seen.iter()
            .filter(|seen| seen.path == path)
            .cloned()
            .collect()
    }

    /// The same that was taken, each event once, in the order of the first time.
    pub fn first(&self, path: &str) -> Vec<Seen> {
        let mut met = std::collections::BTreeSet::new();
        let mut seen = self.seen(path);
        seen.retain(|seen| seen.taken && met.insert(seen.id.clone()));
        seen
    }

    /// Waits until so many different events were taken at a path.
    #[track_caller]
    pub fn wait_for(&self, path: &str, events: usize) -> Vec<Seen> {
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            let first = self.first(path);
            if first.len() >= events {
                return first;
            }
            assert!(
                Instant::now() < deadline,
                "{} of {events} events came to {path}",
                first.len()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// First occurrences are in order for each subject, and an event has one id.
#[track_caller]
pub fn in_order(first: &[Seen], all: &[Seen]) {
    let mut last = BTreeMap::<&str, u64>::new();
    for seen in first {
        let before = last.insert(&seen.subject, seen.position);
        assert!(
            before.is_none_or(|before| before < seen.position),
            "{seen:?} behind {before:?}"
        );
    }
    let mut ids = BTreeMap::new();
    for seen in all {
        let known = ids.entry(seen.position).or_insert(&seen.id);
        assert_eq!(*known, &seen.id, "one id at {}", seen.position);
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        loop {
            let (path, body) = request(&mut reader)?;
            let position = body["data"]["position"].as_u64().unwrap_or_default();
            let reply = {
                let mut tries = self.tries.lock().expect("nobody panics here");
                let tries = tries.entry((path.clone(), position)).or_default();
                *tries += 1;
                (self.script)(&path, position, *tries)
            };
            self.note(path, position, body, &reply);
            answer(stream, &reply)?;
        }
    }

    fn note(&self, path: String, position: u64, body: Value, reply: &Reply) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let seen = Seen {
            path,
            id: text(&body["data"]["id"]),
            position,
            subject: text(&body["data"]["sub_id"]["uri"]),
            taken: matches!(reply, Reply::Takes | Reply::Drips),
            body,
        };
        self.seen.lock().expect("nobody panics here").push(seen);
    }
}

/// The path and the body; none: the connection is over.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let mut first = String::new();
    if reader.read_line(&mut first).ok()? == 0 {
        return None;
    }
    let path = first.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, serde_json::from_slice(&body).unwrap_or_default()))
}

/// None: the connection is over.
fn answer(mut stream: &TcpStream, reply: &Reply) -> Option<()> {
    let mut send = |text: &str| stream.write_all(text.as_bytes()).ok();
    match reply {
        Reply::Takes => send("HTTP/1.1 204 No Content\r\n\r\n"),
        Reply::Status(status, after) => {
            let after = after.map(|after| format!("Retry-After: {after}\r\n"));
            let after = after.unwrap_or_default();
            send(&format!(
                "HTTP/1.1 {status} So\r\n{after}Content-Length: 0\r\n\r\n"
            ))
        }
        Reply::Redirect(path) => send(&format!(
            "HTTP/1.1 307 There\r\nLocation: {path}\r\nContent-Length: 0\r\n\r\n"
        )),
        Reply::Drops => None,
        Reply::Stalls => {
            std::thread::sleep(Duration::from_mins(5));
            None
        }
        Reply::Drips => {
            send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
            while send("x").is_some() {
                std::thread::sleep(Duration::from_millis(200));
            }
            None
        }
        Reply::Lies => {
            send("220 mail.example ESMTP\r\n\r\n");
            None
        }
    }
}
