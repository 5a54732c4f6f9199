//! Makes recordings for tests and measurements of the player, without a display.
//!
//! `make_recording pattern --seconds 30 -o FILE [--gap] [--grow] [--pictures]`: pictures that a test can compute: see
//! [`pattern`]. With `--grow` the file is written as time passes, like that of a session under way; with
//! `--pictures` it has two monitors, and a thumbnail of every second; with `--performance` events say how busy a machine was
//! (processors by the number of the second); with `--no-picture` it has events alone; with `--documents` copies of what was printed.
//!
//! `make_recording repeat --size 1920x1080 --fps 10 --seconds 3600 -o FILE < raw BGRX frames`: real content, encoded once
//! and repeated with shifted times until the recording is as long as asked.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use clap::Parser;
use recording::{
    Anchor, Assembler, BlockKind, BlockWriter, DocumentDigest, DocumentPart, End, EndReason, Event, Gap, GapReason,
    Group, Header, KeptDocument, MAX_DOCUMENT_PART_BYTES, Monitor, RecordingId, SealClass, SessionFacts, StartReason,
    Track, TrackKind, split_blocks,
};
use screen::pointer::{PointerChange, PointerEncoder};
use screen::{Damage, Encoded, Encoder, EncoderOptions, Frame};
use sealing::{PublicKey, SealPlan, Sealer, Seed};

#[derive(Parser)]
enum Command {
    /// Pictures that a test can compute.
    Pattern(Pattern),
    /// Frames from standard input, repeated.
    Repeat(Repeat),
}

#[derive(clap::Args)]
struct Pattern {
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    #[arg(short)]
    output: PathBuf,
    /// Leave out the tenth to the fifteenth second and declare it.
    #[arg(long)]
    gap: bool,
    /// Write as time passes.
    #[arg(long)]
    grow: bool,
    /// Two monitors side by side, and a thumbnail every second.
    #[arg(long)]
    pictures: bool,
    /// Every fifteen seconds an event that says how busy the machine was.
    #[arg(long)]
    performance: bool,
    /// Events alone.
    #[arg(long)]
    no_picture: bool,
    /// From the third second on a long letter is kept, a part each tenth of a second; in the ninth two short ones at one moment, and one
    /// that is not what its event says.
    #[arg(long)]
    documents: bool,
    /// Seal everything for this public key.
    #[arg(long, value_name = "PUBLIC-KEY")]
    seal_for: Option<PublicKey>,
}

#[derive(clap::Args)]
struct Repeat {
    #[arg(long)]
    size: String,
    #[arg(long, default_value_t = 10)]
    fps: u64,
    #[arg(long)]
    seconds: u64,
    #[arg(short)]
    output: PathBuf,
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Pattern(args) => make_pattern(&args),
        Command::Repeat(args) => repeat(&args),
    }
}

/// One change of what is recorded, ready to be written at any time.
#[derive(Clone)]
enum Change {
    Key(Vec<u8>),
    Restart(Vec<u8>),
    Delta(Vec<u8>),
}

/// A recording being written.
struct Recording {
    file: File,
    id: RecordingId,
    assembler: Assembler,
    writer: BlockWriter,
    groups: u64,
    /// The newest key frame's group.
    base: Option<u64>,
    monitors: Vec<Monitor>,
    started: Anchor,
    sealer: Option<Sealer>,
    no_picture: bool,
    documents: bool,
}

