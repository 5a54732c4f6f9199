//! Finding a recording again after the agent was ended at any moment, or the whole machine.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use recording::{Assembler, BlockKind, End, GapReason};

use crate::intake::Intake;
use crate::journal::Inner;
use crate::note::Note;
use crate::segments::Segments;
use crate::spool::Shared;
use crate::{Journal, Loss, SpoolError};

impl Journal {
    /// Opens a recording's folder: cuts a torn tail off, and replays what was stored since the last note.
    pub(crate) fn recover(shared: &Arc<Shared>, folder: &Path) -> Result<Arc<Self>, SpoolError> {
        let note = Note::read(folder)?;
        remove_other_generations(folder, &note)?;
        let (mut segments, dropped) = Segments::open(&note.blocks_folder(folder), Arc::clone(&shared.used))?;
        let (tail, torn) = segments.trim()?;
        let mut inner = Inner {
            folder: folder.to_owned(),
            assembler: Assembler::resume(note.state.clone()),
            segments,
            segment_bytes: shared.settings.segment_bytes,
            intake: Intake::Flowing,
            live: false,
            ended: tail.iter().rev().find_map(|block| match block.known_kind()? {
                BlockKind::End => serde_json::from_slice::<End>(block.payload()).ok().map(|end| end.reason),
                _ => None,
            }),
            dirty: true,
            durable: 0,
            anchor: note.header.started.clone(),
            losses: VecDeque::new(),
            machine_key: shared.settings.machine_key.clone(),
            note,
        };
        inner.restore_assembler()?;
        if inner.assembler.head().offset != inner.segments.end() {
            return Err(SpoolError::Note {
                path: folder.to_owned(),
                why: "the blocks do not continue what was noted".to_owned(),
            });
        }
        if inner.ended.is_none() {
            inner.drop_until_group(GapReason::AgentRestarted, true);
        }
        if torn + dropped > 0 {
            let recording = inner.note.header.recording;
            tracing::info!(%recording, torn, dropped, "cut the torn end of a recording off");
        }
        if dropped > 0 {
            // Torn bytes never were a block; whole files that do not fit any more were.
            let recording = inner.note.header.recording;
            inner.losses.push_back(Loss { recording, reason: GapReason::Damaged, bytes: dropped });
        }
        let journal = Self::new(Arc::downgrade(shared), inner);
        journal.report_losses();
        Ok(journal)
    }
}

/// A crash while a new incarnation was written, or right after, leaves two copies: the note says which one counts.
fn remove_other_generations(folder: &Path, note: &Note) -> Result<(), SpoolError> {
    let current = note.blocks_folder(folder);
    for entry in fs::read_dir(folder).map_err(SpoolError::io("read", folder))? {
        let path = entry.map_err(SpoolError::io("read", folder))?.path();
        let blocks = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('g'));
        if blocks && path != current && path.is_dir() {
            fs::remove_dir_all(&path).map_err(SpoolError::io("remove", &path))?;
        }
    }
    Ok(())
}
