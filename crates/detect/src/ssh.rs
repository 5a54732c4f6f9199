//! Files that OpenSSH copies from and to this machine: by sshd for somebody who is connected, and by `sftp` and `scp` that somebody runs here. The
//! kernel tells which process opened and closed which file, in order with which program each process ran by then (fanotify), and as whom processes run (its
//! process connector), so that also of those that live a moment it is known what they were.

mod copiers;
mod kin;
mod opened;

use std::collections::VecDeque;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use fanotify_fid::consts::{FAN_CLOSE_NOWRITE, FAN_CLOSE_WRITE, FAN_OPEN, FAN_OPEN_EXEC};
use fanotify_fid::{Fanotify, FidEvent};
use rustix::fs::{FileType, Stat};
use serde::{Deserialize, Serialize};

use crate::bounded::path_text;
use crate::connector::{Connector, ProcessChange};
use crate::files::Unwatched;
use crate::files_watch::FilesWatch;
use crate::handles::Handle;
use crate::process::program;
use crate::systems::{Systems, group, is_of_system, is_open_to_all, read};
use copiers::{Copiers, Role};
use kin::Kin;
use opened::Opened;

pub use copiers::{SshWay, Whose};

/// Bytes that are read at a time: some hundreds of files.
const BUFFER_BYTES: usize = 64 << 10;
/// Buffers that are read before somebody else has a turn.
const MAX_TURN: usize = 64;
/// Changes of processes that wait here, beyond those that wait in the kernel.
const MAX_QUEUED: usize = 8 << 10;
/// What everybody closes waits so long while nobody copies: the kernel keeps it, and joins what is the same.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// And so long while somebody may be copying.
const REST: Duration = Duration::from_millis(2);
/// How often is looked whether other file systems are mounted.
const OUTDATED_EVERY: Duration = Duration::from_secs(10);
/// So long it is waited for nobody to be copying.
const OUTDATED_AT_MOST: Duration = Duration::from_secs(60);
/// What is told of files that OpenSSH copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SshEvent {
    /// One crossed.
    Transfer(Box<SshTransfer>),
    /// More happened than the kernel kept.
    Lost,
}

/// Where a file crosses to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To this machine.
    Host,
    /// To whoever is connected to it.
    Client,
    /// To another machine that serves.
    Remote,
}

/// A file that crossed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshTransfer {
    /// Where to.
    pub direction: Direction,
    /// How.
    pub way: SshWay,
    /// For whom.
    pub whose: Whose,
    /// Where it is on this machine.
    pub path: String,
    /// Its size afterwards, if it was still there.
    pub bytes: Option<u64>,
    /// The process that read or wrote it here.
    pub process: u32,
    /// The file that the process ran.
    pub program: String,
}

/// Watches for them.
#[derive(Debug)]
pub struct SshTransfers {
    group: Fanotify,
    connector: Connector,
    queue: VecDeque<ProcessChange>,
    systems: Systems,
    kin: Kin,
    copiers: Copiers,
    opened: Opened,
    buffer: Vec<u8>,
    /// When the kernel was asked last.
    looked: Instant,
    /// It had something then.
    heard_something: bool,
    mounts_due: Instant,
    outdated: Option<Instant>,
}

impl FilesWatch for SshTransfers {
    /// There is nothing to choose.
    type Watched = ();
    type Event = SshEvent;
    const LOST: SshEvent = SshEvent::Lost;

    fn watch((): &()) -> std::io::Result<(Self, Vec<Unwatched>)> {
        let connector = Connector::listen()?;
        let group = group()?;
        let (systems, unwatched) =
            Systems::mark(&group, FAN_OPEN | FAN_OPEN_EXEC | FAN_CLOSE_WRITE | FAN_CLOSE_NOWRITE)?;
        let (mut kin, mut copiers) = (Kin::default(), Copiers::default());
        kin.look();
        copiers.look();
        let watching = Self {
            group,
            connector,
            queue: VecDeque::new(),
            systems,
            kin,
            copiers,
            opened: Opened::default(),
            buffer: Vec::with_capacity(BUFFER_BYTES),
            looked: Instant::now(),
            heard_something: false,
            mounts_due: Instant::now() + OUTDATED_EVERY,
            outdated: None,
        };
        Ok((watching, unwatched))
    }

    /// While nobody copies, the kernel keeps what processes do, too: a login takes longer.
    fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let (is_busy, rests) = (self.is_busy(), self.heard_something && self.looked.elapsed() < REST);
        let processes = is_busy.then(|| self.connector.as_fd());
        let files = (is_busy && !rests).then(|| self.group.as_fd());
        [processes, files].into_iter().flatten()
    }

    fn due(&self) -> Instant {
        self.looked + if self.is_busy() && self.heard_something { REST } else { LOOK_EVERY }
    }

    fn take(&mut self, tell: &mut dyn FnMut(SshEvent)) -> std::io::Result<bool> {
        self.heard_something = false;
        for _ in 0..MAX_TURN {
            let mut buffer = std::mem::take(&mut self.buffer);
            let read = read(&self.group, &mut buffer);
            // What processes were when they closed files is known once all that they did until then is.
            let learned = self.learn();
            let more = read.map(|events| {
                events.iter().for_each(|event| self.heard(event, tell));
                !events.is_empty()
            });
            self.buffer = buffer;
            learned?;
            self.looked = Instant::now();
            if !more? {
                return Ok(false);
            }
            self.heard_something = true;
        }
        Ok(true)
    }

    /// It is waited a while for nobody to be copying.
    fn is_outdated(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.mounts_due {
            self.mounts_due = now + OUTDATED_EVERY;
            self.opened.keep(|pid| self.copiers.has(pid) || self.kin.may_serve(pid));
            if self.systems.is_outdated() {
                self.outdated.get_or_insert(now);
            }
        }
        self.outdated.is_some_and(|since| !self.is_busy() || now.saturating_duration_since(since) >= OUTDATED_AT_MOST)
    }

    fn is_busy(&self) -> bool {
        self.kin.is_connected() || self.copiers.any()
    }
}

