//! User accounts and groups of the machine, as /etc/passwd, /etc/shadow and /etc/group have them: all are compared with what they were before.

mod groups;
mod table;

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::compared::Kept;
pub use groups::{GroupChange, Groups, OfGroup};
pub use table::{AccountChange, Accounts, Change, Digest};

/// Of each file so much is read: some hundred thousand accounts.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The files in /etc. Their passwords are compared by digests that this alone has the key of.
#[derive(Debug, Default)]
pub struct AccountFiles(Digest);

impl Kept for AccountFiles {
    type State = Accounts;
    type Change = AccountChange;
    const NAMES: &'static [&'static str] = &["passwd", "shadow"];
    const MAX_TOLD: usize = 256;

    fn read(&self, folder: &Path) -> std::io::Result<Accounts> {
        let passwd = bytes(&folder.join("passwd"))?;
        let mut shadow = match bytes(&folder.join("shadow")) {
            Ok(shadow) => shadow,
            // Whoever may not read it, or has none, knows what passwd says.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Vec::new(),
            Err(error) => return Err(error),
        };
        let accounts = Accounts::read(&passwd, &shadow, &self.0);
        // No hash stays in memory.
        shadow.fill(0);
        std::hint::black_box(&shadow);
        Ok(accounts)
    }

    fn changes(before: &mut Accounts, now: Accounts) -> Vec<AccountChange> {
        let changes = before.changes(&now, today());
        *before = now;
        changes
    }
}

/// The file of groups in /etc. Groups' passwords are not looked at.
#[derive(Debug, Default)]
pub struct GroupFile;

impl Kept for GroupFile {
    type State = Groups;
    type Change = GroupChange;
    const NAMES: &'static [&'static str] = &["group"];
    const MAX_TOLD: usize = 256;

    fn read(&self, folder: &Path) -> std::io::Result<Groups> {
        Ok(Groups::read(&bytes(&folder.join("group"))?))
    }

    fn changes(before: &mut Groups, now: Groups) -> Vec<GroupChange> {
        let changes = before.changes(&now);
        *before = now;
        changes
    }
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
