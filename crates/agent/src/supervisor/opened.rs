//! Finds out which application or desktop was opened first in a session.

use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use detect::process::file_name;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::sync::oneshot;

use super::Context;
use super::confined::part_of;
use super::uids::HeldUid;
use crate::first_line::DisplayAccess;
use crate::onlooker::{Sight, Watched};
use crate::sessions::{Desktop, Process};

/// How long something may take to be opened; a session in which nothing was by then has no such fact.
pub const WAIT: Duration = Duration::from_secs(60);
/// An onlooker that takes this much longer hangs.
const GRACE: Duration = Duration::from_secs(15);
/// Longer answers are none.
const MAX_ANSWER_BYTES: u64 = 16 << 10;

/// The name that stands for a whole desktop.
pub const DESKTOP: &str = "desktop";

/// The name of what was opened first, as soon as it is: `desktop`, or the program's file without folders. `None` if
/// nothing was, or it cannot be told.
pub async fn first_opened(context: Arc<Context>, desktop: Desktop) -> Option<String> {
    let (tell, told) = oneshot::channel();
    // A thread of its own: stopping the agent waits for tasks of the runtime's, and this may take a minute.
    let started = std::thread::Builder::new().name("onlooker".to_owned()).spawn(move || {
        let opened = look(&context, &desktop).unwrap_or_else(|error| {
            tracing::warn!(display = desktop.server.display, "what was opened first is not known: {error:#}");
            None
        });
        let _ = tell.send(opened);
    });
    started.ok()?;
    told.await.ok().flatten()
}

fn look(context: &Context, desktop: &Desktop) -> anyhow::Result<Option<String>> {
    let uid = match &context.uids {
        Some(uids) => {
            Some(uids.take_for_a_moment().context("all user ids of recorder_uids are in use; widen the range")?)
        }
        None => None,
    };
    let mut child = part_of(&context.settings.own_program, "onlooker", uid.as_ref().map(HeldUid::uid)).spawn()?;
    let (mut stdin, stdout) = child.stdin.take().zip(child.stdout.take()).context("the onlooker has no pipes")?;
    let watched = Watched { access: DisplayAccess::of(desktop), wait_secs: WAIT.as_secs() };
    let mut line = serde_json::to_vec(&watched)?;
    line.push(b'\n');
    let told = stdin.write_all(&line);
    let answer = told.map(|()| answer_in_time(stdout));
    let _ = child.kill();
    child.wait()?;
    drop(uid);
    Ok(answer?.and_then(|sight| named(&sight)))
}

/// What it says before it takes too long.
fn answer_in_time(stdout: std::process::ChildStdout) -> Option<Sight> {
    let until = Instant::now() + WAIT + GRACE;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(1..) => break,
            Err(nix::errno::Errno::EINTR) => {}
            _ => return None,
        }
    }
    let mut answer = Vec::new();
    // It writes one line and ends.
    stdout.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).ok()?;
    serde_json::from_slice(&answer).ok()
}

/// Of several programs, the one that was started first.
fn named(sight: &Sight) -> Option<String> {
    match sight {
        Sight::Desktop => Some(DESKTOP.to_owned()),
        Sight::Programs(pids) => {
            let programs = pids.iter().filter_map(|pid| Some((Process::find(*pid)?.started_ticks, program(*pid)?)));
            programs.min().map(|(_, name)| name)
        }
    }
}

/// The file name of the program that a process runs, as the kernel knows it.
fn program(pid: u32) -> Option<String> {
    let file = detect::process::program(pid).ok()?;
    let name = file_name(&file);
    (name.len() <= protocol::limits::MAX_NAME_BYTES && !name.chars().any(char::is_control)).then(|| name.to_owned())
}
