//! What the server itself reports to the operator, by numbers that `docs/storage.md` explains.

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

/// What is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Finding {
    StorageFull,
    StorageFailed,
    StorageWorksAgain,
    SpaceLow,
    TornTailRemoved,
    DurableBytesMissing,
    RowRestored,
    FileMissing,
    StaleSender,
    HeldElsewhere,
    ProtocolViolation,
    OtherSigningKey,
    CannotSeal,
    ClosedDormant,
    AgentLostRecording,
    HeaderUnreadable,
    NoTimeStamp,
    CopyRefused,
    IdentityExpired,
}

impl Finding {
    pub(super) fn number(self) -> u32 {
        match self {
            Self::StorageFull => 2001,
            Self::StorageFailed => 2002,
            Self::StorageWorksAgain => 2003,
            Self::SpaceLow => 2004,
            Self::TornTailRemoved => 2010,
            Self::DurableBytesMissing => 2011,
            Self::RowRestored => 2012,
            Self::FileMissing => 2013,
            Self::HeaderUnreadable => 2014,
            Self::StaleSender => 2020,
            Self::HeldElsewhere => 2021,
            Self::ProtocolViolation => 2022,
            Self::OtherSigningKey => 2023,
            Self::CannotSeal => 2024,
            Self::CopyRefused => 2025,
            Self::IdentityExpired => 2026,
            Self::NoTimeStamp => 2040,
            Self::ClosedDormant => 2030,
            Self::AgentLostRecording => 2031,
        }
    }

    fn severity(self) -> Severity {
        match self {
            Self::StorageFull
            | Self::StorageFailed
            | Self::DurableBytesMissing
            | Self::FileMissing
            | Self::OtherSigningKey
            | Self::CopyRefused
            | Self::HeaderUnreadable
            | Self::CannotSeal => Severity::Error,
            Self::SpaceLow
            | Self::NoTimeStamp
            | Self::StaleSender
            | Self::HeldElsewhere
            | Self::ProtocolViolation
            | Self::ClosedDormant
            | Self::IdentityExpired
            | Self::AgentLostRecording => Severity::Warning,
            Self::StorageWorksAgain | Self::TornTailRemoved | Self::RowRestored => Severity::Information,
        }
    }
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
