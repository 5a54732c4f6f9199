//! One recording while it lasts: recorder processes one after the other, orders to stop, its successor or its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use recording::{Anchor, End, EndReason, Event, Follows, GapReason, SessionFacts, event_kinds as kinds};
use spool::{Journal, Spool};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::anew::{Course, Next, is_recorded_alike};
use super::attend::{Attention, Outcome, SPOOL_RETRY, TICK};
use super::disturbed::LogOff;
use super::ending;
use super::facts::{Source, header};
use super::heed::Wanted;
use super::orders::{Asked, Ear, Reply};
use super::recorder::{Finish, RecorderProcess, into_journal};
use super::sight::Sighted;
use super::standby::Standing;
use super::{RecorderUids, stopped};
use crate::clock;
use crate::in_session::Shown;
use crate::recorder::{Hide, Order, RecordingStart, SealStart, StartParameters};
use crate::sessions::Desktop;

/// Waits before a recorder that ended is started again.
const FIRST_RESTART: Duration = Duration::from_millis(250);
const LONGEST_RESTART: Duration = Duration::from_secs(30);
/// A recorder that ran so long is not one that cannot start.
const SETTLED: Duration = Duration::from_secs(60);
/// A recorder that has just been started gets this long before it is started anew for want of a group.
const GROUP_PATIENCE: Duration = Duration::from_secs(5);
/// How long after a successor could not be made it is tried again.
const ROLL_OVER_RETRY: Duration = Duration::from_secs(60);
/// Why a recorder is started anew where that did not work.
const NO_SUCCESSOR: &str = "it could not be ended for its successor";

/// Why a recorder is no longer watched.
enum Turn {
    Ended(Finish),
    /// The spool has room again, but the recorder is in the middle of a group whose start is not there.
    WantsGroup,
    SessionGone,
    /// The recording is long enough.
    LongEnough,
    /// An administrator says that the active policy holds at once.
    AtOnce,
    /// The session goes on in another recording, which is as this one was or another.
    RollOver(Option<Next>),
    /// The recording ends, and the session does not.
    Ends(End),
    /// Somebody who may do so wants something else of it.
    Asked(Asked),
    /// That is to be done.
    Wanted(Wanted),
    /// The session disturbs its recording, and the policy wants its user logged off.
    LogOff(LogOff),
    Stopping,
}

