//! Lists of programs, folders and the like that somebody wrote down.

use serde::{Deserialize, Serialize};

/// Items of one list.
pub const MAX_LISTED: usize = 256;
/// Bytes of one item.
pub const MAX_ITEM_BYTES: usize = 1_024;

/// Programs, folders or the like: at most [`MAX_LISTED`], each of 1 to [`MAX_ITEM_BYTES`] bytes without control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Listed(Vec<String>);

/// A list that is too long, or says something that nothing is named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidList {
    /// Too many items.
    #[error("a list here has at most {MAX_LISTED} items, and this one has {0}")]
    Length(usize),
    /// Nothing is named like that.
    #[error("an item of a list has 1 to {MAX_ITEM_BYTES} bytes, none of them a control character")]
    Item,
}

impl TryFrom<Vec<String>> for Listed {
    type Error = InvalidList;

    fn try_from(items: Vec<String>) -> Result<Self, InvalidList> {
        if items.len() > MAX_LISTED {
            return Err(InvalidList::Length(items.len()));
        }
        let items: Vec<String> = items.into_iter().map(|item| item.trim().to_owned()).collect();
        let is_valid =
            |item: &String| (1..=MAX_ITEM_BYTES).contains(&item.len()) && !item.chars().any(char::is_control);
        if items.iter().all(is_valid) { Ok(Self(items)) } else { Err(InvalidList::Item) }
    }
}

impl From<Listed> for Vec<String> {
    fn from(listed: Listed) -> Self {
        listed.0
    }
}

impl Listed {
    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is listed.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}
