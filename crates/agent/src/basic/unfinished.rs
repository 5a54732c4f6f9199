//! Which recordings are being written: noted in the agent's own folder before a file has its first bytes, and forgotten when it has
//! its end. What is noted and written by nobody was left without one.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use recording::RecordingId;
use serde::{Deserialize, Serialize};

use super::values::Folder;

/// Notes that are kept; of more the oldest go.
const MAX_NOTES: usize = 256;
/// A longer note is none of ours.
const MAX_NOTE_BYTES: u64 = 16 << 10;
const EXTENSION: &str = "json";

/// What has to be known of a file to give it an end later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What is in it.
    pub recording: RecordingId,
    /// Whose it is.
    pub uid: u32,
    /// The user's home then.
    pub home: Option<PathBuf>,
    /// Where it is,
    pub folder: Folder,
    /// and its name there.
    pub name: String,
    /// The same for people.
    pub path: String,
    /// Why it has no end, where the agent lived to see that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The notes of one agent.
pub struct Unfinished {
    folder: PathBuf,
    /// Those that are being written now.
    open: Mutex<BTreeSet<RecordingId>>,
}

impl Unfinished {
    /// Those below an agent's state folder.
    pub fn new(state_folder: &Path) -> Self {
        Self { folder: state_folder.join("unfinished"), open: Mutex::default() }
    }

    /// Notes a file that is to be written. Waits for the disk.
    ///
    /// # Errors
    /// If it cannot be noted; then nobody will know of it after a crash.
    pub fn begin(&self, note: &Note) -> std::io::Result<()> {
        self.open().insert(note.recording);
        self.write(note)
    }

    /// It has its end.
    pub fn ended(&self, recording: RecordingId) {
        self.forget(recording);
        self.open().remove(&recording);
    }

    /// It is written no longer, and has none.
    pub fn left(&self, recording: RecordingId, why: String) {
        if let Some(note) = self.read(&self.file(recording))
            && let Err(error) = self.write(&Note { why: Some(why), ..note })
        {
            tracing::warn!(%recording, %error, "why a recording has no end cannot be noted");
        }
        self.open().remove(&recording);
    }

    /// Those that have no end and are written by nobody, of one user or of all; the oldest first.
    pub fn without_end(&self, uid: Option<u32>) -> Vec<Note> {
        let mut notes: Vec<Note> = self.files().iter().filter_map(|file| self.read(file)).collect();
        let open = self.open();
        notes.retain(|note| uid.is_none_or(|uid| uid == note.uid) && !open.contains(&note.recording));
        notes
    }

    /// Nothing more is to be done about it.
    pub fn forget(&self, recording: RecordingId) {
        match fs::remove_file(self.file(recording)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%recording, %error, "the note of a recording cannot be removed");
            }
            _ => {}
        }
    }

    fn file(&self, recording: RecordingId) -> PathBuf {
        self.folder.join(format!("{recording}.{EXTENSION}"))
    }

    /// Recordings' names are in the order of their beginnings.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == EXTENSION));
        files.sort();
        files
    }

    fn read(&self, file: &Path) -> Option<Note> {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(File::open(file).ok()?, MAX_NOTE_BYTES), &mut bytes)
            .ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// On the disk when it returns; a crash leaves the old one or the new one.
    fn write(&self, note: &Note) -> std::io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let (file, fresh) = (self.file(note.recording), self.folder.join("new"));
        // One after the other: there is one place for what is not whole yet.
        let _open = self.open();
        let mut written = File::create(&fresh)?;
        written.write_all(&serde_json::to_vec(note)?)?;
        written.sync_all()?;
        fs::rename(fresh, file)?;
        File::open(&self.folder)?.sync_all()?;
        let files = self.files();
        for oldest in &files[..files.len().saturating_sub(MAX_NOTES)] {
            fs::remove_file(oldest)?;
        }
        Ok(())
    }

    fn open(&self) -> MutexGuard<'_, BTreeSet<RecordingId>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
