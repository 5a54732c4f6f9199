//! Making many recordings durable at once: one round syncs everything that is unsynced, in parallel, each file once.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use recording::RecordingId;

use crate::error::StorageError;
use crate::grown::{Grown, Standing, Unsynced, write_manifest};
use crate::medium::Medium;

/// Files synced at the same time. Disks merge parallel syncs into few flushes; beyond this no more is won.
const MAX_THREADS: usize = 32;

/// How one recording fared in a round.
#[derive(Debug)]
pub struct SyncOutcome {
    /// The recording.
    pub recording: RecordingId,
    /// Where it stands now; or why it was cut back to what was durable before ([`StorageError::SyncFailed`]).
    pub result: Result<Standing, StorageError>,
}

/// A recording's place in memory: empty until it is opened, and when opening failed.
#[derive(Default)]
pub(crate) struct Slot {
    /// Locked for as long as one call works on the recording.
    pub(crate) grown: Mutex<Option<Grown>>,
    /// Something may wait to be synced. Apart from the lock, so that a round waits for no recording that is being opened.
    pub(crate) dirty: AtomicBool,
}

/// One recording of a round.
struct Job {
    slot: Arc<Slot>,
    unsynced: Unsynced,
    /// What the parallel part found: the manifest's new length, or what failed.
    result: Result<u64, StorageError>,
}

/// Syncs all of `candidates` that are unsynced.
pub(crate) fn round(
    medium: &dyn Medium,
    limits: crate::grown::SegmentLimits,
    candidates: Vec<Arc<Slot>>,
) -> Vec<SyncOutcome> {
    let jobs: Vec<_> = candidates
        .into_iter()
        .filter_map(|slot| {
            // One that is being worked on has its turn in the next round: this one waits for nobody.
            let unsynced = slot.grown.try_lock().ok()?.as_mut()?.unsynced(limits)?;
            let result = Ok(unsynced.manifest_bytes);
            Some(Mutex::new(Job { slot, unsynced, result }))
        })
        .collect();
    in_parallel(&jobs, |job| sync_files(medium, job));
    sync_folders(medium, &jobs);
    jobs.into_iter()
        .filter_map(|job| settle(medium, job.into_inner().unwrap_or_else(PoisonError::into_inner)))
        .collect()
}

/// A panic while a lock was held left nothing half done that a later caller must not see.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn in_parallel(jobs: &[Mutex<Job>], work: impl Fn(&mut Job) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs.len().min(MAX_THREADS) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(&mut lock(job));
                }
            });
        }
    });
}

/// Data first: a manifest line may vouch only for what is durable.
fn sync_files(medium: &dyn Medium, job: &mut Job) {
    let unsynced = &job.unsynced;
    let place = &unsynced.place;
    if (unsynced.data || !unsynced.named)
        && let Err(source) = unsynced.file.sync()
    {
        job.result = Err(StorageError::io("sync", &place.recording, source));
        return;
    }
    if !unsynced.lines.is_empty() {
        job.result = write_manifest(medium, &place.manifest, unsynced.manifest_bytes, &unsynced.lines);
    }
}

/// Each folder that has a new name in it is synced once, however many recordings wait for it. Inner folders first, so
/// that no name leads to nothing.
fn sync_folders(medium: &dyn Medium, jobs: &[Mutex<Job>]) {
    let mut folders: HashSet<PathBuf> = HashSet::new();
    for job in jobs {
        let job = lock(job);
        if !job.unsynced.named && job.result.is_ok() {
            folders.extend(job.unsynced.place.folders.iter().cloned());
        }
    }
    let mut ordered: Vec<_> = folders.into_iter().collect();
    ordered.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    let mut failures: HashMap<PathBuf, io::Error> = HashMap::new();
    for folder in ordered {
        if let Err(error) = medium.sync_folder(&folder) {
            failures.insert(folder, error);
        }
    }
    for job in jobs {
        let mut job = lock(job);
        if job.unsynced.named || job.result.is_err() {
            continue;
        }
        let failure =
            job.unsynced.place.folders.iter().find_map(|folder| failures.get(folder).map(|e| again(folder, e)));
        if let Some(failure) = failure {
            job.result = Err(failure);
        }
    }
}

/// The system's errors cannot be cloned, and several recordings need this one.
fn again(folder: &Path, error: &io::Error) -> StorageError {
    let copy = error.raw_os_error().map_or_else(|| io::Error::from(error.kind()), io::Error::from_raw_os_error);
    StorageError::io("sync", folder, copy)
}

fn settle(medium: &dyn Medium, job: Job) -> Option<SyncOutcome> {
    let mut slot = lock(&job.slot.grown);
    let grown = slot.as_mut()?;
    let recording = grown.place.id;
    let result = match job.result {
        Ok(manifest_bytes) => Ok(grown.synced(&job.unsynced, manifest_bytes)),
        Err(error) => {
            let durable = grown.standing().durable;
            if let Err(worse) = grown.cut_back(medium) {
                tracing::error!(%recording, error = %worse, "could not cut back a recording; it is opened anew when next used");
            }
            Err(StorageError::SyncFailed { recording, durable, source: as_io(error) })
        }
    };
    job.slot.dirty.store(grown.is_dirty(), Ordering::Release);
    Some(SyncOutcome { recording, result })
}

fn as_io(error: StorageError) -> io::Error {
    match error {
        StorageError::Full { path } => {
            io::Error::new(io::ErrorKind::StorageFull, format!("no space left for {}", path.display()))
        }
        StorageError::Io { source, .. } => source,
        other => io::Error::other(other),
    }
}
