//! Recordings whose every payload says who it is, and readers that check them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evidence::{Expected, Judge, MachineKey};
use recording::{
    Anchor, BlockWriter, Decoder, End, EndReason, Entry, FORMAT_VERSION, Group, Head, Header, RawBlock, RecordingId,
    Report, SessionFacts, StartReason, Track, TrackKind, split_blocks,
};
use spool::{Chunk, Journal, Spool, SpoolSettings};

/// Payload bytes of one block from [`Source::data`].
pub const PAYLOAD_BYTES: usize = 1_000;
const STEP_US: u64 = 10_000;

/// The machine whose recordings these are.
pub fn machine_key() -> MachineKey {
    MachineKey::from_seed([0x33; 32])
}

pub fn settings(folder: &Path) -> SpoolSettings {
    SpoolSettings {
        folder: folder.to_owned(),
        quota_bytes: 64 << 20,
        message_life: Duration::from_secs(3_600),
        segment_bytes: 16 << 10,
        machine_key: Some(machine_key()),
    }
}

pub fn header(seed: u8) -> Header {
    Header {
        format: FORMAT_VERSION,
        recording: RecordingId::from_parts(1_790_000_000_000, [seed; 10]),
        session: SessionFacts {
            uid: Some(1_000),
            display: Some(":10".to_owned()),
            ..SessionFacts::desktop("m-1", "desk-7", "mira")
        },
        started: anchor(0),
        software: "test".to_owned(),
        follows: None,
        reason: StartReason { policy: "record-everything".to_owned(), rule: None, text: "test".to_owned() },
    }
}

pub fn anchor(time_us: u64) -> Anchor {
    Anchor {
        unix_us: 1_790_000_000_000_000 + i64::try_from(time_us).expect("a short recording"),
        boottime_us: time_us,
        boot_id: "boot".to_owned(),
        uncertainty_us: 1,
    }
}

/// A recorder in the test's hands: groups and payloads that are counted.
pub struct Source {
    pub seed: u8,
    pub time_us: u64,
    group: u64,
    /// What its next groups build on.
    pub base: Option<u64>,
    /// Number of the next payload.
    pub next: u64,
}

impl Source {
    pub fn new(seed: u8) -> Self {
        Self { seed, time_us: 0, group: 0, base: None, next: 0 }
    }

    pub fn group(&mut self) -> Vec<RawBlock> {
        let group = Group {
            number: self.group,
            base: self.base,
            tracks: vec![Track { id: 1, kind: TrackKind::Screen }],
            key_frame_interval_us: 1,
            ..Group::default()
        };
        self.group += 1;
        let mut out = Vec::new();
        BlockWriter::new().group(&group, self.time_us, &mut out).expect("a group fits");
        split_blocks(0, &out).expect("whole")
    }

    /// The next recorder begins here.
    pub fn continue_at(&mut self, group: u64) {
        self.group = group;
    }

    pub fn data(&mut self) -> Vec<RawBlock> {
        self.time_us += STEP_US;
        let mut out = Vec::new();
        let payload = payload(self.seed, self.next);
        self.next += 1;
        BlockWriter::new().data(1, self.time_us, &payload, &mut out).expect("a payload fits");
        split_blocks(0, &out).expect("whole")
    }

    /// A group and so many payloads into a journal.
    pub fn fill(&mut self, journal: &Journal, payloads: usize) {
        let group = self.group();
        journal.accept(&group, &anchor(self.time_us)).expect("there is room for a group");
        for _ in 0..payloads {
            let data = self.data();
            journal.accept(&data, &anchor(self.time_us)).expect("there is room");
        }
    }

    pub fn end(&self, journal: &Journal) {
        let end = End { reason: EndReason::Logout, text: "test".to_owned(), successor: None };
        journal.end(&end, self.time_us, &anchor(self.time_us)).expect("there is room for the end");
    }
}

/// The payload with a number: cannot be mistaken for another's.
pub fn payload(seed: u8, number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(seed);
    let mut bytes = number.to_le_bytes().to_vec();
    while bytes.len() < PAYLOAD_BYTES {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(PAYLOAD_BYTES);
    bytes
}

pub fn create(spool: &Spool, seed: u8) -> (Arc<Journal>, Source) {
    let journal = spool.create(header(seed), serde_json::Value::Null).expect("an empty spool has room");
    (journal, Source::new(seed))
}

/// Everything a journal holds from a place on.
pub fn read_from(journal: &Journal, mut from: Head) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match journal.read(from, 4_096).expect("the spool can be read") {
            Chunk::Blocks { bytes, after } => {
                all.extend(bytes);
                from = after;
            }
            Chunk::Empty => return all,
            Chunk::Gone => panic!("nothing is at {from:?}"),
        }
    }
}

/// What `verify` says.
pub fn verify(bytes: &[u8]) -> Report {
    let mut judge = Judge::new(Expected { machine_key: Some(machine_key().public()), server_key: None });
    judge.push(bytes).expect("a recording");
    let judgement = judge.finish().expect("a recording");
    // Whatever happened to spool and agent: every checkpoint is signed, and every signature is right.
    assert_eq!(judgement.faults, [], "{:?}", judgement.container);
    assert_eq!(judgement.signatures.right, judgement.container.checkpoints);
    judgement.container
}

/// The numbers of all payloads in a recording, each compared with what was recorded.
pub fn payload_numbers(seed: u8, bytes: &[u8]) -> Vec<u64> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut numbers = Vec::new();
    while let Some(located) = decoder.next().expect("a readable recording") {
        if let Entry::Data { payload: found, .. } = located.entry {
            let number = u64::from_le_bytes(found[..8].try_into().expect("eight bytes"));
            assert_eq!(found, payload(seed, number), "payload {number} is not what was recorded");
            numbers.push(number);
        }
    }
    numbers
}

/// The gaps that a recording declares, by reason.
pub fn gap_reasons(bytes: &[u8]) -> Vec<String> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut reasons = Vec::new();
    while let Some(located) = decoder.next().expect("a readable recording") {
        if let Entry::Gap(gap) = located.entry {
            assert!(gap.from_us <= gap.to_us, "{gap:?}");
            reasons.push(gap.reason.as_str().to_owned());
        }
    }
    reasons
}

/// Waits for something, with a deadline.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
