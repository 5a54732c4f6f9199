//! Files below listed folders that are copied to where no list reaches: a process opened one of them, and then it, or another, wrote a file with the
//! same bytes, anywhere on this machine. The kernel tells of both with the process (fanotify); what is not the same, packed or encrypted, say, is not
//! told.

mod event;
mod folders;
mod just_before;
mod opened;
mod passed_over;
mod same;
mod waiting;

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fanotify_fid::consts::{FAN_CLOSE_WRITE, FAN_CREATE, FAN_MOVED_TO, FAN_ONDIR, FAN_OPEN};
use fanotify_fid::{Fanotify, FidEvent};
use rustix::fs::{FileType, Stat};

use crate::bounded::path_text;
use crate::files::Unwatched;
use crate::files_watch::FilesWatch;
use crate::handles::Handle;
use crate::lineage::Lineage;
use crate::systems::{Systems, group, is_open_to_all, read};
use folders::{Folders, mark};
use just_before::JustBefore;
use opened::{Note, Opened};
use passed_over::PassedOver;
use same::are_same;
use waiting::Waiting;

pub use event::{Copied, CopyEvent};

/// Bytes that are read at a time: some hundreds of files.
const BUFFER_BYTES: usize = 64 << 10;
/// Buffers that are read before somebody else has a turn.
const MAX_TURN: usize = 64;
/// What happens is looked at at once; then so long nothing is: the kernel keeps it.
const REST: Duration = Duration::from_millis(100);
/// As long, where so much happened that the kernel would soon keep no more.
const SHORT_REST: Duration = Duration::from_millis(10);
/// Fewer do not fill a buffer.
const FEW: usize = 64;
/// A file that another process wrote than opened the one it is like has at least so many bytes: few bytes are alike by chance.
const LEAST_OF_OTHERS_BYTES: u64 = 64;
/// So many that are as long are looked at, the last ones: of those that the process opened itself, and of those that others did.
const MAX_OF_OWN: usize = 32;
const MAX_OF_OTHERS: usize = 8;
/// How often is looked who is gone, and whether something is there that is not watched.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A name in a folder, of a file that may have another by now.
#[derive(Debug, Clone)]
struct Named {
    file: Handle,
    folder: Handle,
    name: PathBuf,
}

/// A file that a process wrote.
#[derive(Debug)]
struct Written {
    process: u32,
    copy: Named,
    bytes: u64,
}

/// A copy, and who opened what it is a copy of.
#[derive(Debug)]
struct Found {
    process: u32,
    program: Option<String>,
    from: Named,
    copy: Named,
    bytes: u64,
}

/// Watches for them.
#[derive(Debug)]
pub struct Copies {
    /// Tells of files that are opened in listed folders, and of all that were written, in this order.
    group: Fanotify,
    systems: Systems,
    folders: Folders,
    lineage: Lineage,
    opened: Opened,
    passed_over: PassedOver,
    found: Vec<Found>,
    waiting: Waiting,
    /// Until then what else happens waits.
    rests: Option<Instant>,
    look_due: Instant,
    is_outdated: bool,
}

impl FilesWatch for Copies {
    /// Folders, each with the lists that it is on: a bit for each.
    type Watched = Vec<(PathBuf, u64)>;
    type Event = CopyEvent;
    const LOST: CopyEvent = CopyEvent::Lost;

    fn watch(folders: &Vec<(PathBuf, u64)>) -> std::io::Result<(Self, Vec<Unwatched>)> {
        let lineage = Lineage::listen()?;
        let group = group()?;
        let (systems, mut unwatched) = Systems::mark(&group, FAN_CLOSE_WRITE)?;
        let (folders, more) = Folders::mark(&group, folders);
        unwatched.extend(more);
        let now = Instant::now();
        let copies = Self {
            group,
            systems,
            folders,
            lineage,
            opened: Opened::default(),
            passed_over: PassedOver::new(now),
            found: Vec::new(),
            waiting: Waiting::default(),
            rests: None,
            look_due: now + LOOK_EVERY,
            is_outdated: false,
        };
        Ok((copies, unwatched))
    }

