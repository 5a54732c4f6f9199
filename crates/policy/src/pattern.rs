//! Names of machines and programs, with `*` for any characters.

use serde::{Deserialize, Serialize};

use crate::text::{InvalidText, Name};

/// A name, compared without regard to case; `*` in it stands for any characters, also none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Name", into = "Name")]
pub struct Pattern {
    shown: Name,
    /// In lower case.
    folded: String,
    has_star: bool,
}

impl From<Name> for Pattern {
    fn from(shown: Name) -> Self {
        let folded = shown.as_str().to_lowercase();
        let has_star = folded.contains('*');
        Self { shown, folded, has_star }
    }
}

impl From<Pattern> for Name {
    fn from(pattern: Pattern) -> Self {
        pattern.shown
    }
}

impl std::str::FromStr for Pattern {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        text.parse::<Name>().map(Self::from)
    }
}

impl Pattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.shown.as_str()
    }

    /// The one name that it stands for, in lower case; `None` where `*` stands in it.
    pub(crate) fn exact(&self) -> Option<&str> {
        (!self.has_star).then_some(self.folded.as_str())
    }

    /// Whether a name, already in lower case, is meant.
    pub(crate) fn matches(&self, folded: &str) -> bool {
        // The first part stands at the beginning, the last one at the end, the others in between.
        let mut parts = self.folded.as_bytes().split(|byte| *byte == b'*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = folded.as_bytes().strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        // Each as early as it can: what is left for the others is then as long as it can be. Names are short, and looking
        // at every place costs less than preparing a search would.
        for part in parts.filter(|part| !part.is_empty()) {
            match rest.windows(part.len()).position(|place| place == part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}
