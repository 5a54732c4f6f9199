//! Tells a session's recording what is typed in it, where its user was told so.

mod telling;

use std::convert::Infallible;
use std::sync::Arc;

use recording::RecordingId;
use tokio::io::BufReader;
use tokio::time::sleep;

use super::Context;
use super::again::Again;
use super::confined::{Part, hear};
use super::running::{Session, State};
use crate::first_line::DisplayAccess;
use crate::typed_watch::{Told, Watched};

/// Tells a session's recordings for as long as it is polled. A process runs only while there is one that may know what is typed, and what it
/// has not told by then is gone with it.
pub(super) async fn tell_typed(context: &Arc<Context>, session: &Session) {
    let (mut states, mut again) = (session.states(), Again::default());
    let knows = |state: &State| may_know(state).filter(|_| is_told(context, session));
    loop {
        let begun = states.wait_for(|state| knows(state).is_some()).await.map(|state| may_know(&state));
        let Ok(Some(recording)) = begun else { break };
        again.starts();
        let ended = tokio::select! {
            Err(error) = watch(context, session) => error,
            Ok(_) = states.wait_for(|state| knows(state) != Some(recording)) => continue,
            else => break,
        };
        let pause = again.ended();
        sleep(pause).await;
        let name = session.desktop.server.display.as_str();
        tracing::info!(display = name, "what was typed was not known for {pause:?}: {ended:#}");
    }
    std::future::pending::<()>().await;
}

/// The recording that may know what is typed now. None may while it is paused, while the session is locked, where windows are hidden in it,
/// and where its user was not told that it is made.
fn may_know(state: &State) -> Option<RecordingId> {
    let is_open = state.paused.is_none() && !state.hides && !state.locked && state.told;
    state.recording.filter(|_| is_open && state.logging.keystrokes)
}

/// Whether the session's user was told that what is typed is recorded.
fn is_told(context: &Context, session: &Session) -> bool {
    context.memory.of(&session.desktop.server).told_of_typing
}

/// Tells what its process says, until that ends.
async fn watch(context: &Context, session: &Session) -> anyhow::Result<Infallible> {
    // Tree and terminals are the user's: nobody else is let in.
    let run_as = context.uids.is_some().then_some(session.desktop.uid);
    let watched = Watched {
        access: DisplayAccess::of(&session.desktop),
        name: session.desktop.server.display.clone(),
        server_pid: session.desktop.server.process.pid,
    };
    let (_part, stdout) = Part::start_as(&context.settings.own_program, "typed-watch", run_as, &watched).await?;
    let mut stdout = BufReader::new(stdout);
    loop {
        let told: Told = hear(&mut stdout).await?;
        let event = tokio::task::spawn_blocking(move || telling::event(told)).await?;
        // Said while it might be known, and told only if it still may.
        if may_know(&session.state_ref()).is_some() {
            session.detected(event);
        }
    }
}
