//! Policies and their document form, in which servers keep them and hand them to agents.

use std::str::FromStr;

use thiserror::Error;

/// A policy for a site. The ones built in cannot be changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// No session is recorded. In force after installation and wherever nothing else is known.
    #[default]
    DoNotRecord,
    /// Every session is recorded, and its user is not told.
    RecordEverything,
}

/// A document that is no policy of this version. Whoever cannot read a policy must not record by it.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("“{name}” is no policy that this version knows; it knows do-not-record and record-everything")]
pub struct DocumentError {
    /// The beginning of what was found.
    pub name: String,
}

impl DocumentError {
    pub(crate) fn new(document: &str) -> Self {
        Self { name: document.chars().take(SHOWN_CHARS).collect() }
    }
}

/// Enough of a foreign document to recognise it in a message.
const SHOWN_CHARS: usize = 64;

impl Policy {
    /// Every policy that is built in.
    pub const BUILT_IN: &[Self] = &[Self::DoNotRecord, Self::RecordEverything];

    /// The name it has in documents, settings and recordings. Never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoNotRecord => "do-not-record",
            Self::RecordEverything => "record-everything",
        }
    }

    /// The name shown to people, in English.
    pub const fn title(self) -> &'static str {
        match self {
            Self::DoNotRecord => "Do not record",
            Self::RecordEverything => "Record everything, without notice",
        }
    }
}

impl FromStr for Policy {
    type Err = DocumentError;

    fn from_str(document: &str) -> Result<Self, DocumentError> {
        Self::BUILT_IN
            .iter()
            .copied()
            .find(|policy| policy.name() == document)
            .ok_or_else(|| DocumentError::new(document))
    }
}
