//! The hash chain over a recording's blocks.
//!
//! h₀ = SHA-256("kinescope-recording"); hₙ = SHA-256(hₙ₋₁ ‖ blockₙ). One value stands for all blocks before it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// What the chain starts from.
const ORIGIN: &[u8] = b"kinescope-recording";

/// The chain's value after some block. Display and JSON: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainValue(pub [u8; 32]);

impl ChainValue {
    /// The value before the first block.
    pub fn origin() -> ChainValue {
        ChainValue(Sha256::digest(ORIGIN).into())
    }
}

impl fmt::Display for ChainValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainValue({self})")
    }
}

/// A text that is no chain value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a chain value is 64 lower-case hexadecimal digits")]
pub struct InvalidChainValue;

impl FromStr for ChainValue {
    type Err = InvalidChainValue;

    fn from_str(text: &str) -> Result<ChainValue, InvalidChainValue> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(InvalidChainValue);
        }
        let mut value = [0u8; 32];
        for (byte, pair) in value.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(ChainValue(value))
    }
}

fn digit(character: u8) -> Result<u8, InvalidChainValue> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(InvalidChainValue),
    }
}

impl Serialize for ChainValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChainValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ChainValue, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A place in a recording and the chain's value over everything before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Bytes before this place.
    pub offset: u64,
    /// The chain over them.
    pub chain: ChainValue,
}

impl Head {
    /// Before the first block.
    pub fn start() -> Head {
        Head { offset: 0, chain: ChainValue::origin() }
    }

    /// The place after one more whole block.
    pub fn after(&self, whole_block: &[u8]) -> Head {
        let mut chain = Chain::resume(self.chain);
        chain.append(whole_block);
        Head { offset: self.offset + whole_block.len() as u64, chain: chain.value() }
    }
}

/// The chain as it grows.
#[derive(Clone, Debug)]
pub struct Chain(ChainValue);

impl Chain {
    /// Before the first block.
    pub fn new() -> Chain {
        Chain(ChainValue::origin())
    }

    /// Goes on from a value reached earlier.
    pub fn resume(value: ChainValue) -> Chain {
        Chain(value)
    }

    /// Takes in the next block, whole: from its sync mark to its last checksum byte.
    pub fn append(&mut self, whole_block: &[u8]) {
        let digest = Sha256::new().chain_update(self.0.0).chain_update(whole_block).finalize();
        self.0 = ChainValue(digest.into());
    }

    /// The value over all blocks so far.
    pub fn value(&self) -> ChainValue {
        self.0
    }
}

impl Default for Chain {
    fn default() -> Chain {
        Chain::new()
    }
}
