//! Tells a session's recording what happens on its display besides the picture.

mod telling;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use capture::{Sighting, Wanted};
use recording::RecordingId;
use tokio::io::BufReader;
use tokio::time::{Instant, sleep};

use super::Context;
use super::confined::{Part, hear};
use super::running::{Session, State};
use super::uids::RecorderUids;
use crate::desktop_watch::Watched;
use crate::first_line::DisplayAccess;

/// Before a process that ended is started again: so long at first, and twice as long after each that did not last.
const AGAIN_PAUSE: Duration = Duration::from_secs(5);
/// But no longer than this.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// One that lived for so long lasted.
const LASTED: Duration = Duration::from_secs(60);

/// Tells a session's recordings for as long as it is polled. A process runs only while there is one that may know something, and
/// begins anew with the next recording, or when that is to know something else.
pub(super) async fn tell_desktop(context: &Arc<Context>, session: &Session) {
    let (mut states, mut pause) = (session.states(), AGAIN_PAUSE);
    let (mut lock, mut told_in) = (None, None);
    loop {
        let begun = states.wait_for(|state| may_know(state).is_some()).await;
        let started = Instant::now();
        let Ok(Some((recording, wanted))) = begun.map(|state| may_know(&state)) else { break };
        // Each recording says whether the session is locked when it begins.
        if told_in.replace(recording) != Some(recording) {
            lock = None;
        }
        let other = |state: &State| may_know(state).is_none_or(|now| now != (recording, wanted.clone()));
        let ended = tokio::select! {
            Err(error) = watch(context, session, &wanted, &mut lock) => error,
            Ok(_) = states.wait_for(other) => continue,
            else => break,
        };
        session.note(|state| state.locked = false);
        pause = if started.elapsed() < LASTED { pause } else { AGAIN_PAUSE };
        sleep(pause).await;
        // Said afterwards: this is not polled so long where the session has ended, which is no trouble.
        let name = session.desktop.server.display.as_str();
        tracing::warn!(display = name, "what happened on the display for {pause:?} is not known: {ended:#}");
        pause = (pause * 2).min(MAX_PAUSE);
    }
    std::future::pending::<()>().await;
}

/// What is to be known of the session now, and in which recording. Nothing while that is paused; where windows are hidden in it, nothing
/// that would tell of theirs.
fn may_know(state: &State) -> Option<(RecordingId, Wanted)> {
    let recording = state.recording.filter(|_| state.paused.is_none())?;
    let (logging, all) = (&state.logging, !state.hides);
    let wanted = Wanted {
        // Always told: it is no window's business.
        locked: true,
        topmost: all && logging.topmost_window,
        idle_after_seconds: logging.idle.then_some(logging.idle_after_seconds),
        clipboard: all && logging.clipboard,
        clipboard_content: all && logging.clipboard && logging.clipboard_content,
        responding: all && logging.not_responding,
        popups: all && logging.popups,
    };
    Some((recording, wanted))
}

/// Tells what its process says, until that ends.
async fn watch(
    context: &Context,
    session: &Session,
    wanted: &Wanted,
    lock: &mut Option<bool>,
) -> anyhow::Result<Infallible> {
    let uid = RecorderUids::one_of(context.uids.as_ref())?;
    let watched = Watched {
        access: DisplayAccess::of(&session.desktop),
        server_pid: session.desktop.server.process.pid,
        wanted: wanted.clone(),
    };
    let (_part, stdout) = Part::start(&context.settings.own_program, "desktop-watch", uid, &watched).await?;
    let mut stdout = BufReader::new(stdout);
    loop {
        let sighting: Sighting = hear(&mut stdout).await?;
        if let Sighting::Locked(locked) = sighting {
            // Told where it is news: the first that is heard may be as it was told before.
            if lock.replace(locked).unwrap_or_default() != locked {
                session.detected(telling::lock(locked));
            }
            session.note(|state| state.locked = locked);
            continue;
        }
        let dialog = match &sighting {
            Sighting::Popup(window) if session.state_ref().logging.popup_words => Some(window.clone()),
            _ => None,
        };
        match (tokio::task::spawn_blocking(move || telling::event(sighting)).await?, dialog) {
            (Some(event), Some(window)) => session.dialogs.appeared(session, event, window),
            (Some(event), None) => session.detected(event),
            (None, _) => {}
        }
    }
}
