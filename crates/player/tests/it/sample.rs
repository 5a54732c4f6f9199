//! Small recordings with known pictures, and a host that delivers the bytes a player asks for.

use player::{Opening, Player, Progress};
use recording::{
    Anchor, Assembler, BlockKind, BlockScanner, BlockWriter, End, EndReason, Event, Gap, GapReason, Group, Header,
    IndexBuilder, Monitor, RecordingId, Scanned, SessionFacts, StartReason, Track, TrackKind, split_blocks,
};
use screen::pointer::{PointerChange, PointerEncoder};
use screen::{Encoded, Encoder, EncoderOptions, Frame};

/// Between two pictures.
pub const FRAME_US: u64 = 100_000;
const KEY_FRAME_INTERVAL_US: u64 = 1_000_000;

/// A recording and what it shows.
pub struct Sample {
    pub bytes: Vec<u8>,
    /// Every picture with the time from which it is shown.
    pub pictures: Vec<(u64, Frame)>,
}

fn anchor(time_us: u64) -> Anchor {
    Anchor {
        unix_us: 1_790_000_000_000_000 + time_us as i64,
        boottime_us: 5_000_000 + time_us,
        boot_id: "b0075c1e-0000-4000-8000-000000000001".into(),
        uncertainty_us: 10,
    }
}

fn header() -> Header {
    Header {
        format: recording::FORMAT_VERSION,
        recording: RecordingId::from_parts(1_790_000_000_000, [7; 10]),
        session: SessionFacts {
            uid: Some(1000),
            display: Some(":10".into()),
            ..SessionFacts::desktop("m1", "fin-03", "ana")
        },
        started: anchor(0),
        software: "test".into(),
        follows: None,
        reason: StartReason { policy: "test".into(), rule: None, text: "made for a test".into() },
    }
}

/// The picture at a step: a window that wanders over a patterned ground, and a clock that counts.
fn picture(step: u64, width: u32, height: u32) -> Frame {
    let mut frame = Frame::new(width, height).unwrap();
    let (left, top) = ((step * 7 % u64::from(width)) as u32, (step * 3 % u64::from(height)) as u32);
    for y in 0..height {
        for (x, pixel) in frame.row_mut(y).iter_mut().enumerate() {
            let x = x as u32;
            let inside = (left..left + 40).contains(&x) && (top..top + 30).contains(&y);
            *pixel = if inside { 0x00FF_8000 + step as u32 } else { (x * 5 + y * 11) & 0xFF };
        }
    }
    frame
}

/// A recording of `steps` pictures, some of them at rest, with a pointer that follows the steps.
pub fn sample(steps: u64) -> Sample {
    sized(steps, |_| (160, 120))
}

/// A recording that changes at these steps alone, and ends half a second after the last.
pub fn sparse(changes: &[u64]) -> Sample {
    let shown = |step: u64| *changes.iter().rev().find(|change| **change <= step).unwrap();
    made(changes.last().unwrap() + 5, true, shown, |_| (160, 120))
}

/// The same with a size for each step.
pub fn sized(steps: u64, size: impl Fn(u64) -> (u32, u32)) -> Sample {
    // At rest for a while, now and then.
    made(steps, false, |step| if step % 13 < 9 { step } else { step - step % 13 + 8 }, size)
}

