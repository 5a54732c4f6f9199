//! Tells a session's recording what its windows show, as its programs say by the accessibility tree: the words in dialogs, and the pages
//! of browsers.

mod dialogs;
mod telling;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use accessibility::NoWords;
use recording::RecordingId;
use tokio::io::BufReader;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::Context;
use super::again::Again;
use super::confined::{Part, hear};
use super::running::{Session, State};
use crate::accessibility_watch::{Told, Watched};
use dialogs::{Asking, Dialog};

pub use dialogs::Dialogs;

/// A session whose tree was not reached for so long has none, as far as its recording knows.
const UNREACHED: Duration = Duration::from_secs(20);

/// Tells a session's recordings for as long as it is polled. A process runs only while there is one that is to know something.
pub(super) async fn tell_accessible(context: &Arc<Context>, session: &Session) {
    let (mut states, mut dialogs) = (session.states(), session.dialogs.to_tell().await);
    let (mut again, mut reach) = (Again::default(), Reach::default());
    loop {
        let begun = tokio::select! {
            begun = states.wait_for(|state| may_know(state).is_some()) => begun.map(|state| may_know(&state)),
            never = without_words(session, &mut dialogs) => match never {},
        };
        let (started, asking) = (Instant::now(), Asking::default());
        let Ok(Some((recording, wanted))) = begun else { break };
        again.starts();
        reach.tried_in(recording, started);
        let other = |state: &State| may_know(state).is_none_or(|now| now != (recording, wanted));
        let ended = tokio::select! {
            Err(error) = watch(context, session, wanted, &mut dialogs, &asking, &mut reach) => Some(error),
            Ok(_) = states.wait_for(other) => None,
            else => break,
        };
        asking.give_up(session, if ended.is_some() { NoWords::Off } else { NoWords::Late });
        let Some(ended) = ended else { continue };
        if wanted.pages && reach.is_to_be_declared(Instant::now()) {
            session.detected(telling::unreached());
        }
        let pause = again.ended();
        tokio::select! {
            () = sleep(pause) => {}
            never = without_words(session, &mut dialogs) => match never {},
        }
        let name = session.desktop.server.display.as_str();
        tracing::info!(display = name, "what windows show was not known for {pause:?}: {ended:#}");
    }
    std::future::pending::<()>().await;
}

/// What is to be known of the session now, and in which recording. Nothing while that is paused; where windows are hidden in it, nothing
/// that would tell of theirs.
fn may_know(state: &State) -> Option<(RecordingId, Wanted)> {
    let recording = state.recording.filter(|_| state.paused.is_none() && !state.hides)?;
    let logging = &state.logging;
    let words = logging.popups && logging.popup_words;
    let wanted = Wanted { words, pages: logging.pages, queries: logging.pages && logging.page_queries };
    (words || wanted.pages).then_some((recording, wanted))
}

/// What is to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    words: bool,
    pages: bool,
    queries: bool,
}

/// Dialogs are told as they are while nobody could say what is in them.
async fn without_words(session: &Session, dialogs: &mut mpsc::Receiver<Dialog>) -> Infallible {
    loop {
        match dialogs.recv().await {
            Some(dialog) => dialog.tell(session, Err(NoWords::Off)),
            None => std::future::pending().await,
        }
    }
}

/// Tells what its process says, until that ends.
async fn watch(
    context: &Context,
    session: &Session,
    wanted: Wanted,
    dialogs: &mut mpsc::Receiver<Dialog>,
    asking: &Asking,
    reach: &mut Reach,
) -> anyhow::Result<Infallible> {
    // The bus is the user's: nobody else is let in.
    let run_as = context.uids.is_some().then_some(session.desktop.uid);
    let display = session.desktop.server.display.clone();
    let watched = Watched { display, pages: wanted.pages, queries: wanted.queries };
    let program = &context.settings.own_program;
    let (mut part, stdout) = Part::start_as(program, "accessibility-watch", run_as, &watched).await?;
    let mut stdout = BufReader::new(stdout);
    let hearing = async {
        loop {
            match hear(&mut stdout).await? {
                Told::Reached => reach.reached(),
                Told::Words { number, words } => asking.answered(session, number, words),
                other => {
                    let event = tokio::task::spawn_blocking(move || telling::event(other)).await?;
                    event.into_iter().for_each(|event| session.detected(event));
                }
            }
        }
    };
    tokio::select! {
        ended = hearing => ended,
        ended = asking.ask(session, dialogs, &mut part) => ended,
    }
}

/// Whether a session's tree was reached, and which recording knows that it was not.
#[derive(Debug, Default)]
struct Reach {
    recording: Option<RecordingId>,
    not_since: Option<Instant>,
    declared: bool,
}

impl Reach {
    /// It is tried for this recording.
    fn tried_in(&mut self, recording: RecordingId, now: Instant) {
        if self.recording.replace(recording) != Some(recording) {
            (self.not_since, self.declared) = (None, false);
        }
        self.not_since.get_or_insert(now);
    }

    fn reached(&mut self) {
        self.not_since = None;
    }

    /// Whether the recording is to say that it was not reached: once.
    fn is_to_be_declared(&mut self, now: Instant) -> bool {
        let is_due = !self.declared && self.not_since.is_some_and(|since| now.duration_since(since) >= UNREACHED);
        self.declared |= is_due;
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_nothing_is_reached_is_declared_once_in_each_recording() {
        let (mut reach, recording, begin) = (Reach::default(), RecordingId::from_parts(1, [1; 10]), Instant::now());
        reach.tried_in(recording, begin);
        assert!(!reach.is_to_be_declared(begin), "the session may only just begin");
        let later = begin + UNREACHED;
        reach.tried_in(recording, later);
        assert!(reach.is_to_be_declared(later) && !reach.is_to_be_declared(later));
        reach.tried_in(RecordingId::from_parts(1, [2; 10]), later);
        assert!(!reach.is_to_be_declared(later));
        reach.reached();
        assert!(!reach.is_to_be_declared(later + UNREACHED), "it was reached");
    }
}
