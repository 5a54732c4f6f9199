//! Files of one folder that are written anew or replaced now and then: told once they have come to rest, with who replaced them.

use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::inotify::ReadFlags;
use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// So long nothing has to happen to the files: a program that changes one often changes another next.
const REST: Duration = Duration::from_millis(500);
/// But no longer than so long is waited.
const MOST_UNREST: Duration = Duration::from_secs(5);
/// Bytes of what the kernel tells that are taken at a time.
const BUFFER_BYTES: usize = 4 << 10;

/// A process that did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doer {
    /// Its number.
    pub process: u32,
    /// The file that it runs.
    pub program: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Who replaced the files since they came to rest.
#[derive(Debug, Default)]
enum Doers {
    #[default]
    Nobody,
    One(Doer),
    /// More than one, or somebody of whom nothing is known wrote to one of them as it was.
    Several,
}

/// Watches some files of a folder.
#[derive(Debug)]
pub struct Replaced {
    kernel: OwnedFd,
    folder: PathBuf,
    names: &'static [&'static str],
    /// When the first of the changes was seen that are not told yet, and the last.
    unrest: Option<(Instant, Instant)>,
    doers: Doers,
}

impl Replaced {
    /// Begins to watch files of these names. They need not be there. `touched`: that one is touched alone counts, too.
    pub fn watch(folder: &Path, names: &'static [&'static str], touched: bool) -> std::io::Result<Self> {
        let kernel = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        // Programs open the former file to write, and do not: that it was closed says nothing.
        let changes = WatchFlags::MOVED_TO | WatchFlags::MODIFY;
        let changes = if touched { changes | WatchFlags::ATTRIB } else { changes };
        add_watch(&kernel, folder, changes | WatchFlags::ONLYDIR)?;
        let folder = folder.canonicalize()?;
        Ok(Self { kernel, folder, names, unrest: None, doers: Doers::Nobody })
    }

    /// Readable when something happened in the folder.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.kernel.as_fd()
    }

    /// When the files will have come to rest.
    pub fn due(&self) -> Option<Instant> {
        self.unrest.map(|(first, last)| (last + REST).min(first + MOST_UNREST))
    }

    /// The kernel told that a process put something in this place.
    pub fn replaced_by(&mut self, path: &str, doer: &Doer) {
        let path = Path::new(path);
        if path.parent() != Some(&self.folder) || !path.file_name().is_some_and(|name| self.has(name)) {
            return;
        }
        self.doers = match std::mem::take(&mut self.doers) {
            Doers::Nobody => Doers::One(doer.clone()),
            Doers::One(before) if before.process == doer.process => Doers::One(before),
            Doers::One(_) | Doers::Several => Doers::Several,
        };
    }

    /// Whether the files changed and have come to rest since it was last asked, and the one process that replaced them, where that is known.
    pub fn take(&mut self) -> std::io::Result<Option<Option<Doer>>> {
        let now = Instant::now();
        let mut buffer = [MaybeUninit::uninit(); BUFFER_BYTES];
        let mut reader = Reader::new(&self.kernel, &mut buffer);
        loop {
            match reader.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
                    // What the kernel kept no longer may have been about these files.
                    if name.is_some_and(|name| !self.names.iter().any(|one| name == *one)) {
                        continue;
                    }
                    if !event.events().intersects(ReadFlags::MOVED_TO | ReadFlags::ATTRIB) {
                        self.doers = Doers::Several;
                    }
                    self.unrest = Some((self.unrest.map_or(now, |(first, _)| first), now));
                }
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if self.due().is_none_or(|due| due > now) {
            return Ok(None);
        }
        self.unrest = None;
        Ok(Some(match std::mem::take(&mut self.doers) {
            Doers::One(doer) => Some(doer),
            Doers::Nobody | Doers::Several => None,
        }))
    }

    fn has(&self, name: &OsStr) -> bool {
        self.names.iter().any(|one| name == *one)
    }
}
