//! What the agent shows in sessions: the sign that says that one is recorded, with the hotkeys of its user, and the notice. It is
//! shown with a server and without one, each time by processes of their own that give up what they do not need.

mod languages;
mod notice;
mod notice_process;
mod sign;
mod warning;

use std::sync::Arc;

use policy::Notices;

pub use notice::{AGAIN_PAUSE, MOST_AGAIN, NO_FONT, Told, contents, tell, tell_soon, with_patience};
pub use notice_process::{Ended, Heard};
pub use sign::{Shown, keep_sign};
pub use warning::warn;

use crate::hotkeys::Hotkeys;
use crate::sessions::Desktop;
use crate::settings::Settings;
use crate::supervisor::{HeldUid, Memory};
use notice_process::NoticeProcess;

/// What showing something depends on: with a server it decides, in basic mode the machine's own settings do.
pub trait Shows: Send + Sync + Sized + 'static {
    /// How the agent is configured.
    fn settings(&self) -> &Settings;

    /// What was settled about sessions.
    fn memory(&self) -> &Arc<Memory>;

    /// A user id for a process that shows something; none where the agent is not root.
    ///
    /// # Errors
    /// If all of them are in use.
    fn uid(&self) -> anyhow::Result<Option<HeldUid>>;

    /// How users are told.
    ///
    /// # Errors
    /// If that is not known.
    fn notices(&self) -> anyhow::Result<Notices>;

    /// The hotkeys of a session that begins now. May wait for the disk.
    fn hotkeys(&self) -> Hotkeys;

    /// Tells the operator that something is not as it should be.
    fn warn(&self, number: u16, text: String);
}

/// Starts a process that shows a window: the first of these contents that the machine has fonts for.
///
/// # Errors
/// If it cannot be started.
pub async fn show<M: Shows>(
    mode: &M,
    desktop: &Desktop,
    contents: Vec<::notice::Content>,
) -> anyhow::Result<NoticeProcess> {
    NoticeProcess::start(mode.settings().notice_program.clone(), mode.uid()?, desktop, contents).await
}
