//! Packages that are installed, removed and replaced by other versions, as dpkg's own record of them says. Its log is not looked at: it can be
//! switched off, is rotated, and tells what was tried.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::bounded;
use crate::compared::Kept;

/// So much of it is read: some ten thousands of packages.
const MAX_STATUS_BYTES: u64 = 64 << 20;
/// A name or version is cut here.
const MAX_WORD_BYTES: usize = 256;

/// A package that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageChange {
    /// Its name, with the architecture where it is not installed for one alone: `libc6:i386`.
    pub package: String,
    /// The version that was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The version that is there now. With neither it would be no change; without this one it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A package's name and its architecture.
pub(crate) type Key = (String, String);

/// Packages by name and architecture, with the version that is installed; `None`: something is being done to it, or failed halfway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages(BTreeMap<Key, Option<String>>);

/// What installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manager {
    /// Debian's.
    Dpkg,
    /// That of Red Hat, SUSE and others.
    Rpm,
    /// That of applications for all systems.
    Flatpak,
}

impl Manager {
    /// Its name, as it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::Rpm => "rpm",
            Self::Flatpak => "flatpak",
        }
    }
}

/// dpkg's record, in /var/lib/dpkg.
#[derive(Debug, Default)]
pub struct DpkgStatus;

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

    /// These.
    pub(crate) fn of(packages: impl Iterator<Item = (Key, Option<String>)>) -> Self {
        Self(packages.collect())
    }

    /// Becomes what was read later, and says what is different. Of a package that something is being done to it stays known what it was.
    pub fn become_later(&mut self, later: Self) -> Vec<PackageChange> {
        let before = std::mem::take(self);
        for (key, version) in later.0 {
            if let Some(version) = version.or_else(|| before.0.get(&key).cloned().flatten()) {
                self.0.insert(key, Some(version));
            }
        }
        let version = |packages: &Self, key| packages.0.get(key).cloned().flatten();
        let keys = before.0.keys().chain(self.0.keys().filter(|key| !before.0.contains_key(*key)));
        let changes = keys.map(|key| PackageChange {
            package: named(&before.0, &self.0, key),
            from: version(&before, key),
            to: version(self, key),
        });
        changes.filter(|change| change.from != change.to).collect()
    }
}

/// What a package is called: by its name, with its architecture where there is another of that name, before or later.
pub(crate) fn named<V>(before: &BTreeMap<Key, V>, later: &BTreeMap<Key, V>, key: &Key) -> String {
    let (name, architecture) = key;
    let has_other = |packages: &BTreeMap<Key, V>| {
        let first = (name.clone(), String::new());
        packages.range(first..).take_while(|((other, _), _)| other == name).any(|((_, of), _)| of != architecture)
    };
    if has_other(before) || has_other(later) { format!("{name}:{architecture}") } else { name.clone() }
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

impl Kept for DpkgStatus {
    type State = Packages;
    type Change = PackageChange;
    /// dpkg writes another and puts it in the place of this one when it has done something.
    const NAMES: &'static [&'static str] = &["status"];
    const MAX_TOLD: usize = 1_024;

    fn read(&self, folder: &Path) -> std::io::Result<Packages> {
        let mut status = Vec::new();
        File::open(folder.join("status"))?.take(MAX_STATUS_BYTES).read_to_end(&mut status)?;
        Ok(Packages::read(&status))
    }

    fn changes(before: &mut Packages, now: Packages) -> Vec<PackageChange> {
        before.become_later(now)
    }
}

pub(crate) fn text(word: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(word).into_owned();
    bounded::cut(&mut text, MAX_WORD_BYTES);
    text
}