impl Attention<'_> {
    /// Keeps a recorder running as long as the session is there.
    pub(super) async fn record(&self, journal: &Arc<Journal>, ear: &mut Ear) -> Outcome {
        let mut pause = FIRST_RESTART;
        let mut not_before = Duration::ZERO;
        let mut standing = self.standby.for_recording(journal.recording());
        let sight = self.sight_of(standing.as_ref());
        loop {
            if !self.desktop.server.process.is_alive() {
                self.session_over(journal, &sight, ear).await;
                return Outcome::Over;
            }
            let why = match self.recorder(journal, standing.take(), &sight, ear).await {
                Ok(mut recorder) => {
                    let bounds = self.context.settings.roll_over;
                    let due = |age, bytes| age >= not_before && bounds.is_due(age, bytes);
                    ear.answer_start(Reply::Started(journal.recording()));
                    let turn = self.next_turn(&mut recorder, journal, &sight, due, ear).await;
                    self.note_recorded(journal).await;
                    if recorder.age() > SETTLED {
                        pause = FIRST_RESTART;
                    }
                    match turn {
                        Turn::Ended(finish) => describe(&finish),
                        Turn::LogOff(log_off) => {
                            if self.end_by_log_off(log_off, journal, Some(&mut recorder), ear).await {
                                return Outcome::Over;
                            }
                            continue;
                        }
                        Turn::WantsGroup | Turn::SessionGone => {
                            self.end_recorder(&mut recorder, ear).await;
                            continue;
                        }
                        Turn::Ends(end) => {
                            self.end_recorder(&mut recorder, ear).await;
                            self.end(journal, end.clone(), ear).await;
                            return Outcome::Stopped(end.text);
                        }
                        Turn::RollOver(next) => {
                            self.end_recorder(&mut recorder, ear).await;
                            if let Some(successor) = self.roll_over(journal, next).await {
                                return Outcome::GoesOn(Some(successor));
                            }
                            if journal.has_ended() {
                                return Outcome::GoesOn(None);
                            }
                            // The spool has no room for an end; the recording goes on, and it is tried again.
                            not_before = age(journal.header().started.boottime_us) + ROLL_OVER_RETRY;
                            NO_SUCCESSOR.to_owned()
                        }
                        Turn::Wanted(wanted) => {
                            self.end_recorder(&mut recorder, ear).await;
                            match self.carry_out(journal, wanted, ear).await {
                                Some(outcome) => return outcome,
                                None => NO_SUCCESSOR.to_owned(),
                            }
                        }
                        // The others are what `next_turn` makes turns of.
                        Turn::Stopping | Turn::LongEnough | Turn::AtOnce | Turn::Asked(_) => {
                            self.end_recorder(&mut recorder, ear).await;
                            return Outcome::Over;
                        }
                    }
                }
                Err(error) => format!("{error:#}"),
            };
            if journal.has_ended() {
                return Outcome::Over;
            }
            journal.recorder_ended(GapReason::RecorderRestarted);
            sight.recorder_ended(Instant::now());
            if self.desktop.server.process.is_alive() {
                self.tell_of_restart(journal, why).await;
                if let Some(outcome) = self.wait_for_restart(pause, journal, &sight, ear).await {
                    return outcome;
                }
                pause = (pause * 2).min(LONGEST_RESTART);
            }
        }
    }

    /// The session has ended, and its recording with it.
    async fn session_over(&self, journal: &Arc<Journal>, sight: &Sighted, ear: &mut Ear) {
        let log = self.observer.is_under_xrdp().then(|| self.context.settings.sesman_log());
        if sight.missed(Instant::now()) {
            journal.missed();
        }
        let end = ending::of(&self.desktop.server, log.as_deref()).await;
        self.end(journal, end, ear).await;
    }

    /// Waits before a recorder that ended is started again, unless something else comes of the recording meanwhile.
    async fn wait_for_restart(
        &self,
        pause: Duration,
        journal: &Arc<Journal>,
        sight: &Sighted,
        ear: &mut Ear,
    ) -> Option<Outcome> {
        let disturbance = tokio::select! {
            () = sleep(pause) => return None,
            disturbance = self.disturbed(sight, journal) => disturbance,
            asked = self.heed(journal, &mut ear.orders) => {
                let wanted = self.weigh(journal, asked).await?;
                return self.carry_out(journal, wanted, ear).await;
            }
            () = stopped(&mut ear.stop) => return Some(Outcome::Over),
        };
        let log_off = self.answer(disturbance, sight, journal, None).await.err()?;
        self.end_by_log_off(log_off, journal, None, ear).await.then_some(Outcome::Over)
    }

    /// Watches a recorder until it is to be ended; asks the policy whether and how the session goes on where it is time to.
    async fn next_turn(
        &self,
        recorder: &mut RecorderProcess,
        journal: &Arc<Journal>,
        sight: &Sighted,
        roll_over_is_due: impl Fn(Duration, u64) -> bool,
        ear: &mut Ear,
    ) -> Turn {
        loop {
            let turn = self.watch_recorder(recorder, journal, sight, &roll_over_is_due, ear).await;
            let long_enough = match turn {
                Turn::LongEnough => true,
                Turn::AtOnce => false,
                Turn::Asked(asked) => match self.weigh(journal, asked).await {
                    Some(wanted) => return Turn::Wanted(wanted),
                    None => continue,
                },
                turn => return turn,
            };
            let course = tokio::select! {
                course = self.decide_anew(journal) => course,
                () = stopped(&mut ear.stop) => return Turn::Stopping,
            };
            match course {
                Course::Ends(end) => return Turn::Ends(end),
                Course::Other(next) if long_enough || !is_recorded_alike(journal, &next) => {
                    return Turn::RollOver(Some(next));
                }
                Course::Same if long_enough => return Turn::RollOver(None),
                // Telling the user makes no other recording.
                Course::Other(next) => self.session.note(|state| {
                    state.sign = next.sign.then(|| Shown::of(&next.action));
                    state.told = next.told.is_some();
                }),
                Course::Same => {}
            }
        }
    }

    /// Watches a recorder until something is to be done.
    async fn watch_recorder(
        &self,
        recorder: &mut RecorderProcess,
        journal: &Arc<Journal>,
        sight: &Sighted,
        roll_over_is_due: impl Fn(Duration, u64) -> bool,
        ear: &mut Ear,
    ) -> Turn {
        let Anchor { boot_id, boottime_us: origin_us, .. } = journal.header().started;
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut noted, mut observed) = (false, self.observer.changes());
        loop {
            tokio::select! {
                finish = recorder.finished() => return Turn::Ended(finish),
                asked = self.heed(journal, &mut ear.orders) => return Turn::Asked(asked),
                () = self.due_at_once() => return Turn::AtOnce,
                disturbance = self.disturbed(sight, journal) => {
                    match self.answer(disturbance, sight, journal, Some(recorder)).await {
                        Ok(()) => continue,
                        Err(log_off) => return Turn::LogOff(log_off),
                    }
                }
                () = stopped(&mut ear.stop) => return Turn::Stopping,
                Some(order) = ear.of_others.recv() => {
                    self.standby.tell(&order).await;
                    if let Err(error) = recorder.order(&order) {
                        tracing::warn!(recording = %journal.recording(), %error, "the recorder does not listen; another is started");
                        recorder.ask_to_end();
                    }
                    continue;
                }
                // Told when it is known: an event has its time from then. What is not taken is told again with the next tick.
                Ok(()) = observed.changed() => {}
                _ = ticks.tick() => {}
            }
            if !self.desktop.server.process.is_alive() {
                return Turn::SessionGone;
            }
            self.observer.tell(recorder).iter().for_each(|event| self.session.respond_to(event));
            if roll_over_is_due(age(origin_us), journal.size_bytes()) && !journal.is_dropping() {
                return Turn::LongEnough;
            }
            if !noted {
                noted = self.note_recorded(journal).await;
            }
            let (journal, boot_id) = (Arc::clone(journal), boot_id.clone());
            let look = move || {
                let anchor = clock::anchor(&boot_id);
                if let Err(error) = journal.tick(anchor.boottime_us.saturating_sub(origin_us), &anchor) {
                    tracing::warn!(recording = %journal.recording(), %error, "a checkpoint cannot be stored");
                }
                journal.wants_group()
            };
            let wants_group = tokio::task::spawn_blocking(look).await.unwrap_or(false);
            if wants_group && recorder.age() > GROUP_PATIENCE {
                return Turn::WantsGroup;
            }
        }
    }

    /// Where its recorders say whether they see the session.
    fn sight_of(&self, standing: Option<&Standing>) -> Arc<Sighted> {
        let Some(standing) = standing else { return self.session.new_sight() };
        self.session.sees_by(&standing.sight);
        Arc::clone(&standing.sight)
    }

    /// A recorder that runs and was told what nobody has heard: the one that has stood by for this recording, or a new one.
    async fn recorder(
        &self,
        journal: &Arc<Journal>,
        standing: Option<Standing>,
        sight: &Arc<Sighted>,
        ear: &mut Ear,
    ) -> anyhow::Result<RecorderProcess> {
        let told: Vec<Order> = std::iter::from_fn(|| ear.of_others.try_recv().ok()).collect();
        let had_one = standing.is_some();
        let was_paused = told.iter().any(|order| matches!(order, Order::Pause { .. }));
        // One that has not heard of a pause may have seen what nobody may.
        let may_go_on = !was_paused && self.session.state().paused.is_none();
        let ready = standing.filter(|_| may_go_on);
        let mut recorder = match ready.and_then(|standing| standing.begin(journal, self.context.boot_id.clone())) {
            Some(recorder) => recorder,
            None => {
                if had_one {
                    // The recording begins earlier than anything that is in it.
                    journal.recorder_ended(GapReason::RecorderRestarted);
                }
                self.start(journal, sight).await?
            }
        };
        // That the recording is paused, or goes on, is in the state that it begins with.
        for order in told.iter().filter(|order| matches!(order, Order::Event(_) | Order::Document(_))) {
            self.standby.tell(order).await;
            say(&mut recorder, order);
        }
        Ok(recorder)
    }

    async fn start(&self, journal: &Arc<Journal>, sight: &Arc<Sighted>) -> anyhow::Result<RecorderProcess> {
        let uid = RecorderUids::one_of(self.context.uids.as_ref())?;
        let program = self.context.settings.recorder_program.clone();
        let (desktop, journal, sight) = (self.desktop.clone(), Arc::clone(journal), Arc::clone(sight));
        let boot_id = self.context.boot_id.clone();
        let (fps, colour) = (self.context.settings.fps, self.context.settings.cover_colour.rgb());
        let hold_us = u64::try_from(self.context.settings.custom_events.hold().as_micros()).unwrap_or_default();
        let paused = self.session.state().paused;
        let documents = self.session.state().logging.keeps_printed();
        let start = move || {
            let parameters = parameters(&desktop, (fps, colour), &journal)?;
            let parameters = StartParameters { hold_us, paused, documents, ..parameters };
            RecorderProcess::start(&program, uid, &parameters, into_journal(journal, boot_id), sight)
        };
        tokio::task::spawn_blocking(start).await?
    }

    /// Ends a recorder that was told all that it was to be told.
    async fn end_recorder(&self, recorder: &mut RecorderProcess, ear: &mut Ear) {
        while let Ok(order) = ear.of_others.try_recv() {
            self.standby.tell(&order).await;
            say(recorder, &order);
        }
        if !self.desktop.server.process.is_alive() {
            // One that has seen it by itself has told it, and listens no longer.
            let _ = recorder.order(&Order::Event(Event::new(kinds::SESSION_END)));
        }
        recorder.end().await;
    }

    /// Ends a recording and begins its successor, recorded as this one unless something else is given. `None` if one of the two could not be stored; whether it was the end,
    /// the journal says.
    pub(super) async fn roll_over(&self, journal: &Arc<Journal>, next: Option<Next>) -> Option<Arc<Journal>> {
        let (journal, spool) = (Arc::clone(journal), self.context.spool.clone());
        let boot_id = self.context.boot_id.clone();
        let old = journal.recording();
        let mut session = journal.header().session;
        self.observer.known().put_into(&mut session);
        let begin = move || begin_successor(&journal, session, &spool, next, &boot_id);
        let done = tokio::task::spawn_blocking(begin).await;
        match done {
            Ok(Ok(successor)) => {
                tracing::info!(recording = %old, successor = %successor.recording(), "the session goes on in another recording");
                Some(successor)
            }
            Ok(Err(error)) => {
                tracing::warn!(recording = %old, "a recording has no successor: {error:#}");
                self.observer.tell_again();
                None
            }
            Err(_) => None,
        }
    }

    /// Writes the end. While the spool is full it is tried again: a recording without an end looks crashed.
    pub(super) async fn end(&self, journal: &Arc<Journal>, end: End, ear: &mut Ear) {
        let anchor = clock::anchor(&self.context.boot_id);
        let time_us = anchor.boottime_us.saturating_sub(journal.header().started.boottime_us);
        loop {
            let (journal, ending, anchor) = (Arc::clone(journal), end.clone(), anchor.clone());
            let recording = journal.recording();
            match tokio::task::spawn_blocking(move || journal.end(&ending, time_us, &anchor)).await {
                Ok(Ok(())) => {
                    tracing::info!(%recording, why = end.text, "a recording has ended");
                    return;
                }
                Ok(Err(error)) => tracing::warn!(%recording, %error, "the end of a recording cannot be stored yet"),
                Err(_) => return,
            }
            tokio::select! {
                () = sleep(SPOOL_RETRY) => {}
                () = stopped(&mut ear.stop) => return,
            }
        }
    }
}

