//! All recordings that wait on this machine, and the limits that they share.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use evidence::MachineKey;
use recording::{GapReason, Header, RecordingId};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::segments::sync_folder;
use crate::{Journal, SpoolError};

/// Held while an agent uses the folder.
const LOCK_FILE: &str = "lock";
/// Remembers what was lost since installation.
const TALLY_FILE: &str = "tally.json";
/// Where recordings go whose notes cannot be read; nothing is deleted that somebody may still save.
const ASIDE_FOLDER: &str = "set-aside";
/// Losses that wait to be reported at most; with more, the oldest are counted in the tally only.
const MAX_WAITING_LOSSES: usize = 256;

/// Limits of a spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolSettings {
    /// The folder; made when missing, for this user only.
    pub folder: PathBuf,
    /// Bytes that all recordings together may take. The oldest undelivered data goes first when it is used up.
    pub quota_bytes: u64,
    /// How long data may wait for the server.
    pub message_life: Duration,
    /// Size at which a recording's next file is begun: what is forgotten is forgotten in such pieces.
    pub segment_bytes: u64,
    /// Vouches for the keys that sign recordings; without it they are not signed.
    pub machine_key: Option<MachineKey>,
}

/// Data that was dropped before the server had it. It is declared as a gap in the recording as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The recording.
    pub recording: RecordingId,
    /// Why.
    pub reason: GapReason,
    /// How many bytes.
    pub bytes: u64,
}

/// The recordings on this machine that the server does not have whole yet.
#[derive(Debug, Clone)]
pub struct Spool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: SpoolSettings,
    pub(crate) used: Arc<AtomicU64>,
    /// Told whenever something can be sent.
    pub(crate) changed: Notify,
    journals: Mutex<BTreeMap<RecordingId, Arc<Journal>>>,
    losses: Mutex<VecDeque<Loss>>,
    lost_bytes: AtomicU64,
    /// Keeps other agents out; released when the process ends in whatever way.
    _lock: File,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Tally {
    lost_bytes: u64,
}

impl Spool {
    /// Opens the folder and recovers what an earlier run left: torn tails are cut off, recordings whose notes cannot be read
    /// are set aside.
    ///
    /// # Errors
    /// [`SpoolError::InUse`] if another agent has it; [`SpoolError::Io`] if it cannot be used.
    pub fn open(settings: SpoolSettings) -> Result<Self, SpoolError> {
        let folder = settings.folder.clone();
        create_private(&folder)?;
        let lock = lock(&folder)?;
        let tally = fs::read(folder.join(TALLY_FILE)).ok();
        let tally: Tally = tally.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let shared = Arc::new(Shared {
            used: Arc::default(),
            changed: Notify::new(),
            journals: Mutex::default(),
            losses: Mutex::default(),
            lost_bytes: AtomicU64::new(tally.lost_bytes),
            settings,
            _lock: lock,
        });
        let spool = Self { shared };
        spool.recover()?;
        Ok(spool)
    }

