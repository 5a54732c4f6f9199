//! `frame`: pixel for pixel what was on the screen.

use std::path::{Path, PathBuf};

use recording::{Assembler, BlockKind, BlockWriter, End, EndReason, Group, Monitor, Track, TrackKind};
use screen::{Damage, Encoded, Encoder, EncoderOptions, Frame};

use crate::made::{anchor, header};
use crate::{kinescope, text, vector};

/// Pictures that differ from moment to moment, a new size among them.
fn picture(number: u32) -> Frame {
    drawn(number, number / 4)
}

/// The same over a ground that stays.
fn calm(number: u32) -> Frame {
    drawn(number, 0)
}

fn drawn(number: u32, ground: u32) -> Frame {
    let (width, height) = if number < 15 { (160, 90) } else { (120, 100) };
    let mut frame = Frame::new(width, height).unwrap();
    for (at, pixel) in frame.pixels_mut().iter_mut().enumerate() {
        let (x, y) = (at as u32 % width, at as u32 / width);
        *pixel = if x / 8 == number % 15 { 0x00ff_8000 + y } else { ((x * 7 + y * 3) << 8) | ground };
    }
    frame
}

fn monitor(name: &str, x: u32) -> Monitor {
    Monitor { name: name.to_owned(), x, y: 10, width: 100, height: 50, primary: false }
}

/// Twenty pictures, a tenth of a second apart, a new group every fourth.
fn recorded(folder: &Path) -> PathBuf {
    let path = folder.join("pictures.kin");
    std::fs::write(&path, made(true, picture)).unwrap();
    path
}

/// The same, with groups that have a key frame, or such that build on the first one of their size.
fn made(key_frames: bool, shown: fn(u32) -> Frame) -> Vec<u8> {
    let (mut assembler, mut out) = Assembler::new(&header()).unwrap();
    let writer = BlockWriter::new();
    let mut encoder = Encoder::new(EncoderOptions { key_frame_interval_us: 400_000, ..EncoderOptions::default() });
    let (mut blocks, mut groups, mut newest_key) = (Vec::new(), 0, None);
    for number in 0..20 {
        let time_us = u64::from(number) * 100_000 + 50_000;
        if key_frames && number % 4 == 0 {
            encoder.force_key();
        }
        let encoded = encoder.encode(&shown(number), Damage::Whole, time_us);
        let Some(payload) = encoded.payload() else { continue };
        let base = newest_key.filter(|_| matches!(encoded, Encoded::Restart(_)));
        match encoded {
            Encoded::Unchanged | Encoded::Delta(_) => {}
            Encoded::Key(_) | Encoded::Restart(_) => {
                let tracks = vec![Track { id: 1, kind: TrackKind::Screen }];
                let monitors =
                    if groups % 2 == 0 { Vec::new() } else { vec![monitor("left", 0), monitor("right \u{1b}", 100)] };
                let number = groups;
                let group =
                    Group { number, base, tracks, key_frame_interval_us: 60_000_000, monitors, ..Group::default() };
                newest_key = base.or(Some(number));
                groups += 1;
                writer.group(&group, time_us, &mut blocks).unwrap();
            }
        }
        writer.data(1, time_us, payload, &mut blocks).unwrap();
    }
    assert!(groups >= 5);
    assembler.accept(&blocks, &anchor(), &mut out).unwrap();
    let end = End { reason: EndReason::Stopped, text: String::new(), successor: None };
    assembler.end(&end, 2_000_000, &anchor(), &mut out).unwrap();
    out
}

fn frame(file: &Path, at: &str) -> Frame {
    let shown = kinescope(["frame", file.to_str().unwrap(), "--at", at, "-o", "-"]);
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown.stderr));
    decoded(&shown.stdout)
}

fn decoded(png: &[u8]) -> Frame {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    let pixels = rgb.chunks_exact(3).map(|rgb| u32::from_be_bytes([0, rgb[0], rgb[1], rgb[2]])).collect();
    Frame::from_pixels(info.width, info.height, pixels).unwrap()
}

