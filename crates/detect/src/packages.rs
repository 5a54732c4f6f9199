//! Packages that are installed, removed and replaced by other versions, as dpkg's own record of them says. Its log is not looked at: it can be
//! switched off, is rotated, and tells what was tried.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::bounded;
use crate::replaced::{Doer, Replaced};

/// dpkg writes another and puts it in the place of this one when it has done something.
const NAMES: &[&str] = &["status"];
/// So much of it is read: some ten thousands of packages.
const MAX_STATUS_BYTES: u64 = 64 << 20;
/// A name or version is cut here.
const MAX_WORD_BYTES: usize = 256;
/// Changes that are told at a time; of more, the number.
const MAX_TOLD: usize = 1_024;

/// What is told of packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageEvent {
    /// One changed.
    Changed(Box<PackageChanged>),
    /// So many more changed at once.
    Lost(u64),
}

/// A package that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageChanged {
    /// Its name, with the architecture where it is not installed for one alone: `libc6:i386`.
    pub package: String,
    /// The version that was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The version that is there now. With neither it would be no change; without this one it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The one program that wrote the record meanwhile, where the kernel told that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Doer>,
}

/// Packages by name and architecture, with the version that is installed; `None`: something is being done to it, or failed halfway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages(BTreeMap<(String, String), Option<String>>);

/// Watches the packages of a machine.
#[derive(Debug)]
pub struct PackageWatch {
    folder: PathBuf,
    files: Replaced,
    before: Packages,
}

impl Packages {
    /// What dpkg's `status` says.
    pub fn read(status: &[u8]) -> Self {
        let mut packages = BTreeMap::new();
        let mut about = About::default();
        for line in status.split(|byte| *byte == b'\n').chain([&b""[..]]) {
            if !line.is_empty() {
                about.read(line);
                continue;
            }
            let About { name, version, architecture, is } = std::mem::take(&mut about);
            let Some((name, version)) = name.zip(version) else { continue };
            let version = match is {
                // What waits for something to be done once for many is there.
                b"installed" | b"triggers-awaited" | b"triggers-pending" => Some(text(version)),
                b"unpacked" | b"half-configured" | b"half-installed" => None,
                _ => continue,
            };
            packages.insert((text(name), text(architecture)), version);
        }
        Self(packages)
    }

    /// Becomes what was read later, and says what is different. Of a package that something is being done to it stays known what it was.
    pub fn become_later(&mut self, later: Self) -> Vec<PackageChanged> {
        let before = std::mem::take(self);
        for (key, version) in later.0 {
            if let Some(version) = version.or_else(|| before.0.get(&key).cloned().flatten()) {
                self.0.insert(key, Some(version));
            }
        }
        let version = |packages: &Self, key| packages.0.get(key).cloned().flatten();
        let keys = before.0.keys().chain(self.0.keys().filter(|key| !before.0.contains_key(*key)));
        let changes = keys.map(|key| PackageChanged {
            package: before.named(self, key),
            from: version(&before, key),
            to: version(self, key),
            by: None,
        });
        changes.filter(|change| change.from != change.to).collect()
    }

    fn named(&self, later: &Self, (name, architecture): &(String, String)) -> String {
        let has_other = |packages: &Self| {
            let first = (name.clone(), String::new());
            packages.0.range(first..).take_while(|((other, _), _)| other == name).any(|((_, of), _)| of != architecture)
        };
        if has_other(self) || has_other(later) { format!("{name}:{architecture}") } else { name.clone() }
    }
}

/// One package as its paragraph says.
#[derive(Debug, Default)]
struct About<'a> {
    name: Option<&'a [u8]>,
    version: Option<&'a [u8]>,
    architecture: &'a [u8],
    /// What state it is in.
    is: &'a [u8],
}

impl<'a> About<'a> {
    fn read(&mut self, line: &'a [u8]) {
        if let Some(name) = line.strip_prefix(b"Package:") {
            self.name = Some(name.trim_ascii());
        } else if let Some(version) = line.strip_prefix(b"Version:") {
            self.version = Some(version.trim_ascii());
        } else if let Some(architecture) = line.strip_prefix(b"Architecture:") {
            self.architecture = architecture.trim_ascii();
        } else if let Some(status) = line.strip_prefix(b"Status:") {
            // What is wanted of it, whether something is wrong, and what is.
            self.is = status.trim_ascii().rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        }
    }
}

impl PackageWatch {
    /// Begins to watch dpkg's folder, which is /var/lib/dpkg.
    ///
    /// # Errors
    /// If there is none, or its `status` cannot be read.
    pub fn watch(folder: &Path) -> std::io::Result<Self> {
        let files = Replaced::watch(folder, NAMES)?;
        let before = read(folder)?;
        Ok(Self { folder: folder.to_owned(), files, before })
    }

    /// Readable when there may be something to take.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.files.fd()
    }

    /// When there is something to take without that.
    pub fn due(&self) -> Option<Instant> {
        self.files.due()
    }

    /// The kernel told that a process put something in this place.
    pub fn replaced_by(&mut self, path: &str, doer: &Doer) {
        self.files.replaced_by(path, doer);
    }

    /// Tells what changed, once dpkg has come to rest.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(&mut self, tell: &mut dyn FnMut(PackageEvent)) -> std::io::Result<()> {
        let Some(by) = self.files.take()? else { return Ok(()) };
        // What cannot be read now is compared when it changes again.
        let Ok(now) = read(&self.folder) else { return Ok(()) };
        let changes = self.before.become_later(now);
        let more = changes.len().saturating_sub(MAX_TOLD);
        for change in changes.into_iter().take(MAX_TOLD) {
            tell(PackageEvent::Changed(Box::new(PackageChanged { by: by.clone(), ..change })));
        }
        if more > 0 {
            tell(PackageEvent::Lost(more as u64));
        }
        Ok(())
    }
}

fn read(folder: &Path) -> std::io::Result<Packages> {
    let mut status = Vec::new();
    File::open(folder.join("status"))?.take(MAX_STATUS_BYTES).read_to_end(&mut status)?;
    Ok(Packages::read(&status))
}

fn text(word: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(word).into_owned();
    bounded::cut(&mut text, MAX_WORD_BYTES);
    text
}
