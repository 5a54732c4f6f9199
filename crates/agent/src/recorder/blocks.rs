//! From what a display shows to blocks of a recording.

use std::collections::VecDeque;
use std::time::Instant;

use capture::Update;
use recording::{Event, Gap, GapReason, Group, Monitor, Track, TrackKind};
use screen::pointer::{PointerChange, PointerEncoder};
use screen::{Damage, Encoded, Encoder, EncoderOptions, Frame};

use super::documents::{DOCUMENTS, Document, Documents};
use super::hold::Paused;
use super::screens::Screens;
use super::sealed_writer::{SealedWriter, WriteError};
use super::start::{RecordingStart, SealStart};
use super::thumbnail::ThumbnailMaker;
use crate::basic::ScreenChoice;

const SCREEN: Track = Track { id: 1, kind: TrackKind::Screen };
const POINTER: Track = Track { id: 2, kind: TrackKind::Pointer };
/// What happens.
pub const EVENTS: Track = Track { id: 3, kind: TrackKind::Events };
const THUMBNAILS: Track = Track { id: 4, kind: TrackKind::Thumbnails };

/// Events that may wait for the first picture.
const MAX_WAITING_EVENTS: usize = 64;

/// The reason of a gap that a stalled server made.
pub const STALLED: &str = "the X server did not answer";

/// Encodes updates. Holds the codecs' state: one for each recorder process.
pub struct BlockMaker {
    screen: Encoder,
    pointer: PointerEncoder,
    writer: SealedWriter,
    start: RecordingStart,
    next_group: u64,
    /// The group of the newest key frame, which the next groups build on.
    key_group: Option<u64>,
    last_us: u64,
    size: Option<(u32, u32)>,
    screens: Screens,
    monitors: Vec<Monitor>,
    thumbnails: ThumbnailMaker,
    /// Told with the first picture.
    notes: Vec<Event>,
    /// A pause that was over before the first picture.
    paused: Option<Gap>,
    /// CLOCK_BOOTTIME since which nothing was seen, the connection having been lost.
    unseen_since_us: Option<u64>,
    /// Events that wait for the first group: nothing can stand before it.
    waiting: VecDeque<Event>,
    documents: Documents,
    /// Groups have a track of documents from the next one on.
    keeps_documents: bool,
    /// The present one has.
    takes_documents: bool,
}

impl BlockMaker {
    /// Begins with a new group.
    pub fn new(start: RecordingStart, writer: SealedWriter) -> Self {
        let options =
            EncoderOptions { key_frame_interval_us: start.key_frame_interval_us, ..EncoderOptions::default() };
        Self {
            screen: Encoder::new(options),
            pointer: PointerEncoder::new(),
            writer,
            start,
            next_group: start.first_group,
            key_group: None,
            last_us: 0,
            size: None,
            screens: Screens::default(),
            monitors: Vec::new(),
            thumbnails: ThumbnailMaker::default(),
            notes: Vec::new(),
            paused: None,
            unseen_since_us: None,
            waiting: VecDeque::new(),
            documents: Documents::default(),
            keeps_documents: false,
            takes_documents: false,
        }
    }

    /// Copies of documents may be asked for: their track is there from the next group on.
    pub fn keep_documents(&mut self) {
        self.keeps_documents = true;
    }

    /// Something that the recording says of itself at its beginning.
    pub fn note(&mut self, event: Option<Event>) {
        self.notes.extend(event.filter(|_| self.start.first_group == 0));
    }

    /// Records these screens alone.
    pub fn choose(&mut self, choice: ScreenChoice) {
        self.screens = Screens::new(choice);
    }

    /// The recording's time zero and what of it is sealed, where they were not known before; nothing was made yet.
    pub fn begin(&mut self, origin_boottime_us: u64, seal: Option<SealStart>) {
        self.start.origin_boottime_us = origin_boottime_us;
        if seal.is_some() {
            self.writer = SealedWriter::new(seal);
        }
    }

    /// What was told of the pointer before the recording's first picture.
    pub fn pass_over(&mut self, pointer: &[PointerChange]) {
        // Only a change that cannot be told fails, and it changes nothing.
        pointer.iter().for_each(|change| drop(self.pointer.encode(change)));
    }

    /// A pause is over. The next picture starts a group.
    ///
    /// # Errors
    /// As for [`BlockMaker::update`].
    pub fn pause(&mut self, paused: &Paused, to_us: u64, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let from_us = self.time_us(paused.from_us);
        // Gaps are never sealed; where events are, the reason stands there alone.
        let text = if self.writer.seals_events() { "the recording was paused" } else { &paused.text };
        let gap = Gap {
            from_us,
            to_us: self.time_us(to_us).max(from_us),
            reason: GapReason::Paused,
            text: text.to_owned(),
            chain_before: None,
            chain_after: None,
        };
        self.last_us = self.last_us.max(gap.to_us);
        self.screen.force_key();
        self.notes.push(Event::resumed());
        if self.key_group.is_some() {
            return self.writer.gap(&gap, out);
        }
        // A recorder's first block is a group: what comes before it is not taken.
        self.paused = Some(gap);
        Ok(())
    }