#[test]
fn every_moment_is_shown_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let moments = [("0", 0), ("0.05", 0), ("0.149999", 0), ("0.15", 1), ("0.5", 4), ("1.0", 9), ("0:01.5", 14)];
    for (at, number) in moments.into_iter().chain([("1.55", 15), ("1.95", 19), ("00:00:07", 19), ("end", 19)]) {
        assert!(frame(&file, at) == picture(number), "at {at}");
    }
}

#[test]
fn one_monitors_part_is_cut_out_where_it_lay_at_that_moment() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let of =
        |name: &str, at: &str| kinescope(["frame", file.to_str().unwrap(), "--at", at, "--monitor", name, "-o", "-"]);
    for (name, at, number, columns) in
        [("left", "0.5", 4, 0..100), ("right \u{1b}", "0.5", 4, 100..160), ("right \u{1b}", "end", 19, 100..120)]
    {
        let shown = of(name, at);
        assert_eq!(shown.status.code(), Some(0), "{}", text(&shown.stderr));
        let (part, whole) = (decoded(&shown.stdout), picture(number));
        assert_eq!((part.width() as usize, part.height()), (columns.len(), 50), "{name} at {at}");
        assert!((0..50).all(|y| part.row(y) == &whole.row(y + 10)[columns.clone()]), "{name} at {at}");
    }
    let unknown = of("middle", "0.5");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains(r#"there were "left", "right \u{1b}""#), "{}", text(&unknown.stderr));
    let none = of("left", "0");
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("one monitor's"), "{}", text(&none.stderr));
}

#[test]
fn a_growing_recording_shows_its_moments_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() * 6 / 10]).unwrap();
    assert!(frame(&file, "0.5") == picture(4));
}

#[test]
fn damage_before_the_moment_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path());
    let mut bytes = std::fs::read(&file).unwrap();
    let blocks = recording::split_blocks(0, &bytes).unwrap();
    let frames: Vec<_> = blocks.iter().filter(|block| block.kind == 3).collect();
    bytes[frames[6].end() as usize - 6] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let png = folder.path().join("x.png");
    let shown = kinescope(["frame", file.to_str().unwrap(), "--at", "0.75", "-o", png.to_str().unwrap()]);
    assert_eq!(shown.status.code(), Some(3));
    assert!(text(&shown.stderr).contains("may be older"));
    assert!(decoded(&std::fs::read(&png).unwrap()) == picture(5));
    assert!(frame(&file, "0.85") == picture(8), "the next group is whole");
}

#[test]
fn a_recording_without_pictures_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = recording::split_blocks(0, &std::fs::read(vector("growing")).unwrap()).unwrap();
    let file = folder.path().join("header.kin");
    std::fs::write(&file, &blocks[0].bytes).unwrap();
    let png = folder.path().join("x.png");
    let refused = kinescope(["frame", file.to_str().unwrap(), "--at", "0", "-o", png.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("holds no picture"));
    assert!(!png.exists());
}

#[test]
fn groups_that_build_on_a_damaged_picture_are_shown_by_its_copy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("damaged.kin");
    let mut bytes = made(false, calm);
    let blocks = recording::split_blocks(0, &bytes).unwrap();
    let (copies, data): (Vec<_>, Vec<_>) = blocks
        .iter()
        .filter(|block| matches!(block.known_kind(), Some(BlockKind::Copy | BlockKind::Data)))
        .partition(|block| block.known_kind() == Some(BlockKind::Copy));
    assert!(!copies.is_empty());
    bytes[data[0].end() as usize - 6] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    for (at, number) in [("0.5", 4), ("1.0", 9), ("1.35", 13), ("end", 19)] {
        assert!(frame(&file, at) == calm(number), "at {at}");
    }
    let before = kinescope(["frame", file.to_str().unwrap(), "--at", "0.2", "-o", "-"]);
    assert_ne!(before.status.code(), Some(0), "its own group is harmed");
    // With the copy damaged, too, nobody is shown another picture for it.
    bytes[copies[0].end() as usize - 6] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let after = kinescope(["frame", file.to_str().unwrap(), "--at", "0.5", "-o", "-"]);
    assert_ne!(after.status.code(), Some(0), "{}", text(&after.stderr));
}
