//! Tells a session's user that it is recorded, or asks whether it may be.

use std::sync::Arc;
use std::time::Duration;

use notice::{Answer, Content, Kind};
use policy::{Action, Language, Locale, Notices, Telling};
use protocol::Severity;
use recording::SessionFacts;
use spool::notices;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Context;
use super::attend::Attention;
use super::log_off::log_off;
use super::notice_process::{Ended, Heard, NoticeProcess};
use crate::sessions::{self, Desktop};

/// How often a window is shown again that a program of the session took away, or whose connection it ended.
const MOST_AGAIN: u32 = 5;
/// Before it is shown again.
const AGAIN_PAUSE: Duration = Duration::from_secs(1);
/// How long a notice may take to be on the screen before the recording begins all the same: a session whose programs keep it from
/// there is recorded nevertheless.
const SHOWN_PATIENCE: Duration = Duration::from_secs(15);
/// What a window's process may need beyond the time that its user has.
const GRACE: Duration = Duration::from_secs(10);
/// How long to wait for a program of a session that tells the user's language.
const LOCALE_PATIENCE: Duration = Duration::from_secs(2);
const LOCALE_POLL: Duration = Duration::from_millis(200);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// The recording may begin; what stands in its reason.
    Yes(String),
    /// The user does not agree, or could not be asked: why, in words.
    No(String),
    /// It cannot be shown on this machine.
    Cannot(String),
}

impl Attention<'_> {
    /// Tells or asks, as the site has set it, before anything is recorded by this action. Who does not agree is logged off here.
    ///
    /// # Errors
    /// Who should be logged off could not be: the question must be asked again.
    pub(super) async fn tell_or_ask(&self, action: &Action, session: &SessionFacts) -> anyhow::Result<Told> {
        let events_only = matches!(action, Action::RecordEvents { .. });
        let setting = self.context.decider.notices()?;
        if !setting.consent {
            return Ok(self.tell(events_only).await);
        }
        let told = self.ask(&setting, events_only).await;
        if let Told::No(why) = &told {
            self.session.note(|state| state.why.clone_from(why));
            self.context.reason(notices::NOT_AGREED, None, session, &format!("{why}: logged off"));
            // A task of its own: nobody attends to a session any more once its X server has ended.
            let (context, desktop, why) = (Arc::clone(self.context), self.desktop.clone(), why.clone());
            tokio::spawn(async move {
                let gone = log_off(&desktop).await;
                if let Err(error) = &gone {
                    let display = &desktop.server.display;
                    let text = format!("{why}, but the user of {display} cannot be logged off: {error}");
                    context.notice(Severity::Error, notices::NOT_LOGGED_OFF, None, text);
                }
                gone
            })
            .await??;
        }
        Ok(told)
    }

    /// Shows the notice, and returns when it is on the screen. It stays there until its user dismisses it, whatever becomes of this
    /// session's recordings: this is the door for whoever makes a silent recording one with notice (or begins one by order).
    pub(super) async fn tell(&self, events_only: bool) -> Told {
        let setting = match self.context.decider.notices() {
            Ok(setting) => Notices { consent: false, ..setting },
            Err(error) => return Told::Cannot(error.to_string()),
        };
        let contents = contents(&setting, self.desktop, events_only).await;
        let (shown, on_screen) = oneshot::channel();
        tokio::spawn(keep_shown(Arc::clone(self.context), self.desktop.clone(), contents, shown));
        match timeout(SHOWN_PATIENCE, on_screen).await {
            Ok(Ok(Ok(language))) => Told::Yes(format!("its user was told ({language})")),
            Ok(Ok(Err(why))) => Told::Cannot(why),
            Ok(Err(_)) | Err(_) => Told::Yes("programs of the session keep the notice from being shown".to_owned()),
        }
    }

    /// Asks, and waits for the answer. Nothing of the session is looked at meanwhile.
    async fn ask(&self, setting: &Notices, events_only: bool) -> Told {
        self.session.note(|state| state.why = "its user is being asked".to_owned());
        let contents = contents(setting, self.desktop, events_only).await;
        let deadline = Instant::now() + Duration::from_secs(setting.patience_secs.into());
        let mut language = String::new();
        for _ in 0..=MOST_AGAIN {
            let left = deadline.saturating_duration_since(Instant::now());
            let left_secs = u32::try_from(left.as_secs()).unwrap_or(u32::MAX);
            if left_secs == 0 {
                break;
            }
            let mut process = match self.context.show(self.desktop, with_patience(&contents, left_secs)).await {
                Ok(process) => process,
                Err(error) => return Told::Cannot(format!("{error:#}")),
            };
            loop {
                // A server that is grabbed answers nobody: then the time is over here, not there.
                let Ok(heard) = timeout_at(deadline + GRACE, process.hear()).await else {
                    return Told::No("the question could not be seen in time".to_owned());
                };
                match heard {
                    Heard::Shown(shown) => language = shown,
                    Heard::Answer(Answer::Accepted) => return Told::Yes(format!("its user agreed ({language})")),
                    Heard::Answer(Answer::Declined) => return Told::No("its user did not agree".to_owned()),
                    Heard::Answer(Answer::NoAnswer) => return Told::No("its user did not answer in time".to_owned()),
                    Heard::Answer(Answer::NotSeen) => {
                        return Told::No("programs of the session kept the question from being seen".to_owned());
                    }
                    Heard::Ended(Ended::NoFont) => return Told::Cannot(NO_FONT.to_owned()),
                    Heard::Ended(Ended::Failed) if language.is_empty() => break,
                    Heard::Answer(Answer::Dismissed | Answer::TakenAway) | Heard::Ended(_) => break,
                }
            }
            sleep(AGAIN_PAUSE).await;
        }
        if language.is_empty() {
            return Told::Cannot("the window cannot be shown on this display; the agent's log says why".to_owned());
        }
        Told::No("programs of the session took the question away again and again".to_owned())
    }
}

