//! The parts of a payload: what it is, the picture's size, photographic tiles, coded bits.

use crate::decoder::DecodeError;
use crate::encoder::Level;
use crate::frame::Frame;
use crate::varint;

const KEY: u8 = 1;
const DELTA: u8 = 2;
const RESTART: u8 = 3;
/// Added to the kind where photographic tiles come before the coded bits.
const WITH_PHOTOS: u8 = 0x10;

/// What a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole picture that needs nothing before it.
    Key {
        /// The sizes of the tables that both sides keep.
        level: Level,
        /// Width in pixels, not checked yet.
        width: u32,
        /// Height in pixels, not checked yet.
        height: u32,
    },
    /// What changed since the payload before.
    Delta,
    /// What differs from the last key frame: what came between counts no more.
    Restart,
}

/// What the encoder puts together.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Opening<'a> {
    /// A key frame of this picture, and the level of what builds on it.
    Key(&'a Frame, Level),
    Delta,
    Restart,
}

/// A payload taken apart.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) kind: Kind,
    /// The photographic tiles' bytes.
    pub(crate) photos: &'a [u8],
    /// Everything else, for a bit reader.
    pub(crate) bits: &'a [u8],
}

/// Puts a payload together.
pub(crate) fn put_together(opening: Opening<'_>, photos: &[u8], bits: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(photos.len() + bits.len() + 16);
    let kind = match opening {
        Opening::Key(..) => KEY,
        Opening::Delta => DELTA,
        Opening::Restart => RESTART,
    };
    payload.push(kind | if photos.is_empty() { 0 } else { WITH_PHOTOS });
    if let Opening::Key(frame, level) = opening {
        payload.push(match level {
            Level::Default => 0,
            Level::Dense => 1,
        });
        varint::put(&mut payload, u64::from(frame.width()));
        varint::put(&mut payload, u64::from(frame.height()));
    }
    if !photos.is_empty() {
        varint::put(&mut payload, photos.len() as u64);
        payload.extend_from_slice(photos);
    }
    payload.extend_from_slice(bits);
    payload
}

/// Takes a payload apart.
pub(crate) fn take_apart(mut bytes: &[u8]) -> Result<Parts<'_>, DecodeError> {
    let (&first, rest) = bytes.split_first().ok_or(DecodeError::Truncated)?;
    bytes = rest;
    let kind = match first & !WITH_PHOTOS {
        KEY => {
            let level = take_level(&mut bytes)?;
            Kind::Key { level, width: take_u32(&mut bytes)?, height: take_u32(&mut bytes)? }
        }
        DELTA => Kind::Delta,
        RESTART => Kind::Restart,
        _ => return Err(DecodeError::UnknownKind(first)),
    };
    if first & WITH_PHOTOS == 0 {
        return Ok(Parts { kind, photos: &[], bits: bytes });
    }
    let length = take_u32(&mut bytes)? as usize;
    let (photos, bits) = bytes.split_at_checked(length).ok_or(DecodeError::Truncated)?;
    Ok(Parts { kind, photos, bits })
}

fn take_level(bytes: &mut &[u8]) -> Result<Level, DecodeError> {
    let (&level, rest) = bytes.split_first().ok_or(DecodeError::Truncated)?;
    *bytes = rest;
    match level {
        0 => Ok(Level::Default),
        1 => Ok(Level::Dense),
        other => Err(DecodeError::UnknownLevel(other)),
    }
}

/// A number; one above 32 bits reads as the highest, which no size or length reaches.
fn take_u32(bytes: &mut &[u8]) -> Result<u32, DecodeError> {
    let value = varint::take(bytes).ok_or(DecodeError::Truncated)?;
    Ok(u32::try_from(value).unwrap_or(u32::MAX))
}
