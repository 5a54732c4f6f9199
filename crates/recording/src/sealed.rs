//! What the container knows of sealing: which classes there are, who can open them, and how a sealed payload begins.
//! `docs/format.md`, section *Sealing*. Encrypting is not the container's: what it carries here it does not open.

use serde::{Deserialize, Serialize};

use crate::entries::TrackKind;
use crate::limits::MAX_INDEX_RECIPIENTS;
use crate::varint::{self, Varint};
use crate::words::{open_words, shortened};

/// Characters of a recipient's fingerprint in an index.
const FINGERPRINT_CHARS: usize = 32;

open_words! {
    /// What is sealed together, under one key in each group.
    SealClass {
        /// What the screen showed: screen and pointer.
        Picture = "picture",
        /// What was typed and answered, and what was printed: terminals, input, copies of documents.
        Text = "text",
        /// Events.
        Events = "events",
        /// Small pictures for the seek bar.
        Thumbnails = "thumbnails",
    }
}

impl SealClass {
    /// Every class of this version.
    pub const ALL: [SealClass; 4] = [SealClass::Picture, SealClass::Text, SealClass::Events, SealClass::Thumbnails];
}

impl TrackKind {
    /// The class that a track of this kind is sealed with; `None` for kinds of later versions.
    pub fn seal_class(self) -> Option<SealClass> {
        match self {
            TrackKind::Screen | TrackKind::Pointer => Some(SealClass::Picture),
            TrackKind::Events => Some(SealClass::Events),
            TrackKind::Thumbnails => Some(SealClass::Thumbnails),
            TrackKind::Documents => Some(SealClass::Text),
            TrackKind::Other(_) => None,
        }
    }
}

/// The key of one class in one group, wrapped for everybody who may open it. Fields are kept as they stand: a recipient
/// whose key is of a later kind must not make a group unreadable for the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassKeys {
    /// What is sealed.
    pub class: SealClass,
    /// One entry for each recipient.
    pub recipients: Vec<WrappedKey>,
}

/// A group's key for one recipient: RFC 9180, base mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// The fingerprint of the recipient's public key: 32 hexadecimal digits.
    pub recipient: String,
    /// The encapsulated key (`enc` in RFC 9180), hexadecimal.
    pub encapsulated: String,
    /// The sealed group key (`ct` in RFC 9180), hexadecimal.
    pub wrapped: String,
}

/// What an index says of sealing: so that a reader can tell who may open a recording before it reads a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedIndex {
    /// Classes that are sealed in some group, in the order in which they were met.
    pub classes: Vec<SealClass>,
    /// Fingerprints of recipients in some group, in the order in which they were met; at most
    /// [`crate::MAX_INDEX_RECIPIENTS`].
    pub recipients: Vec<String>,
}

impl SealedIndex {
    /// Takes in what a group states.
    pub fn note(&mut self, keys: &[ClassKeys]) {
        for ClassKeys { class, recipients } in keys {
            if SealClass::ALL.contains(class) && !self.classes.contains(class) {
                self.classes.push(class.clone());
            }
            for WrappedKey { recipient, .. } in recipients {
                let recipient = shortened(recipient, FINGERPRINT_CHARS);
                if self.recipients.len() < MAX_INDEX_RECIPIENTS && !self.recipients.contains(&recipient) {
                    self.recipients.push(recipient);
                }
            }
        }
    }
}

/// Cuts a sealed payload into its counter and the ciphertext with its tag; `None` if it does not begin with a counter.
pub fn split_sealed(payload: &[u8]) -> Option<(u64, &[u8])> {
    match varint::read(payload) {
        Varint::Value(counter, len) => Some((counter, &payload[len..])),
        Varint::Incomplete | Varint::Invalid => None,
    }
}

/// Puts a sealed payload together.
pub fn join_sealed(counter: u64, ciphertext_and_tag: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(ciphertext_and_tag.len() + 2);
    varint::write(counter, &mut payload);
    payload.extend_from_slice(ciphertext_and_tag);
    payload
}
