//! Looking for the documents that events of one moment say were kept: in the groups around that moment first, then from where the first of
//! them was begun. Nothing of this depends on what is played meanwhile.

use std::ops::Range;

use recording::{MAX_DOCUMENT_BYTES, MAX_INDEX_TEXT_CHARS};

use crate::documents::{DocumentError, DocumentFinder, FoundDocument};
use crate::keys::Keys;
use crate::timeline::Timeline;

/// What is read for one search, at most: documents, and the pictures that lie between their parts.
pub const MAX_SEARCHED_BYTES: u64 = 256 << 20;

/// Documents of one moment; later ones are passed over.
const MAX_FOUND: usize = 64;
/// Handed to the scanner at once.
const PUSH_BYTES: usize = 64 << 10;

/// A copy of a document, as it was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is called, as the recorded machine says. May hold anything: it is no file name yet.
    pub name: String,
    /// What is in it. As hostile as anything that was recorded.
    pub bytes: Vec<u8>,
}

/// A search under way. It says which bytes it wants and is fed with them.
#[derive(Debug)]
pub struct DocumentSearch {
    time_us: u64,
    text: String,
    keys: Keys,
    /// Starts of the groups up to those around the moment: time and offset.
    starts: Vec<(u64, u64)>,
    /// What is read.
    range: Range<u64>,
    needs: u64,
    finder: DocumentFinder,
    found: Vec<FoundDocument>,
    /// It is read from where the first document was begun.
    is_widened: bool,
    refused: Option<DocumentError>,
}

impl DocumentSearch {
    /// A search for what events of exactly this moment tell of, or that one of them which says this text, as lists of events show it.
    ///
    /// # Errors
    /// [`DocumentError`] if there is nothing to look at, or too much.
    pub(crate) fn new(timeline: &Timeline, keys: Keys, time_us: u64, text: &str) -> Result<Self, DocumentError> {
        let last = timeline.span_at(time_us).ok_or(DocumentError::NotFound)?;
        let end = timeline.bytes_of(last).end;
        let starts: Vec<_> = timeline.spans()[..=last].iter().map(|span| (span.start_us, span.offset)).collect();
        let from = begins_before(&starts, time_us);
        let mut search = DocumentSearch {
            time_us,
            text: text.to_owned(),
            finder: DocumentFinder::at(from, &keys),
            keys,
            starts,
            range: from..end,
            needs: from,
            found: Vec::new(),
            is_widened: false,
            refused: None,
        };
        search.read(from..end)?;
        Ok(search)
    }

    /// The bytes to fetch, in order; none when all is read.
    pub fn wanted(&self) -> Option<Range<u64>> {
        (self.refused.is_none() && self.needs < self.range.end).then_some(self.needs..self.range.end)
    }

    /// Takes bytes that begin at `offset`. What was not wanted is passed over.
    pub fn feed(&mut self, offset: u64, bytes: &[u8]) {
        let Some(wanted) = self.wanted() else { return };
        let Some(known) = wanted.start.checked_sub(offset).and_then(|known| usize::try_from(known).ok()) else {
            return;
        };
        let room = usize::try_from(wanted.end - wanted.start).unwrap_or(usize::MAX);
        let fresh = bytes.get(known..).unwrap_or_default();
        for piece in fresh[..fresh.len().min(room)].chunks(PUSH_BYTES) {
            self.needs += piece.len() as u64;
            self.finder.push(piece);
            while let Some(found) = self.finder.next() {
                self.take(found);
            }
        }
        if self.needs >= self.range.end {
            self.widen();
        }
    }

    /// No more of what is wanted is stored.
    pub fn cut_short(&mut self) {
        self.range.end = self.needs;
        self.widen();
    }

    /// The documents.
    ///
    /// # Errors
    /// [`DocumentError`] if there are none, or one of them cannot be given away.
    pub fn finish(self) -> Result<Vec<Document>, DocumentError> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        if self.found.is_empty() {
            return Err(match &self.finder {
                finder if finder.saw_sealed_events() => DocumentError::Sealed,
                finder if finder.saw_damage() => DocumentError::Damaged,
                _ => DocumentError::NotFound,
            });
        }
        let documents = self.found.into_iter().map(|found| {
            let name = found.kept.name.clone();
            found.into_bytes().map(|bytes| Document { name, bytes })
        });
        documents.collect()
    }

    fn take(&mut self, found: FoundDocument) {
        let says = found.event.fields.get("text").and_then(|text| text.as_str()).unwrap_or_default();
        let says = || says.chars().take(MAX_INDEX_TEXT_CHARS);
        let is_meant = found.time_us == self.time_us && (self.text.is_empty() || says().eq(self.text.chars()));
        if !is_meant || self.found.len() >= MAX_FOUND {
            return;
        }
        self.found.push(found);
        if self.found.iter().map(FoundDocument::held_bytes).sum::<u64>() > MAX_DOCUMENT_BYTES {
            self.refuse(DocumentError::TooLarge);
        }
    }

    /// Begins anew where the first of the documents was begun, if that was before what was read.
    fn widen(&mut self) {
        let begun_us = self.found.iter().map(|found| found.kept.from_us).min();
        let from = begun_us.map_or(self.range.start, |begun_us| begins_before(&self.starts, begun_us));
        if self.is_widened || from >= self.range.start {
            return;
        }
        self.is_widened = true;
        if let Err(error) = self.read(from..self.range.end) {
            self.refuse(error);
        }
    }

    fn read(&mut self, range: Range<u64>) -> Result<(), DocumentError> {
        if range.end.saturating_sub(range.start) > MAX_SEARCHED_BYTES {
            return Err(DocumentError::TooFar);
        }
        self.found.clear();
        self.finder = DocumentFinder::at(range.start, &self.keys);
        self.needs = range.start;
        self.range = range;
        Ok(())
    }

    fn refuse(&mut self, error: DocumentError) {
        self.refused = Some(error);
        self.found.clear();
    }
}

/// Where the group begins that what was written at a moment may stand in. At the first moment of a group that may be the one before.
fn begins_before(starts: &[(u64, u64)], time_us: u64) -> u64 {
    let after = starts.partition_point(|(start_us, _)| *start_us < time_us);
    starts.get(after.saturating_sub(1)).map_or(0, |(_, offset)| *offset)
}
