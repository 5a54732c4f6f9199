//! One recording's file as it grows: head, durable head, segments.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use recording::{Chain, Head, RawBlock, RecordingId};

use crate::error::StorageError;
use crate::manifest::{Line, SegmentEnd, Sender};
use crate::medium::{Medium, StoredFile};
use crate::reader::RecordingReader;
use crate::survey::{Survey, sender_of};

/// After a sync that failed the next one waits this long: a disk that fails is not made better by haste.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How a recording stands in storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where it ends: the next bytes go here.
    pub head: Head,
    /// How much of it survives a crash.
    pub durable: Head,
    /// Who sent last, as far as storage knows.
    pub sender: Option<Sender>,
    /// Whether it was closed and nothing came since.
    pub closed: bool,
}

/// What was found wrong with a recording when it was opened. What was durable is never among it, unless the disk lost it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The recording.
    pub recording: RecordingId,
    /// Bytes after the last whole block: a write that was cut off. They were not acknowledged as durable.
    pub torn_bytes: u64,
    /// Bytes that the manifest vouches for and the file no longer has.
    pub missing_bytes: u64,
    /// Where bytes were set aside that hold whole blocks behind a damaged stretch.
    pub set_aside: Option<PathBuf>,
}

/// Where the files are and how segments end.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) id: RecordingId,
    pub(crate) recording: PathBuf,
    pub(crate) manifest: PathBuf,
    /// Folders whose entries lead to the files, innermost first.
    pub(crate) folders: Vec<PathBuf>,
}

/// A recording that is open for appending or reading.
pub(crate) struct Grown {
    pub(crate) place: Place,
    file: Arc<dyn StoredFile>,
    head: Head,
    durable: Head,
    /// The head as readers see it.
    length: Arc<AtomicU64>,
    /// Where the segment that is growing began, and when it got its first bytes.
    segment_start: u64,
    segment_since: Option<Instant>,
    /// Good bytes of the manifest.
    manifest_bytes: u64,
    /// Lines that are not durable yet, in order.
    manifest_pending: Vec<Line>,
    /// The folders name the files durably.
    named: bool,
    sender: Option<Sender>,
    /// Asked to be closed at this head with the next sync.
    closing: bool,
    /// Closed at the present head, durably.
    closed: bool,
    /// The index, while it is kept. `None`: made by reading the file when asked for.
    survey: Option<Box<Survey>>,
    /// Set when a sync failed and the file could not be cut back: nothing goes until it was opened anew.
    pub(crate) broken: bool,
    /// When a sync failed last, unless one has succeeded since.
    failed_since: Option<Instant>,
}

/// What a recording is opened with.
pub(crate) struct Opened {
    pub(crate) file: Arc<dyn StoredFile>,
    pub(crate) head: Head,
    pub(crate) manifest_bytes: u64,
    pub(crate) segment_start: u64,
    pub(crate) sender: Option<Sender>,
    pub(crate) closed: bool,
}

/// What has to be synced, taken under the lock and worked on without it.
pub(crate) struct Unsynced {
    pub(crate) place: Place,
    pub(crate) file: Arc<dyn StoredFile>,
    pub(crate) head: Head,
    pub(crate) data: bool,
    pub(crate) lines: Vec<Line>,
    pub(crate) named: bool,
    pub(crate) closing: bool,
    pub(crate) manifest_bytes: u64,
}

/// When segments end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentLimits {
    pub(crate) bytes: u64,
    pub(crate) age: Duration,
}

impl Grown {
    /// A recording that was just made: empty, and nothing of it durable.
    pub(crate) fn created(place: Place, file: Arc<dyn StoredFile>, sender: Sender, manifest_bytes: u64) -> Self {
        let opened =
            Opened { file, head: Head::start(), manifest_bytes, segment_start: 0, sender: Some(sender), closed: false };
        let mut grown = Self::opened(place, opened);
        grown.named = false;
        grown.survey = Some(Box::default());
        grown
    }

