//! What is logged of a session.

use std::ops::RangeInclusive;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Listed;

/// Which events of a session stand in its recording. Each kind costs something and tells something of people, so each is asked for by
/// itself; what is always there (begin and end, locking, who sits at it, disturbances) is not listed here.
///
/// The same words stand in an agent's configuration and in detection policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Logging {
    /// Which window is topmost, and its title.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub topmost_window: bool,
    /// Whether nothing happens for a while.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub idle: bool,
    /// For how long nothing has to happen: [`IDLE_SECONDS`].
    #[serde(deserialize_with = "idle_seconds", skip_serializing_if = "is_usual_idle")]
    #[cfg_attr(feature = "schema", schema(required = false, minimum = 5, maximum = 86_400, default = 30))]
    pub idle_after_seconds: u32,
    /// What is copied to the clipboard: the kind of thing, where, and the paths of files.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub clipboard: bool,
    /// With `clipboard`, text that is copied, too.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub clipboard_content: bool,
    /// Topmost windows whose program does not answer.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub not_responding: bool,
    /// Dialogs that appear.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub popups: bool,
    /// With `popups`, the words in them, too, where programs say them: by the session's accessibility tree, which is switched on for it.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub popup_words: bool,
    /// Pages that browsers show, and when they are left: by the session's accessibility tree, which is switched on for it.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub pages: bool,
    /// With `pages`, what follows the path in an address, too: queries and fragments, which often hold keys.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub page_queries: bool,
    /// What is typed into ordinary text fields, and into terminals that show it, in sessions whose user is told so: never where passwords are asked
    /// for. By the session's accessibility tree, which is switched on for it.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub keystrokes: bool,
    /// How busy the machine is, second by second, and the network's round trip to the client.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub performance: bool,
    /// Programs whose starts, and those of what they start, are told: by file name in any case of letters, or whole path. With any, shells are
    /// told, too.
    #[serde(skip_serializing_if = "Listed::is_empty")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub programs: Listed,
    /// The ends of programs whose starts were told.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub program_ends: bool,
    /// Programs that are ended by a fault, whether or not they are listed.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub program_failures: bool,
    /// Command lines stand whole, with what looks like a password in them.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub secret_arguments: bool,
    /// Folders in which, and below which, files are told that are created, renamed, moved and deleted.
    #[serde(skip_serializing_if = "Listed::is_empty")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub folders: Listed,
    /// User accounts of the machine that are created, removed, renamed, enabled, disabled, locked, unlocked, or get another password, and
    /// groups that are created, removed, renamed, or get and lose members, whoever does it.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub accounts: bool,
    /// Files and folders of the machine's configuration that change, and behind `dconf:` folders of users' settings that do, whoever does it.
    #[serde(skip_serializing_if = "Listed::is_empty")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub configuration: Listed,
    /// Packages of the machine that are installed, removed, or replaced by another version, whoever does it.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub packages: bool,
    /// Connections to shells and desktops of other machines: SSH, RDP, VNC.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub connections: bool,
    /// Drives of the client that are there in the session.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub client_drives: bool,
    /// Files that cross between the host and drives or clipboard of the client, or by SFTP and SCP.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub transfers: bool,
    /// Storage that is plugged into the machine by USB, and pulled.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub usb_storage: bool,
    /// What is printed with CUPS: title, printer, pages, size.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub printing: bool,
    /// With `printing`, copies of what is printed stand in recordings, too.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub printing_copies: bool,
}

/// What `idle_after_seconds` may be.
pub const IDLE_SECONDS: RangeInclusive<u32> = 5..=86_400;
const USUAL_IDLE_SECONDS: u32 = 30;

fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_usual_idle(seconds: &u32) -> bool {
    *seconds == USUAL_IDLE_SECONDS
}

fn idle_seconds<'de, D: Deserializer<'de>>(source: D) -> Result<u32, D::Error> {
    let seconds = u32::deserialize(source)?;
    let (least, most) = (IDLE_SECONDS.start(), IDLE_SECONDS.end());
    let refused = || D::Error::custom(format!("idle_after_seconds is {seconds}; it must be {least} to {most}"));
    IDLE_SECONDS.contains(&seconds).then_some(seconds).ok_or_else(refused)
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            topmost_window: false,
            idle: false,
            idle_after_seconds: USUAL_IDLE_SECONDS,
            clipboard: false,
            clipboard_content: false,
            not_responding: false,
            popups: false,
            popup_words: false,
            pages: false,
            page_queries: false,
            keystrokes: false,
            performance: false,
            programs: Listed::default(),
            program_ends: false,
            program_failures: false,
            secret_arguments: false,
            folders: Listed::default(),
            accounts: false,
            configuration: Listed::default(),
            packages: false,
            connections: false,
            client_drives: false,
            transfers: false,
            usb_storage: false,
            printing: false,
            printing_copies: false,
        }
    }
}

impl Logging {
    /// What an agent's own settings log where they do not say otherwise.
    pub fn of_agents() -> Self {
        Self { idle: true, ..Self::default() }
    }

    /// Whether copies of what is printed are kept.
    pub fn keeps_printed(&self) -> bool {
        self.printing && self.printing_copies
    }

    /// Whether nothing is logged but what always is.
    pub fn is_nothing(&self) -> bool {
        *self == Self { idle_after_seconds: self.idle_after_seconds, ..Self::default() }
    }
}
