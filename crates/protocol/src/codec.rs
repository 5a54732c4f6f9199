//! Messages to bytes and back.

use minicbor::{Decode, Decoder, Encode};

use crate::bounds::Bounded;
use crate::limits::MAX_MESSAGE_BYTES;
use crate::{AgentMessage, MessageError, ServerMessage};

/// Message kinds of this version, for telling an unknown kind from a malformed message.
const AGENT_KINDS: std::ops::RangeInclusive<i64> = 0..=10;
const SERVER_KINDS: std::ops::RangeInclusive<i64> = 0..=11;

impl AgentMessage {
    /// The message as bytes for one binary WebSocket message.
    ///
    /// # Errors
    /// [`MessageError::OutOfBounds`] or [`MessageError::TooLarge`] if a receiver would have to refuse it.
    pub fn encode(&self) -> Result<Vec<u8>, MessageError> {
        encode(self)
    }

    /// Reads one message.
    ///
    /// # Errors
    /// Any [`MessageError`]; the input is not trusted.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        decode(bytes, AGENT_KINDS)
    }
}

impl ServerMessage {
    /// The message as bytes for one binary WebSocket message.
    ///
    /// # Errors
    /// [`MessageError::OutOfBounds`] or [`MessageError::TooLarge`] if a receiver would have to refuse it.
    pub fn encode(&self) -> Result<Vec<u8>, MessageError> {
        encode(self)
    }

    /// Reads one message.
    ///
    /// # Errors
    /// Any [`MessageError`]; the input is not trusted.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        decode(bytes, SERVER_KINDS)
    }
}

fn encode<M: Encode<()> + Bounded>(message: &M) -> Result<Vec<u8>, MessageError> {
    message.check()?;
    let mut bytes = Vec::new();
    match minicbor::encode(message, &mut bytes) {
        Ok(()) => check_size(bytes.len()).map(|()| bytes),
        Err(error) => Err(MessageError::Malformed { offset: bytes.len(), what: error.to_string() }),
    }
}

fn decode<M>(bytes: &[u8], kinds: std::ops::RangeInclusive<i64>) -> Result<M, MessageError>
where
    M: for<'b> Decode<'b, ()> + Bounded,
{
    check_size(bytes.len())?;
    let mut decoder = Decoder::new(bytes);
    let message = decoder.decode::<M>().map_err(|error| {
        if let Some(kind) = kind(bytes).filter(|kind| !kinds.contains(kind)) {
            return MessageError::UnknownKind { kind };
        }
        MessageError::Malformed { offset: error.position().unwrap_or(decoder_end(bytes)), what: error.to_string() }
    })?;
    match bytes.len() - decoder.position() {
        0 => message.check().map(|()| message),
        trailing => Err(MessageError::TrailingBytes { bytes: trailing }),
    }
}

/// minicbor names no position when the input ends too early: then that end is the position.
fn decoder_end(bytes: &[u8]) -> usize {
    bytes.len()
}

fn check_size(bytes: usize) -> Result<(), MessageError> {
    if bytes > MAX_MESSAGE_BYTES {
        return Err(MessageError::TooLarge { bytes, limit: MAX_MESSAGE_BYTES });
    }
    Ok(())
}

/// The number at the place where the kind stands, if the bytes get that far.
fn kind(bytes: &[u8]) -> Option<i64> {
    let mut decoder = Decoder::new(bytes);
    decoder.array().ok()?;
    decoder.i64().ok()
}
