//! What is decoded equals what was encoded.

use screen::{Damage, Decoder, Encoded, Encoder, EncoderOptions, Frame};

#[test]
fn a_change_and_a_resize_come_back_exactly() {
    let mut encoder = Encoder::new(EncoderOptions::default());
    let mut decoder = Decoder::new();
    let mut frame = Frame::new(100, 70).unwrap();
    for step in 0..5u32 {
        frame.pixels_mut()[(step * 777) as usize] = 0xFF12_3456 + step;
        let (Encoded::Key(payload) | Encoded::Delta(payload)) = encoder.encode(&frame, Damage::Whole, 0) else {
            panic!("a change was not seen");
        };
        decoder.decode(&payload).unwrap();
        let expected: Vec<u32> = frame.pixels().iter().map(|pixel| pixel & 0x00FF_FFFF).collect();
        assert_eq!(decoder.frame().unwrap().pixels(), expected);
        assert_eq!(encoder.encode(&frame, Damage::Whole, 0), Encoded::Unchanged);
    }
    let small = Frame::new(3, 1).unwrap();
    assert!(matches!(encoder.encode(&small, Damage::Whole, 0), Encoded::Key(_)));
}
