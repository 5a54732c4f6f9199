//! Recordings to send: real blocks whose every byte can be compared afterwards.

use protocol::{Append, Close, Open};
use recording::{
    Anchor, Assembler, BlockWriter, End, EndReason, Event, Gap, GapReason, Group, Head, Header, Incarnation,
    RecordingId, SessionFacts, StartReason, Track, TrackKind, split_blocks,
};
use uuid::Uuid;

/// 2026-11-20 13:00 UTC.
pub const STARTED_US: i64 = 1_795_179_600_000_000;
/// The incarnation that begins a tape.
pub const FIRST: u64 = 0xF1;

/// A recording as its agent has it.
#[derive(Clone)]
pub struct Tape {
    pub id: RecordingId,
    pub machine: Uuid,
    pub incarnation: u64,
    pub number: u32,
    /// What stands at `base` and after.
    pub bytes: Vec<u8>,
    pub base: Head,
    /// Places between blocks, the first being `base`.
    pub places: Vec<Head>,
    pub group: u64,
    pub time_us: u64,
    pub started_us: i64,
}

pub fn recording_id(n: u8) -> RecordingId {
    RecordingId::from_parts(1_795_179_600_000, [n; 10])
}

pub fn session(machine: Uuid) -> SessionFacts {
    SessionFacts {
        uid: Some(1000),
        display: Some(":10".into()),
        application: Some("SAP".into()),
        groups: vec!["finance".into()],
        ..SessionFacts::desktop(machine.simple().to_string(), "fin-03", "ana")
    }
}

fn anchor(started_us: i64) -> Anchor {
    Anchor { unix_us: started_us, boottime_us: 1, boot_id: "boot".into(), uncertainty_us: 1 }
}

pub fn header(id: RecordingId, machine: Uuid) -> Header {
    header_since(id, machine, STARTED_US)
}

fn header_since(id: RecordingId, machine: Uuid, started_us: i64) -> Header {
    Header {
        format: recording::FORMAT_VERSION,
        recording: id,
        session: session(machine),
        started: anchor(started_us),
        software: "scripted".into(),
        follows: None,
        reason: StartReason { policy: "everything".into(), rule: Some("all".into()), text: "a test".into() },
    }
}

impl Tape {
    /// A tape with header, group and a first event.
    pub fn new(n: u8, machine: Uuid) -> Self {
        Self::since(n, machine, STARTED_US)
    }

    /// One that began at this time.
    pub fn since(n: u8, machine: Uuid, started_us: i64) -> Self {
        let id = recording_id(n);
        let (_, bytes) = Assembler::new(&header_since(id, machine, started_us)).unwrap();
        let mut tape = Self {
            id,
            machine,
            incarnation: FIRST,
            number: 0,
            bytes: Vec::new(),
            base: Head::start(),
            places: vec![Head::start()],
            group: 0,
            time_us: 0,
            started_us,
        };
        tape.add(&bytes);
        tape.add_group();
        tape
    }

    /// The recording as another incarnation goes on with it behind `head`, having lost what it had.
    pub fn following(&self, incarnation: u64, number: u32, head: Head) -> Self {
        let mut tape = self.clone();
        (tape.incarnation, tape.number, tape.base) = (incarnation, number, head);
        (tape.bytes, tape.places, tape.group) = (Vec::new(), vec![head], 1_000 * u64::from(number));
        let mut assembler = Assembler::resume(recording::AssemblerState::at(head));
        let mut bytes = Vec::new();
        let named = Incarnation { incarnation, number, follows: Some(head) };
        assembler.incarnation(&named, tape.time_us, &mut bytes).unwrap();
        let gap = Gap {
            from_us: tape.time_us,
            to_us: tape.time_us + 1_000_000,
            reason: GapReason::AgentRestarted,
            text: "lost".into(),
            chain_before: None,
            chain_after: None,
        };
        assembler.gap(&gap, &mut bytes).unwrap();
        tape.time_us += 1_000_000;
        tape.add(&bytes);
        tape.add_group();
        tape
    }

    /// Appends whole blocks as they are.
    pub fn add(&mut self, bytes: &[u8]) {
        for block in split_blocks(self.head().offset, bytes).unwrap() {
            self.places.push(self.head().after(&block.bytes));
            self.bytes.extend(block.bytes);
        }
    }

    fn add_group(&mut self) {
        let writer = BlockWriter::new();
        let mut bytes = Vec::new();
        let tracks = vec![Track { id: 1, kind: TrackKind::Screen }, Track { id: 2, kind: TrackKind::Events }];
        let group = Group { number: self.group, tracks, key_frame_interval_us: 60_000_000, ..Group::default() };
        writer.group(&group, self.time_us, &mut bytes).unwrap();
        writer.event(2, self.time_us, &Event::resize(640, 480), &mut bytes).unwrap();
        self.add(&bytes);
        self.group += 1;
    }

    /// Records `count` blocks of about `size` bytes, a tenth of a second apart.
    pub fn record(&mut self, count: u32, size: usize) {
        for n in 0..count {
            self.time_us += 100_000;
            let payload: Vec<u8> =
                (0..size).map(|place| (place as u32 ^ n ^ self.head().offset as u32) as u8).collect();
            let mut bytes = Vec::new();
            BlockWriter::new().data(1, self.time_us, &payload, &mut bytes).unwrap();
            self.add(&bytes);
        }
    }

    /// Records a picture of these bytes.
    pub fn record_payload(&mut self, payload: &[u8]) {
        self.time_us += 100_000;
        let mut bytes = Vec::new();
        BlockWriter::new().data(1, self.time_us, payload, &mut bytes).unwrap();
        self.add(&bytes);
    }

    /// Records an event.
    pub fn event(&mut self, event: &Event) {
        self.time_us += 100_000;
        let mut bytes = Vec::new();
        BlockWriter::new().event(2, self.time_us, event, &mut bytes).unwrap();
        self.add(&bytes);
    }

    /// Ends the recording.
    pub fn end(&mut self, reason: EndReason) {
        let mut assembler = Assembler::resume(recording::AssemblerState::at(self.head()));
        let mut bytes = Vec::new();
        assembler
            .end(
                &End { reason, text: "over".into(), successor: None },
                self.time_us,
                &anchor(self.started_us),
                &mut bytes,
            )
            .unwrap();
        self.add(&bytes);
    }

    pub fn head(&self) -> Head {
        *self.places.last().unwrap()
    }

    pub fn open(&self) -> Open {
        Open {
            recording: self.id,
            incarnation: self.incarnation,
            number: self.number,
            base_offset: self.base.offset,
            head: self.head(),
            live: true,
            started_unix_us: self.started_us,
            session: session(self.machine),
        }
    }

    /// Whole blocks from `from` on, at most a message full.
    pub fn append_from(&self, from: Head) -> Append {
        let first = self.places.iter().position(|place| *place == from).expect("the server is at a place of this tape");
        let fits = |place: &&Head| (place.offset - from.offset) as usize <= protocol::limits::MAX_APPEND_BYTES;
        let last = self.places[first..].iter().take_while(fits).last().unwrap();
        let range = (from.offset - self.base.offset) as usize..(last.offset - self.base.offset) as usize;
        Append {
            recording: self.id,
            incarnation: self.incarnation,
            offset: from.offset,
            chain: from.chain,
            bytes: self.bytes[range].to_vec(),
        }
    }

    pub fn close(&self) -> Close {
        Close { recording: self.id, incarnation: self.incarnation, head: self.head(), reason: "logout".into() }
    }
}
