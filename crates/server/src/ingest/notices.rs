//! Notices that agents send for the operator: kept in the diagnostic log, at a bounded rate.

use std::time::{Duration, Instant};

use catalogue::{Diagnostic, Machine, Severity};
use protocol::{Notice, REASONS};

use super::desk::Desk;
use crate::clock;

/// Notices that one connection may have kept within `PERIOD`; the rest is counted in the server's log only.
const MAX_IN_PERIOD: u32 = 120;
/// The same for reasons of recordings, of which every session has some.
const MAX_REASONS_IN_PERIOD: u32 = 2_000;
const PERIOD: Duration = Duration::from_secs(60);

/// Counts the notices of one connection.
#[derive(Debug, Default)]
pub(super) struct Notices {
    period: Option<Instant>,
    kept: u32,
    reasons: u32,
}

impl Notices {
    /// Keeps a notice, unless too many came lately.
    pub(super) async fn keep(&mut self, desk: &Desk, machine: &Machine, notice: &Notice) {
        let now = Instant::now();
        if self.period.is_none_or(|since| now.duration_since(since) > PERIOD) {
            *self = Self { period: Some(now), ..Self::default() };
        }
        let is_reason = REASONS.contains(&notice.number);
        let (kept, most) = match is_reason {
            true => (&mut self.reasons, MAX_REASONS_IN_PERIOD),
            false => (&mut self.kept, MAX_IN_PERIOD),
        };
        *kept += 1;
        if *kept > most {
            tracing::warn!(
                machine = machine.name,
                number = notice.number,
                "a notice was left out: the agent sends too many"
            );
            return;
        }
        if is_reason {
            return desk.reasons.told(machine, notice);
        }
        let diagnostic = Diagnostic {
            at_us: clock::now_us(),
            severity: match notice.severity {
                protocol::Severity::Error => Severity::Error,
                protocol::Severity::Warning => Severity::Warning,
                _ => Severity::Information,
            },
            number: u32::from(notice.number),
            machine: Some(machine.id),
            recording: notice.recording,
            text: notice.text.chars().filter(|character| !character.is_control()).collect(),
        };
        if let Err(error) = desk.catalogue.add_diagnostic(&diagnostic).await {
            tracing::error!(%error, "an agent's notice could not be kept");
        }
    }
}
