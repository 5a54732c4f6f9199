//! Locking a session: by a locker that runs as its user.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use nix::unistd::{Uid, User, geteuid};
use tokio::process::Command;
use tokio::time::timeout;

use crate::sessions::Desktop;

/// Lockers that lock at once, best first. One goes on in the background once the screen is its own, the others stay.
const LOCKERS: [&str; 4] = ["/usr/bin/xsecurelock", "/usr/bin/i3lock", "/usr/bin/slock", "/usr/bin/xtrlock"];
/// One that has not failed by then has the screen.
const FAILS_WITHIN: Duration = Duration::from_secs(3);

/// Locks a session by this program, or else by the first known one that is installed. Returns what locks it. A locker fails while a
/// program of the session holds the keyboard, and waits while one holds the X server: only where that answers (`answers`) has one that
/// stays locked the session.
///
/// # Errors
/// If there is no locker, or it failed.
pub async fn lock(desktop: &Desktop, program: Option<&Path>, answers: impl Fn() -> bool) -> anyhow::Result<String> {
    let known = || LOCKERS.iter().map(PathBuf::from).find(|locker| locker.exists());
    let program = program.map(Path::to_owned).or_else(known).context("no locker is installed")?;
    let mut command = as_user(desktop, &program);
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let mut locker = command.spawn().with_context(|| format!("{name} cannot be started"))?;
    match timeout(FAILS_WITHIN, locker.wait()).await {
        Ok(Ok(status)) => ensure!(status.success(), "{name} failed"),
        Ok(Err(error)) => bail!("{name}: {error}"),
        Err(_) if !answers() => {
            let _ = locker.kill().await;
            bail!("{name} waits for the X server");
        }
        // It stays for as long as the session is locked.
        Err(_) => drop(tokio::spawn(async move { locker.wait().await })),
    }
    Ok(name)
}

/// A program that is run in a session as its user.
pub(super) fn as_user(desktop: &Desktop, program: &Path) -> Command {
    let user = User::from_uid(Uid::from_raw(desktop.uid)).ok().flatten();
    let home = user.as_ref().map_or_else(|| PathBuf::from("/"), |user| user.dir.clone());
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("HOME", home)
        .env("DISPLAY", &desktop.server.display)
        .envs(user.as_ref().map(|user| ("USER", &user.name)))
        .envs(desktop.xauthority.as_ref().map(|file| ("XAUTHORITY", file)))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if geteuid().is_root() {
        command.uid(desktop.uid).gid(user.as_ref().map_or(desktop.uid, |user| user.gid.as_raw()));
    }
    command
}