impl Recording {
    fn create(path: &PathBuf) -> anyhow::Result<Self> {
        let unix_us = i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_micros())?;
        let started = Anchor { unix_us, boottime_us: 1_000_000, boot_id: "made".into(), uncertainty_us: 0 };
        let header = Header {
            format: recording::FORMAT_VERSION,
            recording: RecordingId::from_parts(u64::try_from(unix_us)? / 1000, [1; 10]),
            session: session(),
            started: started.clone(),
            software: "make_recording".into(),
            follows: None,
            reason: StartReason { policy: "made".into(), rule: None, text: "made for a test".into() },
        };
        let (assembler, bytes) = Assembler::new(&header)?;
        let mut file = File::create(path).with_context(|| format!("creating {}", path.display()))?;
        file.write_all(&bytes)?;
        Ok(Self {
            file,
            assembler,
            writer: BlockWriter::new(),
            groups: 0,
            base: None,
            monitors: Vec::new(),
            started,
            id: header.recording,
            sealer: None,
            no_picture: false,
            documents: false,
        })
    }

    /// Seals what is written from here on.
    fn seal_for(&mut self, recipient: PublicKey) -> anyhow::Result<()> {
        let plan = SealPlan::new(SealClass::ALL.to_vec(), vec![recipient])?;
        self.sealer = Some(Sealer::new(self.id, plan));
        Ok(())
    }

    /// The same blocks, sealed. Every payload fits one block here.
    fn sealed(&mut self, blocks: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let Some(sealer) = &mut self.sealer else { return Ok(blocks) };
        let mut out = Vec::new();
        for block in split_blocks(0, &blocks)? {
            if block.known_kind() == Some(BlockKind::Group) {
                let group: Group = serde_json::from_slice(block.payload())?;
                let keys = sealer.begin_group(group.number, &group.tracks, &Seed::new(rand::random()))?;
                self.writer.group(&Group { keys, ..group }, block.time_us, &mut out)?;
            } else if let Some(sealed) = sealer.seal(block.track, block.time_us, block.payload())? {
                self.writer.sealed_data(block.track, block.time_us, &sealed, &mut out)?;
            }
        }
        Ok(out)
    }

    fn anchor(&self, time_us: u64) -> Anchor {
        let mut anchor = self.started.clone();
        anchor.unix_us += time_us.cast_signed();
        anchor.boottime_us += time_us;
        anchor
    }

    fn write(&mut self, time_us: u64, change: &Change, also: &[u8]) -> anyhow::Result<()> {
        let mut blocks = Vec::new();
        let payload = match change {
            Change::Delta(payload) => payload,
            Change::Key(payload) | Change::Restart(payload) => {
                if matches!(change, Change::Key(_)) {
                    self.base = None;
                }
                let kinds = [TrackKind::Screen, TrackKind::Pointer, TrackKind::Events, TrackKind::Thumbnails];
                let kinds = kinds.into_iter().filter(|kind| !self.no_picture || *kind == TrackKind::Events);
                let kinds = kinds.chain(self.documents.then_some(TrackKind::Documents));
                let tracks = kinds.map(|kind| Track { id: kind.number(), kind }).collect();
                let monitors = self.monitors.clone();
                let (number, base) = (self.groups, self.base);
                let group =
                    Group { number, base, tracks, key_frame_interval_us: 60_000_000, monitors, ..Group::default() };
                self.writer.group(&group, time_us, &mut blocks)?;
                self.base.get_or_insert(number);
                self.groups += 1;
                payload
            }
        };
        if !self.no_picture {
            self.writer.data(1, time_us, payload, &mut blocks)?;
        }
        blocks.extend_from_slice(also);
        let blocks = self.sealed(blocks)?;
        let mut out = Vec::new();
        self.assembler.accept(&blocks, &self.anchor(time_us), &mut out)?;
        Ok(self.file.write_all(&out)?)
    }

    fn end(mut self, time_us: u64) -> anyhow::Result<()> {
        let mut out = Vec::new();
        let end = End { reason: EndReason::Stopped, text: "as long as asked".into(), successor: None };
        let anchor = self.anchor(time_us);
        self.assembler.end(&end, time_us, &anchor, &mut out)?;
        Ok(self.file.write_all(&out)?)
    }
}

fn session() -> SessionFacts {
    SessionFacts::desktop("made", "made", "made")
}

fn changed(encoded: Encoded) -> Option<Change> {
    match encoded {
        Encoded::Unchanged => None,
        Encoded::Delta(payload) => Some(Change::Delta(payload)),
        Encoded::Key(payload) => Some(Change::Key(payload)),
        Encoded::Restart(payload) => Some(Change::Restart(payload)),
    }
}

