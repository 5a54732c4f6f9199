//! Bounded texts.

use serde::{Deserialize, Serialize};

/// Characters of the name of a policy or rule. In UTF-8 it fits what agents are told and recordings keep.
const MAX_TITLE_CHARS: usize = 64;
/// Bytes of the name of a user, group, machine or program, as everywhere.
pub(crate) const MAX_NAME_BYTES: usize = 256;
/// Characters of a description.
const MAX_DESCRIPTION_CHARS: usize = 1_000;

/// Characters of what users are told, and of its title.
const MAX_NOTICE_TITLE_CHARS: usize = 120;
const MAX_NOTICE_BODY_CHARS: usize = 6_000;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:expr, $why:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidText;

            fn try_from(text: String) -> Result<Self, InvalidText> {
                let trimmed = text.trim();
                let valid: fn(&str) -> bool = $check;
                if !valid(trimmed) {
                    return Err(InvalidText($why));
                }
                Ok(Self(if trimmed.len() == text.len() { text } else { trimmed.to_owned() }))
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

/// A text that is empty, too long, or holds control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidText(&'static str);

text!(
    /// The name of a policy or a rule.
    Title,
    |text| (1..=MAX_TITLE_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control),
    "a name of a policy or rule has 1 to 64 characters, none of them a control character"
);
text!(
    /// The name of a user, a group, a tag or an application.
    Name,
    |text| (1..=MAX_NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control),
    "a name has 1 to 256 bytes, none of them a control character"
);
text!(
    /// What a policy is for, in words; may be empty.
    #[derive(Default)]
    Description,
    |text| text.chars().count() <= MAX_DESCRIPTION_CHARS && !text.chars().any(|c| c.is_control() && c != '\n'),
    "a description has at most 1,000 characters, and no control characters but line breaks"
);
text!(
    /// The title of what users are told.
    NoticeTitle,
    |text| (1..=MAX_NOTICE_TITLE_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control),
    "a notice's title has 1 to 120 characters, none of them a control character"
);
text!(
    /// What users are told.
    NoticeBody,
    |text| {
        (1..=MAX_NOTICE_BODY_CHARS).contains(&text.chars().count())
            && !text.chars().any(|c| c.is_control() && c != '\n')
    },
    "a notice's text has 1 to 6,000 characters, and no control characters but line breaks"
);
