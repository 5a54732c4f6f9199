//! What happens on a machine outside of its displays: programs that start, end and fail, files, accounts and packages that change, connections that
//! are made. One module for each thing that is looked at; each tells what it saw and by which process, and knows nothing of recordings,
//! sessions or policies.
//!
//! Nothing here waits: what has a descriptor is asked when that is readable, and what has none now and then.

mod accounts;
mod bounded;
mod compared;
mod connections;
mod connector;
mod files;
mod origin;
mod packages;
mod printing;
pub mod process;
mod programs;
mod replaced;
pub mod sockets;
mod table;
mod usb;

pub use accounts::{AccountChange, AccountFiles, Accounts, Change, Digest};
pub use compared::{ChangeEvent, Changed, Kept, Watch};
pub use connections::{Connected, Connections, Protocol, is_client};
pub use connector::{Connector, ProcessChange};
pub use files::{FileChange, FileChanged, FileEvent, Files, MAX_FOLDERS, Unwatched};
pub use origin::Origin;
pub use packages::{DpkgStatus, PackageChange, Packages};
pub use printing::{Job, JobState, PrintEvent, PrintWatch};
pub use process::Facts;
pub use programs::{Ended, MAX_LISTS, ProgramEvent, Programs, Started};
pub use replaced::Doer;
pub use table::SHELLS;
pub use usb::{Storage, StorageChanged, UsbWatch};
