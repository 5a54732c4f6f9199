//! Names of machines and programs, with `*` for any characters.

use serde::{Deserialize, Serialize};

use crate::text::{InvalidText, Name};

/// A name, compared without regard to case; `*` in it stands for any characters, also none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(value_type = String))]
#[serde(try_from = "Name", into = "Name")]
pub struct Pattern {
    shown: Name,
    folded: String,
}

impl From<Name> for Pattern {
    fn from(shown: Name) -> Self {
        let folded = shown.as_str().to_lowercase();
        Self { shown, folded }
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
        (!self.folded.contains('*')).then_some(self.folded.as_str())
    }

    /// Whether a name, already in lower case, is meant.
    pub(crate) fn matches(&self, folded: &str) -> bool {
        let mut parts = self.folded.split('*');
        // The first part stands at the beginning, the last one at the end, the others in between, each as early as it can.
        let Some(mut rest) = parts.next().and_then(|first| folded.strip_prefix(first)) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}
