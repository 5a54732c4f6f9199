//! Files below listed folders that are copied to where no list reaches: a process opened one of them, and then it, or another, wrote a file with the
//! same bytes, anywhere on this machine. The kernel tells of both with the process (fanotify); what is not the same, packed or encrypted, say, is not
//! told.

mod event;
mod opened;
mod passed_over;
mod same;

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fanotify_fid::consts::{
    FAN_CLASS_NOTIF, FAN_CLOEXEC, FAN_CLOSE_WRITE, FAN_CREATE, FAN_EVENT_ON_CHILD, FAN_MARK_ADD, FAN_MARK_DONT_FOLLOW,
    FAN_MARK_ONLYDIR, FAN_MOVED_TO, FAN_NONBLOCK, FAN_ONDIR, FAN_OPEN, FAN_REPORT_DFID_NAME, FAN_REPORT_FID,
};
use fanotify_fid::{Fanotify, FidEvent};
use rustix::fs::{FileType, Stat};

use crate::bounded::path_text;
use crate::files::{MAX_FOLDERS, Unwatched};
use crate::handles::Handle;
use crate::lineage::Lineage;
use crate::process::program;
use crate::systems::{Systems, is_of_system, is_open_to_all};
use opened::{Note, Opened};
use passed_over::PassedOver;
use same::are_same;

pub use event::{Copied, CopyEvent};

/// Bytes that are read at a time: some hundreds of files.
const BUFFER_BYTES: usize = 64 << 10;
/// Buffers that are read before somebody else has a turn.
const MAX_TURN: usize = 64;
/// Who opened a file is looked at at once; then so long nobody is, and more that are opened wait.
const REST: Duration = Duration::from_millis(100);
/// What everybody writes waits so long, and longer while nobody has opened anything: the kernel keeps it.
const WRITTEN_AFTER: Duration = Duration::from_millis(200);
/// Programs write under another name and rename when all is written: the copy's name is looked at after this.
const NAME_AFTER: Duration = Duration::from_millis(500);
/// Copies whose names are not looked at yet.
const MAX_WAITING: usize = 4 << 10;
/// Folders of which openings are told.
const MAX_MARKED: usize = 48 << 10;
/// A file that another process wrote than opened the one it is like has at least so many bytes: few bytes are alike by chance.
const LEAST_OF_OTHERS_BYTES: u64 = 64;
/// So many that are as long are looked at, of those that others opened.
const MAX_LOOKED_AT: usize = 8;
/// How often is looked who is gone, and whether other file systems are mounted, or folders there that were missing.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A name in a folder, of a file that may have another by now.
#[derive(Debug, Clone)]
struct Named {
    file: Handle,
    folder: Handle,
    name: PathBuf,
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

/// A copy of which is not known yet where it stays.
#[derive(Debug)]
struct Waiting {
    due: Instant,
    copy: Named,
    copied: Copied,
}

/// Watches for them.
pub struct Copies {
    /// Tells of files that are opened in listed folders.
    opening: Fanotify,
    /// And of all that were written.
    writing: Fanotify,
    systems: Systems,
    lineage: Lineage,
    listed: Vec<(PathBuf, u64)>,
    missing: Vec<PathBuf>,
    marked: usize,
    opened: Opened,
    passed_over: PassedOver,
    found: Vec<Found>,
    waiting: VecDeque<Waiting>,
    buffer: Vec<u8>,
    /// Something was opened just before: until then what else is opened waits.
    rests: Option<Instant>,
    /// When the kernel was asked last what was written.
    written: Instant,
    look_due: Instant,
    is_outdated: bool,
}

impl std::fmt::Debug for Copies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Copies").field("listed", &self.listed).finish_non_exhaustive()
    }
}

