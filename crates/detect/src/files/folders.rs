//! Which folder a file handle stands for, and which listed ones are above it.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::handles::{Handle, Ways};

/// Folders that are known at a time; others are looked up when something happens in them.
const MAX_KNOWN: usize = 64 << 10;
/// Of which so many are looked at before anything happens.
const MAX_WALKED: usize = 48 << 10;
/// Mounts that listed folders are on: each holds a descriptor, of which the process has 64.
const MAX_WAYS: usize = 32;

/// A listed folder.
#[derive(Debug)]
struct Listed {
    path: PathBuf,
    lists: u64,
}

/// All listed folders, and what is known of others.
#[derive(Debug, Default)]
pub struct Folders {
    listed: Vec<Listed>,
    alone: u64,
    ways: Ways,
    /// That those lead through.
    mounts: Vec<u64>,
    /// `None`: it is below no listed one.
    known: HashMap<Handle, Option<Arc<Path>>>,
}

impl Folders {
    /// None yet. Of folders on lists of `alone` counts what is in them, not what is below that.
    pub fn new(alone: u64) -> Self {
        Self { alone, ..Self::default() }
    }

    pub fn len(&self) -> usize {
        self.listed.len()
    }

    /// Adds a listed one, which is marked by `mark`.
    pub fn add(
        &mut self,
        folder: &Path,
        lists: u64,
        mark: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<(), String> {
        if folder.is_relative() {
            return Err("it is no whole path".to_owned());
        }
        let path = folder.canonicalize().map_err(|error| error.to_string())?;
        let fd: OwnedFd = File::open(&path).map_err(|error| error.to_string())?.into();
        if !path.is_dir() {
            return Err("it is no folder".to_owned());
        }
        let mount = mount_of(&fd).ok_or("its mount is not known")?;
        let is_new = !self.mounts.contains(&mount);
        if is_new && self.mounts.len() >= MAX_WAYS {
            return Err(format!("listed folders are on more than {MAX_WAYS} mounts"));
        }
        mark(&path)?;
        if is_new {
            self.mounts.push(mount);
            self.ways.add(fd);
        }
        self.listed.push(Listed { path, lists });
        Ok(())
    }

    /// Lists that a path is below.
    pub fn lists(&self, path: &Path) -> u64 {
        let listed = self.listed.iter().filter(|listed| path.starts_with(&listed.path));
        listed.fold(0, |lists, listed| {
            let is_in_it = path.parent() == Some(&*listed.path);
            lists | if is_in_it { listed.lists } else { listed.lists & !self.alone }
        })
    }

    /// Whether anything in a folder counts.
    fn counts(&self, folder: &Path) -> bool {
        self.listed.iter().any(|listed| listed.path == *folder) || self.lists(folder) & !self.alone != 0
    }

    /// Looks at all folders below the listed ones: of one that is deleted with all that is in it the kernel tells no path any more.
    pub fn walk(&mut self) {
        let mut ahead: Vec<PathBuf> = self.listed.iter().map(|listed| listed.path.clone()).collect();
        while let Some(folder) = ahead.pop().filter(|_| self.known.len() < MAX_WALKED) {
            self.learn(&folder);
            if self.lists(&folder) & !self.alone == 0 {
                continue;
            }
            let below = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
            ahead
                .extend(below.filter(is_folder).map(|entry| entry.path()).take(MAX_WALKED.saturating_sub(ahead.len())));
        }
    }

    /// Notes a folder that is there now.
    pub fn learn(&mut self, path: &Path) {
        if !self.counts(path) {
            return;
        }
        if let Some(handle) = Handle::at(path) {
            self.note(handle, Some(path.into()));
        }
    }

    /// Where a folder is, if it is below a listed one.
    pub fn path(&mut self, handle: &Handle) -> Option<Arc<Path>> {
        if let Some(known) = self.known.get(handle) {
            return known.clone();
        }
        let found = self.find(handle)?;
        let path = Some(found).filter(|path| self.counts(path)).map(Arc::from);
        self.note(handle.clone(), path.clone());
        path
    }

    /// A folder has another path now; `None` stands for one that is below no listed folder.
    pub fn renamed(&mut self, from: Option<&Path>, to: Option<&Path>) {
        match (from, to) {
            // What is in it was below no listed folder, and is now.
            (None, Some(_)) => self.known.retain(|_, path| path.is_some()),
            (Some(from), to) => {
                for known in self.known.values_mut() {
                    let below = known.as_deref().and_then(|path| path.strip_prefix(from).ok());
                    if let Some(below) = below.map(Path::to_owned) {
                        *known =
                            to.map(|to| if below.as_os_str().is_empty() { to.into() } else { to.join(below).into() });
                    }
                }
            }
            (None, None) => {}
        }
    }

    /// Where a folder is now, wherever that is.
    pub fn find(&self, handle: &Handle) -> Option<PathBuf> {
        self.ways.path(handle)
    }

    fn note(&mut self, handle: Handle, path: Option<Arc<Path>>) {
        if self.known.len() >= MAX_KNOWN && !self.known.contains_key(&handle) {
            // Others are found again when something happens in them; of those below listed ones that may be too late.
            self.known.retain(|_, path| path.is_some());
            if self.known.len() >= MAX_KNOWN {
                self.known.clear();
            }
        }
        self.known.insert(handle, path);
    }
}

fn mount_of(fd: &OwnedFd) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", fd.as_raw_fd())).ok()?;
    text.lines().find_map(|line| line.strip_prefix("mnt_id:")?.trim().parse().ok())
}
