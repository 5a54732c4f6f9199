//! Packages that rpm has installed. Its database is kept in one of several ways, so it is rpm that is asked, each time the database has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::compared::Kept;
use crate::packages::{Key, PackageChange, named, text};

/// Its program. Looked for nowhere else: what stands there is root's.
const RPM: &str = "/usr/bin/rpm";
/// A line a package: its name, its architecture, its epoch (where it has one), version and release.
const FORMAT: &str = "%{NAME}\\t%{ARCH}\\t%{EVR}\\n";
/// How long it may take to answer. Nothing else is told meanwhile; some thousand packages take a second.
const PATIENCE: Duration = Duration::from_secs(5);
/// So much of its answer is read.
const MAX_ANSWER_BYTES: usize = 16 << 20;
const BUFFER_BYTES: usize = 64 << 10;

/// rpm's database, in /var/lib/rpm.
#[derive(Debug, Default)]
pub struct RpmDatabase;

/// Versions that are installed, by name and architecture: of some packages, kernels above all, there are several at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RpmPackages(BTreeMap<Key, BTreeSet<String>>);

impl RpmPackages {
    /// What rpm answered. Lines that say nothing are passed over.
    fn read(answer: &[u8]) -> Self {
        let mut packages = BTreeMap::<Key, BTreeSet<String>>::new();
        for line in answer.split(|byte| *byte == b'\n') {
            let mut words = line.split(|byte| *byte == b'\t');
            let (Some(name), Some(architecture), Some(version)) = (words.next(), words.next(), words.next()) else {
                continue;
            };
            // What stands there without code, such as a key that packages are signed with.
            let architecture = if architecture == b"(none)" { b"" } else { architecture };
            packages.entry((text(name), text(architecture))).or_default().insert(text(version));
        }
        Self(packages)
    }

    fn changes(&self, now: &Self) -> Vec<PackageChange> {
        let none = BTreeSet::new();
        let keys: BTreeSet<&Key> = self.0.keys().chain(now.0.keys()).collect();
        let changes = keys.into_iter().flat_map(|key| {
            let (before, after) = (self.0.get(key).unwrap_or(&none), now.0.get(key).unwrap_or(&none));
            let went: Vec<_> = before.difference(after).cloned().map(Some).collect();
            let came: Vec<_> = after.difference(before).cloned().map(Some).collect();
            // One that takes the place of one is an update; of several nobody knows which takes whose.
            let pairs: Vec<_> = if went.len() == 1 && came.len() == 1 {
                went.into_iter().zip(came).collect()
            } else {
                went.into_iter().map(|from| (from, None)).chain(came.into_iter().map(|to| (None, to))).collect()
            };
            let package = named(&self.0, &now.0, key);
            pairs.into_iter().map(move |(from, to)| PackageChange { package: package.clone(), from, to })
        });
        changes.collect()
    }
}

impl Kept for RpmDatabase {
    type State = RpmPackages;
    type Change = PackageChange;
    /// The database as rpm keeps it now, and as it and others kept it before. To ask touches it, where that is done by root.
    const NAMES: &'static [&'static str] = &["rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages"];
    const MAX_TOLD: usize = 1_024;

    fn read(&self, folder: &Path) -> std::io::Result<RpmPackages> {
        let mut rpm = Command::new(RPM);
        rpm.arg("--dbpath").arg(folder).args(["-qa", "--queryformat", FORMAT]).env_clear();
        rpm.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut rpm = Asked(rpm.spawn()?);
        let stdout = rpm.0.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let answer = answer(stdout, Instant::now() + PATIENCE)?;
        // It has said all: there is nothing left for it to do.
        match rpm.0.wait()? {
            status if status.success() => Ok(RpmPackages::read(&answer)),
            status => Err(Error::other(format!("rpm does not say what is installed ({status})"))),
        }
    }

    fn changes(before: &mut RpmPackages, now: RpmPackages) -> Vec<PackageChange> {
        let changes = before.changes(&now);
        *before = now;
        changes
    }
}

/// Gone when dropped.
struct Asked(Child);

impl Drop for Asked {
    fn drop(&mut self) {
        // One that has ended and was waited for is left alone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All that it says, if it is said in time.
fn answer(mut stdout: ChildStdout, until: Instant) -> std::io::Result<Vec<u8>> {
    let (mut answer, mut buffer) = (Vec::new(), vec![0; BUFFER_BYTES]);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(|_| ErrorKind::InvalidInput)?;
        match poll(&mut [PollFd::new(&stdout, PollFlags::IN)], Some(&left)) {
            Ok(0) => return Err(ErrorKind::TimedOut.into()),
            Err(rustix::io::Errno::INTR) => continue,
            other => other?,
        };
        match stdout.read(&mut buffer)? {
            0 => return Ok(answer),
            read => answer.extend(buffer.iter().take(read)),
        }
        if answer.len() > MAX_ANSWER_BYTES {
            return Err(ErrorKind::FileTooLarge.into());
        }
    }
}
