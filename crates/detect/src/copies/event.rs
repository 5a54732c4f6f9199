//! What is told of copies.

use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// What is told of copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyEvent {
    /// One was made.
    Copied(Box<Copied>),
    /// More happened than the kernel kept, or is kept here.
    Lost,
}

/// A copy that was made of a file below a listed folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The file that was copied.
    pub path: String,
    /// The copy.
    pub to: String,
    /// Bytes of each.
    pub bytes: u64,
    /// Lists that the file is below and the copy is not: a bit for each.
    pub lists: u64,
    /// The process that opened the file.
    pub process: u32,
    /// The file that the process ran.
    pub program: Option<String>,
    /// Where the process came from.
    pub origin: Origin,
}
