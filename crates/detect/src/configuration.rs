//! Files of the machine's configuration that change: what is below listed paths is compared with what it was, by fanotify's word for where something
//! happened, and by which process. What stands in files is not looked at.

mod known;

use std::collections::{BTreeMap, HashMap};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fanotify_fid::consts::{
    FAN_ATTRIB, FAN_CLASS_NOTIF, FAN_CLOEXEC, FAN_CLOSE_WRITE, FAN_CREATE, FAN_DELETE, FAN_EVENT_ON_CHILD,
    FAN_MARK_ADD, FAN_MARK_ONLYDIR, FAN_NONBLOCK, FAN_ONDIR, FAN_RENAME, FAN_REPORT_DFID_NAME,
};
use fanotify_fid::handle::{fsid_of_path, name_to_handle_at};
use fanotify_fid::{Fanotify, FanotifyError, FidEvent};
use serde::{Deserialize, Serialize};

use crate::bounded::path_text;
use crate::compared::{ChangeEvent, Changed};
use crate::files::{Known, Unwatched};
use crate::handles::Handle;
use crate::replaced::Doer;
pub use known::{About, OfFile};

/// So long nothing has to happen: a program that changes one file often changes another next.
const REST: Duration = Duration::from_millis(500);
/// But no longer than so long is waited.
const MOST_UNREST: Duration = Duration::from_secs(5);
/// Bytes that are read at a time: some hundreds of changes.
const BUFFER_BYTES: usize = 64 << 10;
/// Reads before somebody else has a turn.
const MAX_READS: usize = 16;
/// Folders that are watched.
const MAX_FOLDERS: usize = 8 << 10;
/// Files and folders that are known.
const MAX_KNOWN: usize = 64 << 10;
/// Of those that change so many are told at a time; of more, the number.
const MAX_TOLD: usize = 1_024;
/// Changes that wait to come to rest.
const MAX_UNRESTING: usize = 16 << 10;
/// What is told of a folder and what is in it.
const MASK: u64 = FAN_CREATE | FAN_DELETE | FAN_RENAME | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_ONDIR | FAN_EVENT_ON_CHILD;

/// A file or folder of the configuration that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationChange {
    /// Where it is, or was before.
    pub path: String,
    /// Lists that it, or a folder above it, is on: a bit for each.
    pub lists: u64,
    /// What became of it.
    pub change: OfFile,
}

/// What happened at a path since it came to rest.
#[derive(Debug, Default)]
struct Unrest {
    /// The process that did it, and the last word on whether there was but one.
    doer: Option<u32>,
    several: bool,
    /// Where it went.
    renamed: Option<PathBuf>,
}

/// Watches what is below listed paths.
#[derive(Debug)]
pub struct Configuration {
    group: Fanotify,
    listed: Vec<(PathBuf, u64)>,
    folders: HashMap<Handle, PathBuf>,
    known: BTreeMap<PathBuf, About>,
    unrest: BTreeMap<PathBuf, Unrest>,
    doers: HashMap<u32, Doer>,
    /// When the first of the changes was seen that are not told yet, and the last.
    since: Option<(Instant, Instant)>,
    lost: u64,
    buffer: Vec<u8>,
}

impl Configuration {
    /// Begins to watch some files and folders, each with the lists that it is on, and says which cannot be watched.
    ///
    /// # Errors
    /// Without `CAP_SYS_ADMIN`, and with kernels before 5.17.
    pub fn watch(listed: &[(&Path, u64)]) -> Result<(Self, Vec<Unwatched>), FanotifyError> {
        let group = Fanotify::new(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME)?;
        let mut watch = Self {
            group,
            listed: Vec::new(),
            folders: HashMap::new(),
            known: BTreeMap::new(),
            unrest: BTreeMap::new(),
            doers: HashMap::new(),
            since: None,
            lost: 0,
            buffer: Vec::with_capacity(BUFFER_BYTES),
        };
        let mut unwatched = Vec::new();
        for (path, lists) in listed {
            if let Err(reason) = watch.list(path, *lists) {
                unwatched.push(Unwatched { folder: path.display().to_string(), reason });
            }
        }
        Ok((watch, unwatched))
    }

    fn list(&mut self, path: &Path, lists: u64) -> Result<(), String> {
        if path.is_relative() {
            return Err("it is no whole path".to_owned());
        }
        let path = path.canonicalize().map_err(|error| error.to_string())?;
        // Of a file the folder is told of that it is in.
        let folder = if path.is_dir() { path.as_path() } else { path.parent().ok_or("it is in no folder")? };
        self.mark(folder)?;
        self.listed.push((path.clone(), lists));
        self.learn(&path);
        Ok(())
    }

