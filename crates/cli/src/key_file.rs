//! `--key FILE` of the tools that look into recordings.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sealing::{KeyFile, KeyRing, MAX_KEY_FILE_BYTES, PrivateKey};

use crate::terminal::hidden;

const PASSPHRASE_VARIABLE: &str = "KINESCOPE_KEY_PASSPHRASE";

/// Keys to open sealed recordings with.
#[derive(clap::Args)]
pub struct KeyArgs {
    /// Key file that opens a sealed recording; may be given several times.
    #[arg(long = "key", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl KeyArgs {
    /// Whether any was given.
    pub fn are_given(&self) -> bool {
        !self.files.is_empty()
    }

    /// The keys; asks for passphrases where they are needed.
    pub fn ring(&self) -> anyhow::Result<KeyRing> {
        Ok(KeyRing::new(self.private_keys()?))
    }

    /// The same one by one.
    pub fn private_keys(&self) -> anyhow::Result<Vec<PrivateKey>> {
        self.files.iter().map(|path| unlock(path)).collect()
    }
}

/// Reads a key file.
pub fn read(path: &Path) -> anyhow::Result<KeyFile> {
    let named = || format!("reading the key file {}", path.display());
    let mut text = String::new();
    let limit = MAX_KEY_FILE_BYTES as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text)).with_context(named)?;
    KeyFile::from_text(&text).with_context(named)
}

/// The passphrase that the environment gives.
pub fn passphrase_from_environment() -> Option<String> {
    std::env::var(PASSPHRASE_VARIABLE).ok().filter(|passphrase| !passphrase.is_empty())
}

fn unlock(path: &Path) -> anyhow::Result<PrivateKey> {
    let file = read(path)?;
    let passphrase = match (file.wants_passphrase(), passphrase_from_environment()) {
        (false, _) => String::new(),
        (true, Some(passphrase)) => passphrase,
        (true, None) if io::stdin().is_terminal() => hidden(&format!("Passphrase of {}: ", path.display()))?,
        (true, None) => bail!("{} has a passphrase; set {PASSPHRASE_VARIABLE}", path.display()),
    };
    file.unlock(&passphrase).with_context(|| format!("opening the key file {}", path.display()))
}