/// The picture of tenth of a second `step`: red is `step`, green 255 − `step` (both modulo 256) on the left half; a
/// ramp of the column on the right half.
fn pattern(step: u64) -> anyhow::Result<Frame> {
    let mut frame = Frame::new(320, 200)?;
    let (red, green) = ((step & 0xFF) as u32, (255 - (step & 0xFF)) as u32);
    for y in 0..200 {
        for (x, pixel) in (0u32..).zip(frame.row_mut(y)) {
            *pixel = if x < 160 { red << 16 | green << 8 | 0x40 } else { (x & 0xFF) << 16 | y };
        }
    }
    Ok(frame)
}

/// What the fifteen seconds before a second were like.
fn performance(until: u64) -> Event {
    let seconds = || until - 15..until;
    Event::new("performance")
        .with("cpu_percents", seconds().map(|second| second % 100).collect::<Vec<_>>())
        .with("memory_megabytes", seconds().map(|second| 3_000 + second % 700).collect::<Vec<_>>())
        .with("received", seconds().map(|second| second % 90 * 1_000).collect::<Vec<_>>())
        .with("sent", seconds().map(|second| second % 7 * 500).collect::<Vec<_>>())
        .with("round_trip_ms", 10 + until % 60)
}

/// Every fifth pixel of every fifth row.
fn thumbnail(frame: &Frame) -> anyhow::Result<Vec<u8>> {
    let rows = (0..frame.height()).step_by(5).map(|y| frame.row(y));
    let pixels = rows.flat_map(|row| row.iter().step_by(5));
    let rgb: Vec<u8> = pixels.flat_map(|pixel| pixel.to_be_bytes().into_iter().skip(1)).collect();
    let mut jpeg = Vec::new();
    jpeg_encoder::Encoder::new(&mut jpeg, 90).encode(&rgb, 64, 40, jpeg_encoder::ColorType::Rgb)?;
    Ok(jpeg)
}

/// What of the documents is written at a step.
fn document(step: u64, writer: &BlockWriter, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let time_us = step * 100_000;
    let long: Vec<u8> = (0..1_000_000u32).map(|at| (at % 253) as u8).collect();
    let part = |number: u64, offset: u64, bytes: &[u8], out: &mut Vec<u8>| {
        writer.data(5, time_us, &DocumentPart { number, offset, bytes }.to_payload(), out)
    };
    let kept = |number: u64, from_us: u64, name: &str, bytes: &[u8]| {
        let mut digest = DocumentDigest::default();
        digest.add(bytes);
        let (size_bytes, sha256) = (digest.size_bytes(), digest.sha256());
        KeptDocument { number, from_us, size_bytes, sha256, name: name.to_owned(), is_cut: false }.to_event()
    };
    let parts = long.chunks(MAX_DOCUMENT_PART_BYTES);
    let last = 30 + u64::try_from(parts.len())?;
    if let Some((at, bytes)) = (30..).zip(parts).find(|(at, _)| *at == step) {
        part(1, (at - 30) * MAX_DOCUMENT_PART_BYTES as u64, bytes, out)?;
    } else if step == last {
        writer.event(3, time_us, &kept(1, 3_000_000, "../<b>long</b> letter.pdf", &long), out)?;
    } else if step == 90 {
        for (number, name, bytes) in [(2, "one.txt", "the first"), (3, "two.txt", "the second")] {
            part(number, 0, bytes.as_bytes(), out)?;
            writer.event(3, time_us, &kept(number, time_us, name, bytes.as_bytes()), out)?;
        }
        part(4, 0, b"something else", out)?;
        writer.event(3, time_us, &kept(4, time_us, "forged.txt", b"what was said"), out)?;
    }
    Ok(())
}

