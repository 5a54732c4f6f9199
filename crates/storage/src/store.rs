//! All recordings in all storage folders.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use recording::{BlockScanner, Head, RawBlock, RecordingId};

use crate::error::StorageError;
use crate::grown::{Grown, Loss, Place, SegmentLimits, Standing};
use crate::layout::{self, Location};
use crate::manifest::Sender;
use crate::medium::{Disk, Medium, Space};
use crate::reader::RecordingReader;
use crate::recover;
use crate::room::Room;
use crate::survey::Survey;
use crate::sync::{self, Slot, SyncOutcome, lock};

/// Recordings that stay open although nobody uses them, for the next request.
const MAX_IDLE: usize = 256;
/// A folder with less free space gets new recordings only if no other has more.
const AMPLE_BYTES: u64 = 256 << 20;
/// Read at once while a survey is made.
const CHUNK_BYTES: usize = 1 << 18;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Storage folders, used in turn for new recordings. Made where they are missing. At most 65,536.
    pub folders: Vec<PathBuf>,
    /// A segment ends when it has this many bytes …
    pub segment_bytes: u64,
    /// … or this age.
    pub segment_age: Duration,
}

impl StoreOptions {
    /// Segments of 8 MiB or 60 s in these folders.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, segment_bytes: 8 << 20, segment_age: Duration::from_secs(60) }
    }
}

/// A handle on storage. Cheap to clone. The folders are locked while one of the clones lives.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    /// Held for their locks only; the system releases them with the process, however that ends.
    _locks: Vec<File>,
    medium: Box<dyn Medium>,
    folders: Vec<PathBuf>,
    /// One for each folder.
    rooms: Vec<Room>,
    limits: SegmentLimits,
    locations: RwLock<HashMap<RecordingId, Location>>,
    open: Mutex<HashMap<RecordingId, Arc<Slot>>>,
    losses: Mutex<Vec<Loss>>,
    next_folder: AtomicUsize,
}

impl Store {
    /// Opens the folders and finds the recordings in them by name; none is read yet.
    ///
    /// # Errors
    /// [`StorageError::NoFolder`], [`StorageError::InUse`], [`StorageError::Io`].
    pub fn open(options: StoreOptions) -> Result<Self, StorageError> {
        Self::open_on(options, Disk)
    }

