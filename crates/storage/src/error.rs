//! What can go wrong with storage.

use std::io;
use std::path::{Path, PathBuf};

use recording::{Head, RecordingId};

/// An operation on storage failed. Recordings other than the one concerned are not affected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// No recording with this id is stored.
    #[error("recording {0} is not in storage")]
    Unknown(RecordingId),
    /// A recording with this id is stored already.
    #[error("recording {0} is in storage already")]
    Exists(RecordingId),
    /// The bytes do not continue what is stored.
    #[error("the bytes do not continue recording {recording}, which ends at offset {}", head.offset)]
    NotAtHead {
        /// The recording.
        recording: RecordingId,
        /// Where it ends.
        head: Head,
    },
    /// There is no space. Nothing was stored; the same bytes may be given again later.
    #[error("no space left for {}: free space on that file system or add a storage folder", path.display())]
    Full {
        /// The file or folder that could not grow.
        path: PathBuf,
    },
    /// The disk failed.
    #[error("could not {doing} {}: {source}; see the system's log for the disk below it", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What was appended since the durable head could not be synced and has been given up here; the sender has it still.
    #[error("recording {recording} could not be synced and was cut back to its durable offset {}: {source}", durable.offset)]
    SyncFailed {
        /// The recording.
        recording: RecordingId,
        /// Where it ends now.
        durable: Head,
        /// What the system said.
        source: io::Error,
    },
    /// Another process uses the folder.
    #[error("another server or command is using the storage folder {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// No storage folder is configured.
    #[error("no storage folder is configured")]
    NoFolder,
    /// The start of the recording lies outside the years that a path can name (1970 to 9999).
    #[error("the recording's start, {0} µs since 1970, is not a date that can be stored under")]
    StartOutOfRange(i64),
}

impl StorageError {
    /// Turns the system's error into [`StorageError::Full`] or [`StorageError::Io`].
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path: path.to_owned() },
            _ => Self::Io { doing, path: path.to_owned(), source },
        }
    }

    /// Whether missing space is the cause: it goes away when space returns.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::SyncFailed { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }
}
