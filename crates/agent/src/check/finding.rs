//! What was found, in words and for programs.

use serde::Serialize;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing is to be done.
    Ok,
    /// It works, and will not for ever; or is perhaps not what is wanted.
    Warning,
    /// It is why something is not recorded, or not sent.
    Problem,
}

/// One check and how it came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check, in one word for programs.
    pub check: &'static str,
    /// How it came out.
    pub level: Level,
    /// What was found.
    pub text: String,
    /// What to do about it.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, text: text.into(), remedy: None }
    }

    /// Worth looking at.
    pub fn warning(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, text: text.into(), remedy: Some(remedy.into()) }
    }

    /// Something keeps sessions from being recorded or sent.
    pub fn problem(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Problem, text: text.into(), remedy: Some(remedy.into()) }
    }

    /// One line for people. What comes from elsewhere cannot begin a line of its own, or move the terminal's cursor.
    pub fn line(&self) -> String {
        let level = match self.level {
            Level::Ok => "ok     ",
            Level::Warning => "warning",
            Level::Problem => "PROBLEM",
        };
        let remedy = self.remedy.as_ref().map(|remedy| format!(" → {remedy}")).unwrap_or_default();
        let line = format!("{level}  {:<11} {}{remedy}", self.check, self.text);
        line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
    }
}