/// A recording that shows at each step the picture of another step, in a size. Where it `rests`, nothing else happens between
/// changes of the picture either.
fn made(steps: u64, rests: bool, shown: impl Fn(u64) -> u64, size: impl Fn(u64) -> (u32, u32)) -> Sample {
    let (mut assembler, mut bytes) = Assembler::new(&header()).unwrap();
    let writer = BlockWriter::new();
    let options = EncoderOptions { key_frame_interval_us: KEY_FRAME_INTERVAL_US, ..EncoderOptions::default() };
    let mut encoder = Encoder::new(options);
    let mut pointer = PointerEncoder::new();
    let shape = PointerChange::Shape { hot_x: 1, hot_y: 1, width: 2, height: 2, argb: vec![0xFF00_0000; 4] };
    pointer.encode(&shape).unwrap();
    let (mut pictures, mut groups, mut base) = (Vec::new(), 0, None);
    for step in 0..steps {
        let time_us = step * FRAME_US;
        let (width, height) = size(step);
        let frame = picture(shown(step), width, height);
        if rests && shown(step) != step {
            // As the agent does by its clock, so that the rest belongs to no group.
            if assembler.checkpoint_due(time_us) {
                assembler.checkpoint(time_us, &anchor(time_us), &mut bytes).unwrap();
            }
            pictures.push((time_us, frame));
            continue;
        }
        let mut blocks = Vec::new();
        let encoded = encoder.encode(&frame, screen::Damage::Whole, time_us);
        let starts_group = matches!(encoded, Encoded::Key(_) | Encoded::Restart(_));
        if starts_group {
            base = base.filter(|_| matches!(encoded, Encoded::Restart(_)));
            writer.group(&Group { base, ..group(groups) }, time_us, &mut blocks).unwrap();
            base.get_or_insert(groups);
            groups += 1;
        }
        if let Some(payload) = encoded.payload() {
            writer.data(1, time_us, payload, &mut blocks).unwrap();
        }
        if starts_group {
            writer.data(2, time_us, &pointer.snapshot(), &mut blocks).unwrap();
        }
        if let Some(moved) = pointer.encode(&PointerChange::Moved { x: step as i32, y: 2 * step as i32 }).unwrap() {
            writer.data(2, time_us, &moved, &mut blocks).unwrap();
        }
        if step % 10 == 5 {
            writer.event(3, time_us, &Event::new("marker").with("text", format!("step {step}")), &mut blocks).unwrap();
        }
        assembler.accept(&blocks, &anchor(time_us), &mut bytes).unwrap();
        pictures.push((time_us, frame));
    }
    assert!(groups > 2 || steps < 30, "seeking is tested over several groups");
    let (end, time_us) = (End { reason: EndReason::Stopped, text: "done".into(), successor: None }, steps * FRAME_US);
    assembler.end(&end, time_us, &anchor(time_us), &mut bytes).unwrap();
    Sample { bytes, pictures }
}

/// A recording made of what a recorder writes, by the same agent as the other samples.
pub fn rewritten(recorder: &[u8]) -> Vec<u8> {
    let (mut assembler, mut bytes) = Assembler::new(&header()).unwrap();
    for block in split_blocks(0, recorder).unwrap() {
        assembler.accept(&block.bytes, &anchor(block.time_us), &mut bytes).unwrap();
    }
    let (end, time_us) =
        (End { reason: EndReason::Stopped, text: "done".into(), successor: None }, assembler.last_time_us() + FRAME_US);
    assembler.end(&end, time_us, &anchor(time_us), &mut bytes).unwrap();
    bytes
}

fn group(number: u64) -> Group {
    let track = |id, kind| Track { id, kind };
    Group {
        number,
        tracks: vec![track(1, TrackKind::Screen), track(2, TrackKind::Pointer), track(3, TrackKind::Events)],
        key_frame_interval_us: KEY_FRAME_INTERVAL_US,
        ..Group::default()
    }
}

impl Sample {
    /// The same recording with a pause declared in it, between two of its groups.
    pub fn paused(&self, from_us: u64, to_us: u64, text: &str) -> Vec<u8> {
        let gap = Gap {
            from_us,
            to_us,
            reason: GapReason::Paused,
            text: text.to_owned(),
            chain_before: None,
            chain_after: None,
        };
        let mut bytes = Vec::new();
        let mut declared = false;
        for block in split_blocks(0, &self.bytes).unwrap() {
            match block.known_kind() {
                // The stored index would name other offsets.
                Some(BlockKind::Index | BlockKind::Footer) => continue,
                Some(BlockKind::Group) if block.time_us >= to_us && !declared => {
                    declared = true;
                    BlockWriter::new().gap(&gap, &mut bytes).unwrap();
                }
                // What a recorder drops.
                Some(BlockKind::Data) if (from_us..to_us).contains(&block.time_us) => continue,
                _ => {}
            }
            bytes.extend_from_slice(&block.bytes);
        }
        assert!(declared, "a group begins after the pause");
        bytes
    }

