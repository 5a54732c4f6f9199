//! Drives of a client in the folder where they appear, and what is read from and written to them: the files that cross between host and client.
//! To be run as the folder's user: nobody else may look into it.

use std::collections::BTreeSet;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::fanotify::{EventFFlags, Fanotify, FanotifyEvent, InitFlags, MarkFlags, MaskFlags};
use serde::{Deserialize, Serialize};

use rustix::fs::{FsWord, Mode, OFlags, fstatfs, open};

use crate::bounded::path_text;
use crate::process;

/// How often is looked which drives there are: what a client adds and takes away the kernel is not told.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Drives that are known at a time.
const MAX_DRIVES: usize = 64;
/// What file systems of FUSE call themselves.
const FUSE: FsWord = 0x6573_5546;
/// Where xrdp has the files that were copied to the clipboard at the client.
const CLIPBOARD: &str = ".clipboard";

/// What is told of drives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriveEvent {
    /// One is there.
    Mapped {
        /// The client's name for it.
        drive: String,
        /// It was there when this began to look.
        before: bool,
    },
    /// One is there no longer.
    Unmapped(String),
    /// A file crossed.
    Transfer(Box<Transfer>),
    /// More happened than the kernel kept.
    Lost,
}

/// A file that crossed between host and client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// To the host: it was read; else it was written.
    pub to_host: bool,
    /// The drive that it is on; none where it was copied to the client's clipboard.
    pub drive: Option<String>,
    /// Where it is on that.
    pub path: String,
    /// Its size afterwards.
    pub bytes: Option<u64>,
    /// The process that did it.
    pub process: u32,
    /// The file that the process runs, if it still did.
    pub program: Option<String>,
}

/// Watches a folder of drives.
#[derive(Debug)]
pub struct Drives {
    folder: PathBuf,
    group: Option<Fanotify>,
    known: Option<BTreeSet<String>>,
    due: Instant,
}

impl Drives {
    /// Begins to watch a folder that is a mount of its own, and says why transfers cannot be told, where they cannot: that takes
    /// `CAP_SYS_ADMIN`, until this has returned.
    pub fn watch(folder: &Path) -> (Self, Option<String>) {
        // The other way to be told, by names, is not possible with this file system: files are opened for whoever is told of them.
        let mark = || {
            // The folder's user may put something else into its place at any time.
            let folder =
                open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
            if fstatfs(&folder)?.f_type != FUSE {
                return Err(Errno::EMEDIUMTYPE.into());
            }
            let flags = InitFlags::FAN_CLASS_NOTIF | InitFlags::FAN_CLOEXEC | InitFlags::FAN_NONBLOCK;
            let group =
                Fanotify::init(flags, EventFFlags::O_RDONLY | EventFFlags::O_CLOEXEC | EventFFlags::O_LARGEFILE)?;
            let mask = MaskFlags::FAN_CLOSE_WRITE | MaskFlags::FAN_CLOSE_NOWRITE;
            group.mark(MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_MOUNT, mask, &folder, None::<&Path>)?;
            Ok::<_, std::io::Error>(group)
        };
        let (group, refused) = match mark() {
            Ok(group) => (Some(group), None),
            Err(error) => (None, Some(error.to_string())),
        };
        (Self { folder: folder.to_owned(), group, known: None, due: Instant::now() }, refused)
    }

    /// Readable when there may be something to take.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.group.as_ref().map(|group| group.as_fd())
    }

    /// When there is something to take without that.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Tells what happened.
    ///
    /// # Errors
    /// If the folder is there no longer, or the kernel tells nothing any longer.
    pub fn take(&mut self, tell: &mut dyn FnMut(DriveEvent)) -> std::io::Result<()> {
        if Instant::now() >= self.due {
            self.look(tell)?;
            self.due = Instant::now() + LOOK_EVERY;
        }
        let Some(group) = &self.group else { return Ok(()) };
        loop {
            match group.read_events() {
                Ok(events) if events.is_empty() => return Ok(()),
                Ok(events) => {
                    for event in events {
                        if event.mask().contains(MaskFlags::FAN_Q_OVERFLOW) {
                            tell(DriveEvent::Lost);
                        } else if let Some(transfer) = self.transfer(&event) {
                            tell(DriveEvent::Transfer(Box::new(transfer)));
                        }
                    }
                }
                Err(Errno::EAGAIN) => return Ok(()),
                // A file that could not be opened any more: it was deleted meanwhile.
                Err(Errno::EINTR | Errno::ENOENT | Errno::ESTALE) => {}
                Err(Errno::EACCES | Errno::EIO | Errno::ENODEV | Errno::ENXIO) => tell(DriveEvent::Lost),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Looks which drives there are.
    fn look(&mut self, tell: &mut dyn FnMut(DriveEvent)) -> std::io::Result<()> {
        let names = std::fs::read_dir(&self.folder)?.flatten().map(|entry| path_text(entry.file_name()));
        let now: BTreeSet<String> = names.filter(|name| !name.starts_with('.')).take(MAX_DRIVES).collect();
        let before = self.known.is_none();
        let known = self.known.replace(now.clone()).unwrap_or_default();
        known.difference(&now).for_each(|drive| tell(DriveEvent::Unmapped(drive.clone())));
        for drive in now.difference(&known) {
            tell(DriveEvent::Mapped { drive: drive.clone(), before });
        }
        Ok(())
    }

    fn transfer(&self, event: &FanotifyEvent) -> Option<Transfer> {
        let fd = event.fd()?;
        let path = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).ok()?;
        let mut parts = path.strip_prefix(&self.folder).ok()?.components();
        let drive = path_text(parts.next()?.as_os_str());
        let path = path_text(parts.as_path());
        let path = path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned();
        if path.is_empty() {
            return None;
        }
        let process = u32::try_from(event.pid()).ok()?;
        Some(Transfer {
            to_host: !event.mask().contains(MaskFlags::FAN_CLOSE_WRITE),
            drive: Some(drive).filter(|drive| drive != CLIPBOARD),
            path,
            bytes: rustix::fs::fstat(fd).ok().and_then(|about| u64::try_from(about.st_size).ok()),
            process,
            program: process::program(process).ok(),
        })
    }
}
