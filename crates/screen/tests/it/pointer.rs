//! What the pointer's encoder is told, its decoder shows.

use proptest::prelude::*;
use screen::pointer::{CACHED_SHAPES, PointerChange, PointerDecoder, PointerEncoder, PointerError};

fn shape(seed: u32) -> PointerChange {
    let (width, height) = (1 + seed % 7, 1 + seed % 5);
    let argb = (0..width * height).map(|index| 0xFF00_0000 | (index / 3 * 0x0010_2030 + seed)).collect();
    PointerChange::Shape { hot_x: seed % 3, hot_y: 1, width, height, argb }
}

fn change() -> impl Strategy<Value = PointerChange> {
    prop_oneof![
        (any::<i32>(), any::<i32>()).prop_map(|(x, y)| PointerChange::Moved { x, y }),
        (0..2 * CACHED_SHAPES as u32).prop_map(shape),
        Just(PointerChange::Hidden),
    ]
}

proptest! {
    #[test]
    fn every_change_arrives(changes in prop::collection::vec((change(), any::<bool>()), 1..200)) {
        let mut encoder = PointerEncoder::new();
        let mut decoder = PointerDecoder::new();
        let (mut place, mut visible, mut pixels) = ((0, 0), false, None);
        for (change, snapshot) in changes {
            if snapshot {
                decoder = PointerDecoder::new();
                decoder.decode(&encoder.snapshot()).unwrap();
            }
            match &change {
                PointerChange::Moved { x, y } => place = (*x, *y),
                PointerChange::Shape { argb, .. } => (visible, pixels) = (true, Some(argb.clone())),
                PointerChange::Hidden => visible = false,
            }
            if let Some(payload) = encoder.encode(&change).unwrap() {
                decoder.decode(&payload).unwrap();
            }
            let state = decoder.state();
            prop_assert_eq!((state.x, state.y), place);
            prop_assert_eq!(state.visible, visible);
            prop_assert_eq!(state.shape.as_ref().map(|shape| shape.argb().to_vec()), pixels.clone());
        }
    }

    #[test]
    fn rubbish_is_refused_or_understood_but_never_panics(bytes in prop::collection::vec(0u8..8, 0..200)) {
        let _ = PointerDecoder::new().decode(&bytes);
    }
}

#[test]
fn a_shape_seen_before_costs_two_bytes() {
    let mut encoder = PointerEncoder::new();
    encoder.encode(&shape(3)).unwrap();
    encoder.encode(&shape(4)).unwrap();
    assert_eq!(encoder.encode(&shape(3)).unwrap().map(|payload| payload.len()), Some(2));
    assert_eq!(encoder.encode(&shape(3)).unwrap(), None);
}

#[test]
fn bad_payloads_have_their_own_errors() {
    let cases: [(&[u8], PointerError); 4] = [
        (&[9], PointerError::UnknownOperation(9)),
        (&[1, 2], PointerError::Truncated),
        (&[3, 5], PointerError::UnknownShape(5)),
        (&[2, 0, 0, 1, 1, 2], PointerError::Truncated),
    ];
    for (payload, expected) in cases {
        assert_eq!(PointerDecoder::new().decode(payload).err(), Some(expected), "{payload:?}");
    }
    let huge = PointerDecoder::new().decode(&[2, 0, 0, 0xFF, 0xFF, 3, 1]).err();
    assert!(matches!(huge, Some(PointerError::Shape(_))), "{huge:?}");
}
