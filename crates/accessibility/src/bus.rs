//! A connection to a bus of the session.

use std::path::Path;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::{Instant, timeout_at};
use zbus::Connection;
use zbus::zvariant::Type;

use crate::address::sockets;
use crate::tree::TreeError;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);
/// How long one answer may take.
pub const ANSWER: Duration = Duration::from_millis(500);

/// Connects to the first of the places of an address that lets us.
pub async fn connect(address: &str) -> Result<Connection, TreeError> {
    let until = Instant::now() + CONNECT;
    let mut failed = TreeError::NoBus("its address names no socket of this machine".to_owned());
    for socket in sockets(address) {
        match timeout_at(until, connect_to(&socket)).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => failed = error,
            Err(_) => return Err(TreeError::Late),
        }
    }
    Err(failed)
}

async fn connect_to(socket: &Path) -> Result<Connection, TreeError> {
    let failed = |error: &dyn std::fmt::Display| TreeError::NoBus(error.to_string());
    // Never waits: a queue that is full is refused.
    let stream = UnixStream::connect(socket).await.map_err(|error| failed(&error))?;
    let built = zbus::connection::Builder::unix_stream(stream).max_queued(1).build().await;
    built.map_err(|error| failed(&error))
}

/// Asks somebody on a bus, but not for longer than until then.
pub async fn ask<A, T>(
    bus: &Connection,
    (name, path): (&str, &str),
    (interface, method): (&str, &str),
    arguments: &A,
    until: Instant,
) -> Result<T, TreeError>
where
    A: serde::Serialize + Type,
    T: serde::de::DeserializeOwned + Type,
{
    let until = until.min(Instant::now() + ANSWER);
    let asked = bus.call_method(Some(name), path, Some(interface), method, arguments);
    let answer = timeout_at(until, asked).await.map_err(|_| TreeError::Late)??;
    Ok(answer.body().deserialize()?)
}
