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

/// A session and its client, who can be disconnected.
pub struct Connected<'a> {
    desktop: &'a Desktop,
    watch: ClientWatch,
    connection: Connection,
}

impl<'a> Connected<'a> {
    /// Looks who is connected.
    ///
    /// # Errors
    /// If nobody is, this kind of session has no client, or its client cannot be disconnected without others.
    pub async fn look(desktop: &'a Desktop, xrdp_log: &Path) -> anyhow::Result<Self> {
        let mut watch = ClientWatch::new(desktop, xrdp_log);
        ensure!(watch.is_remote(), "this kind of session has no client");
        let looked = tokio::task::spawn_blocking(move || {
            let connection = watch.connection();
            (watch, connection)
        });
        match looked.await? {
            (_, None) => bail!("nobody is connected"),
            (_, Some(Connection::Shared)) => bail!("the process of xrdp that serves the client serves others, too"),
            (watch, Some(connection)) => Ok(Self { desktop, watch, connection }),
        }
    }

    /// Disconnects the client: xrdp's process that serves it is asked to end, TigerVNC's server to end its connections. Returns when it is
    /// gone.
    ///
    /// # Errors
    /// If it is still there.
    pub async fn disconnect(self) -> anyhow::Result<()> {
        match self.connection {
            Connection::Xrdp(process) if process.is_alive() => {
                kill(Pid::from_raw(i32::try_from(process.pid)?), Signal::SIGTERM).context("xrdp cannot be asked")?;
            }
            Connection::Vnc => tell_vnc(self.desktop).await?,
            Connection::Xrdp(_) | Connection::Shared => bail!("nobody is connected"),
        }
        let until = Instant::now() + GONE_WITHIN;
        while self.watch.still_seen() {
            ensure!(Instant::now() < until, "the client is still connected");
            sleep(POLL).await;
        }
        Ok(())
    }
}

/// Every viewer of the X server is disconnected.
async fn tell_vnc(desktop: &Desktop) -> anyhow::Result<()> {
    let mut command = as_user(desktop, Path::new(VNCCONFIG));
    command.arg("-disconnect").kill_on_drop(true);
    let status = timeout(TOLD_WITHIN, command.status()).await.context("vncconfig takes too long")?;
    ensure!(status.context("vncconfig cannot be started")?.success(), "vncconfig failed");
    Ok(())
}
