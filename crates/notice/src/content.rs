//! What the window says.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Characters of a title.
pub const MAX_TITLE_CHARS: usize = 120;
/// Characters of a text.
pub const MAX_BODY_CHARS: usize = 8_000;
/// Characters of what stands on a button.
pub const MAX_LABEL_CHARS: usize = 40;

/// What the window says, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The language as a tag, such as `zh-CN`: characters look different in different languages.
    pub language: String,
    /// Its title.
    pub title: String,
    /// Its text; line breaks make paragraphs.
    pub body: String,
    /// Whether it only tells or wants to know.
    #[serde(flatten)]
    pub kind: Kind,
}

/// Whether the window only tells something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// It tells, and goes when it is dismissed.
    Notice {
        /// What stands on the button that dismisses it.
        dismiss: String,
    },
    /// It asks.
    Question {
        /// What stands on the button that agrees.
        accept: String,
        /// What stands on the button that does not.
        decline: String,
        /// Who does not answer within so many seconds has not agreed.
        patience_secs: u32,
    },
}

impl Content {
    /// The same within bounds, and without characters that no font shows.
    #[must_use]
    pub fn bounded(self) -> Self {
        let line =
            |text: &str, most: usize| -> String { text.chars().filter(|c| !c.is_control()).take(most).collect() };
        let kind = match self.kind {
            Kind::Notice { dismiss } => Kind::Notice { dismiss: line(&dismiss, MAX_LABEL_CHARS) },
            Kind::Question { accept, decline, patience_secs } => Kind::Question {
                accept: line(&accept, MAX_LABEL_CHARS),
                decline: line(&decline, MAX_LABEL_CHARS),
                patience_secs,
            },
        };
        let body = self.body.chars().filter(|c| !c.is_control() || *c == '\n').take(MAX_BODY_CHARS).collect();
        Self { language: self.language, title: line(&self.title, MAX_TITLE_CHARS), body, kind }
    }

    /// Every text of it, one after the other.
    pub(crate) fn all_text(&self) -> String {
        let labels = self.kind.labels().join(" ");
        format!("{} {} {labels}", self.title, self.body)
    }

    pub(crate) fn asks(&self) -> bool {
        matches!(self.kind, Kind::Question { .. })
    }
}

impl Kind {
    /// What stands on its buttons, in reading order.
    pub(crate) fn labels(&self) -> Vec<&str> {
        match self {
            Self::Notice { dismiss } => vec![dismiss],
            Self::Question { accept, decline, .. } => vec![accept, decline],
        }
    }

    pub(crate) fn patience(&self) -> Option<Duration> {
        match self {
            Self::Notice { .. } => None,
            Self::Question { patience_secs, .. } => Some(Duration::from_secs((*patience_secs).into())),
        }
    }
}
