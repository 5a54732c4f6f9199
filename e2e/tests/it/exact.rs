//! Whether a recording shows exactly what an X server shows: everything that draws is stopped, and what `kinescope frame`
//! makes of the recording is compared with the server's picture, pixel for pixel.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;
use nix::unistd::Pid;

use crate::picture::Picture;
use crate::process::{own, wait_for};

/// Stops the display's programs, waits until the recording has caught up, and lets them go on. Returns the picture.
pub fn assert_exact(display: &str, authority: &Path, recording: &Path, when: &str) -> anyhow::Result<Picture> {
    let stopped = Stopped::all_clients_of(display)?;
    let shown = settled_picture(display, authority)?;
    wait_for(&format!("{when} to be recorded exactly"), || match recorded_picture(recording)?.difference(&shown) {
        None => Ok(Some(())),
        Some(difference) => anyhow::bail!("recorded and shown differ: {difference}"),
    })?;
    println!("{when}: {}×{} exact, {} programs stopped", shown.width, shown.height, stopped.processes.len());
    Ok(shown)
}

/// The server's picture once it has carried out what its clients had sent before they were stopped.
fn settled_picture(display: &str, authority: &Path) -> anyhow::Result<Picture> {
    let mut before = Picture::of_server(display, authority)?;
    wait_for("the screen to come to rest", || {
        std::thread::sleep(Duration::from_millis(300));
        let now = Picture::of_server(display, authority)?;
        let at_rest = now == before;
        before = now;
        Ok(at_rest.then_some(()))
    })?;
    Ok(before)
}

fn recorded_picture(recording: &Path) -> anyhow::Result<Picture> {
    let png = recording.with_extension("png");
    let made = own("kinescope")?.arg("frame").arg(recording).args(["--at", "end", "-o"]).arg(&png).output()?;
    ensure!(made.status.success(), "kinescope frame: {}", String::from_utf8_lossy(&made.stderr));
    Picture::from_png(&png).context("the picture that kinescope frame wrote")
}

/// Programs that are stopped until this is dropped.
struct Stopped {
    processes: Vec<Pid>,
}

impl Stopped {
    /// Stops everything whose environment names the display (but not its server), until a look around finds nothing new.
    fn all_clients_of(display: &str) -> anyhow::Result<Self> {
        let server = server_of(display)?;
        let mut stopped = Self { processes: Vec::new() };
        loop {
            let before = stopped.processes.len();
            for process in clients_of(display)? {
                if process != server && !stopped.processes.contains(&process) && kill(process, Signal::SIGSTOP).is_ok()
                {
                    stopped.processes.push(process);
                }
            }
            if stopped.processes.len() == before {
                ensure!(before > 0, "nothing runs on {display}");
                return Ok(stopped);
            }
        }
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        for process in &self.processes {
            let _ = kill(*process, Signal::SIGCONT);
        }
    }
}

/// The process that listens on the display's socket. That of a session under xrdp has the display in its environment, too.
fn server_of(display: &str) -> anyhow::Result<Pid> {
    let peer = getsockopt(&crate::picture::connect(display)?, PeerCredentials)?;
    Ok(Pid::from_raw(peer.pid()))
}

fn clients_of(display: &str) -> anyhow::Result<Vec<Pid>> {
    let names = [format!("DISPLAY={display}"), format!("DISPLAY={display}.0")];
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // Processes of others, and those that have just ended, cannot be read.
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|one| names.iter().any(|name| one == name.as_bytes())) {
            found.push(Pid::from_raw(number));
        }
    }
    Ok(found)
}