    fn recover(&self) -> Result<(), SpoolError> {
        let folder = &self.shared.settings.folder;
        for entry in fs::read_dir(folder).map_err(SpoolError::io("read", folder))? {
            let path = entry.map_err(SpoolError::io("read", folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Ok(recording) = name.parse::<RecordingId>() else { continue };
            match Journal::recover(&self.shared, &path) {
                Ok(journal) if journal.recording() == recording => {
                    self.shared.journals().insert(recording, journal);
                }
                Ok(_) => set_aside(folder, &path, "its note names another recording"),
                Err(error) => set_aside(folder, &path, &error.to_string()),
            }
        }
        Ok(())
    }

    /// Starts a recording. `source` is kept for the supervisor, which gets it back after a restart.
    ///
    /// # Errors
    /// [`SpoolError`] if its first block cannot be stored.
    pub fn create(&self, header: Header, source: serde_json::Value) -> Result<Arc<Journal>, SpoolError> {
        let recording = header.recording;
        if !self.shared.make_room(recording::MAX_BLOCK_BYTES as u64) {
            return Err(SpoolError::Full { recording, what: "the quota is used up" });
        }
        let folder = self.shared.settings.folder.join(recording.to_string());
        let created = Journal::create(&self.shared, &folder, header, source);
        if created.is_err() {
            // Nothing of it was promised to anybody.
            let _ = fs::remove_dir_all(&folder);
        }
        let journal = created?;
        sync_folder(&self.shared.settings.folder)?;
        self.shared.journals().insert(recording, Arc::clone(&journal));
        self.shared.changed.notify_one();
        Ok(journal)
    }

    /// All recordings in the spool, oldest first.
    pub fn journals(&self) -> Vec<Arc<Journal>> {
        self.shared.journals().values().cloned().collect()
    }

    /// One recording, if it is in the spool.
    pub fn journal(&self, recording: RecordingId) -> Option<Arc<Journal>> {
        self.shared.journals().get(&recording).cloned()
    }

    /// Forgets a recording: the server has all of it, or wants none of it.
    ///
    /// # Errors
    /// [`SpoolError::Io`] if its files cannot be removed; they will be found again at the next start.
    pub fn forget(&self, recording: RecordingId) -> Result<(), SpoolError> {
        let journal = self.shared.journals().remove(&recording);
        journal.map_or(Ok(()), |journal| journal.remove())
    }

    /// Does what time asks for: drops what is older than the message life and brings the rest to disk. To be called every
    /// few seconds, not on an async thread: it waits for the disk.
    pub fn maintain(&self, now: SystemTime) {
        for journal in self.journals() {
            let done = self.shared.expire(&journal, now).and_then(|()| journal.sync());
            if let Err(error) = done {
                tracing::warn!(recording = %journal.recording(), %error, "cannot look after a recording in the spool");
            }
        }
    }

    /// Bytes in the spool.
    pub fn used_bytes(&self) -> u64 {
        self.shared.used.load(Ordering::Relaxed)
    }

    /// Bytes it may take.
    pub fn quota_bytes(&self) -> u64 {
        self.shared.settings.quota_bytes
    }

    /// Bytes that were dropped undelivered since installation.
    pub fn lost_bytes(&self) -> u64 {
        self.shared.lost_bytes.load(Ordering::Relaxed)
    }

    /// Losses since the last call, for telling the operator.
    pub fn take_losses(&self) -> Vec<Loss> {
        self.shared.losses().drain(..).collect()
    }

    /// Waits until something changed that may allow sending.
    pub async fn changed(&self) {
        self.shared.changed.notified().await;
    }
}

impl Shared {
    fn journals(&self) -> MutexGuard<'_, BTreeMap<RecordingId, Arc<Journal>>> {
        self.journals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn losses(&self) -> MutexGuard<'_, VecDeque<Loss>> {
        self.losses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `bytes` more fit; drops the oldest undelivered data of any recording to make it so.
    pub(crate) fn make_room(&self, bytes: u64) -> bool {
        while self.used.load(Ordering::Relaxed).saturating_add(bytes) > self.settings.quota_bytes {
            let mut journals: Vec<_> = self.journals().values().cloned().collect();
            journals.sort_by_cached_key(|journal| journal.age().0);
            let dropped = journals.iter().any(|journal| match journal.drop_oldest(GapReason::SpoolFull) {
                Ok(dropped) => dropped,
                Err(error) => {
                    tracing::warn!(recording = %journal.recording(), %error, "cannot make room in the spool");
                    false
                }
            });
            if !dropped {
                return false;
            }
        }
        true
    }

    fn expire(&self, journal: &Journal, now: SystemTime) -> Result<(), SpoolError> {
        let expired =
            |written: SystemTime| now.duration_since(written).is_ok_and(|waited| waited > self.settings.message_life);
        while let (Some(written), bytes) = journal.age()
            && bytes > 0
            && expired(written)
        {
            // The file that grows is closed first, so that it can go like the others.
            if !journal.drop_oldest(GapReason::MessageLifeExpired)? {
                journal.roll()?;
                if !journal.drop_oldest(GapReason::MessageLifeExpired)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Notes a loss in the tally and for the next report.
    pub(crate) fn report(&self, loss: Loss) {
        let lost_bytes = self.lost_bytes.fetch_add(loss.bytes, Ordering::Relaxed) + loss.bytes;
        let mut losses = self.losses();
        if losses.len() >= MAX_WAITING_LOSSES {
            losses.pop_front();
        }
        losses.push_back(loss);
        drop(losses);
        let path = self.settings.folder.join(TALLY_FILE);
        let written = serde_json::to_vec(&Tally { lost_bytes }).map(|text| fs::write(&path, text));
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, path = %path.display(), "cannot note what was lost");
        }
    }
}

fn create_private(folder: &Path) -> Result<(), SpoolError> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(SpoolError::io("create", folder))
}

fn lock(folder: &Path) -> Result<File, SpoolError> {
    let path = folder.join(LOCK_FILE);
    let file = File::create(&path).map_err(SpoolError::io("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SpoolError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(SpoolError::Io { action: "lock", path, source }),
    }
}

fn set_aside(folder: &Path, path: &Path, why: &str) {
    let aside = folder.join(ASIDE_FOLDER);
    let target = aside.join(path.file_name().unwrap_or_default());
    let moved = fs::create_dir_all(&aside).and_then(|()| fs::rename(path, &target));
    tracing::error!(path = %path.display(), why, moved = moved.is_ok(), "a recording in the spool cannot be recovered");
}