impl Copies {
    /// Begins to watch some folders, each with the lists that it is on, and says what cannot be watched.
    ///
    /// # Errors
    /// Without `CAP_SYS_ADMIN` and `CAP_NET_ADMIN`, both until this has returned; in containers; and with kernels before 5.9.
    pub fn watch(folders: &[(&Path, u64)]) -> std::io::Result<(Self, Vec<Unwatched>)> {
        let lineage = Lineage::listen()?;
        let reports = FAN_REPORT_FID | FAN_REPORT_DFID_NAME;
        let group =
            || Fanotify::new(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | reports).map_err(std::io::Error::other);
        let (opening, writing) = (group()?, group()?);
        let (systems, mut unwatched) = Systems::mark(&writing, FAN_CLOSE_WRITE)?;
        let now = Instant::now();
        let mut copies = Self {
            opening,
            writing,
            systems,
            lineage,
            listed: Vec::new(),
            missing: Vec::new(),
            marked: 0,
            opened: Opened::default(),
            passed_over: PassedOver::new(now),
            found: Vec::new(),
            waiting: VecDeque::new(),
            buffer: Vec::with_capacity(BUFFER_BYTES),
            rests: None,
            written: now,
            look_due: now + LOOK_EVERY,
            is_outdated: false,
        };
        for (folder, lists) in folders.iter().take(MAX_FOLDERS) {
            match folder.canonicalize() {
                Ok(path) if path.is_dir() => copies.listed.push((path, *lists)),
                _ => copies.missing.push((*folder).to_owned()),
            }
        }
        copies.listed.sort();
        for (folder, _) in copies.listed.clone() {
            if let Err(reason) = copies.mark(&folder) {
                unwatched.push(Unwatched { folder: folder.display().to_string(), reason });
            }
        }
        Ok((copies, unwatched))
    }

