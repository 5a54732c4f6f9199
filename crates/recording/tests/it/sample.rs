//! Recordings made for tests: every kind of block, no clock, no chance.

use evidence::{EpochSigner, MachineKey};
use recording::{
    Anchor, Assembler, BlockWriter, ClassKeys, End, EndReason, Event, Gap, GapReason, Group, Header, Incarnation,
    Monitor, RawBlock, RecordingId, RecordingSigner, SealClass, SessionFacts, StartReason, Track, TrackKind,
    WrappedKey,
};

pub const SCREEN: u16 = 1;
pub const POINTER: u16 = 2;
pub const EVENTS: u16 = 3;
pub const THUMBNAILS: u16 = 4;

pub fn anchor(time_us: u64) -> Anchor {
    Anchor {
        unix_us: 1_795_000_000_000_000 + time_us as i64,
        boottime_us: 5_000_000 + time_us,
        boot_id: "8d7f0e0a-55b3-4f8c-9a53-7a8a9b3a6f10".to_owned(),
        uncertainty_us: 12,
    }
}

pub fn header() -> Header {
    Header {
        format: recording::FORMAT_VERSION,
        recording: RecordingId::from_parts(1_795_000_000_000, [7; 10]),
        session: SessionFacts {
            uid: Some(1000),
            display: Some(":10".to_owned()),
            client_address: Some("192.0.2.7".to_owned()),
            groups: vec!["staff".to_owned()],
            ..SessionFacts::desktop("m-1", "desk-17", "alice")
        },
        started: anchor(0),
        software: "kinescope-agent 0.1.0".to_owned(),
        follows: None,
        reason: StartReason { policy: "everything".to_owned(), rule: None, text: "Everything is recorded.".to_owned() },
    }
}

pub fn group(number: u64) -> Group {
    let kinds = [TrackKind::Screen, TrackKind::Pointer, TrackKind::Events];
    let tracks = kinds.map(|kind| Track { id: kind.number(), kind }).to_vec();
    Group { number, tracks, key_frame_interval_us: 60_000_000, ..Group::default() }
}

/// Bytes that look like compressed ones: they differ everywhere and hold sync marks now and then.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

/// What a recorder writes: `groups` groups of `frames` frames of `frame_bytes` bytes, half a second apart.
pub fn recorder_blocks(first_group: u64, groups: u64, frames: u64, frame_bytes: usize) -> Vec<u8> {
    let writer = BlockWriter::new();
    let mut out = Vec::new();
    for number in first_group..first_group + groups {
        let start_us = number * frames * 500_000;
        writer.group(&group(number), start_us, &mut out).unwrap();
        writer.event(EVENTS, start_us, &Event::resize(1280, 720), &mut out).unwrap();
        for frame in 0..frames {
            let time_us = start_us + frame * 500_000;
            writer.data(SCREEN, time_us, &noise(number * 1_000 + frame, frame_bytes), &mut out).unwrap();
            writer.data(POINTER, time_us + 40_000, &[frame as u8; 9], &mut out).unwrap();
        }
    }
    out
}

/// How many groups build on one.
const FAMILY: u64 = 8;

/// The same with a thumbnail in each group, and groups that build on an earlier one: the first of every eight. Sealed ones
/// have keys of the right form and noise for ciphertext, which is all that the container sees of them.
pub fn based_blocks(first_group: u64, groups: u64, frames: u64, frame_bytes: usize, sealed: bool) -> Vec<u8> {
    let writer = BlockWriter::new();
    let mut out = Vec::new();
    for number in first_group..first_group + groups {
        let start_us = number * frames * 500_000;
        let behind = (number - first_group) % FAMILY;
        let base = (behind > 0).then(|| number - behind);
        let keys = if sealed { vec![picture_key(number)] } else { Vec::new() };
        let mut group = Group { base, keys, ..group(number) };
        group.tracks.push(Track { id: THUMBNAILS, kind: TrackKind::Thumbnails });
        writer.group(&group, start_us, &mut out).unwrap();
        writer.event(EVENTS, start_us, &Event::resize(1280, 720), &mut out).unwrap();
        writer.data(THUMBNAILS, start_us, &noise(number ^ 0xffff, 120), &mut out).unwrap();
        for frame in 0..frames {
            let time_us = start_us + frame * 500_000;
            let (picture, pointer) = (noise(number * 1_000 + frame, frame_bytes), [frame as u8; 9]);
            let mut write = |track, time_us, payload: &[u8]| match sealed {
                true => writer.sealed_data(track, time_us, &recording::join_sealed(frame, payload), &mut out),
                false => writer.data(track, time_us, payload, &mut out),
            };
            write(SCREEN, time_us, &picture).unwrap();
            write(POINTER, time_us + 40_000, &pointer).unwrap();
        }
    }
    out
}

