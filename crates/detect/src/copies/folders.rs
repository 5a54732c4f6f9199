//! Listed folders, and all below them, in which the kernel tells what is opened.

use std::path::{Path, PathBuf};

use fanotify_fid::Fanotify;
use fanotify_fid::consts::{
    FAN_CREATE, FAN_EVENT_ON_CHILD, FAN_MARK_ADD, FAN_MARK_DONT_FOLLOW, FAN_MARK_ONLYDIR, FAN_MOVED_TO, FAN_ONDIR,
    FAN_OPEN,
};

use crate::files::{MAX_FOLDERS, Unwatched};
use crate::handles::Handle;

/// Folders that are marked for one that is listed, or came later; the kernel has a limit for all (`fs.fanotify.max_user_marks`).
const MAX_BELOW: usize = 48 << 10;

/// A listed folder.
#[derive(Debug)]
struct Listed {
    path: PathBuf,
    lists: u64,
    /// What the path stood for when it was marked.
    handle: Option<Handle>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Folders {
    listed: Vec<Listed>,
    missing: Vec<PathBuf>,
}

impl Folders {
    /// Has all marked that are there, each with the lists that it is on, and says which cannot be.
    pub fn mark(group: &Fanotify, folders: &[(PathBuf, u64)]) -> (Self, Vec<Unwatched>) {
        let (mut all, mut unwatched) = (Self::default(), Vec::new());
        for (folder, lists) in folders.iter().take(MAX_FOLDERS) {
            let Some(path) = folder.canonicalize().ok().filter(|path| path.is_dir()) else {
                all.missing.push(folder.clone());
                continue;
            };
            if let Err(reason) = mark(group, &path) {
                unwatched.push(Unwatched { folder: folder.display().to_string(), reason });
            }
            all.listed.push(Listed { handle: Handle::at(&path), path, lists: *lists });
        }
        (all, unwatched)
    }

    /// Lists that a path is below.
    pub fn lists(&self, path: &Path) -> u64 {
        let above = self.listed.iter().filter(|listed| path.starts_with(&listed.path));
        above.fold(0, |all, listed| all | listed.lists)
    }

    /// Whether a folder is there that was missing, or another in the place of one.
    pub fn is_outdated(&self) -> bool {
        let is_other = |listed: &Listed| {
            let now = Handle::at(&listed.path);
            now.is_some() && now != listed.handle && listed.path.is_dir()
        };
        self.missing.iter().any(|folder| folder.is_dir()) || self.listed.iter().any(is_other)
    }
}

/// Has openings told in a folder and all below it. What is gone by now need not be.
///
/// # Errors
/// The kernel marks no more, or there are too many.
pub fn mark(group: &Fanotify, folder: &Path) -> Result<(), String> {
    let mask = FAN_OPEN | FAN_CREATE | FAN_MOVED_TO | FAN_ONDIR | FAN_EVENT_ON_CHILD;
    let how = FAN_MARK_ADD | FAN_MARK_ONLYDIR | FAN_MARK_DONT_FOLLOW;
    let (mut ahead, mut count) = (vec![folder.to_owned()], 0);
    while let Some(folder) = ahead.pop() {
        if count == MAX_BELOW {
            return Err(format!("there are more than {MAX_BELOW} folders in it"));
        }
        count += 1;
        match group.mark(how, mask, &folder) {
            Err(error) if folder.is_dir() => return Err(error.to_string()),
            _ => {}
        }
        let below = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        let room = (MAX_BELOW + 1).saturating_sub(count + ahead.len());
        ahead.extend(below.filter(is_folder).map(|entry| entry.path()).take(room));
    }
    Ok(())
}
