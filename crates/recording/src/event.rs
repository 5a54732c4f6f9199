//! Events: what happened at a moment. The payload of data blocks on an events track.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits::MAX_EVENT_BYTES;
use crate::monitor::Monitor;
use crate::write::{EncodeError, json};

/// The kinds that exist so far. Readers show others by their name.
pub mod kinds {
    /// The session was there when recording started.
    pub const SESSION_START: &str = "session-start";
    /// The session ended.
    pub const SESSION_END: &str = "session-end";
    /// The session was locked.
    pub const LOCK: &str = "lock";
    /// It was unlocked.
    pub const UNLOCK: &str = "unlock";
    /// The screen's size changed; fields `width` and `height` in pixels.
    pub const RESIZE: &str = "resize";
    /// Monitors were added, removed, moved or resized; field `monitors` lists them as a group does.
    pub const MONITORS: &str = "monitors";
    /// Who sits at the session from now on: `connected`, and of a client `name` and `address` where they are known.
    pub const CLIENT: &str = "client";
    /// The application or desktop that was opened first: `application`.
    pub const OPENED: &str = "opened";
    /// From here on some windows are covered; field `text` says which.
    pub const COVERED: &str = "covered";
    /// Recording is paused from now on; field `text` says by whom and why.
    pub const PAUSED: &str = "recording-paused";
    /// It goes on.
    pub const RESUMED: &str = "recording-resumed";
    /// Programs of the session disturbed the recording; field `text` says how, and what is done about it.
    pub const DISTURBED: &str = "disturbed";
    /// Another window is topmost, or its title is another: `title`, and `program` and `process` where they are known.
    pub const TOPMOST_WINDOW: &str = "topmost-window";
    /// Nothing has happened for so many `seconds`.
    pub const IDLE: &str = "idle";
    /// Something happens again, after so many `seconds`, whole `minutes` of them.
    pub const IDLE_END: &str = "idle-end";
    /// Something was copied to the clipboard: `type`, `title`, `program`, `process`; of files `files` and `paths`; `content` and `bytes`
    /// of text; `secret`.
    pub const CLIPBOARD: &str = "clipboard";
    /// A window's program does not answer: `title`, `program`, `process`.
    pub const NOT_RESPONDING: &str = "not-responding";
    /// It answers again, after so many `seconds`: the same.
    pub const RESPONDS_AGAIN: &str = "responds-again";
    /// A dialog has appeared: `title`, `program`, `process`; where asked for, the words in it are `words`, or `no_words` says why they
    /// are not known.
    pub const POPUP: &str = "popup";
    /// A browser shows another page: `url`, `title`, `program`, `process`.
    pub const PAGE_SHOWN: &str = "page-shown";
    /// It shows it no longer: the same, and for how many `seconds` it did.
    pub const PAGE_LEFT: &str = "page-left";
    /// What was typed: `typed`, `title`, `program`, `process`, `not_kept`.
    pub const TYPED: &str = "typed";
    /// How busy the machine was in the seconds before. An index does not list these: they come without end.
    pub const PERFORMANCE: &str = "performance";
    /// A program says that something happened: `type`, `user` and `program` tell what and who; field `text` is for people.
    pub const CUSTOM: &str = "custom";
    /// A program started: `program`, `command`, `process`, `parent`, `parent_program`; `before` where it ran already.
    pub const PROGRAM_START: &str = "program-start";
    /// A program ended whose start was told: `program`, `process`, `status` or `signal`, `ran_ms`.
    pub const PROGRAM_END: &str = "program-end";
    /// A program was ended by a fault: `program`, `process`, `signal`.
    pub const PROGRAM_FAILED: &str = "program-failed";
    /// A file or folder below a listed folder was created: `path`, `size` of a file, `program`, `process`, `item`.
    pub const FILE_CREATED: &str = "file-created";
    /// It has another name in the same folder: `path`, `to`, `size` of a file.
    pub const FILE_RENAMED: &str = "file-renamed";
    /// It is in another folder: `path`, `to`, `size` of a file.
    pub const FILE_MOVED: &str = "file-moved";
    /// It was deleted: `path`.
    pub const FILE_DELETED: &str = "file-deleted";
    /// A file below a listed folder was copied to where no list reaches: `path`, `to`, `size`, `program`, `process`.
    pub const FILE_COPIED: &str = "file-copied";
    /// A user account of the machine changed: `user`, `change`, `to`, `by`, `program`, `process`.
    pub const ACCOUNT_CHANGED: &str = "account-changed";
    /// A group of the machine changed: `group`, `change`, `member`, `to`, `by`, `program`, `process`.
    pub const GROUP_CHANGED: &str = "group-changed";
    /// Configuration of the machine, or a setting of its user's, changed: `store`, `path`, `change`, `to`, `value`, `item`, `size`, `mode`, `owner`
    /// and what they were before, `written`, `by`, `program`, `process`.
    pub const CONFIGURATION_CHANGED: &str = "configuration-changed";
    /// A package of the machine was installed, removed or updated: `package`, `manager`, `change`, `version`, `from`, `by`, `program`, `process`.
    pub const PACKAGE_CHANGED: &str = "package-changed";
    /// A program connected to another machine's shell or desktop: `protocol`, `address`, `port`, `program`, `process`.
    pub const CONNECTION: &str = "connection";
    /// Storage was plugged in by USB, or pulled: `change`, `vendor`, `model`, `serial`, `size`, `device`.
    pub const USB_STORAGE: &str = "usb-storage";
    /// Something was printed: `change`, `title`, `document`, `printer`, `user`, `pages`, `copies`, `size`, `job`.
    pub const PRINT_JOB: &str = "print-job";
    /// A copy of a document was kept, which stands in the recording before this: see [`crate::KeptDocument`].
    pub const DOCUMENT_KEPT: &str = "document-kept";
    /// A drive of the client is there, or no longer: `change`, `drive`; `before` where it was there already.
    pub const CLIENT_DRIVE: &str = "client-drive";
    /// A file crossed between host and client: `direction`, `way`, `drive`, `path`, `size`, `program`, `process`.
    pub const FILE_TRANSFER: &str = "file-transfer";
    /// Things of these kinds came so fast that some are not known: `of`, and `lost` where they could be counted.
    pub const EVENTS_LOST: &str = "events-lost";
    /// Something was done because of an event: `action`, `outcome`, `trigger` (its description), `of` (the kind of event), `rule` and `policy`.
    pub const RESPONSE: &str = "response";
    /// A gap was declared.
    pub const GAP: &str = "gap";
}

