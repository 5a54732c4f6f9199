//! How identities and chain values stand in CBOR: as byte strings of fixed length.

/// A recording's identity: 16 bytes.
pub mod recording_id {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    use crate::RecordingId;

    pub fn encode<C, W: Write>(
        id: &RecordingId,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.bytes(id.as_bytes())?.ok()
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<RecordingId, DecodeError> {
        super::id(decoder)
    }
}

/// A recording's identity, or nothing.
pub mod optional_recording_id {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    use crate::RecordingId;

    pub fn encode<C, W: Write>(
        id: &Option<RecordingId>,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match id {
            Some(id) => super::recording_id::encode(id, encoder, context),
            None => encoder.null()?.ok(),
        }
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, context: &mut C) -> Result<Option<RecordingId>, DecodeError> {
        if decoder.datatype()? == minicbor::data::Type::Null {
            return decoder.skip().map(|()| None);
        }
        super::recording_id::decode(decoder, context).map(Some)
    }

    pub fn nil() -> Option<Option<RecordingId>> {
        Some(None)
    }

    pub fn is_nil(id: &Option<RecordingId>) -> bool {
        id.is_none()
    }
}

/// A list of recordings.
pub mod recording_ids {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    use crate::RecordingId;
    use crate::limits::MAX_RECORDINGS;

    pub fn encode<C, W: Write>(
        ids: &[RecordingId],
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.array(ids.len() as u64)?;
        for id in ids {
            encoder.bytes(id.as_bytes())?;
        }
        Ok(())
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Vec<RecordingId>, DecodeError> {
        let position = decoder.position();
        let count = decoder
            .array()?
            .ok_or_else(|| DecodeError::message("a list of recordings needs its length first").at(position))?;
        if count > MAX_RECORDINGS as u64 {
            return Err(DecodeError::message("too many recordings in a list").at(position));
        }
        (0..count).map(|_| super::id(decoder)).collect()
    }
}

/// A chain value: 32 bytes.
pub mod chain {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    use crate::ChainValue;

    pub fn encode<C, W: Write>(
        value: &ChainValue,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.bytes(&value.0)?.ok()
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<ChainValue, DecodeError> {
        super::fixed(decoder).map(ChainValue)
    }
}

/// A public key: 32 bytes; or nothing.
pub mod optional_key {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    use crate::PublicKey;

    pub fn encode<C, W: Write>(
        key: &Option<PublicKey>,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match key {
            Some(key) => encoder.bytes(&key.0)?.ok(),
            None => encoder.null()?.ok(),
        }
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Option<PublicKey>, DecodeError> {
        if decoder.datatype()? == minicbor::data::Type::Null {
            return decoder.skip().map(|()| None);
        }
        super::fixed(decoder).map(|bytes| Some(PublicKey(bytes)))
    }

    pub fn nil() -> Option<Option<PublicKey>> {
        Some(None)
    }

    pub fn is_nil(key: &Option<PublicKey>) -> bool {
        key.is_none()
    }
}

/// Bytes, or nothing.
pub mod optional_bytes {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    pub fn encode<C, W: Write>(
        bytes: &Option<Vec<u8>>,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match bytes {
            Some(bytes) => encoder.bytes(bytes)?.ok(),
            None => encoder.null()?.ok(),
        }
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Option<Vec<u8>>, DecodeError> {
        if decoder.datatype()? == minicbor::data::Type::Null {
            return decoder.skip().map(|()| None);
        }
        decoder.bytes().map(|bytes| Some(bytes.to_vec()))
    }

    pub fn nil() -> Option<Option<Vec<u8>>> {
        Some(None)
    }

    pub fn is_nil(bytes: &Option<Vec<u8>>) -> bool {
        bytes.is_none()
    }
}

/// Something that holds, or is left out.
pub mod flag {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    pub fn encode<C, W: Write>(holds: &bool, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        encoder.bool(*holds)?.ok()
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<bool, DecodeError> {
        decoder.bool()
    }

    pub fn nil() -> Option<bool> {
        Some(false)
    }

    pub fn is_nil(holds: &bool) -> bool {
        !*holds
    }
}

/// A place in a recording: a map of offset (0) and chain value (1).
pub mod head {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decode, Decoder, Encode, Encoder};

    use crate::{ChainValue, Head};

    #[derive(Encode, Decode)]
    #[cbor(map)]
    struct Wire {
        #[n(0)]
        offset: u64,
        #[cbor(n(1), with = "super::chain")]
        chain: ChainValue,
    }

    pub fn encode<C, W: Write>(
        head: &Head,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        let Head { offset, chain } = *head;
        Wire { offset, chain }.encode(encoder, context)
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, context: &mut C) -> Result<Head, DecodeError> {
        let Wire { offset, chain } = Wire::decode(decoder, context)?;
        Ok(Head { offset, chain })
    }
}

/// A place in a recording, or nothing.
pub mod optional_head {
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    use crate::Head;

    pub fn encode<C, W: Write>(
        head: &Option<Head>,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match head {
            Some(head) => super::head::encode(head, encoder, context),
            None => encoder.null()?.ok(),
        }
    }

    pub fn decode<C>(decoder: &mut Decoder<'_>, context: &mut C) -> Result<Option<Head>, DecodeError> {
        if decoder.datatype()? == minicbor::data::Type::Null {
            return decoder.skip().map(|()| None);
        }
        super::head::decode(decoder, context).map(Some)
    }

    pub fn nil() -> Option<Option<Head>> {
        Some(None)
    }

    pub fn is_nil(head: &Option<Head>) -> bool {
        head.is_none()
    }
}

fn id(decoder: &mut minicbor::Decoder<'_>) -> Result<crate::RecordingId, minicbor::decode::Error> {
    let position = decoder.position();
    crate::RecordingId::from_bytes(fixed(decoder)?)
        .map_err(|error| minicbor::decode::Error::message(error).at(position))
}

fn fixed<const LENGTH: usize>(decoder: &mut minicbor::Decoder<'_>) -> Result<[u8; LENGTH], minicbor::decode::Error> {
    let position = decoder.position();
    decoder
        .bytes()?
        .try_into()
        .map_err(|_| minicbor::decode::Error::message(format!("expected {LENGTH} bytes")).at(position))
}