fn say(recorder: &mut RecorderProcess, order: &Order) {
    if let Err(error) = recorder.order(order) {
        tracing::warn!(%error, "a recorder does not listen");
    }
}

fn begin_successor(
    journal: &Journal,
    session: SessionFacts,
    spool: &Spool,
    next: Option<Next>,
    boot_id: &str,
) -> anyhow::Result<Arc<Journal>> {
    let old = journal.header();
    let shown_since_us = next.as_ref().and_then(|next| next.shown_since_us);
    // The same session, sealed for the same people unless something else was decided.
    let (reason, source) = match next {
        None => (old.reason, journal.source()),
        Some(Next { reason, seal, action, told, sign, below, shown_since_us: _ }) => {
            let source: Source = serde_json::from_value(journal.source())?;
            (reason, serde_json::to_value(Source { seal, action, told, sign, below, ..source })?)
        }
    };
    let mut header = header(session, reason, boot_id)?;
    let end = End {
        reason: EndReason::RolledOver,
        text: "the session goes on in another recording".to_owned(),
        successor: Some(header.recording),
    };
    let anchor = clock::anchor(boot_id);
    journal.end(&end, anchor.boottime_us.saturating_sub(old.started.boottime_us), &anchor)?;
    let now = clock::anchor(boot_id);
    header.started = shown_since_us.map_or_else(|| now.clone(), |since_us| clock::earlier(&now, since_us));
    header.follows = Some(Follows { recording: old.recording, chain: journal.position().head.chain });
    Ok(spool.create(header, source)?)
}

