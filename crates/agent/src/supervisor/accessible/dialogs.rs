//! Dialogs that wait for the words in them: each is told once, with them or with why they are not known.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use accessibility::NoWords;
use capture::Titled;
use recording::Event;
use tokio::sync::{MutexGuard, mpsc};
use tokio::time::{Instant, sleep_until};

use super::super::confined::Part;
use super::super::running::Session;
use crate::accessibility_watch::{Asked, PATIENCE};

/// Dialogs that wait at most; of more the words are not known.
const MAX_WAITING: usize = 16;

/// A dialog that appeared.
#[derive(Debug)]
pub struct Dialog {
    event: Event,
    pid: Option<u32>,
    title: String,
}

impl Dialog {
    /// Tells its session's recording of it.
    pub fn tell(self, session: &Session, words: Result<String, NoWords>) {
        session.detected(match words {
            Ok(words) => self.event.with("words", words),
            Err(why) => self.event.with("no_words", why.name()),
        });
    }
}

/// The way of dialogs to who may know the words in them.
#[derive(Debug)]
pub struct Dialogs {
    tell: mpsc::Sender<Dialog>,
    told: tokio::sync::Mutex<mpsc::Receiver<Dialog>>,
}

impl Default for Dialogs {
    fn default() -> Self {
        let (tell, told) = mpsc::channel(MAX_WAITING);
        Self { tell, told: told.into() }
    }
}

impl Dialogs {
    /// A dialog appeared, and this event says so.
    pub fn appeared(&self, session: &Session, event: Event, window: Titled) {
        let dialog = Dialog { event, pid: window.pid, title: window.title };
        if let Err(error) = self.tell.try_send(dialog) {
            error.into_inner().tell(session, Err(NoWords::Late));
        }
    }

    /// Those that are to be told of.
    pub async fn to_tell(&self) -> MutexGuard<'_, mpsc::Receiver<Dialog>> {
        self.told.lock().await
    }
}

/// Dialogs that somebody was asked about.
#[derive(Debug, Default)]
pub struct Asking(Mutex<Questions>);

#[derive(Debug, Default)]
struct Questions {
    last: u64,
    open: BTreeMap<u64, (Dialog, Instant)>,
}

impl Asking {
    /// Asks about each dialog that appears, until there is nobody to ask.
    ///
    /// # Errors
    /// Who is asked does not listen.
    pub async fn ask(
        &self,
        session: &Session,
        dialogs: &mut mpsc::Receiver<Dialog>,
        part: &mut Part,
    ) -> anyhow::Result<Infallible> {
        loop {
            // Questions are overdue in the order of their numbers.
            let due = self.questions().open.first_key_value().map(|(_, (_, since))| *since + PATIENCE);
            tokio::select! {
                Some(dialog) = dialogs.recv() => {
                    if let Some(asked) = self.enter(session, dialog) {
                        part.tell(&asked).await?;
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let overdue = self.questions().open.pop_first();
                    overdue.into_iter().for_each(|(_, (dialog, _))| dialog.tell(session, Err(NoWords::Late)));
                }
            }
        }
    }

    /// The question about a dialog, where there is one to ask.
    fn enter(&self, session: &Session, dialog: Dialog) -> Option<Asked> {
        let Some(pid) = dialog.pid else {
            dialog.tell(session, Err(NoWords::NotFound));
            return None;
        };
        let mut questions = self.questions();
        if questions.open.len() >= MAX_WAITING {
            drop(questions);
            dialog.tell(session, Err(NoWords::Late));
            return None;
        }
        questions.last += 1;
        let (number, title) = (questions.last, dialog.title.clone());
        questions.open.insert(number, (dialog, Instant::now()));
        Some(Asked { number, pid, title })
    }

    /// An answer came.
    pub fn answered(&self, session: &Session, number: u64, words: Result<String, NoWords>) {
        let dialog = self.questions().open.remove(&number);
        dialog.into_iter().for_each(|(dialog, _)| dialog.tell(session, words.clone()));
    }

    /// No more answers will come, for this reason.
    pub fn give_up(&self, session: &Session, why: NoWords) {
        let open = std::mem::take(&mut self.questions().open);
        open.into_values().for_each(|(dialog, _)| dialog.tell(session, Err(why)));
    }

    fn questions(&self) -> std::sync::MutexGuard<'_, Questions> {
        // Every change leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
