//! Kinds of events, and what of each can be asked about.

use recording::event_kinds as kinds;

use crate::responses::Action;

/// A kind of event that policies can ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its word in recordings.
    pub name: &'static str,
    /// What it carries that conditions can be about.
    pub dimensions: &'static [Dimension],
    /// The field of [`crate::Logging`] that asks for it; `None`: it is always told.
    pub logged_by: Option<&'static str>,
}

/// One field of an event, as conditions see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimension {
    /// The field's name in recordings.
    pub field: &'static str,
    /// What it holds.
    pub values: Values,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Any text.
    Text,
    /// A number that is not negative.
    Number,
    /// One of these words.
    Choice(&'static [&'static str]),
}

const fn text(field: &'static str) -> Dimension {
    Dimension { field, values: Values::Text }
}

const fn number(field: &'static str) -> Dimension {
    Dimension { field, values: Values::Number }
}

const fn choice(field: &'static str, words: &'static [&'static str]) -> Dimension {
    Dimension { field, values: Values::Choice(words) }
}

/// What stands in a folder.
const ITEMS: &[&str] = &["file", "folder"];
/// Why the words in a dialog are not known.
const NO_WORDS: &[&str] = &["off", "not-found", "late"];

/// Every kind that can be logged or asked about, in the order in which people are shown them.
pub const KINDS: &[Kind] = &[
    Kind { name: kinds::SESSION_START, dimensions: &[], logged_by: None },
    Kind { name: kinds::SESSION_END, dimensions: &[], logged_by: None },
    Kind { name: kinds::LOCK, dimensions: &[], logged_by: None },
    Kind { name: kinds::UNLOCK, dimensions: &[], logged_by: None },
    Kind {
        name: kinds::CLIENT,
        dimensions: &[choice("change", &["connected", "disconnected"]), text("name"), text("address")],
        logged_by: None,
    },
    Kind { name: kinds::OPENED, dimensions: &[text("application")], logged_by: None },
    Kind { name: kinds::DISTURBED, dimensions: &[text("text")], logged_by: None },
    Kind {
        name: kinds::TOPMOST_WINDOW,
        dimensions: &[text("program"), text("title")],
        logged_by: Some("topmost_window"),
    },
    Kind { name: kinds::IDLE, dimensions: &[number("seconds")], logged_by: Some("idle") },
    Kind { name: kinds::IDLE_END, dimensions: &[number("minutes"), number("seconds")], logged_by: Some("idle") },
    Kind {
        name: kinds::CLIPBOARD,
        dimensions: &[
            choice("type", &["text", "file", "bitmap"]),
            text("title"),
            text("program"),
            text("content"),
            text("paths"),
            number("files"),
            number("bytes"),
        ],
        logged_by: Some("clipboard"),
    },
    Kind {
        name: kinds::NOT_RESPONDING,
        dimensions: &[text("program"), text("title")],
        logged_by: Some("not_responding"),
    },
    Kind {
        name: kinds::RESPONDS_AGAIN,
        dimensions: &[text("program"), text("title"), number("seconds")],
        logged_by: Some("not_responding"),
    },
    Kind {
        name: kinds::POPUP,
        dimensions: &[text("program"), text("title"), text("words"), choice("no_words", NO_WORDS)],
        logged_by: Some("popups"),
    },
    Kind {
        name: kinds::PAGE_SHOWN,
        dimensions: &[text("url"), text("title"), text("program")],
        logged_by: Some("pages"),
    },
    Kind {
        name: kinds::PAGE_LEFT,
        dimensions: &[text("url"), text("title"), text("program"), number("seconds")],
        logged_by: Some("pages"),
    },
    Kind {
        name: kinds::TYPED,
        dimensions: &[text("typed"), text("program"), text("title"), number("not_kept")],
        logged_by: Some("keystrokes"),
    },
    Kind {
        name: kinds::PERFORMANCE,
        dimensions: &[
            number("cpu_percent"),
            number("memory_bytes"),
            number("received_bytes"),
            number("sent_bytes"),
            number("round_trip_ms"),
        ],
        logged_by: Some("performance"),
    },
    Kind {
        name: kinds::PROGRAM_START,
        dimensions: &[text("program"), text("command"), text("parent_program")],
        logged_by: Some("programs"),
    },
    Kind {
        name: kinds::PROGRAM_END,
        dimensions: &[text("program"), number("status"), number("ran_ms")],
        logged_by: Some("program_ends"),
    },
    Kind {
        name: kinds::PROGRAM_FAILED,
        dimensions: &[text("program"), text("signal")],
        logged_by: Some("program_failures"),
    },
    Kind {
        name: kinds::FILE_CREATED,
        dimensions: &[text("path"), number("size"), text("program"), choice("item", ITEMS)],
        logged_by: Some("folders"),
    },
    Kind {
        name: kinds::FILE_RENAMED,
        dimensions: &[text("path"), text("to"), number("size"), text("program"), choice("item", ITEMS)],
        logged_by: Some("folders"),
    },
    Kind {
        name: kinds::FILE_MOVED,
        dimensions: &[text("path"), text("to"), number("size"), text("program"), choice("item", ITEMS)],
        logged_by: Some("folders"),
    },
    Kind {
        name: kinds::FILE_DELETED,
        dimensions: &[text("path"), text("program"), choice("item", ITEMS)],
        logged_by: Some("folders"),
    },
    Kind {
        name: kinds::FILE_COPIED,
        dimensions: &[text("path"), text("to"), number("size"), text("program")],
        logged_by: Some("folders"),
    },
    Kind {
        name: kinds::ACCOUNT_CHANGED,
        dimensions: &[
            text("user"),
            choice(
                "change",
                &[
                    "created",
                    "removed",
                    "renamed",
                    "enabled",
                    "disabled",
                    "locked",
                    "unlocked",
                    "password-changed",
                    "password-removed",
                ],
            ),
            text("to"),
            text("by"),
            text("program"),
        ],
        logged_by: Some("accounts"),
    },
    Kind {
        name: kinds::GROUP_CHANGED,
        dimensions: &[
            text("group"),
            choice("change", &["created", "removed", "renamed", "member-added", "member-removed"]),
            text("member"),
            text("to"),
            text("by"),
            text("program"),
        ],
        logged_by: Some("accounts"),
    },
    Kind {
        name: kinds::CONFIGURATION_CHANGED,
        dimensions: &[
            choice("store", &["file", "dconf"]),
            text("path"),
            choice("change", &["created", "removed", "renamed", "changed"]),
            text("to"),
            text("value"),
            text("mode"),
            text("owner"),
            number("size"),
            text("by"),
            text("program"),
        ],
        logged_by: Some("configuration"),
    },
    Kind {
        name: kinds::PACKAGE_CHANGED,
        dimensions: &[
            text("package"),
            choice("manager", &["dpkg", "rpm", "flatpak"]),
            choice("change", &["installed", "removed", "updated"]),
            text("version"),
            text("from"),
            text("by"),
            text("program"),
        ],
        logged_by: Some("packages"),
    },
    Kind {
        name: kinds::CONNECTION,
        dimensions: &[choice("protocol", &["ssh", "rdp", "vnc"]), text("address"), number("port"), text("program")],
        logged_by: Some("connections"),
    },
    Kind {
        name: kinds::USB_STORAGE,
        dimensions: &[
            choice("change", &["inserted", "removed"]),
            text("vendor"),
            text("model"),
            text("serial"),
            number("size"),
        ],
        logged_by: Some("usb_storage"),
    },
    Kind {
        name: kinds::PRINT_JOB,
        dimensions: &[
            choice("change", &["queued", "printed", "cancelled", "failed"]),
            text("title"),
            text("document"),
            text("printer"),
            text("user"),
            number("pages"),
            number("copies"),
            number("size"),
        ],
        logged_by: Some("printing"),
    },
    Kind { name: kinds::DOCUMENT_KEPT, dimensions: &[], logged_by: Some("printing_copies") },
    Kind {
        name: kinds::CLIENT_DRIVE,
        dimensions: &[choice("change", &["mapped", "unmapped"]), text("drive")],
        logged_by: Some("client_drives"),
    },
    Kind {
        name: kinds::FILE_TRANSFER,
        dimensions: &[
            choice("direction", &["host", "client", "remote"]),
            choice("way", &["drive", "clipboard", "sftp", "scp"]),
            text("drive"),
            text("path"),
            number("size"),
            text("program"),
        ],
        logged_by: Some("transfers"),
    },
    Kind { name: kinds::EVENTS_LOST, dimensions: &[text("of"), number("lost")], logged_by: None },
    Kind {
        name: kinds::CUSTOM,
        dimensions: &[text("type"), text("text"), text("user"), text("program")],
        logged_by: None,
    },
    Kind {
        name: kinds::RESPONSE,
        dimensions: &[
            choice("action", Action::NAMES),
            text("outcome"),
            text("trigger"),
            text("of"),
            text("rule"),
            text("policy"),
        ],
        logged_by: None,
    },
];

impl Kind {
    /// The kind of this word.
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// Whether something can be done in response. A response to a response would go on for ever; of copies that were kept only recorders know, and the
    /// job was told before.
    pub fn can_trigger(&self) -> bool {
        ![kinds::RESPONSE, kinds::DOCUMENT_KEPT].contains(&self.name)
    }

    /// Whether something can still be done in response when it is told: nothing can at a session's end. A trigger that waits for it is
    /// valid, and meets nothing.
    pub fn is_in_time(&self) -> bool {
        self.name != kinds::SESSION_END
    }

    /// What a field of it holds, where conditions can be about it.
    pub fn dimension(&self, field: &str) -> Option<&'static Dimension> {
        self.dimensions.iter().find(|dimension| dimension.field == field)
    }
}
