//! Kept payloads decode to the pictures written down beside them, for ever: `vectors/screen`.
//!
//! A file of payloads is a row of payloads, each after its length (4 bytes, little-endian). Beside it stands a line for
//! each: for pictures the size and the SHA-256 of the picture after it (red, green, blue of each pixel, row by row), for
//! the pointer its place, whether it is seen, and its shape.
//! `KINESCOPE_WRITE_VECTORS=1 cargo test -p screen vectors` writes those that are not there yet; what is there is kept for ever,
//! and others get other names.

use std::fmt::Write as _;
use std::path::PathBuf;

use screen::pointer::{PointerChange, PointerDecoder, PointerEncoder};
use screen::{Damage, Decoder, Encoder, EncoderOptions, Frame, Level};
use sha2::{Digest, Sha256};

use crate::scene::{Scene, Stroke};

const STALE: &str = "kept payloads must decode for ever";

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "screen", name].iter().collect()
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a program may draw: areas, text, scrolling both ways, windows that come and go, photographs, other sizes.
fn strokes() -> Vec<Stroke> {
    let page = (12, 20, 230, 210);
    let mut strokes = vec![Stroke::Fill((0, 0, 255, 255), 0x20_4060), Stroke::Text(page, 1)];
    strokes.extend((1..7).map(|step| Stroke::Scroll(page, 0, -4 * step)));
    strokes.extend([
        Stroke::Fill((60, 50, 120, 110), 0xF0_F0F0),
        Stroke::Text((64, 60, 110, 90), 3),
        Stroke::Restore(2),
    ]);
    strokes.extend((0..12).map(|key| Stroke::Dot(30 + key * 9, 100, 0x80_0000 + u32::from(key))));
    strokes.extend([Stroke::Photo((100, 80, 128, 128), 5), Stroke::Scroll((100, 80, 128, 128), 9, 5)]);
    strokes.extend((0..4).map(|turn| Stroke::Photo((0, 0, 90, 90), turn)));
    strokes.extend([
        Stroke::Restore(6),
        Stroke::Resize(97, 131),
        Stroke::Text((0, 0, 255, 255), 2),
        Stroke::Resize(1, 1),
    ]);
    strokes
}

fn pictures(level: Level) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(EncoderOptions { level, ..EncoderOptions::default() });
    let mut scene = Scene::new(280, 200);
    let mut payloads = Vec::new();
    for (time_us, stroke) in (0..).step_by(100_000).zip(strokes()) {
        scene.draw(&stroke);
        payloads.extend(encoder.encode(&scene.frame, Damage::Whole, time_us).payload().map(<[u8]>::to_vec));
    }
    payloads
}

/// Shapes that come and come back, more than are remembered.
fn pointers() -> Vec<Vec<u8>> {
    let mut encoder = PointerEncoder::new();
    let mut payloads = vec![encoder.snapshot()];
    for step in 0..90u32 {
        let shape = step * step % 41;
        let (width, height) = (1 + shape % 17, 1 + shape % 23);
        let argb = (0..width * height).map(|at| if at % 5 < 3 { 0 } else { 0xFF00_0000 | (shape * 0x30201) }).collect();
        let changes = [
            PointerChange::Moved { x: step as i32 * 31 - 700, y: 900 - step as i32 * 17 },
            PointerChange::Shape { hot_x: shape % 3, hot_y: 0, width, height, argb },
            PointerChange::Hidden,
        ];
        let taken = if step % 7 == 0 { &changes[..] } else { &changes[..2] };
        payloads.extend(taken.iter().filter_map(|change| encoder.encode(change).unwrap()));
    }
    payloads.push(encoder.snapshot());
    payloads
}

fn described(frame: &Frame) -> String {
    let rgb: Vec<u8> =
        frame.pixels().iter().flat_map(|pixel| [(*pixel >> 16) as u8, (*pixel >> 8) as u8, *pixel as u8]).collect();
    format!("{}x{} {}", frame.width(), frame.height(), hex(&rgb))
}

fn shown_pictures(payloads: &[Vec<u8>]) -> Vec<String> {
    let mut decoder = Decoder::new();
    let decode = |payload: &Vec<u8>| {
        decoder.decode(payload).expect(STALE);
        described(decoder.frame().unwrap())
    };
    payloads.iter().map(decode).collect()
}

fn shown_pointers(payloads: &[Vec<u8>]) -> Vec<String> {
    let mut decoder = PointerDecoder::new();
    let decode = |payload: &Vec<u8>| {
        let state = decoder.decode(payload).expect(STALE);
        let shape = state.shape.as_ref().map_or("none".to_owned(), |shape| {
            let bytes: Vec<u8> = shape.argb().iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
            let (hot_x, hot_y) = shape.hot_spot();
            format!("{}x{} hot {hot_x},{hot_y} {}", shape.width(), shape.height(), hex(&bytes))
        });
        format!("{},{} {} {shape}", state.x, state.y, if state.visible { "seen" } else { "hidden" })
    };
    payloads.iter().map(decode).collect()
}

fn joined(payloads: &[Vec<u8>]) -> Vec<u8> {
    payloads.iter().flat_map(|payload| [&(payload.len() as u32).to_le_bytes(), &payload[..]].concat()).collect()
}

fn split(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (payload, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        payloads.push(payload.to_vec());
        bytes = rest;
    }
    payloads
}

type Show = fn(&[Vec<u8>]) -> Vec<String>;

/// Every vector: its name, how it is made, what it shows.
fn made() -> [(&'static str, Vec<Vec<u8>>, Show); 3] {
    [
        ("pictures-default", pictures(Level::Default), shown_pictures),
        ("pictures-dense", pictures(Level::Dense), shown_pictures),
        ("pointer", pointers(), shown_pointers),
    ]
}

#[test]
fn kept_payloads_decode_to_what_is_written_down() {
    for (name, payloads, show) in made() {
        let (file, beside) = (path(&format!("{name}.payloads")), path(&format!("{name}.expected.txt")));
        if std::env::var_os("KINESCOPE_WRITE_VECTORS").is_some() && !file.exists() {
            std::fs::create_dir_all(path("")).unwrap();
            std::fs::write(&file, joined(&payloads)).unwrap();
            std::fs::write(&beside, show(&payloads).join("\n") + "\n").unwrap();
        }
        let kept = split(&std::fs::read(&file).unwrap());
        let expected = std::fs::read_to_string(&beside).unwrap();
        assert_eq!(kept.len(), expected.lines().count(), "{name}");
        for (number, (shown, expected)) in show(&kept).iter().zip(expected.lines()).enumerate() {
            assert_eq!(shown, expected, "{name}, payload {number}");
        }
    }
}
