//! Disks that fail: writes, syncs of data, manifests and folders, and full file systems.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use recording::Head;
use storage::{Disk, Medium, Space, StorageError, Store, StoredFile};

use crate::sample::{self, SENDER, STARTED_US, Source, assert_sound, file, grow, id, sync};

/// Which operation fails next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Create,
    Write,
    Sync,
    SetLen,
    SyncFolder,
}

/// What fails: on paths that contain `path`, with this error, so many times.
#[derive(Debug, Clone)]
struct Fault {
    operation: Operation,
    path: String,
    error: i32,
    times: u64,
}

/// A disk that fails when told to, and counts syncs per descriptor after a failed one.
#[derive(Clone, Default)]
pub struct Faulty {
    faults: Arc<Mutex<Vec<Fault>>>,
    /// Syncs that were tried on a descriptor whose sync had failed before. Must stay 0.
    retried: Arc<AtomicU64>,
}

pub const EIO: i32 = 5;
pub const ENOSPC: i32 = 28;

impl Faulty {
    pub fn fail(&self, operation: Operation, path: &str, error: i32, times: u64) {
        self.faults.lock().unwrap().push(Fault { operation, path: path.into(), error, times });
    }

    pub fn mend(&self) {
        self.faults.lock().unwrap().clear();
    }

    fn check(&self, operation: Operation, path: &Path) -> io::Result<()> {
        let mut faults = self.faults.lock().unwrap();
        let path = path.to_string_lossy();
        let hit = faults.iter_mut().find(|f| f.operation == operation && f.times > 0 && path.contains(&f.path));
        match hit {
            Some(fault) => {
                fault.times -= 1;
                Err(io::Error::from_raw_os_error(fault.error))
            }
            None => Ok(()),
        }
    }

    fn wrap(&self, path: &Path, inner: Arc<dyn StoredFile>) -> Arc<dyn StoredFile> {
        Arc::new(FaultyFile { disk: self.clone(), path: path.into(), inner, failed: AtomicU64::new(0) })
    }
}

struct FaultyFile {
    disk: Faulty,
    path: std::path::PathBuf,
    inner: Arc<dyn StoredFile>,
    failed: AtomicU64,
}

impl Medium for Faulty {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn StoredFile>> {
        Ok(self.wrap(path, Disk.open(path)?))
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn StoredFile>> {
        self.check(Operation::Create, path)?;
        Ok(self.wrap(path, Disk.create(path)?))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.check(Operation::SyncFolder, path)?;
        Disk.sync_folder(path)
    }

    fn space(&self, folder: &Path) -> io::Result<Space> {
        Disk.space(folder)
    }
}

impl StoredFile for FaultyFile {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.disk.check(Operation::SetLen, &self.path)?;
        self.inner.set_len(length)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Err(error) = self.disk.check(Operation::Write, &self.path) {
            // Part of a write arrives before it fails.
            self.inner.write_all_at(&bytes[..bytes.len() / 2], offset)?;
            return Err(error);
        }
        self.inner.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        if self.failed.load(Ordering::Relaxed) > 0 {
            self.disk.retried.fetch_add(1, Ordering::Relaxed);
        }
        if let Err(error) = self.disk.check(Operation::Sync, &self.path) {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return Err(error);
        }
        self.inner.sync()
    }
}

fn faulty() -> (Faulty, Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let disk = Faulty::default();
    let store = Store::open_on(sample::options(folder.path()), disk.clone()).unwrap();
    (disk, store, folder)
}

/// Rounds until one succeeds: after a failure the store waits a moment.
fn sync_at_last(store: &Store, n: u8) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let failed = store.sync_round().iter().any(|outcome| outcome.result.is_err());
        let standing = store.standing(id(n)).unwrap();
        if !failed && standing.durable == standing.head {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "never became durable");
        std::thread::yield_now();
    }
}

/// Makes the source ready to go on at `offset`.
fn source_at(n: u8, offset: u64) -> Source {
    let mut source = Source::new(n);
    let mut place = 0;
    while place < offset {
        place = source.next().end();
    }
    assert_eq!(place, offset, "the store's head is where a block ends");
    source
}

