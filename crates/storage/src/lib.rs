//! Recordings at rest on the server's disks.
//!
//! One recording is one growing file `2026/11/20/i_<id>.kin` below one of the storage folders, with a small
//! `i_<id>.manifest` beside it that says up to where the bytes are known to be whole. Bytes are appended at the head
//! only and count as *durable* only after [`Store::sync_round`] has synced the file, its manifest and the folders that
//! name it. A sync that failed is never tried again on the same descriptor: the recording is cut back to its durable
//! head, and whoever sent the rest still has it.
//!
//! All calls block on the disk: async code calls them from a blocking thread. `docs/storage.md` is the operator's page.

mod asked;
mod error;
mod evidence_file;
mod grown;
mod latest;
mod layout;
mod manifest;
mod medium;
mod reader;
mod recover;
mod room;
mod store;
mod survey;
mod sync;

pub use asked::{AllAsked, Asked, AskedAction, MAX_ASKED};
pub use error::StorageError;
pub use grown::{Loss, Standing};
pub use latest::LatestFacts;
pub use manifest::Sender;
pub use medium::{Disk, Medium, Space, StoredFile};
pub use reader::RecordingReader;
pub use store::{Store, StoreOptions};
pub use survey::{Survey, entry_of};
pub use sync::SyncOutcome;