const NO_FONT: &str =
    "no font of this machine can write the notice; install one, such as fonts-noto-core or fonts-noto-cjk";

impl Context {
    async fn show(&self, desktop: &Desktop, contents: Vec<Content>) -> anyhow::Result<NoticeProcess> {
        use anyhow::Context as _;
        let uid = match &self.uids {
            Some(uids) => Some(uids.take().context("all user ids of recorder_uids are in use; widen the range")?),
            None => None,
        };
        NoticeProcess::start(self.settings.notice_program.clone(), uid, desktop, contents).await
    }
}

/// Keeps a notice on the screen until it is dismissed. Says once that it is there, or why it cannot be.
async fn keep_shown(
    context: Arc<Context>,
    desktop: Desktop,
    contents: Vec<Content>,
    shown: oneshot::Sender<Result<String, String>>,
) {
    let mut shown = Some(shown);
    let mut say = |said: Result<String, String>| {
        // Whoever waited may have given up.
        let _ = shown.take().map(|shown| shown.send(said));
    };
    let mut was_there = false;
    for _ in 0..=MOST_AGAIN {
        let mut process = match context.show(&desktop, contents.clone()).await {
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
        context.notice(Severity::Warning, notices::NOTICE_TAKEN_AWAY, None, text);
    } else {
        say(Err("the window cannot be shown on this display; the agent's log says why".to_owned()));
    }
}

/// What to show, best first.
async fn contents(setting: &Notices, desktop: &Desktop, events_only: bool) -> Vec<Content> {
    let preferred = languages(desktop).await;
    let tellings = setting.tellings(&preferred, events_only);
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

fn with_patience(contents: &[Content], secs: u32) -> Vec<Content> {
    let mut contents = contents.to_vec();
    for content in &mut contents {
        if let Kind::Question { patience_secs, .. } = &mut content.kind {
            *patience_secs = secs;
        }
    }
    contents
}

/// The languages that a session's user reads, best first: as its programs were told. A session that has just begun may have none yet.
pub(super) async fn languages(desktop: &Desktop) -> Vec<Language> {
    let until = Instant::now() + LOCALE_PATIENCE;
    let look = |desktop: Desktop| tokio::task::spawn_blocking(move || sessions::locale(&desktop));
    while Instant::now() < until {
        if let Ok(Some(locale)) = look(desktop.clone()).await {
            return locale.languages();
        }
        sleep(LOCALE_POLL).await;
    }
    let desktop = desktop.clone();
    let servers: Locale =
        tokio::task::spawn_blocking(move || sessions::servers_locale(&desktop)).await.unwrap_or_default();
    servers.languages()
}
