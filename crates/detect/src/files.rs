//! Files that are created, renamed, moved and deleted below listed folders, by fanotify: the kernel tells of everything on the file systems
//! that the folders are on, with the folder and the process that did it.

pub mod folders;

use std::collections::{HashMap, VecDeque};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fanotify_fid::consts::{
    FAN_CLASS_NOTIF, FAN_CLOEXEC, FAN_CREATE, FAN_DELETE, FAN_MARK_ADD, FAN_MARK_FILESYSTEM, FAN_NONBLOCK, FAN_ONDIR,
    FAN_RENAME, FAN_REPORT_DFID_NAME,
};
use fanotify_fid::{Fanotify, FanotifyError, FidEvent};
use serde::{Deserialize, Serialize};

use crate::bounded::path_text;
use crate::handles::Handle;
use crate::origin::Origin;
use folders::Folders;

/// Listed folders that can be watched.
pub const MAX_FOLDERS: usize = 512;
/// Bytes that are read at a time: some hundreds of changes.
const BUFFER_BYTES: usize = 64 << 10;
/// Changes that wait to be told, beyond those that wait in the kernel.
const MAX_WAITING: usize = 16 << 10;
/// Before the size of a file is looked at that was created: something is in it by then.
const SIZE_AFTER: Duration = Duration::from_secs(1);

/// What is told of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileEvent {
    /// One changed.
    Changed(Box<FileChanged>),
    /// More changed than the kernel kept.
    Lost,
}

/// A file or folder that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChanged {
    /// What became of it.
    pub change: FileChange,
    /// Where it is, or was before.
    pub path: String,
    /// It is a folder.
    pub folder: bool,
    /// Of a file, bytes in it then, or soon after it was created, if it was still there.
    pub bytes: Option<u64>,
    /// Lists that a folder above it is on: a bit for each.
    pub lists: u64,
    /// The process that did it.
    pub process: u32,
    /// The file that the process runs.
    pub program: Option<String>,
    /// Where the process comes from.
    pub origin: Origin,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileChange {
    /// It was created.
    Created,
    /// It has this path now, in the same folder.
    Renamed(String),
    /// It has this path now, in another folder.
    Moved(String),
    /// It was deleted.
    Deleted,
}

/// Says the program and origin of a process.
pub type Known<'a> = dyn Fn(u32) -> Option<(Option<String>, Origin)> + 'a;

/// A change as the kernel told it.
#[derive(Debug)]
enum Heard {
    Overflow,
    Entry { mask: u64, process: u32, folder: Handle, name: PathBuf },
    Rename { mask: u64, process: u32, from: Side, to: Side },
}

/// The folder and name on one side of a rename. A folder that is watched alone tells its own side only.
type Side = Option<(Handle, PathBuf)>;

/// A rename of something in one folder to something in another, or the same.
struct Renamed {
    folder: bool,
    process: u32,
    from: Side,
    to: Side,
}

/// Watches listed folders and all below them.
#[derive(Debug)]
pub struct Files {
    group: Fanotify,
    folders: Folders,
    buffer: Vec<u8>,
    heard: VecDeque<Heard>,
    /// Files that were created, by path: their size is looked at soon.
    created: HashMap<String, (Instant, FileChanged)>,
    /// When, and which.
    due: VecDeque<(Instant, String)>,
}

/// A listed folder that cannot be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwatched {
    /// It.
    pub folder: String,
    /// Why.
    pub reason: String,
}

