//! What was settled about sessions, kept while they last: an agent that is started again does not decide anew on a session that
//! it was told not to record.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::running;
use crate::hotkeys::Hotkeys;
use crate::sessions::DisplayServer;

/// What is kept of one session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settled {
    /// It is not recorded unless somebody starts it.
    pub rests: bool,
    /// Why, in words.
    pub why: String,
    /// Whether the policy lets its user start a recording.
    pub user_may_start: bool,
    /// When the session was decided on first, in microseconds since 1970 UTC.
    pub began_unix_us: Option<i64>,
    /// How often administrators had said then that a policy holds at once: see `protocol::PolicyChanged`.
    pub at_once: u64,
    /// An administrator wants the recording that its user started.
    pub held: bool,
    /// Its user, who is told of its recordings, knows that its screen may be recorded.
    pub told_of_screen: bool,
    /// Its user was told that what is typed is recorded.
    pub told_of_typing: bool,
    /// What is done at its start was.
    pub start_told: bool,
    /// Its recording is paused, for this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// Keys by which its user starts and stops recordings, as they were set when it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotkeys: Option<Hotkeys>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// Processes compare only within one boot.
    boot_id: String,
    sessions: BTreeMap<String, (DisplayServer, Settled)>,
}

/// A file with what was settled.
pub struct Memory {
    file: PathBuf,
    kept: Mutex<Kept>,
    writing: Mutex<()>,
}

impl Memory {
    /// Reads the file; what cannot be read is forgotten, and the policy decides anew.
    pub fn open(file: PathBuf, boot_id: &str) -> Self {
        let kept = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
        let kept = kept.filter(|kept| kept.boot_id == boot_id);
        let kept = kept.unwrap_or_else(|| Kept { boot_id: boot_id.to_owned(), ..Kept::default() });
        Self { file, kept: Mutex::new(kept), writing: Mutex::new(()) }
    }

    /// What was settled about a session.
    pub fn of(&self, server: &DisplayServer) -> Settled {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.sessions.get(&running::name(server)).map(|(_, settled)| settled.clone()).unwrap_or_default()
    }

    /// Changes what is settled, and forgets sessions that are gone. Waits for the disk.
    pub fn settle(&self, server: &DisplayServer, change: impl FnOnce(&mut Settled)) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.sessions.retain(|_, (server, _)| server.process.is_alive());
        let (_, settled) =
            kept.sessions.entry(running::name(server)).or_insert_with(|| (server.clone(), Settled::default()));
        let before = settled.clone();
        change(settled);
        if *settled == before {
            return;
        }
        drop(kept);
        // One writer after the other, and each writes what holds then; whoever only reads does not wait for the disk.
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let text = serde_json::to_vec(&*self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        if let Err(error) = text.map_err(std::io::Error::from).and_then(|text| write(&self.file, &text)) {
            tracing::warn!(%error, file = %self.file.display(), "what was settled about sessions cannot be kept");
        }
    }
}

/// On disk before it takes the old one's place.
fn write(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let fresh = file.with_extension("new");
    let mut written = std::fs::File::create(&fresh)?;
    written.write_all(text)?;
    written.sync_all()?;
    std::fs::rename(fresh, file)
}
