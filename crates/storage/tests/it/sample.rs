//! Recordings whose every byte is known: the payload of each block is a function of the recording and the offset.

use std::path::{Path, PathBuf};

use recording::{
    Anchor, Assembler, BlockScanner, BlockWriter, End, EndReason, Group, Header, RawBlock, RecordingId, Scanned,
    SessionFacts, StartReason, Track, TrackKind, split_blocks,
};
use storage::{Sender, Store, StoreOptions};

/// 2026-11-20 13:00 UTC.
pub const STARTED_US: i64 = 1_795_179_600_000_000;
pub const SENDER: Sender = Sender { incarnation: 99, number: 0 };

pub fn id(n: u8) -> RecordingId {
    RecordingId::from_parts(1_795_179_600_000, [n; 10])
}

pub fn options(folder: &Path) -> StoreOptions {
    StoreOptions::new(vec![folder.to_owned()])
}

/// Where the recordings of a test with one storage folder are.
pub fn file(folder: &Path, n: u8, suffix: &str) -> PathBuf {
    folder.join(format!("2026/11/20/i_{}.{suffix}", id(n)))
}

fn anchor() -> Anchor {
    Anchor { unix_us: STARTED_US, boottime_us: 5, boot_id: "b".into(), uncertainty_us: 1 }
}

fn header(n: u8) -> Header {
    Header {
        format: recording::FORMAT_VERSION,
        recording: id(n),
        session: SessionFacts { groups: vec![], ..SessionFacts::desktop("m", "fin-03", "ana") },
        started: anchor(),
        software: "test".into(),
        follows: None,
        reason: StartReason { policy: "everything".into(), rule: None, text: "a test".into() },
    }
}

/// A pseudo-random byte that depends on recording and place only (splitmix64).
fn byte(n: u8, place: u64) -> u8 {
    let mut x = (u64::from(n) << 56).wrapping_add(place).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x ^ (x >> 27)) as u8
}

/// Makes the blocks of recording `n` one after the other: header and group first, then data, for ever.
pub struct Source {
    n: u8,
    assembler: Assembler,
    ready: std::collections::VecDeque<RawBlock>,
    data: u64,
}

impl Source {
    pub fn new(n: u8) -> Self {
        let (mut assembler, mut bytes) = Assembler::new(&header(n)).unwrap();
        let group = Group {
            number: 0,
            tracks: vec![Track { id: 1, kind: TrackKind::Screen }],
            key_frame_interval_us: 1,
            ..Group::default()
        };
        let mut recorded = Vec::new();
        BlockWriter::new().group(&group, 0, &mut recorded).unwrap();
        assembler.accept(&recorded, &anchor(), &mut bytes).unwrap();
        let ready = split_blocks(0, &bytes).unwrap().into();
        Self { n, assembler, ready, data: 0 }
    }

    /// The next block. Sizes differ from block to block.
    pub fn next(&mut self) -> RawBlock {
        if self.ready.is_empty() {
            let offset = self.assembler.head().offset;
            let size = 1 + u64::from(byte(self.n, self.data)) * 37;
            let payload: Vec<u8> = (0..size).map(|place| byte(self.n, offset + place)).collect();
            let mut recorded = Vec::new();
            BlockWriter::new().data(1, self.data * 10_000, &payload, &mut recorded).unwrap();
            let mut bytes = Vec::new();
            self.assembler.accept(&recorded, &anchor(), &mut bytes).unwrap();
            self.ready = split_blocks(offset, &bytes).unwrap().into();
            self.data += 1;
        }
        self.ready.pop_front().unwrap()
    }

    /// End, checkpoint, index and footer.
    pub fn end(&mut self) -> Vec<RawBlock> {
        let offset = self.assembler.head().offset;
        let end = End { reason: EndReason::Logout, text: "bye".into(), successor: None };
        let mut bytes = Vec::new();
        self.assembler.end(&end, self.data * 10_000, &anchor(), &mut bytes).unwrap();
        self.ready.drain(..).chain(split_blocks(offset, &bytes).unwrap()).collect()
    }

    /// The first `length` bytes that the source makes.
    pub fn bytes(n: u8, length: u64) -> Vec<u8> {
        let mut source = Self::new(n);
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < length {
            bytes.extend(source.next().bytes);
        }
        bytes.truncate(length as usize);
        bytes
    }
}

/// Appends blocks until the head is at least at `length`; returns the head's offset.
pub fn grow(store: &Store, n: u8, source: &mut Source, length: u64) -> u64 {
    loop {
        let head = store.standing(id(n)).unwrap().head;
        if head.offset >= length {
            return head.offset;
        }
        store.append(id(n), head, &[source.next()]).unwrap();
    }
}

/// Syncs and insists that everything worked.
pub fn sync(store: &Store) {
    for outcome in store.sync_round() {
        outcome.result.unwrap();
    }
}

/// Insists that the file holds exactly what the source makes, in whole blocks, and returns its length.
pub fn assert_sound(path: &Path, n: u8) -> u64 {
    let stored = std::fs::read(path).unwrap();
    let length = stored.len() as u64;
    assert!(stored == Source::bytes(n, length), "recording {n} holds other bytes than were sent");
    let mut scanner = BlockScanner::new();
    scanner.push(&stored);
    while let Some(scanned) = scanner.next() {
        assert!(matches!(scanned, Scanned::Block(_)), "{scanned:?}");
    }
    assert_eq!(scanner.finish(), None, "recording {n} ends within a block");
    length
}
