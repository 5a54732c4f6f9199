//! The evidence file beside a recording: `i_<id>.kev`, entries that are appended and never changed.
//!
//! It is not synced with the recording: after a crash of the machine its newest entries may be missing or torn, while the
//! recording's durable bytes are not. What is missing is said again with the next entry; a torn one is cut off.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use recording::{BlockScanner, RecordingId, Scanned};

use crate::error::StorageError;
use crate::reader::RecordingReader;
use crate::store::Store;

/// Read from the end to find the newest whole entries; longer than the longest one.
const TAIL_BYTES: u64 = 256 << 10;

impl Store {
    /// Appends whole entries. Call it from one thread at a time for each recording.
    ///
    /// # Errors
    /// [`StorageError::Unknown`], [`StorageError::Full`], [`StorageError::Io`].
    pub fn append_evidence(&self, id: RecordingId, entries: &[u8]) -> Result<(), StorageError> {
        let path = self.evidence_path(id)?;
        let written =
            OpenOptions::new().create(true).append(true).open(&path).and_then(|mut file| file.write_all(entries));
        written.map_err(|source| StorageError::io("write", &path, source))
    }

    /// The newest bytes, the last entry whole; empty where there is none. What stands behind the last whole entry is cut off.
    ///
    /// # Errors
    /// As [`Store::append_evidence`].
    pub fn evidence_tail(&self, id: RecordingId) -> Result<Vec<u8>, StorageError> {
        let path = self.evidence_path(id)?;
        match File::options().read(true).write(true).open(&path) {
            Ok(mut file) => tail(&mut file).map_err(|source| StorageError::io("read", &path, source)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(StorageError::io("open", &path, source)),
        }
    }

    /// Brings an evidence file to disk; called when its recording is complete.
    ///
    /// # Errors
    /// As [`Store::append_evidence`].
    pub fn sync_evidence(&self, id: RecordingId) -> Result<(), StorageError> {
        let path = self.evidence_path(id)?;
        let synced = File::open(&path).and_then(|file| file.sync_all());
        synced.map_err(|source| StorageError::io("sync", &path, source))
    }

    /// A reader of the evidence file as it is now; `None` where there is none.
    ///
    /// # Errors
    /// As [`Store::append_evidence`].
    pub fn evidence_reader(&self, id: RecordingId) -> Result<Option<RecordingReader>, StorageError> {
        let path = self.evidence_path(id)?;
        let failed = |source| StorageError::io("open", &path, source);
        match File::open(&path) {
            Ok(file) => {
                let length = file.metadata().map_err(failed)?.len();
                Ok(Some(RecordingReader { file: Arc::new(file), path, length: Arc::new(AtomicU64::new(length)) }))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed(source)),
        }
    }

    fn evidence_path(&self, id: RecordingId) -> Result<PathBuf, StorageError> {
        self.path(id).map(|path| beside(&path)).ok_or(StorageError::Unknown(id))
    }
}

fn beside(recording: &Path) -> PathBuf {
    recording.with_extension("kev")
}

fn tail(file: &mut File) -> std::io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(TAIL_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    let mut scanner = BlockScanner::at(from);
    scanner.push(&bytes);
    let mut whole = None;
    while let Some(found) = scanner.next() {
        if let Scanned::Block(block) = found {
            whole = Some(block.end());
        }
    }
    // Without one whole entry nothing is known of what stands before.
    let end = whole.unwrap_or(from);
    if end < length && (whole.is_some() || from == 0) {
        file.set_len(end)?;
    }
    bytes.truncate(usize::try_from(end - from).unwrap_or(0));
    Ok(bytes)
}
