//! Oracles of the screen track: pictures and pointer.

use ::screen::pointer::PointerDecoder;
use ::screen::{Damage, Decoder, Encoder, EncoderOptions, Frame, Rect};

/// Payloads of any content are decoded or refused: never a panic, areas reported lie in the picture, and two decoders
/// see the same.
///
/// The input is cut into payloads (a byte for the kind, one for the length, the rest), of pictures small enough that
/// many are tried in a second.
pub fn screen_decoder(mut input: &[u8]) {
    let (mut one, mut other) = (Decoder::new(), Decoder::new());
    while let [kind, length, rest @ ..] = input {
        let (body, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        input = rest;
        let mut payload = vec![*kind];
        if kind & 0x0F == 1 {
            // Sides below 128 are one byte each.
            payload.push(body.get(1).unwrap_or(&0) & 1);
            payload.extend([body.first().unwrap_or(&0) & 0x7F, body.last().unwrap_or(&0) & 0x7F]);
        }
        payload.extend_from_slice(body);
        let seen = one.decode(&payload);
        assert_eq!(seen, other.decode(&payload), "two decoders differ");
        assert_eq!(one.frame(), other.frame(), "two decoders show different pictures");
        match seen {
            Ok(update) => {
                let frame = one.frame().expect("a decoded payload leaves a picture");
                let inside = |rect: &Rect| rect.clipped(frame.width(), frame.height()) == Some(*rect);
                assert!(update.damaged.iter().all(inside), "an area outside the picture");
            }
            Err(_) => assert!(one.frame().is_none(), "a refused payload leaves a picture"),
        }
    }
}

/// Whatever is drawn comes back exactly. Six bytes of the input are one stroke on a small picture.
pub fn screen_exact(input: &[u8]) {
    let [width, height, strokes @ ..] = input else { return };
    let (width, height) = (1 + u32::from(*width % 160), 1 + u32::from(*height % 160));
    let mut frame = Frame::new(width, height).expect("a possible size");
    let mut encoder = Encoder::new(EncoderOptions { key_frame_interval_us: 2_000_000, ..EncoderOptions::default() });
    let mut decoder = Decoder::new();
    for (step, stroke) in strokes.chunks_exact(6).take(64).enumerate() {
        draw(&mut frame, stroke);
        // Half a second a step, so that groups end and begin again from their key frames.
        let encoded = encoder.encode(&frame, Damage::Whole, step as u64 * 500_000);
        let Some(payload) = encoded.payload() else { continue };
        decoder.decode(payload).expect("what was encoded decodes");
        assert_eq!(decoder.frame(), Some(&frame), "not what was drawn");
    }
}

fn draw(frame: &mut Frame, stroke: &[u8]) {
    let before = frame.clone();
    let part = |place: usize, side: u32| u32::from(stroke[place]) % side;
    let (width, height) = (frame.width(), frame.height());
    let (x, y) = (part(1, width), part(2, height));
    let seed = u32::from(stroke[5]);
    for row in y..(y + 1 + part(4, height)).min(height) {
        for column in x..(x + 1 + part(3, width)).min(width) {
            frame.row_mut(row)[column as usize] = match stroke[0] % 4 {
                0 => seed * 0x01_0101,
                1 => (row * 193 + column * 71 + seed).wrapping_mul(0x9E37_79B1) >> 8,
                2 => (row / 3 * 7 + column / 2 * seed) % 3 * 0x55_5555,
                _ => before.row((row + seed) % height)[((column + seed / 3) % width) as usize],
            };
        }
    }
}

/// Pointer payloads of any content are understood or refused, never a panic.
pub fn pointer(input: &[u8]) {
    let mut decoder = PointerDecoder::new();
    for payload in input.split(|&byte| byte == 0xFF) {
        if let Ok(state) = decoder.decode(payload)
            && let Some(shape) = &state.shape
        {
            assert_eq!(shape.argb().len(), shape.width() as usize * shape.height() as usize, "a shape of another size");
        }
    }
}