    /// A recording that was there and has been synced up to its head.
    pub(crate) fn opened(place: Place, opened: Opened) -> Self {
        Self {
            place,
            file: opened.file,
            head: opened.head,
            durable: opened.head,
            length: Arc::new(AtomicU64::new(opened.head.offset)),
            segment_start: opened.segment_start,
            segment_since: (opened.segment_start < opened.head.offset).then(Instant::now),
            manifest_bytes: opened.manifest_bytes,
            manifest_pending: Vec::new(),
            named: true,
            sender: opened.sender,
            closing: false,
            closed: opened.closed,
            survey: None,
            broken: false,
            failed_since: None,
        }
    }

    /// Has the manifest written from its first line with the next sync.
    pub(crate) fn begin_manifest(&mut self, sender: Sender) {
        self.manifest_pending.insert(0, Line::Begin { recording: self.place.id, sender });
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing { head: self.head, durable: self.durable, sender: self.sender, closed: self.closed }
    }

    pub(crate) fn reader(&self) -> RecordingReader {
        RecordingReader {
            file: Arc::clone(&self.file),
            path: self.place.recording.clone(),
            length: Arc::clone(&self.length),
        }
    }

    pub(crate) fn survey(&self) -> Option<&Survey> {
        self.survey.as_deref()
    }

    /// Keeps a survey if it covers exactly what is there.
    pub(crate) fn keep_survey(&mut self, survey: Survey) -> bool {
        let fits = survey.length() == self.head.offset;
        if fits {
            self.sender = survey.sender().or(self.sender);
            self.survey = Some(Box::new(survey));
        }
        fits
    }

    /// Whether anything waits to be synced.
    pub(crate) fn is_dirty(&self) -> bool {
        self.head != self.durable || !self.manifest_pending.is_empty() || !self.named || self.closing
    }

    /// Writes blocks at the head; the caller has checked who sent them.
    pub(crate) fn append(&mut self, at: Head, blocks: &[RawBlock]) -> Result<Standing, StorageError> {
        let mut expected = self.head.offset;
        let follows = blocks.iter().all(|block| {
            let fits = block.offset == expected;
            expected = block.end();
            fits
        });
        if at != self.head || !follows {
            return Err(StorageError::NotAtHead { recording: self.place.id, head: self.head });
        }
        let bytes = blocks.iter().map(|block| block.bytes.as_slice()).collect::<Vec<_>>().concat();
        if let Err(source) = self.file.write_all_at(&bytes, self.head.offset) {
            // Part of it may be there: it would look like a torn tail, so a failure to remove it is harmless.
            if let Err(error) = self.file.set_len(self.head.offset) {
                tracing::warn!(recording = %self.place.id, %error, "could not remove a part of a write that failed");
            }
            return Err(StorageError::io("write", &self.place.recording, source));
        }
        let mut chain = Chain::resume(self.head.chain);
        for block in blocks {
            chain.append(&block.bytes);
            self.sender = sender_of_kind(block).or(self.sender);
            if let Some(survey) = &mut self.survey {
                survey.block(block);
            }
        }
        self.head = Head { offset: expected, chain: chain.value() };
        self.length.store(expected, Ordering::Release);
        self.segment_since.get_or_insert_with(Instant::now);
        (self.closed, self.closing) = (false, false);
        Ok(self.standing())
    }

    /// Asks for the recording to be noted as closed by the next sync.
    pub(crate) fn close(&mut self) {
        self.closing = !self.closed;
    }

