//! What programs of a session say of it for its recording, and which of them may.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use detect::process::{Stat, program};
use nix::unistd::{Uid, User};
use recording::Event;
use serde::Deserialize;

use super::running::Session;
use crate::recorder::Order;

/// The longest that can be dropped before a pause.
const MAX_LOOK_BACK_SECONDS: u64 = 10;
/// Characters of a type that are kept.
const MAX_TYPE_CHARS: usize = 64;
/// Characters of a text that are kept.
const MAX_TEXT_CHARS: usize = 1_000;

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
    pub(super) look_back_seconds: u64,
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

    /// Whether a process of this user may pause recordings and say something in them.
    ///
    /// # Errors
    /// [`Refused`].
    pub(super) async fn permits(&self, caller: (u32, Option<u32>)) -> Result<Speaker, Refused> {
        let events = self.clone();
        // Asks /proc and the directory of users, which may take a while.
        let permitted = tokio::task::spawn_blocking(move || events.grants(caller)).await;
        permitted.unwrap_or(Err(Refused::Busy))
    }

    /// A program that was granted may have the agent's own command do it.
    fn grants(&self, (uid, pid): (u32, Option<u32>)) -> Result<Speaker, Refused> {
        if !self.allowed {
            return Err(Refused::NotHere);
        }
        let user = User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name);
        let is_named = user.as_ref().is_some_and(|user| self.users.contains(user));
        let file = |pid: Option<u32>| pid.and_then(|pid| program(pid).ok());
        let own = std::env::current_exe().ok();
        let direct = file(pid);
        let is_own = own.is_some_and(|own| direct.as_ref().is_some_and(|file| own.as_os_str() == file.as_str()));
        let behind = if is_own { file(pid.and_then(Stat::of).map(|stat| stat.parent)) } else { None };
        let is_granted = |file: &String| self.programs.iter().any(|program| program.as_os_str() == file.as_str());
        if uid != 0 && !is_named && !direct.iter().chain(&behind).any(is_granted) {
            return Err(Refused::NotGranted);
        }
        Ok(Speaker { user: user.unwrap_or_else(|| uid.to_string()), program: behind.or(direct) })
    }
}

/// Who says something of a session, as the kernel tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Speaker {
    user: String,
    /// The file that it runs; of the agent's own command the one that started it. `None`: it is gone.
    program: Option<String>,
}

/// Why nothing is said in a recording, or it is not paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody may on this machine.
    #[error("custom events are not allowed on this machine")]
    NotHere,
    /// Others may.
    #[error("you may not do this; root, and users and programs named under custom_events may")]
    NotGranted,
    /// There is no recording to say it in, or to pause.
    #[error("the session is not recorded")]
    NotRecorded,
    /// It was not said what happened.
    #[error("a custom event needs a type, such as payment-approved")]
    NoType,
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
            Self::NoType => "bad-request",
            Self::Busy => "busy",
        }
    }
}

/// Has something stand in the recording of a session, for a process of this user.
///
/// # Errors
/// [`Refused`].
pub async fn say(
    events: &CustomEvents,
    session: &Session,
    caller: (u32, Option<u32>),
    (kind, text): (&str, &str),
) -> Result<(), Refused> {
    let Speaker { user, program } = events.permits(caller).await?;
    let kind = plain(kind, MAX_TYPE_CHARS).ok_or(Refused::NoType)?;
    if session.state().recording.is_none() {
        return Err(Refused::NotRecorded);
    }
    let event = Event::custom(&kind, plain(text, MAX_TEXT_CHARS).as_deref(), &user, program.as_deref());
    session.tell_recorder(Order::Event(event.clone())).map_err(|_| Refused::Busy)?;
    session.respond_to(&event);
    Ok(())
}

/// Words without what would be no words, at most so many characters of them; `None` where nothing is left.
pub(super) fn plain(text: &str, most: usize) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