    /// The display was lost; the next update, from a new source, declares the gap since this moment of CLOCK_BOOTTIME.
    pub fn lost(&mut self, since_us: u64) {
        self.unseen_since_us.get_or_insert(since_us);
    }

    /// A moment of CLOCK_BOOTTIME as the recording counts it.
    fn time_us(&self, boottime_us: u64) -> u64 {
        boottime_us.saturating_sub(self.start.origin_boottime_us)
    }

    /// Appends the blocks of an update, none if nothing changed.
    ///
    /// # Errors
    /// [`WriteError`] if the recording has become longer, or a picture larger, than the format holds, or if it must be
    /// sealed and cannot be.
    pub fn update(&mut self, update: &Update<'_>, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if self.screens.are_all() {
            return self.whole_update(update, out);
        }
        let mut screens = std::mem::take(&mut self.screens);
        let made = match screens.cut(update) {
            Ok((update, monitors)) => self.whole_update(&Update { monitors: &monitors, ..update }, out),
            Err(error) => Err(error.into()),
        };
        self.screens = screens;
        made
    }

    fn whole_update(&mut self, update: &Update<'_>, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let time_us = self.time_us(update.time_us).max(self.last_us);
        self.last_us = time_us;
        if let Some(since_us) = self.unseen_since_us.take() {
            self.gap((since_us, update.time_us), "the connection to the X server was lost", out)?;
        }
        if let Some(lapse) = update.lapse {
            self.gap((lapse.from_us, lapse.to_us), STALLED, out)?;
        }
        let rearranged = self.rearrange(update.monitors, update.frame.bounds());
        let moved = self.pointer_payload(update);
        let encoded = if update.damage.is_empty() {
            Encoded::Unchanged
        } else {
            self.screen.encode(update.frame, Damage::Rects(&update.damage), time_us)
        };
        let changed = encoded != Encoded::Unchanged;
        match encoded {
            Encoded::Key(picture) => {
                self.key_group = None;
                self.first_of_group(&picture, time_us, out)?;
            }
            Encoded::Restart(picture) => self.first_of_group(&picture, time_us, out)?,
            Encoded::Delta(picture) => {
                self.writer.data(SCREEN.id, time_us, &picture, out)?;
                self.pointer_data(time_us, &moved, out)?;
            }
            Encoded::Unchanged => self.pointer_data(time_us, &moved, out)?,
        }
        let size = (update.frame.width(), update.frame.height());
        if self.size.replace(size) != Some(size) {
            self.writer.event(EVENTS.id, time_us, &Event::resize(size.0, size.1), out)?;
        }
        if self.key_group.is_some()
            && let Some(gap) = self.paused.take()
        {
            self.writer.gap(&gap, out)?;
        }
        for note in self.notes.drain(..) {
            self.writer.event(EVENTS.id, time_us, &note, out)?;
        }
        if rearranged {
            self.writer.event(EVENTS.id, time_us, &Event::monitors(&self.monitors), out)?;
        }
        while self.key_group.is_some()
            && let Some(event) = self.waiting.pop_front()
        {
            self.writer.event(EVENTS.id, time_us, &event, out)?;
        }
        if changed {
            self.thumbnails.changed(time_us);
            self.thumbnail_if_due(Some(update.frame), update.time_us, out)?;
        }
        Ok(())
    }

    /// Appends what the agent tells, at a moment of CLOCK_BOOTTIME or with the first picture. Of many that wait for it the
    /// oldest are left out.
    ///
    /// # Errors
    /// As for [`BlockMaker::update`].
    pub fn event(&mut self, event: Event, now_us: u64, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if self.key_group.is_none() {
            if self.waiting.len() == MAX_WAITING_EVENTS {
                self.waiting.pop_front();
            }
            self.waiting.push_back(event);
            return Ok(());
        }
        self.last_us = self.time_us(now_us).max(self.last_us);
        self.writer.event(EVENTS.id, self.last_us, &event, out)
    }

    /// Keeps a copy of a document that was told of at this moment of CLOCK_BOOTTIME.
    pub fn document(&mut self, document: Document, told_us: u64) {
        self.keep_documents();
        self.documents.push(self.time_us(told_us), document);
    }

    /// When the next part of a document may be written.
    pub fn document_due(&self) -> Option<Instant> {
        self.documents.due().filter(|_| self.takes_documents)
    }

    /// Appends the next part of a document if it is time for one.
    ///
    /// # Errors
    /// As for [`BlockMaker::update`].
    pub fn document_if_due(&mut self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if self.document_due().is_some_and(|due| due <= Instant::now()) {
            self.document_part(out)?;
        }
        Ok(())
    }

    /// Appends all of the documents that wait.
    ///
    /// # Errors
    /// As for [`BlockMaker::update`].
    pub fn end_documents(&mut self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        while self.takes_documents && self.documents.are_waiting() {
            self.document_part(out)?;
        }
        if self.documents.are_waiting() {
            tracing::warn!("no group came that takes copies of what was printed: they are not kept");
        }
        Ok(())
    }

    /// Not at the present moment: what is held back, which comes later, is of an earlier one.
    fn document_part(&mut self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        self.last_us = self.documents.write(&mut self.writer, self.last_us, out)?;
        Ok(())
    }

    /// Whether the monitors lie otherwise than before. If so, the next picture starts a group, which says how.
    fn rearrange(&mut self, monitors: &[capture::Monitor], whole: screen::Rect) -> bool {
        // One that is the whole picture is nothing to choose from.
        let monitors = if matches!(monitors, [only] if only.area == whole) { &[] } else { monitors };
        let monitors: Vec<Monitor> = monitors.iter().take(recording::MAX_MONITORS).map(described).collect();
        let rearranged = monitors != self.monitors;
        if rearranged {
            self.monitors = monitors;
            self.screen.force_key();
        }
        rearranged
    }

    /// From which moment of CLOCK_BOOTTIME on a thumbnail of the present picture should be made, if it has none.
    pub fn thumbnail_due_us(&self) -> Option<u64> {
        self.thumbnails.due_us().map(|due_us| due_us.saturating_add(self.start.origin_boottime_us))
    }

    /// Appends a thumbnail of the present picture if it is time (`now_us` on CLOCK_BOOTTIME) for one. Without a frame
    /// there will be none of this picture.
    ///
    /// # Errors
    /// As for [`BlockMaker::update`].
    pub fn thumbnail_if_due(
        &mut self,
        frame: Option<&Frame>,
        now_us: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        if self.thumbnail_due_us().is_none_or(|due_us| due_us > now_us) {
            return Ok(());
        }
        match self.thumbnails.make(if self.screens.are_all() { frame } else { self.screens.frame() }) {
            Some((time_us, jpeg)) => self.writer.data(THUMBNAILS.id, time_us, &jpeg, out),
            None => Ok(()),
        }
    }

    /// Declares that pictures may be missing between two moments of CLOCK_BOOTTIME.
    ///
    /// # Errors
    /// As for [`BlockMaker::update`].
    pub fn gap(&mut self, (from, to): (u64, u64), text: &str, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let gap = Gap {
            from_us: self.time_us(from),
            to_us: self.time_us(to).max(self.time_us(from)),
            reason: GapReason::CaptureLost,
            text: text.to_owned(),
            chain_before: None,
            chain_after: None,
        };
        self.writer.gap(&gap, out)
    }

    /// Begins a group with this picture, on the newest key frame's group if there is one.
    fn first_of_group(&mut self, picture: &[u8], time_us: u64, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let number = self.next_group;
        self.takes_documents = self.keeps_documents;
        let documents = self.takes_documents.then_some(DOCUMENTS);
        let tracks = [SCREEN, POINTER, EVENTS, THUMBNAILS].into_iter().chain(documents).collect();
        let group = Group {
            number,
            base: self.key_group,
            tracks,
            key_frame_interval_us: self.start.key_frame_interval_us,
            monitors: self.monitors.clone(),
            ..Group::default()
        };
        self.next_group += 1;
        self.key_group.get_or_insert(number);
        self.writer.group(group, time_us, out)?;
        self.writer.data(SCREEN.id, time_us, picture, out)?;
        // The snapshot holds what has just changed, too.
        self.writer.data(POINTER.id, time_us, &self.pointer.snapshot(), out)
    }

    fn pointer_payload(&mut self, update: &Update<'_>) -> Vec<u8> {
        let mut payload = Vec::new();
        for change in &update.pointer {
            match self.pointer.encode(change) {
                Ok(bytes) => payload.extend(bytes.unwrap_or_default()),
                // The pointer keeps its last shape: a recording without one program's odd cursor is better than none.
                Err(error) => tracing::warn!(%error, "a pointer's shape was left out"),
            }
        }
        payload
    }

    fn pointer_data(&mut self, time_us: u64, payload: &[u8], out: &mut Vec<u8>) -> Result<(), WriteError> {
        if payload.is_empty() { Ok(()) } else { self.writer.data(POINTER.id, time_us, payload, out) }
    }
}

fn described(monitor: &capture::Monitor) -> Monitor {
    let screen::Rect { x, y, width, height } = monitor.area;
    let name = monitor.name.chars().take(recording::MAX_MONITOR_NAME_CHARS).collect();
    Monitor { name, x, y, width, height, primary: monitor.primary }
}
