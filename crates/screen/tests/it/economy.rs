//! What the codec is for: what was on the screen before costs little, and groups stay small enough to seek in.

use screen::{Damage, DecodeError, Decoder, Encoded, Encoder, EncoderOptions, Frame};

use crate::scene::{Scene, Stroke};

const EVERYWHERE: (u8, u8, u8, u8) = (0, 0, 255, 255);

/// Text of many letters, so that lines do not repeat.
fn page(seed: u32) -> Frame {
    let mut scene = Scene::new(640, 480);
    scene.draw(&Stroke::Text(EVERYWHERE, seed));
    for row in 0..40u8 {
        scene.draw(&Stroke::Text((row.wrapping_mul(37), row * 6, 60, 4), seed + 1 + u32::from(row)));
    }
    scene.frame
}

fn bytes(encoded: &Encoded) -> usize {
    encoded.payload().map_or(0, <[u8]>::len)
}

fn delta(encoder: &mut Encoder, frame: &Frame, time_us: u64) -> usize {
    let encoded = encoder.encode(frame, Damage::Whole, time_us);
    assert!(matches!(encoded, Encoded::Delta(_)));
    bytes(&encoded)
}

#[test]
fn scrolled_content_costs_what_is_new_in_it() {
    let before = page(1);
    for (dx, dy) in [(0i32, 20i32), (0, -35), (24, 0), (-18, 0), (11, -13)] {
        let mut encoder = Encoder::new(EncoderOptions::default());
        encoder.encode(&before, Damage::Whole, 0);
        let mut after = before.clone();
        for y in 0..480 {
            for x in 0..640 {
                let (from_x, from_y) = (x - dx, y - dy);
                let inside = (0..640).contains(&from_x) && (0..480).contains(&from_y);
                after.row_mut(y as u32)[x as usize] =
                    if inside { before.row(from_y as u32)[from_x as usize] } else { 0xFF_FFFF };
            }
        }
        let cost = delta(&mut encoder, &after, 1);
        assert!(cost < 300, "{cost} bytes for a move by {dx}, {dy}");
    }
}

#[test]
fn a_window_that_comes_back_costs_almost_nothing() {
    let (one, other) = (page(1), page(5));
    let mut encoder = Encoder::new(EncoderOptions::default());
    encoder.encode(&one, Damage::Whole, 0);
    let mut time_us = 0;
    // Content is remembered when it stood for a moment: something small changes meanwhile.
    let mut rest = |encoder: &mut Encoder, frame: &Frame| {
        let mut frame = frame.clone();
        for step in 0..8 {
            time_us += 1;
            frame.pixels_mut()[0] = step;
            encoder.encode(&frame, Damage::Whole, time_us);
        }
    };
    rest(&mut encoder, &one);
    let first = delta(&mut encoder, &other, 100);
    rest(&mut encoder, &other);
    let again = delta(&mut encoder, &one, 200);
    assert!(again < first / 4 && again < 1000, "{first} bytes at first, {again} when it came back");
}

#[test]
fn a_letter_typed_costs_tens_of_bytes() {
    let mut frame = page(1);
    let mut encoder = Encoder::new(EncoderOptions::default());
    encoder.encode(&frame, Damage::Whole, 0);
    let letter: Vec<Vec<u32>> = (0..9).map(|y| frame.row(24 + y)[70..77].to_vec()).collect();
    for (row, y) in letter.iter().zip(200..) {
        frame.row_mut(y)[303..310].copy_from_slice(row);
    }
    let cost = delta(&mut encoder, &frame, 1);
    assert!(cost < 100, "{cost} bytes");
}

