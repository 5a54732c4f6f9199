//! The socket: where it is, who may connect, and how long and how much anybody may say.

use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::caller::Caller;
use super::message::{Answer, MAX_REQUEST_BYTES, Request};
use super::pace::Pace;
use super::serve::{Door, serve};

/// Connections at once; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 32;
/// A connection that says nothing, or does not take its answer, ends after this.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one request may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// After this many requests a connection ends.
const MAX_REQUESTS: usize = 64;
/// Before a failing accept is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// The agent's socket. Removed when it goes.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Listens. Everybody may connect to root's agent; who they are decides what they may do.
    ///
    /// # Errors
    /// If the socket cannot be made, or something else stands in its place.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let folder = path.parent().context("the socket's path names no folder")?;
        if !folder.exists() {
            std::fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
        }
        if let Ok(there) = std::fs::symlink_metadata(path) {
            // What is left of an agent that was killed. One that runs holds the spool, so there is no other.
            ensure!(there.file_type().is_socket(), "{} is there already and is no socket", path.display());
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path).with_context(|| format!("cannot listen on {}", path.display()))?;
        let mode = if nix::unistd::geteuid().is_root() { 0o666 } else { 0o600 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
        Ok(Self { listener, path: path.to_owned() })
    }

    /// Answers until it is dropped.
    pub async fn serve(self, door: Door) {
        let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let pace = Arc::new(Mutex::new(Pace::default()));
        loop {
            let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let (door, pace) = (door.clone(), Arc::clone(&pace));
                    tokio::spawn(async move {
                        if let Err(error) = talk(stream, &door, &pace).await {
                            tracing::debug!(%error, "a connection to the agent's socket ended");
                        }
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the agent's socket cannot be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn talk(stream: UnixStream, door: &Door, pace: &Mutex<Pace>) -> std::io::Result<()> {
    let caller = Caller::of(&stream)?;
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    for _ in 0..MAX_REQUESTS {
        let mut line = Vec::new();
        let mut bounded = (&mut read).take(MAX_REQUEST_BYTES);
        match timeout(PATIENCE, bounded.read_until(b'\n', &mut line)).await {
            Ok(Ok(0)) | Err(_) => return Ok(()),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error),
        }
        let whole = line.ends_with(b"\n");
        let taken = pace.lock().unwrap_or_else(PoisonError::into_inner).takes(caller.uid, Instant::now());
        let answer = match serde_json::from_slice::<Request>(&line) {
            _ if !taken => Answer::error("busy", "too many requests; wait a moment"),
            _ if !whole => {
                Answer::error("bad-request", format!("a request is one line of at most {MAX_REQUEST_BYTES} bytes"))
            }
            Err(error) => Answer::error("bad-request", error.to_string()),
            Ok(request) => timeout(ANSWER_TIMEOUT, serve(door, caller, request))
                .await
                .unwrap_or_else(|_| Answer::error("failed", "this took too long")),
        };
        let mut answer = serde_json::to_vec(&answer)?;
        answer.push(b'\n');
        if timeout(PATIENCE, write.write_all(&answer)).await.is_err() || !whole {
            return Ok(());
        }
    }
    Ok(())
}