impl Files {
    /// Begins to watch some folders, each with the lists that it is on, and says which cannot be watched. Of folders on lists of `alone` is told
    /// what is in them, not what is below that: the kernel then tells of nothing else.
    ///
    /// # Errors
    /// Without `CAP_SYS_ADMIN`, and with kernels before 5.17.
    pub fn watch(folders: &[(&Path, u64)], alone: u64) -> Result<(Self, Vec<Unwatched>), FanotifyError> {
        let group = Fanotify::new(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME)?;
        let (mut known, mut unwatched) = (Folders::new(alone), Vec::new());
        for (folder, lists) in folders {
            let result = if known.len() < MAX_FOLDERS {
                known.add(folder, *lists, |folder| {
                    let all = if lists & !alone == 0 { 0 } else { FAN_MARK_FILESYSTEM };
                    let mask = FAN_CREATE | FAN_DELETE | FAN_RENAME | FAN_ONDIR;
                    group.mark(FAN_MARK_ADD | all, mask, folder).map_err(|error| error.to_string())
                })
            } else {
                Err("too many folders are listed".to_owned())
            };
            if let Err(reason) = result {
                unwatched.push(Unwatched { folder: folder.display().to_string(), reason });
            }
        }
        known.walk();
        let buffer = Vec::with_capacity(BUFFER_BYTES);
        let (heard, created, due) = (VecDeque::new(), HashMap::new(), VecDeque::new());
        Ok((Self { group, folders: known, buffer, heard, created, due }, unwatched))
    }

    /// Readable when there is something to fetch.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.group.as_fd()
    }

    /// When there is something to tell that need not be fetched.
    pub fn due(&self) -> Option<Instant> {
        self.due.front().map(|(due, _)| *due)
    }

    /// Fetches what the kernel has. Whether there may be more. To be called before processes are looked at, and [`Files::tell`] after it: who did
    /// something is known then.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn fetch(&mut self) -> std::io::Result<bool> {
        if self.heard.len() >= MAX_WAITING {
            return Ok(true);
        }
        match self.group.read_events(&mut self.buffer) {
            Ok(events) => {
                self.heard.extend(events.iter().filter_map(heard));
                Ok(!events.is_empty())
            }
            Err(error) if error.is_would_block() => Ok(false),
            Err(error) => Err(std::io::Error::other(error.to_string())),
        }
    }

    /// Tells what was fetched.
    pub fn tell(&mut self, known: &Known<'_>, tell: &mut dyn FnMut(FileEvent)) {
        while let Some(heard) = self.heard.pop_front() {
            match heard {
                Heard::Overflow => tell(FileEvent::Lost),
                Heard::Entry { mask, process, folder, name } => {
                    let Some(path) = self.folders.path(&folder).map(|folder| folder.join(name)) else { continue };
                    self.entry(mask, process, &path, known, tell);
                }
                Heard::Rename { mask, process, from, to } => {
                    let renamed = Renamed { folder: mask & FAN_ONDIR != 0, process, from, to };
                    self.renamed(&renamed, known, tell);
                }
            }
        }
        let now = Instant::now();
        while self.due.len() > MAX_WAITING || self.due().is_some_and(|due| due <= now) {
            let Some((due, path)) = self.due.pop_front() else { break };
            // It may have been told already, and another be there.
            if self.created.get(&path).is_some_and(|(of, _)| *of == due) {
                self.tell_created(&path, tell);
            }
        }
    }

    fn entry(&mut self, mask: u64, process: u32, path: &Path, known: &Known<'_>, tell: &mut dyn FnMut(FileEvent)) {
        let folder = mask & FAN_ONDIR != 0;
        let changed = |change| changed(change, path, folder, self.folders.lists(path), process, known);
        let (created, deleted) = (changed(FileChange::Created), changed(FileChange::Deleted));
        let deleted = deleted.filter(|_| mask & FAN_DELETE != 0);
        let created = created.filter(|_| mask & FAN_CREATE != 0);
        if folder && mask & FAN_CREATE != 0 {
            self.folders.learn(path);
        }
        if mask & FAN_DELETE != 0 {
            self.tell_created(&path_text(path), tell);
        }
        // Both in one: what is there now came last.
        let is_there = path.symlink_metadata().is_ok();
        let (first, last) = if is_there { (deleted, None) } else { (None, deleted) };
        first.into_iter().for_each(|changed| tell(FileEvent::Changed(Box::new(changed))));
        match created {
            Some(created) if !folder && is_there => {
                let (due, path) = (Instant::now() + SIZE_AFTER, created.path.clone());
                self.due.push_back((due, path.clone()));
                let before = self.created.insert(path, (due, created));
                before.into_iter().for_each(|(_, created)| tell(FileEvent::Changed(Box::new(created))));
            }
            created => created.into_iter().for_each(|changed| tell(FileEvent::Changed(Box::new(changed)))),
        }
        last.into_iter().for_each(|changed| tell(FileEvent::Changed(Box::new(changed))));
    }

    fn renamed(&mut self, renamed: &Renamed, known: &Known<'_>, tell: &mut dyn FnMut(FileEvent)) {
        let Renamed { folder, process, from, to } = renamed;
        let [inside_from, inside_to] = [from, to].map(|side| {
            let (folder, name) = side.as_ref()?;
            Some(self.folders.path(folder)?.join(name))
        });
        if inside_from.is_none() && inside_to.is_none() {
            return;
        }
        if *folder {
            self.folders.renamed(inside_from.as_deref(), inside_to.as_deref());
        }
        let lists = |path: &Option<PathBuf>| path.as_deref().map_or(0, |path| self.folders.lists(path));
        let lists = lists(&inside_from) | lists(&inside_to);
        // One of the two may be below no listed folder.
        let elsewhere = |side: &Side| {
            let (folder, name) = side.as_ref()?;
            Some(self.folders.find(folder)?.join(name))
        };
        let (before, after) =
            (inside_from.or_else(|| elsewhere(from)), inside_to.or_else(|| elsewhere(to)).unwrap_or_default());
        let is_same = before.as_deref().and_then(Path::parent) == after.parent();
        let to = path_text(&after);
        let change = if is_same { FileChange::Renamed(to) } else { FileChange::Moved(to) };
        if let Some(mut changed) = changed(change, &before.unwrap_or_default(), *folder, lists, *process, known) {
            self.tell_created(&changed.path, tell);
            changed.bytes = size(&after).filter(|_| !folder);
            tell(FileEvent::Changed(Box::new(changed)));
        }
    }

    /// What was created is told before what became of it then.
    fn tell_created(&mut self, path: &str, tell: &mut dyn FnMut(FileEvent)) {
        if let Some((_, mut created)) = self.created.remove(path) {
            created.bytes = size(path);
            tell(FileEvent::Changed(Box::new(created)));
        }
    }
}