impl SshTransfers {
    /// Takes in what happened to processes.
    fn learn(&mut self) -> std::io::Result<()> {
        loop {
            let more = self.connector.fetch(&mut self.queue, MAX_QUEUED)?;
            for change in self.queue.drain(..) {
                let now = Instant::now();
                let runs = match change {
                    ProcessChange::Execed { process, .. } => program(process).ok(),
                    _ => None,
                };
                if let ProcessChange::Forked { child, .. } = change {
                    self.opened.forget(child);
                }
                self.kin.learn(change, runs.as_deref(), now);
                self.copiers.learn(change, runs.as_deref(), now);
            }
            if !more {
                return Ok(());
            }
        }
    }

    fn heard(&mut self, event: &FidEvent<'_>, tell: &mut dyn FnMut(SshEvent)) {
        if event.is_overflow() {
            // Who began to copy meanwhile is not known otherwise.
            self.copiers.look();
            if self.is_busy() {
                tell(SshEvent::Lost);
            }
            return;
        }
        let Ok(process) = u32::try_from(event.pid()) else { return };
        if event.mask() & FAN_OPEN_EXEC != 0
            && let Some(name) = event.dfid_name()
            && self.copiers.runs(process, Path::new(name), || place(&self.systems, event).unwrap_or_default())
        {
            self.opened.forget(process);
        }
        if !self.copiers.has(process) && !self.kin.may_serve(process) {
            return;
        }
        let Some(file) = event.self_handle().and_then(|file| Handle::of(event, file)) else { return };
        if event.mask() & FAN_OPEN != 0 {
            self.opened.open(process, file.clone());
        }
        if event.mask() & (FAN_CLOSE_WRITE | FAN_CLOSE_NOWRITE) == 0 {
            return;
        }
        let is_own = self.opened.close(process, &file);
        let Some(role) = self.role(process).filter(|role| is_own || role.is_found) else { return };
        let Some(path) = place(&self.systems, event) else { return };
        let about = self.systems.about(&file);
        // What it did to the same file in a moment comes as one.
        for wrote in [true, false] {
            let mask = if wrote { FAN_CLOSE_WRITE } else { FAN_CLOSE_NOWRITE };
            if event.mask() & mask != 0 && is_told(wrote, &path, about.as_ref(), &role) {
                tell(SshEvent::Transfer(Box::new(transfer(process, wrote, &path, about.as_ref(), &role))));
            }
        }
    }

    fn role(&mut self, process: u32) -> Option<Role> {
        if self.copiers.has(process) {
            return self.copiers.role(process, &self.kin);
        }
        let (program, is_found) = self.kin.serving(process)?;
        let whose = Whose::Served(self.kin.uid(process)?);
        Some(Role { way: SshWay::Sftp, whose, program: PathBuf::from(&*program), batch: None, is_found })
    }
}

/// Whether a file was copied. What programs read for themselves, from their libraries to the names of users, belongs to the system.
fn is_told(wrote: bool, path: &Path, about: Option<&Stat>, role: &Role) -> bool {
    if about.is_some_and(|about| FileType::from_raw_mode(about.st_mode) != FileType::RegularFile) {
        return false;
    }
    let is_systems = about.is_none_or(is_open_to_all) && is_of_system(path);
    // It may have been given from where the program was started.
    let names =
        |batch: &str| Path::new(batch).components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let is_batch = role.batch.as_deref().map(names).is_some_and(|batch: PathBuf| path.ends_with(batch));
    wrote || !(is_systems || is_batch || path == role.program)
}

fn transfer(process: u32, wrote: bool, path: &Path, about: Option<&Stat>, role: &Role) -> SshTransfer {
    let direction = match &role.whose {
        _ if wrote => Direction::Host,
        Whose::Served(_) => Direction::Client,
        Whose::Run(_) => Direction::Remote,
    };
    SshTransfer {
        direction,
        way: role.way,
        whose: role.whose.clone(),
        path: path_text(path),
        bytes: about.and_then(|about| u64::try_from(about.st_size).ok()),
        process,
        program: path_text(&role.program),
    }
}

/// Where the file is that an event is about. Of a folder that is gone nothing is known, of the file its name.
fn place(systems: &Systems, event: &FidEvent<'_>) -> Option<PathBuf> {
    let (folder, name) = (Handle::of(event, event.dfid_name_handle()?)?, Path::new(event.dfid_name()?));
    Some(systems.path(&folder).map_or_else(|| name.to_owned(), |folder| folder.join(name)))
}
