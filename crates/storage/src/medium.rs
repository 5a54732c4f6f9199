//! The few file operations on which durability rests, behind a trait so that tests can make each of them fail.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// Where recordings are written. [`Disk`] is the only one outside tests.
pub trait Medium: Send + Sync + 'static {
    /// Opens an existing file for reading and writing.
    ///
    /// # Errors
    /// As the system says.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn StoredFile>>;

    /// Makes a file that must not exist.
    ///
    /// # Errors
    /// As the system says.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn StoredFile>>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// As the system says.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// How much room the file system below a folder has.
    ///
    /// # Errors
    /// As the system says.
    fn space(&self, folder: &Path) -> io::Result<Space>;
}

/// Room on a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that this process may still write.
    pub free: u64,
    /// Bytes that the file system has in all.
    pub total: u64,
}

/// An open file. Offsets are explicit, so that readers and the one writer share it.
#[expect(clippy::len_without_is_empty, reason = "the length is asked of the system and may fail")]
pub trait StoredFile: Send + Sync {
    /// Its length in bytes.
    ///
    /// # Errors
    /// As the system says.
    fn len(&self) -> io::Result<u64>;

    /// Cuts it off at `length`.
    ///
    /// # Errors
    /// As the system says.
    fn set_len(&self, length: u64) -> io::Result<()>;

    /// Reads what is there from `offset`, at most `buffer`; 0 at the end.
    ///
    /// # Errors
    /// As the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all bytes at `offset`. After an error any part of them may have been written.
    ///
    /// # Errors
    /// As the system says.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes what was written durable.
    ///
    /// # Errors
    /// As the system says. After an error the system forgets what it could not write: never call it again to be sure.
    fn sync(&self) -> io::Result<()>;
}

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Medium for Disk {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn StoredFile>> {
        Ok(Arc::new(OpenOptions::new().read(true).write(true).open(path)?))
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn StoredFile>> {
        Ok(Arc::new(OpenOptions::new().read(true).write(true).create_new(true).open(path)?))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn space(&self, folder: &Path) -> io::Result<Space> {
        let figures = rustix::fs::statvfs(folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(figures.f_frsize);
        Ok(Space { free: bytes(figures.f_bavail), total: bytes(figures.f_blocks) })
    }
}

impl StoredFile for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        File::set_len(self, length)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
