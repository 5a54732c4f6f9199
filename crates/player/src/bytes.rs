//! The bytes received so far, by their offset in the recording, within a budget.

use std::collections::BTreeMap;
use std::ops::Range;

/// Neighbouring bytes are joined up to this size, so that a live recording's small messages do not become a million
/// pieces, and eviction still frees memory in small steps.
const PIECE_BYTES: usize = 64 << 10;

/// Stored bytes of one recording; the least recently used are forgotten first.
#[derive(Debug)]
pub(crate) struct ByteCache {
    pieces: BTreeMap<u64, Piece>,
    held: usize,
    budget: usize,
    uses: u64,
}

#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    last_use: u64,
}

impl ByteCache {
    /// An empty cache that holds about `budget` bytes.
    pub(crate) fn new(budget: usize) -> Self {
        Self { pieces: BTreeMap::new(), held: 0, budget, uses: 0 }
    }

    /// Takes bytes that begin at `offset`. What is already held stays as it was received first. Then forgets the least
    /// recently used bytes beyond the budget, except those in `needed`.
    pub(crate) fn insert(&mut self, offset: u64, bytes: &[u8], needed: &Range<u64>) {
        let end = offset.saturating_add(bytes.len() as u64);
        let mut at = offset;
        while at < end {
            let held_to = self.contiguous_end(at);
            if held_to > at {
                at = held_to;
                continue;
            }
            let next_held = self.pieces.range(at..).next().map_or(end, |(start, _)| (*start).min(end));
            let from = (at - offset) as usize;
            let to = (next_held - offset) as usize;
            self.append(at, &bytes[from..to]);
            at = next_held;
        }
        self.evict(needed);
    }

    fn append(&mut self, mut offset: u64, mut bytes: &[u8]) {
        self.uses += 1;
        self.held += bytes.len();
        if let Some((start, piece)) = self.pieces.range_mut(..offset).next_back()
            && start + piece.bytes.len() as u64 == offset
            && piece.bytes.len() < PIECE_BYTES
        {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE_BYTES - piece.bytes.len()));
            piece.bytes.extend_from_slice(now);
            piece.last_use = self.uses;
            offset += now.len() as u64;
            bytes = later;
        }
        for part in bytes.chunks(PIECE_BYTES) {
            self.pieces.insert(offset, Piece { bytes: part.to_vec(), last_use: self.uses });
            offset += part.len() as u64;
        }
    }

    fn evict(&mut self, needed: &Range<u64>) {
        while self.held > self.budget {
            let oldest = self
                .pieces
                .iter()
                .filter(|(start, piece)| **start >= needed.end || **start + piece.bytes.len() as u64 <= needed.start)
                .min_by_key(|(_, piece)| piece.last_use)
                .map(|(start, _)| *start);
            let Some(piece) = oldest.and_then(|start| self.pieces.remove(&start)) else { return };
            self.held -= piece.bytes.len();
        }
    }

    /// The held bytes from `offset` to the end of the piece they are in, or nothing.
    pub(crate) fn get(&mut self, offset: u64) -> Option<&[u8]> {
        self.uses += 1;
        let (start, piece) = self.pieces.range_mut(..=offset).next_back()?;
        let skipped = usize::try_from(offset - start).ok()?;
        piece.last_use = self.uses;
        piece.bytes.get(skipped..).filter(|rest| !rest.is_empty())
    }

    /// The first offset at or after `offset` whose byte is not held.
    pub(crate) fn contiguous_end(&self, offset: u64) -> u64 {
        let mut end = offset;
        if let Some((start, piece)) = self.pieces.range(..=offset).next_back() {
            end = end.max(start + piece.bytes.len() as u64);
        }
        for (start, piece) in self.pieces.range(offset.saturating_add(1)..) {
            if *start != end {
                break;
            }
            end += piece.bytes.len() as u64;
        }
        end
    }

    /// How many bytes are held.
    pub(crate) fn held(&self) -> usize {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Range<u64> = 0..0;

    fn read(cache: &mut ByteCache, range: Range<u64>) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while range.start + (bytes.len() as u64) < range.end {
            bytes.extend_from_slice(cache.get(range.start + bytes.len() as u64)?);
        }
        bytes.truncate((range.end - range.start) as usize);
        Some(bytes)
    }

    #[test]
    fn pieces_in_any_order_read_as_one() {
        let source: Vec<u8> = (0..200_000u32).map(|at| (at / 7) as u8).collect();
        let mut cache = ByteCache::new(1 << 20);
        for (from, to) in [(150_000, 200_000), (10, 20), (0, 15), (5, 160_000), (0, 200_000)] {
            cache.insert(from as u64, &source[from..to], &NOTHING);
        }
        assert_eq!(read(&mut cache, 0..200_000).as_deref(), Some(&source[..]));
        assert_eq!(cache.contiguous_end(0), 200_000);
        assert_eq!(cache.held(), 200_000, "nothing is held twice");
    }

    #[test]
    fn a_hole_ends_a_run() {
        let mut cache = ByteCache::new(1 << 20);
        cache.insert(10, &[1; 10], &NOTHING);
        cache.insert(30, &[2; 10], &NOTHING);
        assert_eq!((cache.contiguous_end(0), cache.contiguous_end(10), cache.contiguous_end(20)), (0, 20, 20));
        assert!(cache.get(20).is_none() && cache.get(9).is_none());
        assert_eq!(cache.get(35), Some(&[2; 5][..]));
    }

    #[test]
    fn the_budget_holds_and_what_is_needed_stays() {
        let mut cache = ByteCache::new(4 * PIECE_BYTES);
        let needed = 0..PIECE_BYTES as u64;
        for piece in 0..20 {
            cache.insert((piece * PIECE_BYTES) as u64, &vec![piece as u8; PIECE_BYTES], &needed);
        }
        assert_eq!(cache.held(), 4 * PIECE_BYTES);
        assert_eq!(cache.get(0).map(|bytes| bytes[0]), Some(0));
        assert_eq!(cache.get(19 * PIECE_BYTES as u64).map(|bytes| bytes[0]), Some(19));
        assert!(cache.get(5 * PIECE_BYTES as u64).is_none());
    }
}
