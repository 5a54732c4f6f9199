//! Honest recordings, half of them crashed, each with the evidence file that a server writes for it.

use evidence::{EpochSigner, EvidenceLog, Expected, Judge, Judgement, MachineKey, ReceiptKey};
use recording::{
    Anchor, Assembler, BlockKind, BlockWriter, ChainValue, End, EndReason, Event, Follows, Gap, GapReason, Group, Head,
    Header, Incarnation, RawBlock, RecordingId, SessionFacts, StartReason, Track, TrackKind,
};

pub const STARTED_US: i64 = 1_795_000_000_000_000;

/// A recording as it lies in an archive.
#[derive(Clone)]
pub struct Stored {
    pub bytes: Vec<u8>,
    /// The evidence file, entry by entry.
    pub entries: Vec<Vec<u8>>,
}

pub fn machine() -> MachineKey {
    MachineKey::from_seed([1; 32])
}

pub fn server() -> ReceiptKey {
    ReceiptKey::from_seed([2; 32])
}

pub fn expected() -> Expected {
    Expected { machine_key: Some(machine().public()), server_key: Some(server().public()) }
}

pub fn anchor(time_us: u64) -> Anchor {
    Anchor {
        unix_us: STARTED_US + time_us as i64,
        boottime_us: 5_000_000 + time_us,
        boot_id: "8d7f0e0a-55b3-4f8c-9a53-7a8a9b3a6f10".to_owned(),
        uncertainty_us: 12,
    }
}

pub fn id(seed: u8) -> RecordingId {
    RecordingId::from_parts(1_795_000_000_000, [seed; 10])
}

pub fn header(seed: u8, follows: Option<Follows>) -> Header {
    Header {
        format: recording::FORMAT_VERSION,
        recording: id(seed),
        session: SessionFacts {
            uid: Some(1000),
            display: Some(":10".to_owned()),
            ..SessionFacts::desktop("m-1", "desk-17", "<b>alice</b>\u{1b}[2J")
        },
        started: anchor(0),
        software: "test".to_owned(),
        follows,
        reason: StartReason { policy: "everything".to_owned(), rule: None, text: "Everything.".to_owned() },
    }
}

/// What a recorder writes: one group, a frame each half second.
pub fn group(number: u64, frames: u64) -> Vec<u8> {
    let (writer, mut out) = (BlockWriter::new(), Vec::new());
    let kinds = [TrackKind::Screen, TrackKind::Events];
    let tracks = kinds.map(|kind| Track { id: kind.number(), kind }).to_vec();
    let start_us = number * frames * 500_000;
    writer
        .group(&Group { number, tracks, key_frame_interval_us: 60_000_000, ..Group::default() }, start_us, &mut out)
        .unwrap();
    writer.event(3, start_us, &Event::resize(1280, 720), &mut out).unwrap();
    for frame in 0..frames {
        let payload: Vec<u8> = (0..700).map(|at| (at * 31 + frame * 7 + number * 131) as u8).collect();
        writer.data(1, start_us + frame * 500_000, &payload, &mut out).unwrap();
    }
    out
}

/// How an honest recording goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// From start to end.
    Finished,
    /// No end; the last write may be torn.
    Growing,
    /// The agent was ended in the middle and went on.
    Restarted,
    /// The agent lost its place and went on as another writer behind what the server had.
    Incarnated,
    /// As `Restarted`, and then cut off in the middle of a write.
    CrashedAndTorn,
    /// The spool lost a stretch; the writer's own gap says `damaged`.
    SpoolDamaged,
}

pub const COURSES: [Course; 6] = [
    Course::Finished,
    Course::Growing,
    Course::Restarted,
    Course::Incarnated,
    Course::CrashedAndTorn,
    Course::SpoolDamaged,
];

/// Makes a recording; the server's receipts follow every few blocks.
pub struct Maker {
    pub assembler: Assembler,
    pub stored: Stored,
    log: EvidenceLog,
    seed: u8,
    writers: u8,
}

impl Maker {
    pub fn new(seed: u8, follows: Option<Follows>) -> Maker {
        let (assembler, bytes) = Assembler::new(&header(seed, follows)).unwrap();
        let stored = Stored { bytes, entries: Vec::new() };
        let mut maker = Maker { assembler, stored, log: EvidenceLog::new(), seed, writers: 0 };
        maker.restart();
        maker
    }

    /// Another agent process goes on with what is stored.
    pub fn restart(&mut self) {
        self.writers += 1;
        let signer = EpochSigner::new(id(self.seed), machine(), [self.seed ^ self.writers; 32]);
        self.assembler = Assembler::resume(self.assembler.state().clone()).signed_by(Box::new(signer));
    }

