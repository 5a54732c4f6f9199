//! Copies of documents on their way into a recording: in parts, so that neither pictures nor who watches them live wait for a large one.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use recording::{DocumentDigest, DocumentPart, KeptDocument, MAX_DOCUMENT_PART_BYTES, Track, TrackKind};
use serde::{Deserialize, Serialize};

use super::blocks::EVENTS;
use super::sealed_writer::{SealedWriter, WriteError};

/// Where they stand.
pub const DOCUMENTS: Track = Track { id: 5, kind: TrackKind::Documents };

/// Of a larger document only so much is kept.
const MAX_KEPT_BYTES: u64 = 16 << 20;
/// Documents that wait; more are left out.
const MAX_WAITING: usize = 16;
/// Between two parts, where there are pictures: some two megabytes a second.
const PAUSE: Duration = Duration::from_millis(15);

/// A document that is to be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What it is called.
    pub name: String,
    /// The job that printed it.
    pub job: u32,
    /// What is in it. A file cannot stand in a line: it is handed over beside it.
    #[serde(skip)]
    pub content: Content,
}

/// An open file, or none yet.
#[derive(Debug, Clone, Default)]
pub struct Content(Option<Arc<File>>);

impl Content {
    /// What is in a file.
    pub fn of(file: File) -> Self {
        Self(Some(Arc::new(file)))
    }

    /// The file.
    pub fn file(&self) -> Option<&File> {
        self.0.as_deref()
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

/// Documents that are to be written.
#[derive(Debug, Default)]
pub struct Documents {
    /// With the moment at which each was told of, in microseconds of the recording.
    waiting: VecDeque<(u64, Document)>,
    writing: Option<Writing>,
    numbers: u64,
    written: Option<Instant>,
}

#[derive(Debug)]
struct Writing {
    document: Document,
    number: u64,
    from_us: u64,
    digest: DocumentDigest,
}

impl Documents {
    /// Takes one in that was told of at this moment.
    pub fn push(&mut self, time_us: u64, document: Document) {
        if self.waiting.len() >= MAX_WAITING {
            tracing::warn!(job = document.job, "too much is printed at once: no copy of this is kept");
            return;
        }
        self.waiting.push_back((time_us, document));
    }

    /// Whether any is to be written.
    pub fn are_waiting(&self) -> bool {
        self.writing.is_some() || !self.waiting.is_empty()
    }

    /// When the next part may be written, where there are pictures between them.
    pub fn due(&self) -> Option<Instant> {
        let next = self.written.map_or_else(Instant::now, |written| written + PAUSE);
        self.are_waiting().then_some(next)
    }

    /// Writes the next part, or what a document was once it is whole, at this moment or when it was told of. Gives the moment back.
    ///
    /// # Errors
    /// [`WriteError`] as [`SealedWriter::data`].
    pub fn write(&mut self, writer: &mut SealedWriter, now_us: u64, out: &mut Vec<u8>) -> Result<u64, WriteError> {
        let Some((time_us, mut writing)) = self.next(now_us) else { return Ok(now_us) };
        self.written = Some(Instant::now());
        match writing.read() {
            Ok(bytes) if !bytes.is_empty() => {
                let part = DocumentPart { number: writing.number, offset: writing.digest.size_bytes(), bytes: &bytes };
                writer.data(DOCUMENTS.id, time_us, &part.to_payload(), out)?;
                writing.digest.add(&bytes);
                self.writing = Some(writing);
            }
            rest => {
                if let Err(error) = &rest {
                    tracing::warn!(job = writing.document.job, %error, "what was printed cannot be read to its end");
                }
                writer.event(EVENTS.id, time_us, &writing.told(rest.is_err()), out)?;
            }
        }
        Ok(time_us)
    }

    fn next(&mut self, now_us: u64) -> Option<(u64, Writing)> {
        if let Some(writing) = self.writing.take() {
            return Some((now_us.max(writing.from_us), writing));
        }
        let (told_us, document) = self.waiting.pop_front()?;
        let (number, from_us) = (self.numbers, told_us.max(now_us));
        self.numbers += 1;
        Some((from_us, Writing { document, number, from_us, digest: DocumentDigest::default() }))
    }
}

impl Writing {
    /// The next bytes of it; none at its end, or where no more of it is kept.
    fn read(&self) -> std::io::Result<Vec<u8>> {
        let Some(file) = self.document.content.file() else { return Err(std::io::ErrorKind::NotFound.into()) };
        let at = self.digest.size_bytes();
        let room = usize::try_from(MAX_KEPT_BYTES.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; room.min(MAX_DOCUMENT_PART_BYTES)];
        let count = file.read_at(&mut bytes, at)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// What it was.
    fn told(self, is_broken: bool) -> recording::Event {
        let Self { document, number, from_us, digest } = self;
        let size_bytes = digest.size_bytes();
        let length = document.content.file().and_then(|file| file.metadata().ok()).map_or(0, |data| data.len());
        let is_cut = is_broken || length > size_bytes;
        let sha256 = digest.sha256();
        let kept = KeptDocument { number, from_us, size_bytes, sha256, name: document.name, is_cut };
        kept.to_event().with("job", document.job)
    }
}
