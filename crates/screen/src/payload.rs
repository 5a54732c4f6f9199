//! The first bytes of a payload: what it is, and the picture's size.

use crate::decoder::DecodeError;
use crate::frame::Frame;
use crate::varint;

const KEY: u8 = 1;
const DELTA: u8 = 2;

/// What a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole picture that needs nothing before it.
    Key {
        /// Width in pixels, not checked yet.
        width: u32,
        /// Height in pixels, not checked yet.
        height: u32,
    },
    /// What changed since the payload before.
    Delta,
}

/// The start of a key frame's payload.
pub(crate) fn key_header(frame: &Frame) -> Vec<u8> {
    let mut header = vec![KEY];
    varint::put(&mut header, u64::from(frame.width()));
    varint::put(&mut header, u64::from(frame.height()));
    header
}

/// The start of a change's payload.
pub(crate) fn delta_header() -> Vec<u8> {
    vec![DELTA]
}

/// Takes a payload apart into what it is and the coded bits.
pub(crate) fn read_header(mut bytes: &[u8]) -> Result<(Kind, &[u8]), DecodeError> {
    let (&kind, rest) = bytes.split_first().ok_or(DecodeError::Truncated)?;
    bytes = rest;
    match kind {
        KEY => {
            let mut side = || -> Result<u32, DecodeError> {
                let value = varint::take(&mut bytes).ok_or(DecodeError::Truncated)?;
                Ok(u32::try_from(value).unwrap_or(u32::MAX))
            };
            let (width, height) = (side()?, side()?);
            Ok((Kind::Key { width, height }, bytes))
        }
        DELTA => Ok((Kind::Delta, bytes)),
        other => Err(DecodeError::UnknownKind(other)),
    }
}
