//! What the policy wants done with a session that disturbs its recording: it goes on, is locked, or its user is logged off.

use std::sync::Arc;
use std::time::Instant;

use policy::{Action, IfDisturbed, Screen};
use protocol::Severity;
use recording::{End, EndReason, Event, event_kinds};
use spool::{Journal, notices};
use tokio::time::sleep;

use super::attend::{Attention, TICK};
use super::facts::Source;
use super::lock::lock;
use super::log_off::log_off;
use super::orders::Ear;
use super::recorder::RecorderProcess;
use super::sight::{Disturbance, Sighted};
use crate::recorder::Order;

/// Its user is to be logged off, for this reason.
#[derive(Debug)]
pub(super) struct LogOff(pub(super) String);

impl Attention<'_> {
    /// Waits until the recording is disturbed. Meanwhile a session that lives on without a recorder is missed, and its recording will say so.
    pub(super) async fn disturbed(&self, sight: &Sighted, journal: &Journal) -> Disturbance {
        loop {
            let now = Instant::now();
            if sight.missed(now) {
                journal.missed();
            }
            if let Some(disturbance) = sight.disturbance(now, !journal.is_dropping()) {
                return disturbance;
            }
            sleep(TICK).await;
        }
    }

    /// Answers a disturbance as the policy wants it, and says so: in the recording where there is a recorder, in the log of reasons, and to
    /// the operator.
    ///
    /// # Errors
    /// [`LogOff`]: that is what is to be done.
    pub(super) async fn answer(
        &self,
        disturbance: Disturbance,
        sight: &Sighted,
        journal: &Journal,
        recorder: Option<&mut RecorderProcess>,
    ) -> Result<(), LogOff> {
        let why = disturbance.words();
        let (done, answered) = match wanted(journal) {
            IfDisturbed::Continue => ("it goes on".to_owned(), Ok(())),
            IfDisturbed::Lock => match self.lock(sight).await {
                Ok(how) => (format!("the session was locked by {how}"), Ok(())),
                Err(error) => (format!("the session cannot be locked ({error:#}); its user is logged off"), Err(())),
            },
            IfDisturbed::LogOff => ("its user is logged off".to_owned(), Err(())),
        };
        let text = format!("{why}; {done}");
        let event = Event::new(event_kinds::DISTURBED).with("text", text.clone());
        if let Some(Err(error)) = recorder.map(|recorder| recorder.order(&Order::Event(event.clone()))) {
            tracing::debug!(%error, "the recorder takes no event");
        }
        self.session.respond_to(&event);
        let header = journal.header();
        let display = &self.desktop.server.display;
        let told = format!("{} on {display}: {text}", header.session.user);
        self.context.notice(Severity::Warning, notices::DISTURBED, Some(journal.recording()), told);
        answered.map_err(|()| LogOff(text))
    }

    async fn lock(&self, sight: &Sighted) -> anyhow::Result<String> {
        let program = self.context.settings.lock_program.as_deref();
        lock(self.desktop, program, || sight.is_seen()).await
    }

    /// Logs the user off, and ends the recording with that as its reason; its recorder goes on until then, and has ended in any case. False:
    /// the session is still there, and the operator was told.
    pub(super) async fn end_by_log_off(
        &self,
        LogOff(why): LogOff,
        journal: &Arc<Journal>,
        recorder: Option<&mut RecorderProcess>,
        ear: &mut Ear,
    ) -> bool {
        let gone = self.log_off(&why).await;
        if let Some(recorder) = recorder {
            recorder.end().await;
        }
        if !gone {
            return false;
        }
        self.end(journal, End { reason: EndReason::Logout, text: why, successor: None }, ear).await;
        true
    }

    async fn log_off(&self, why: &str) -> bool {
        // A task of its own: nobody attends to a session any more once its X server has ended.
        let (context, desktop, why) = (Arc::clone(self.context), self.desktop.clone(), why.to_owned());
        let done = tokio::spawn(async move {
            let gone = log_off(&desktop).await;
            if let Err(error) = &gone {
                let text = format!("{why}, but the user of {} cannot be logged off: {error}", desktop.server.display);
                context.notice(Severity::Error, notices::NOT_LOGGED_OFF, None, text);
            }
            gone.is_ok()
        });
        done.await.unwrap_or(false)
    }
}

/// What the decision that made the recording wants.
fn wanted(journal: &Journal) -> IfDisturbed {
    match serde_json::from_value::<Source>(journal.source()).map(|source| source.action) {
        Ok(Action::RecordScreen(Screen { if_disturbed, .. })) => if_disturbed,
        Ok(Action::RecordEvents { .. } | Action::DoNotRecord {}) | Err(_) => IfDisturbed::Continue,
    }
}
