//! Pausing the recording of a session: who may, and what the recorder is told.

use std::sync::Arc;

use super::custom_events::{CustomEvents, Refused, plain};
use super::memory::Memory;
use super::running::Session;
use crate::recorder::Order;

/// Characters of a reason that are kept.
const MAX_REASON_CHARS: usize = 200;
/// Characters of an application's name that are kept.
const MAX_APPLICATION_CHARS: usize = 64;

/// What somebody wants who pauses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The program that asks, as it calls itself.
    pub application: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// How much of what came before is dropped; none means all that can be.
    pub look_back_seconds: Option<u64>,
}

impl Wish {
    /// What the recording says.
    fn text(&self) -> String {
        let application = plain(self.application.as_deref().unwrap_or_default(), MAX_APPLICATION_CHARS);
        match (application, plain(self.reason.as_deref().unwrap_or_default(), MAX_REASON_CHARS)) {
            (None, None) => "The recording was paused for privacy.".to_owned(),
            (Some(application), None) => format!("{application} paused the recording for privacy."),
            (None, Some(reason)) => reason,
            (Some(application), Some(reason)) => format!("{application}: {reason}"),
        }
    }
}

/// Pauses (`Some`) or goes on with (`None`) the recording of a session, for a process of this user. It is kept where there is a memory.
///
/// # Errors
/// [`Refused`].
pub async fn pause(
    events: &CustomEvents,
    memory: Option<&Arc<Memory>>,
    session: &Session,
    caller: (u32, Option<u32>),
    wish: Option<Wish>,
) -> Result<(), Refused> {
    // From this moment on nothing may be recorded, however long it takes until the recorder knows.
    let at_us = capture::boottime_us();
    let limit = events.look_back_seconds;
    events.permits(caller).await?;
    if session.state().recording.is_none() {
        return Err(Refused::NotRecorded);
    }
    let text = wish.as_ref().map(Wish::text);
    let order = match (&wish, &text) {
        (Some(wish), Some(text)) => {
            // One second where nothing is said, and never more than is held back.
            let seconds = wish.look_back_seconds.unwrap_or(1).min(limit);
            Order::Pause { at_us, look_back_us: seconds * 1_000_000, text: text.clone() }
        }
        _ => Order::Resume { at_us },
    };
    // Noted first: a recorder that is just being started begins as it is noted, and is told nothing of before.
    let before = session.state().paused;
    session.note(|state| state.paused.clone_from(&text));
    if session.tell_recorder(order).is_err() {
        session.note(|state| state.paused = before);
        return Err(Refused::Busy);
    }
    tracing::info!(display = session.desktop.server.display, uid = caller.0, text, "pausing");
    let Some(memory) = memory.cloned() else { return Ok(()) };
    let server = session.desktop.server.clone();
    if tokio::task::spawn_blocking(move || memory.settle(&server, |settled| settled.paused = text)).await.is_err() {
        tracing::error!("that a recording is paused cannot be kept");
    }
    Ok(())
}
