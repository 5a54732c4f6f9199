//! Disconnecting whoever sits at a session from elsewhere: the session goes on, without them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep, timeout};

use super::lock::as_user;
use crate::sessions::{ClientWatch, Connection, Desktop};

/// TigerVNC's way to tell its server something.
const VNCCONFIG: &str = "/usr/bin/vncconfig";
/// How long it may take.
const TOLD_WITHIN: Duration = Duration::from_secs(5);
/// A client that is still there by then was not disconnected.
const GONE_WITHIN: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// Disconnects the session's client: xrdp's process that serves it is asked to end, TigerVNC's server to end its connections. Returns
/// when it is gone.
///
/// # Errors
/// If nobody is connected, this kind of session has no client, or it is still there.
pub async fn disconnect(desktop: &Desktop, xrdp_log: &Path) -> anyhow::Result<()> {
    let mut watch = ClientWatch::new(desktop, xrdp_log);
    ensure!(watch.is_remote(), "this kind of session has no client");
    let (watch, connection) = tokio::task::spawn_blocking(move || {
        let connection = watch.connection();
        (watch, connection)
    })
    .await?;
    match connection {
        None => bail!("nobody is connected"),
        Some(Connection::Shared) => bail!("the process of xrdp that serves the client serves others, too"),
        Some(Connection::Xrdp(process)) => {
            ensure!(process.is_alive(), "nobody is connected");
            kill(Pid::from_raw(i32::try_from(process.pid)?), Signal::SIGTERM).context("xrdp cannot be asked")?;
        }
        Some(Connection::Vnc) => tell_vnc(desktop).await?,
    }
    let until = Instant::now() + GONE_WITHIN;
    while watch.still_seen() {
        ensure!(Instant::now() < until, "the client is still connected");
        sleep(POLL).await;
    }
    Ok(())
}

/// Every viewer of the X server is disconnected.
async fn tell_vnc(desktop: &Desktop) -> anyhow::Result<()> {
    let mut command = as_user(desktop, Path::new(VNCCONFIG));
    command.arg("-disconnect").kill_on_drop(true);
    let status = timeout(TOLD_WITHIN, command.status()).await.context("vncconfig takes too long")?;
    ensure!(status.context("vncconfig cannot be started")?.success(), "vncconfig failed");
    Ok(())
}
