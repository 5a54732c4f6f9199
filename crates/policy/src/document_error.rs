//! Where a policy document is wrong, in words for people.

use serde_path_to_error::{Path, Segment};
use thiserror::Error;

/// A document that is no policy. Whoever cannot read a policy must not record by it.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{}{what}", if .place.is_empty() { String::new() } else { format!("{place}: ") })]
pub struct DocumentError {
    /// Rule and field, as in `rule 2 “Finance”, when, client, item 1`; empty for the document as a whole.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

/// Enough of a foreign text to recognise it.
const SHOWN_CHARS: usize = 300;

impl DocumentError {
    pub(crate) fn whole(what: String) -> Self {
        Self { place: String::new(), what }
    }

    pub(crate) fn in_policy(document: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let inner = error.inner().to_string();
        // A place in the text helps nobody who edits a form.
        let what = inner.rsplit_once(" at line ").map_or(inner.as_str(), |(what, _)| what);
        Self { place: place(document, error.path()), what: what.chars().take(SHOWN_CHARS).collect() }
    }
}

fn place(document: &str, path: &Path) -> String {
    let mut words = Vec::new();
    let mut under_rules = false;
    for segment in path {
        match segment {
            Segment::Map { key } if key == "rules" => under_rules = true,
            Segment::Map { key } => words.push(key.clone()),
            Segment::Seq { index } if under_rules => {
                words.push(rule(document, *index));
                under_rules = false;
            }
            Segment::Seq { index } => words.push(format!("item {}", index + 1)),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if under_rules {
        words.push("rules".to_owned());
    }
    words.join(", ")
}

/// The rule by number, and by name where it has one.
fn rule(document: &str, index: usize) -> String {
    let value: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let name = value["rules"][index]["name"].as_str().unwrap_or_default();
    let name: String = name.chars().filter(|character| !character.is_control()).take(64).collect();
    let number = index + 1;
    if name.is_empty() { format!("rule {number}") } else { format!("rule {number} “{name}”") }
}
