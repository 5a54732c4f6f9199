//! What a new active policy does to a session that runs: at the next recording, or at once where an administrator says so.

use policy::{Action, Screen};
use recording::{End, EndReason, SessionFacts, StartReason};
use sealing::SealPlan;
use spool::{Journal, notices};

use super::attend::{Attention, with_words};
use super::decider::Verdict;
use super::facts::{Below, Source};
use super::orders::StartedBy;
use crate::in_session::{self, Told};

/// How a recording goes on.
pub(super) enum Course {
    /// As it is.
    Same,
    /// In another recording, begun for this reason.
    Other(Next),
    /// Not at all.
    Ends(End),
}

/// What the next recording of a session is.
pub(super) struct Next {
    pub(super) reason: StartReason,
    pub(super) seal: Option<SealPlan>,
    pub(super) action: Action,
    /// What was said to the session's user.
    pub(super) told: Option<String>,
    /// Whether the sign in the session says so.
    pub(super) sign: bool,
    /// What it is added to, where somebody wants more than the policy.
    pub(super) below: Option<Below>,
    /// It begins at this moment of `CLOCK_BOOTTIME`, with what was shown since then.
    pub(super) shown_since_us: Option<u64>,
}

impl Attention<'_> {
    /// Waits until the session is to be decided on anew although nothing else happens.
    pub(super) async fn due_at_once(&self) {
        let decided = self.settled().at_once;
        self.context.decider.at_once_after(decided).await;
    }

    /// Decides anew about a recording. What people or triggers started is not the policy's to end.
    pub(super) async fn decide_anew(&self, journal: &Journal) -> Course {
        let header = journal.header();
        let at_once = self.context.decider.at_once();
        self.settle(move |settled| settled.at_once = at_once).await;
        let source = Source::of(journal);
        if StartedBy::of(&header.reason) != StartedBy::Policy || source.as_ref().is_some_and(Source::by_trigger) {
            return Course::Same;
        }
        let told = source.and_then(|source| source.told);
        let course = self.decide_by_policy(journal, told).await;
        let id = Some(journal.recording());
        match &course {
            Course::Same => {}
            Course::Other(next) => {
                let text = format!("it goes on: {}", next.reason.text);
                self.context.reason(notices::POLICY_GOES_ON, id, &header.session, &text);
            }
            Course::Ends(end) => self.context.reason(notices::POLICY_ENDED, id, &header.session, &end.text),
        }
        course
    }

    /// What the policy wants now, whoever began the recording. `told` is what was said to its user for the policy's sake.
    pub(super) async fn decide_by_policy(&self, journal: &Journal, mut told: Option<String>) -> Course {
        let header = journal.header();
        let mut session = header.session.clone();
        self.observer.known().put_into(&mut session);
        let verdict = self.context.decider.decide(&session, Some(self.began_unix_us(journal))).await;
        if verdict.provisional {
            return Course::Same;
        }
        self.may_start(verdict.user_may_start).await;
        if !verdict.action.records() {
            let text = format!("the policy no longer wants it: {}", verdict.reason.text);
            return Course::Ends(End { reason: EndReason::PolicyChanged, text, successor: None });
        }
        told.take_if(|_| !verdict.action.tells());
        if verdict.action.tells() && told.is_none() {
            match self.tell(&verdict.action, &session).await {
                Told::Yes(words) => told = Some(words),
                Told::No(why) | Told::Cannot(why) => {
                    let text = format!("the policy wants its user told, who cannot be: {why}");
                    return Course::Ends(End { reason: EndReason::PolicyChanged, text, successor: None });
                }
            }
        }
        let text = with_words(&verdict.reason.text, told.as_deref());
        let verdict = Verdict { reason: StartReason { text, ..verdict.reason }, ..verdict };
        if verdict.reason == header.reason {
            return Course::Same;
        }
        let Verdict { action, seal, reason, .. } = verdict;
        let sign = action.shows_indicator();
        Course::Other(Next { reason, seal, action, told, sign, below: None, shown_since_us: None })
    }

    /// Shows the notice of a recording of the screen, and waits a moment for it to be on the screen.
    ///
    /// # Errors
    /// It cannot be shown on this machine.
    pub(super) async fn tell_soon(&self, session: &SessionFacts) -> anyhow::Result<Option<String>> {
        let recorded = self.says_recorded(&Action::RecordScreen(Screen::default()), session);
        let told = in_session::tell_soon(self.context, self.desktop, recorded).await?;
        if let Some(words) = &told {
            self.note_told(&Told::Yes(words.clone()), recorded).await;
        }
        Ok(told)
    }

    /// A session that is not recorded waits for its end, whatever the new policy says: only what its user may do changes.
    pub(super) async fn decide_at_rest(&self) {
        let at_once = self.context.decider.at_once();
        self.settle(move |settled| settled.at_once = at_once).await;
        let Some(session) = self.session.state().facts else { return };
        let verdict = self.context.decider.decide(&session, self.settled().began_unix_us).await;
        if verdict.provisional {
            return;
        }
        self.may_start(verdict.user_may_start).await;
        if verdict.action.records() {
            let text = format!("it would be recorded from its next start on: {}", verdict.reason.text);
            self.context.reason(notices::POLICY_WAITS, None, &session, &text);
        }
    }

    /// Notes whether the session's user may start a recording.
    pub(super) async fn may_start(&self, may: bool) {
        self.session.note(|state| state.user_may_start = may);
        self.settle(move |settled| settled.user_may_start = may).await;
    }

    fn began_unix_us(&self, journal: &Journal) -> i64 {
        self.settled().began_unix_us.unwrap_or(journal.header().started.unix_us)
    }
}

/// Whether the next recording is recorded as this one is, so that only its reason is another.
pub(super) fn is_recorded_alike(journal: &Journal, next: &Next) -> bool {
    Source::of(journal)
        .is_some_and(|source| source.seal == next.seal && untold(source.action) == untold(next.action.clone()))
}

/// What of an action is seen in recordings: telling the user, by notice or sign, makes no other one.
fn untold(action: Action) -> Action {
    match action {
        Action::RecordScreen(screen) => {
            Action::RecordScreen(policy::Screen { notice: false, indicator: None, ..screen })
        }
        Action::RecordEvents { .. } => Action::RecordEvents { notice: false, indicator: None },
        Action::DoNotRecord {} => action,
    }
}
