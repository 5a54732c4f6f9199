//! What stands in decisions and headers about a session.

use std::ffi::CString;

use nix::unistd::{Group, Uid, User, getgrouplist};
use policy::{Action, Screen};
use recording::{FORMAT_VERSION, Header, RecordingId, SessionFacts, SessionKind, StartReason};
use sealing::SealPlan;
use serde::{Deserialize, Serialize};
use spool::Journal;

use super::Context;
use super::observe::Observed;
use crate::in_session::Shown;
use crate::programs::Names;
use crate::sessions::{Desktop, DisplayServer};
use crate::settings::Settings;
use crate::{clock, machine, tags};

/// Kept beside a recording, so that a restarted agent can tell whether the session is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The display and its server's process.
    pub server: DisplayServer,
    /// Processes compare only within one boot.
    pub boot_id: String,
    /// The file with the display's cookie.
    pub xauthority: Option<std::path::PathBuf>,
    /// Whose desktop it is.
    pub uid: u32,
    /// What of the recording is sealed: every recorder of it does the same, whatever is decided later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<SealPlan>,
    /// What was decided; every recorder does the same.
    #[serde(default)]
    pub action: Action,
    /// What was said to its user, as it stands in the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// Whether the sign in the session says that it is recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sign: bool,
    /// Somebody had the screen added to what the policy records by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Below>,
}

/// What a recording by order was added to: the policy decides how the session goes on when it is stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Below {
    /// What was said to its user then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// It was a trigger that did: it ends that, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_trigger: bool,
}

impl Source {
    /// What to keep about a desktop.
    pub fn new(desktop: &Desktop, boot_id: &str, seal: Option<SealPlan>, action: Action) -> Self {
        Self {
            server: desktop.server.clone(),
            boot_id: boot_id.to_owned(),
            xauthority: desktop.xauthority.clone(),
            uid: desktop.uid,
            seal,
            action,
            told: None,
            sign: false,
            below: None,
        }
    }

    /// What was kept beside a recording, if it can be read.
    pub fn of(journal: &Journal) -> Option<Self> {
        serde_json::from_value(journal.source()).ok()
    }

    /// Programs whose windows are covered by decision.
    pub fn hidden(&self) -> Option<Names> {
        Self::hidden_by(&self.action)
    }

    /// The same of another decision.
    pub fn hidden_by(action: &Action) -> Option<Names> {
        match action {
            Action::RecordScreen(Screen { hide, .. }) if !hide.is_empty() => Some(Names::new(hide.names())),
            Action::RecordScreen(_) | Action::DoNotRecord {} | Action::RecordEvents { .. } => None,
        }
    }

    /// Whether nothing of the screen is recorded.
    pub fn is_events_only(&self) -> bool {
        matches!(self.action, Action::RecordEvents { .. })
    }

    /// Whether a trigger added the screen.
    pub fn by_trigger(&self) -> bool {
        self.below.as_ref().is_some_and(|below| below.by_trigger)
    }

    /// Whether there are such.
    pub fn hides(&self) -> bool {
        self.hidden().is_some()
    }

    /// What the sign in the session says of it.
    pub fn shown(&self) -> Option<Shown> {
        self.sign.then(|| Shown::of(&self.action))
    }

    /// The desktop, if this is still the boot in which it was seen.
    pub fn desktop(self, boot_id: &str) -> Option<Desktop> {
        let Self { server, boot_id: seen, xauthority, uid, seal: _, action: _, told: _, sign: _, below: _ } = self;
        (seen == boot_id).then(|| Desktop::new(server, uid, xauthority))
    }
}

/// Facts about a desktop's session. Asks the system's user database (NSS) and programs that give access tags, which may take
/// a while.
pub fn session_facts(desktop: &Desktop, observed: &Observed, context: &Context) -> SessionFacts {
    let mut facts = static_facts(desktop, &context.machine_id, &context.settings);
    observed.put_into(&mut facts);
    tags::add(&mut facts, &context.settings.tags_folder, context.uids.as_ref());
    facts
}

/// What is known of it from the beginning.
pub fn static_facts(desktop: &Desktop, machine_id: &str, settings: &Settings) -> SessionFacts {
    let user = User::from_uid(Uid::from_raw(desktop.uid)).ok().flatten();
    SessionFacts {
        machine_id: machine_id.to_owned(),
        machine: machine::name(),
        // A user without a name is known by number, as ls shows it.
        user: user.as_ref().map_or_else(|| desktop.uid.to_string(), |user| user.name.clone()),
        uid: Some(desktop.uid),
        display: Some(desktop.server.display.clone()),
        session_kind: SessionKind::Desktop,
        client_name: None,
        client_address: None,
        application: None,
        groups: user.map_or_else(Vec::new, |user| groups(&user)),
        delivery_groups: settings.delivery_groups.clone(),
        tags: settings.tags.clone(),
        utc_offset_minutes: Some(clock::utc_offset_minutes()),
    }
}

fn groups(user: &User) -> Vec<String> {
    let Ok(name) = CString::new(user.name.as_str()) else { return Vec::new() };
    let ids = getgrouplist(&name, user.gid).unwrap_or_default();
    let names = ids.into_iter().filter_map(|gid| Group::from_gid(gid).ok().flatten()).map(|group| group.name);
    names.take(protocol::limits::MAX_GROUPS).collect()
}

/// The header of a recording that begins now.
pub fn header(session: SessionFacts, reason: StartReason, boot_id: &str) -> anyhow::Result<Header> {
    Ok(Header {
        format: FORMAT_VERSION,
        recording: RecordingId::from_uuid(uuid::Uuid::now_v7())?,
        session,
        started: clock::anchor(boot_id),
        software: machine::SOFTWARE.to_owned(),
        follows: None,
        reason,
    })
}
