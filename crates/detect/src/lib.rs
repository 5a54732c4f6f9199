//! What happens on a machine outside of its displays: programs that start, end and fail, files, accounts and packages that change, connections that
//! are made. One module for each thing that is looked at; each tells what it saw and by which process, and knows nothing of recordings,
//! sessions or policies.
//!
//! Nothing here waits: what has a descriptor is asked when that is readable, and what has none now and then.

mod accounts;
mod bounded;
mod compared;
mod configuration;
mod connections;
mod connector;
mod copies;
mod dconf;
mod drives;
mod ended;
mod files;
mod files_watch;
mod flatpak;
mod handles;
mod lineage;
mod mounts;
mod origin;
mod packages;
mod printing;
pub mod process;
mod programs;
mod replaced;
mod rpm;
pub mod sockets;
mod ssh;
mod systems;
mod table;
mod usb;

pub use accounts::{AccountChange, AccountFiles, Accounts, Change, Digest, GroupChange, GroupFile, Groups, OfGroup};
pub use compared::{ChangeEvent, Changed, Kept, Watch};
pub use configuration::{About, Configuration, ConfigurationChange, OfFile};
pub use connections::{Connected, Connections, Protocol, is_client};
pub use connector::{Connector, ProcessChange};
pub use copies::{Copied, Copies, CopyEvent};
pub use dconf::{DconfDatabase, OfSetting, SettingChange, settings};
pub use drives::{DriveEvent, Drives, Transfer};
pub use files::{FileChange, FileChanged, FileEvent, Files, MAX_FOLDERS, Unwatched};
pub use files_watch::FilesWatch;
pub use flatpak::Flatpaks;
pub use mounts::{ClientMount, MountWatch, client_mounts};
pub use origin::Origin;
pub use packages::{DpkgStatus, Manager, PackageChange, Packages};
pub use printing::{Job, JobState, PrintEvent, PrintWatch, document_file};
pub use process::Facts;
pub use programs::{Ended, MAX_LISTS, ProgramEvent, Programs, Started};
pub use replaced::Doer;
pub use rpm::{RpmDatabase, RpmPackages};
pub use ssh::{Direction, SshEvent, SshTransfer, SshTransfers, SshWay, Whose};
pub use table::SHELLS;
pub use usb::{Storage, StorageChanged, UsbWatch};
