//! Tells a session's recording which window is topmost.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use recording::{Event, RecordingId};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::sleep;

use super::Context;
use super::confined::part_of;
use super::running::{Session, State};
use super::uids::HeldUid;
use crate::programs;
use crate::recorder::Order;
use crate::sessions::Desktop;
use crate::topmost::{Seen, Watched};

/// Bytes of one line that its process says.
const MAX_SAID_BYTES: u64 = 4 << 10;
/// Before a process that ended is started again.
const AGAIN_PAUSE: Duration = Duration::from_secs(5);

/// Tells a session's recordings for as long as it is polled. A process runs only while there is one that may know.
pub(super) async fn tell_topmost(context: &Arc<Context>, session: &Session) {
    if !context.settings.events.topmost_window {
        return std::future::pending().await;
    }
    let mut states = session.states();
    loop {
        let begun = states.wait_for(|state| may_know(state).is_some()).await;
        let Ok(recording) = begun.map(|state| may_know(&state)) else { break };
        let ended = tokio::select! {
            Err(error) = watch(context, session) => error,
            // The next recording begins with what is topmost then.
            Ok(_) = states.wait_for(|state| may_know(state) != recording) => continue,
            else => break,
        };
        let name = session.desktop.server.display.as_str();
        tracing::warn!(display = name, "which window is topmost is not known: {ended:#}");
        sleep(AGAIN_PAUSE).await;
    }
    std::future::pending::<()>().await;
}

/// The recording that may be told titles: not while it is paused, and not where windows are hidden in it, as theirs would be told.
fn may_know(state: &State) -> Option<RecordingId> {
    state.recording.filter(|_| state.paused.is_none() && !state.hides)
}

/// Tells what its process says, until that ends.
async fn watch(context: &Context, session: &Session) -> anyhow::Result<Infallible> {
    let mut process = TopmostProcess::start(context, &session.desktop).await?;
    loop {
        let Seen { title, pid } = process.next().await?;
        let program = tokio::task::spawn_blocking(move || pid.and_then(|pid| programs::program(pid).ok())).await?;
        let event = Event::topmost_window(&title, program.as_deref(), pid);
        if session.tell_recorder(Order::Event(event)).is_err() {
            tracing::debug!(
                display = session.desktop.server.display,
                "too much waits for the recorder: a title is left out"
            );
        }
    }
}

/// The process that looks, from the agent's side. Gone when dropped.
struct TopmostProcess {
    _child: Child,
    /// Closed, it ends.
    _stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    _uid: Option<HeldUid>,
}

impl TopmostProcess {
    async fn start(context: &Context, desktop: &Desktop) -> anyhow::Result<Self> {
        let uid = match &context.uids {
            Some(uids) => Some(uids.take().context("all user ids of recorder_uids are in use; widen the range")?),
            None => None,
        };
        let program = &context.settings.own_program;
        let mut command = Command::from(part_of(program, "topmost", uid.as_ref()));
        let mut child =
            command.kill_on_drop(true).spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let (mut stdin, stdout) = child.stdin.take().zip(child.stdout.take()).context("it has no pipes")?;
        let (display, server_pid) = (desktop.server.display.clone(), desktop.server.process.pid);
        let mut line = serde_json::to_vec(&Watched { display, cookie: desktop.cookie(), server_pid })?;
        line.push(b'\n');
        stdin.write_all(&line).await.context("it does not listen")?;
        Ok(Self { _child: child, _stdin: stdin, stdout: BufReader::new(stdout), _uid: uid })
    }

    async fn next(&mut self) -> anyhow::Result<Seen> {
        let mut line = Vec::new();
        let count = (&mut self.stdout).take(MAX_SAID_BYTES).read_until(b'\n', &mut line).await?;
        ensure!(count > 0, "its process has ended");
        Ok(serde_json::from_slice(&line)?)
    }
}
