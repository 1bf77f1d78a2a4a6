//! Listening and serving, on hyper's own http1 builder: a held connection
//! costs half of what it costs behind the ready-made server.
//!
//! Nobody holds a connection by being slow: the handshake, the head and the
//! whole body of a request each have their time, however steadily they drip; and
//! so has whoever takes no answer, where the system can watch that for us.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::Router;
use axum::body::{Body, Bytes};
use futures_util::future::Either;
use hyper::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use ipnet::IpNet;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Sleep;
use tower::ServiceExt;

use super::connections::{Connections, Permit};
use super::proxy_protocol::read_header;
use super::tls::Tls;
use crate::server::config::ListenOptions;
use crate::server::domain::client_ip::is_proxy;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4_096;

/// Bytes of each connection's buffer.
const BUFFER: usize = 8 * 1_024;

/// How long requests under way may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// Who is at the other end of the connection, or for whom the proxy there asks;
/// put into each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// How connections are taken.
#[derive(Clone, Debug)]
pub struct Listening {
    pub options: ListenOptions,
    /// The certificate, for TLS.
    pub tls: Option<Tls>,
    /// Our own proxies.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Whether each connection of theirs begins with the PROXY protocol.
    pub proxy_protocol: bool,
    /// How many each address holds; `None` where nobody is counted.
    pub connections: Option<Connections>,
}

impl Default for Listening {
    fn default() -> Self {
        Self {
            options: ListenOptions::default(),
            tls: None,
            trusted_proxies: Arc::new([]),
            proxy_protocol: false,
            connections: None,
        }
    }
}

/// A listener that is served. Dropping it cuts everything off.
#[derive(Debug)]
pub struct ServerHandle {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl ServerHandle {
    /// Serves `router` on `listener`, in the clear.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn serve(listener: TcpListener, router: Router) -> io::Result<Self> {
        Self::serve_with(listener, router, Listening::default())
    }

    /// Serves `router` on `listener`.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn serve_with(
        listener: TcpListener,
        router: Router,
        listening: Listening,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(accept(listener, router, listening, stopping));
        Ok(Self { address, stop, task })
    }

    /// The address it listens at, with the port it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, lets those under way end, and stops.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A socket bound to `address` and listening. `shared` lets another process of
/// the same user listen there too (Linux).
///
/// # Errors
/// Those of the operating system.
pub fn bind(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    #[cfg(target_os = "linux")]
    if shared {
        socket.set_reuse_port(true)?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = shared;
    if address.is_ipv6() {
        // An IPv6 listener on all addresses takes IPv4 as well, where it can.
        let _ = socket.set_only_v6(false);
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

async fn accept(
    listener: TcpListener,
    router: Router,
    listening: Listening,
    mut stopping: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let body_time = listening.options.body;
    let listening = Arc::new(listening);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.changed() => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                let is_proxy = is_proxy(peer.ip(), &listening.trusted_proxies);
                let permit = match &listening.connections {
                    Some(counted) if !is_proxy => counted.acquire(peer.ip()),
                    _ => Ok(None),
                };
                let Ok(permit) = permit else { continue };
                let _ = stream.set_nodelay(true);
                // A window that stays shut is none of hyper's clocks' matter.
                #[cfg(target_os = "linux")]
                let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(body_time));
                let to =
                    Accepted { peer, permit, router: router.clone(), watcher: graceful.watcher() };
                let is_announced = is_proxy && listening.proxy_protocol;
                if is_announced || listening.tls.is_some() {
                    connections.spawn(begin(stream, to, is_announced, Arc::clone(&listening)));
                } else {
                    let times = (listening.options.head, body_time);
                    connections.spawn(serve(stream, to, times));
                }
            }
            Err(fault) => {
                // Out of descriptors: those held end by themselves.
                tracing::warn!(%fault, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    // Closed in so many words: a program that is being started just then holds
    // a copy until it has begun, and the port would stay taken.
    let _ = SockRef::from(&listener).shutdown(Shutdown::Both);
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    connections.shutdown().await;
}

/// A connection that was taken, and what it is served with.
struct Accepted {
    peer: SocketAddr,
    /// What it is counted by.
    permit: Option<Permit>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
}

/// Reads what comes before the first request, in the time of its head.
async fn begin(
    mut stream: TcpStream,
    mut to: Accepted,
    is_announced: bool,
    listening: Arc<Listening>,
) {
    let times = (listening.options.head, listening.options.body);
    let begun = tokio::time::timeout(times.0, async {
        if is_announced && let Some(client) = read_header(&mut stream).await? {
            to.peer = client;
            if let Some(counted) = &listening.connections {
                let full = |_| io::Error::other("its address has as many as it may");
                to.permit = counted.acquire(client.ip()).map_err(full)?;
            }
        }
        Ok(match &listening.tls {
            Some(tls) => Either::Left(tls.acceptor().accept(stream).await?),
            None => Either::Right(stream),
        })
    });
    let begun: io::Result<_> = begun.await.unwrap_or_else(|late| Err(late.into()));
    match begun {
        Ok(Either::Left(stream)) => serve(stream, to, times).await,
        Ok(Either::Right(stream)) => serve(stream, to, times).await,
        Err(fault) => {
            let peer = to.peer.ip();
            tracing::debug!(%peer, %fault, "a connection did not begin as it should");
        }
    }
}

async fn serve<S>(stream: S, to: Accepted, (head, body): (Duration, Duration))
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Accepted { peer, permit, router, watcher } = to;
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(|sent| Body::new(Timed { sent, limit: body, end: None }));
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(fault) = watcher.watch(connection).await {
        tracing::debug!(%fault, "a connection ended");
    }
    drop(permit);
}

/// A body that has to be there in time. One that came with its head, as nearly
/// all do, costs no timer.
struct Timed {
    sent: Incoming,
    limit: Duration,
    end: Option<Pin<Box<Sleep>>>,
}

impl hyper::body::Body for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.sent).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = this.limit;
        let end = this.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        end.as_mut().poll(context).map(|()| Some(Err("the body took too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.sent.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.sent.size_hint()
    }
}