fn picture_key(number: u64) -> ClassKeys {
    let recipient = "ab".repeat(16);
    let (encapsulated, wrapped) = ("cd".repeat(32), format!("{number:096x}"));
    ClassKeys { class: SealClass::Picture, recipients: vec![WrappedKey { recipient, encapsulated, wrapped }] }
}

/// A recording that still grows.
pub fn growing(groups: u64, frames: u64, frame_bytes: usize) -> Vec<u8> {
    let (mut assembler, mut out) = Assembler::new(&header()).unwrap();
    assembler.accept(&recorder_blocks(0, groups, frames, frame_bytes), &anchor(1), &mut out).unwrap();
    out
}

/// About 32 KB that hold every kind of block.
pub fn every_kind() -> Vec<u8> {
    finished(2, 6, 1_060)
}

/// Whole blocks of a recording that is not damaged.
pub fn blocks(bytes: &[u8]) -> Vec<RawBlock> {
    recording::split_blocks(0, bytes).unwrap()
}

/// A block as a later version may write it.
pub fn raw_block(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() < 128, "one byte of length");
    let mut block = vec![0x4b, 0xd5, kind, flags, 0, 0, payload.len() as u8];
    block.extend_from_slice(&crc32c::crc32c(&block).to_le_bytes());
    block.extend_from_slice(payload);
    block.extend_from_slice(&crc32c::crc32c(&block).to_le_bytes());
    block
}

/// A writer's keys: the same machine's whichever writer it is.
pub fn signer(writer: u8) -> Box<dyn RecordingSigner> {
    let machine = MachineKey::from_seed([0x11; 32]);
    Box::new(EpochSigner::new(header().recording, machine, [writer; 32]))
}

/// A finished, signed recording with a gap and a second writer in it, who seals the picture.
pub fn finished(groups: u64, frames: u64, frame_bytes: usize) -> Vec<u8> {
    let (assembler, mut out) = Assembler::new(&header()).unwrap();
    let mut assembler = assembler.signed_by(signer(1));
    assembler.accept(&based_blocks(0, groups, frames, frame_bytes, false), &anchor(1), &mut out).unwrap();
    let from_us = assembler.last_time_us();
    let incarnation = Incarnation { incarnation: 77, number: 1, follows: Some(assembler.head()) };
    let mut assembler = Assembler::resume(assembler.state().clone()).signed_by(signer(2));
    assembler.incarnation(&incarnation, from_us, &mut out).unwrap();
    let gap = Gap {
        from_us,
        to_us: groups * frames * 500_000,
        reason: GapReason::AgentRestarted,
        text: "The agent was started again.".to_owned(),
        chain_before: None,
        chain_after: None,
    };
    assembler.gap(&gap, &mut out).unwrap();
    assembler.accept(&based_blocks(groups, groups, frames, frame_bytes, true), &anchor(2), &mut out).unwrap();
    let end = End { reason: EndReason::Logout, text: "The user logged out.".to_owned(), successor: None };
    assembler.end(&end, assembler.last_time_us() + 1, &anchor(3), &mut out).unwrap();
    out
}

/// Two monitors side by side, of which the second is then turned.
pub fn layouts() -> [Vec<Monitor>; 3] {
    let monitor =
        |name: &str, x, width, height| Monitor { name: name.to_owned(), x, y: 0, width, height, primary: x == 0 };
    [
        Vec::new(),
        vec![monitor("HDMI-1", 0, 1280, 720), monitor("DP-2", 1280, 1280, 720)],
        vec![monitor("HDMI-1", 0, 1280, 720), monitor("DP-2", 1280, 720, 720)],
    ]
}

/// A finished recording of three groups with a layout each, and so many thumbnails that an index lists every other one.
pub fn pictures() -> Vec<u8> {
    let (mut assembler, mut out) = Assembler::new(&header()).unwrap();
    let writer = BlockWriter::new();
    for (number, monitors) in (0u64..).zip(layouts()) {
        let mut blocks = Vec::new();
        let start_us = number * 60_000_000;
        let event = Event::monitors(&monitors);
        let mut group = Group { monitors, ..group(number) };
        group.tracks.push(Track { id: THUMBNAILS, kind: TrackKind::Thumbnails });
        writer.group(&group, start_us, &mut blocks).unwrap();
        writer.event(EVENTS, start_us, &event, &mut blocks).unwrap();
        for at in 0..100 {
            let time_us = start_us + at * 500_000;
            writer.data(THUMBNAILS, time_us, &noise(number * 1_000 + at, 40), &mut blocks).unwrap();
        }
        assembler.accept(&blocks, &anchor(1), &mut out).unwrap();
    }
    let end = End { reason: EndReason::Logout, text: "The user logged out.".to_owned(), successor: None };
    assembler.end(&end, assembler.last_time_us() + 1, &anchor(3), &mut out).unwrap();
    out
}