#[test]
fn groups_end_by_time_and_by_what_they_cost() {
    let options = EncoderOptions { key_frame_interval_us: 1_000_000, ..EncoderOptions::default() };
    let mut encoder = Encoder::new(options);
    let mut frame = page(1);
    encoder.encode(&frame, Damage::Whole, 0);
    frame.pixels_mut()[5] ^= 1;
    assert!(matches!(encoder.encode(&frame, Damage::Whole, 999_999), Encoded::Delta(_)));
    assert_eq!(encoder.encode(&frame, Damage::Whole, 1_000_000), Encoded::Unchanged);
    frame.pixels_mut()[5] ^= 1;
    assert!(matches!(encoder.encode(&frame, Damage::Whole, 1_000_000), Encoded::Restart(_)));
    frame.pixels_mut()[5] ^= 1;
    assert!(
        matches!(encoder.encode(&frame, Damage::Whole, 10_000_000), Encoded::Key(_)),
        "a key frame does not last for ever"
    );

    let mut encoder = Encoder::new(EncoderOptions::default());
    let mut scene = Scene::new(640, 480);
    let (mut group, mut largest, mut keys) = (0, 0, 0);
    for step in 0..60 {
        scene.draw(&Stroke::Photo(EVERYWHERE, step * 77));
        let encoded = encoder.encode(&scene.frame, Damage::Whole, u64::from(step));
        if matches!(encoded, Encoded::Key(_) | Encoded::Restart(_)) {
            (group, keys) = (0, keys + 1);
        }
        group += bytes(&encoded);
        largest = largest.max(group);
    }
    assert!(keys > 1 && largest <= 3_000_000, "{keys} groups, the largest of {largest} bytes");
}

#[test]
fn a_group_that_builds_on_a_key_frame_needs_that_alone() {
    let options = EncoderOptions { key_frame_interval_us: 1_000_000, ..EncoderOptions::default() };
    let mut encoder = Encoder::new(options);
    let mut frame = page(1);
    let key = encoder.encode(&frame, Damage::Whole, 0);
    let mut restarts = 0;
    for step in 1..30u64 {
        frame.pixels_mut()[step as usize * 1000..][..40].fill(step as u32 * 7919);
        let encoded = encoder.encode(&frame, Damage::Whole, step * 300_000);
        if let Encoded::Restart(payload) = &encoded {
            restarts += 1;
            assert!(payload.len() * 5 < bytes(&key), "{} of {} bytes", payload.len(), bytes(&key));
            let mut decoder = Decoder::new();
            assert_eq!(decoder.decode(payload), Err(DecodeError::NoKeyFrame));
            decoder.decode(key.payload().unwrap()).unwrap();
            decoder.decode(payload).unwrap();
            assert_eq!(decoder.frame(), Some(&frame));
            let mut later = decoder.back_at_key();
            assert_eq!(later.frame(), None);
            later.decode(payload).unwrap();
            assert_eq!(later.frame(), Some(&frame));
        }
    }
    assert!(restarts > 3, "{restarts}");
}

/// Payloads with the pictures after them.
type Payloads = Vec<(Vec<u8>, Frame)>;

/// A key frame's payload, and the groups that build on it.
fn groups_of_a_key_frame(seed: u32) -> (Vec<u8>, Vec<Payloads>) {
    let options = EncoderOptions { key_frame_interval_us: 1_000_000, ..EncoderOptions::default() };
    let mut encoder = Encoder::new(options);
    let mut frame = page(seed);
    let key = encoder.encode(&frame, Damage::Whole, 0).payload().unwrap().to_vec();
    let mut groups: Vec<Payloads> = Vec::new();
    for step in 1..30u64 {
        frame.pixels_mut()[step as usize * 1000..][..40].fill(step as u32 * 7919);
        let encoded = encoder.encode(&frame, Damage::Whole, step * 300_000);
        if matches!(encoded, Encoded::Restart(_)) {
            groups.push(Vec::new());
        }
        if let (Some(group), Some(payload)) = (groups.last_mut(), encoded.payload()) {
            group.push((payload.to_vec(), frame.clone()));
        }
    }
    (key, groups)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

    /// In whatever order groups are gone to, and by whichever decoder: each shows what it shows when decoded alone.
    #[test]
    fn a_key_frame_can_be_gone_back_to_any_number_of_times(
        visits in proptest::collection::vec((0usize..16, 1usize..8, 0usize..4), 1..12),
    ) {
        let keys = [groups_of_a_key_frame(1), groups_of_a_key_frame(2)];
        let mut at = 0;
        let mut decoder = Decoder::new();
        decoder.decode(&keys[at].0).unwrap();
        for (group, count, way) in visits {
            if way == 0 {
                at = 1 - at;
                decoder.decode(&keys[at].0).unwrap();
            }
            let groups = &keys[at].1;
            if way == 1 {
                decoder = decoder.back_at_key();
            }
            for (payload, picture) in groups[group % groups.len()].iter().take(count) {
                decoder.decode(payload).unwrap();
                proptest::prop_assert!(decoder.frame() == Some(picture));
            }
        }
    }
}
