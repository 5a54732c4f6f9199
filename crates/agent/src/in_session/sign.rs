//! The sign in a session that says that it is recorded, and the hotkeys by which its user starts and stops that.

use std::sync::Arc;
use std::time::Duration;

use notice::{Face, Faces, Mark, Sign, SignOrder, SignSaid};
use policy::{Action, SignWords};
use spool::notices;
use tokio::io::BufReader;
use tokio::process::ChildStdout;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Shows;
use super::languages::languages;
use crate::first_line::DisplayAccess;
use crate::hotkeys::Hotkeys;
use crate::sessions::Desktop;
use crate::sign::Start;
use crate::supervisor::{Asker, Order, Part, Refusal, Reply, Session, State, hear};

/// How often it is shown again that a program of the session took away, or whose connection it ended.
const MOST_AGAIN: u32 = 5;
/// Before it is shown again.
const AGAIN_PAUSE: Duration = Duration::from_secs(1);
/// What it has said and was not heard yet.
const MAX_UNHEARD: usize = 16;

/// What a sign says of a recording while that is not paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The screen is recorded.
    Screen,
    /// Events alone are.
    Events,
}

impl Shown {
    /// What it says of a recording that is made so.
    pub fn of(action: &Action) -> Self {
        if matches!(action, Action::RecordEvents { .. }) { Self::Events } else { Self::Screen }
    }
}

// Faces by their number.
const RECORDED: usize = 0;
const EVENTS: usize = 1;
const PAUSED: usize = 2;
const STARTED: usize = 3;
const STOPPED: usize = 4;
const NOT_RECORDED: usize = 5;
const MAY_NOT_START: usize = 6;
const NOT_YOURS: usize = 7;
const FAILED: usize = 8;

/// Keeps a session's sign as its recording is, and obeys its hotkeys, for as long as it is polled. A process runs only where there
/// is something to show or to listen for.
pub async fn keep_sign<M: Shows>(mode: &Arc<M>, session: &Session) {
    let hotkeys = settled_hotkeys(mode, session).await;
    let mut again = 0;
    while again <= MOST_AGAIN {
        let mut states = session.states();
        let sign = mode.settings().sign;
        if !hotkeys.enabled && states.wait_for(|state| face(state, sign).is_some()).await.is_err() {
            break;
        }
        match SignProcess::start(&**mode, &session.desktop, &hotkeys).await {
            Ok(mut process) => {
                if serve(&**mode, session, &hotkeys, &mut process).await.is_some() {
                    continue;
                }
            }
            Err(error) => tracing::warn!(display = session.desktop.server.display, "no sign: {error:#}"),
        }
        again += 1;
        sleep(AGAIN_PAUSE).await;
    }
    if session.desktop.server.process.is_alive() {
        let text =
            format!("the sign of {} is shown no longer: it ended again and again", session.desktop.server.display);
        mode.warn(notices::SIGN_TAKEN_AWAY, text);
    }
    std::future::pending::<()>().await;
}

/// The hotkeys that the machine had when the session began: another setting holds from the next one on.
async fn settled_hotkeys<M: Shows>(mode: &Arc<M>, session: &Session) -> Hotkeys {
    let server = session.desktop.server.clone();
    if let Some(hotkeys) = mode.memory().of(&server).hotkeys {
        return hotkeys;
    }
    let mode = Arc::clone(mode);
    let settle = move || {
        let hotkeys = mode.hotkeys();
        mode.memory().settle(&server, |settled| settled.hotkeys = Some(hotkeys));
        hotkeys
    };
    tokio::task::spawn_blocking(settle).await.unwrap_or_else(|error| {
        tracing::error!(%error, "which hotkeys a session has cannot be kept");
        Hotkeys::default()
    })
}

