//! Connections: accept, TLS, HTTP/1.1, and the way out.
//!
//! A connection costs a permit, so their number is bounded; beyond it, clients wait in the
//! kernel's queue. Each has deadlines for the handshake, for the headers and for a stalled
//! answer, so that a slow or silent client gives its permit back.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::patience::Patient;

/// From the first byte of a request to the end of its headers, and between two requests of a
/// connection that is kept alive.
const HEADERS: Duration = Duration::from_secs(30);
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what is written to it.
const STALLED: Duration = Duration::from_secs(30);
/// How long requests under way may take to end once the process is told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// The request line and all headers; above it, hyper answers 431.
const MAX_HEADERS: usize = 64 * 1024;
/// When accepting fails (no more file descriptors, say), trying again at once would spin.
const BREATH: Duration = Duration::from_millis(100);

/// What the sockets are made of.
pub(crate) struct Sockets {
    pub(crate) tls: Option<TlsAcceptor>,
    /// How many connections there may be.
    pub(crate) connections: usize,
}

/// A socket that clients can already reach; nobody answers before [`Listener::serve`].
pub(crate) struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    connections: Arc<Semaphore>,
}

impl Listener {
    pub(crate) async fn bind(address: SocketAddr, sockets: Sockets) -> io::Result<Self> {
        let connections = Arc::new(Semaphore::new(sockets.connections));
        Ok(Self {
            socket: TcpListener::bind(address).await?,
            tls: sockets.tls,
            connections,
        })
    }

    /// Where it really is: port 0 has become a port.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers until `stop` comes, then lets requests under way end.
    pub(crate) async fn serve(self, router: Router, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        tokio::select! {
            () = self.accept_all(&router, &graceful) => {}
            () = stop => {}
        }
        drop(self); // New clients are refused from here on.
        tracing::info!("stopping");
        if timeout(DRAIN, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests did not end in time and are given up");
        }
    }

    async fn accept_all(&self, router: &Router, graceful: &GracefulShutdown) {
        while let Ok(permit) = Arc::clone(&self.connections).acquire_owned().await {
            match self.socket.accept().await {
                Ok((stream, _)) => {
                    let connection = Connection {
                        router: router.clone(),
                        watcher: graceful.watcher(),
                        _permit: permit,
                    };
                    tokio::spawn(connection.run(stream, self.tls.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    sleep(BREATH).await;
                }
            }
        }
    }
}

/// What one connection needs.
struct Connection {
    router: Router,
    watcher: Watcher,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Answers are written in one go; waiting to fill a packet would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays without TCP_NODELAY");
        }
        let stream = Patient::new(stream, STALLED);
        let Some(acceptor) = tls else {
            return self.speak_http(stream).await;
        };
        match timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.speak_http(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn speak_http(self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static) {
        let service = TowerToHyperService::new(self.router);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_header_size(MAX_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke");
        }
    }
}