/// One event; its time is the block's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened, a word of [`kinds`] or of a later version.
    pub kind: String,
    /// Details by name. `text`, if there, is a sentence for people.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

impl Event {
    /// An event without details.
    pub fn new(kind: &str) -> Event {
        Event { kind: kind.to_owned(), fields: Map::new() }
    }

    /// The same with one more detail.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Event {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// The screen has this size in pixels from now on.
    pub fn resize(width: u32, height: u32) -> Event {
        Event::new(kinds::RESIZE).with("width", width).with("height", height)
    }

    /// The monitors lie so from now on; none stand for the whole picture.
    pub fn monitors(monitors: &[Monitor]) -> Event {
        let text = match monitors {
            [] => "the whole picture".to_owned(),
            some => some.iter().map(Monitor::to_string).collect::<Vec<_>>().join(", "),
        };
        let list = serde_json::to_value(monitors).unwrap_or_default();
        Event::new(kinds::MONITORS).with("monitors", list).with("text", text)
    }

    /// Some windows are covered from now on, as these words say.
    pub fn covered(text: &str) -> Event {
        Event::new(kinds::COVERED).with("text", text)
    }

    /// A window with this title is topmost now, of the program that runs this file as this process.
    pub fn topmost_window(title: &str, program: Option<&str>, process: Option<u32>) -> Event {
        Event::of_window(kinds::TOPMOST_WINDOW, title, program, process)
    }

    /// Something of this kind happened with a window of this title, of the program that runs this file as this process.
    pub fn of_window(kind: &str, title: &str, program: Option<&str>, process: Option<u32>) -> Event {
        let name = program.and_then(|program| program.rsplit('/').next());
        let text = name.map_or_else(|| title.to_owned(), |name| format!("{name}: {title}"));
        let event = Event::new(kind).with("title", title).with("text", text);
        let event = program.into_iter().fold(event, |event, program| event.with("program", program));
        process.into_iter().fold(event, |event, process| event.with("process", process))
    }

    /// A program of this file and user says that something of this type happened, and what.
    pub fn custom(kind: &str, text: Option<&str>, user: &str, program: Option<&str>) -> Event {
        let words = text.map_or_else(|| kind.to_owned(), |text| format!("{kind}: {text}"));
        let event = Event::new(kinds::CUSTOM).with("type", kind).with("text", words).with("user", user);
        program.into_iter().fold(event, |event, program| event.with("program", program))
    }

    /// Recording is paused from now on, for the reason that these words say.
    pub fn paused(text: &str) -> Event {
        Event::new(kinds::PAUSED).with("text", text)
    }

    /// Recording goes on.
    pub fn resumed() -> Event {
        Event::new(kinds::RESUMED)
    }

    /// The payload of a data block on an events track.
    ///
    /// # Errors
    /// [`EncodeError`] if its JSON is larger than [`MAX_EVENT_BYTES`].
    pub fn to_payload(&self) -> Result<Vec<u8>, EncodeError> {
        let payload = json("event", self)?;
        if payload.len() > MAX_EVENT_BYTES {
            return Err(EncodeError::TooLarge { what: "event", bytes: payload.len(), limit: MAX_EVENT_BYTES });
        }
        Ok(payload)
    }

    /// Reads the payload of a data block on an events track.
    ///
    /// # Errors
    /// [`EventError`] if it is too large or no event.
    pub fn from_payload(payload: &[u8]) -> Result<Event, EventError> {
        if payload.len() > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge { bytes: payload.len() });
        }
        serde_json::from_slice(payload).map_err(|error| EventError::Malformed(error.to_string()))
    }

    /// A detail that is a whole number of at most 32 bits.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.fields.get(name)?.as_u64()?.try_into().ok()
    }

    /// What a list of events shows beside the kind.
    pub(crate) fn text(&self) -> String {
        if let Some(text) = self.fields.get("text").and_then(Value::as_str) {
            return text.to_owned();
        }
        match (self.number("width"), self.number("height")) {
            (Some(width), Some(height)) => format!("{width}×{height}"),
            _ => String::new(),
        }
    }
}

/// Why a payload is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// Larger than [`MAX_EVENT_BYTES`].
    #[error("an event of {bytes} bytes is larger than {MAX_EVENT_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not the JSON of an event.
    #[error("not an event: {0}")]
    Malformed(String),
}
