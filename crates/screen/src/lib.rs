//! The lossless screen codec: pictures of a screen in, a few bytes for each change out, and back, pixel for pixel.
//!
//! What is decoded always equals what was given, except for the unused byte of a pixel, which comes back as zero.
//! No I/O, no clock, no threads; `docs/screen-codec.md` describes the bytes.

mod bits;
mod cells;
mod decoder;
mod encoder;
mod frame;
mod group;
mod ledger;
mod mixing;
mod motion;
mod moves;
mod numbers;
mod payload;
mod photo;
mod pixels;
pub mod pointer;
mod seen;
mod tiles;
mod varint;

pub use decoder::{DecodeError, Decoder, Update};
pub use encoder::{Damage, Encoded, Encoder, EncoderOptions, Level};
pub use frame::{Frame, FrameError, MAX_PIXELS, MAX_SIDE, Rect};
pub use ledger::{Ledger, Part};