#[test]
fn a_failed_sync_gives_up_what_was_not_durable_and_is_never_tried_again() {
    for (operation, path, error) in [
        (Operation::Sync, ".kin", EIO),
        (Operation::Sync, ".kin", ENOSPC),
        (Operation::Sync, ".manifest", EIO),
        (Operation::Write, ".manifest", ENOSPC),
    ] {
        let (disk, store, folder) = faulty();
        for n in 1..=2 {
            store.create(id(n), STARTED_US, SENDER).unwrap();
        }
        let mut source = Source::new(1);
        let durable = grow(&store, 1, &mut source, 10_000);
        grow(&store, 2, &mut Source::new(2), 10_000);
        sync(&store);
        let durable = store.standing(id(1)).unwrap().durable.offset.min(durable);
        grow(&store, 1, &mut source, 30_000);
        // A manifest line is due, so that a manifest's failure shows.
        store.close(id(1)).unwrap();
        disk.fail(operation, &format!("{}{path}", id(1)), error, 1);
        let outcomes = store.sync_round();
        let failed = outcomes.iter().find(|outcome| outcome.recording == id(1)).unwrap();
        let Err(StorageError::SyncFailed { durable: kept, .. }) = &failed.result else { panic!("{failed:?}") };
        assert_eq!(kept.offset, durable, "{operation:?} {path}");
        assert_eq!(failed.result.as_ref().unwrap_err().is_full(), error == ENOSPC);
        let standing = store.standing(id(1)).unwrap();
        assert_eq!((standing.head, standing.durable), (*kept, *kept));
        assert!(!standing.closed);
        // The sender, who has it still, goes on from there.
        let end = grow(&store, 1, &mut source_at(1, durable), 40_000);
        sync_at_last(&store, 1);
        assert_eq!(disk.retried.load(Ordering::Relaxed), 0, "a failed descriptor was synced again");
        drop(store);
        assert_eq!(assert_sound(&file(folder.path(), 1, "kin"), 1), end);
        assert_sound(&file(folder.path(), 2, "kin"), 2);
        let store = Store::open(sample::options(folder.path())).unwrap();
        assert_eq!(store.standing(id(1)).unwrap().head.offset, end);
        assert!(store.take_losses().is_empty());
    }
}

#[test]
fn nothing_is_durable_before_its_folder_is() {
    let (disk, store, folder) = faulty();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    grow(&store, 1, &mut Source::new(1), 10_000);
    disk.fail(Operation::SyncFolder, "2026/11", EIO, 1);
    let outcomes = store.sync_round();
    assert!(matches!(outcomes[0].result, Err(StorageError::SyncFailed { .. })), "{outcomes:?}");
    assert_eq!(store.standing(id(1)).unwrap().durable, Head::start());
    let end = grow(&store, 1, &mut Source::new(1), 10_000);
    sync_at_last(&store, 1);
    assert_eq!(assert_sound(&file(folder.path(), 1, "kin"), 1), end);
}

#[test]
fn a_write_that_fails_leaves_the_recording_as_it_was() {
    for error in [ENOSPC, EIO] {
        let (disk, store, folder) = faulty();
        store.create(id(1), STARTED_US, SENDER).unwrap();
        let mut source = Source::new(1);
        grow(&store, 1, &mut source, 10_000);
        sync(&store);
        let before = store.standing(id(1)).unwrap();
        let block = source.next();
        for _ in 0..3 {
            disk.fail(Operation::Write, ".kin", error, 1);
            let result = store.append(id(1), before.head, std::slice::from_ref(&block));
            assert_eq!(result.as_ref().unwrap_err().is_full(), error == ENOSPC, "{result:?}");
            assert_eq!(store.standing(id(1)).unwrap(), before);
        }
        assert_eq!(assert_sound(&file(folder.path(), 1, "kin"), 1), before.head.offset, "the half is gone");
        disk.mend();
        store.append(id(1), before.head, &[block]).unwrap();
        sync(&store);
        assert_sound(&file(folder.path(), 1, "kin"), 1);
    }
}

