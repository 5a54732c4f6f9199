//! `kinescope-agent host-watch`: says what happens on this machine outside of its displays. A process of its own, with the rights
//! alone that it needs, and without those that it needed only to begin: what it reads was written by the users who are recorded.
//!
//! * stdin: one line of JSON, [`Wanted`]; when it is closed, this ends. With a second line it ends a moment later: another one listens by then, and what
//!   waits here to be told is.
//! * stdout: lines of JSON, each a [`Told`]. Nobody reading holds it up: what the kernel keeps no longer then is told as lost.

mod source;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use detect::{
    AccountChange, ChangeEvent, ClientMount, ConfigurationChange, Connected, FileEvent, GroupChange, Manager,
    PackageChange, PrintEvent, ProgramEvent, SettingChange, StorageChanged,
};
use events::Listed;
use nix::poll::PollTimeout;
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use crate::confine::{Arguments, give_up_all_but, keep_only};
use crate::first_line::first_line;
use crate::programs::Names;
use crate::saying::is_over;
use sources::Sources;

pub use sources::MAX_LISTS;

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// What is told once it has come to rest has by then, but for what never rests, and so has the size of a file that was created before another listened.
const REST: Duration = Duration::from_secs(2);

/// What items of a list of configuration begin with that are folders of dconf's, not of the machine.
const OF_DCONF: &str = "dconf:";

/// Folders of settings that are listed.
pub fn settings(listed: &Listed) -> impl Iterator<Item = &str> {
    listed.iter().filter_map(|item| item.strip_prefix(OF_DCONF))
}

/// Paths of files and folders that are listed.
pub fn files(listed: &Listed) -> impl Iterator<Item = &str> {
    listed.iter().filter(|item| !item.starts_with(OF_DCONF))
}

/// What is to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Lists of programs; shells with any. At most [`MAX_LISTS`] count.
    pub programs: Vec<Names>,
    /// Programs that fail.
    pub failures: bool,
    /// Lists of folders. At most [`MAX_LISTS`] count.
    pub folders: Vec<Listed>,
    /// Lists of files and folders of configuration, among which may be settings. At most [`MAX_LISTS`] count.
    pub configuration: Vec<Listed>,
    /// Users' settings, which dconf keeps in these folders.
    pub settings: BTreeSet<(u32, PathBuf)>,
    /// User accounts and groups, which are kept in this folder.
    pub accounts: Option<PathBuf>,
    /// Packages, whose record dpkg keeps in this folder.
    pub packages: Option<PathBuf>,
    /// Packages, whose record rpm keeps in this folder.
    pub rpms: Option<PathBuf>,
    /// Applications, which flatpak keeps in this folder.
    pub flatpaks: Option<PathBuf>,
    /// Connections to shells and desktops of other machines.
    pub connections: bool,
    /// Storage on USB, of which sysfs, in this folder, says what it is.
    pub usb_storage: Option<PathBuf>,
    /// Folders in which drives of clients appear.
    pub client_drives: bool,
    /// What is printed with the CUPS whose spool this folder is.
    pub printing: Option<PathBuf>,
}

impl Wanted {
    /// Whether that is nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Folders that are listed, each with the lists that it is on: a bit for each.
    pub fn listed_folders(&self) -> Vec<(PathBuf, u64)> {
        let mut folders = BTreeMap::<&str, u64>::new();
        for (at, list) in self.folders.iter().take(MAX_LISTS).enumerate() {
            list.iter().for_each(|folder| *folders.entry(folder).or_default() |= 1 << at);
        }
        folders.into_iter().map(|(folder, lists)| (PathBuf::from(folder), lists)).collect()
    }
}

/// What is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Of a program.
    Program(ProgramEvent),
    /// Of a file.
    File(FileEvent),
    /// Of a file of configuration.
    Configuration(ChangeEvent<ConfigurationChange>),
    /// Of a setting of this user.
    Setting(u32, ChangeEvent<SettingChange>),
    /// Of an account.
    Account(ChangeEvent<AccountChange>),
    /// Of a group.
    Group(ChangeEvent<GroupChange>),
    /// Of a package.
    Package(Manager, ChangeEvent<PackageChange>),
    /// A connection was made.
    Connected(Box<Connected>),
    /// Storage on USB came or went.
    Storage(Box<StorageChanged>),
    /// All folders in which drives of clients appear.
    ClientMounts(Vec<ClientMount>),
    /// Of what is printed.
    Print(PrintEvent),
    /// A folder cannot be watched.
    Unwatched {
        /// It.
        folder: String,
        /// Why.
        reason: String,
    },
    /// Programs that start and end between two looks are missed, for this reason.
    Scans(String),
    /// It looks from here on, and has told what ran already.
    Listens,
    /// A folder is there that was not: another one would watch it.
    Outdated,
}

/// Runs the subcommand.
///
/// # Errors
/// If nobody listens any longer, or the kernel does not tell.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let wanted: Wanted = first_line(MAX_LINE_BYTES)?;
    // To look at other users' processes and files; the others only to begin to listen.
    let to_look = CapabilitySet::SYS_PTRACE | CapabilitySet::DAC_READ_SEARCH;
    let listens = !sources::folders(&wanted).is_empty() || !wanted.configuration.is_empty();
    let to_begin = if !listens { CapabilitySet::empty() } else { CapabilitySet::SYS_ADMIN };
    give_up_all_but(to_look | to_begin | CapabilitySet::NET_ADMIN, arguments)?;
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let mut heard = Ok(());
    let mut tell = |told: &Told| {
        if heard.is_ok() {
            heard = say(&mut stdout, told);
        }
    };
    let mut sources = Sources::open(&wanted, &mut tell);
    heard?;
    keep_only(to_look)?;
    let mut more = take(&mut sources, &mut stdout)?;
    say(&mut stdout, &Told::Listens)?;
    stdout.flush()?;
    let mut is_outdated = false;
    while !is_over(sources.fds(), if more { PollTimeout::ZERO } else { sources.timeout() })? {
        more = take(&mut sources, &mut stdout)?;
        if !is_outdated && sources.is_outdated() {
            is_outdated = true;
            say(&mut stdout, &Told::Outdated)?;
        }
        stdout.flush()?;
    }
    if std::io::stdin().lock().skip_until(b'\n')? == 0 {
        return Ok(());
    }
    let over = Instant::now() + REST;
    while Instant::now() < over {
        std::thread::sleep(REST / 40);
        take(&mut sources, &mut stdout)?;
        stdout.flush()?;
    }
    sources.look_now();
    take(&mut sources, &mut stdout)?;
    Ok(stdout.flush()?)
}

/// Says what happened. Whether more may wait already.
fn take(sources: &mut Sources, stdout: &mut impl Write) -> anyhow::Result<bool> {
    let mut heard = Ok(());
    let more = sources.take(&mut |told| {
        if heard.is_ok() {
            heard = say(stdout, &told);
        }
    })?;
    heard?;
    Ok(more)
}

fn say(stdout: &mut impl Write, told: &Told) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *stdout, told)?;
    Ok(stdout.write_all(b"\n")?)
}