    /// The same on another medium than the operating system's files.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_on(options: StoreOptions, medium: impl Medium) -> Result<Self, StorageError> {
        if options.folders.is_empty() {
            return Err(StorageError::NoFolder);
        }
        for folder in &options.folders {
            std::fs::create_dir_all(folder).map_err(|source| StorageError::io("make the folder", folder, source))?;
        }
        let locks =
            options.folders.iter().filter_map(|folder| lock_folder(folder).transpose()).collect::<Result<_, _>>()?;
        let locations = layout::walk(&options.folders)?;
        let shared = Shared {
            _locks: locks,
            medium: Box::new(medium),
            rooms: options.folders.iter().map(|_| Room::default()).collect(),
            folders: options.folders,
            limits: SegmentLimits { bytes: options.segment_bytes, age: options.segment_age },
            locations: RwLock::new(locations),
            open: Mutex::default(),
            losses: Mutex::default(),
            next_folder: AtomicUsize::new(0),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The storage folders, in their order.
    #[must_use]
    pub fn folders(&self) -> &[PathBuf] {
        &self.shared.folders
    }

    /// The ids of all recordings, oldest id first.
    #[must_use]
    pub fn list(&self) -> Vec<RecordingId> {
        let mut ids: Vec<_> = self.shared.read_locations().keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Whether the recording is stored.
    #[must_use]
    pub fn contains(&self, id: RecordingId) -> bool {
        self.shared.read_locations().contains_key(&id)
    }

    /// Where the recording's file is.
    #[must_use]
    pub fn path(&self, id: RecordingId) -> Option<PathBuf> {
        let location = self.shared.location(id)?;
        Some(location.recording(self.shared.root(location), id))
    }

    /// Makes an empty recording in the next storage folder that takes it. `started_unix_us` chooses the day's folder.
    ///
    /// # Errors
    /// [`StorageError::Exists`], [`StorageError::StartOutOfRange`]; [`StorageError::Full`] or [`StorageError::Io`] if
    /// no folder took it.
    pub fn create(&self, id: RecordingId, started_unix_us: i64, sender: Sender) -> Result<Standing, StorageError> {
        let shared = &self.shared;
        let slot = shared.slot(id);
        // Held throughout, so that of two who make the same recording one fails.
        let mut grown = lock(&slot.grown);
        if grown.is_some() || self.contains(id) {
            return Err(StorageError::Exists(id));
        }
        let mut last_error = StorageError::NoFolder;
        for folder in shared.folders_in_turn() {
            let location = Location::of_start(folder, started_unix_us)?;
            if !shared.has_room(folder, 1) {
                last_error = StorageError::Full { path: shared.root(location).to_owned() };
                continue;
            }
            match recover::create(shared.medium.as_ref(), shared.place(id, location), sender) {
                Ok(created) => {
                    shared.locations.write().unwrap_or_else(PoisonError::into_inner).insert(id, location);
                    slot.dirty.store(true, Ordering::Release);
                    return Ok(grown.insert(created).standing());
                }
                Err(error) => {
                    tracing::warn!(recording = %id, %error, "a storage folder does not take a new recording");
                    last_error = error;
                }
            }
        }
        Err(last_error)
    }

    /// How the recording stands. Opens it where it is not open: puts away what a crash left, and syncs it.
    ///
    /// # Errors
    /// [`StorageError::Unknown`], [`StorageError::Full`], [`StorageError::Io`].
    pub fn standing(&self, id: RecordingId) -> Result<Standing, StorageError> {
        self.shared.with(id, |grown| Ok(grown.standing()))
    }

    /// Appends whole blocks at the head. Not durable before a [`Store::sync_round`] says so.
    ///
    /// # Errors
    /// [`StorageError::NotAtHead`], [`StorageError::Full`], [`StorageError::Io`]: nothing was appended.
    /// [`StorageError::Unknown`].
    pub fn append(&self, id: RecordingId, at: Head, blocks: &[RawBlock]) -> Result<Standing, StorageError> {
        let bytes = blocks.iter().map(|block| block.bytes.len() as u64).sum();
        if let Some(folder) = self.shared.location(id).map(|location| location.folder)
            && !self.shared.has_room(folder, bytes)
        {
            return Err(StorageError::Full { path: self.shared.folders[usize::from(folder)].clone() });
        }
        self.shared.with(id, |grown| grown.append(at, blocks))
    }

    /// Has the next round note the recording as closed. Appending afterwards opens it again.
    ///
    /// # Errors
    /// [`StorageError::Unknown`], [`StorageError::Full`], [`StorageError::Io`].
    pub fn close(&self, id: RecordingId) -> Result<(), StorageError> {
        self.shared.with(id, |grown| {
            grown.close();
            Ok(())
        })
    }

    /// Makes everything durable that was appended before this call; says how each recording fared that had something.
    /// Call it from one thread at a time.
    #[must_use]
    pub fn sync_round(&self) -> Vec<SyncOutcome> {
        let shared = &self.shared;
        let dirty = |slot: &&Arc<Slot>| slot.dirty.load(Ordering::Acquire);
        let candidates: Vec<_> = lock(&shared.open).values().filter(dirty).cloned().collect();
        let outcomes = sync::round(shared.medium.as_ref(), shared.limits, candidates);
        shared.forget_idle();
        outcomes
    }

    /// A reader that sees the recording grow.
    ///
    /// # Errors
    /// [`StorageError::Unknown`], [`StorageError::Full`], [`StorageError::Io`].
    pub fn reader(&self, id: RecordingId) -> Result<RecordingReader, StorageError> {
        self.shared.with(id, |grown| Ok(grown.reader()))
    }

    /// What the recording's blocks say, for what is stored now. Kept up to date while the recording is open; made by
    /// reading it once where it is not.
    ///
    /// # Errors
    /// [`StorageError::Unknown`], [`StorageError::Full`], [`StorageError::Io`].
    pub fn survey(&self, id: RecordingId) -> Result<Survey, StorageError> {
        if let Some(survey) = self.shared.with(id, |grown| Ok(grown.survey().cloned()))? {
            return Ok(survey);
        }
        let reader = self.reader(id)?;
        let mut survey = Survey::default();
        let mut scanner = BlockScanner::new();
        let mut offset = 0;
        loop {
            offset = read_on(&reader, &mut scanner, &mut survey, offset)?;
            // The rest that arrived meanwhile is read under the lock, so that the survey can be kept up to date.
            let kept = self.shared.with(id, |grown| {
                if grown.standing().head.offset - offset.min(grown.standing().head.offset) > CHUNK_BYTES as u64 {
                    return Ok(false);
                }
                offset = read_on(&grown.reader(), &mut scanner, &mut survey, offset)?;
                grown.keep_survey(survey.clone());
                Ok(true)
            })?;
            if kept {
                return Ok(survey);
            }
        }
    }

    /// Looks at the survey without copying it; made as by [`Store::survey`] where it is not kept.
    ///
    /// # Errors
    /// As [`Store::survey`].
    pub fn look<T>(&self, id: RecordingId, look: impl Fn(&Survey) -> T) -> Result<T, StorageError> {
        match self.shared.with(id, |grown| Ok(grown.survey().map(&look)))? {
            Some(seen) => Ok(seen),
            None => self.survey(id).map(|survey| look(&survey)),
        }
    }

    /// How much room each storage folder has; `None` where the folder does not answer.
    #[must_use]
    pub fn space(&self) -> Vec<(PathBuf, Option<Space>)> {
        let shared = &self.shared;
        shared.folders.iter().map(|folder| (folder.clone(), shared.medium.space(folder).ok())).collect()
    }

    /// What was found wrong with recordings since the last call.
    #[must_use]
    pub fn take_losses(&self) -> Vec<Loss> {
        std::mem::take(&mut *lock(&self.shared.losses))
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("folders", &self.shared.folders).finish_non_exhaustive()
    }
}

/// Keeps other processes from putting right what this one is writing. `None` where the file system knows no locks.
fn lock_folder(folder: &Path) -> Result<Option<File>, StorageError> {
    let path = folder.join("storage.lock");
    let failed = |source| StorageError::io("make", &path, source);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(StorageError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => {
            tracing::warn!(folder = %folder.display(), %error, "the storage folder cannot be locked: see that one server uses it");
            Ok(None)
        }
    }
}

/// Reads from `offset` to the head.
fn read_on(
    reader: &RecordingReader,
    scanner: &mut BlockScanner,
    survey: &mut Survey,
    mut offset: u64,
) -> Result<u64, StorageError> {
    loop {
        let bytes = reader.read_up_to(offset, CHUNK_BYTES)?;
        if bytes.is_empty() {
            return Ok(offset);
        }
        offset += bytes.len() as u64;
        scanner.push(&bytes);
        survey.drain(scanner);
    }
}

impl Shared {
    fn read_locations(&self) -> std::sync::RwLockReadGuard<'_, HashMap<RecordingId, Location>> {
        self.locations.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn location(&self, id: RecordingId) -> Option<Location> {
        self.read_locations().get(&id).copied()
    }

    fn root(&self, location: Location) -> &Path {
        // Locations are only made from indices into `folders`.
        &self.folders[usize::from(location.folder)]
    }

    fn place(&self, id: RecordingId, location: Location) -> Place {
        let root = self.root(location);
        Place {
            id,
            recording: location.recording(root, id),
            manifest: location.manifest(root, id),
            folders: location.chain(root),
        }
    }

    /// Runs `work` with the recording open and locked. Other recordings are not waited for.
    fn with<T>(
        &self,
        id: RecordingId,
        work: impl FnOnce(&mut Grown) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        // Asked first, so that ids nobody stores leave nothing behind.
        let location = self.location(id).ok_or(StorageError::Unknown(id))?;
        let slot = self.slot(id);
        let mut place = lock(&slot.grown);
        if place.as_ref().is_none_or(|grown| grown.broken) {
            let (fresh, loss) = recover::open(self.medium.as_ref(), self.place(id, location))?;
            if let Some(loss) = loss {
                tracing::warn!(recording = %id, ?loss, "a recording was put right after a crash");
                lock(&self.losses).push(loss);
            }
            *place = Some(fresh);
        }
        let Some(grown) = place.as_mut() else { return Err(StorageError::Unknown(id)) };
        let result = work(grown);
        slot.dirty.store(grown.is_dirty(), Ordering::Release);
        result
    }

    fn has_room(&self, folder: u16, bytes: u64) -> bool {
        let folder = usize::from(folder);
        self.rooms[folder].take(self.medium.as_ref(), &self.folders[folder], bytes)
    }

    fn slot(&self, id: RecordingId) -> Arc<Slot> {
        Arc::clone(lock(&self.open).entry(id).or_default())
    }

    /// The folders, beginning with the next one in turn; those that are nearly full come last.
    fn folders_in_turn(&self) -> Vec<u16> {
        let count = self.folders.len();
        let first = self.next_folder.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<_> = (0..count).map(|step| first.wrapping_add(step) % count).collect();
        order.sort_by_key(|folder| {
            let space = self.medium.space(&self.folders[*folder]);
            space.is_ok_and(|space| space.free < AMPLE_BYTES)
        });
        order.into_iter().filter_map(|folder| u16::try_from(folder).ok()).collect()
    }

    /// Closes files that nobody uses and that have nothing to sync, beyond a number kept for the next request.
    fn forget_idle(&self) {
        let mut open = lock(&self.open);
        let mut excess = open.len().saturating_sub(MAX_IDLE);
        open.retain(|_, slot| {
            // Under the map's lock nobody can take another handle.
            let idle = excess > 0 && Arc::strong_count(slot) == 1 && !slot.dirty.load(Ordering::Acquire);
            excess -= usize::from(idle);
            !idle
        });
    }
}
