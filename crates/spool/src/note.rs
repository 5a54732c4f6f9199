//! What is noted beside a recording's blocks: enough to go on with it after the agent was ended at any moment.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use recording::{AssemblerState, GapReason, Header};
use serde::{Deserialize, Serialize};

use crate::SpoolError;
use crate::segments::sync_folder;

const FILE: &str = "recording.json";
/// A note larger than this is none of ours; the index within is bounded far below.
const MAX_NOTE_BYTES: u64 = 16 << 20;

/// A recording as it stands in its folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The header as recorded: needed again when a server has to be told everything from the start.
    pub(crate) header: Header,
    /// Tells this incarnation from every other.
    pub(crate) incarnation: u64,
    /// Counts the incarnations.
    pub(crate) number: u32,
    /// Which of the folder's subfolders holds the blocks. Changes when a new incarnation rewrites them.
    pub(crate) generation: u32,
    /// What the supervisor wants to know about the session after a restart.
    pub(crate) source: serde_json::Value,
    /// The assembler at the start of some segment that is still here; later blocks are replayed.
    pub(crate) state: AssemblerState,
    /// Number of the next group; counts on when blocks with higher numbers were dropped.
    pub(crate) next_group: u64,
    /// What was dropped from the front before the server had it.
    pub(crate) lost: Option<Lost>,
}

/// A stretch that was dropped before the server had it and still has to be declared in the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lost {
    /// Time of the first block that was dropped, in microseconds since the recording's start.
    pub(crate) from_us: u64,
    /// Why.
    pub(crate) reason: GapReason,
    /// How much.
    pub(crate) bytes: u64,
}

impl Note {
    /// Reads the note of a recording's folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, SpoolError> {
        let path = folder.join(FILE);
        let unreadable = |why: String| SpoolError::Note { path: path.clone(), why };
        let bytes = fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?.len();
        if bytes > MAX_NOTE_BYTES {
            return Err(unreadable(format!("it has {bytes} bytes, more than {MAX_NOTE_BYTES}")));
        }
        let text = fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
    }

    /// Replaces the note: after this returns it is on disk, and whenever the machine stops, one of the two is.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), SpoolError> {
        let path = folder.join(FILE);
        let fresh = folder.join(format!("{FILE}.new"));
        let text = serde_json::to_vec(self)
            .map_err(|error| SpoolError::Note { path: path.clone(), why: error.to_string() })?;
        write_synced(&fresh, &text).map_err(SpoolError::io("write", &fresh))?;
        fs::rename(&fresh, &path).map_err(SpoolError::io("replace", &path))?;
        sync_folder(folder)
    }

    /// Where the blocks of this generation are.
    pub(crate) fn blocks_folder(&self, folder: &Path) -> PathBuf {
        generation_folder(folder, self.generation)
    }
}

/// The subfolder that holds the blocks of one generation.
pub(crate) fn generation_folder(folder: &Path, generation: u32) -> PathBuf {
    folder.join(format!("g{generation:06}"))
}

fn write_synced(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text)?;
    file.sync_all()
}
