//! Has drives of clients watched, by a process for each folder in which they appear, as its user.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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
    watches: HashMap<ClientMount, Watching>,
    /// All folders that there are; `None`: nobody has looked yet.
    there: Option<Vec<ClientMount>>,
    /// Those of them that were not there at first: nor were their drives.
    new: Vec<ClientMount>,
}

/// A folder that is watched.
struct Watching {
    task: JoinHandle<()>,
    drives: Arc<Drives>,
}

/// Drives that were told and are there.
#[derive(Default)]
struct Drives(Mutex<BTreeSet<String>>);

impl Drives {
    fn note(&self, event: &DriveEvent) {
        match event {
            DriveEvent::Mapped { drive, .. } => drop(self.all().insert(drive.clone())),
            DriveEvent::Unmapped(drive) => drop(self.all().remove(drive)),
            DriveEvent::Transfer(_) | DriveEvent::Lost => {}
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        // Every change leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DriveWatches {
    /// None yet. `program` is the agent's own.
    pub fn new(program: PathBuf, told: mpsc::Sender<OfDrives>) -> Self {
        Self { program, told, watches: HashMap::new(), there: None, new: Vec::new() }
    }

    /// These are all folders that there are. With a client that goes its folder does, and the drives in it.
    pub fn there_are(&mut self, mounts: &[ClientMount]) {
        self.new.retain(|mount| mounts.contains(mount));
        if let Some(before) = &self.there {
            self.new.extend(mounts.iter().filter(|mount| !before.contains(mount)).cloned());
        }
        self.there = Some(mounts.to_vec());
        for (mount, watching) in self.watches.extract_if(|mount, _| !mounts.contains(mount)) {
            watching.task.abort();
            let (told, uid, drives) = (self.told.clone(), mount.uid, std::mem::take(&mut *watching.drives.all()));
            tokio::spawn(async move {
                for drive in drives {
                    // In vain: nobody is to know any longer.
                    let _ = told.send(OfDrives { uid, event: DriveEvent::Unmapped(drive) }).await;
                }
            });
        }
    }

    /// Watches these folders from now on, and no other.
    pub fn become_those(&mut self, mounts: Vec<ClientMount>) {
        self.watches.retain(|mount, watching| {
            let stays = mounts.contains(mount);
            if !stays {
                watching.task.abort();
            }
            stays
        });
        for mount in mounts.into_iter().take(MAX_WATCHED) {
            let (program, told, is_new) = (self.program.clone(), self.told.clone(), self.new.contains(&mount));
            self.watches.entry(mount).or_insert_with_key(|mount| {
                let drives = Arc::new(Drives::default());
                let task = tokio::spawn(watch(program, mount.clone(), told, Arc::clone(&drives), is_new));
                Watching { task, drives }
            });
        }
    }
}

impl Drop for DriveWatches {
    fn drop(&mut self) {
        self.watches.values().for_each(|watching| watching.task.abort());
    }
}

async fn watch(
    program: PathBuf,
    mount: ClientMount,
    told: mpsc::Sender<OfDrives>,
    drives: Arc<Drives>,
    mut is_new: bool,
) {
    let mut again = Again::default();
    loop {
        again.starts();
        let error = listen(&program, &mount, &told, &drives, std::mem::take(&mut is_new)).await;
        tracing::warn!(folder = %mount.folder.display(), "drives of a client are not watched: {error:#}");
        // Longer than it takes to know that its folder is gone.
        sleep(again.ended()).await;
        // Its user may have ended it.
        if told.send(OfDrives { uid: mount.uid, event: DriveEvent::Lost }).await.is_err() {
            return;
        }
    }
}

async fn listen(
    program: &std::path::Path,
    mount: &ClientMount,
    told: &mpsc::Sender<OfDrives>,
    drives: &Drives,
    is_new: bool,
) -> anyhow::Error {
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
                let event = match event {
                    DriveEvent::Mapped { drive, before } => DriveEvent::Mapped { drive, before: before && !is_new },
                    other => other,
                };
                drives.note(&event);
                if told.send(OfDrives { uid: mount.uid, event }).await.is_err() {
                    return anyhow::anyhow!("nobody listens");
                }
            }
            Err(error) => return error,
        }
    }
}
