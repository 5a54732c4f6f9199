//! What signatures look like in a recording, and who makes them. The keys' mathematics is not known here: see the crate
//! `evidence`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::chain::{ChainValue, Head};
use crate::checkpoint::Clocks;

/// Bytes of a fixed number that stand in JSON as lower-case hexadecimal digits.
macro_rules! hexadecimal {
    ($(#[$meta:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidHex;

            fn from_str(text: &str) -> Result<$name, InvalidHex> {
                let wrong = InvalidHex { what: $what, digits: $len * 2 };
                let strict = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                if text.len() != $len * 2 || !strict {
                    return Err(wrong);
                }
                let mut bytes = [0u8; $len];
                for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                    let pair = std::str::from_utf8(pair).map_err(|_| wrong.clone())?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong.clone())?;
                }
                Ok($name(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

hexadecimal! {
    /// An Ed25519 public key (RFC 8032). JSON: 64 lower-case hexadecimal digits.
    PublicKey, 32, "public key"
}

hexadecimal! {
    /// An Ed25519 signature (RFC 8032). JSON: 128 lower-case hexadecimal digits.
    Signature, 64, "signature"
}

/// A text that is no key or signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {what} is {digits} lower-case hexadecimal digits")]
pub struct InvalidHex {
    what: &'static str,
    digits: usize,
}

/// Payload of a signer block: from here on this key signs, and the machine's key says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// Counts the keys of a recording, as far as the writer knows it.
    pub epoch: u64,
    /// The key that signs the checkpoints from here on.
    pub epoch_key: PublicKey,
    /// The machine's key, which signed this block.
    pub machine_key: PublicKey,
    /// Where this block starts, as it was first written.
    pub offset: u64,
    /// The chain over all blocks before this one.
    pub chain: ChainValue,
    /// The machine key's signature.
    pub signature: Signature,
}

/// The signature on a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckpointSignature {
    /// The key's epoch.
    pub epoch: u64,
    /// The key that signs from the next checkpoint on, as the next epoch; the present one is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_key: Option<PublicKey>,
    /// The present key's signature.
    pub signature: Signature,
}

/// What a checkpoint's signature covers, besides the recording, the epoch and the next key.
#[derive(Clone, Copy, Debug)]
pub struct Witnessed<'a> {
    /// Where the block starts, and the chain before it.
    pub head: Head,
    /// The block's time in microseconds.
    pub time_us: u64,
    /// Both clocks.
    pub clocks: &'a Clocks,
}

/// Signs for one writer of one recording. An [`crate::Assembler`] calls it at the right places.
pub trait RecordingSigner: fmt::Debug + Send {
    /// Introduces the signer at this place as the given epoch, before the first checkpoint that it signs.
    fn introduce(&mut self, epoch: u64, at: Head, time_us: u64) -> Signer;

    /// Signs a checkpoint. With `hand_over` the signature names the next key, and the present one is erased.
    fn sign(&mut self, witnessed: &Witnessed<'_>, hand_over: bool) -> CheckpointSignature;
}