fn changed(
    change: FileChange,
    path: &Path,
    folder: bool,
    lists: u64,
    process: u32,
    known: &Known<'_>,
) -> Option<FileChanged> {
    let (program, origin) = (lists != 0).then(|| known(process))??;
    Some(FileChanged { change, path: path_text(path), folder, bytes: None, lists, process, program, origin })
}

/// Bytes in a file that is there.
fn size(path: impl AsRef<Path>) -> Option<u64> {
    path.as_ref().symlink_metadata().ok().map(|metadata| metadata.len())
}

fn heard(event: &FidEvent<'_>) -> Option<Heard> {
    if event.is_overflow() {
        return Some(Heard::Overflow);
    }
    let (mask, process) = (event.mask(), u32::try_from(event.pid()).ok()?);
    let handle = |handle: &[u8]| Handle::of(event, handle);
    if mask & FAN_RENAME != 0 {
        let side = |side: &fanotify_fid::RenameSide<'_>| Some((handle(side.handle())?, PathBuf::from(side.name())));
        let (from, to) = (event.rename_source().and_then(side), event.rename_target().and_then(side));
        return Some(Heard::Rename { mask, process, from, to });
    }
    let (folder, name) = (event.dfid_name_handle()?, event.dfid_name()?);
    Some(Heard::Entry { mask, process, folder: handle(folder)?, name: PathBuf::from(name) })
}
