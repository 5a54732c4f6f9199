//! One recording in the spool: takes a recorder's blocks in, gives them out for sending, forgets what is durable.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use evidence::{EpochSigner, MachineKey};
use recording::{Anchor, Assembler, AssemblerState, End, EndReason, GapReason, Head, Header, RawBlock, RecordingId};

use crate::intake::Intake;
use crate::note::Note;
use crate::segments::{Segments, whole_blocks};
use crate::spool::Shared;
use crate::{Loss, SpoolError};

/// A recording in the spool. Cheap to share between the thread that records and the task that sends.
#[derive(Debug)]
pub struct Journal {
    recording: RecordingId,
    shared: Weak<Shared>,
    inner: Mutex<Inner>,
}

/// Where a recording stands, for announcing it to a server.
#[derive(Debug, Clone)]
pub struct Position {
    /// Value of the present incarnation.
    pub incarnation: u64,
    /// Its number.
    pub number: u32,
    /// The oldest place that is still held.
    pub base: Head,
    /// The newest.
    pub head: Head,
    /// Whether it is being recorded now.
    pub live: bool,
    /// Why it ended, if it did.
    pub ended: Option<EndReason>,
    /// Who is recorded, and since when.
    pub header: Header,
}

/// Blocks read for sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// Whole blocks, and the place after them.
    Blocks {
        /// At least one block.
        bytes: Vec<u8>,
        /// The place after the last of them.
        after: Head,
    },
    /// Nothing is there yet.
    Empty,
    /// The place is not in the spool any more, or what stands there is damaged: a new incarnation has to go on.
    Gone,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) folder: PathBuf,
    pub(crate) note: Note,
    pub(crate) assembler: Assembler,
    pub(crate) segments: Segments,
    pub(crate) segment_bytes: u64,
    pub(crate) intake: Intake,
    pub(crate) live: bool,
    pub(crate) ended: Option<EndReason>,
    /// Whether bytes were written since the last sync.
    pub(crate) dirty: bool,
    /// The latest reading of the clocks, for blocks that are written when no fresh one is at hand.
    pub(crate) anchor: Anchor,
    /// What the server has made durable, as far as it was told in this run.
    pub(crate) durable: u64,
    /// Losses that nobody was told of yet.
    pub(crate) losses: VecDeque<Loss>,
    /// Vouches for the keys that sign this recording.
    pub(crate) machine_key: Option<MachineKey>,
}

impl Journal {
    pub(crate) fn new(shared: Weak<Shared>, inner: Inner) -> Arc<Self> {
        Arc::new(Self { recording: inner.note.header.recording, shared, inner: Mutex::new(inner) })
    }

    /// Starts a recording in a new folder.
    pub(crate) fn create(
        shared: &Arc<Shared>,
        folder: &Path,
        header: Header,
        source: serde_json::Value,
    ) -> Result<Arc<Self>, SpoolError> {
        fs::create_dir_all(folder).map_err(SpoolError::io("create", folder))?;
        let note = Note {
            incarnation: rand::random(),
            number: 0,
            generation: 0,
            source,
            state: AssemblerState::new(),
            next_group: 0,
            lost: None,
            header,
        };
        let machine_key = shared.settings.machine_key.clone();
        let (assembler, block) = Assembler::new(&note.header)?;
        let assembler = signed(assembler, note.header.recording, machine_key.as_ref());
        let mut segments = Segments::create(&note.blocks_folder(folder), Head::start(), Arc::clone(&shared.used))?;
        segments.append(&block)?;
        note.write(folder)?;
        let inner = Inner {
            anchor: note.header.started.clone(),
            folder: folder.to_owned(),
            note,
            assembler,
            segments,
            segment_bytes: shared.settings.segment_bytes,
            intake: Intake::Flowing,
            live: true,
            ended: None,
            dirty: true,
            durable: 0,
            losses: VecDeque::new(),
            machine_key,
        };
        Ok(Self::new(Arc::downgrade(shared), inner))
    }

    /// The recording's identity.
    pub fn recording(&self) -> RecordingId {
        self.recording
    }

    /// What the supervisor gave along when the recording began.
    pub fn source(&self) -> serde_json::Value {
        self.lock().note.source.clone()
    }

    /// Who is recorded, and since when.
    pub fn header(&self) -> Header {
        self.lock().note.header.clone()
    }

    /// The number that the next recorder's first group must have.
    pub fn next_group(&self) -> u64 {
        self.lock().next_group()
    }

    /// Time of the newest block, in microseconds since the recording's start.
    pub fn last_time_us(&self) -> u64 {
        self.lock().assembler.last_time_us()
    }

    /// Whether the recording is being made now.
    pub fn is_live(&self) -> bool {
        self.lock().live
    }

    /// Whether an end was written.
    pub fn has_ended(&self) -> bool {
        self.lock().ended.is_some()
    }