    /// Readable when there is something to take.
    pub fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        (!self.rests()).then(|| self.opening.as_fd()).into_iter()
    }

    /// When there is something to take without that.
    pub fn due(&self) -> Instant {
        let rested = self.rests.filter(|_| self.rests());
        let due = self.waiting.front().map(|waiting| waiting.due);
        [rested, due, Some(self.written_due())].into_iter().flatten().fold(self.look_due, Instant::min)
    }

    fn rests(&self) -> bool {
        self.rests.is_some_and(|until| until > Instant::now())
    }

    fn written_due(&self) -> Instant {
        self.written + if self.is_busy() { WRITTEN_AFTER } else { LOOK_EVERY }
    }

    /// Tells what happened. Whether more may wait already.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(&mut self, tell: &mut dyn FnMut(CopyEvent)) -> std::io::Result<bool> {
        let more = self.fetch(tell)?;
        if !self.found.is_empty() {
            // Who did something is known once what processes did is.
            self.lineage.learn()?;
        }
        std::mem::take(&mut self.found).into_iter().for_each(|found| self.keep(found, tell));
        let now = Instant::now();
        while self.waiting.len() > MAX_WAITING || self.waiting.front().is_some_and(|waiting| waiting.due <= now) {
            if let Some(copied) = self.waiting.pop_front().and_then(|waiting| self.placed(waiting)) {
                tell(CopyEvent::Copied(Box::new(copied)));
            }
        }
        if now >= self.look_due {
            self.look_due = now + LOOK_EVERY;
            self.opened.forget_gone();
            self.lineage.learn()?;
            self.passed_over.forget_old(now);
            self.is_outdated |= self.systems.is_outdated() || self.missing.iter().any(|folder| folder.is_dir());
        }
        Ok(more)
    }

    /// Whether something is there now that is not watched: the next one of these watches it.
    pub fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    /// Whether anybody may be copying.
    pub fn is_busy(&self) -> bool {
        !self.opened.is_empty()
    }

    fn fetch(&mut self, tell: &mut dyn FnMut(CopyEvent)) -> std::io::Result<bool> {
        let noted = self.opened.noted();
        let more = !self.rests() && self.fetch_opened(tell)?;
        // What was written is looked at before so many are opened that the first ones are forgotten.
        if self.opened.noted() != noted || self.written_due() <= Instant::now() {
            self.fetch_written(tell)?;
        }
        Ok(more)
    }

    /// One buffer of what was opened. Whether there may be more.
    fn fetch_opened(&mut self, tell: &mut dyn FnMut(CopyEvent)) -> std::io::Result<bool> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let events = read(&self.opening, &mut buffer)?;
        events.iter().for_each(|event| self.heard(event, tell));
        let more = !events.is_empty();
        drop(events);
        self.buffer = buffer;
        if more {
            self.rests = Some(Instant::now() + REST);
        }
        Ok(more)
    }

    fn fetch_written(&mut self, tell: &mut dyn FnMut(CopyEvent)) -> std::io::Result<()> {
        let mut buffer = Vec::with_capacity(BUFFER_BYTES);
        for _ in 0..MAX_TURN {
            let events = read(&self.writing, &mut buffer)?;
            if events.is_empty() {
                break;
            }
            // Whoever wrote these had opened by now what it copied.
            for _ in 0..MAX_TURN {
                if !self.fetch_opened(tell)? {
                    break;
                }
            }
            events.iter().for_each(|event| self.heard(event, tell));
        }
        self.written = Instant::now();
        Ok(())
    }

    fn heard(&mut self, event: &FidEvent<'_>, tell: &mut dyn FnMut(CopyEvent)) {
        if event.is_overflow() {
            if self.is_busy() {
                tell(CopyEvent::Lost);
            }
            return;
        }
        let (mask, pid) = (event.mask(), u32::try_from(event.pid()));
        let Some(process) = pid.ok().filter(|process| *process != std::process::id()) else { return };
        if mask & FAN_ONDIR != 0 {
            if mask & (FAN_CREATE | FAN_MOVED_TO) != 0
                && let Some((above, name)) = folder_and_name(event)
                && let Some(above) = self.systems.path(&above)
            {
                // Of what cannot be marked, the others that are listed are told.
                let _ = self.mark(&above.join(name));
            }
            return;
        }
        let wrote = mask & FAN_CLOSE_WRITE != 0 && !self.opened.is_empty();
        if mask & FAN_OPEN == 0 && !wrote {
            return;
        }
        let Some(file) = named(event).filter(|file| wrote || !self.passed_over.has(&file.file)) else { return };
        let about = self.systems.about(&file.file);
        let bytes = about.as_ref().and_then(content_bytes);
        if let Some(bytes) = bytes.filter(|_| wrote) {
            let found = self.copied_from(process, &file, bytes);
            self.found.extend(found.map(|(process, note)| Found {
                process,
                program: note.program.clone(),
                from: note.file.clone(),
                copy: file.clone(),
                bytes,
            }));
        }
        // What any program reads for itself is no secret; in other folders it may be somebody's.
        let is_systems = about.as_ref().is_some_and(is_open_to_all) && self.is_kept_by_system(&file.folder);
        if is_systems {
            self.passed_over.note(&file.file);
        }
        // Or it is gone already.
        let is_noted = mask & FAN_OPEN != 0 && (bytes.is_some() || about.is_none()) && !is_systems;
        if is_noted && self.opened.note(process, file, bytes, program(process).ok()) {
            tell(CopyEvent::Lost);
        }
    }

    fn is_kept_by_system(&self, folder: &Handle) -> bool {
        self.systems.path(folder).is_some_and(|folder| is_of_system(&folder))
    }

    /// What a file that a process wrote is a copy of, and who opened that: the process itself, or another to which it is connected somehow.
    fn copied_from(&self, process: u32, copy: &Named, bytes: u64) -> Option<(u32, &Note)> {
        let is_copy = |note: &Note| self.is_copy(note, copy, bytes);
        let own = self.opened.by(process).find(|note| is_copy(note)).map(|note| (process, note));
        let others = || {
            let others = Some(self.opened.of_size(bytes)).filter(|_| bytes >= LEAST_OF_OTHERS_BYTES);
            others.into_iter().flatten().take(MAX_LOOKED_AT).find(|(_, note)| is_copy(note))
        };
        own.or_else(others)
    }

    /// Whether a file has what was in another. Of one that is gone by now, as `mv` leaves none behind, the name has to do.
    fn is_copy(&self, Note { file: from, bytes: from_bytes, .. }: &Note, copy: &Named, bytes: u64) -> bool {
        if from.file == copy.file || from_bytes.is_some_and(|from_bytes| from_bytes != bytes) {
            return false;
        }
        match self.systems.content(&from.file) {
            Some(content) => self.systems.content(&copy.file).is_some_and(|copy| are_same(&content, &copy, bytes)),
            None => from.name == copy.name && self.systems.about(&from.file).is_none(),
        }
    }

    /// Keeps what was found until the copy has its name.
    fn keep(&mut self, found: Found, tell: &mut dyn FnMut(CopyEvent)) {
        let Found { process, program, from, copy, bytes } = found;
        // Who closes it again, to set its times, say, has not copied once more.
        let is_known = self.waiting.iter().any(|waiting| waiting.copy.file == copy.file);
        let Some(path) = self.path(&from).filter(|_| !is_known) else { return };
        let lists = self.lists(&path);
        if lists == 0 {
            return;
        }
        let Some(origin) = self.lineage.origin(process) else { return tell(CopyEvent::Lost) };
        let copied = Copied { path: path_text(&path), to: String::new(), bytes, lists, process, program, origin };
        self.waiting.push_back(Waiting { due: Instant::now() + NAME_AFTER, copy, copied });
    }

    /// With the place where it stays: a copy below the same list is a file there that was created.
    fn placed(&self, waiting: Waiting) -> Option<Copied> {
        let Waiting { copy, mut copied, .. } = waiting;
        let to = self.path(&copy).unwrap_or_else(|| copy.name.clone());
        copied.lists &= !self.lists(&to);
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

    fn lists(&self, path: &Path) -> u64 {
        let above = self.listed.iter().filter(|(folder, _)| path.starts_with(folder));
        above.fold(0, |all, (_, lists)| all | lists)
    }

    /// Has openings told in a folder and all below it.
    fn mark(&mut self, folder: &Path) -> Result<(), String> {
        let mask = FAN_OPEN | FAN_CREATE | FAN_MOVED_TO | FAN_ONDIR | FAN_EVENT_ON_CHILD;
        let how = FAN_MARK_ADD | FAN_MARK_ONLYDIR | FAN_MARK_DONT_FOLLOW;
        let mut ahead = vec![folder.to_owned()];
        while let Some(folder) = ahead.pop() {
            if self.marked >= MAX_MARKED {
                return Err(format!("there are more than {MAX_MARKED} folders"));
            }
            self.opening.mark(how, mask, &folder).map_err(|error| error.to_string())?;
            self.marked += 1;
            let below = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
            ahead
                .extend(below.filter(is_folder).map(|entry| entry.path()).take(MAX_MARKED.saturating_sub(ahead.len())));
        }
        Ok(())
    }
}

/// How large a file is of which a copy can be told from others.
fn content_bytes(about: &Stat) -> Option<u64> {
    let is_file = FileType::from_raw_mode(about.st_mode) == FileType::RegularFile;
    u64::try_from(about.st_size).ok().filter(|bytes| is_file && *bytes > 0)
}

/// What the kernel has, which may be nothing yet.
fn read<'a>(group: &Fanotify, buffer: &'a mut Vec<u8>) -> std::io::Result<Vec<FidEvent<'a>>> {
    match group.read_events(buffer) {
        Ok(events) => Ok(events),
        Err(error) if error.is_would_block() => Ok(Vec::new()),
        Err(error) => Err(std::io::Error::other(error)),
    }
}

fn named(event: &FidEvent<'_>) -> Option<Named> {
    let (folder, name) = folder_and_name(event)?;
    Some(Named { file: Handle::of(event, event.self_handle()?)?, folder, name: name.to_owned() })
}

fn folder_and_name<'a>(event: &'a FidEvent<'_>) -> Option<(Handle, &'a Path)> {
    Some((Handle::of(event, event.dfid_name_handle()?)?, Path::new(event.dfid_name()?)))
}
