//! A recorder that keeps in memory what a session without pictures shows, where the rule for it says so: a recording that a trigger adds
//! begins with what came before its event. It writes nothing; what nobody asks for in time is forgotten.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use policy::Recorded;
use recording::{RawBlock, RecordingId, event_kinds as kinds};
use sealing::Demand;
use spool::{Journal, Link};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::facts::Source;
use super::memory::Settled;
use super::recorder::{RecorderProcess, into_journal};
use super::running::{Session, State};
use super::sight::Sighted;
use super::{Context, RecorderUids};
use crate::basic::ScreenChoice;
use crate::in_session::{Told, tell};
use crate::programs::Names;
use crate::recorder::{Hide, Order, RecordingStart, SealStart, StartParameters};

/// So much more is kept: what happens between an event and the recording that it adds takes nothing away from before it.
const HANDING_OVER: Duration = Duration::from_secs(5);
/// Of that, what storing the recording's beginning may take.
const STORING: Duration = Duration::from_secs(2);
/// Waits before a recorder that ended is started again.
const FIRST_RESTART: Duration = Duration::from_secs(1);
const LONGEST_RESTART: Duration = Duration::from_secs(60);
/// A recorder that ran so long is not one that cannot start.
const SETTLED: Duration = Duration::from_secs(60);
/// So long after a recorder was given away another one waits for what that brings.
const GIVEN: Duration = Duration::from_secs(10);
/// What waits for a recorder that is being started.
const MAX_ASKS: usize = 64;

/// Takes what the recorder writes.
type Taker = Box<dyn FnMut(&[RawBlock]) -> Result<(), String> + Send>;

/// Nothing of a recorder gets through before there is a recording that it belongs to.
#[derive(Default)]
struct Door(Mutex<Option<Taker>>);