    pub fn group(&mut self, number: u64) {
        for (n, block) in recording::split_blocks(0, &group(number, 8)).unwrap().iter().enumerate() {
            let anchor = anchor(block.time_us + 3_000);
            self.assembler.accept(&block.bytes, &anchor, &mut self.stored.bytes).unwrap();
            if n % 3 == 2 {
                self.receipt(false);
            }
        }
    }

    pub fn gap(&mut self, reason: GapReason) {
        let from_us = self.assembler.last_time_us();
        let gap =
            Gap { from_us, to_us: from_us + 1, reason, text: "gone".into(), chain_before: None, chain_after: None };
        self.assembler.gap(&gap, &mut self.stored.bytes).unwrap();
    }

    pub fn end(&mut self, reason: EndReason, successor: Option<RecordingId>) {
        let time_us = self.assembler.last_time_us() + 1;
        let end = End { reason, text: "over".to_owned(), successor };
        self.assembler.end(&end, time_us, &anchor(time_us), &mut self.stored.bytes).unwrap();
        self.receipt(true);
    }

    pub fn receipt(&mut self, closed: bool) {
        let head = self.assembler.head();
        let unix_us = STARTED_US + 1_000_000 + self.assembler.last_time_us() as i64;
        let given = self.log.receipt(&server(), id(self.seed), head, closed, unix_us).unwrap();
        self.stored.entries.extend(blocks(&given.bytes).into_iter().map(|block| block.bytes));
    }

    pub fn chain(&self) -> ChainValue {
        self.assembler.head().chain
    }
}

pub fn honest(course: Course, seed: u8) -> Stored {
    let mut maker = Maker::new(seed, None);
    maker.receipt(false);
    (0..3).for_each(|number| maker.group(number));
    match course {
        Course::Finished | Course::Growing => {}
        Course::Restarted | Course::CrashedAndTorn => {
            maker.restart();
            maker.gap(GapReason::AgentRestarted);
        }
        Course::Incarnated => {
            maker.restart();
            let Head { offset, chain } = maker.assembler.head();
            let incarnation = Incarnation { incarnation: 9, number: 1, follows: Some(Head { offset, chain }) };
            let time_us = maker.assembler.last_time_us();
            maker.assembler.incarnation(&incarnation, time_us, &mut maker.stored.bytes).unwrap();
        }
        Course::SpoolDamaged => maker.gap(GapReason::Damaged),
    }
    (3..6).for_each(|number| maker.group(number));
    match course {
        Course::Growing => {}
        Course::CrashedAndTorn => {
            let torn = group(6, 1);
            maker.stored.bytes.extend_from_slice(&torn[..30]);
        }
        _ => maker.end(EndReason::Logout, None),
    }
    maker.stored
}

pub fn judge(stored: &Stored, expected: Expected) -> Judgement {
    let mut judge = Judge::new(expected);
    stored.entries.concat().chunks(997).for_each(|piece| judge.push_evidence(piece));
    // In pieces, as from a disk.
    stored.bytes.chunks(4_099).for_each(|piece| judge.push(piece).unwrap());
    judge.finish().unwrap()
}

pub fn blocks(bytes: &[u8]) -> Vec<RawBlock> {
    let mut scanner = recording::BlockScanner::new();
    scanner.push(bytes);
    std::iter::from_fn(|| scanner.next())
        .filter_map(|scanned| match scanned {
            recording::Scanned::Block(block) => Some(block),
            recording::Scanned::Damaged(_) => None,
        })
        .collect()
}

/// A recording with one receipt, which ends where its last checkpoint begins; the block before that, and the checkpoint.
pub fn witnessed_checkpoint(seed: u8) -> (Stored, RawBlock, RawBlock) {
    let mut maker = Maker::new(seed, None);
    maker.group(0);
    let bytes = maker.stored.bytes;
    let all = blocks(&bytes);
    let at = all.iter().rposition(|block| block.known_kind() == Some(BlockKind::Checkpoint)).unwrap();
    let head = all[..at].iter().fold(Head::start(), |head, block| head.after(&block.bytes));
    let given = EvidenceLog::new().receipt(&server(), id(seed), head, false, STARTED_US + 9_000_000).unwrap();
    let entries = blocks(&given.bytes).into_iter().map(|block| block.bytes).collect();
    (Stored { bytes, entries }, all[at - 1].clone(), all[at].clone())
}
