//! Keys by which a session's user starts and stops its recording, where the machine has them.

use serde::{Deserialize, Serialize};

/// X11/keysymdef.h.
const F1: u32 = 0xffbe;

/// Which keys, if any. Each is struck together with control and shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hotkeys {
    /// Whether sessions have them.
    pub enabled: bool,
    /// Starts a recording.
    pub start: LastKey,
    /// Stops it.
    pub stop: LastKey,
}

impl Default for Hotkeys {
    fn default() -> Self {
        Self { enabled: false, start: LastKey::Function(8), stop: LastKey::Function(9) }
    }
}

impl Hotkeys {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// One key cannot do both.
    pub fn check(self) -> anyhow::Result<Self> {
        anyhow::ensure!(self.start != self.stop, "hotkeys.start and hotkeys.stop are both {}", self.start);
        Ok(self)
    }

    /// The keysyms, that of starting first; none where sessions have none.
    pub fn keysyms(&self) -> Vec<u32> {
        if self.enabled { vec![self.start.keysym(), self.stop.keysym()] } else { Vec::new() }
    }
}

/// The key that is struck while control and shift are held: F1 to F12 or A to Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LastKey {
    /// F1 to F12.
    Function(u8),
    /// A to Z, as the small letter.
    Letter(u8),
}

/// No such key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no key that ends a hotkey; write F1 to F12 or A to Z")]
pub struct NoSuchKey(String);

impl LastKey {
    /// As X servers number it.
    fn keysym(self) -> u32 {
        match self {
            Self::Function(number) => F1 + u32::from(number) - 1,
            Self::Letter(letter) => letter.into(),
        }
    }
}

impl TryFrom<String> for LastKey {
    type Error = NoSuchKey;

    fn try_from(text: String) -> Result<Self, NoSuchKey> {
        let small = text.to_ascii_lowercase();
        let function = small.strip_prefix('f').and_then(|number| number.parse().ok());
        match (function, small.as_bytes()) {
            (Some(number @ 1..=12), [_, b'1'..=b'9', ..]) => Ok(Self::Function(number)),
            (_, [letter @ b'a'..=b'z']) => Ok(Self::Letter(*letter)),
            _ => Err(NoSuchKey(text)),
        }
    }
}

impl From<LastKey> for String {
    fn from(key: LastKey) -> Self {
        key.to_string()
    }
}

impl std::fmt::Display for LastKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Function(number) => write!(f, "F{number}"),
            Self::Letter(letter) => write!(f, "{}", char::from(letter.to_ascii_uppercase())),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_last_key_is_a_function_key_or_a_letter() {
        for (text, keysym) in [("F1", 0xffbe), ("F8", 0xffc5), ("f12", 0xffc9), ("A", 0x61), ("z", 0x7a), ("F", 0x66)] {
            let key = LastKey::try_from(text.to_owned()).unwrap();
            assert_eq!(key.keysym(), keysym, "{text}");
            assert_eq!(String::from(key), text.to_ascii_uppercase());
        }
        for text in ["", "F0", "F13", "F08", "F+1", "AA", "1", "Ä", "ctrl-A"] {
            assert!(LastKey::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert!(Hotkeys { stop: LastKey::Function(8), ..Hotkeys::default() }.check().is_err());
    }
}
