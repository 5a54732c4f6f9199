//! Tells a session's recording which window is topmost.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use recording::{Event, RecordingId};
use tokio::io::BufReader;
use tokio::time::sleep;

use super::Context;
use super::confined::{Part, hear};
use super::running::{Session, State};
use super::uids::RecorderUids;
use crate::first_line::DisplayAccess;
use crate::programs;
use crate::topmost::{Seen, Watched};

/// Before a process that ended is started again.
const AGAIN_PAUSE: Duration = Duration::from_secs(5);

/// Tells a session's recordings for as long as it is polled. A process runs only while there is one that may know.
pub(super) async fn tell_topmost(context: &Arc<Context>, session: &Session) {
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

/// The recording that may be told titles: where they are logged, not while it is paused, and not where windows are hidden in it, as theirs would be told.
fn may_know(state: &State) -> Option<RecordingId> {
    state.recording.filter(|_| state.logging.topmost_window && state.paused.is_none() && !state.hides)
}

/// Tells what its process says, until that ends.
async fn watch(context: &Context, session: &Session) -> anyhow::Result<Infallible> {
    let uid = RecorderUids::one_of(context.uids.as_ref())?;
    let watched =
        Watched { access: DisplayAccess::of(&session.desktop), server_pid: session.desktop.server.process.pid };
    let (_part, stdout) = Part::start(&context.settings.own_program, "topmost", uid, &watched).await?;
    let mut stdout = BufReader::new(stdout);
    loop {
        let Seen { title, pid } = hear(&mut stdout).await?;
        let program = tokio::task::spawn_blocking(move || pid.and_then(|pid| programs::program(pid).ok())).await?;
        session.detected(Event::topmost_window(&title, program.as_deref(), pid));
    }
}
