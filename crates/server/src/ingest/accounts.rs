//! Accounts of sessions, as agents tell them: kept in the catalogue before the agent may forget, at a bounded rate.

use std::time::{Duration, Instant};

use catalogue::Machine;
use protocol::{AccountKept, SessionAccount};

use super::desk::Desk;
use super::rows::{MAX_TEXT_CHARS, bounded};
use crate::clock;

/// Accounts that one connection may have kept within `PERIOD`. More are not answered, and told again later.
const MAX_IN_PERIOD: u32 = 2_000;
const PERIOD: Duration = Duration::from_secs(60);

/// Counts the accounts of one connection.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    period: Option<Instant>,
    kept: u32,
}

impl Accounts {
    /// Keeps an account; gives what the agent is answered. `None`: it was not kept.
    pub(super) async fn keep(
        &mut self,
        desk: &Desk,
        machine: &Machine,
        account: SessionAccount,
    ) -> Option<AccountKept> {
        let now = Instant::now();
        if self.period.is_none_or(|since| now.duration_since(since) > PERIOD) {
            *self = Self { period: Some(now), kept: 0 };
        }
        self.kept += 1;
        if self.kept > MAX_IN_PERIOD {
            tracing::warn!(machine = machine.name, "an account was left out: the agent sends too many");
            return None;
        }
        let text = |text: &str| bounded(text, MAX_TEXT_CHARS);
        let answer = AccountKept {
            session: account.session.clone(),
            boot_id: account.boot_id.clone(),
            revision: account.revision,
        };
        let told = catalogue::SessionAccount {
            machine: machine.id,
            session: text(&account.session),
            boot_id: text(&account.boot_id),
            began_us: account.began_unix_us,
            is_over: account.over,
            policy: text(&account.policy),
            rule: account.rule.as_deref().map(text),
            wanted: text(&account.wanted),
            outcome: text(&account.outcome),
            reason: text(&account.reason),
            recording: account.recording,
            facts: account.facts,
        };
        match desk.catalogue.keep_account(&told, clock::now_us()).await {
            Ok(()) => Some(answer),
            Err(error) => {
                tracing::error!(machine = machine.name, %error, "a session's account could not be kept; its machine tells it again");
                None
            }
        }
    }
}