    /// The same recording, as if the monitors of each group, by its number, had lain so.
    pub fn with_monitors(self, layout: impl Fn(u64) -> Vec<Monitor>) -> Sample {
        let mut bytes = Vec::new();
        for block in split_blocks(0, &self.bytes).unwrap() {
            match serde_json::from_slice::<Group>(block.payload()) {
                Ok(group) if block.known_kind() == Some(BlockKind::Group) => {
                    let group = Group { monitors: layout(group.number), ..group };
                    BlockWriter::new().group(&group, block.time_us, &mut bytes).unwrap();
                }
                // The stored index would name other offsets.
                _ if matches!(block.known_kind(), Some(BlockKind::Index | BlockKind::Footer)) => {}
                _ => bytes.extend_from_slice(&block.bytes),
            }
        }
        Sample { bytes, pictures: self.pictures }
    }

    /// The picture that belongs to a moment.
    pub fn picture_at(&self, time_us: u64) -> &Frame {
        let after = self.pictures.partition_point(|(from_us, _)| *from_us <= time_us);
        &self.pictures[after.max(1) - 1].1
    }

    /// What the index door answers while `length` bytes are stored.
    pub fn opening(&self, length: usize, live: bool) -> Opening {
        opening(&self.bytes[..length], live)
    }

    pub fn player(&self) -> Player {
        Player::new(&self.opening(self.bytes.len(), false)).unwrap()
    }

    pub fn end_us(&self) -> u64 {
        self.pictures.len() as u64 * FRAME_US
    }
}

/// Indexes stored bytes as a server does.
pub fn opening(bytes: &[u8], live: bool) -> Opening {
    let mut scanner = BlockScanner::new();
    scanner.push(bytes);
    let mut index = IndexBuilder::new();
    while let Some(found) = scanner.next() {
        if let Scanned::Block(block) = found {
            index.block(&block);
        }
    }
    Opening { index: index.index().clone(), live, length: scanner.offset(), rested_us: 0 }
}

/// Delivers what the player wants, `piece` bytes at a time, until its picture belongs to its position. Returns how many
/// bytes that took.
pub fn settle(player: &mut Player, bytes: &[u8], piece: usize) -> usize {
    let mut fetched = 0;
    for _ in 0..10_000_000 {
        match player.run(8) {
            Progress::Settled => return fetched,
            Progress::More => {}
            Progress::Hungry => {
                let wanted = player.wanted().expect("a hungry player says what it wants");
                let from = wanted.start as usize;
                let to = (wanted.end as usize).min(from + piece).min(bytes.len());
                assert!(from < to, "wants {wanted:?} of {}", bytes.len());
                player.feed(wanted.start, &bytes[from..to]);
                fetched += to - from;
            }
        }
    }
    panic!("the player never settled");
}

/// A screen as a page keeps it: only damaged rectangles are drawn.
#[derive(Default)]
pub struct Canvas {
    pub width: u32,
    pub pixels: Vec<u32>,
}

impl Canvas {
    pub fn draw(&mut self, player: &mut Player) {
        let rects = player.take_damage();
        let Some(frame) = player.picture() else { return };
        if self.width != frame.width() || self.pixels.len() != frame.pixels().len() {
            self.width = frame.width();
            self.pixels = vec![0xDEAD; frame.pixels().len()];
        }
        for rect in rects {
            for y in rect.y..rect.y + rect.height {
                let row = (y * frame.width() + rect.x) as usize..(y * frame.width() + rect.x + rect.width) as usize;
                self.pixels[row.clone()].copy_from_slice(&frame.pixels()[row]);
            }
        }
    }
}
