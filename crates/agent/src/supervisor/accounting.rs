//! What attending to a session adds to its account.

use protocol::Severity;
use recording::SessionFacts;
use spool::{Journal, notices};

use super::accounts::{Accounts, Decided, Outcome, wanted};
use super::attend::Attention;
use super::decider::Verdict;
use crate::sessions::DisplayServer;

impl Attention<'_> {
    /// Notes what became of the session, for the server.
    pub(super) async fn account_for(&self, note: impl FnOnce(&Accounts, &DisplayServer) + Send + 'static) {
        self.context.account_for(&self.desktop.server, note).await;
    }

    /// Begins the session's account with what was decided.
    pub(super) async fn account_for_decision(&self, session: &SessionFacts, verdict: &Verdict, now_unix_us: i64) {
        let (session, reason) = (session.clone(), verdict.reason.clone());
        let (word, outcome) = match (verdict.provisional, verdict.impossible, wanted(&verdict.action)) {
            (true, _, _) if !verdict.action.records() => ("unknown", Outcome::Undecided),
            (_, true, _) => ("screen", Outcome::Failed),
            (_, _, "nothing") => ("nothing", Outcome::NotWanted),
            (_, _, wanted) => (wanted, Outcome::Beginning),
        };
        let began_unix_us = self.settled().began_unix_us.unwrap_or(now_unix_us);
        self.account_for(move |accounts, server| {
            let by = (reason.policy.as_str(), reason.rule.as_deref());
            let (facts, reason) = (&session, reason.text.as_str());
            accounts.decided(server, &Decided { facts, began_unix_us, by, wanted: word, outcome, reason });
        })
        .await;
    }

    /// Notes that something of the session is recorded, if it is.
    pub(super) async fn note_recorded(&self, journal: &Journal) -> bool {
        let (recording, is_there) = (journal.recording(), journal.next_group() > 0);
        if is_there {
            self.account_for(move |accounts, server| accounts.recorded(server, recording)).await;
        }
        is_there
    }

    /// Says that a recorder ended and another one takes its place.
    pub(super) async fn tell_of_restart(&self, journal: &Journal, why: String) {
        let text = format!("the recorder of {} ended and is started again: {why}", self.desktop.server.display);
        self.context.notice(Severity::Warning, notices::RECORDER_RESTARTED, Some(journal.recording()), text);
        self.account_for(move |accounts, server| accounts.trouble(server, &format!("its recorder ended: {why}"))).await;
    }
}
