//! The words in a dialog.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::object::{Budget, Object};
use crate::tree::{Tree, TreeError};

/// Characters of a dialog's words that are told.
pub const MAX_WORDS_CHARS: usize = 1_000;
/// How long looking for one dialog and walking through it may take.
const WALK: Duration = Duration::from_millis(1_500);
/// A dialog that is not there yet, or says nothing yet, is looked for again after this.
const AGAIN: Duration = Duration::from_millis(150);
/// Windows of a program that are looked at.
const MAX_WINDOWS: usize = 32;
/// Objects of a dialog, children of one of them, and how deep they lie.
const MAX_OBJECTS: usize = 300;
const MAX_CHILDREN: usize = 64;
const MAX_DEPTH: usize = 24;
/// Stands for another object within a text.
const OBJECT: char = '\u{fffc}';

/// Why no words of a dialog are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoWords {
    /// Nothing of the session can be known so.
    Off,
    /// The program does not say what it shows, or not of this dialog.
    NotFound,
    /// It did not answer in time.
    Late,
}

impl NoWords {
    /// Its word in recordings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NotFound => "not-found",
            Self::Late => "late",
        }
    }
}

impl From<TreeError> for NoWords {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Late => Self::Late,
            _ if error.is_end() => Self::Off,
            _ => Self::NotFound,
        }
    }
}

impl Tree {
    /// The labels and messages of a dialog of this process with this title, one a line; empty where there are none. What is typed into its
    /// fields is never asked for.
    ///
    /// # Errors
    /// If they are not known.
    pub async fn words(&self, pid: u32, title: &str) -> Result<String, NoWords> {
        let until = Instant::now() + WALK;
        loop {
            let words = self.words_now(pid, title, until).await;
            let is_settled = match &words {
                Ok(words) => !words.is_empty(),
                Err(error) => error.is_end() || matches!(error, TreeError::Late),
            };
            if is_settled || Instant::now() + AGAIN >= until {
                return Ok(words?);
            }
            sleep(AGAIN).await;
        }
    }

    async fn words_now(&self, pid: u32, title: &str, until: Instant) -> Result<String, TreeError> {
        for program in self.programs(until).await?.into_iter().filter(|program| program.pid == pid) {
            let mut budget = self.budget(until, MAX_OBJECTS);
            if let Some(dialog) = dialog(&budget, &program.root, title).await? {
                let mut words = Words::default();
                return match words.walk(&mut budget, dialog).await {
                    // What was read by then is true.
                    Ok(()) | Err(TreeError::TooMuch) => Ok(words.said),
                    Err(_) if !words.said.is_empty() => Ok(words.said),
                    Err(error) => Err(error),
                };
            }
        }
        Err(TreeError::Nonsense)
    }
}

/// The window of this title, else the only dialog.
async fn dialog(budget: &Budget<'_>, program: &Object, title: &str) -> Result<Option<Object>, TreeError> {
    let mut dialogs = Vec::new();
    for window in budget.children(program, MAX_WINDOWS).await? {
        let (role, states) = (budget.role(&window).await?, budget.states(&window).await?);
        if !role.is_window() || !states.is_showing() {
            continue;
        }
        if !title.is_empty() && said(&budget.name(&window).await?, title.chars().count()) == title {
            return Ok(Some(window));
        }
        if role.is_dialog() {
            dialogs.push(window);
        }
    }
    Ok(if dialogs.len() == 1 { dialogs.pop() } else { None })
}

#[derive(Default)]
struct Words {
    said: String,
    chars: usize,
}

impl Words {
    /// In the order in which they stand in the tree.
    async fn walk(&mut self, budget: &mut Budget<'_>, dialog: Object) -> Result<(), TreeError> {
        let mut waiting = vec![(dialog, 0)];
        while let Some((object, depth)) = waiting.pop() {
            budget.spend()?;
            let role = budget.role(&object).await?;
            if !(role.is_label() || role.is_text() || role.is_container()) {
                continue;
            }
            let states = budget.states(&object).await?;
            if !states.is_showing() || states.is_editable() {
                continue;
            }
            if role.is_label() {
                let name = budget.name(&object).await?;
                self.add(&name);
            } else if role.is_text() {
                let text = budget.text(&object, MAX_WORDS_CHARS).await?;
                self.add(&text);
            }
            if self.chars >= MAX_WORDS_CHARS {
                return Ok(());
            }
            if role.is_container() && depth < MAX_DEPTH {
                let children = budget.children(&object, MAX_CHILDREN).await?;
                waiting.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
            }
        }
        Ok(())
    }

    fn add(&mut self, words: &str) {
        let words = said(words, MAX_WORDS_CHARS.saturating_sub(self.chars));
        if words.is_empty() {
            return;
        }
        if !self.said.is_empty() {
            self.said.push('\n');
        }
        self.chars += words.chars().count() + 1;
        self.said += &words;
    }
}

/// Words as they are told: the first so many characters, on one line, as titles of windows are.
fn said(words: &str, most: usize) -> String {
    let plain = words.chars().filter(|c| *c != OBJECT).map(|c| if c.is_control() { ' ' } else { c });
    plain.skip_while(|c| c.is_whitespace()).take(most).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bounded_and_on_lines_of_their_own() {
        let mut words = Words::default();
        words.add(" No way\nback\u{fffc} ");
        words.add("\t");
        words.add(&"ü".repeat(2 * MAX_WORDS_CHARS));
        words.add("never");
        assert!(words.said.starts_with("No way back\nüüü"), "{}", words.said);
        assert_eq!(words.said.chars().count(), MAX_WORDS_CHARS);
    }
}
