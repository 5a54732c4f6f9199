//! Puts payloads together that were cut over several blocks, within bounds.

use std::collections::BTreeMap;

use crate::block::{BlockKind, FLAG_CONTINUES, FLAG_MORE, FLAG_SEALED, RawBlock};
use crate::limits::MAX_PAYLOAD_BYTES;

/// What a payload belongs to: fragments of one do not mix with those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stream {
    /// A track's data, or the index.
    Track(u16),
    /// A second copy of a picture.
    Copy,
}

impl Stream {
    pub(crate) fn of(block: &RawBlock) -> Stream {
        if block.known_kind() == Some(BlockKind::Copy) { Stream::Copy } else { Stream::Track(block.track) }
    }
}

/// A payload under way, or whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) stream: Stream,
    pub(crate) offset: u64,
    /// Bytes of its blocks, without others between them.
    pub(crate) stored_len: u64,
    /// The first fragment's time.
    pub(crate) time_us: u64,
    /// Whether its fragments carry the flag of sealed payloads.
    pub(crate) sealed: bool,
    pub(crate) bytes: Vec<u8>,
}

/// What one more block gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// A whole payload.
    Whole(Payload),
    /// More must come.
    More,
    /// The block continues what is not there.
    Orphan,
    /// The payloads under way are larger than [`MAX_PAYLOAD_BYTES`]; this one was dropped.
    TooLarge,
}

/// Unfinished payloads.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    under_way: BTreeMap<Stream, Payload>,
    held_bytes: usize,
}

impl Fragments {
    /// Takes a block with a payload. If it starts a new payload while one is under way, drop that with
    /// [`Fragments::drop_stream`] first.
    pub(crate) fn join(&mut self, block: &RawBlock) -> Joined {
        let more = block.flags & FLAG_MORE != 0;
        let sealed = block.flags & FLAG_SEALED != 0;
        let stream = Stream::of(block);
        let started = if block.flags & FLAG_CONTINUES != 0 {
            match self.drop_stream(stream).filter(|payload| payload.sealed == sealed) {
                Some(payload) => payload,
                None => return Joined::Orphan,
            }
        } else {
            Payload { stream, offset: block.offset, stored_len: 0, time_us: block.time_us, sealed, bytes: Vec::new() }
        };
        let mut payload = started;
        if self.held_bytes + payload.bytes.len() + block.payload().len() > MAX_PAYLOAD_BYTES {
            return Joined::TooLarge;
        }
        payload.stored_len += block.bytes.len() as u64;
        payload.bytes.extend_from_slice(block.payload());
        if !more {
            return Joined::Whole(payload);
        }
        self.held_bytes += payload.bytes.len();
        self.under_way.insert(stream, payload);
        Joined::More
    }

    /// Takes out what is under way for a track, or of a copy.
    pub(crate) fn drop_stream(&mut self, stream: Stream) -> Option<Payload> {
        let payload = self.under_way.remove(&stream)?;
        self.held_bytes -= payload.bytes.len();
        Some(payload)
    }

    /// Takes out everything that is under way.
    pub(crate) fn drop_all(&mut self) -> impl Iterator<Item = Payload> {
        self.held_bytes = 0;
        std::mem::take(&mut self.under_way).into_values()
    }
}
