//! Policies that are there from the beginning and cannot be changed.

use crate::action::{Action, Screen};

/// What stands in place of a policy's name in recordings that an administrator asked for.
pub const BY_ADMINISTRATOR: &str = "administrator";
/// The same in recordings that users start themselves.
pub const BY_USER: &str = "user";

/// A policy that treats every session alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// No session is recorded. In force after installation and wherever nothing else is known.
    #[default]
    DoNotRecord,
    /// Every session is recorded, and its user is told.
    RecordWithNotice,
    /// The same, for small files.
    RecordWithNoticeLossy,
    /// The same, with what is heard.
    RecordWithNoticeAudio,
    /// Every session is recorded, and its user is not told.
    RecordEverything,
    /// The same, for small files.
    RecordEverythingLossy,
    /// The same, with what is heard.
    RecordEverythingAudio,
    /// What happens in every session is recorded without a picture, and its user is told.
    EventsWithNotice,
    /// The same, and its user is not told.
    EventsOnly,
}

impl BuiltIn {
    /// Every policy that is built in.
    pub const ALL: &[Self] = &[
        Self::DoNotRecord,
        Self::RecordWithNotice,
        Self::RecordWithNoticeLossy,
        Self::RecordWithNoticeAudio,
        Self::RecordEverything,
        Self::RecordEverythingLossy,
        Self::RecordEverythingAudio,
        Self::EventsWithNotice,
        Self::EventsOnly,
    ];

    /// The name it has in documents, settings and recordings. Never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoNotRecord => "do-not-record",
            Self::RecordWithNotice => "record-with-notice",
            Self::RecordWithNoticeLossy => "record-with-notice-lossy",
            Self::RecordWithNoticeAudio => "record-with-notice-audio",
            Self::RecordEverything => "record-everything",
            Self::RecordEverythingLossy => "record-everything-lossy",
            Self::RecordEverythingAudio => "record-everything-audio",
            Self::EventsWithNotice => "events-with-notice",
            Self::EventsOnly => "events-only",
        }
    }

    /// The name shown to people, in English.
    pub const fn title(self) -> &'static str {
        match self {
            Self::DoNotRecord => "Do not record",
            Self::RecordWithNotice => "Record everything, with notice",
            Self::RecordWithNoticeLossy => "Record everything lossily, with notice",
            Self::RecordWithNoticeAudio => "Record everything with audio, with notice",
            Self::RecordEverything => "Record everything, without notice",
            Self::RecordEverythingLossy => "Record everything lossily, without notice",
            Self::RecordEverythingAudio => "Record everything with audio, without notice",
            Self::EventsWithNotice => "Record events only, with notice",
            Self::EventsOnly => "Record events only, without notice",
        }
    }

    /// The policy of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|policy| policy.name() == name)
    }

    /// Whether a name would be taken for a built-in policy's, or for what stands in a policy's place.
    pub fn claims(name: &str) -> bool {
        let named = |policy: &Self| {
            policy.name().eq_ignore_ascii_case(name) || policy.title().to_lowercase() == name.to_lowercase()
        };
        let reserved = [BY_ADMINISTRATOR, BY_USER].iter().any(|word| word.eq_ignore_ascii_case(name));
        reserved || Self::ALL.iter().any(named)
    }

    /// What it does with every session.
    pub fn action(self) -> Action {
        let screen = |notice, audio, lossy| Action::RecordScreen(Screen { notice, audio, lossy, ..Screen::default() });
        match self {
            Self::DoNotRecord => Action::DoNotRecord {},
            Self::RecordWithNotice => screen(true, false, false),
            Self::RecordWithNoticeLossy => screen(true, false, true),
            Self::RecordWithNoticeAudio => screen(true, true, false),
            Self::RecordEverything => screen(false, false, false),
            Self::RecordEverythingLossy => screen(false, false, true),
            Self::RecordEverythingAudio => screen(false, true, false),
            Self::EventsWithNotice => Action::RecordEvents { notice: true, indicator: None },
            Self::EventsOnly => Action::RecordEvents { notice: false, indicator: None },
        }
    }
}
