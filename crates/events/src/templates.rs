//! Triggers that are kept to be put into rules: with what they are found by.

use recording::event_kinds as kinds;
use serde::{Deserialize, Serialize};

use crate::responses::{Action, Condition, InvalidTrigger, Test, Trigger};

/// Characters of a template's name, theme, category and of each keyword.
pub const MAX_TEMPLATE_WORD_CHARS: usize = 64;
/// Keywords of one template.
pub const MAX_KEYWORDS: usize = 20;

/// A trigger to be put into rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TriggerTemplate {
    /// Its name: 1 to [`MAX_TEMPLATE_WORD_CHARS`] characters.
    pub name: String,
    /// What it is about, such as `Data leaving`; may be empty.
    #[serde(default)]
    pub theme: String,
    /// What kind of thing that is, such as `Clipboard`; may be empty.
    #[serde(default)]
    pub category: String,
    /// What else it is found by; at most [`MAX_KEYWORDS`].
    #[serde(default)]
    pub keywords: Vec<String>,
    /// The trigger.
    pub trigger: Trigger,
}

/// A template that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTemplate {
    /// A word is too long, has control characters, or is missing.
    #[error("{0} has {1}{MAX_TEMPLATE_WORD_CHARS} characters at most, none of them a control character")]
    Word(&'static str, &'static str),
    /// Too many keywords.
    #[error("a template has at most {MAX_KEYWORDS} keywords, and this one has {0}")]
    Keywords(usize),
    /// Its trigger makes none.
    #[error("trigger “{0}”: {1}")]
    Trigger(String, InvalidTrigger),
}

impl TriggerTemplate {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// The first thing that makes none.
    pub fn check(&self) -> Result<(), InvalidTemplate> {
        let fits = |word: &str| word.chars().count() <= MAX_TEMPLATE_WORD_CHARS && !word.contains(char::is_control);
        let is_there = |word: &str| !word.trim().is_empty() && fits(word);
        if !is_there(&self.name) {
            return Err(InvalidTemplate::Word("a name", "at least one character and "));
        }
        if !fits(&self.theme) || !fits(&self.category) {
            return Err(InvalidTemplate::Word("a theme and a category each", ""));
        }
        if self.keywords.len() > MAX_KEYWORDS {
            return Err(InvalidTemplate::Keywords(self.keywords.len()));
        }
        if !self.keywords.iter().all(|keyword| is_there(keyword)) {
            return Err(InvalidTemplate::Word("a keyword", "at least one character and "));
        }
        let refused = |error| InvalidTemplate::Trigger(self.trigger.description.clone(), error);
        self.trigger.check().map_err(refused)
    }

    /// Those that are there from the beginning. Their names stay: they are known by them.
    pub fn built_in() -> Vec<Self> {
        let screen_and_mail = &[Action::RecordScreen, Action::Mail];
        vec![
            template(
                ["A program of remote administration starts", "Remote access", "Programs"],
                &["anydesk", "teamviewer", "rustdesk", "vnc", "ssh"],
                kinds::PROGRAM_START,
                vec![matches(
                    "program",
                    r"(?i)(^|/)(anydesk|teamviewer\w*|rustdesk|remmina|xfreerdp3?|vncviewer|ssh)$",
                )],
                screen_and_mail,
            ),
            template(
                ["Somebody becomes root", "Privileges", "Programs"],
                &["sudo", "su", "pkexec", "root"],
                kinds::PROGRAM_START,
                vec![matches("program", r"(^|/)(sudo|su|pkexec|doas)$")],
                screen_and_mail,
            ),
            template(
                ["Much is copied to the clipboard", "Data leaving", "Clipboard"],
                &["copy", "text", "size"],
                kinds::CLIPBOARD,
                vec![is("type", "text"), greater("bytes", 100_000)],
                screen_and_mail,
            ),
            template(
                ["Many files are copied to the clipboard", "Data leaving", "Clipboard"],
                &["copy", "files"],
                kinds::CLIPBOARD,
                vec![is("type", "file"), greater("files", 10)],
                screen_and_mail,
            ),
            template(
                ["A window of payroll is opened", "Sensitive data", "Windows"],
                &["payroll", "salary", "title"],
                kinds::TOPMOST_WINDOW,
                vec![matches("title", r"(?i)\b(payroll|salar(y|ies)|wages)\b")],
                &[Action::RecordScreen],
            ),
            template(
                ["Nobody is at the session for a quarter of an hour", "Unattended", "Idle"],
                &["idle", "lock"],
                kinds::IDLE,
                vec![greater("seconds", 899)],
                &[Action::Lock],
            ),
            template(
                ["A program is ended by a fault", "Stability", "Programs"],
                &["crash", "fault", "signal"],
                kinds::PROGRAM_FAILED,
                Vec::new(),
                &[Action::Mail],
            ),
        ]
    }
}

fn template(
    [name, theme, category]: [&str; 3],
    keywords: &[&str],
    event: &str,
    conditions: Vec<Condition>,
    actions: &[Action],
) -> TriggerTemplate {
    TriggerTemplate {
        name: name.to_owned(),
        theme: theme.to_owned(),
        category: category.to_owned(),
        keywords: keywords.iter().map(|keyword| (*keyword).to_owned()).collect(),
        trigger: Trigger {
            description: name.to_owned(),
            event: event.to_owned(),
            conditions,
            actions: actions.to_vec(),
        },
    }
}

fn matches(field: &str, expression: &str) -> Condition {
    Condition { field: field.to_owned(), test: Test::Matches(expression.to_owned()) }
}

fn is(field: &str, word: &str) -> Condition {
    Condition { field: field.to_owned(), test: Test::Is(word.to_owned()) }
}

fn greater(field: &str, limit: u64) -> Condition {
    Condition { field: field.to_owned(), test: Test::Greater(limit) }
}
