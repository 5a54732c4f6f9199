//! Where a recording's files are: `<folder>/2026/11/20/i_<id>.kin`, by the day (UTC) on which it began.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use recording::RecordingId;

use crate::error::StorageError;

const PREFIX: &str = "i_";
const RECORDING_SUFFIX: &str = ".kin";
const MANIFEST_SUFFIX: &str = ".manifest";

/// A day's folder below one of the storage folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Location {
    /// Which storage folder, by its place in the configuration.
    pub folder: u16,
    year: i16,
    month: i8,
    day: i8,
}

impl Location {
    /// The place for a recording that began at this moment.
    pub(crate) fn of_start(folder: u16, started_unix_us: i64) -> Result<Self, StorageError> {
        let refused = StorageError::StartOutOfRange(started_unix_us);
        let Ok(moment) = Timestamp::from_microsecond(started_unix_us) else { return Err(refused) };
        let date = moment.to_zoned(TimeZone::UTC).date();
        if !(1970..=9999).contains(&date.year()) {
            return Err(refused);
        }
        Ok(Self { folder, year: date.year(), month: date.month(), day: date.day() })
    }

    /// The day's folder.
    pub(crate) fn day(&self, root: &Path) -> PathBuf {
        root.join(format!("{:04}", self.year)).join(format!("{:02}", self.month)).join(format!("{:02}", self.day))
    }

    /// The folders whose entries lead to a file in the day's folder, innermost first, storage folder last.
    pub(crate) fn chain(&self, root: &Path) -> Vec<PathBuf> {
        self.day(root).ancestors().take(4).map(Path::to_owned).collect()
    }

    /// The recording itself.
    pub(crate) fn recording(&self, root: &Path, id: RecordingId) -> PathBuf {
        self.day(root).join(format!("{PREFIX}{id}{RECORDING_SUFFIX}"))
    }

    /// Its manifest.
    pub(crate) fn manifest(&self, root: &Path, id: RecordingId) -> PathBuf {
        self.day(root).join(format!("{PREFIX}{id}{MANIFEST_SUFFIX}"))
    }
}

/// Finds all recordings by their names. Files with other names are not ours and are passed over.
pub(crate) fn walk(folders: &[PathBuf]) -> Result<HashMap<RecordingId, Location>, StorageError> {
    let mut found = HashMap::new();
    for (number, root) in (0_u16..).zip(folders) {
        for (year, year_path) in numbered(root, 4)? {
            for (month, month_path) in numbered(&year_path, 2)? {
                for (day, day_path) in numbered(&month_path, 2)? {
                    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else { continue };
                    let location = Location { folder: number, year, month, day };
                    for id in recordings_in(&day_path)? {
                        if let Some(other) = found.insert(id, location) {
                            tracing::error!(recording = %id, "the same recording lies in two places; the first is used");
                            found.insert(id, other);
                        }
                    }
                }
            }
        }
    }
    Ok(found)
}

/// Folders inside `parent` whose names are numbers of exactly `digits` digits.
fn numbered(parent: &Path, digits: usize) -> Result<Vec<(i16, PathBuf)>, StorageError> {
    let numbers = names(parent)?.into_iter().filter_map(|name| {
        let sound = name.len() == digits && name.bytes().all(|byte| byte.is_ascii_digit());
        let number = name.parse().ok().filter(|_| sound)?;
        let path = parent.join(name);
        path.is_dir().then_some((number, path))
    });
    Ok(numbers.collect())
}

fn recordings_in(day: &Path) -> Result<Vec<RecordingId>, StorageError> {
    let ids = names(day)?
        .into_iter()
        .filter_map(|name| name.strip_prefix(PREFIX)?.strip_suffix(RECORDING_SUFFIX)?.parse().ok());
    Ok(ids.collect())
}

fn names(folder: &Path) -> Result<Vec<String>, StorageError> {
    let failed = |source| StorageError::io("list", folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        if let Ok(name) = entry.map_err(failed)?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}
