//! User accounts of the machine, as /etc/passwd and /etc/shadow have them: both are compared with what they were before.

mod table;

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::replaced::{Doer, Replaced};
pub use table::{AccountChange, Accounts, Change, Digest};

/// The files.
const NAMES: &[&str] = &["passwd", "shadow"];
/// Of each so much is read: some hundred thousand accounts.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Changes that are told at a time; more are told as lost.
const MAX_TOLD: usize = 256;

/// What is told of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountEvent {
    /// One changed.
    Changed(Box<AccountChanged>),
    /// So many more changed at once.
    Lost(u64),
}

/// An account that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChanged {
    /// What became of it.
    pub what: AccountChange,
    /// The one program that replaced the files meanwhile, where the kernel told that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Doer>,
}

/// Watches the accounts of a machine.
#[derive(Debug)]
pub struct AccountWatch {
    folder: PathBuf,
    files: Replaced,
    digest: Digest,
    before: Accounts,
}

impl AccountWatch {
    /// Begins to watch the files in a folder, which is /etc.
    ///
    /// # Errors
    /// If the folder cannot be watched, or its `passwd` not be read.
    pub fn watch(folder: &Path) -> std::io::Result<Self> {
        let files = Replaced::watch(folder, NAMES)?;
        let digest = Digest::default();
        let before = read(folder, &digest)?;
        Ok(Self { folder: folder.to_owned(), files, digest, before })
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
    pub fn take(&mut self, tell: &mut dyn FnMut(AccountEvent)) -> std::io::Result<()> {
        let Some(by) = self.files.take()? else { return Ok(()) };
        // Files that cannot be read now are compared when they change again.
        let Ok(now) = read(&self.folder, &self.digest) else { return Ok(()) };
        let changes = self.before.changes(&now, today());
        self.before = now;
        let more = changes.len().saturating_sub(MAX_TOLD);
        for what in changes.into_iter().take(MAX_TOLD) {
            tell(AccountEvent::Changed(Box::new(AccountChanged { what, by: by.clone() })));
        }
        if more > 0 {
            tell(AccountEvent::Lost(more as u64));
        }
        Ok(())
    }
}

fn read(folder: &Path, digest: &Digest) -> std::io::Result<Accounts> {
    let passwd = bytes(&folder.join("passwd"))?;
    let mut shadow = match bytes(&folder.join("shadow")) {
        Ok(shadow) => shadow,
        // Whoever may not read it, or has none, knows what passwd says.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Vec::new(),
        Err(error) => return Err(error),
    };
    let accounts = Accounts::read(&passwd, &shadow, digest);
    // No hash stays in memory.
    shadow.fill(0);
    std::hint::black_box(&shadow);
    Ok(accounts)
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // In one piece: what grows leaves copies behind.
    let length = file.metadata()?.len().min(MAX_FILE_BYTES);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// In days since 1970, as `shadow` counts them.
fn today() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs() / 86_400).unwrap_or(i64::MAX)
}
