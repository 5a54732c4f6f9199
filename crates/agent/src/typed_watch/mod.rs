//! `kinescope-agent typed-watch`: says what is typed into ordinary fields of a session, and into terminals that show it. The accessibility
//! tree and the terminals are the user's own, so this process acts for the user; nobody can look into it.
//!
//! * stdin: one line of JSON, [`Watched`]; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`Told`]. Nothing else that was typed leaves the process, and nothing of it is logged.

mod looker;
mod terminal;

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, bail};
use capture::{Heard, KeyStream, KeyWatch, Struck};
use events::{Place, Typed, TypedKey, TypedRuns, TypingGate};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::become_user::act_for;
use crate::confine::{Arguments, Limits};
use crate::first_line::{DisplayAccess, first_line};
use crate::saying::say;
use crate::sessions::display_number;
use looker::Looker;

/// What the process may use: messages may be long, for it reads them whole.
const LIMITS: Limits = Limits { descriptors: 32, address_bytes: 512 << 20, file_bytes: 0 };
/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 64 << 10;
/// How often it is looked where keys go while somebody types: several times in the margin around a key.
const LOOK: Duration = Duration::from_millis(150);
/// And while nobody does: the first key needs one look before it, within the margin.
const LOOK_AT_REST: Duration = Duration::from_millis(400);
/// Where nothing can be told that is typed then, so that no key needs one: until keys go elsewhere.
const LOOK_ELSEWHERE: Duration = Duration::from_secs(1);
/// Nobody has typed or clicked for so long then.
const RESTS_AFTER: Duration = Duration::from_secs(2);
/// What was heard and not looked at yet; where there is more, this ends.
const MAX_UNHEARD: usize = 8 << 10;
/// Looks whose marks were not heard yet; no other is begun.
const MAX_LOOKS: usize = 4;

/// Which session to look at.
#[derive(Serialize, Deserialize)]
pub struct Watched {
    /// Its display.
    #[serde(flatten)]
    pub access: DisplayAccess,
    /// Its display's name.
    pub name: String,
    /// The process that serves it.
    pub server_pid: u32,
}

/// What was typed.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Whose window it was typed into; `None`: nothing is told but that keys were not kept.
    pub pid: Option<u32>,
    /// The window's title.
    pub title: String,
    /// The text.
    pub text: String,
    /// How many keys were not kept before it, rounded up.
    pub not_kept: u64,
}

/// Runs the subcommand.
///
/// # Errors
/// If the session cannot be looked at, or not any longer.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    act_for(arguments.run_as, &LIMITS)?;
    let watched: Watched = first_line(MAX_LINE_BYTES)?;
    let display = display_number(&watched.name).context("the display has no number")?;
    let (keys, stream) = KeyWatch::open(&watched.access.params()?)?;
    crate::recorder::check_server(Some(watched.server_pid), keys.server())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(watch(keys, stream, display));
    // What still waits for the display's connection ends with the process.
    runtime.shutdown_background();
    ended
}

async fn watch(keys: KeyWatch, stream: KeyStream, display: u32) -> anyhow::Result<()> {
    let (mut heard, mut told_off) = (hear(stream)?, until_told_off()?);
    if heard.recv().await != Some(Heard::Began) {
        bail!("nothing is heard of keys");
    }
    let mut typing = Typing::new(keys, display);
    let (mut looked, mut struck) = (Instant::now(), Instant::now());
    loop {
        let every = match (struck.elapsed() < RESTS_AFTER, typing.sees_a_place) {
            (true, _) => LOOK,
            (false, true) => LOOK_AT_REST,
            (false, false) => LOOK_ELSEWHERE,
        };
        tokio::select! {
            _ = &mut told_off => return Ok(()),
            item = heard.recv() => match item {
                Some(item) => {
                    if matches!(item, Heard::Key { .. } | Heard::Button { .. }) {
                        struck = Instant::now();
                    }
                    typing.hear(item);
                }
                None => bail!("nothing is heard of keys any longer"),
            },
            () = sleep_until(looked + every) => {
                typing.look().await?;
                looked = Instant::now();
            }
        }
        let told = typing.take();
        say(told.into_iter().map(|typed| typing.told(typed)))?;
    }
}

/// What happens with keys. Where it comes faster than it is looked at, no more of it comes.
fn hear(stream: KeyStream) -> anyhow::Result<mpsc::Receiver<Heard>> {
    let (tell, heard) = mpsc::channel(MAX_UNHEARD);
    let hear = move || drop(stream.hear(|heard| tell.try_send(heard).is_ok()));
    std::thread::Builder::new().name("keys".to_owned()).spawn(hear)?;
    Ok(heard)
}

