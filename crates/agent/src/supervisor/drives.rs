//! Has drives of clients watched, by a process for each folder in which they appear, as its user.

use std::collections::HashMap;
use std::path::PathBuf;

use detect::{ClientMount, DriveEvent};
use nix::unistd::geteuid;
use tokio::io::BufReader;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::again::Again;
use super::confined::{Part, hear_within, part_of};
use crate::drive_watch::Watched;

/// Bytes of one line that it says: two paths, of which a byte becomes six at most.
const MAX_SAID_BYTES: u64 = 64 << 10;
/// Folders that are watched at a time.
const MAX_WATCHED: usize = 256;

/// Something that happened to drives of this user's client.
pub struct OfDrives {
    /// The user.
    pub uid: u32,
    /// What.
    pub event: DriveEvent,
}

/// Watches for as long as this lives.
pub struct DriveWatches {
    program: PathBuf,
    told: mpsc::Sender<OfDrives>,
    watches: HashMap<ClientMount, JoinHandle<()>>,
}

impl DriveWatches {
    /// None yet. `program` is the agent's own.
    pub fn new(program: PathBuf, told: mpsc::Sender<OfDrives>) -> Self {
        Self { program, told, watches: HashMap::new() }
    }

    /// Watches these folders from now on, and no other.
    pub fn become_those(&mut self, mounts: Vec<ClientMount>) {
        self.watches.retain(|mount, watch| {
            let stays = mounts.contains(mount);
            if !stays {
                watch.abort();
            }
            stays
        });
        for mount in mounts.into_iter().take(MAX_WATCHED) {
            let (program, told) = (self.program.clone(), self.told.clone());
            let watch = |mount: &ClientMount| tokio::spawn(watch(program, mount.clone(), told));
            self.watches.entry(mount).or_insert_with_key(watch);
        }
    }
}

impl Drop for DriveWatches {
    fn drop(&mut self) {
        self.watches.values().for_each(JoinHandle::abort);
    }
}

async fn watch(program: PathBuf, mount: ClientMount, told: mpsc::Sender<OfDrives>) {
    let mut again = Again::default();
    loop {
        again.starts();
        let error = listen(&program, &mount, &told).await;
        tracing::warn!(folder = %mount.folder.display(), "drives of a client are not watched: {error:#}");
        // Longer than it takes to know that its folder is gone.
        sleep(again.ended()).await;
        // Its user may have ended it.
        if told.send(OfDrives { uid: mount.uid, event: DriveEvent::Lost }).await.is_err() {
            return;
        }
    }
}

async fn listen(program: &std::path::Path, mount: &ClientMount, told: &mpsc::Sender<OfDrives>) -> anyhow::Error {
    const NAME: &str = "drive-watch";
    let mut command = part_of(program, NAME, None);
    if geteuid().is_root() {
        command.args(["--run-as", &mount.uid.to_string(), "--group", &mount.gid.to_string()]);
    }
    let watched = Watched { folder: mount.folder.clone() };
    let (_part, stdout) = match Part::start_by(command, NAME, None, &watched).await {
        Ok(started) => started,
        Err(error) => return error,
    };
    let mut stdout = BufReader::new(stdout);
    loop {
        match hear_within(&mut stdout, MAX_SAID_BYTES).await {
            Ok(event) => {
                if told.send(OfDrives { uid: mount.uid, event }).await.is_err() {
                    return anyhow::anyhow!("nobody listens");
                }
            }
            Err(error) => return error,
        }
    }
}
