//! What is known of a file without looking into it.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Of the mode that a file system keeps, what says who may do what.
const RIGHTS: u32 = 0o7777;
/// And what says what it is.
const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;

/// A file or folder as it is at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its size, of a folder 0.
    pub bytes: u64,
    inode: u64,
    device: u64,
    modified: (i64, i64),
}

/// What can become of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfFile {
    /// It is there now.
    Created(About),
    /// It is there no more.
    Removed(About),
    /// It is at this path now.
    Renamed(String),
    /// It is another, or has other rights.
    Changed {
        /// What it was.
        before: About,
        /// What it is.
        now: About,
    },
}

impl About {
    /// What is at a path; of a link, that.
    pub fn of(path: &Path) -> Option<Self> {
        let about = path.symlink_metadata().ok()?;
        Some(Self {
            mode: about.mode(),
            uid: about.uid(),
            gid: about.gid(),
            bytes: if about.is_dir() { 0 } else { about.len() },
            inode: about.ino(),
            device: about.dev(),
            modified: (about.mtime(), about.mtime_nsec()),
        })
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.mode & KIND == FOLDER
    }

    /// Who may do what, as `chmod` takes it.
    pub fn rights(&self) -> u32 {
        self.mode & RIGHTS
    }

    /// Whether something else may stand in it.
    pub fn was_written(&self, now: &Self) -> bool {
        !self.is_folder() && (self.bytes, self.modified, self.inode) != (now.bytes, now.modified, now.inode)
    }

    /// Whether there is anything to tell.
    pub fn differs(&self, now: &Self) -> bool {
        (self.mode, self.uid, self.gid) != (now.mode, now.uid, now.gid) || self.was_written(now)
    }

    /// Whether it is the same file at another place.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }
}
