//! `kinescope frame`: the picture at one moment, pixel for pixel, as a PNG.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use recording::{Decoder, Entry, Group, Index, Located, Monitor, RecordingId};
use screen::{Frame, Rect};
use sealing::{KeyRing, Opener};

use crate::key_file::KeyArgs;
use crate::{exit, moment, recording_file};

/// Bytes read at once: a moment's picture usually needs no more than a few of them.
const PIECE_BYTES: usize = 256 << 10;

/// Write the picture at one moment as a PNG.
///
/// The picture is exactly what the screen showed, without the pointer. Before the first picture it is the first one,
/// after the end the last one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope frame recording.kin --at 12.5 -o moment.png
  kinescope frame recording.kin --at 1:02:03 -o - | display
  kinescope frame recording.kin --at end -o last.png
  kinescope frame recording.kin --at 12.5 --monitor HDMI-1 -o right.png
  kinescope frame sealed.kin --key alice.key --at end -o last.png

Exit codes:
  3  the picture was written, but the recording is damaged just before that moment: it may be older")]
pub struct Args {
    /// The recording.
    file: PathBuf,
    /// The moment: seconds (12.5), MM:SS, HH:MM:SS, or `end`.
    #[arg(long, value_name = "T", value_parser = parse_moment)]
    at: u64,
    /// Only this monitor's part of the picture; `kinescope info` lists the monitors.
    #[arg(long, value_name = "NAME")]
    monitor: Option<String>,
    /// Where the PNG goes; `-` for standard output.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    keys: KeyArgs,
}

