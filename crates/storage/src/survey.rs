//! What a recording's blocks say of it: header, latest sender, index.

use events::Response;
use recording::{
    BlockKind, BlockScanner, Decoder, Entry, Header, Index, IndexBuilder, RawBlock, Scanned, TrackKind, checkpoint_of,
};

use crate::asked::AllAsked;
use crate::latest::{LatestFacts, Listener};
use crate::manifest::Sender;

/// Grows block by block; the same blocks give the same survey.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    header: Option<Box<Header>>,
    builder: IndexBuilder,
    listener: Listener,
    sender: Option<Sender>,
    /// A machine's key is named, and a checkpoint that it signed.
    names_signer: bool,
    signs: bool,
    /// Whether a group declares a picture; `None` before the first group.
    has_picture: Option<bool>,
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

    /// What events ask the server for. Of sealed ones nobody here knows.
    #[must_use]
    pub fn asked(&self) -> &AllAsked {
        self.listener.asked()
    }

    /// What responses say, the first thousand of them, each with its place among the events of the index. Of sealed ones nobody
    /// here knows.
    #[must_use]
    pub fn responses(&self) -> &[(u64, Response)] {
        self.listener.responses()
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

    /// Whether a machine signs the recording, from its beginning or from some place on. Of one that has ended, a signed checkpoint
    /// must be there; the first of one that grows may be on its way. No signature was checked.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.names_signer && (self.signs || self.index().end.is_none())
    }

    /// Whether nothing but events is recorded; `None` before the first group. Sealed recordings say so, too.
    #[must_use]
    pub fn is_events_only(&self) -> Option<bool> {
        self.has_picture.map(|has_picture| !has_picture)
    }

    /// The sender that the last incarnation block names.
    pub(crate) fn sender(&self) -> Option<Sender> {
        self.sender
    }

    /// Takes the next block.
    pub(crate) fn block(&mut self, block: &RawBlock) {
        let before = self.index().events.len();
        self.builder.block(block);
        let is_listed = self.index().events.len() > before;
        self.listener.block(block, is_listed.then_some(before as u64));
        self.length = block.end();
        match block.known_kind() {
            Some(BlockKind::Header) if self.header.is_none() => {
                if let Some(Entry::Header(header)) = entry_of(block) {
                    self.header = Some(header);
                }
            }
            Some(BlockKind::Group) if self.has_picture != Some(true) => {
                if let Some(Entry::Group(group)) = entry_of(block) {
                    self.has_picture = Some(group.tracks.iter().any(|track| track.kind == TrackKind::Screen));
                }
            }
            Some(BlockKind::Signer) => self.names_signer = true,
            Some(BlockKind::Checkpoint) if !self.signs => {
                self.signs = checkpoint_of(block).is_some_and(|checkpoint| checkpoint.signed.is_some());
            }
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use recording::split_blocks;

    use super::*;

    /// A whole recording of a machine that signs.
    const SIGNED: &[u8] = include_bytes!("../../../vectors/evidence/finished.kin");

    fn survey(is_there: impl Fn(BlockKind) -> bool) -> Survey {
        let mut survey = Survey::default();
        for block in split_blocks(0, SIGNED).unwrap() {
            if block.known_kind().is_none_or(&is_there) {
                survey.block(&block);
            }
        }
        survey
    }

    #[test]
    fn who_names_a_key_and_signs_nothing_has_not_signed_once_it_is_over() {
        assert!(survey(|_| true).is_signed());
        assert!(!survey(|kind| kind != BlockKind::Signer).is_signed());
        assert!(!survey(|kind| kind != BlockKind::Checkpoint).is_signed());
        assert!(
            survey(|kind| kind != BlockKind::Checkpoint && kind != BlockKind::End).is_signed(),
            "it may still sign"
        );
    }
}
