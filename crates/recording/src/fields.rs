//! Reading the fields of a binary payload, one after the other. Whatever is not the one way to write them is refused.

use crate::varint::{self, Varint};

/// What is left of a payload.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    left: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields of a payload from its first byte.
    pub fn new(payload: &'a [u8]) -> Fields<'a> {
        Fields { left: payload }
    }

    /// The next so many bytes.
    ///
    /// # Errors
    /// [`InvalidFields::Short`] if the payload ends before.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], InvalidFields> {
        let (taken, left) = self.left.split_at_checked(len).ok_or(InvalidFields::Short)?;
        self.left = left;
        Ok(taken)
    }

    /// The next byte.
    ///
    /// # Errors
    /// As [`Fields::bytes`].
    pub fn byte(&mut self) -> Result<u8, InvalidFields> {
        Ok(self.array::<1>()?[0])
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// As [`Fields::bytes`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], InvalidFields> {
        self.bytes(N)?.try_into().map_err(|_| InvalidFields::Short)
    }

    /// A varint.
    ///
    /// # Errors
    /// [`InvalidFields::Short`], [`InvalidFields::Number`].
    pub fn number(&mut self) -> Result<u64, InvalidFields> {
        match varint::read(self.left) {
            Varint::Value(value, len) => {
                self.bytes(len)?;
                Ok(value)
            }
            Varint::Incomplete => Err(InvalidFields::Short),
            Varint::Invalid => Err(InvalidFields::Number),
        }
    }

    /// A number that may be negative: see [`put_signed`].
    ///
    /// # Errors
    /// As [`Fields::number`].
    pub fn signed_number(&mut self) -> Result<i64, InvalidFields> {
        let folded = self.number()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// UTF-8 behind its length.
    ///
    /// # Errors
    /// As [`Fields::number`], and [`InvalidFields::Text`].
    pub fn text(&mut self) -> Result<String, InvalidFields> {
        let len = usize::try_from(self.number()?).map_err(|_| InvalidFields::Short)?;
        String::from_utf8(self.bytes(len)?.to_vec()).map_err(|_| InvalidFields::Text)
    }

    /// All that is left.
    pub fn rest(self) -> &'a [u8] {
        self.left
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// [`InvalidFields::Trailing`] if something is.
    pub fn end(self) -> Result<(), InvalidFields> {
        match self.left.len() {
            0 => Ok(()),
            bytes => Err(InvalidFields::Trailing { bytes }),
        }
    }
}

/// Appends a varint.
pub fn put_number(value: u64, out: &mut Vec<u8>) {
    varint::write(value, out);
}

/// Appends a number that may be negative, as a varint: 0, -1, 1, -2, 2 … are 0, 1, 2, 3, 4 …
pub fn put_signed(value: i64, out: &mut Vec<u8>) {
    varint::write((value as u64) << 1 ^ (value >> 63) as u64, out);
}

/// Why a payload cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidFields {
    /// It ends within a field.
    #[error("it is too short")]
    Short,
    /// Something follows the last field.
    #[error("{bytes} bytes follow its last field")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// A varint that is not the shortest form, or too large.
    #[error("a number in it is not in its shortest form, or too large")]
    Number,
    /// A text that is no UTF-8.
    #[error("a text in it is no UTF-8")]
    Text,
    /// Flags or another choice that this version does not know.
    #[error("this version does not know the flags {flags:#04x}")]
    Flags {
        /// As stored.
        flags: u8,
    },
}
