//! A user's own settings, as dconf keeps them: the file is compared with what it said before.

mod database;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};
use serde::{Deserialize, Serialize};

use crate::compared::Kept;
pub use database::settings;

/// So much of the file is read.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// A setting that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// Its path, such as `/org/gnome/desktop/screensaver/lock-enabled`.
    pub key: String,
    /// What became of it.
    pub change: OfSetting,
    /// What it is now, as far as it can be said in a word: truth values, numbers, texts and lists of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What can become of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfSetting {
    /// It was as the system has it, and is the user's own now.
    Created,
    /// It is another.
    Changed,
    /// It is as the system has it again.
    Removed,
}

/// The database of the user with this number, in `.config/dconf`.
#[derive(Debug)]
pub struct DconfDatabase(pub u32);

impl Kept for DconfDatabase {
    type State = BTreeMap<String, Vec<u8>>;
    type Change = SettingChange;
    /// dconf writes another and puts it in the place of this one.
    const NAMES: &'static [&'static str] = &["user"];
    const MAX_TOLD: usize = 256;

    fn read(&self, folder: &Path) -> std::io::Result<Self::State> {
        // It is the user's own, who may put anything into its place.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match open(folder.join("user"), flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(rustix::io::Errno::NOENT) => return Ok(BTreeMap::new()),
            Err(error) => return Err(error.into()),
        };
        let about = file.metadata()?;
        // A folder that is a link may lead to somebody else's settings.
        if !about.is_file() || about.uid() != self.0 {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
        settings(&bytes).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
    }

    fn changes(before: &mut Self::State, now: Self::State) -> Vec<SettingChange> {
        let mut changes = Vec::new();
        for (key, value) in &now {
            let change = match before.get(key) {
                None => OfSetting::Created,
                Some(former) if former != value => OfSetting::Changed,
                Some(_) => continue,
            };
            changes.push(SettingChange { key: key.clone(), change, value: database::text(value) });
        }
        for key in before.keys().filter(|key| !now.contains_key(*key)) {
            changes.push(SettingChange { key: key.clone(), change: OfSetting::Removed, value: None });
        }
        *before = now;
        changes
    }
}