fn make_pattern(args: &Pattern) -> anyhow::Result<()> {
    let mut made = Recording::create(&args.output)?;
    (made.no_picture, made.documents) = (args.no_picture, args.documents);
    if let Some(recipient) = args.seal_for {
        made.seal_for(recipient)?;
    }
    if args.pictures {
        let monitor = |name: &str, x| Monitor { name: name.into(), x, y: 0, width: 160, height: 200, primary: x == 0 };
        made.monitors = vec![monitor("left", 0), monitor("<i>right</i>", 160)];
    }
    let options = EncoderOptions { key_frame_interval_us: 5_000_000, ..EncoderOptions::default() };
    let mut encoder = Encoder::new(options);
    let mut pointer = PointerEncoder::new();
    let arrow = PointerChange::Shape { hot_x: 0, hot_y: 0, width: 8, height: 12, argb: vec![0xFF00_0000; 96] };
    pointer.encode(&arrow)?;
    let begun = Instant::now();
    for step in 0..args.seconds * 10 {
        let time_us = step * 100_000;
        if args.grow {
            std::thread::sleep(Duration::from_micros(time_us).saturating_sub(begun.elapsed()));
        }
        if args.gap && (100..150).contains(&step) {
            if step == 100 {
                let (reason, text) = (GapReason::SpoolFull, "<b>disk</b> was full".to_owned());
                let gap =
                    Gap { from_us: time_us, to_us: 15_000_000, reason, text, chain_before: None, chain_after: None };
                let mut out = Vec::new();
                made.assembler.gap(&gap, &mut out)?;
                made.file.write_all(&out)?;
                encoder.force_key();
            }
            continue;
        }
        let shown = pattern(step)?;
        let Some(change) = changed(encoder.encode(&shown, Damage::Whole, time_us)) else { continue };
        let mut also = Vec::new();
        if args.pictures && step % 10 == 0 {
            made.writer.data(4, time_us, &thumbnail(&shown)?, &mut also)?;
        }
        if matches!(change, Change::Key(_)) && !args.no_picture {
            made.writer.data(2, time_us, &pointer.snapshot(), &mut also)?;
        }
        let place = PointerChange::Moved { x: i32::try_from(step % 300)?, y: 50 };
        if let Some(moved) = pointer.encode(&place)?.filter(|_| !args.no_picture) {
            made.writer.data(2, time_us, &moved, &mut also)?;
        }
        if step % 70 == 20 {
            let event = Event::new("marker").with("text", format!("<img src=x onerror=alert(1)> {step}"));
            made.writer.event(3, time_us, &event, &mut also)?;
        }
        if args.performance && step % 150 == 0 && step > 0 {
            made.writer.event(3, time_us, &performance(step / 10), &mut also)?;
        }
        if args.documents {
            document(step, &made.writer, &mut also)?;
        }
        made.write(time_us, &change, &also)?;
    }
    made.end(args.seconds * 1_000_000)
}

fn repeat(args: &Repeat) -> anyhow::Result<()> {
    let Some((width, height)) = args.size.split_once('x') else { bail!("a size is WIDTHxHEIGHT") };
    let (width, height): (u32, u32) = (width.parse()?, height.parse()?);
    let mut encoder = Encoder::new(EncoderOptions::default());
    let mut input = BufReader::with_capacity(1 << 20, std::io::stdin().lock());
    let mut raw = vec![0; width as usize * height as usize * 4];
    let mut frame = Frame::new(width, height)?;
    let (mut changes, mut frames) = (Vec::new(), 0u64);
    let frame_us = 1_000_000 / args.fps;
    while input.read_exact(&mut raw).is_ok() {
        for (pixel, bytes) in frame.pixels_mut().iter_mut().zip(raw.chunks_exact(4)) {
            *pixel = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        }
        let time_us = frames * frame_us;
        changes.extend(changed(encoder.encode(&frame, Damage::Whole, time_us)).map(|change| (time_us, change)));
        frames += 1;
        if time_us >= args.seconds * 1_000_000 {
            break;
        }
    }
    let mut made = Recording::create(&args.output)?;
    let round_us = frames * frame_us;
    if round_us == 0 {
        bail!("no frame of {width}x{height} on standard input");
    }
    let end_us = args.seconds * 1_000_000;
    for round in 0..end_us.div_ceil(round_us) {
        for (time_us, change) in &changes {
            let time_us = round * round_us + time_us;
            if time_us < end_us {
                made.write(time_us, change, &[])?;
            }
        }
    }
    let groups = made.groups;
    made.end(end_us)?;
    println!("{frames} frames, {groups} groups, {} bytes", std::fs::metadata(&args.output)?.len());
    Ok(())
}