    fn take(&mut self, tell: &mut dyn FnMut(CopyEvent)) -> std::io::Result<bool> {
        let more = !self.rests() && self.fetch(tell)?;
        if !self.found.is_empty() {
            // Who did something is known once what processes did is.
            self.lineage.learn()?;
        }
        std::mem::take(&mut self.found).into_iter().for_each(|found| self.keep(found, tell));
        let now = Instant::now();
        while let Some((copy, copied)) = self.waiting.pop(now) {
            if let Some(copied) = self.placed(&copy, copied) {
                tell(CopyEvent::Copied(Box::new(copied)));
            }
        }
        if now >= self.look_due {
            self.look_due = now + LOOK_EVERY;
            self.opened.forget_gone();
            self.passed_over.forget_old(now);
            self.lineage.learn()?;
            self.is_outdated |= self.systems.is_outdated() || self.folders.is_outdated();
        }
        Ok(more)
    }

    fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        (!self.rests()).then(|| self.group.as_fd()).into_iter()
    }

    fn due(&self) -> Instant {
        let rested = self.rests.filter(|_| self.rests());
        [rested, self.waiting.due()].into_iter().flatten().fold(self.look_due, Instant::min)
    }

    fn is_outdated(&mut self) -> bool {
        self.is_outdated
    }

    fn is_busy(&self) -> bool {
        !self.opened.is_empty()
    }
}

impl Copies {
    fn rests(&self) -> bool {
        self.rests.is_some_and(|until| until > Instant::now())
    }

