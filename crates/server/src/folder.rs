//! The data folder: private to the server's user, used by one server at a time, with secrets in files of their own.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder in it cannot be read or made.
    #[error("{} cannot be used: {source}; check that the folder exists, belongs to this user and has room", path.display())]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another server runs on it.
    #[error("another server is running on {}; stop it, or give this one a folder of its own with --data", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
}

/// The data folder, locked while this lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// Held for its lock only; the system releases it with the process, however that ends.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it is missing (mode 0700) and locks it.
    ///
    /// # Errors
    /// It cannot be made or written, or another server runs on it.
    pub fn open(path: &Path) -> Result<DataFolder, FolderError> {
        make_private_folder(path)?;
        let lock_file = path.join("server.lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_file)
            .map_err(|source| FolderError::Unusable { path: lock_file.clone(), source })?;
        match lock.try_lock() {
            Ok(()) => Ok(DataFolder { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(FolderError::Unusable { path: lock_file, source }),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes a folder that only this user can enter; one that exists is left as it is.
///
/// # Errors
/// It cannot be made.
pub fn make_private_folder(path: &Path) -> Result<(), FolderError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| FolderError::Unusable { path: path.to_owned(), source })
}

/// Makes an empty file that only this user can read (mode 0600), unless it exists.
///
/// # Errors
/// It cannot be made.
pub fn make_private_file(path: &Path) -> Result<(), FolderError> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|source| FolderError::Unusable { path: path.to_owned(), source })
}

/// Reads a text file, or `None` if there is none.
///
/// # Errors
/// It exists and cannot be read.
pub fn read_text(path: &Path) -> Result<Option<String>, FolderError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FolderError::Unusable { path: path.to_owned(), source }),
    }
}

/// Writes a file that only this user can read (mode 0600), whole or not at all, and on disk when this returns.
///
/// # Errors
/// It cannot be written.
pub fn write_private(path: &Path, text: &str) -> Result<(), FolderError> {
    let half = path.with_extension("new");
    let written = (|| {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&half, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    })();
    written.map_err(|source| FolderError::Unusable { path: path.to_owned(), source })
}