    /// Readable when there is something to take.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.group.as_fd()
    }

    /// When there is something to take without that.
    pub fn due(&self) -> Option<Instant> {
        self.since.map(|(first, last)| (last + REST).min(first + MOST_UNREST))
    }

    /// Tells what changed, once it has come to rest.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(
        &mut self,
        known: &Known<'_>,
        tell: &mut dyn FnMut(ChangeEvent<ConfigurationChange>),
    ) -> std::io::Result<()> {
        for _ in 0..MAX_READS {
            let mut buffer = std::mem::take(&mut self.buffer);
            let result = match self.group.read_events(&mut buffer) {
                Ok(events) => {
                    events.iter().for_each(|event| self.hear(event, known));
                    Ok(!events.is_empty())
                }
                Err(error) if error.is_would_block() => Ok(false),
                Err(error) => Err(std::io::Error::other(error.to_string())),
            };
            self.buffer = buffer;
            if !result? {
                break;
            }
        }
        if self.due().is_some_and(|due| due <= Instant::now()) {
            self.since = None;
            self.tell(tell);
        }
        Ok(())
    }

    fn hear(&mut self, event: &FidEvent<'_>, known: &Known<'_>) {
        let now = Instant::now();
        if event.is_overflow() {
            self.lost += 1;
            self.since = Some((self.since.map_or(now, |(first, _)| first), now));
            return;
        }
        let process = u32::try_from(event.pid()).ok();
        let (from, to) = if event.mask() & FAN_RENAME == 0 {
            let place = event.dfid_name_handle().zip(event.dfid_name());
            (place.and_then(|(handle, name)| self.place(event, handle, Path::new(name))), None)
        } else {
            let [from, to] = [event.rename_source(), event.rename_target()];
            let place = |side: &fanotify_fid::RenameSide<'_>| self.place(event, side.handle(), Path::new(side.name()));
            (from.and_then(place), to.and_then(place))
        };
        for path in [&from, &to].into_iter().flatten() {
            self.note(path, process, known);
            self.since = Some((self.since.map_or(now, |(first, _)| first), now));
        }
        if let Some((from, to)) = from.zip(to)
            && let Some(unrest) = self.unrest.get_mut(&from)
        {
            unrest.renamed = Some(to);
        }
    }

    /// Where something happened, if that is listed.
    fn place(&self, event: &FidEvent<'_>, handle: &[u8], name: &Path) -> Option<PathBuf> {
        let folder = self.folders.get(&Handle { fsid: event.fsid()?, handle: handle.into() })?;
        // To the folder itself.
        let path = if name == Path::new(".") { folder.clone() } else { folder.join(name) };
        (self.lists(&path) != 0).then_some(path)
    }

    fn note(&mut self, path: &Path, process: Option<u32>, known: &Known<'_>) {
        if self.unrest.len() >= MAX_UNRESTING && !self.unrest.contains_key(path) {
            self.lost += 1;
            return;
        }
        let unrest = self.unrest.entry(path.to_owned()).or_default();
        unrest.several |= unrest.doer.is_some() && unrest.doer != process;
        unrest.doer = process;
        if let Some(process) = process
            && !self.doers.contains_key(&process)
            && let Some((program, origin)) = known(process)
        {
            self.doers.insert(process, Doer { process, program, origin });
        }
        // What is put into a folder before it is known there is is found in it.
        if path.symlink_metadata().is_ok_and(|about| about.is_dir()) && !self.known.contains_key(path) {
            let _ = self.mark(path);
        }
    }

    fn lists(&self, path: &Path) -> u64 {
        self.listed.iter().filter(|(listed, _)| path.starts_with(listed)).fold(0, |lists, (_, more)| lists | more)
    }

    /// Has the kernel tell of a folder.
    fn mark(&mut self, folder: &Path) -> Result<(), String> {
        if self.folders.len() >= MAX_FOLDERS {
            return Err(format!("there are more than {MAX_FOLDERS} folders"));
        }
        let (fsid, handle) = fsid_of_path(folder).ok().zip(name_to_handle_at(folder).ok()).ok_or("it has no handle")?;
        self.group.mark(FAN_MARK_ADD | FAN_MARK_ONLYDIR, MASK, folder).map_err(|error| error.to_string())?;
        self.folders.insert(Handle { fsid, handle: handle.as_slice().into() }, folder.to_owned());
        Ok(())
    }

    /// Notes what is at a path, and below it, without telling it.
    fn learn(&mut self, path: &Path) {
        let mut ahead = vec![path.to_owned()];
        while let Some(path) = ahead.pop() {
            let Some(about) = About::of(&path).filter(|_| self.known.len() < MAX_KNOWN) else { continue };
            if about.is_folder() {
                // Links are not followed: what they lead to is elsewhere.
                let _ = self.mark(&path);
                let below = std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path());
                ahead.extend(below.take(MAX_KNOWN.saturating_sub(ahead.len())));
            }
            self.known.insert(path, about);
        }
    }

    fn tell(&mut self, tell: &mut dyn FnMut(ChangeEvent<ConfigurationChange>)) {
        let unrest = std::mem::take(&mut self.unrest);
        let doers = std::mem::take(&mut self.doers);
        let mut told = 0;
        let mut lost = std::mem::take(&mut self.lost);
        // What was renamed first: the path that it has now is told of otherwise as of something new.
        let (renamed, others): (Vec<_>, Vec<_>) = unrest.into_iter().partition(|(_, what)| what.renamed.is_some());
        for (path, what) in renamed.into_iter().chain(others) {
            let by = what.doer.filter(|_| !what.several).and_then(|process| doers.get(&process).cloned());
            for (path, change) in self.changes(&path, what.renamed.as_deref()) {
                if told < MAX_TOLD {
                    let what = ConfigurationChange { lists: self.lists(&path), path: path_text(&path), change };
                    tell(ChangeEvent::Changed(Box::new(Changed { what, by: by.clone() })));
                    told += 1;
                } else {
                    lost += 1;
                }
            }
        }
        if lost > 0 {
            tell(ChangeEvent::Lost(lost));
            // What changed meanwhile is not told later.
            self.known.clear();
            for (path, _) in self.listed.clone() {
                self.learn(&path);
            }
        }
    }

    /// What became of a path, and of what is below it. It is known then as it is.
    fn changes(&mut self, path: &Path, renamed: Option<&Path>) -> Vec<(PathBuf, OfFile)> {
        if let Some(to) = renamed.filter(|to| self.was_renamed(path, to)) {
            return self.rename(path, to);
        }
        let (before, now) = (self.known.remove(path), About::of(path));
        if let Some(now) = now.clone().filter(|_| self.known.len() < MAX_KNOWN) {
            self.known.insert(path.to_owned(), now);
        }
        match (before, now) {
            (None, Some(now)) => {
                let mut changes = vec![(path.to_owned(), OfFile::Created(now.clone()))];
                if now.is_folder() {
                    changes.extend(self.came_with(path));
                }
                changes
            }
            (Some(before), None) => {
                let below: Vec<PathBuf> = self.below(path);
                below.iter().for_each(|path| {
                    self.known.remove(path);
                });
                self.folders.retain(|_, folder| !folder.starts_with(path));
                vec![(path.to_owned(), OfFile::Removed(before))]
            }
            (Some(before), Some(now)) if before.differs(&now) => {
                vec![(path.to_owned(), OfFile::Changed { before, now })]
            }
            _ => Vec::new(),
        }
    }

    /// What stands in a folder that came.
    fn came_with(&mut self, folder: &Path) -> Vec<(PathBuf, OfFile)> {
        let before = self.below(folder);
        self.learn(folder);
        let came = self.known.range(folder.to_owned()..).take_while(|(path, _)| path.starts_with(folder));
        let came = came.filter(|(path, _)| *path != folder && !before.contains(path));
        came.map(|(path, about)| (path.clone(), OfFile::Created(about.clone()))).collect()
    }

    fn below(&self, folder: &Path) -> Vec<PathBuf> {
        let from = self.known.range(folder.to_owned()..).take_while(|(path, _)| path.starts_with(folder));
        from.map(|(path, _)| path.clone()).filter(|path| path != folder).collect()
    }

    /// Whether what was here is there now, and nothing was there before.
    fn was_renamed(&self, path: &Path, to: &Path) -> bool {
        let (before, now) = (self.known.get(path), About::of(to));
        About::of(path).is_none()
            && !self.known.contains_key(to)
            && before.zip(now).is_some_and(|(before, now)| before.is_same_as(&now))
    }

    fn rename(&mut self, path: &Path, to: &Path) -> Vec<(PathBuf, OfFile)> {
        let moved = |old: &Path| {
            old.strip_prefix(path).map(|rest| if rest == Path::new("") { to.to_owned() } else { to.join(rest) })
        };
        for old in self.below(path).into_iter().chain([path.to_owned()]) {
            if let (Some(about), Ok(new)) = (self.known.remove(&old), moved(&old)) {
                self.known.insert(new, about);
            }
        }
        for folder in self.folders.values_mut() {
            if let Ok(new) = moved(folder) {
                *folder = new;
            }
        }
        vec![(path.to_owned(), OfFile::Renamed(path_text(to)))]
    }
}
