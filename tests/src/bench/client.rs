//! The least of an HTTP/1.1 client: one connection, kept alive, no allocation per request. What it
//! costs is taken from the server it measures, since both share the cores.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::requests::MEDIA_TYPE;

/// Longer than anything that is measured.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection with a credential.
pub(super) struct Client {
    stream: TcpStream,
    fixed: String,
    out: Vec<u8>,
    input: Vec<u8>,
    body_at: usize,
}

impl Client {
    /// Connects to `127.0.0.1:PORT`.
    pub(super) fn connect(address: &str, token: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP option");
        stream.set_read_timeout(Some(PATIENCE)).expect("an option");
        Self {
            stream,
            fixed: format!("host: {address}\r\nauthorization: Bearer {token}\r\n"),
            out: Vec::with_capacity(4096),
            input: vec![0; 64 << 10],
            body_at: 0,
        }
    }

    /// Sends a request and takes the answer in; its status.
    pub(super) fn send(&mut self, method: &str, path: &str, body: &str) -> u16 {
        let Self { fixed, out, .. } = self;
        out.clear();
        let length = body.len();
        write!(out, "{method} {path} HTTP/1.1\r\n{fixed}").expect("a vector takes all");
        if !body.is_empty() {
            write!(
                out,
                "content-type: {MEDIA_TYPE}\r\ncontent-length: {length}\r\n"
            )
            .expect("a vector takes all");
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body.as_bytes());
        self.stream.write_all(&self.out).expect("the server reads");
        self.read()
    }

    /// The same for clients that would rather be answered later; this one waits for it.
    pub(super) fn send_later(&mut self, method: &str, path: &str, body: &str) -> u16 {
        let plain = self.fixed.len();
        self.fixed.push_str("prefer: respond-async, wait=30\r\n");
        let status = self.send(method, path, body);
        self.fixed.truncate(plain);
        status
    }

    /// The body of the last answer.
    pub(super) fn body(&self) -> &str {
        std::str::from_utf8(&self.input[self.body_at..]).expect("an answer in UTF-8")
    }

    fn read(&mut self) -> u16 {
        self.input.resize(self.input.capacity(), 0);
        let mut filled = 0;
        let head = loop {
            filled += self.more(filled);
            let found = end_of_head(&self.input[..filled]);
            if let Some(end) = found {
                break end;
            }
        };
        let text = std::str::from_utf8(&self.input[..head]).expect("a head in ASCII");
        let status = text[9..12].parse().expect("a status");
        let end = head + content_length(text);
        while filled < end {
            if self.input.len() < end {
                self.input.resize(end, 0);
            }
            filled += self.more(filled);
        }
        self.body_at = head;
        self.input.truncate(end);
        status
    }

    fn more(&mut self, filled: usize) -> usize {
        let read = self.stream.read(&mut self.input[filled..]);
        let read = read.expect("the server answers in time");
        assert!(read > 0, "the server closed the connection");
        read
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let found = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    found.map(|at| at + 4)
}

fn content_length(head: &str) -> usize {
    let line = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    line.map_or(0, |value| value.trim().parse().expect("a length"))
}
