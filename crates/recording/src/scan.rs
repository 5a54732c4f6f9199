//! Finds whole blocks in a stream of bytes, and again after damage, in linear time and bounded memory.

use crate::block::{DamageReason, HeaderParse, RawBlock, SYNC, checksum_holds, parse_header};

/// A stretch that holds no readable block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Where it starts.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
    /// What is wrong with it.
    pub why: DamageReason,
    /// The kind's number, where the header was sound and only the rest of the block is not.
    pub kind: Option<u8>,
}

/// What the scanner found next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// A whole, sound block.
    Block(RawBlock),
    /// Bytes that are none.
    Damaged(Damaged),
}

/// Bytes at the end that may be the beginning of a block: a write that was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// Where they start: the end of what is whole.
    pub offset: u64,
    /// How many there are.
    pub len: u64,
}

/// Push-fed scanner. Holds at most what was pushed and not taken yet; callers push pieces and take all blocks in turn.
///
/// Damage never costs more than itself: where a header is wrong the search goes on at the next byte, where only the
/// payload is wrong the whole block is passed over, so every byte is looked at a bounded number of times.
#[derive(Debug, Default)]
pub struct BlockScanner {
    buffer: Vec<u8>,
    /// Bytes at the start of `buffer` that are dealt with.
    taken: usize,
    /// The offset of the first byte not dealt with.
    offset: u64,
    /// Damage that has been passed over and not reported yet.
    damage: Option<Damaged>,
}

impl BlockScanner {
    /// A scanner for a recording from its first byte.
    pub fn new() -> BlockScanner {
        BlockScanner::default()
    }

    /// A scanner whose first byte stands at `offset` in the recording, where a block should start.
    pub fn at(offset: u64) -> BlockScanner {
        BlockScanner { offset, ..BlockScanner::default() }
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.taken > 0 {
            self.buffer.drain(..self.taken);
            self.taken = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next block or damaged stretch, or `None` until more bytes are pushed.
    #[expect(clippy::should_implement_trait, reason = "more may follow after None")]
    pub fn next(&mut self) -> Option<Scanned> {
        loop {
            let rest = &self.buffer[self.taken..];
            if rest.is_empty() {
                return None;
            }
            match parse_header(rest) {
                HeaderParse::Incomplete => return None,
                HeaderParse::Bad(why) => {
                    let len = next_candidate(rest);
                    self.pass_over(len, why);
                }
                HeaderParse::Whole(header) => {
                    let len = header.block_len();
                    // Where the block never becomes whole, the damage before it is part of the torn tail.
                    let bytes = rest.get(..len)?;
                    if let Some(damage) = self.damage.take() {
                        return Some(Scanned::Damaged(damage));
                    }
                    let found = if checksum_holds(bytes) {
                        Scanned::Block(RawBlock::from_checked(self.offset, &header, bytes))
                    } else {
                        Scanned::Damaged(Damaged {
                            offset: self.offset,
                            len: len as u64,
                            why: DamageReason::BlockChecksum,
                            kind: Some(header.kind),
                        })
                    };
                    self.advance(len);
                    return Some(found);
                }
            }
        }
    }

    /// Damage that the search has passed over so far without finding a block after it.
    pub fn pending_damage(&self) -> Option<&Damaged> {
        self.damage.as_ref()
    }

    /// The offset after everything that was dealt with.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Ends the stream: what is left and is no whole block.
    ///
    /// Damage in front of a torn block belongs to the tail: no whole block follows it.
    pub fn finish(self) -> Option<TornTail> {
        let left = (self.buffer.len() - self.taken) as u64;
        let (offset, damaged) = self.damage.map_or((self.offset, 0), |damage| (damage.offset, damage.len));
        (left + damaged > 0).then_some(TornTail { offset, len: left + damaged })
    }

    fn advance(&mut self, len: usize) {
        self.taken += len;
        self.offset += len as u64;
    }

    fn pass_over(&mut self, len: usize, why: DamageReason) {
        let damage = self.damage.get_or_insert(Damaged { offset: self.offset, len: 0, why, kind: None });
        damage.len += len as u64;
        self.advance(len);
    }
}

/// How far to the next byte that may start a block; at least 1.
fn next_candidate(bytes: &[u8]) -> usize {
    let mut from = 1;
    while let Some(found) = bytes[from..].iter().position(|byte| *byte == SYNC[0]) {
        let at = from + found;
        match bytes.get(at + 1) {
            Some(second) if *second != SYNC[1] => from = at + 1,
            _ => return at,
        }
    }
    bytes.len()
}
