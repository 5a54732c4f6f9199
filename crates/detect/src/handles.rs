//! What the kernel's names of files and folders stand for.

use std::fs::File;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use fanotify_fid::handle::{fsid_of_fd, fsid_of_path, name_to_handle_at, open_by_handle_at};
use fanotify_fid::{FidEvent, Fsid};
use rustix::fs::{FileType, OFlags};

/// The kernel's name of a file or folder, for as long as that exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle {
    pub fsid: Fsid,
    pub handle: Box<[u8]>,
}

impl Handle {
    /// One that an event has, which says on which file system it is.
    pub fn of(event: &FidEvent<'_>, handle: &[u8]) -> Option<Self> {
        Some(Self { fsid: event.fsid()?, handle: handle.into() })
    }

    /// That of what is at a path.
    pub fn at(path: &Path) -> Option<Self> {
        Some(Self { fsid: fsid_of_path(path).ok()?, handle: name_to_handle_at(path).ok()?.as_slice().into() })
    }
}

/// A way into a file system, through one mount of it.
#[derive(Debug)]
struct Way {
    fsid: Option<Fsid>,
    fd: OwnedFd,
}

/// Ways into some file systems.
#[derive(Debug, Default)]
pub struct Ways(Vec<Way>);

impl Ways {
    /// Adds one that leads through the mount of this file or folder.
    pub fn add(&mut self, fd: OwnedFd) {
        self.0.push(Way { fsid: fsid_of_fd(&fd).ok(), fd });
    }

    /// Where a folder is now.
    pub fn path(&self, handle: &Handle) -> Option<PathBuf> {
        self.through(handle, |fd| {
            let path = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).ok()?;
            path.is_absolute().then_some(path).filter(|path| !path.to_string_lossy().ends_with(" (deleted)"))
        })
    }

    /// What is to be known of a file, of which nothing is read: `None` where there is none any more.
    pub fn about(&self, handle: &Handle) -> Option<rustix::fs::Stat> {
        self.through(handle, |fd| rustix::fs::fstat(fd).ok())
    }

    /// The content of a file, to be read: of nothing else, as others may wait when they are opened, or do something. Nor is waited for somebody who
    /// has a lease on it.
    pub fn content(&self, handle: &Handle) -> Option<File> {
        self.through(handle, |fd| {
            let kind = FileType::from_raw_mode(rustix::fs::fstat(fd).ok()?.st_mode);
            let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
            let mut reading = File::options();
            reading.read(true).custom_flags(OFlags::NONBLOCK.bits() as i32);
            (kind == FileType::RegularFile).then(|| reading.open(path).ok()).flatten()
        })
    }

    /// What `ask` finds first.
    fn through<T>(&self, handle: &Handle, ask: impl Fn(&OwnedFd) -> Option<T>) -> Option<T> {
        let of_system = |way: &&Way| way.fsid == Some(handle.fsid);
        // A file system of parts may have a name of its own for each of them.
        let is_named = self.0.iter().any(|way| of_system(&way));
        let mut ways = self.0.iter().filter(|way| !is_named || of_system(way));
        ways.find_map(|way| ask(&open_by_handle_at(&way.fd, &handle.handle).ok()?))
    }
}
