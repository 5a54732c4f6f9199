//! Logging a user off: ends the session of a display, politely at first.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::time::sleep;

use crate::sessions::{self, Desktop, Process};

/// How long each step may take before the next, less polite one.
const STEP: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);

/// The session could not be ended.
#[derive(Debug, thiserror::Error)]
#[error("the X server of the session still runs")]
pub struct StillThere;

/// Ends a session: by logind where it knows the session; else its leading programs are asked to end, then its X server, and then
/// the X server is ended. Returns when the X server is gone.
///
/// # Errors
/// [`StillThere`] if it cannot be ended.
pub async fn log_off(desktop: &Desktop) -> Result<(), StillThere> {
    let server = desktop.server.process;
    let left = inside(desktop).await;
    if by_logind(&server).await && is_gone(&server, STEP).await {
        return Ok(());
    }
    let members: Vec<u32> = left.iter().map(|inside| inside.process.pid).collect();
    // Those that were started from outside of the session: they end what they have started.
    for leader in left.iter().filter(|inside| !members.contains(&inside.parent)) {
        signal(&leader.process, Signal::SIGTERM);
    }
    // Without programs nothing ends the X server on their behalf.
    if left.is_empty() || !is_gone(&server, STEP).await {
        signal(&server, Signal::SIGTERM);
        if !is_gone(&server, STEP).await {
            signal(&server, Signal::SIGKILL);
        }
    }
    let gone = is_gone(&server, STEP).await;
    end_what_is_left(left.iter().map(|inside| inside.process).collect()).await;
    if gone { Ok(()) } else { Err(StillThere) }
}

async fn inside(desktop: &Desktop) -> Vec<sessions::Inside> {
    let desktop = desktop.clone();
    tokio::task::spawn_blocking(move || sessions::processes(&desktop)).await.unwrap_or_default()
}

/// Programs of the session that live without its display.
async fn end_what_is_left(processes: Vec<Process>) {
    for name in [Signal::SIGTERM, Signal::SIGKILL] {
        let alive: Vec<&Process> = processes.iter().filter(|process| process.is_alive()).collect();
        if alive.is_empty() {
            return;
        }
        alive.iter().for_each(|process| signal(process, name));
        for process in alive {
            if !is_gone(process, STEP).await {
                break;
            }
        }
    }
}

/// Asks logind to end the graphical session that a process belongs to. `false`: there is none that it knows.
async fn by_logind(server: &Process) -> bool {
    let Some(session) = server.logind_session() else { return false };
    // A display that somebody started in a terminal's session must not take that one with it.
    let kind = loginctl(&["show-session", &session, "--property=Type", "--value"]).await;
    kind.is_some_and(|kind| kind.trim() == "x11") && loginctl(&["terminate-session", &session]).await.is_some()
}

async fn loginctl(arguments: &[&str]) -> Option<String> {
    let run = Command::new("loginctl").args(arguments).kill_on_drop(true).output();
    let output = tokio::time::timeout(STEP, run).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn is_gone(process: &Process, within: Duration) -> bool {
    let wait = async {
        while process.is_alive() {
            sleep(POLL).await;
        }
    };
    tokio::time::timeout(within, wait).await.is_ok()
}

/// Not if another process has its number by now.
fn signal(process: &Process, name: Signal) {
    if let (true, Ok(pid)) = (process.is_alive(), i32::try_from(process.pid)) {
        let _ = kill(Pid::from_raw(pid), name);
    }
}