#[test]
fn a_recording_that_cannot_even_be_cut_back_is_opened_anew() {
    let (disk, store, folder) = faulty();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let mut source = Source::new(1);
    let first = grow(&store, 1, &mut source, 10_000);
    sync(&store);
    let grown = grow(&store, 1, &mut source, 20_000);
    disk.fail(Operation::Sync, ".kin", EIO, 1);
    disk.fail(Operation::SetLen, ".kin", EIO, 1);
    let outcomes = store.sync_round();
    assert!(matches!(&outcomes[0].result, Err(StorageError::SyncFailed { durable, .. }) if durable.offset == first));
    assert!(store.sync_round().is_empty(), "it rests until it is used");
    // Whole blocks that are still there may stay: recovery syncs them first.
    let standing = store.standing(id(1)).unwrap();
    assert_eq!((standing.head.offset, standing.durable.offset), (grown, grown));
    drop(store);
    assert_sound(&file(folder.path(), 1, "kin"), 1);
    assert_eq!(disk.retried.load(Ordering::Relaxed), 0);
}

#[test]
fn a_recording_that_cannot_be_made_leaves_nothing_and_works_later() {
    let (disk, store, folder) = faulty();
    disk.fail(Operation::Create, ".kin", ENOSPC, 2);
    for _ in 0..2 {
        let result = store.create(id(1), STARTED_US, SENDER);
        assert!(matches!(result, Err(StorageError::Full { .. })), "{result:?}");
        assert!(!store.contains(id(1)));
    }
    store.create(id(1), STARTED_US, SENDER).unwrap();
    grow(&store, 1, &mut Source::new(1), 10_000);
    sync(&store);
    assert_sound(&file(folder.path(), 1, "kin"), 1);
}

/// A file system of a few megabytes, where the test may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(mebibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"])
            .arg(folder.path())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_harms_no_recording_and_recovers_by_itself() {
    let Some(disk) = SmallDisk::mount(6) else {
        eprintln!("passed over: mounting a small file system needs root");
        return;
    };
    let store = Store::open(sample::options(disk.0.path())).unwrap();
    let ballast = disk.0.path().join("ballast");
    std::fs::write(&ballast, vec![1; 2 << 20]).unwrap();
    let mut sources = [Source::new(0), Source::new(1)];
    for n in 0..2 {
        store.create(id(n), STARTED_US, SENDER).unwrap();
    }
    let mut waiting = Vec::new();
    for n in [0, 1].into_iter().cycle() {
        let head = store.standing(id(n)).unwrap().head;
        let block = sources[usize::from(n)].next();
        if let Err(error) = store.append(id(n), head, std::slice::from_ref(&block)) {
            assert!(error.is_full(), "{error}");
            waiting.push((n, block));
            if waiting.len() == 2 {
                break;
            }
        }
    }
    sync_at_last(&store, 0);
    sync_at_last(&store, 1);
    let left = store.space()[0].1.unwrap().free;
    assert!((900_000..1_200_000).contains(&left), "{left} bytes are left to others");
    std::fs::write(disk.0.path().join("by-others"), vec![1; 500_000]).unwrap();
    let result = store.create(id(5), STARTED_US, SENDER);
    assert!(result.as_ref().is_err_and(StorageError::is_full), "{result:?}");
    for n in 0..2 {
        assert_eq!(assert_sound(&file(disk.0.path(), n, "kin"), n), store.standing(id(n)).unwrap().durable.offset);
    }
    std::fs::remove_file(&ballast).unwrap();
    for (n, block) in waiting {
        let head = store.standing(id(n)).unwrap().head;
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while let Err(error) = store.append(id(n), head, std::slice::from_ref(&block)) {
            assert!(error.is_full() && std::time::Instant::now() < deadline, "{error}");
            std::thread::yield_now();
        }
    }
    sync(&store);
    for n in 0..2 {
        assert_sound(&file(disk.0.path(), n, "kin"), n);
    }
}