    /// What happened, until there is no more for now. Whether there may be.
    fn fetch(&mut self, tell: &mut dyn FnMut(CopyEvent)) -> std::io::Result<bool> {
        let mut buffer = Vec::with_capacity(BUFFER_BYTES);
        for turn in 0..MAX_TURN {
            let events = read(&self.group, &mut buffer)?;
            let (mut asked, mut late) = (JustBefore::default(), Vec::new());
            for event in &events {
                let Some(written) = self.heard(event, &mut asked, tell) else { continue };
                if event.mask() & FAN_OPEN == 0 {
                    self.wrote(&written, tell);
                } else {
                    // The kernel told it where the file was opened, before others perhaps that it is a copy of.
                    late.push(written);
                }
            }
            late.iter().for_each(|written| self.wrote(written, tell));
            if events.len() < FEW {
                let rest = if turn == 0 { REST } else { SHORT_REST };
                self.rests = (turn > 0 || !events.is_empty()).then(|| Instant::now() + rest);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes in an event, but for what was written.
    fn heard(
        &mut self,
        event: &FidEvent<'_>,
        asked: &mut JustBefore,
        tell: &mut dyn FnMut(CopyEvent),
    ) -> Option<Written> {
        if event.is_overflow() {
            tell(CopyEvent::Lost);
            return None;
        }
        let mask = event.mask();
        let process = u32::try_from(event.pid()).ok().filter(|process| *process != std::process::id())?;
        if mask & FAN_ONDIR != 0 {
            if mask & (FAN_CREATE | FAN_MOVED_TO) != 0 {
                self.folder_came(event, tell);
            }
            return None;
        }
        let (wrote, opened) = (mask & FAN_CLOSE_WRITE != 0, mask & FAN_OPEN != 0);
        if !(opened || wrote && self.is_busy()) {
            return None;
        }
        let file = named(event)?;
        if opened && !wrote && self.passed_over.has(&file.file) {
            return None;
        }
        let about = self.systems.about(&file.file);
        let bytes = about.as_ref().and_then(content_bytes);
        if opened && (about.is_none() || bytes.is_some()) && !self.is_nobodys_secret(&file, about.as_ref(), asked) {
            // Of one that is gone by now nothing else is known.
            if self.opened.note(process, file.clone(), bytes, asked.program(process)) {
                tell(CopyEvent::Lost);
            }
        }
        Some(Written { process, copy: file, bytes: bytes? }).filter(|_| wrote)
    }

    /// What any program reads for itself is no secret; in other folders it may be somebody's.
    fn is_nobodys_secret(&mut self, file: &Named, about: Option<&Stat>, asked: &mut JustBefore) -> bool {
        let is_none = about.is_some_and(is_open_to_all) && asked.is_of_system(&file.folder, &self.systems);
        if is_none {
            self.passed_over.note(&file.file);
        }
        is_none
    }

    fn folder_came(&self, event: &FidEvent<'_>, tell: &mut dyn FnMut(CopyEvent)) {
        let Some((above, name)) = folder_and_name(event) else { return };
        let Some(above) = self.systems.path(&above) else { return };
        if mark(&self.group, &above.join(name)).is_err() {
            // Nothing is known of what is copied from there.
            tell(CopyEvent::Lost);
        }
    }

    /// A process wrote a file: perhaps a copy of what it opened itself, or another that hands it on.
    fn wrote(&mut self, written: &Written, tell: &mut dyn FnMut(CopyEvent)) {
        let &Written { process, ref copy, bytes } = written;
        let is_as_long = |note: &Note| note.bytes.is_none_or(|before| before == bytes) && note.file.file != copy.file;
        let own = self.opened.by(process).map(|note| (process, note)).filter(|(_, note)| is_as_long(note));
        let others = Some(self.opened.of_size(bytes)).filter(|_| bytes >= LEAST_OF_OTHERS_BYTES);
        let others = others.into_iter().flatten().filter(|(_, note)| is_as_long(note));
        let mut candidates = own.take(MAX_OF_OWN).chain(others.take(MAX_OF_OTHERS)).peekable();
        if candidates.peek().is_none() {
            return;
        }
        let Some(content) = self.systems.content(&copy.file) else {
            if self.systems.about(&copy.file).is_some() {
                // Somebody has a lease on it, say.
                tell(CopyEvent::Lost);
            }
            return;
        };
        let is_same = |note: &Note| match self.systems.content(&note.file.file) {
            Some(before) => are_same(&before, &content, bytes),
            // Of one that is gone by now, as `mv` leaves none behind, the name has to do.
            None => note.file.name == copy.name && self.systems.about(&note.file.file).is_none(),
        };
        let found = candidates.find(|(_, note)| is_same(note)).map(|(process, note)| Found {
            process,
            program: note.program.clone(),
            from: note.file.clone(),
            copy: copy.clone(),
            bytes,
        });
        self.found.extend(found);
    }

    /// Keeps what was found until the copy has its name.
    fn keep(&mut self, found: Found, tell: &mut dyn FnMut(CopyEvent)) {
        let Found { process, program, from, copy, bytes } = found;
        let Some(path) = self.path(&from) else { return };
        let lists = self.folders.lists(&path);
        if lists == 0 {
            return;
        }
        let Some(origin) = self.lineage.origin(process) else { return tell(CopyEvent::Lost) };
        let copied = Copied { path: path_text(&path), to: String::new(), bytes, lists, process, program, origin };
        self.waiting.push(copy, copied);
    }

    /// With the place where it stays: a copy below the same list is a file there that was created.
    fn placed(&self, copy: &Named, mut copied: Copied) -> Option<Copied> {
        let to = self.path(copy).unwrap_or_else(|| copy.name.clone());
        copied.lists &= !self.folders.lists(&to);
        copied.to = path_text(&to);
        (copied.lists != 0).then_some(copied)
    }

    /// Where a file is: by its folder and the name that it had there, or, renamed since, by what the kernel knows of it.
    fn path(&self, named: &Named) -> Option<PathBuf> {
        let told = self.systems.path(&named.folder).map(|folder| folder.join(&named.name));
        let own = self.systems.about(&named.file).map(|about| (about.st_dev, about.st_ino));
        let is_it = |path: &PathBuf| rustix::fs::lstat(path).ok().map(|about| (about.st_dev, about.st_ino)) == own;
        if own.is_none() || told.as_ref().is_some_and(is_it) {
            return told;
        }
        self.systems.path(&named.file).filter(is_it).or(told)
    }
}

/// How large a file is of which a copy can be told from others.
fn content_bytes(about: &Stat) -> Option<u64> {
    let is_file = FileType::from_raw_mode(about.st_mode) == FileType::RegularFile;
    u64::try_from(about.st_size).ok().filter(|bytes| is_file && *bytes > 0)
}

fn named(event: &FidEvent<'_>) -> Option<Named> {
    let (folder, name) = folder_and_name(event)?;
    Some(Named { file: Handle::of(event, event.self_handle()?)?, folder, name: name.to_owned() })
}

fn folder_and_name<'a>(event: &'a FidEvent<'_>) -> Option<(Handle, &'a Path)> {
    Some((Handle::of(event, event.dfid_name_handle()?)?, Path::new(event.dfid_name()?)))
}
