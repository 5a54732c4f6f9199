//! What files of one folder keep as a whole: each time that they have come to rest it is compared with what they kept before.

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::replaced::{Doer, Replaced};

/// Something that is kept in files of one folder.
pub trait Kept {
    /// All of it at one time.
    type State;
    /// What can become of one thing of it.
    type Change;
    /// The files.
    const NAMES: &'static [&'static str];
    /// Whether one of them is touched, and nothing written to it, when something has changed.
    const TOUCHED: bool = false;
    /// Changes that are told at a time; of more, the number.
    const MAX_TOLD: usize;

    /// What the files in a folder say now.
    ///
    /// # Errors
    /// If they cannot be read.
    fn read(&self, folder: &Path) -> std::io::Result<Self::State>;

    /// Makes what was read before into what was read now, and says what is different.
    fn changes(before: &mut Self::State, now: Self::State) -> Vec<Self::Change>;
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeEvent<C> {
    /// One thing changed.
    Changed(Box<Changed<C>>),
    /// So many more changed at once.
    Lost(u64),
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed<C> {
    /// What became of it.
    pub what: C,
    /// The one program that replaced the files meanwhile, where the kernel told that.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub by: Option<Doer>,
}

/// Watches what is kept in a folder.
#[derive(Debug)]
pub struct Watch<K: Kept> {
    folder: PathBuf,
    files: Replaced,
    kept: K,
    before: K::State,
}

impl<K: Kept + Default> Watch<K> {
    /// Begins to watch.
    ///
    /// # Errors
    /// If the folder cannot be watched, or its files not be read.
    pub fn of(folder: &Path) -> std::io::Result<Self> {
        Self::keeping(K::default(), folder)
    }
}

impl<K: Kept> Watch<K> {
    /// Begins to watch what is kept so.
    ///
    /// # Errors
    /// If the folder cannot be watched, or its files not be read.
    pub fn keeping(kept: K, folder: &Path) -> std::io::Result<Self> {
        let files = Replaced::watch(folder, K::NAMES, K::TOUCHED)?;
        let before = kept.read(folder)?;
        Ok(Self { folder: folder.to_owned(), files, kept, before })
    }

    /// Readable when there may be something to take.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.files.fd()
    }

    /// When there is something to take without that.
    pub fn due(&self) -> Option<Instant> {
        self.files.due()
    }

    /// The kernel told that a process put something in this place.
    pub fn replaced_by(&mut self, path: &str, doer: &Doer) {
        self.files.replaced_by(path, doer);
    }

    /// Tells what changed, once the files have come to rest.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(&mut self, tell: &mut dyn FnMut(ChangeEvent<K::Change>)) -> std::io::Result<()> {
        let Some(by) = self.files.take()? else { return Ok(()) };
        // Files that cannot be read now are compared when they change again.
        let Ok(now) = self.kept.read(&self.folder) else { return Ok(()) };
        let changes = K::changes(&mut self.before, now);
        let more = changes.len().saturating_sub(K::MAX_TOLD);
        for what in changes.into_iter().take(K::MAX_TOLD) {
            tell(ChangeEvent::Changed(Box::new(Changed { what, by: by.clone() })));
        }
        if more > 0 {
            tell(ChangeEvent::Lost(more as u64));
        }
        Ok(())
    }
}
