//! The way to a server, with all that can happen on it: a proxy that passes requests on as they are, or
//! answers in the server's place, drops them, stalls, or changes what comes back.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of a request.
pub enum Fate {
    /// It arrives, and so does the answer.
    Pass,
    /// It never arrives: this is answered, a whole HTTP message.
    Answer(String),
    /// It arrives, and the connection breaks after so many bytes of the answer.
    Cut(usize),
    /// It arrives, and the answer takes this much longer.
    Stall(Duration),
    /// It arrives, and this is made of the answer's body.
    Edit(fn(&str) -> String),
}

/// A refusal with this status, and perhaps more headers.
pub fn refusal(status: u16, headers: &str) -> Fate {
    Fate::Answer(format!(
        "HTTP/1.1 {status} No\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n"
    ))
}

/// A proxy on a port of its own.
#[derive(Debug)]
pub struct Crossroads {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    /// `GET /scim/v2/Users`: the requests so far.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Crossroads {
    /// Leads to the server at this address (`127.0.0.1:PORT`). The script is given the line of each
    /// request (`GET /scim/v2/Users?count=1`), and how many came before it.
    pub fn to(address: &str, script: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let (address, script, log) = (address.to_owned(), Arc::new(script), Arc::clone(&seen));
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (address, script, log) =
                    (address.clone(), Arc::clone(&script), Arc::clone(&log));
                std::thread::spawn(move || {
                    // Either side may hang up at any time: that is what this is for.
                    let _ = pass(stream, &address, script.as_ref(), &log);
                });
            }
        });
        Self { origin, seen }
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics there").clone()
    }
}

fn pass(
    mut client: TcpStream,
    address: &str,
    script: &dyn Fn(&str, usize) -> Fate,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let request = read_message(&mut client)?;
    let text = String::from_utf8_lossy(&request).into_owned();
    let line = text.lines().next().unwrap_or_default();
    let line = line.trim_end_matches(" HTTP/1.1").to_owned();
    let fate = {
        let mut seen = log.lock().expect("nobody panics there");
        seen.push(line.clone());
        script(&line, seen.len() - 1)
    };
    if let Fate::Answer(message) = &fate {
        return client.write_all(message.as_bytes());
    }
    let mut server = TcpStream::connect(address)?;
    server.write_all(&request)?;
    let answer = read_message(&mut server)?;
    match fate {
        Fate::Cut(bytes) => client.write_all(&answer[..bytes.min(answer.len())]),
        Fate::Stall(time) => {
            std::thread::sleep(time);
            client.write_all(&answer)
        }
        Fate::Edit(edit) => client.write_all(&edited(&answer, edit)),
        Fate::Pass | Fate::Answer(_) => client.write_all(&answer),
    }
}

/// A message with a `content-length`, or none and no body; told to close behind it.
fn read_message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut got, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        if let Some(end) = got.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&got[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().unwrap_or(0));
            while got.len() < end + 4 + length {
                match stream.read(&mut buffer)? {
                    0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                    count => got.extend_from_slice(&buffer[..count]),
                }
            }
            let mut message = format!("{head}\r\nconnection: close\r\n\r\n").into_bytes();
            message.extend_from_slice(&got[end + 4..]);
            return Ok(message);
        }
        match stream.read(&mut buffer)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => got.extend_from_slice(&buffer[..count]),
        }
    }
}

fn edited(answer: &[u8], edit: fn(&str) -> String) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole message");
    let body = edit(body);
    let lines = head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default();
        !name.eq_ignore_ascii_case("content-length")
    });
    let head: Vec<_> = lines.collect();
    let head = head.join("\r\n");
    format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
