//! What can go wrong with the spool.

use std::io;
use std::path::{Path, PathBuf};

use recording::{AssembleError, EncodeError, RecordingId};
use thiserror::Error;

/// Why the spool could not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// There is no room: the disk or the quota is full. Nothing was stored; the caller goes on and declares a gap later.
    #[error("no room in the spool for recording {recording}: {what}")]
    Full {
        /// The recording that could not be stored.
        recording: RecordingId,
        /// Which limit was met.
        what: &'static str,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another agent uses the folder.
    #[error("the spool {} is in use by another agent; stop it or give this one a folder of its own", folder.display())]
    InUse {
        /// The spool's folder.
        folder: PathBuf,
    },
    /// The recorder broke the format. It has to be ended; the recording goes on with a new one.
    #[error(transparent)]
    Recorder(#[from] AssembleError),
    /// A block could not be put together.
    #[error(transparent)]
    Block(#[from] EncodeError),
    /// A note beside a recording cannot be read; the recording is set aside.
    #[error("the note {} is unreadable: {why}", path.display())]
    Note {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The recording has ended already.
    #[error("recording {recording} has ended; nothing can be added to it")]
    Ended {
        /// The recording.
        recording: RecordingId,
    },
}

impl SpoolError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Whether trying again after room was made may help.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }
}