    /// What the next sync has to do; `None` if nothing.
    pub(crate) fn unsynced(&mut self, limits: SegmentLimits) -> Option<Unsynced> {
        let waits = self.failed_since.is_some_and(|since| since.elapsed() < RETRY_AFTER);
        if !self.is_dirty() || self.broken || waits {
            return None;
        }
        let old = self.segment_since.is_some_and(|since| since.elapsed() >= limits.age);
        let why = if self.closing {
            Some(SegmentEnd::Closed)
        } else if self.head.offset - self.segment_start >= limits.bytes {
            Some(SegmentEnd::Size)
        } else {
            (old && self.head.offset > self.segment_start).then_some(SegmentEnd::Age)
        };
        if let Some(why) = why {
            self.end_segment(why);
        }
        Some(Unsynced {
            place: self.place.clone(),
            file: Arc::clone(&self.file),
            head: self.head,
            data: self.head != self.durable,
            lines: self.manifest_pending.clone(),
            named: self.named,
            closing: self.closing,
            manifest_bytes: self.manifest_bytes,
        })
    }

    /// Notes that what `unsynced` said is durable; `manifest_bytes` is the manifest's new length.
    pub(crate) fn synced(&mut self, done: &Unsynced, manifest_bytes: u64) -> Standing {
        self.durable = done.head;
        self.named = true;
        self.failed_since = None;
        self.manifest_pending.drain(..done.lines.len().min(self.manifest_pending.len()));
        self.manifest_bytes = manifest_bytes;
        if done.closing && self.closing && done.head == self.head {
            (self.closed, self.closing) = (true, false);
        }
        self.standing()
    }

    /// Ends the segment at the head. Its line is written with the next sync, after the bytes.
    pub(crate) fn end_segment(&mut self, why: SegmentEnd) {
        self.manifest_pending.push(Line::Segment { head: self.head, sender: self.sender, why });
        self.segment_start = self.head.offset;
        self.segment_since = None;
    }

    /// After a sync that failed: gives up everything after the durable head and goes on from there with new
    /// descriptors. What the old ones still held in memory is not to be trusted.
    pub(crate) fn cut_back(&mut self, medium: &dyn Medium) -> Result<(), StorageError> {
        self.broken = true;
        self.failed_since = Some(Instant::now());
        let path = self.place.recording.clone();
        let failed = |doing, source| StorageError::io(doing, &path, source);
        let file = medium.open(&path).map_err(|source| failed("open again", source))?;
        file.set_len(self.durable.offset).map_err(|source| failed("cut back", source))?;
        self.file = file;
        self.head = self.durable;
        self.length.store(self.durable.offset, Ordering::Release);
        self.survey = None;
        self.closing = false;
        // Lines that vouch for what was given up must not be written.
        let durable = self.durable.offset;
        self.manifest_pending.retain(|line| match line {
            Line::Begin { .. } => true,
            Line::Segment { head, .. } => head.offset <= durable,
        });
        let ended = self.manifest_pending.iter().any(|line| matches!(line, Line::Segment { .. }));
        if !ended {
            self.end_segment(SegmentEnd::SyncFailed);
        }
        (self.segment_start, self.segment_since) = (durable, None);
        self.broken = false;
        Ok(())
    }
}

/// Only incarnation blocks are worth the parsing.
fn sender_of_kind(block: &RawBlock) -> Option<Sender> {
    (block.known_kind() == Some(recording::BlockKind::Incarnation)).then(|| sender_of(block))?
}

/// Appends lines to a manifest of which `good` bytes are sound, and syncs it. Returns its new length.
///
/// Always with a fresh descriptor, so that a sync that failed is never tried again on the same one.
pub(crate) fn write_manifest(medium: &dyn Medium, path: &Path, good: u64, lines: &[Line]) -> Result<u64, StorageError> {
    let failed = |doing, source| StorageError::io(doing, path, source);
    let opened = match medium.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => medium.create(path),
        other => other,
    };
    let file = opened.map_err(|source| failed("open", source))?;
    if file.len().map_err(|source| failed("look at", source))? > good {
        file.set_len(good).map_err(|source| failed("shorten", source))?;
    }
    let bytes: Vec<u8> = lines.iter().flat_map(Line::to_bytes).collect();
    file.write_all_at(&bytes, good).map_err(|source| failed("write", source))?;
    file.sync().map_err(|source| failed("sync", source))?;
    Ok(good + bytes.len() as u64)
}
