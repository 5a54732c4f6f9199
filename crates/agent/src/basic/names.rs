//! Names of settings of basic mode, and the levels at which they can be set.

use serde::{Deserialize, Serialize};

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Name {
    /// Where recordings go
    Folder,
    /// After how many minutes a recording ends
    LimitMinutes,
    /// At how many MB it ends
    LimitMb,
    /// Which screens are recorded
    Screen,
    /// Whether recordings hold what was shown shortly before they were started
    Buffer,
    /// How long before
    BufferSeconds,
    /// Whether users may start recordings
    UserStart,
    /// Whether a sign in the session says that it is recorded
    Sign,
    /// Whether a window tells users when root starts a recording of their session
    Notice,
    /// Whether keys start and stop recordings, each together with control and shift
    Hotkeys,
    /// The key that starts one: F1 to F12 or A to Z
    HotkeyStart,
    /// The key that stops it
    HotkeyStop,
}

impl Name {
    /// All of them, as they are listed.
    pub const ALL: [Self; 12] = [
        Self::Folder,
        Self::LimitMinutes,
        Self::LimitMb,
        Self::Screen,
        Self::Buffer,
        Self::BufferSeconds,
        Self::UserStart,
        Self::Sign,
        Self::Notice,
        Self::Hotkeys,
        Self::HotkeyStart,
        Self::HotkeyStop,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::LimitMinutes => "limit_minutes",
            Self::LimitMb => "limit_mb",
            Self::Screen => "screen",
            Self::Buffer => "buffer",
            Self::BufferSeconds => "buffer_seconds",
            Self::UserStart => "user_start",
            Self::Sign => "sign",
            Self::Notice => "notice",
            Self::Hotkeys => "hotkeys",
            Self::HotkeyStart => "hotkey_start",
            Self::HotkeyStop => "hotkey_stop",
        }
    }

    /// Whether only the machine has it: it decides what users may do, or what is looked at before anybody asks.
    pub fn is_machines(self) -> bool {
        !matches!(self, Self::Folder | Self::LimitMinutes | Self::LimitMb | Self::Screen | Self::Sign)
    }

    /// The numbers that it can be.
    pub fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::LimitMinutes => Some((0.05, 1_440.0)),
            Self::LimitMb => Some((1.0, 4_000.0)),
            Self::BufferSeconds => Some((1.0, 120.0)),
            _ => None,
        }
    }
}

/// For whom something is set. The nearest level wins: the last of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nobody: what suits most.
    Default,
    /// Everybody on the machine.
    Machine,
    /// A user.
    User,
    /// The next recording of a session.
    Session,
}

impl Level {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Machine => "machine",
            Self::User => "user",
            Self::Session => "session",
        }
    }
}
