//! What happens on a machine outside of its displays: programs that start, end and fail, files that change. One module for each thing that is
//! looked at; each tells what it saw and by which process, and knows nothing of recordings, sessions or policies.
//!
//! Nothing here waits: what has a descriptor is asked when that is readable, and what has none now and then.

mod bounded;
mod connector;
mod files;
mod origin;
pub mod process;
mod programs;
mod table;

pub use connector::{Connector, ProcessChange};
pub use files::{FileChange, FileChanged, FileEvent, Files, MAX_FOLDERS, Unwatched};
pub use origin::Origin;
pub use process::Facts;
pub use programs::{Ended, MAX_LISTS, ProgramEvent, Programs, Started};
pub use table::SHELLS;
