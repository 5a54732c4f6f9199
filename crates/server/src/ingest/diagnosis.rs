//! What the server itself reports to the operator, by numbers that `docs/diagnostics.md` explains.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use catalogue::{Catalogue, Diagnostic, Severity};
use recording::RecordingId;
use uuid::Uuid;

use crate::clock;

/// The same thing about the same recording or machine is reported again only after this time.
const REPEAT_AFTER: Duration = Duration::from_secs(600);
/// Things remembered to tell repetitions.
const MAX_REMEMBERED: usize = 4_096;

macro_rules! findings {
    ($($name:ident = $number:literal, $severity:ident;)*) => {
        /// What is reported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(super) enum Finding {
            $($name),*
        }

        impl Finding {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name),*];

            pub(super) fn number(self) -> u32 {
                match self {
                    $(Self::$name => $number),*
                }
            }

            fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity),*
                }
            }
        }
    };
}

findings! {
    StorageFull = 2001, Error;
    StorageFailed = 2002, Error;
    StorageWorksAgain = 2003, Information;
    SpaceLow = 2004, Warning;
    TornTailRemoved = 2010, Information;
    DurableBytesMissing = 2011, Error;
    RowRestored = 2012, Information;
    FileMissing = 2013, Error;
    HeaderUnreadable = 2014, Error;
    StaleSender = 2020, Warning;
    HeldElsewhere = 2021, Warning;
    ProtocolViolation = 2022, Warning;
    OtherSigningKey = 2023, Error;
    CannotSeal = 2024, Error;
    CopyRefused = 2025, Error;
    IdentityExpired = 2026, Warning;
    ClosedDormant = 2030, Warning;
    AgentLostRecording = 2031, Warning;
    NoTimeStamp = 2040, Warning;
    DeliveriesLeftOut = 2050, Warning;
}

/// What makes a finding a repetition.
type Key = (Finding, Option<RecordingId>, Option<Uuid>);

/// Writes findings into the catalogue, without repeating itself.
#[derive(Debug)]
pub(super) struct Diagnosis {
    catalogue: Catalogue,
    reported: Mutex<HashMap<Key, Instant>>,
}

impl Diagnosis {
    pub(super) fn new(catalogue: Catalogue) -> Self {
        Self { catalogue, reported: Mutex::default() }
    }

    /// Reports a finding, and says whether it is no repetition. A catalogue that does not take it is logged: nothing else
    /// depends on it.
    pub(super) async fn report(
        &self,
        finding: Finding,
        machine: Option<Uuid>,
        recording: Option<RecordingId>,
        text: String,
    ) -> bool {
        if !self.is_new((finding, recording, machine)) {
            return false;
        }
        tracing::warn!(number = finding.number(), ?machine, ?recording, "{text}");
        let diagnostic = Diagnostic {
            at_us: clock::now_us(),
            severity: finding.severity(),
            number: finding.number(),
            machine,
            recording,
            text,
        };
        if let Err(error) = self.catalogue.add_diagnostic(&diagnostic).await {
            tracing::error!(%error, "a diagnostic could not be kept");
        }
        true
    }

    fn is_new(&self, key: Key) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if reported.len() >= MAX_REMEMBERED {
            reported.retain(|_, at| now.duration_since(*at) < REPEAT_AFTER);
        }
        if reported.len() >= MAX_REMEMBERED {
            // So much is wrong that repetitions are the smaller evil.
            reported.clear();
        }
        let known = reported.get(&key).is_some_and(|at| now.duration_since(*at) < REPEAT_AFTER);
        if !known {
            reported.insert(key, now);
        }
        !known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_is_explained_as_bad_as_it_is() {
        let explained: Vec<_> = api::numbers().items.iter().map(|item| (item.number, item.severity)).collect();
        for finding in Finding::ALL {
            let severity = match finding.severity() {
                Severity::Information => api::Severity::Info,
                Severity::Warning => api::Severity::Warning,
                Severity::Error => api::Severity::Error,
            };
            assert!(explained.contains(&(finding.number(), severity)), "{finding:?}");
        }
        let own = explained.iter().filter(|(number, _)| *number >= 2_000).count();
        assert_eq!(own, Finding::ALL.len(), "one is explained that is never reported");
    }
}