/// How long ago a recording began that started at this time since boot; the time that the machine slept counts.
fn age(origin_us: u64) -> Duration {
    Duration::from_micros(capture::boottime_us().saturating_sub(origin_us))
}

/// Fails where it is not known whether the recording is sealed: then nothing more of it may be recorded.
fn parameters(desktop: &Desktop, (fps, colour): (u32, u32), journal: &Journal) -> anyhow::Result<StartParameters> {
    let source: Source =
        serde_json::from_value(journal.source()).context("how the recording is sealed is not known")?;
    let events_only = source.is_events_only();
    let hide = source.hidden().map(|programs| Hide { programs, colour });
    let seal = source.seal.map(|plan| SealStart { recording: journal.recording(), plan });
    let display = desktop.server.display.clone();
    let cookie = desktop.cookie();
    let start = RecordingStart {
        first_group: journal.next_group(),
        ..RecordingStart::at(journal.header().started.boottime_us)
    };
    Ok(StartParameters {
        display,
        server_pid: Some(desktop.server.process.pid),
        cookie,
        start,
        fps,
        seal,
        hide,
        hold_us: 0,
        paused: None,
        events_only,
        screen: None,
        documents: false,
        stand_by_us: 0,
    })
}

fn describe(finish: &Finish) -> String {
    match (&finish.fault, finish.code) {
        (Some(fault), _) => fault.clone(),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "it was ended by a signal".to_owned(),
    }
}