impl Door {
    fn take(&self, blocks: &[RawBlock]) -> Result<(), String> {
        match self.lock().as_mut() {
            Some(taker) => taker(blocks),
            None => Err("it writes although nothing is to be recorded".to_owned()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Taker>> {
        // It is only ever opened, in one piece.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    before: Duration,
    /// Windows that may not be in it.
    hide: Option<Names>,
    /// The user of the session is told of its recordings.
    told: bool,
}

/// A recorder that stands by.
pub(super) struct Standing {
    process: RecorderProcess,
    door: Arc<Door>,
    /// Whether it sees the display.
    pub(super) sight: Arc<Sighted>,
    since_us: u64,
    wanted: Wanted,
}

impl Standing {
    async fn start(context: &Context, session: &Session, wanted: Wanted) -> anyhow::Result<Self> {
        let uid = RecorderUids::one_of(context.uids.as_ref())?;
        let (program, fps) = (context.settings.recorder_program.clone(), context.settings.fps);
        let colour = context.settings.cover_colour.rgb();
        let hold_us = micros(context.settings.custom_events.hold());
        let (desktop, documents) = (session.desktop.clone(), session.state().logging.keeps_printed());
        let start = move || {
            let since_us = capture::boottime_us();
            let parameters = StartParameters {
                display: desktop.server.display.clone(),
                server_pid: Some(desktop.server.process.pid),
                cookie: desktop.cookie(),
                start: RecordingStart::at(since_us),
                fps,
                seal: None,
                hide: wanted.hide.clone().map(|programs| Hide { programs, colour }),
                hold_us,
                paused: None,
                events_only: false,
                screen: None,
                documents,
                stand_by_us: micros(wanted.before + HANDING_OVER),
            };
            let (door, sight) = (Arc::new(Door::default()), Arc::new(Sighted::default()));
            let into = Arc::clone(&door);
            let take = move |blocks: &[RawBlock]| into.take(blocks);
            let process = RecorderProcess::start(&program, uid, &parameters, take, Arc::clone(&sight))?;
            Ok(Self { process, door, sight, since_us, wanted })
        };
        tokio::task::spawn_blocking(start).await?
    }

    /// Since when a recording can show the screen that is begun now for an event of this moment.
    pub(super) fn reaches_back_to(&self, event_us: u64) -> u64 {
        let kept_us = capture::boottime_us().saturating_sub(micros(self.wanted.before + HANDING_OVER - STORING));
        event_us.saturating_sub(micros(self.wanted.before)).max(self.since_us).max(kept_us)
    }

    /// Whether it covers what this decision hides, and nothing else.
    pub(super) fn hides(&self, programs: Option<&Names>) -> bool {
        self.wanted.hide.as_ref() == programs
    }

    /// Has it record into a journal from the moment on at which that begins. `None`: it does not listen.
    pub(super) fn begin(mut self, journal: &Arc<Journal>, boot_id: String) -> Option<RecorderProcess> {
        let seal = Source::of(journal)?.seal;
        let demand = seal.clone().map(Demand::new);
        let mut take = into_journal(Arc::clone(journal), boot_id);
        *self.door.lock() = Some(Box::new(move |blocks| {
            if let Some(demand) = &demand {
                blocks.iter().try_for_each(|block| demand.check(block)).map_err(|error| error.to_string())?;
            }
            take(blocks)
        }));
        // What kept it from seeing while nothing was recorded disturbed no recording.
        self.sight.begin_anew();
        let seal = seal.map(|plan| SealStart { recording: journal.recording(), plan });
        let from_us = journal.header().started.boottime_us;
        let begun = self.process.order(&Order::Begin { from_us, screen: ScreenChoice::All, seal });
        begun.inspect_err(|error| tracing::warn!(%error, "what was shown before is lost")).ok()?;
        Some(self.process)
    }

    /// What happens stands in what it keeps, too, but for what is done in response: that is asked for once.
    fn tell(&mut self, order: &Order) -> std::io::Result<()> {
        match order {
            Order::Event(event) if event.kind != kinds::RESPONSE => self.process.order(order),
            _ => Ok(()),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

enum Ask {
    /// The session's recorder is told this.
    Tell(Order),
    Take(oneshot::Sender<Option<Standing>>),
}

/// Tells the recorder of a session that stands by, asks for it, and has it at hand for the recording that it is to begin.
pub(super) struct Standby {
    asks: mpsc::Sender<Ask>,
    at_hand: Mutex<Option<(RecordingId, Standing)>>,
}

/// Keeps it.
pub(super) struct StandbyKeeper {
    asked: mpsc::Receiver<Ask>,
    /// How often the recording was paused while no recorder stood by.
    pauses: u64,
}

/// The two ends.
pub(super) fn standby() -> (Standby, StandbyKeeper) {
    let (asks, asked) = mpsc::channel(MAX_ASKS);
    (Standby { asks, at_hand: Mutex::default() }, StandbyKeeper { asked, pauses: 0 })
}

impl Standby {
    /// Lets it know what the session's recorder is told. In their order: what is asked for afterwards was told all of it.
    pub(super) async fn tell(&self, order: &Order) {
        // Without a keeper there is nothing to tell.
        let _ = self.asks.send(Ask::Tell(order.clone())).await;
    }

    /// The recorder, if there is one; another is started when it is needed again.
    pub(super) async fn take(&self) -> Option<Standing> {
        let (answer, answered) = oneshot::channel();
        self.asks.send(Ask::Take(answer)).await.ok()?;
        answered.await.ok()?
    }

    /// Has it at hand for this recording.
    pub(super) fn hand_over(&self, recording: RecordingId, standing: Standing) {
        *self.at_hand.lock().unwrap_or_else(PoisonError::into_inner) = Some((recording, standing));
    }

    /// What is at hand for this recording; what is for another is none any more.
    pub(super) fn for_recording(&self, recording: RecordingId) -> Option<Standing> {
        let at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner).take();
        at_hand.filter(|(wanted, _)| *wanted == recording).map(|(_, standing)| standing)
    }
}

/// What decides whether a recorder stands by.
struct Watched<'a> {
    context: &'a Arc<Context>,
    session: &'a Session,
    states: watch::Receiver<State>,
    link: watch::Receiver<Link>,
}

impl Watched<'_> {
    /// How much is to be kept. Nothing is where the screen is recorded anyway, nor while the recording is paused.
    fn wanted(&mut self) -> Option<Wanted> {
        let is_news = self.link.has_changed().unwrap_or_default();
        self.link.mark_unchanged();
        let state = self.states.borrow_and_update().clone();
        let recorded = state.recording.is_some() && state.events_only && state.paused.is_none();
        let before = state.responses.filter(|_| recorded)?.before()?;
        if is_news {
            self.context.decider.catch_up();
        }
        let began = self.context.memory.of(&self.session.desktop.server).began_unix_us;
        let hide = Source::hidden_by(&self.context.decider.ordered(&state.facts?, began));
        Some(Wanted { before, hide, told: state.told })
    }

    async fn changed(&mut self) {
        // An error means that there will be no change any more.
        let changed = tokio::select! {
            changed = self.states.changed() => changed.is_ok(),
            changed = self.link.changed() => changed.is_ok(),
        };
        if !changed {
            std::future::pending::<()>().await;
        }
    }

    async fn until_other_than(&mut self, wanted: &Wanted) {
        while self.wanted().as_ref() == Some(wanted) {
            self.changed().await;
        }
    }
}

impl StandbyKeeper {
    /// Keeps a recorder standing by while one is wanted, for as long as it is polled.
    pub(super) async fn keep(mut self, context: &Arc<Context>, session: &Session) {
        let (states, link) = (session.states(), context.uplink.link());
        let mut watched = Watched { context, session, states, link };
        let mut pause = FIRST_RESTART;
        loop {
            let Some(wanted) = watched.wanted() else {
                self.declining(watched.changed()).await;
                continue;
            };
            let pauses = self.pauses;
            let kept = match self.declining(begin(&mut watched, wanted)).await {
                // Paused meanwhile, and perhaps no longer: it may have seen something.
                Ok(Some(_)) if self.pauses != pauses => continue,
                Ok(Some(standing)) => self.stand(standing, &mut watched).await,
                Ok(None) => continue,
                Err(error) => Kept::Failed(Duration::ZERO, format!("{error:#}")),
            };
            match kept {
                Kept::NotWanted => {}
                Kept::Given => {
                    let given = session.state().recording;
                    let mut states = session.states();
                    let gone_on = states.wait_for(|state| state.recording != given);
                    // In vain: then it could not be begun.
                    let _ = self.declining(timeout(GIVEN, gone_on)).await;
                }
                Kept::Failed(age, why) => {
                    tracing::warn!(
                        session.desktop.server.display,
                        "nothing of the screen is kept from before an event: {why}"
                    );
                    pause = if age > SETTLED { FIRST_RESTART } else { (pause * 2).min(LONGEST_RESTART) };
                    self.declining(sleep(pause)).await;
                }
            }
        }
    }

    /// Until the recorder ends, is asked for, or is no longer wanted as it is. What it holds is gone then.
    async fn stand(&mut self, mut standing: Standing, watched: &mut Watched<'_>) -> Kept {
        let wanted = standing.wanted.clone();
        watched.session.note(|state| state.keeps_screen = true);
        let _noted = Noted(watched.session);
        loop {
            tokio::select! {
                finish = standing.process.finished() => {
                    let why = finish.fault.unwrap_or_else(|| format!("its recorder ended with {:?}", finish.code));
                    return Kept::Failed(standing.process.age(), why);
                }
                Some(ask) = self.asked.recv() => match ask {
                    Ask::Take(answer) => {
                        drop(answer.send(Some(standing)));
                        return Kept::Given;
                    }
                    // Also one that is over already: nothing that was shown in it, or is to be dropped with it, is kept.
                    Ask::Tell(Order::Pause { .. }) => return Kept::NotWanted,
                    Ask::Tell(order) => if let Err(error) = standing.tell(&order) {
                        return Kept::Failed(standing.process.age(), format!("it does not listen: {error}"));
                    }
                },
                () = watched.until_other_than(&wanted) => return Kept::NotWanted,
            }
        }
    }

    /// Has no recorder to give until something is done.
    async fn declining<T>(&mut self, done: impl Future<Output = T>) -> T {
        tokio::pin!(done);
        loop {
            tokio::select! {
                done = &mut done => return done,
                Some(ask) = self.asked.recv() => match ask {
                    Ask::Take(answer) => drop(answer.send(None)),
                    Ask::Tell(Order::Pause { .. }) => self.pauses += 1,
                    Ask::Tell(_) => {}
                },
            }
        }
    }
}

/// Starts a recorder that stands by, for a user who knows that the screen may be recorded, or need not. `None`: another is wanted by now.
async fn begin(watched: &mut Watched<'_>, wanted: Wanted) -> anyhow::Result<Option<Standing>> {
    let (context, session) = (watched.context, watched.session);
    if wanted.told && !context.memory.of(&session.desktop.server).told_of_screen {
        let recorded = Recorded { events_only: false, typing: session.state().logging.keystrokes };
        let told = tokio::select! {
            told = tell(context, &session.desktop, recorded) => told,
            () = watched.until_other_than(&wanted) => return Ok(None),
        };
        if let Told::No(why) | Told::Cannot(why) = told {
            anyhow::bail!("its user cannot be told: {why}");
        }
        let (context, server) = (Arc::clone(context), session.desktop.server.clone());
        let note = move |settled: &mut Settled| {
            settled.told_of_screen = true;
            settled.told_of_typing |= recorded.typing;
        };
        let settle = move || context.memory.settle(&server, note);
        tokio::task::spawn_blocking(settle).await?;
        if watched.wanted().as_ref() != Some(&wanted) {
            return Ok(None);
        }
    }
    Standing::start(context, session, wanted).await.map(Some)
}

/// That a session's screen is kept in memory is noted until this goes.
struct Noted<'a>(&'a Session);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.0.note(|state| state.keeps_screen = false);
    }
}

/// What became of a recorder that stood by.
enum Kept {
    /// It records now.
    Given,
    NotWanted,
    /// Having run for so long, it ended, for this reason.
    Failed(Duration, String),
}
