//! What payloads' bytes are spent on.

use screen::{Damage, Decoder, Encoder, EncoderOptions, Ledger, Part};

use crate::scene::{Scene, Stroke};

#[test]
fn parts_add_up_to_the_payloads_and_name_what_changed() {
    let mut encoder = Encoder::new(EncoderOptions::default());
    let mut decoder = Decoder::new();
    let mut scene = Scene::new(320, 240);
    let (mut ledger, mut stored, mut payloads) = (Ledger::default(), 0, 0);
    for step in 0..20u8 {
        scene.draw(&Stroke::Text((step.wrapping_mul(37), step * 11, 90, 30), u32::from(step)));
        let encoded = encoder.encode(&scene.frame, Damage::Whole, u64::from(step));
        let Some(payload) = encoded.payload() else { continue };
        decoder.decode_metered(payload, &mut ledger).unwrap();
        assert_eq!(decoder.frame().unwrap().pixels(), scene.frame.pixels());
        (stored, payloads) = (stored + payload.len(), payloads + 1);
    }
    let counted: f64 = Part::ALL.iter().map(|&part| ledger.bytes(part)).sum();
    // The end of each payload is rounded up to a byte.
    assert!((counted - stored as f64).abs() < 2.0 * f64::from(payloads), "{counted} of {stored} bytes");
    assert!(ledger.bytes(Part::Remembered) + ledger.bytes(Part::Colours) > counted / 2.0, "{ledger:?}");
    assert_eq!(ledger.bytes(Part::Photographic), 0.0);
}