/// `None`: the process has ended. `Some`: nothing is to be shown any more, nor to be listened for.
async fn serve<M: Shows>(mode: &M, session: &Session, hotkeys: &Hotkeys, process: &mut SignProcess) -> Option<()> {
    let mut states = session.states();
    let mut shown = None;
    loop {
        let face = face(&states.borrow_and_update(), mode.settings().sign);
        if face.is_none() && !hotkeys.enabled {
            return Some(());
        }
        if face != shown {
            process.order(SignOrder::Show(face)).await.ok()?;
            shown = face;
        }
        let said = tokio::select! {
            changed = states.changed() => {
                changed.ok()?;
                continue;
            }
            said = process.said.recv() => said?,
        };
        let name = session.desktop.server.display.as_str();
        let key = |index: usize| if index == 0 { hotkeys.start } else { hotkeys.stop };
        match said {
            SignSaid::Struck(index) => {
                let order = if index == 0 { Order::Start { notify: false } } else { Order::Stop };
                let reply = session.order(order, Asker::User).await;
                tracing::info!(display = name, hotkey = %format!("ctrl-shift-{}", key(index)), ?reply, "a hotkey was struck");
                process.order(SignOrder::Tell(outcome(&reply))).await.ok()?;
            }
            SignSaid::Taken(index) => {
                let text = format!(
                    "the hotkey ctrl-shift-{} on {name} does not work: another program of the session holds it",
                    key(index)
                );
                mode.warn(notices::HOTKEY_TAKEN, text);
            }
            SignSaid::NoSuchKey(index) => {
                tracing::warn!(
                    display = name,
                    "no key of the keyboard is {}, so that hotkey does not work",
                    key(index)
                );
            }
            SignSaid::CannotShow(why) => tracing::warn!(display = name, why, "the sign cannot be shown"),
        }
    }
}

/// What is shown, where the machine has signs at all.
fn face(state: &State, sign: bool) -> Option<usize> {
    state.recording.filter(|_| sign)?;
    Some(match (state.sign?, &state.paused) {
        (_, Some(_)) => PAUSED,
        // What is kept in memory may be recorded: who reads that events are would not expect it.
        (Shown::Events, None) if !state.keeps_screen => EVENTS,
        (Shown::Screen | Shown::Events, None) => RECORDED,
    })
}

fn outcome(reply: &Reply) -> usize {
    match reply {
        Reply::Started(_) => STARTED,
        Reply::AlreadyRecorded(_) => RECORDED,
        Reply::Stopped(_) => STOPPED,
        Reply::GivesWay { action: Action::RecordEvents { .. }, .. } => EVENTS,
        Reply::GivesWay { .. } => RECORDED,
        Reply::NotRecorded => NOT_RECORDED,
        Reply::Refused(Refusal::UserMayNotStart | Refusal::UserStartOff | Refusal::SwitchedOff) => MAY_NOT_START,
        Reply::Refused(Refusal::NotYours(_)) => NOT_YOURS,
        Reply::Refused(Refusal::Failed(_)) => FAILED,
    }
}

fn faces(words: SignWords) -> Faces {
    let outcomes = words.outcomes;
    let faces = [
        (Mark::Disc, words.recorded),
        (Mark::Ring, words.events),
        (Mark::Bars, words.paused),
        (Mark::Disc, outcomes.started),
        (Mark::Square, outcomes.stopped),
        (Mark::Square, outcomes.not_recorded),
        (Mark::Warning, outcomes.may_not_start),
        (Mark::Warning, outcomes.not_yours),
        (Mark::Warning, outcomes.failed),
    ];
    let faces = faces.into_iter().map(|(mark, text)| Face { mark, text: text.to_owned() }).collect();
    Faces { language: words.language.to_owned(), faces }
}

/// The process that shows a sign, from the agent's side. Gone when dropped.
struct SignProcess {
    part: Part,
    said: mpsc::Receiver<SignSaid>,
}

impl SignProcess {
    async fn start<M: Shows>(mode: &M, desktop: &Desktop, hotkeys: &Hotkeys) -> anyhow::Result<Self> {
        // How users are told is not known before the server was met; the built-in words serve.
        let setting = mode.notices().unwrap_or_default();
        let words = setting.sign_words(&languages(desktop).await);
        let sign = Sign { faces: words.into_iter().map(faces).collect(), hotkeys: hotkeys.keysyms() };
        let start = Start { access: DisplayAccess::of(desktop), sign };
        let (part, stdout) = Part::start(&mode.settings().notice_program, "sign", mode.uid()?, &start).await?;
        let (tell, said) = mpsc::channel(MAX_UNHEARD);
        tokio::spawn(listen(stdout, tell));
        Ok(Self { part, said })
    }

    async fn order(&mut self, order: SignOrder) -> anyhow::Result<()> {
        self.part.tell(&order).await
    }
}

/// Hears what the process says until it ends, or says what no sign says.
async fn listen(stdout: ChildStdout, tell: mpsc::Sender<SignSaid>) {
    let mut stdout = BufReader::new(stdout);
    while let Ok(said) = hear(&mut stdout).await {
        if tell.send(said).await.is_err() {
            return;
        }
    }
}
