//! Copies of documents: parts on a documents track, and behind the last of them an event that says what they are.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

use crate::event::{Event, kinds};
use crate::fields::{Fields, InvalidFields, put_number};
use crate::limits::{MAX_DOCUMENT_BYTES, MAX_DOCUMENT_PART_BYTES};

/// Documents whose event has not come; of more the oldest are forgotten.
const MAX_UNFINISHED: usize = 256;

/// One payload of a documents track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentPart<'a> {
    /// The document's number. A recorder that starts anew counts anew.
    pub number: u64,
    /// Where in the document its bytes begin: where those of the part before end.
    pub offset: u64,
    /// At most [`MAX_DOCUMENT_PART_BYTES`].
    pub bytes: &'a [u8],
}

impl<'a> DocumentPart<'a> {
    /// The payload of a data block.
    pub fn to_payload(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(self.bytes.len() + 20);
        put_number(self.number, &mut payload);
        put_number(self.offset, &mut payload);
        payload.extend_from_slice(self.bytes);
        payload
    }

    /// Reads the payload of a data block.
    ///
    /// # Errors
    /// [`InvalidFields`] if its numbers are none, or more than a part holds follows them.
    pub fn from_payload(payload: &'a [u8]) -> Result<DocumentPart<'a>, InvalidFields> {
        let mut fields = Fields::new(payload);
        let (number, offset) = (fields.number()?, fields.number()?);
        let bytes = fields.rest();
        match bytes.len().checked_sub(MAX_DOCUMENT_PART_BYTES) {
            Some(more @ 1..) => Err(InvalidFields::Trailing { bytes: more }),
            _ => Ok(DocumentPart { number, offset, bytes }),
        }
    }
}

/// What an event of the kind [`kinds::DOCUMENT_KEPT`] says of the parts before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptDocument {
    /// Their number.
    pub number: u64,
    /// When the first of them was written, microseconds.
    pub from_us: u64,
    /// All their bytes.
    pub size_bytes: u64,
    /// SHA-256 of these, as 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// What the document is called, as whoever printed it says.
    pub name: String,
    /// It goes on, and no more of it was kept.
    pub is_cut: bool,
}

impl KeptDocument {
    /// The event, to which may be added what the document belongs to.
    pub fn to_event(&self) -> Event {
        let cut = if self.is_cut { ", cut" } else { "" };
        let event = Event::new(kinds::DOCUMENT_KEPT)
            .with("text", format!("{}: {} bytes{cut}", self.name, self.size_bytes))
            .with("number", self.number)
            .with("from_us", self.from_us)
            .with("size", self.size_bytes)
            .with("sha256", self.sha256.as_str())
            .with("name", self.name.as_str());
        if self.is_cut { event.with("cut", true) } else { event }
    }

    /// What an event says; `None`: it is of another kind, or does not say it.
    pub fn from_event(event: &Event) -> Option<KeptDocument> {
        if event.kind != kinds::DOCUMENT_KEPT {
            return None;
        }
        let number = |name: &str| event.fields.get(name)?.as_u64();
        let text = |name: &str| Some(event.fields.get(name)?.as_str()?.to_owned());
        Some(KeptDocument {
            number: number("number")?,
            from_us: number("from_us")?,
            size_bytes: number("size")?,
            sha256: text("sha256")?,
            name: text("name")?,
            is_cut: event.fields.get("cut").and_then(serde_json::Value::as_bool).unwrap_or_default(),
        })
    }
}

/// Puts documents together from their parts. Holds at most [`MAX_DOCUMENT_BYTES`] of documents whose event has not come: of more, the oldest
/// are forgotten.
#[derive(Debug, Default)]
pub struct DocumentReader {
    /// In the order in which they were begun.
    unfinished: VecDeque<Unfinished>,
    held_bytes: u64,
}

/// The parts so far of a document.
#[derive(Debug)]
struct Unfinished {
    number: u64,
    /// When the first one was written.
    begun_us: u64,
    bytes: Vec<u8>,
}

impl DocumentReader {
    /// Takes in the next payload of a documents track, and its time.
    pub fn take(&mut self, time_us: u64, payload: &[u8]) {
        let Ok(part) = DocumentPart::from_payload(payload) else { return };
        if part.offset == 0 {
            // A recorder that was started again may have begun with this number, too.
            self.let_go(part.number);
            self.unfinished.push_back(Unfinished { number: part.number, begun_us: time_us, bytes: Vec::new() });
        }
        let Some(document) = self.unfinished.iter_mut().find(|document| document.number == part.number) else { return };
        if document.bytes.len() as u64 == part.offset {
            document.bytes.extend_from_slice(part.bytes);
            self.held_bytes += part.bytes.len() as u64;
        }
        while self.held_bytes > MAX_DOCUMENT_BYTES || self.unfinished.len() > MAX_UNFINISHED {
            let Some(oldest) = self.unfinished.pop_front() else { return };
            self.held_bytes -= oldest.bytes.len() as u64;
        }
    }

    /// The document that an event says was kept; `None`: parts of it are missing, or others than it says.
    pub fn finish(&mut self, kept: &KeptDocument) -> Option<Vec<u8>> {
        let document = self.let_go(kept.number).filter(|document| document.begun_us >= kept.from_us);
        let bytes = document.map(|document| document.bytes).unwrap_or_default();
        let is_whole = bytes.len() as u64 == kept.size_bytes && digits(&Sha256::digest(&bytes)) == kept.sha256;
        is_whole.then_some(bytes)
    }

    fn let_go(&mut self, number: u64) -> Option<Unfinished> {
        let at = self.unfinished.iter().position(|document| document.number == number)?;
        let document = self.unfinished.remove(at)?;
        self.held_bytes -= document.bytes.len() as u64;
        Some(document)
    }
}

/// What a writer has to say in the end of the parts that it wrote.
#[derive(Clone, Debug, Default)]
pub struct DocumentDigest {
    hash: Sha256,
    size_bytes: u64,
}

impl DocumentDigest {
    /// Takes in the bytes of the next part.
    pub fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size_bytes += bytes.len() as u64;
    }

    /// How many there were.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// SHA-256 of all, as 64 lower-case hexadecimal digits.
    pub fn sha256(self) -> String {
        digits(&self.hash.finalize())
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
