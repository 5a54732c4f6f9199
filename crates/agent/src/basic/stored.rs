//! Where settings are kept: the machine's beside the agent's configuration, a user's in the own configuration folder.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use nix::unistd::{Uid, User};

use super::names::Level;
use super::settings::Values;
use crate::settings::DEFAULT_FILE;

/// A longer file is none of ours.
pub const MAX_FILE_BYTES: u64 = 64 << 10;
/// Its name, at every level.
pub const FILE_NAME: &str = "basic.toml";
/// Where it is in a user's home.
pub const USERS_FOLDERS: [&str; 2] = [".config", "kinescope"];

/// The machine's file: beside the agent's configuration.
pub fn machine_file(config: Option<&Path>) -> PathBuf {
    config.unwrap_or(Path::new(DEFAULT_FILE)).with_file_name(FILE_NAME)
}

/// The file of the user who asks.
///
/// # Errors
/// If the user has no home.
pub fn own_file() -> anyhow::Result<PathBuf> {
    let home = home(nix::unistd::geteuid().as_raw()).context("you have no home folder")?;
    Ok(USERS_FOLDERS.iter().fold(home, |path, name| path.join(name)).join(FILE_NAME))
}

/// A user's home: where root acts, what the user database says, as it cannot be told otherwise by who asks.
pub fn home(uid: u32) -> Option<PathBuf> {
    let own = nix::unistd::geteuid();
    if !own.is_root() && own.as_raw() == uid {
        return std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    }
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten()?;
    Some(user.dir).filter(|home| home.is_absolute())
}

/// Reads a file's text, of which nothing is set at this level that may not be.
///
/// # Errors
/// It says what is wrong, and where.
pub fn parse(text: &str, level: Level, file: &Path) -> anyhow::Result<Values> {
    let values: Values = config::Config::builder()
        .add_source(config::File::from_str(text, config::FileFormat::Toml))
        .build()
        .and_then(config::Config::try_deserialize)
        .with_context(|| format!("{} cannot be used", file.display()))?;
    values.check(level).with_context(|| format!("{} cannot be used", file.display()))
}

/// Reads a file; one that is not there sets nothing.
///
/// # Errors
/// As [`parse`], or if it cannot be read.
pub fn read(file: &Path, level: Level) -> anyhow::Result<Values> {
    // Not blocking: where somebody has put a pipe, nothing is waited for.
    let opened = OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).open(file);
    let opened = match opened {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Values::default()),
        opened => opened.with_context(|| format!("{} cannot be read", file.display()))?,
    };
    ensure!(opened.metadata()?.is_file(), "{} is no file", file.display());
    parse(&bounded(opened)?, level, file)
}

/// All of a file that is not too long.
///
/// # Errors
/// If it cannot be read, or is no text.
pub fn bounded(file: fs::File) -> anyhow::Result<String> {
    let mut text = String::new();
    file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= MAX_FILE_BYTES, "more than {MAX_FILE_BYTES} bytes");
    Ok(text)
}

/// Puts a file in place of the one that was there; a crash leaves one or the other. With nothing set there is none.
///
/// # Errors
/// If it cannot be written.
pub fn write(file: &Path, values: &Values, level: Level) -> anyhow::Result<()> {
    let failed = || match level {
        Level::Machine => format!("{} cannot be written; only root may set things for the machine", file.display()),
        _ => format!("{} cannot be written", file.display()),
    };
    if *values == Values::default() {
        return match fs::remove_file(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.with_context(failed),
        };
    }
    let (mode, folders) = if level == Level::Machine { (0o644, 0o755) } else { (0o600, 0o700) };
    let text = format!("# Written by `kinescope-agent config`.\n{}", values.to_toml());
    replace(file, &text, mode, folders).with_context(failed)
}

fn replace(file: &Path, text: &str, mode: u32, folders: u32) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::DirBuilder::new().recursive(true).mode(folders).create(folder)?;
    }
    let fresh = file.with_extension("new");
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut written = OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    fs::rename(fresh, file)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::basic::Name;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/basic.toml");
        let mut values = Values::default();
        for name in Name::ALL {
            values.set(name, &Values::defaults().text(name).unwrap()).unwrap();
        }
        values.set(Name::Folder, "/srv/\"quoted\" \\ ü").unwrap();
        write(&file, &values, Level::Machine).unwrap();
        assert_eq!(read(&file, Level::Machine).unwrap(), values);
        let refused = read(&file, Level::User).unwrap_err();
        assert!(format!("{refused:#}").contains("set for the machine alone"), "{refused:#}");
        write(&file, &Values::default(), Level::Machine).unwrap();
        assert!(!file.exists(), "with nothing set there is no file");
        assert_eq!(read(&file, Level::Machine).unwrap(), Values::default());
    }

    #[test]
    fn a_file_that_makes_no_sense_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE_NAME);
        for text in ["limit_mb = 0", "limit_mb = \"many\"", "what = 1", "folder = \"x\"", "= 1", "screen = 3.5.1"] {
            fs::write(&file, text).unwrap();
            let refused = format!("{:#}", read(&file, Level::Machine).unwrap_err());
            assert!(refused.contains("basic.toml"), "{text}: {refused}");
        }
        fs::remove_file(&file).unwrap();
        nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(read(&file, Level::User).is_err(), "a pipe is not waited for");
        fs::remove_file(&file).unwrap();
        fs::write(&file, vec![b'#'; 70_000]).unwrap();
        assert!(read(&file, Level::User).is_err());
    }
}