fn parse_moment(text: &str) -> Result<u64, String> {
    if text == "end" { Ok(u64::MAX) } else { moment::parse(text) }
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let overview = recording_file::overview(&args.file)?;
    let mut file = recording_file::open(&args.file)?;
    let picture = picture_at(&args.file, &mut file, &overview.index, args.at, args.keys.ring()?)?;
    let Some(frame) = picture.screen.frame() else {
        bail!("{} holds no picture that can be read", args.file.display());
    };
    let whole = Rect { x: 0, y: 0, width: frame.width(), height: frame.height() };
    let area = match &args.monitor {
        Some(name) => picture.monitor(name, frame)?,
        None => whole,
    };
    write_png(&args.output, frame, area)?;
    if let Some(gap) = overview.index.gaps.iter().find(|gap| (gap.from_us..gap.to_us).contains(&args.at)) {
        eprintln!("kinescope: that moment lies in a gap ({}); the picture is the last one before it", gap.reason);
    }
    if picture.damaged {
        eprintln!("kinescope: the recording is damaged before that moment; the picture may be older");
        return Ok(ExitCode::from(exit::NOT_INTACT));
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest picture up to a moment, as far as it was decoded.
struct Picture {
    recording: Option<RecordingId>,
    opener: Opener,
    screen: screen::Decoder,
    group: Option<u64>,
    track: Option<u16>,
    monitors: Vec<Monitor>,
    damaged: bool,
}

fn picture_at(path: &Path, file: &mut File, index: &Index, at_us: u64, keys: KeyRing) -> anyhow::Result<Picture> {
    let mut picture = Picture::new(index.recording, keys);
    let Some(group) = index.group_at(at_us) else { return Ok(picture) };
    if let Some(base) = group.base {
        for place in index.base_places(base) {
            entries_from(path, file, place, |located| Ok(picture.take_base(located, base)))?;
            if picture.screen.frame().is_some() {
                break;
            }
        }
    }
    entries_from(path, file, group.offset..u64::MAX, |located| picture.take(located, at_us))?;
    Ok(picture)
}

/// Hands over entry by entry of a place that starts with a group, or a copy, while `take` wants more.
fn entries_from(
    path: &Path,
    file: &mut File,
    place: Range<u64>,
    mut take: impl FnMut(Located) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let named = || path.display().to_string();
    file.seek(SeekFrom::Start(place.start)).with_context(named)?;
    let mut file = file.take(place.end - place.start);
    let mut decoder = Decoder::at(place.start);
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let read = file.read(&mut buffer).with_context(named)?;
        decoder.push(&buffer[..read]);
        while let Some(located) = decoder.next().with_context(named)? {
            if !take(located).with_context(named)? {
                return Ok(());
            }
        }
        if read == 0 {
            return Ok(());
        }
    }
}

impl Picture {
    fn new(recording: Option<RecordingId>, keys: KeyRing) -> Self {
        Self {
            recording,
            opener: Opener::new(keys),
            screen: screen::Decoder::new(),
            group: None,
            track: None,
            monitors: Vec::new(),
            damaged: false,
        }
    }

    /// Takes one more entry on the way to the first picture of group `base`, which another group builds on; false when there
    /// is nothing more to look for in this place.
    fn take_base(&mut self, located: Located, base: u64) -> bool {
        match located.entry {
            Entry::Group(group) if group.number > base => return false,
            Entry::Group(group) => self.begin_group(group),
            Entry::Data { track, payload, sealed, .. } if self.group == Some(base) && Some(track) == self.track => {
                self.decode_base(located.time_us, sealed, payload);
                return false;
            }
            Entry::Copy(copy) if copy.group.number == base => {
                let (sealed, copy) = (copy.sealed(), *copy);
                self.begin_group(copy.group);
                self.decode_base(copy.time_us, sealed, copy.payload);
                return false;
            }
            _ => {}
        }
        true
    }

    /// A base that cannot be read may stand elsewhere; where it does not, what builds on it says so.
    fn decode_base(&mut self, time_us: u64, sealed: bool, payload: Vec<u8>) {
        let opened = self.track.and_then(|track| self.opener.open(track, time_us, sealed, payload).ok());
        if opened.is_none_or(|payload| self.screen.decode(&payload).is_err()) {
            self.screen = screen::Decoder::new();
        }
    }

    fn begin_group(&mut self, group: Group) {
        self.opener.begin_group(self.recording, &group);
        self.group = Some(group.number);
        self.track = group.screen_track();
        self.monitors = group.monitors;
        self.damaged = false;
    }

    /// Takes one more entry; false when the moment is passed and there is a picture to show.
    fn take(&mut self, located: Located, at_us: u64) -> anyhow::Result<bool> {
        if self.screen.frame().is_some() && located.time_us > at_us {
            return Ok(false);
        }
        match located.entry {
            Entry::Group(group) => self.begin_group(group),
            Entry::Data { track, payload, sealed, .. } if Some(track) == self.track => {
                let here = || format!("the picture at byte {}", located.offset);
                let opened = self.opener.open(track, located.time_us, sealed, payload);
                self.screen.decode(&opened.with_context(here)?).with_context(here)?;
            }
            Entry::Damaged { .. } => self.damaged = true,
            _ => {}
        }
        Ok(true)
    }

    /// Where a monitor lay on the picture.
    fn monitor(&self, name: &str, frame: &Frame) -> anyhow::Result<Rect> {
        let found = self.monitors.iter().find(|monitor| monitor.name == name);
        let Some(found) = found.and_then(|monitor| monitor.clipped(frame.width(), frame.height())) else {
            let listed: Vec<String> = self.monitors.iter().map(|monitor| format!("{:?}", monitor.name)).collect();
            match &listed[..] {
                [] => bail!(
                    "the picture of that moment is one monitor's, or nothing is known of any: leave --monitor out"
                ),
                names => bail!("there was no monitor {name:?} at that moment; there were {}", names.join(", ")),
            }
        };
        Ok(Rect { x: found.x, y: found.y, width: found.width, height: found.height })
    }
}

fn write_png(output: &Path, frame: &Frame, area: Rect) -> anyhow::Result<()> {
    let named = || format!("writing {}", output.display());
    if output.as_os_str() == "-" {
        return encode_png(io::stdout().lock(), frame, area).with_context(named);
    }
    let file = File::create(output).with_context(named)?;
    encode_png(file, frame, area).with_context(named)
}

fn encode_png(to: impl Write, frame: &Frame, area: Rect) -> anyhow::Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(to), area.width, area.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let columns = area.x as usize..(area.x + area.width) as usize;
    let pixels = (area.y..area.y + area.height).flat_map(|y| &frame.row(y)[columns.clone()]);
    let rgb: Vec<u8> = pixels.flat_map(|pixel| [(pixel >> 16) as u8, (pixel >> 8) as u8, *pixel as u8]).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(())
}
