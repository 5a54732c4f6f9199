//! Copies of documents in a stretch of a recording: parts are held until the event comes that says what they are.

use recording::{
    BlockKind, BlockScanner, DocumentReader, Event, FLAG_CONTINUES, FLAG_MORE, FLAG_SEALED, Group, KeptDocument,
    MAX_DOCUMENT_BYTES, RawBlock, RecordingId, Scanned, TrackKind, group_of,
};
use sealing::{OpenError, Opener};

use crate::keys::Keys;

/// Why a document cannot be given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// What there is of it is not what its event says.
    #[error("parts of the document are missing or were changed")]
    Damaged,
    /// Its parts are sealed.
    #[error("the document is sealed, and none of the given keys opens it")]
    Sealed,
    /// Its event says that it is larger than [`MAX_DOCUMENT_BYTES`].
    #[error("the document is said to be larger than the {} MiB that are read", MAX_DOCUMENT_BYTES >> 20)]
    TooLarge,
    /// More than [`crate::MAX_SEARCHED_BYTES`] would have to be read for it.
    #[error("more than {} MiB would have to be read for the document", crate::MAX_SEARCHED_BYTES >> 20)]
    TooFar,
    /// No event says that it was kept.
    #[error("no event of this moment says that a document was kept")]
    NotFound,
}

/// An event that says that a document was kept, and what there is of it.
#[derive(Debug)]
pub struct FoundDocument {
    /// When the event says so, microseconds since the recording's start.
    pub time_us: u64,
    /// The event. Comes from the recorded machine and may hold anything.
    pub event: Event,
    /// What it says of the document.
    pub kept: KeptDocument,
    /// Where it is what the event says.
    bytes: Option<Vec<u8>>,
    /// Parts were met since it was begun that no key opens.
    is_sealed: bool,
}

impl FoundDocument {
    /// How many bytes of it are held.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.bytes.as_ref().map_or(0, Vec::len) as u64
    }

    /// The document.
    ///
    /// # Errors
    /// [`DocumentError`] if what there is of it is not what the event says.
    pub fn into_bytes(self) -> Result<Vec<u8>, DocumentError> {
        let missing = match self {
            _ if self.kept.size_bytes > MAX_DOCUMENT_BYTES => DocumentError::TooLarge,
            _ if self.is_sealed => DocumentError::Sealed,
            _ => DocumentError::Damaged,
        };
        self.bytes.ok_or(missing)
    }
}

/// Finds the documents in a stretch of a recording that begins with its first byte or at a group. What it holds is bounded, however long
/// that is: parts of at most [`MAX_DOCUMENT_BYTES`] in all, of which the oldest are forgotten.
#[derive(Debug)]
pub struct DocumentFinder {
    scanner: BlockScanner,
    recording: Option<RecordingId>,
    opener: Opener,
    /// Of the group under way.
    event_tracks: Vec<u16>,
    document_tracks: Vec<u16>,
    reader: DocumentReader,
    sealed_part_us: Option<u64>,
    saw_sealed_events: bool,
    saw_damage: bool,
}

impl DocumentFinder {
    /// Begins at an offset of the recording.
    pub fn at(offset: u64, keys: &Keys) -> DocumentFinder {
        DocumentFinder {
            scanner: BlockScanner::at(offset),
            recording: keys.recording,
            opener: keys.opener(),
            event_tracks: Vec::new(),
            document_tracks: Vec::new(),
            reader: DocumentReader::default(),
            sealed_part_us: None,
            saw_sealed_events: false,
            saw_damage: false,
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.scanner.push(bytes);
    }

    /// The next document that an event says was kept; nothing until more bytes are pushed.
    #[expect(clippy::should_implement_trait, reason = "more may follow after None")]
    pub fn next(&mut self) -> Option<FoundDocument> {
        loop {
            let block = match self.scanner.next()? {
                Scanned::Block(block) => block,
                Scanned::Damaged(_) => {
                    self.saw_damage = true;
                    continue;
                }
            };
            match block.known_kind() {
                Some(BlockKind::Group) => self.begin_group(&group_of(&block).unwrap_or_default()),
                Some(BlockKind::Data) if self.document_tracks.contains(&block.track) => self.take_part(&block),
                Some(BlockKind::Data) if self.event_tracks.contains(&block.track) => {
                    if let Some(found) = self.take_event(&block) {
                        return Some(found);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether events were met that no key opens: some of them may tell of documents.
    pub fn saw_sealed_events(&self) -> bool {
        self.saw_sealed_events
    }

    /// Whether bytes were met that are no block.
    pub(crate) fn saw_damage(&self) -> bool {
        self.saw_damage
    }

    fn begin_group(&mut self, group: &Group) {
        self.opener.begin_group(self.recording, group);
        let of = |kind: TrackKind| group.tracks.iter().filter(move |track| track.kind == kind).map(|track| track.id);
        self.event_tracks = of(TrackKind::Events).collect();
        self.document_tracks = of(TrackKind::Documents).collect();
    }

    fn take_part(&mut self, block: &RawBlock) {
        match self.opened(block) {
            Ok(payload) => self.reader.take(block.time_us, &payload),
            Err(OpenError::NoKey { .. }) => self.sealed_part_us = self.sealed_part_us.max(Some(block.time_us)),
            // Somebody else put it there.
            Err(_) => {}
        }
    }

    fn take_event(&mut self, block: &RawBlock) -> Option<FoundDocument> {
        let payload = match self.opened(block) {
            Ok(payload) => payload,
            Err(error) => {
                self.saw_sealed_events |= matches!(error, OpenError::NoKey { .. });
                return None;
            }
        };
        let event = Event::from_payload(&payload).ok()?;
        let kept = KeptDocument::from_event(&event)?;
        let bytes = self.reader.finish(&kept);
        let is_sealed = self.sealed_part_us.is_some_and(|time_us| time_us >= kept.from_us);
        Some(FoundDocument { time_us: block.time_us, event, kept, bytes, is_sealed })
    }

    /// Neither parts nor events are ever fragmented.
    fn opened(&mut self, block: &RawBlock) -> Result<Vec<u8>, OpenError> {
        if block.flags & (FLAG_MORE | FLAG_CONTINUES) != 0 {
            return Ok(Vec::new());
        }
        self.opener.open(block.track, block.time_us, block.flags & FLAG_SEALED != 0, block.payload().to_vec())
    }
}
