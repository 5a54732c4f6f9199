//! Lists that hold something, and not too much.

use serde::{Deserialize, Serialize};

/// Items of one criterion, and programs that one rule hides.
pub const MAX_ITEMS: usize = 256;

/// At least one item, at most [`MAX_ITEMS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "Vec<T>",
    into = "Vec<T>",
    bound(serialize = "T: Clone + Serialize", deserialize = "T: Deserialize<'de>")
)]
pub struct Items<T>(Vec<T>);

/// A list that says nothing, or is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a list here has 1 to {MAX_ITEMS} items, and this one has {0}")]
pub struct InvalidLength(usize);

impl<T> TryFrom<Vec<T>> for Items<T> {
    type Error = InvalidLength;

    fn try_from(items: Vec<T>) -> Result<Self, InvalidLength> {
        if (1..=MAX_ITEMS).contains(&items.len()) { Ok(Self(items)) } else { Err(InvalidLength(items.len())) }
    }
}

impl<T> From<Items<T>> for Vec<T> {
    fn from(items: Items<T>) -> Self {
        items.0
    }
}

impl<T> std::ops::Deref for Items<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}
