//! What is to be sealed, and for whom.

use recording::SealClass;
use serde::{Deserialize, Serialize};

use crate::keys::PublicKey;

/// The most recipients: every group carries a wrapped key for each of them and each class.
pub const MAX_RECIPIENTS: usize = 16;

/// Classes to seal and the keys to seal them for. Both lists hold something, and nothing twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct SealPlan {
    classes: Vec<SealClass>,
    recipients: Vec<PublicKey>,
}

#[derive(Deserialize)]
struct Unchecked {
    classes: Vec<SealClass>,
    recipients: Vec<PublicKey>,
}

impl TryFrom<Unchecked> for SealPlan {
    type Error = InvalidPlan;

    fn try_from(Unchecked { classes, recipients }: Unchecked) -> Result<SealPlan, InvalidPlan> {
        SealPlan::new(classes, recipients)
    }
}

impl SealPlan {
    /// A plan to seal these classes for these recipients.
    ///
    /// # Errors
    /// [`InvalidPlan`] if nothing would be sealed, nobody could open it, or there are too many recipients.
    pub fn new(classes: Vec<SealClass>, recipients: Vec<PublicKey>) -> Result<SealPlan, InvalidPlan> {
        if let Some(class) = classes.iter().find(|class| !SealClass::ALL.contains(class)) {
            return Err(InvalidPlan::UnknownClass(class.to_string()));
        }
        let twice = |at: usize, key: &PublicKey| recipients[..at].contains(key);
        if classes.is_empty() {
            return Err(InvalidPlan::NoClass);
        }
        if classes.iter().enumerate().any(|(at, class)| classes[..at].contains(class)) {
            return Err(InvalidPlan::ClassTwice);
        }
        if recipients.is_empty() || recipients.len() > MAX_RECIPIENTS {
            return Err(InvalidPlan::Recipients(recipients.len()));
        }
        if recipients.iter().enumerate().any(|(at, key)| twice(at, key)) {
            return Err(InvalidPlan::RecipientTwice);
        }
        Ok(SealPlan { classes, recipients })
    }

    /// What is sealed.
    pub fn classes(&self) -> &[SealClass] {
        &self.classes
    }

    /// For whom.
    pub fn recipients(&self) -> &[PublicKey] {
        &self.recipients
    }
}

/// Why a plan makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPlan {
    /// Nothing is to be sealed.
    #[error("name at least one class to seal: picture, text, events or thumbnails")]
    NoClass,
    /// A class stands twice.
    #[error("a class to seal is named twice")]
    ClassTwice,
    /// A class that this version cannot seal.
    #[error("“{0}” is nothing that this version can seal; it can seal picture, text, events and thumbnails")]
    UnknownClass(String),
    /// Nobody could open it, or a group could not hold all keys.
    #[error("{0} recipients were named; between 1 and {MAX_RECIPIENTS} can be")]
    Recipients(usize),
    /// A key stands twice.
    #[error("the same public key is named twice")]
    RecipientTwice,
}
