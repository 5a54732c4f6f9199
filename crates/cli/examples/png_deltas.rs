//! A peer for `benches/screen.sh`: each picture's changed box as a PNG, with a whole picture every ten seconds.
//!
//! usage: `ffmpeg … -f rawvideo -pix_fmt bgr0 - | png_deltas WIDTHxHEIGHT` (ten frames a second). Prints frames, bytes,
//! CPU milliseconds a frame and whether every frame came back exactly, separated by tabs.
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::time::Duration;

use anyhow::Context;
use nix::time::{ClockId, clock_gettime};

/// Bytes of a box and a time beside each PNG: four numbers of two bytes and one of eight.
const BOX_BYTES: usize = 16;
/// A whole picture after so many frames, with the next change.
const KEY_FRAME_FRAMES: u64 = 100;

/// Pixels of three bytes, row by row.
struct Picture {
    width: usize,
    rgb: Vec<u8>,
}

/// Left, top, right (exclusive), bottom (exclusive).
type Area = (usize, usize, usize, usize);

fn main() -> anyhow::Result<()> {
    let size = std::env::args().nth(1).context("usage: png_deltas WIDTHxHEIGHT <frames")?;
    let (width, height) = size.split_once('x').context("the size is WIDTHxHEIGHT")?;
    let (width, height) = (width.parse()?, height.parse()?);
    let picture = || Picture { width, rgb: vec![0; width * height * 3] };
    let (mut given, mut shown, mut decoded) = (picture(), picture(), picture());
    let (mut frames, mut bytes, mut spent, mut exact) = (0u64, 0, Duration::ZERO, true);
    let mut key_at = None;
    let mut input = BufReader::new(io::stdin().lock());
    let mut raw = vec![0; width * height * 4];
    while read_frame(&mut input, &mut raw, &mut given.rgb)? {
        let before = cpu()?;
        let whole = key_at.is_none_or(|at| frames >= at + KEY_FRAME_FRAMES);
        let coded = changed(&shown, &given).map(|area| if whole { (0, 0, width, height) } else { area });
        let png = coded.map(|area| encode(&given, area)).transpose()?;
        shown.rgb.copy_from_slice(&given.rgb);
        spent += cpu()? - before;
        if let (Some(area), Some(png)) = (coded, png) {
            key_at = if whole { Some(frames) } else { key_at };
            bytes += BOX_BYTES + png.len();
            decode(&png, area, &mut decoded)?;
        }
        exact &= decoded.rgb == given.rgb;
        frames += 1;
    }
    anyhow::ensure!(frames > 0, "standard input holds no frame");
    let mean = spent.as_secs_f64() * 1000.0 / frames as f64;
    println!("{frames}\t{bytes}\t{mean:.3}\t{}", if exact { "yes" } else { "no" });
    Ok(())
}

fn read_frame(input: &mut impl Read, raw: &mut [u8], rgb: &mut [u8]) -> anyhow::Result<bool> {
    match input.read_exact(raw) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    for (pixel, bytes) in rgb.chunks_exact_mut(3).zip(raw.chunks_exact(4)) {
        pixel.copy_from_slice(&[bytes[2], bytes[1], bytes[0]]);
    }
    Ok(true)
}

/// The smallest box around all changes.
fn changed(before: &Picture, after: &Picture) -> Option<Area> {
    let stride = after.width * 3;
    let mut area: Option<Area> = None;
    for (y, (old, new)) in before.rgb.chunks_exact(stride).zip(after.rgb.chunks_exact(stride)).enumerate() {
        if old == new {
            continue;
        }
        let differs = |at: &usize| old[*at] != new[*at];
        let (Some(first), Some(last)) = ((0..stride).find(differs), (0..stride).rfind(differs)) else { continue };
        let (left, top, right, _) = area.unwrap_or((after.width, y, 0, 0));
        area = Some((left.min(first / 3), top, right.max(last / 3 + 1), y + 1));
    }
    area
}

fn encode(picture: &Picture, (left, top, right, bottom): Area) -> anyhow::Result<Vec<u8>> {
    let rows =
        (top..bottom).flat_map(|y| &picture.rgb[(y * picture.width + left) * 3..(y * picture.width + right) * 3]);
    let cut: Vec<u8> = rows.copied().collect();
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, u32::try_from(right - left)?, u32::try_from(bottom - top)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&cut)?;
    Ok(png)
}

fn decode(png: &[u8], (left, top, right, bottom): Area, into: &mut Picture) -> anyhow::Result<()> {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info()?;
    let mut cut = vec![0; (right - left) * (bottom - top) * 3];
    reader.next_frame(&mut cut)?;
    for (y, row) in (top..bottom).zip(cut.chunks_exact((right - left) * 3)) {
        let start = (y * into.width + left) * 3;
        into.rgb[start..start + row.len()].copy_from_slice(row);
    }
    Ok(())
}

/// CPU time of this thread so far.
fn cpu() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}