    /// Takes whole blocks from the recorder, in their order; `anchor` reads both clocks now.
    ///
    /// # Errors
    /// * [`SpoolError::Full`], or another for which [`SpoolError::is_full`] holds: the blocks were dropped, and so will
    ///   be those that follow until a group starts while there is room; then a gap is declared. The session is not harmed.
    /// * [`SpoolError::Recorder`]: the recorder broke the format and must be ended.
    /// * [`SpoolError::Ended`]: the recording has ended.
    pub fn accept(&self, blocks: &[RawBlock], anchor: &Anchor) -> Result<(), SpoolError> {
        let room = self.room_for(blocks.iter().map(|block| block.bytes.len() as u64).sum());
        let mut inner = self.lock();
        if inner.ended.is_some() {
            return Err(SpoolError::Ended { recording: self.recording });
        }
        inner.anchor = anchor.clone();
        if !room {
            inner.no_room_for(blocks);
            drop(inner);
            self.report_losses();
            return Err(SpoolError::Full { recording: self.recording, what: "the quota is used up" });
        }
        let taken = inner.accept(blocks);
        let reported = !inner.losses.is_empty();
        drop(inner);
        if reported {
            self.report_losses();
        }
        self.notify();
        taken
    }

    /// Says that the recorder ended, or is about to be replaced: what it left unfinished is forgotten, and a gap is
    /// declared when the next one starts its first group.
    pub fn recorder_ended(&self, reason: GapReason) {
        self.lock().drop_until_group(reason, true);
    }

    /// Says that something was missed since the recorder ended, so that a gap is declared even if no other recorder follows.
    pub fn missed(&self) {
        self.lock().missed();
    }

    /// Whether data is being dropped although there is room again, so that a fresh recorder should start a group.
    pub fn wants_group(&self) -> bool {
        let room = self.room_for(1);
        self.lock().wants_group(room)
    }

    /// Whether the recorder's blocks are dropped at present.
    pub fn is_dropping(&self) -> bool {
        self.lock().intake.is_waiting()
    }

    /// Writes a checkpoint if one is due at `time_us`; to be called every second or so while recording.
    ///
    /// # Errors
    /// [`SpoolError`] if it cannot be stored; it is tried again with the next call.
    pub fn tick(&self, time_us: u64, anchor: &Anchor) -> Result<(), SpoolError> {
        let mut inner = self.lock();
        if inner.ended.is_some() || inner.intake.is_waiting() || !inner.assembler.checkpoint_due(time_us) {
            return Ok(());
        }
        inner.anchor = anchor.clone();
        let mut out = Vec::new();
        inner.assembler.checkpoint(time_us, anchor, &mut out)?;
        inner.store(&out)?;
        drop(inner);
        self.notify();
        Ok(())
    }

    /// Ends the recording at `time_us`. Does nothing if it has ended already.
    ///
    /// # Errors
    /// [`SpoolError`] if the end cannot be stored: try again later.
    pub fn end(&self, end: &End, time_us: u64, anchor: &Anchor) -> Result<(), SpoolError> {
        let mut inner = self.lock();
        inner.anchor = anchor.clone();
        inner.end(end, time_us)?;
        drop(inner);
        self.notify();
        Ok(())
    }

    /// Says whether the recording is being made now; recovered ones are not until their session was found again.
    pub fn set_live(&self, live: bool) {
        self.lock().live = live;
        self.notify();
    }

    /// Bytes of the recording so far, those that the server keeps alone included.
    pub fn size_bytes(&self) -> u64 {
        self.lock().assembler.head().offset
    }

    /// Where the recording stands.
    pub fn position(&self) -> Position {
        let inner = self.lock();
        Position {
            incarnation: inner.note.incarnation,
            number: inner.note.number,
            base: inner.segments.base(),
            head: inner.assembler.head(),
            live: inner.live,
            ended: inner.ended.clone(),
            header: inner.note.header.clone(),
        }
    }

    /// Whether exactly the bytes that `head` stands for are, or once were, in this spool, so that sending can go on there.
    ///
    /// # Errors
    /// [`SpoolError::Io`] if the spool cannot be read.
    pub fn holds(&self, head: Head) -> Result<bool, SpoolError> {
        let inner = self.lock();
        if head == inner.assembler.head() || inner.segments.iter().any(|segment| segment.start == head) {
            return Ok(true);
        }
        let Some((segment, bytes)) = inner.segments.load(head.offset)? else { return Ok(false) };
        let mut place = segment.start;
        for block in whole_blocks(segment.start.offset, &bytes) {
            place = place.after(&block.bytes);
            if place.offset >= head.offset {
                break;
            }
        }
        Ok(place == head)
    }

