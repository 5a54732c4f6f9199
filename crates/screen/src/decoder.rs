//! Payloads in, pictures out. Payloads may come from anybody: every size is checked before memory is taken for it.

use thiserror::Error;

use crate::frame::{Frame, FrameError, MAX_PIXELS, Rect};
use crate::varint;

/// Why a payload was refused. The decoder then waits for the next key frame.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The payload ends before what it announces.
    #[error("the screen payload ends too early")]
    Truncated,
    /// The payload is of no known kind.
    #[error("screen payload of unknown kind {0}: made by a newer version?")]
    UnknownKind(u8),
    /// A change without the key frame that it builds on.
    #[error("a screen change without the key frame before it: decoding can begin at a group only")]
    NoKeyFrame,
    /// The picture's size is impossible.
    #[error(transparent)]
    Size(#[from] FrameError),
    /// The payload contradicts itself.
    #[error("the screen payload is damaged: {0}")]
    Damaged(&'static str),
}

/// What a payload changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The areas that may have changed; they lie inside the picture.
    pub damaged: Vec<Rect>,
    /// Whether the picture has another size than before (true for the first).
    pub resized: bool,
}

/// Decodes one screen.
#[derive(Debug, Default)]
pub struct Decoder {
    frame: Option<Frame>,
}

impl Decoder {
    /// A decoder that waits for a key frame.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// The picture after the last payload; `None` before the first key frame and after a refused payload.
    pub fn frame(&self) -> Option<&Frame> {
        self.frame.as_ref()
    }

    /// Applies one payload.
    ///
    /// # Errors
    /// [`DecodeError`] where the payload is not one that an encoder made at this place. The picture is dropped then, and
    /// only a key frame is accepted next.
    pub fn decode(&mut self, payload: &[u8]) -> Result<Update, DecodeError> {
        let before = self.frame.as_ref().map(Frame::bounds);
        let (frame, damaged) = apply(self.frame.take(), payload)?;
        let resized = before != Some(frame.bounds());
        self.frame = Some(frame);
        Ok(Update { damaged, resized })
    }
}

fn apply(before: Option<Frame>, mut bytes: &[u8]) -> Result<(Frame, Vec<Rect>), DecodeError> {
    let (&kind, rest) = bytes.split_first().ok_or(DecodeError::Truncated)?;
    bytes = rest;
    let width = take_u32(&mut bytes)?;
    let height = take_u32(&mut bytes)?;
    let mut frame = match (kind, before) {
        (1, _) => Frame::new(width, height)?,
        (2, Some(frame)) if (frame.width(), frame.height()) == (width, height) => frame,
        (2, Some(_)) => return Err(DecodeError::Damaged("another size without a key frame")),
        (2, None) => return Err(DecodeError::NoKeyFrame),
        (other, _) => return Err(DecodeError::UnknownKind(other)),
    };
    let length = take_u32(&mut bytes)? as usize;
    if length > MAX_PIXELS * 4 {
        return Err(DecodeError::Damaged("too large"));
    }
    let plain = zstd::bulk::decompress(bytes, length).map_err(|_| DecodeError::Damaged("not a zstd stream"))?;
    let mut plain = plain.as_slice();
    let mut damaged = Vec::new();
    while !plain.is_empty() {
        damaged.push(tile(&mut frame, &mut plain)?);
    }
    Ok((frame, damaged))
}

fn tile(frame: &mut Frame, plain: &mut &[u8]) -> Result<Rect, DecodeError> {
    let [x, y, width, height] = [take_u32(plain)?, take_u32(plain)?, take_u32(plain)?, take_u32(plain)?];
    let rect = Rect { x, y, width, height };
    if rect.clipped(frame.width(), frame.height()) != Some(rect) {
        return Err(DecodeError::Damaged("a tile outside the picture"));
    }
    for y in y..y + height {
        let (row, rest) = plain.split_at_checked(width as usize * 3).ok_or(DecodeError::Truncated)?;
        *plain = rest;
        let target = &mut frame.row_mut(y)[x as usize..];
        for (pixel, bytes) in target.iter_mut().zip(row.chunks_exact(3)) {
            *pixel = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        }
    }
    Ok(rect)
}

fn take_u32(bytes: &mut &[u8]) -> Result<u32, DecodeError> {
    u32::try_from(varint::take(bytes).ok_or(DecodeError::Truncated)?)
        .map_err(|_| DecodeError::Damaged("number too large"))
}
