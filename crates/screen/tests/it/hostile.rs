//! Payloads that no encoder made: refused with an error or decoded to something, but never a panic.

use proptest::prelude::*;
use screen::{Damage, DecodeError, Decoder, Encoded, Encoder, EncoderOptions};

use crate::scene::{Scene, Stroke};

/// A short recording with moves, kept tiles, photographic tiles, text and a restart in it.
fn recording() -> Vec<Vec<u8>> {
    let mut scene = Scene::new(190, 170);
    let options = EncoderOptions { key_frame_interval_us: 11, ..EncoderOptions::default() };
    let mut encoder = Encoder::new(options);
    let mut strokes = vec![Stroke::Text((0, 0, 255, 255), 2)];
    strokes.extend((0..6).map(|step| Stroke::Dot(step, 3, 77)));
    strokes.extend([Stroke::Photo((0, 0, 255, 255), 9), Stroke::Restore(1), Stroke::Scroll((0, 0, 255, 255), 5, 21)]);
    strokes.extend([Stroke::Restore(1), Stroke::Dot(9, 9, 7), Stroke::Dot(2, 9, 7)]);
    let mut restarts = 0;
    let mut payloads = Vec::new();
    for (stroke, time_us) in strokes.iter().zip(0..) {
        scene.draw(stroke);
        let encoded = encoder.encode(&scene.frame, Damage::Whole, time_us);
        restarts += usize::from(matches!(encoded, Encoded::Restart(_)));
        payloads.extend(encoded.payload().map(<[u8]>::to_vec));
    }
    assert_eq!(restarts, 1);
    payloads
}

proptest! {
    #[test]
    fn altered_payloads_do_no_harm(at in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), flip in 1u8..=255, cut in any::<bool>()) {
        let mut payloads = recording();
        let payload = at.get(&payloads).clone();
        let place = place.index(payload.len());
        let at = payloads.iter().position(|known| *known == payload).unwrap();
        if cut {
            payloads[at].truncate(place);
        } else {
            payloads[at][place] ^= flip;
        }
        let mut decoder = Decoder::new();
        for payload in &payloads {
            if decoder.decode(payload).is_err() {
                prop_assert!(decoder.frame().is_none());
            }
        }
    }

    #[test]
    fn rubbish_does_no_harm(kind in 0u8..0x14, width in 1u8..100, height in 1u8..100, rest in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = Decoder::new();
        let _ = decoder.decode(&[&[kind, 0, width, height], &rest[..]].concat());
        let _ = decoder.decode(&[&[2], &rest[..]].concat());
    }
}

#[test]
fn each_kind_of_trouble_has_its_name() {
    let payloads = recording();
    let refused = |payload: &[u8]| Decoder::new().decode(payload).unwrap_err();
    assert_eq!(refused(&[]), DecodeError::Truncated);
    assert_eq!(refused(&[9, 1, 1]), DecodeError::UnknownKind(9));
    assert_eq!(refused(&payloads[1]), DecodeError::NoKeyFrame);
    assert_eq!(refused(&[1, 7, 1, 1]), DecodeError::UnknownLevel(7));
    assert!(matches!(refused(&[1, 0, 0, 5]), DecodeError::Size(_)));
    let huge = [1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 3];
    assert!(matches!(refused(&huge), DecodeError::Size(_)));
    let half = &payloads[0][..payloads[0].len() / 2];
    assert!(matches!(refused(half), DecodeError::Damaged(_)));
}

#[test]
fn after_a_refused_payload_only_a_key_frame_or_a_restart_helps() {
    let payloads = recording();
    let restart = payloads.iter().find(|payload| payload[0] & 0xF == 3).unwrap();
    let mut decoder = Decoder::new();
    decoder.decode(&payloads[0]).unwrap();
    decoder.decode(&[9]).unwrap_err();
    assert_eq!(decoder.decode(&payloads[1]), Err(DecodeError::NoKeyFrame));
    decoder.decode(restart).unwrap();
    decoder.decode(&[9]).unwrap_err();
    assert_eq!(decoder.decode(&payloads[1]), Err(DecodeError::NoKeyFrame));
    assert!(decoder.decode(&payloads[0]).unwrap().resized);
    decoder.decode(&payloads[1]).unwrap();
}
