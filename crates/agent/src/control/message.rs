//! What programs say to the agent, and what it answers: one line of JSON each.

use std::sync::atomic::Ordering;

use protocol::ByeCode;
use recording::RecordingId;
use serde::{Deserialize, Serialize};
use spool::Link;

use crate::basic::{Level, Name};
use crate::sessions::TerminalLogin;
use crate::supervisor::{Refusal, Refused, Reply, Session, StartedBy};

/// A request longer than this is refused.
pub const MAX_REQUEST_BYTES: u64 = 4_096;
/// An answer is never longer.
pub const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What is wanted.
    pub command: Command,
    /// Of which session, if not of the caller's own; only root may say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Target>,
    /// With `pause`: what the recording is to say of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<PauseWords>,
    /// With `event`: what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventWords>,
    /// With `config`: what is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<ConfigWish>,
}

impl Request {
    /// One that needs no more words.
    pub fn of(command: Command, of: Option<Target>) -> Self {
        Self { command, of, pause: None, event: None, config: None }
    }
}

/// What is wanted of the settings of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigWish {
    /// To know what is set.
    Get,
    /// To set something.
    Set {
        /// What.
        name: Name,
        /// To what.
        value: String,
    },
    /// To set something, or everything, no longer.
    Clear {
        /// What.
        #[serde(default)]
        name: Option<Name>,
    },
}

/// A setting and who has set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingLine {
    /// What.
    pub name: Name,
    /// To what.
    pub value: String,
    /// At which level.
    pub level: Level,
}

/// What somebody says who pauses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PauseWords {
    /// The program, as it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How much of what came before is dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// What a program says that happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventWords {
    /// What kind of thing, in a word or two.
    #[serde(rename = "type")]
    pub kind: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What can be wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// To know whether sessions are recorded, and why.
    Status,
    /// To have a session recorded.
    Start,
    /// To have it recorded no longer.
    Stop,
    /// To have nothing recorded for a while.
    Pause,
    /// To have it recorded on.
    Resume,
    /// To have something stand in the recording as an event.
    Event,
    /// To know or change what is set for the session's next recording, in basic mode.
    Config,
}

/// Which sessions root means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The one on a display, such as `:10`.
    Display(String),
    /// Those of a user, by login name.
    User(String),
    /// Every one.
    All,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether everything was done that was wanted.
    pub ok: bool,
    /// Why not, in one word: `bad-request`, `busy`, `no-session`, `not-allowed`, `switched-off`, `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The same for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The sessions in question.
    #[serde(default)]
    pub sessions: Vec<SessionLine>,
    /// People at terminals, where root asks for the status of all or of a user. They are not recorded yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terminals: Vec<TerminalLogin>,
    /// How the agent stands with the server, with `status` for root and the agent's own user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkLine>,
    /// What is set for the session, where that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<SettingLine>,
}

/// How an agent stands with its server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkLine {
    /// Whether the server has welcomed it and the connection stands.
    pub connected: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The code by which the server refuses the machine, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<u16>,
}

impl From<&Link> for LinkLine {
    fn from(link: &Link) -> Self {
        let Link { connected, trouble, refused, .. } = link;
        Self { connected: *connected, trouble: trouble.clone(), refused: refused.map(ByeCode::number) }
    }
}

impl Answer {
    /// Something is wrong with the request as a whole.
    pub fn error(error: &str, text: impl Into<String>) -> Self {
        Self {
            ok: false,
            error: Some(error.to_owned()),
            text: Some(text.into()),
            sessions: Vec::new(),
            terminals: Vec::new(),
            link: None,
            settings: Vec::new(),
        }
    }

    /// About sessions; the first that something was refused for says why not all was done.
    pub fn about(sessions: Vec<SessionLine>) -> Self {
        let refused = sessions.iter().find(|session| session.error.is_some());
        let (error, text) = refused.map(|line| (line.error.clone(), line.text.clone())).unwrap_or_default();
        let (terminals, settings) = (Vec::new(), Vec::new());
        Self { ok: error.is_none(), error, text, sessions, terminals, link: None, settings }
    }
}

/// One session in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    /// Its name for the agent.
    pub session: String,
    /// Its display.
    pub display: String,
    /// Its user.
    pub user: String,
    /// The recording that is being made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingId>,
    /// On whose account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<StartedBy>,
    /// Whether its user may start a recording.
    pub user_may_start: bool,
    /// Why it is recorded or not.
    pub why: String,
    /// Whether that is paused.
    #[serde(default)]
    pub paused: bool,
    /// The file that the recording goes into, in basic mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How large it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// How long the recording is by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// What has changed: `started`, `stopped`, `paused`, `resumed`, `said`, or `nothing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// What was refused for it, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The same for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl SessionLine {
    /// A session as it is now. Which policy and which rule decided is told to root alone.
    pub fn of(session: &Session, to_root: bool) -> Self {
        let state = session.state();
        let facts = state.facts.as_ref();
        let file = state.file.as_ref();
        let age_us = |origin_us: u64| capture::boottime_us().saturating_sub(origin_us);
        let started_by = state.recording.map(|_| state.started_by);
        let why = match started_by {
            _ if to_root => state.why,
            Some(StartedBy::User) => "you started it".to_owned(),
            Some(StartedBy::Administrator) => "an administrator wants it".to_owned(),
            Some(StartedBy::Policy) => "the policy wants it".to_owned(),
            None => "nobody asked for it".to_owned(),
        };
        Self {
            session: session.id.clone(),
            display: session.desktop.server.display.clone(),
            user: facts.map_or_else(|| session.desktop.uid.to_string(), |facts| facts.user.clone()),
            recording: state.recording,
            started_by,
            user_may_start: state.user_may_start,
            why,
            paused: state.paused.is_some(),
            size_bytes: file.map(|file| file.bytes.load(Ordering::Relaxed)),
            duration_seconds: file.map(|file| age_us(file.origin_us) / 1_000_000),
            file: file.map(|file| file.path.clone()),
            done: None,
            error: None,
            text: None,
        }
    }

    /// The same after somebody paused it, went on with it, or said something in it.
    pub fn after_word(self, done: &str, refused: Option<Refused>) -> Self {
        match refused {
            None => Self { done: Some(done.to_owned()), ..self },
            Some(why) => Self { error: Some(why.code().to_owned()), text: Some(why.to_string()), ..self },
        }
    }

    /// The same with what became of an order.
    pub fn after(self, reply: &Reply) -> Self {
        let done = |word: &str| Some(word.to_owned());
        match reply {
            Reply::Started(_) => Self { done: done("started"), ..self },
            Reply::Stopped(_) | Reply::GivesWay { .. } => Self { done: done("stopped"), ..self },
            Reply::AlreadyRecorded(_) | Reply::NotRecorded => Self { done: done("nothing"), ..self },
            Reply::Refused(refusal) => self.refused(refusal),
        }
    }

    fn refused(self, refusal: &Refusal) -> Self {
        Self { error: Some(refusal.code().to_owned()), text: Some(refusal.to_string()), ..self }
    }
}
