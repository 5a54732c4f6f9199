//! `kinescope bench`: what the codecs make of given material, in figures.

mod verify;

use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use screen::{Damage, Decoder, Encoded, Encoder, EncoderOptions, Frame, Ledger, Level, Part};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

/// Measure codecs and the verifier, on material of your own.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    codec: Codec,
}

#[derive(clap::Subcommand)]
enum Codec {
    Screen(ScreenArgs),
    Verify(verify::VerifyArgs),
}

/// Encode raw frames from standard input with the screen codec; print size and cost as JSON.
///
/// Frames are BGRX (4 bytes a pixel, the fourth ignored), one after another. CPU is this thread's (the codec uses no
/// other) for comparing and encoding; reading is left out. Memory is the whole process's highest, the decoder's
/// included where one is used.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  ffmpeg -v error -i screen.mkv -f rawvideo -pix_fmt bgr0 - | kinescope bench screen --size 1920x1080 --fps 10 --exact")]
struct ScreenArgs {
    /// Size of the frames, as WIDTHxHEIGHT.
    #[arg(long)]
    size: Size,
    /// Frames a second; decides where key frames fall.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    fps: u32,
    /// How much work to put into small recordings.
    #[arg(long, value_enum, default_value_t = LevelArg::Default)]
    level: LevelArg,
    /// Longest time between key frames, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    key_frame_interval: u32,
    /// Decode every frame, and fail unless it equals the one that was given.
    #[arg(long)]
    exact: bool,
    /// Also say what the bytes were spent on, by kind of payload: moves, reuse, text, colours, photographs. Decodes everything.
    #[arg(long)]
    kinds: bool,
    /// Print the XXH3-64 of every decoded frame (blue, green, red of each pixel in order) on standard error.
    #[arg(long)]
    hashes: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LevelArg {
    Default,
    Dense,
}

#[derive(Clone, Copy)]
struct Size {
    width: u32,
    height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let sides = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        let (width, height) = sides.ok_or("expected WIDTHxHEIGHT, for example 1920x1080")?;
        Ok(Size { width, height })
    }
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (figures, kept) = match &args.codec {
        Codec::Screen(args) => (measure(args, &mut io::stdin().lock())?, true),
        Codec::Verify(args) => verify::measure(args)?,
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &figures)?;
    writeln!(out)?;
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Bytes of a frame that are read at once.
const PIECE_BYTES: usize = 64 << 10;

/// What is counted over all frames.
#[derive(Default)]
struct Totals {
    frames: u64,
    bytes: u64,
    key_frames: u64,
    key_bytes: u64,
    restarts: u64,
    /// Bytes of the newest key frame until the recording holds its second copy: from the first restart on.
    not_copied: Option<u64>,
    copies: u64,
    copy_bytes: u64,
    group_bytes: u64,
    largest_group_bytes: u64,
    encode_ms: Vec<f64>,
    group_decode_ms: f64,
    longest_group_decode_ms: f64,
    decode_ms: f64,
    /// Of key frames, restarts, and changes, where they are counted.
    ledgers: Option<[Ledger; 3]>,
}

fn measure(args: &ScreenArgs, input: &mut impl Read) -> anyhow::Result<Value> {
    let mut frame = Frame::new(args.size.width, args.size.height)?;
    let level = match args.level {
        LevelArg::Default => Level::Default,
        LevelArg::Dense => Level::Dense,
    };
    let key_frame_interval_us = u64::from(args.key_frame_interval) * 1_000_000;
    let mut encoder = Encoder::new(EncoderOptions { level, key_frame_interval_us });
    let mut decoder = (args.exact || args.hashes || args.kinds).then(Decoder::new);
    let mut totals = Totals { ledgers: args.kinds.then(Default::default), ..Totals::default() };
    let mut piece = vec![0; PIECE_BYTES];
    while read_frame(input, &mut piece, &mut frame)? {
        let time_us = totals.frames * 1_000_000 / u64::from(args.fps);
        let before = thread_cpu()?;
        let encoded = encoder.encode(&frame, Damage::Whole, time_us);
        totals.encode_ms.push(milliseconds(thread_cpu()?.saturating_sub(before)));
        totals.count(&encoded);
        if let Some(decoder) = &mut decoder {
            totals.decode(decoder, &encoded)?;
            check(args, decoder, &frame, totals.frames)?;
        }
        totals.frames += 1;
    }
    ensure!(totals.frames > 0, "standard input holds no frame; see the example under --help");
    totals.figures(decoder.is_some())
}

/// Reads the next frame, a piece at a time: its bytes are not held besides its pixels. False at the end of the input.
fn read_frame(input: &mut impl Read, piece: &mut [u8], frame: &mut Frame) -> anyhow::Result<bool> {
    let mut first = true;
    for pixels in frame.pixels_mut().chunks_mut(piece.len() / 4) {
        let bytes = &mut piece[..pixels.len() * 4];
        if !read_whole(input, bytes)? {
            ensure!(first, "standard input ends inside a frame: is --size right?");
            return Ok(false);
        }
        for (pixel, bytes) in pixels.iter_mut().zip(bytes.chunks_exact(4)) {
            *pixel = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        }
        first = false;
    }
    Ok(true)
}

/// Fills `bytes`; false where nothing is left.
fn read_whole(input: &mut impl Read, bytes: &mut [u8]) -> anyhow::Result<bool> {
    let mut filled = 0;
    while filled < bytes.len() {
        match input.read(&mut bytes[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => anyhow::bail!("standard input ends inside a frame: is --size right?"),
            Ok(more) => filled += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error).context("reading frames from standard input"),
        }
    }
    Ok(true)
}

fn check(args: &ScreenArgs, decoder: &Decoder, given: &Frame, number: u64) -> anyhow::Result<()> {
    let decoded = decoder.frame().context("the decoder shows no picture")?;
    if args.exact {
        let equal =
            decoded.pixels().iter().zip(given.pixels()).all(|(decoded, given)| *decoded == *given & 0x00FF_FFFF);
        ensure!(equal, "frame {number} differs after decoding");
    }
    if args.hashes {
        let colours: Vec<u8> = decoded
            .pixels()
            .iter()
            .flat_map(|pixel| [*pixel as u8, (*pixel >> 8) as u8, (*pixel >> 16) as u8])
            .collect();
        writeln!(io::stderr(), "{:016x}", xxh3_64(&colours))?;
    }
    Ok(())
}

impl Totals {
    fn count(&mut self, encoded: &Encoded) {
        let bytes = match encoded {
            Encoded::Unchanged => 0,
            Encoded::Delta(payload) => payload.len() as u64,
            Encoded::Key(payload) => {
                self.key_frames += 1;
                self.key_bytes += payload.len() as u64;
                self.not_copied = Some(payload.len() as u64);
                self.begin_group(payload)
            }
            Encoded::Restart(payload) => {
                self.restarts += 1;
                if let Some(copied) = self.not_copied.take() {
                    self.copies += 1;
                    self.copy_bytes += copied;
                }
                self.begin_group(payload)
            }
        };
        self.bytes += bytes;
        self.group_bytes += bytes;
        self.largest_group_bytes = self.largest_group_bytes.max(self.group_bytes);
    }

