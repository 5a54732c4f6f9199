//! Tells a session's user that it is recorded, or asks whether it may be.

use std::sync::Arc;
use std::time::Duration;

use notice::Answer;
use policy::{Action, Notices, Recorded};
use protocol::Severity;
use recording::SessionFacts;
use spool::notices;
use tokio::time::{Instant, sleep, timeout_at};

use super::attend::Attention;
use super::log_off::log_off;
use crate::clock;
use crate::in_session::{self, AGAIN_PAUSE, Ended, Heard, MOST_AGAIN, NO_FONT, Told, contents, show, with_patience};

/// What a window's process may need beyond the time that its user has.
const GRACE: Duration = Duration::from_secs(10);

impl Attention<'_> {
    /// Tells or asks, as the site has set it, before anything is recorded by this action. Who does not agree is logged off here.
    ///
    /// # Errors
    /// Who should be logged off could not be: the question must be asked again.
    pub(super) async fn tell_or_ask(&self, action: &Action, session: &SessionFacts) -> anyhow::Result<Told> {
        let setting = self.context.decider.notices()?;
        if !setting.consent {
            return Ok(self.tell(action, session).await);
        }
        let recorded = self.says_recorded(action, session);
        let told = self.ask(&setting, recorded).await;
        self.note_told(&told, recorded).await;
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

    /// Shows the notice of this action, and returns when it is on the screen.
    pub(super) async fn tell(&self, action: &Action, session: &SessionFacts) -> Told {
        let recorded = self.says_recorded(action, session);
        let told = in_session::tell(self.context, self.desktop, recorded).await;
        self.note_told(&told, recorded).await;
        told
    }

    /// What users read of what is recorded. That no picture is stored not where the screen is kept in memory, as a trigger may have it recorded.
    pub(super) fn says_recorded(&self, action: &Action, session: &SessionFacts) -> Recorded {
        let began = self.settled().began_unix_us.unwrap_or_else(clock::unix_us);
        let is_without = self.context.detections.before(session, began).is_none();
        let events_only = matches!(action, Action::RecordEvents { .. }) && is_without;
        Recorded { events_only, typing: self.context.detections.keystrokes(session, began) }
    }

    pub(super) async fn note_told(&self, told: &Told, recorded: Recorded) {
        if matches!(told, Told::Yes(_)) {
            self.settle(move |settled| {
                settled.told_of_screen |= !recorded.events_only;
                settled.told_of_typing |= recorded.typing;
            })
            .await;
        }
    }

    /// Asks, and waits for the answer. Nothing of the session is looked at meanwhile.
    async fn ask(&self, setting: &Notices, recorded: Recorded) -> Told {
        self.session.note(|state| state.why = "its user is being asked".to_owned());
        let contents = contents(setting, self.desktop, recorded).await;
        let deadline = Instant::now() + Duration::from_secs(setting.patience_secs.into());
        let mut language = String::new();
        for _ in 0..=MOST_AGAIN {
            let left = deadline.saturating_duration_since(Instant::now());
            let left_secs = u32::try_from(left.as_secs()).unwrap_or(u32::MAX);
            if left_secs == 0 {
                break;
            }
            let mut process = match show(&**self.context, self.desktop, with_patience(&contents, left_secs)).await {
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
