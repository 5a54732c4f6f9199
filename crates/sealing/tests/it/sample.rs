//! Sealed recordings made for tests: no chance, no clock.

use recording::{
    Anchor, Assembler, BlockWriter, Decoder, End, EndReason, Entry, Event, Group, Header, RecordingId, SealClass,
    SessionFacts, StartReason, Track, TrackKind,
};
use sealing::{KeyRing, OpenError, Opener, PrivateKey, SealPlan, Sealer, Seed};

pub const SCREEN: Track = Track { id: 1, kind: TrackKind::Screen };
pub const POINTER: Track = Track { id: 2, kind: TrackKind::Pointer };
pub const EVENTS: Track = Track { id: 3, kind: TrackKind::Events };

pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

/// The key of a person, the same in every run.
pub fn key(person: u8) -> PrivateKey {
    PrivateKey::generate(&Seed::new([person; 32]))
}

pub fn recording(number: u8) -> RecordingId {
    RecordingId::from_parts(1_795_000_000_000, [number; 10])
}

/// Picture and events for persons 1 and 2.
pub fn plan() -> SealPlan {
    SealPlan::new(vec![SealClass::Picture, SealClass::Events], vec![key(1).public(), key(2).public()]).unwrap()
}

/// A payload of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub track: u16,
    pub time_us: u64,
    pub payload: Vec<u8>,
}

/// What a group of the sample holds: pictures (one of several blocks), pointers, and an event that a search would find.
pub fn group_content(number: u64) -> Vec<Given> {
    let start_us = number * 1_000_000;
    let payload = |track: Track, after_us: u64, payload: Vec<u8>| Given {
        track: track.id,
        time_us: start_us + after_us,
        payload,
    };
    let event = Event::new("note").with("text", "a marker in plain sight").to_payload().unwrap();
    let large: Vec<u8> = (0..70_000u32).map(|at| (at / 251) as u8).collect();
    let first = if number == 0 { large } else { b"picture with a marker in plain sight".to_vec() };
    vec![
        payload(SCREEN, 0, first),
        payload(POINTER, 0, b"pointer".to_vec()),
        payload(EVENTS, 10, event),
        payload(SCREEN, 500_000, b"second picture".to_vec()),
        payload(SCREEN, 500_000, b"third picture at the same time".to_vec()),
    ]
}

fn anchor(time_us: u64) -> Anchor {
    Anchor {
        unix_us: 1_795_000_000_000_000 + time_us as i64,
        boottime_us: 5_000_000 + time_us,
        boot_id: "8d7f0e0a-55b3-4f8c-9a53-7a8a9b3a6f10".to_owned(),
        uncertainty_us: 12,
    }
}

fn header(recording: RecordingId) -> Header {
    Header {
        format: recording::FORMAT_VERSION,
        recording,
        session: SessionFacts {
            uid: Some(1000),
            display: Some(":10".to_owned()),
            ..SessionFacts::desktop("m-1", "desk-17", "alice")
        },
        started: anchor(0),
        software: "kinescope-agent 0.1.0".to_owned(),
        follows: None,
        reason: StartReason { policy: "everything".to_owned(), rule: None, text: "Everything is recorded.".to_owned() },
    }
}

/// What a recorder writes for these groups.
pub fn recorder_blocks(recording: RecordingId, plan: &SealPlan, groups: std::ops::Range<u64>) -> Vec<u8> {
    let (writer, mut out) = (BlockWriter::new(), Vec::new());
    let mut sealer = Sealer::new(recording, plan.clone());
    for number in groups {
        let tracks = vec![SCREEN, POINTER, EVENTS];
        let seed = Seed::new([number as u8 ^ 0xa5; 32]);
        let keys = sealer.begin_group(number, &tracks, &seed).unwrap();
        let open = Group { number, tracks, key_frame_interval_us: 1_000_000, ..Group::default() };
        writer.group(&Group { keys, ..open }, number * 1_000_000, &mut out).unwrap();
        for Given { track, time_us, payload } in group_content(number) {
            match sealer.seal(track, time_us, &payload).unwrap() {
                Some(sealed) => writer.sealed_data(track, time_us, &sealed, &mut out).unwrap(),
                None => writer.data(track, time_us, &payload, &mut out).unwrap(),
            }
        }
    }
    out
}

/// A finished recording of two groups.
pub fn sealed(number: u8, plan: &SealPlan) -> Vec<u8> {
    let id = recording(number);
    let (mut assembler, mut out) = Assembler::new(&header(id)).unwrap();
    assembler.accept(&recorder_blocks(id, plan, 0..2), &anchor(1), &mut out).unwrap();
    let end = End { reason: EndReason::Stopped, text: "Stopped.".to_owned(), successor: None };
    assembler.end(&end, 2_000_000, &anchor(2), &mut out).unwrap();
    out
}

/// Opens all data of a recording with these keys, one result for each payload.
pub fn opened(bytes: &[u8], keys: &[PrivateKey]) -> Vec<Result<Given, OpenError>> {
    let mut opener = Opener::new(KeyRing::new(keys.to_vec()));
    let (mut decoder, mut found, mut recording) = (Decoder::new(), Vec::new(), None);
    decoder.push(bytes);
    while let Some(located) = decoder.next().unwrap() {
        match located.entry {
            Entry::Header(header) => recording = Some(header.recording),
            Entry::Group(group) => opener.begin_group(recording, &group),
            Entry::Data { track, time_us, sealed, payload } => {
                let opened = opener.open(track, time_us, sealed, payload);
                found.push(opened.map(|payload| Given { track, time_us, payload }));
            }
            _ => {}
        }
    }
    found
}
