//! A receiver of webhooks that answers at once, and notes when what came.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What came: when, and how long after it happened.
type Came = Vec<(Instant, Duration)>;

pub(super) struct Receiver {
    port: u16,
    came: Arc<Mutex<Came>>,
}

impl Receiver {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let came = Arc::<Mutex<Came>>::default();
        let kept = Arc::clone(&came);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let came = Arc::clone(&kept);
                std::thread::spawn(move || serve(&stream, &came));
            }
        });
        Self { port, came }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Waits until so many came; how many did, and how long it took from the first to the last.
    pub(super) fn wait_for(&self, count: usize, patience: Duration) -> (usize, Duration) {
        let deadline = Instant::now() + patience;
        loop {
            let came = self.came.lock().expect("nobody panics here");
            if came.len() >= count || Instant::now() > deadline {
                assert!(came.len() >= count, "{} of {count} came", came.len());
                let (first, last) = (came.first(), came.last());
                let took = first.zip(last).map(|(first, last)| last.0 - first.0);
                return (came.len(), took.unwrap_or_default());
            }
            drop(came);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// How long after it happened each was there.
    pub(super) fn lags(&self) -> Vec<Duration> {
        let came = self.came.lock().expect("nobody panics here");
        came.iter().map(|(_, lag)| *lag).collect()
    }
}

fn serve(stream: &TcpStream, came: &Mutex<Came>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (mut reader, mut writer) = (BufReader::new(stream.try_clone().ok()?), stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let name = "content-length:";
            if line
                .get(..name.len())
                .is_some_and(|it| it.eq_ignore_ascii_case(name))
            {
                length = line[name.len()..].trim().parse().ok()?;
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
        let noted = (Instant::now(), lag(&body));
        came.lock().expect("nobody panics here").push(noted);
        writer.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()?;
    }
}

/// By the time of the day, to the millisecond.
fn lag(body: &[u8]) -> Duration {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let happened = body["timestamp"]
        .as_str()
        .and_then(of_day)
        .unwrap_or_default();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or_default() % DAY_MS;
    Duration::from_millis((now + DAY_MS - happened) % DAY_MS)
}

/// `2026-11-22T10:00:00.123Z`
fn of_day(time: &str) -> Option<u64> {
    let clock = time.split_once('T')?.1.trim_end_matches('Z');
    let (clock, millis) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let millis = format!("{millis:0<3}").get(..3)?.parse::<u64>().ok()?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}
