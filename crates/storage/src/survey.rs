//! What a recording's blocks say of it: header, latest sender, index.

use recording::{BlockKind, BlockScanner, Decoder, Entry, Header, Index, IndexBuilder, RawBlock, Scanned};

use crate::latest::{LatestFacts, Listener};
use crate::manifest::Sender;

/// Grows block by block; the same blocks give the same survey.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    header: Option<Box<Header>>,
    builder: IndexBuilder,
    listener: Listener,
    sender: Option<Sender>,
    signed: bool,
    /// Bytes looked at.
    length: u64,
    /// Stretches of them that hold no readable block.
    damaged_bytes: u64,
}

impl Survey {
    /// The header, once its block was there and could be read.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.header.as_deref()
    }

    /// The index of what is there so far.
    #[must_use]
    pub fn index(&self) -> &Index {
        self.builder.index()
    }

    /// What events say of the session since the header.
    #[must_use]
    pub fn latest(&self) -> &LatestFacts {
        self.listener.latest()
    }

    /// Bytes that the survey covers.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Bytes among them that no whole block holds.
    #[must_use]
    pub fn damaged_bytes(&self) -> u64 {
        self.damaged_bytes
    }

    /// Whether a machine signs the recording, from its beginning or from some place on. No signature was checked.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// The sender that the last incarnation block names.
    pub(crate) fn sender(&self) -> Option<Sender> {
        self.sender
    }

    /// Takes the next block.
    pub(crate) fn block(&mut self, block: &RawBlock) {
        self.builder.block(block);
        self.listener.block(block);
        self.length = block.end();
        match block.known_kind() {
            Some(BlockKind::Header) if self.header.is_none() => {
                if let Some(Entry::Header(header)) = entry_of(block) {
                    self.header = Some(header);
                }
            }
            Some(BlockKind::Signer) => self.signed = true,
            Some(BlockKind::Incarnation) => self.sender = sender_of(block).or(self.sender),
            _ => {}
        }
    }

    /// Takes whatever the scanner has ready.
    pub(crate) fn drain(&mut self, scanner: &mut BlockScanner) {
        while let Some(scanned) = scanner.next() {
            match scanned {
                Scanned::Block(block) => self.block(&block),
                Scanned::Damaged(damaged) => self.damaged_bytes += damaged.len,
            }
        }
    }
}

/// Reads a block of a kind that stands alone (header, group, gap, incarnation, end …); `None` for others, and for what
/// cannot be read.
#[must_use]
pub fn entry_of(block: &RawBlock) -> Option<Entry> {
    if block.known_kind() == Some(BlockKind::Data) {
        return None;
    }
    let mut decoder = Decoder::at(block.offset);
    decoder.push(&block.bytes);
    decoder.next().ok().flatten().map(|located| located.entry)
}

/// The sender that an incarnation block names.
pub(crate) fn sender_of(block: &RawBlock) -> Option<Sender> {
    match entry_of(block)? {
        Entry::Incarnation(incarnation) => {
            Some(Sender { incarnation: incarnation.incarnation, number: incarnation.number })
        }
        _ => None,
    }
}