    /// Reads whole blocks from `from` on, at most `limit` bytes (but one block in any case).
    ///
    /// # Errors
    /// [`SpoolError::Io`] if the spool cannot be read.
    pub fn read(&self, from: Head, limit: usize) -> Result<Chunk, SpoolError> {
        let mut inner = self.lock();
        if from.offset == inner.assembler.head().offset {
            return Ok(if from == inner.assembler.head() { Chunk::Empty } else { Chunk::Gone });
        }
        let window = limit.max(recording::MAX_BLOCK_BYTES);
        let Some((segment, bytes)) = inner.segments.read(from.offset, window)? else { return Ok(Chunk::Gone) };
        let mut after = from;
        for block in whole_blocks(from.offset, &bytes) {
            let taken = (after.offset - from.offset) as usize;
            if taken > 0 && taken + block.bytes.len() > limit {
                break;
            }
            after = after.after(&block.bytes);
        }
        let next = inner.segments.iter().find(|next| next.start.offset == after.offset).map(|next| next.start);
        let altered = after.offset == segment.end() && next.is_some_and(|next| next != after);
        if after == from || altered {
            inner.drop_damaged(from.offset)?;
            return Ok(Chunk::Gone);
        }
        let bytes = bytes[..(after.offset - from.offset) as usize].to_vec();
        Ok(Chunk::Blocks { bytes, after })
    }

    /// Forgets whole files whose blocks all lie before `head`, which the server has made durable.
    ///
    /// # Errors
    /// [`SpoolError::Io`] if a file cannot be removed.
    pub fn durable(&self, head: Head) -> Result<(), SpoolError> {
        let mut inner = self.lock();
        inner.durable = inner.durable.max(head.offset);
        while inner.segments.iter().nth(1).is_some_and(|second| second.start.offset <= head.offset) {
            inner.note_beyond_oldest();
            inner.segments.drop_oldest()?;
        }
        Ok(())
    }

    /// Goes on behind the server's head as a new incarnation: whatever is still here is put together anew from the
    /// first group that the server cannot have, and what is missing is declared. See `docs/protocol.md`.
    ///
    /// # Errors
    /// [`SpoolError`] if that cannot be stored; everything is then as before.
    pub fn adopt(&self, server: Head, number: u32) -> Result<(), SpoolError> {
        let mut inner = self.lock();
        inner.adopt(server, number)?;
        drop(inner);
        self.report_losses();
        self.notify();
        Ok(())
    }

    /// Drops the oldest file, undelivered. Returns whether there was one besides the one that grows.
    pub(crate) fn drop_oldest(&self, reason: GapReason) -> Result<bool, SpoolError> {
        let dropped = self.lock().drop_oldest(reason);
        self.report_losses();
        dropped
    }

    /// When the oldest file was last written, and how many bytes wait.
    pub(crate) fn age(&self) -> (Option<std::time::SystemTime>, u64) {
        let inner = self.lock();
        (inner.segments.oldest_written(), inner.segments.bytes())
    }

    /// Closes the growing file, so that it can be dropped.
    pub(crate) fn roll(&self) -> Result<(), SpoolError> {
        self.lock().roll()
    }

    /// Brings what was written to disk.
    pub(crate) fn sync(&self) -> Result<(), SpoolError> {
        let (file, folder) = {
            let mut inner = self.lock();
            if !std::mem::take(&mut inner.dirty) {
                return Ok(());
            }
            (inner.segments.active_file()?, inner.folder.clone())
        };
        // Outside the lock: a slow disk must not hold the recorder up.
        file.sync_data().map_err(SpoolError::io("sync", &folder))
    }

    /// Removes the recording from disk.
    pub(crate) fn remove(&self) -> Result<(), SpoolError> {
        let mut inner = self.lock();
        // Whoever still records into it is told that it is over.
        inner.ended.get_or_insert(EndReason::Stopped);
        if let Some(shared) = self.shared.upgrade() {
            shared.used.fetch_sub(inner.segments.bytes(), Ordering::Relaxed);
        }
        fs::remove_dir_all(&inner.folder).map_err(SpoolError::io("remove", &inner.folder))
    }

    pub(crate) fn report_losses(&self) {
        let losses: Vec<Loss> = self.lock().losses.drain(..).collect();
        if let Some(shared) = self.shared.upgrade() {
            losses.into_iter().for_each(|loss| shared.report(loss));
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // A thread that panicked holding it left at worst unreported bytes: the files are the truth.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room_for(&self, bytes: u64) -> bool {
        self.shared.upgrade().is_none_or(|shared| shared.make_room(bytes))
    }

    fn notify(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.changed.notify_one();
        }
    }
}

/// Has a writer's checkpoints signed with keys of its own. They exist in memory only: whoever goes on after a restart has
/// others.
pub(crate) fn signed(assembler: Assembler, recording: RecordingId, machine_key: Option<&MachineKey>) -> Assembler {
    match machine_key {
        Some(key) => assembler.signed_by(Box::new(EpochSigner::new(recording, key.clone(), rand::random()))),
        None => assembler,
    }
}
