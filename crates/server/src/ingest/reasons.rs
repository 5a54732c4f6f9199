//! Why each recording was made, for the administrator log: written together once a second, and never in a recording's way.

use std::sync::{Mutex, PoisonError};

use catalogue::{AdministratorAction, Catalogue, Machine, RECORDING_MADE, RECORDING_REASON, Recording};
use protocol::Notice;

/// Reasons that wait for a log that cannot be written. What is more is in the recordings themselves.
const MAX_WAITING: usize = 10_000;

/// Reasons that are not in the log yet.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    waiting: Mutex<Vec<AdministratorAction>>,
}

impl Reasons {
    /// Notes a recording that has just been listed.
    pub(super) fn push(&self, row: &Recording) {
        let by = row.rule.as_ref().map_or_else(|| row.policy.clone(), |rule| format!("{} / {rule}", row.policy));
        let entry = AdministratorAction {
            at_us: row.start_us,
            who: row.user.clone(),
            address: row.machine.clone(),
            action: RECORDING_MADE.to_owned(),
            subject: row.id.to_string(),
            detail: format!("{by}: {}", row.start_text),
            before: None,
            after: None,
        };
        self.add(entry);
    }

    /// Notes what a machine says of a session that is recorded no longer, not at all, or in another way.
    pub(super) fn told(&self, machine: &Machine, notice: &Notice) {
        self.add(AdministratorAction {
            at_us: notice.unix_us,
            // The text names the user; of a session that is not recorded nothing else is known.
            who: String::new(),
            address: machine.name.clone(),
            action: RECORDING_REASON.to_owned(),
            subject: notice.recording.map_or_else(String::new, |recording| recording.to_string()),
            detail: notice.text.chars().filter(|character| !character.is_control()).collect(),
            before: None,
            after: None,
        });
    }

    fn add(&self, entry: AdministratorAction) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MAX_WAITING {
            waiting.push(entry);
        }
    }

    /// Writes what waits; what cannot be written waits on.
    pub(super) async fn write(&self, catalogue: &Catalogue) {
        let entries = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if entries.is_empty() {
            return;
        }
        if let Err(error) = catalogue.log_all(&entries).await {
            tracing::error!(%error, "why recordings were made could not be noted; it is tried again");
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner).splice(0..0, entries);
        }
    }
}
