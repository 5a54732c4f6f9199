//! What is decoded equals what was encoded, whatever is drawn.

use proptest::prelude::*;
use screen::{Damage, Decoder, Encoded, Encoder, EncoderOptions, Frame, Level, Rect};

use crate::scene::{Scene, stroke};

const COLOUR: u32 = 0x00FF_FFFF;

/// An encoder and a decoder that must agree.
struct Pair {
    encoder: Encoder,
    decoder: Decoder,
    time_us: u64,
}

impl Pair {
    fn new(level: Level) -> Pair {
        let options = EncoderOptions { level, ..EncoderOptions::default() };
        Pair { encoder: Encoder::new(options), decoder: Decoder::new(), time_us: 0 }
    }

    /// Passes a picture through both and compares; gives what the encoder said.
    fn pass(&mut self, frame: &Frame, damage: Damage<'_>) -> Encoded {
        self.time_us += 100_000;
        let before = self.decoder.frame().cloned();
        let encoded = self.encoder.encode(frame, damage, self.time_us);
        if let Some(payload) = encoded.payload() {
            let update = self.decoder.decode(payload).unwrap();
            let same_size = before.as_ref().is_some_and(|before| before.bounds() == frame.bounds());
            assert_eq!(update.resized, !same_size);
            if let Some(before) = before.filter(|_| same_size) {
                assert_outside_unchanged(&before, self.decoder.frame().unwrap(), &update.damaged);
            }
        }
        let decoded = self.decoder.frame().unwrap();
        assert_eq!(decoded.bounds(), frame.bounds());
        let wrong = decoded.pixels().iter().zip(frame.pixels()).position(|(decoded, given)| *decoded != given & COLOUR);
        assert_eq!(wrong, None, "first wrong pixel");
        encoded
    }
}

fn assert_outside_unchanged(before: &Frame, after: &Frame, damaged: &[Rect]) {
    let mut before = before.clone();
    for rect in damaged {
        for y in rect.y..rect.y + rect.height {
            let columns = rect.x as usize..(rect.x + rect.width) as usize;
            before.row_mut(y)[columns.clone()].copy_from_slice(&after.row(y)[columns]);
        }
    }
    assert!(before == *after, "something changed outside of what was said to change");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_picture_comes_back(
        size in (1u32..160, 1u32..160),
        strokes in prop::collection::vec((stroke(), any::<bool>(), 0u8..20), 1..24),
        dense in any::<bool>(),
    ) {
        let mut scene = Scene::new(size.0, size.1);
        let mut pair = Pair::new(if dense { Level::Dense } else { Level::Default });
        pair.pass(&scene.frame, Damage::Whole);
        for (stroke, whole, key) in strokes {
            let drawn = scene.draw(&stroke);
            if key == 0 {
                pair.encoder.force_key();
            }
            let drawn = [drawn];
            pair.pass(&scene.frame, if whole { Damage::Whole } else { Damage::Rects(&drawn) });
        }
    }
}

#[test]
fn narrow_odd_and_huge_pictures_come_back() {
    for (width, height) in [(1, 1), (1, 300), (300, 1), (33, 65), (16_384, 3), (3, 16_384), (1921, 1081)] {
        let mut scene = Scene::new(width, height);
        let mut pair = Pair::new(Level::Default);
        pair.pass(&scene.frame, Damage::Whole);
        for stroke in [
            crate::scene::Stroke::Text((0, 0, 255, 255), 3),
            crate::scene::Stroke::Photo((100, 100, 90, 90), 5),
            crate::scene::Stroke::Scroll((0, 0, 255, 255), 9, 14),
            crate::scene::Stroke::Restore(2),
        ] {
            scene.draw(&stroke);
            pair.pass(&scene.frame, Damage::Whole);
        }
    }
}

#[test]
fn the_unused_byte_is_neither_seen_nor_kept() {
    let mut frame = Frame::new(40, 40).unwrap();
    let mut pair = Pair::new(Level::Default);
    pair.pass(&frame, Damage::Whole);
    frame.pixels_mut().iter_mut().for_each(|pixel| *pixel |= 0xAB00_0000);
    assert_eq!(pair.pass(&frame, Damage::Whole), Encoded::Unchanged);
}

#[test]
fn damage_outside_the_picture_and_none_at_all_are_harmless() {
    let frame = Frame::new(20, 20).unwrap();
    let mut pair = Pair::new(Level::Default);
    pair.pass(&frame, Damage::Whole);
    let far = Rect { x: u32::MAX, y: 5, width: u32::MAX, height: u32::MAX };
    assert_eq!(pair.pass(&frame, Damage::Rects(&[far])), Encoded::Unchanged);
    assert_eq!(pair.pass(&frame, Damage::Rects(&[])), Encoded::Unchanged);
}

#[test]
fn a_key_frame_needs_nothing_before_it() {
    let mut scene = Scene::new(120, 90);
    let mut encoder = Encoder::new(EncoderOptions::default());
    encoder.encode(&scene.frame, Damage::Whole, 0);
    scene.draw(&crate::scene::Stroke::Text((0, 0, 255, 255), 1));
    encoder.encode(&scene.frame, Damage::Whole, 1);
    encoder.force_key();
    let Encoded::Key(payload) = encoder.encode(&scene.frame, Damage::Rects(&[]), 2) else { panic!("no key frame") };
    let mut decoder = Decoder::new();
    decoder.decode(&payload).unwrap();
    assert_eq!(decoder.frame(), Some(&scene.frame));
}
