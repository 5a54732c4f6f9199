//! Applications and runtimes that flatpak has installed for the whole machine, by the folders in which it keeps them. What users install for
//! themselves is not looked at.

use std::fs::read_dir;
use std::path::Path;

use crate::compared::Kept;
use crate::packages::{PackageChange, Packages};

/// What is installed that is looked at.
const MAX_INSTALLED: usize = 16 << 10;
/// So many letters of what flatpak calls a commit are its version: it shows as many.
const COMMIT_LETTERS: usize = 12;

/// flatpak's installation, in /var/lib/flatpak.
#[derive(Debug, Default)]
pub struct Flatpaks;

impl Kept for Flatpaks {
    type State = Packages;
    type Change = PackageChange;
    const NAMES: &'static [&'static str] = &[".changed"];
    const TOUCHED: bool = true;
    const MAX_TOLD: usize = 1_024;

    fn read(&self, folder: &Path) -> std::io::Result<Packages> {
        // The file is there from the first installation on, and so are the folders then.
        let installed = ["app", "runtime"].into_iter().flat_map(|kind| below(&folder.join(kind)));
        let branches = installed.flat_map(|(name, path)| {
            let architectures = below(&path).into_iter();
            architectures.flat_map(move |(architecture, path)| {
                let name = name.clone();
                let branches = below(&path).into_iter();
                branches.map(move |(branch, path)| (name.clone(), format!("{architecture}/{branch}"), path))
            })
        });
        let found = branches.filter_map(|(name, of, path)| {
            // Where there is none, it is being installed or removed.
            let commit = path.join("active").read_link().ok()?;
            let version = commit.file_name()?.to_string_lossy().chars().take(COMMIT_LETTERS).collect();
            Some(((name, of), Some(version)))
        });
        Ok(Packages::of(found.take(MAX_INSTALLED)))
    }

    fn changes(before: &mut Packages, now: Packages) -> Vec<PackageChange> {
        before.become_later(now)
    }
}

/// Folders in a folder, by name, of which there may be none.
fn below(folder: &Path) -> Vec<(String, std::path::PathBuf)> {
    let entries = read_dir(folder).into_iter().flatten().flatten().take(MAX_INSTALLED);
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect()
}
