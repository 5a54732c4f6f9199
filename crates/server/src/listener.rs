//! The one port: accepts connections, finishes TLS within bounds, and hands each to the door it asked for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

use crate::app::App;
use crate::authorise::Peer;
use crate::authority;
use crate::patience::Patient;
use crate::stopping::Stopping;
use crate::tls::{self, Doors};

/// A client has this long from its first byte to the end of the handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A browser has this long to send a request's head; also how long an idle connection is kept.
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// A browser that takes nothing of an answer for so long is let go.
const WRITE_PATIENCE: Duration = Duration::from_secs(60);
/// Handshakes at once: each costs a signature.
const MOST_HANDSHAKES: usize = 256;
/// Browser connections at once. A console uses a handful.
const MOST_BROWSERS: usize = 2_048;
/// Agent connections at once: one per machine.
const MOST_AGENTS: usize = 16_384;
/// Largest head of a request, in bytes.
const MOST_HEAD_BYTES: usize = 32 * 1024;
/// Most header lines of a request.
const MOST_HEADERS: usize = 64;
/// After an error of accept (no descriptors left) the listener rests instead of spinning.
const ACCEPT_REST: Duration = Duration::from_millis(100);
/// Connections have this long to finish what they do when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// What each connection needs.
struct Reception {
    app: Arc<App>,
    router: Router,
    doors: Doors,
    handshakes: Arc<Semaphore>,
    browsers: Arc<Semaphore>,
    agents: Arc<Semaphore>,
    stopping: Stopping,
}

/// Accepts until the server stops, then lets connections finish for a few seconds.
pub async fn serve(listener: TcpListener, app: Arc<App>, router: Router, doors: Doors, mut stopping: Stopping) {
    let reception = Arc::new(Reception {
        app,
        router,
        doors,
        handshakes: Arc::new(Semaphore::new(MOST_HANDSHAKES)),
        browsers: Arc::new(Semaphore::new(MOST_BROWSERS)),
        agents: Arc::new(Semaphore::new(MOST_AGENTS)),
        stopping: stopping.clone(),
    });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = accept(&listener, &reception.handshakes) => {
                let (stream, peer, turn) = accepted;
                connections.spawn(receive(Arc::clone(&reception), stream, peer, turn));
            }
            Some(_) = connections.join_next() => {}
            () = stopping.begun() => break,
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_TIMEOUT, drained).await.is_err() {
        tracing::info!(left = connections.len(), "closing connections that did not finish");
    }
}

async fn accept(listener: &TcpListener, handshakes: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed; were it, nobody would be accepted.
        let Ok(turn) = Arc::clone(handshakes).acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, turn),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

async fn receive(reception: Arc<Reception>, stream: TcpStream, peer: SocketAddr, turn: OwnedSemaphorePermit) {
    // Blocks of a live picture are small and must not wait for more.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "a connection went away at once");
        return;
    }
    let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, shake_hands(&reception.doors, stream)).await;
    drop(turn);
    let (stream, is_agent) = match handshake {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => {
            reception.app.metrics.refused_connections.increment(1);
            tracing::debug!(%peer, %error, "a connection was refused");
            return;
        }
        Err(_) => {
            reception.app.metrics.refused_connections.increment(1);
            tracing::debug!(%peer, "a connection did not finish its handshake in time");
            return;
        }
    };
    if is_agent {
        receive_agent(&reception, stream, peer).await;
    } else if let Ok(_place) = Arc::clone(&reception.browsers).try_acquire_owned() {
        serve_http(&reception, stream, peer).await;
    } else {
        reception.app.metrics.refused_connections.increment(1);
        tracing::warn!(%peer, "a browser was turned away: too many connections");
    }
}

/// Finishes TLS with the settings of the door that the client asks for; true for the agents' door.
async fn shake_hands<S: AsyncRead + AsyncWrite + Unpin>(
    doors: &Doors,
    stream: S,
) -> std::io::Result<(TlsStream<S>, bool)> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let is_agent = tls::asks_for_agents(&start.client_hello());
    let config = if is_agent { &doors.agents } else { &doors.browsers };
    Ok((start.into_stream(Arc::clone(config)).await?, is_agent))
}

/// Knows the machine by its certificate before a byte of it is parsed.
async fn receive_agent(reception: &Reception, stream: TlsStream<TcpStream>, peer: SocketAddr) {
    let Ok(_place) = Arc::clone(&reception.agents).try_acquire_owned() else {
        tracing::warn!(%peer, "an agent was turned away: too many connections");
        return;
    };
    let Some(certificate) = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()) else { return };
    let fingerprint = authority::fingerprint(certificate);
    match reception.app.catalogue.certificate(&fingerprint).await {
        Ok(Some(certificate)) => reception.app.ingest.serve(stream, certificate, peer).await,
        Ok(None) => {
            reception.app.metrics.refused_connections.increment(1);
            tracing::warn!(%peer, %fingerprint, "a machine that is not in the catalogue was turned away");
            reception.app.ingest.turn_stranger_away(stream).await;
        }
        Err(error) => tracing::error!(%peer, %error, "an agent was turned away"),
    }
}

async fn serve_http(reception: &Reception, stream: TlsStream<TcpStream>, peer: SocketAddr) {
    let router = reception.router.clone();
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_HEAD_TIMEOUT)
        .max_headers(MOST_HEADERS)
        .max_buf_size(MOST_HEAD_BYTES)
        .serve_connection(TokioIo::new(Patient::new(stream, WRITE_PATIENCE)), service)
        .with_upgrades();
    tokio::pin!(connection);
    let mut stopping = reception.stopping.clone();
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.begun() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a browser's connection ended");
    }
}