/// Ends when the agent says nothing more, or is gone.
fn until_told_off() -> anyhow::Result<oneshot::Receiver<()>> {
    let (end, ended) = oneshot::channel();
    let wait = move || {
        drop(std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
        // Nobody may wait for it any more.
        let _ = end.send(());
    };
    std::thread::Builder::new().name("told-off".to_owned()).spawn(wait)?;
    Ok(ended)
}

/// Puts together what is heard and what is seen.
struct Typing {
    keys: KeyWatch,
    looker: Looker,
    gate: TypingGate,
    runs: TypedRuns,
    clock: Clock,
    /// What looks found whose second mark was not heard yet.
    found: VecDeque<Option<Place>>,
    /// The newest look found an ordinary place.
    sees_a_place: bool,
    is_looking: bool,
}

impl Typing {
    fn new(keys: KeyWatch, display: u32) -> Self {
        Self {
            keys,
            looker: Looker::new(display),
            gate: TypingGate::default(),
            runs: TypedRuns::default(),
            clock: Clock::default(),
            found: VecDeque::new(),
            sees_a_place: false,
            is_looking: false,
        }
    }

    async fn look(&mut self) -> anyhow::Result<()> {
        if self.found.len() >= MAX_LOOKS {
            return Ok(());
        }
        self.keys.mark()?;
        let found = self.looker.look(&self.keys).await?;
        self.sees_a_place = found.is_some();
        self.found.push_back(found);
        Ok(self.keys.mark()?)
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Began => {}
            Heard::Mark { at_ms } => {
                let at_ms = self.clock.read(at_ms);
                self.is_looking = !self.is_looking;
                if self.is_looking {
                    self.gate.look_begins(at_ms);
                } else {
                    let found = self.found.pop_front().flatten();
                    self.gate.look_ends(at_ms, found.filter(|_| !self.looker.may_be_held()));
                }
            }
            Heard::Button { at_ms } => {
                let at_ms = self.clock.read(at_ms);
                self.gate.clicked(at_ms);
            }
            Heard::Grab { at_ms } => {
                self.looker.is_asked_for();
                self.gate.doubt(self.clock.read(at_ms));
            }
            Heard::Key { at_ms, code, state, client } => {
                let at_ms = self.clock.read(at_ms);
                if let Some(struck) = self.keys.read(code, state) {
                    self.gate.struck(at_ms, client, key(struck));
                }
            }
        }
    }

    /// What may be told by now.
    fn take(&mut self) -> Vec<Typed> {
        let verdicts = self.gate.verdicts();
        let mut ended: Vec<Typed> = verdicts.into_iter().flat_map(|verdict| self.runs.take(verdict)).collect();
        // What waits may yet belong to the run.
        if self.gate.waiting() == 0 {
            ended.extend(self.runs.pass(self.clock.now_ms));
        }
        ended
    }

    fn told(&self, Typed { place, text, not_kept }: Typed) -> Told {
        let title = place.as_ref().map_or("", |place| self.looker.title(place)).to_owned();
        Told { pid: place.map(|place| place.pid), title, text, not_kept }
    }
}

fn key(struck: Struck) -> TypedKey {
    match struck {
        Struck::Text(text) => TypedKey::Text(text),
        Struck::Mark(mark) => TypedKey::Mark(mark),
        Struck::Erase => TypedKey::Erase,
        Struck::Enter => TypedKey::Enter,
        Struck::Other => TypedKey::Other,
    }
}

/// The display's clock, which begins anew every 49 days.
#[derive(Default)]
struct Clock {
    last: Option<u32>,
    now_ms: u64,
}

impl Clock {
    /// Never goes back.
    fn read(&mut self, at_ms: u32) -> u64 {
        let passed = self.last.map_or(0, |last| at_ms.wrapping_sub(last).cast_signed());
        if let Ok(passed) = u32::try_from(passed) {
            self.now_ms += u64::from(passed);
            self.last = Some(at_ms);
        }
        self.now_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_displays_clock_goes_on_where_it_begins_anew_and_never_goes_back() {
        let mut clock = Clock::default();
        let read: Vec<u64> =
            [u32::MAX - 10, u32::MAX - 5, u32::MAX - 8, 4, 4, 1_004].map(|at_ms| clock.read(at_ms)).to_vec();
        assert_eq!(read, [0, 5, 5, 15, 15, 1_015]);
    }
}
