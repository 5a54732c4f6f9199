//! Tells a session's user that it is recorded.

use std::sync::Arc;
use std::time::Duration;

use notice::{Answer, Content, Kind};
use policy::{Notices, Recorded, Telling};
use spool::notices;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::languages::languages;
use super::notice_process::{Ended, Heard};
use super::{Shows, show};
use crate::sessions::Desktop;

/// How often a window is shown again that a program of the session took away, or whose connection it ended.
pub const MOST_AGAIN: u32 = 5;
/// Before it is shown again.
pub const AGAIN_PAUSE: Duration = Duration::from_secs(1);
/// How long a notice may take to be on the screen before the recording begins all the same: a session whose programs keep it from
/// there is recorded nevertheless.
const SHOWN_PATIENCE: Duration = Duration::from_secs(15);
/// So long a recording that somebody wants waits for the notice: within two seconds it must run.
const SOON: Duration = Duration::from_millis(500);
/// Why nothing can be shown.
pub const NO_FONT: &str =
    "no font of this machine can write the notice; install one, such as fonts-noto-core or fonts-noto-cjk";

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The recording may begin; what stands in its reason.
    Yes(String),
    /// The user does not agree, or could not be asked: why, in words.
    No(String),
    /// It cannot be shown on this machine.
    Cannot(String),
}

/// Shows the notice, and returns when it is on the screen. It stays there until its user dismisses it, whatever becomes of this
/// session's recordings: this is the door for whoever makes a silent recording one with notice (or begins one by order).
pub async fn tell<M: Shows>(mode: &Arc<M>, desktop: &Desktop, recorded: Recorded) -> Told {
    let setting = match mode.notices() {
        Ok(setting) => Notices { consent: false, ..setting },
        Err(error) => return Told::Cannot(error.to_string()),
    };
    let (shown, on_screen) = oneshot::channel();
    // A task of its own: whoever waits for it may give up, and it is shown all the same.
    tokio::spawn(keep_shown(Arc::clone(mode), desktop.clone(), (setting, recorded), shown));
    match timeout(SHOWN_PATIENCE, on_screen).await {
        Ok(Ok(Ok(language))) => Told::Yes(format!("its user was told ({language})")),
        Ok(Ok(Err(why))) => Told::Cannot(why),
        Ok(Err(_)) | Err(_) => Told::Yes("programs of the session keep the notice from being shown".to_owned()),
    }
}

/// The same, waiting only a moment for it to be on the screen. What was said, in words; nothing where it is still on its way.
///
/// # Errors
/// It cannot be shown on this machine.
pub async fn tell_soon<M: Shows>(
    mode: &Arc<M>,
    desktop: &Desktop,
    recorded: Recorded,
) -> anyhow::Result<Option<String>> {
    match timeout(SOON, tell(mode, desktop, recorded)).await {
        Ok(Told::Yes(words) | Told::No(words)) => Ok(Some(words)),
        Ok(Told::Cannot(why)) => anyhow::bail!("its user cannot be told: {why}"),
        Err(_) => Ok(None),
    }
}

/// Keeps a notice on the screen until it is dismissed. Says once that it is there, or why it cannot be.
async fn keep_shown<M: Shows>(
    mode: Arc<M>,
    desktop: Desktop,
    (setting, recorded): (Notices, Recorded),
    shown: oneshot::Sender<Result<String, String>>,
) {
    let contents = contents(&setting, &desktop, recorded).await;
    let mut shown = Some(shown);
    let mut say = |said: Result<String, String>| {
        // Whoever waited may have given up.
        let _ = shown.take().map(|shown| shown.send(said));
    };
    let mut was_there = false;
    for _ in 0..=MOST_AGAIN {
        let mut process = match show(&*mode, &desktop, contents.clone()).await {
            Ok(process) => process,
            Err(error) => return say(Err(format!("{error:#}"))),
        };
        loop {
            match process.hear().await {
                Heard::Shown(language) => {
                    was_there = true;
                    say(Ok(language));
                }
                Heard::Answer(Answer::TakenAway) | Heard::Ended(Ended::Lost | Ended::Failed) => break,
                Heard::Ended(Ended::NoFont) => return say(Err(NO_FONT.to_owned())),
                Heard::Answer(_) => return tracing::info!(display = desktop.server.display, "a notice was read"),
            }
        }
        sleep(AGAIN_PAUSE).await;
        if !desktop.server.process.is_alive() {
            return;
        }
    }
    if was_there {
        let text =
            format!("programs of the session on {} took its notice away again and again", desktop.server.display);
        mode.warn(notices::NOTICE_TAKEN_AWAY, text);
    } else {
        say(Err("the window cannot be shown on this display; the agent's log says why".to_owned()));
    }
}

/// What to show, best first.
pub async fn contents(setting: &Notices, desktop: &Desktop, recorded: Recorded) -> Vec<Content> {
    let preferred = languages(desktop).await;
    let tellings = setting.tellings(&preferred, recorded);
    tellings.into_iter().map(|telling| content(telling, setting)).collect()
}

fn content(telling: Telling, setting: &Notices) -> Content {
    let Telling { language, title, body, accept, decline, dismiss } = telling;
    let kind = if setting.consent {
        Kind::Question { accept, decline, patience_secs: setting.patience_secs }
    } else {
        Kind::Notice { dismiss }
    };
    Content { language, title, body, kind }
}

/// The same, with so much time for an answer.
pub fn with_patience(contents: &[Content], secs: u32) -> Vec<Content> {
    let mut contents = contents.to_vec();
    for content in &mut contents {
        if let Kind::Question { patience_secs, .. } = &mut content.kind {
            *patience_secs = secs;
        }
    }
    contents
}