    fn begin_group(&mut self, payload: &[u8]) -> u64 {
        self.group_bytes = 0;
        self.group_decode_ms = 0.0;
        payload.len() as u64
    }

    fn decode(&mut self, decoder: &mut Decoder, encoded: &Encoded) -> anyhow::Result<()> {
        let Some(payload) = encoded.payload() else { return Ok(()) };
        let before = thread_cpu()?;
        let place = match encoded {
            Encoded::Key(_) => 0,
            Encoded::Restart(_) => 1,
            Encoded::Delta(_) | Encoded::Unchanged => 2,
        };
        match &mut self.ledgers {
            Some(ledgers) => decoder.decode_metered(payload, &mut ledgers[place]),
            None => decoder.decode(payload),
        }
        .with_context(|| format!("decoding frame {}", self.frames))?;
        let spent = milliseconds(thread_cpu()?.saturating_sub(before));
        self.decode_ms += spent;
        self.group_decode_ms += spent;
        self.longest_group_decode_ms = self.longest_group_decode_ms.max(self.group_decode_ms);
        Ok(())
    }

    fn figures(mut self, decoded: bool) -> anyhow::Result<Value> {
        self.encode_ms.sort_by(f64::total_cmp);
        let mean = self.encode_ms.iter().sum::<f64>() / self.frames as f64;
        let rank = |share: f64| self.encode_ms[((self.encode_ms.len() - 1) as f64 * share) as usize];
        let max_rss = getrusage(UsageWho::RUSAGE_SELF)?.max_rss() * 1024;
        let mut figures = json!({
            "frames": self.frames,
            "bytes": self.bytes,
            "key_frames": self.key_frames,
            "key_frame_bytes": self.key_bytes,
            "restarts": self.restarts,
            "copies": self.copies,
            "copy_bytes": self.copy_bytes,
            "stored_bytes": self.bytes + self.copy_bytes,
            "largest_group_bytes": self.largest_group_bytes,
            "cpu_ms": { "mean": rounded(mean), "p50": rounded(rank(0.5)), "p99": rounded(rank(0.99)), "max": rounded(rank(1.0)) },
            "max_rss": max_rss,
        });
        if decoded {
            figures["decode_ms"] = json!({
                "mean": rounded(self.decode_ms / self.frames as f64),
                "longest_group": rounded(self.longest_group_decode_ms),
            });
        }
        if let Some([key_frames, restarts, changes]) = &self.ledgers {
            figures["kinds"] = json!({
                "key_frames": by_part(key_frames), "restarts": by_part(restarts), "changes": by_part(changes),
            });
        }
        Ok(figures)
    }
}

/// Bytes by what they say.
fn by_part(ledger: &Ledger) -> Value {
    let name = |part| match part {
        Part::Moves => "moves",
        Part::Cells => "which_cells",
        Part::Reuse => "tiles_seen_before",
        Part::Runs => "runs",
        Part::Remembered => "remembered_surroundings",
        Part::Neighbours => "neighbours",
        Part::Colours => "unpredicted_colours",
        Part::Photographic => "photographic",
        Part::Framing => "framing",
    };
    Part::ALL.into_iter().map(|part| (name(part).to_owned(), json!(ledger.bytes(part).round() as u64))).collect()
}

/// CPU time of this thread so far.
fn thread_cpu() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn rounded(milliseconds: f64) -> f64 {
    (milliseconds * 1000.0).round() / 1000.0
}
