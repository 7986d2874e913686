//! A bare TCP connection, for what no HTTP client would send.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::{Answer, World};

/// Longer than the server's own limit for a slow client.
const PATIENCE: Duration = Duration::from_secs(90);

/// A connection to the server.
#[derive(Debug)]
pub struct Raw(TcpStream);

impl Raw {
    /// Connects, and sends nothing.
    pub fn connect(world: &World) -> Self {
        let stream = TcpStream::connect(world.address()).expect("the server listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout can be set");
        stream
            .set_write_timeout(Some(PATIENCE))
            .expect("a timeout can be set");
        Self(stream)
    }

    /// Sends bytes; false when the server hung up on them.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    /// Waits for the server to hang up: what it said before, and how long that took.
    #[track_caller]
    pub fn until_closed(&mut self) -> (Vec<u8>, Duration) {
        let start = Instant::now();
        let mut said = Vec::new();
        match self.0.read_to_end(&mut said) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("the server should have hung up by now: {error}"),
        }
        (said, start.elapsed())
    }

    /// Reads one answer. `None` when the server hung up without one.
    pub fn answer(&mut self) -> Option<Answer> {
        let mut got = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            if let Some(answer) = parse(&got, false) {
                return Some(answer);
            }
            match self.0.read(&mut buffer) {
                Ok(0) | Err(_) => return parse(&got, true),
                Ok(count) => got.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

/// Sends these bytes on a new connection and reads one answer.
pub fn exchange(world: &World, bytes: &[u8]) -> Option<Answer> {
    let mut raw = Raw::connect(world);
    raw.send(bytes);
    raw.answer()
}

/// A head with `Host` and a bearer token, ended.
pub fn head(method: &str, target: &str, token: &str, more: &[&str]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
    head.push_str(&format!("Authorization: Bearer {token}\r\n"));
    for line in more {
        head.push_str(line);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// `None` while there is more to come; `ended`: there will not be.
fn parse(got: &[u8], ended: bool) -> Option<Answer> {
    let split = got.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&got[..split]);
    let body = &got[split + 4..];
    let mut lines = head.lines();
    let status = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    (ended || body.len() >= length)
        .then(|| Answer::new("(raw bytes)".to_owned(), status, headers, body))
}
