//! A receiver of the test's own: a socket that reads a request and then does as it was told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What a receiver does with a request that it has read.
#[derive(Clone, Debug)]
pub(crate) enum Manners {
    /// Says this, word for word, and closes.
    Says(String),
    /// Says this, and then nothing, with the connection open.
    SaysAndStalls(String),
    /// Says this, and then `x` for ever.
    SaysForEver(String),
}

impl Manners {
    /// An honest answer.
    pub(crate) fn status(status: u16) -> Self {
        Self::answer(status, "", "")
    }

    /// An honest answer with more headers (each with its line break) and a body.
    pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Says(format!(
            "HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        ))
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    head: String,
    pub(crate) body: String,
}

impl Came {
    /// `POST /in HTTP/1.1`
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1);
        lines.find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What has come so far.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    came: Arc<Mutex<Vec<Came>>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(crate) async fn new(manners: Manners) -> Self {
        Self::start(manners, None).await
    }

    pub(crate) async fn with_tls(manners: Manners, tls: TlsAcceptor) -> Self {
        Self::start(manners, Some(tls)).await
    }

    async fn start(manners: Manners, tls: Option<TlsAcceptor>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let came = Arc::<Mutex<Vec<Came>>>::default();
        let notes = Arc::clone(&came);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (manners, notes, tls) = (manners.clone(), Arc::clone(&notes), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        // A client that does not trust us goes away; that is its right.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                receive(stream, &manners, &notes).await;
                            }
                        }
                        None => receive(stream, &manners, &notes).await,
                    }
                });
            }
        });
        Self {
            address,
            came,
            task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/in", self.address)
    }

    pub(crate) fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    pub(crate) fn only(&self) -> Came {
        let came = self.came();
        assert_eq!(came.len(), 1, "{came:?}");
        came[0].clone()
    }
}

async fn receive(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    manners: &Manners,
    notes: &Mutex<Vec<Came>>,
) {
    let Some(came) = read(&mut stream).await else {
        return;
    };
    notes.lock().unwrap().push(came);
    let (Manners::Says(text) | Manners::SaysAndStalls(text) | Manners::SaysForEver(text)) = manners;
    if stream.write_all(text.as_bytes()).await.is_err() || stream.flush().await.is_err() {
        return;
    }
    match manners {
        Manners::Says(_) => {
            // Not a word more. The client may have closed first.
            let _closed = stream.shutdown().await;
        }
        Manners::SaysAndStalls(_) => {
            // Until the client has had enough.
            let _left = stream.read(&mut [0; 1]).await;
        }
        Manners::SaysForEver(_) => while stream.write_all(&[b'x'; 4096]).await.is_ok() {},
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Came> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let came = Came {
                head: head.to_owned(),
                body: body.to_owned(),
            };
            let length: usize = came
                .header("content-length")
                .unwrap_or("0")
                .parse()
                .unwrap();
            if body.len() >= length {
                return Some(came);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
