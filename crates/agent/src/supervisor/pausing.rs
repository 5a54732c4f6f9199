//! Pausing the recording of a session: who may, and what the recorder is told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use nix::unistd::{Uid, User};
use serde::Deserialize;

use super::memory::Memory;
use super::running::Session;
use crate::programs;
use crate::recorder::Order;

/// The longest that can be dropped before a pause.
const MAX_LOOK_BACK_SECONDS: u64 = 10;
/// Characters of a reason that are kept.
const MAX_REASON_CHARS: usize = 200;
/// Characters of an application's name that are kept.
const MAX_APPLICATION_CHARS: usize = 64;

/// Programs that may say something of the session that they run in, and pause its recording.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CustomEvents {
    /// Whether any may.
    allowed: bool,
    /// These users may, by login name, besides root.
    users: Vec<String>,
    /// These programs may, by the file that they run.
    programs: Vec<PathBuf>,
    /// How much of what came before a pause can be dropped: so long everything waits in memory.
    look_back_seconds: u64,
}

impl Default for CustomEvents {
    fn default() -> Self {
        Self { allowed: false, users: Vec::new(), programs: Vec::new(), look_back_seconds: 1 }
    }
}

impl CustomEvents {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// It names the setting.
    pub fn check(self) -> anyhow::Result<Self> {
        ensure!(
            self.look_back_seconds <= MAX_LOOK_BACK_SECONDS,
            "custom_events.look_back_seconds is {}; it must be at most {MAX_LOOK_BACK_SECONDS}",
            self.look_back_seconds
        );
        let relative = self.programs.iter().find(|program| !program.is_absolute());
        ensure!(relative.is_none(), "custom_events.programs names {relative:?}, which is no whole path");
        Ok(self)
    }

    /// How long frames wait in memory.
    pub fn hold(&self) -> Duration {
        Duration::from_secs(if self.allowed { self.look_back_seconds } else { 0 })
    }

    /// Whether a process of this user may pause recordings. A program that was granted may have the agent's own command do it.
    fn permits(&self, uid: u32, pid: Option<u32>) -> Result<(), Refused> {
        if !self.allowed {
            return Err(Refused::NotHere);
        }
        let is_named = || {
            let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
            user.is_some_and(|user| self.users.contains(&user.name))
        };
        let runs_granted = |pid: u32| {
            programs::program(pid)
                .is_ok_and(|file| self.programs.iter().any(|program| program.as_os_str() == file.as_str()))
        };
        let own_command = || {
            let own = std::env::current_exe().ok()?;
            let pid = pid.filter(|pid| programs::program(*pid).is_ok_and(|file| own.as_os_str() == file.as_str()))?;
            programs::place(pid).map(|place| place.parent)
        };
        let granted =
            uid == 0 || is_named() || pid.is_some_and(runs_granted) || own_command().is_some_and(runs_granted);
        if granted { Ok(()) } else { Err(Refused::NotGranted) }
    }
}

/// Why a recording is not paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody may on this machine.
    #[error("custom events are not allowed on this machine, so no recording can be paused")]
    NotHere,
    /// Others may.
    #[error("you may not pause recordings; root, and users and programs named under custom_events may")]
    NotGranted,
    /// There is nothing to pause.
    #[error("the session is not recorded")]
    NotRecorded,
    /// The recorder did not take what came before.
    #[error("too much is asked of this session at once")]
    Busy,
}

impl Refused {
    /// In one word, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotHere | Self::NotGranted => "not-allowed",
            Self::NotRecorded => "not-recorded",
            Self::Busy => "busy",
        }
    }
}

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
        let plain = |text: &Option<String>, most: usize| {
            let text: String =
                text.as_deref().unwrap_or_default().chars().filter(|c| !c.is_control()).take(most).collect();
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let application = plain(&self.application, MAX_APPLICATION_CHARS);
        match (application, plain(&self.reason, MAX_REASON_CHARS)) {
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
    let events = events.clone();
    let limit = events.look_back_seconds;
    let permitted = tokio::task::spawn_blocking(move || events.permits(caller.0, caller.1)).await;
    permitted.unwrap_or(Err(Refused::Busy))?;
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
