//! What of new recordings is sealed, and for whom.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody who can open recordings that are sealed from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recipient {
    /// Who it is, for people.
    pub name: String,
    /// The public key, as `kinescope key show` prints it.
    pub public_key: String,
    /// The key's name in recordings: 32 hexadecimal digits.
    pub fingerprint: String,
}

/// Somebody for whom recordings were sealed once: those recordings still need one of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormerRecipient {
    /// Who it was, for people.
    pub name: String,
    /// The key's name in recordings: 32 hexadecimal digits.
    pub fingerprint: String,
}

/// How new recordings are sealed. Both lists are empty where they stand open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sealing {
    /// What is sealed: `picture`, `text`, `events`, `thumbnails`.
    pub classes: Vec<String>,
    /// For whom.
    pub recipients: Vec<Recipient>,
    /// Those for whom recordings were sealed before and no longer are, the last one first; at most 256.
    pub former: Vec<FormerRecipient>,
    /// Every class that can be sealed.
    pub possible_classes: Vec<String>,
    /// The most recipients.
    pub most_recipients: u32,
}

/// A recipient as it is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRecipient {
    /// Who it is, for people; 1 to 64 characters, each name once.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// The public key, as `kinescope key show` prints it.
    #[schema(max_length = 128)]
    pub public_key: String,
}

/// Body of `PUT /api/v1/sealing`. Sessions that start from now on are sealed like this; empty lists leave them open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSealing {
    /// What is sealed.
    #[schema(max_items = 4)]
    pub classes: Vec<String>,
    /// For whom.
    #[schema(max_items = 16)]
    pub recipients: Vec<SetRecipient>,
}
