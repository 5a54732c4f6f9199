//! Reading a recording, also while it grows.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::StorageError;
use crate::medium::StoredFile;

/// Reads ranges of one recording. Holds the file open; never sees bytes beyond the head.
#[derive(Clone)]
pub struct RecordingReader {
    pub(crate) file: Arc<dyn StoredFile>,
    pub(crate) path: PathBuf,
    /// The recording's head; moves while it grows.
    pub(crate) length: Arc<AtomicU64>,
}

impl RecordingReader {
    /// Bytes that can be read now.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length.load(Ordering::Acquire)
    }

    /// Reads from `offset` until `buffer` is full or the head is reached; says how many bytes it has read.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        let there = self.length().saturating_sub(offset);
        let wanted = usize::try_from(there).unwrap_or(usize::MAX).min(buffer.len());
        let mut done = 0;
        while done < wanted {
            let read = self
                .file
                .read_at(&mut buffer[done..wanted], offset + done as u64)
                .map_err(|source| StorageError::io("read", &self.path, source))?;
            if read == 0 {
                break;
            }
            done += read;
        }
        Ok(done)
    }

    /// Like [`RecordingReader::read`], into a new buffer of at most `limit` bytes.
    ///
    /// # Errors
    /// [`StorageError::Io`].
    pub fn read_up_to(&self, offset: u64, limit: usize) -> Result<Vec<u8>, StorageError> {
        let there = usize::try_from(self.length().saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; limit.min(there)];
        let read = self.read(offset, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

impl std::fmt::Debug for RecordingReader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RecordingReader").field("path", &self.path).field("length", &self.length()).finish()
    }
}
