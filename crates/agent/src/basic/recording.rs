//! A recording in basic mode while it lasts: until it is stopped, reaches a limit, or the session ends.

use std::sync::Arc;
use std::time::Duration;

use recording::{End, EndReason, RecordingId};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::gate::{Gate, Over};
use super::session::{Attention, TICK, UnderWay};
use super::settings::Effective;
use super::standby::{How, Recorder, start};
use crate::recorder::RecordingStart;
use crate::supervisor::{Asked, Ear, Order, Refusal, Reply, StartedBy, ending, next, permit, stopped};

/// Waits before a recorder that ended is started again.
const FIRST_RESTART: Duration = Duration::from_millis(250);
const LONGEST_RESTART: Duration = Duration::from_secs(30);

/// The recorder of a recording, or when the next one is tried.
struct Recorders {
    now: Option<Recorder>,
    gate: Arc<Gate>,
    again_at: Instant,
    pause: Duration,
}

impl Recorders {
    /// Waits until the recorder ends, or, without one, until another is to be tried.
    async fn ended(&mut self) {
        let Some(recorder) = &mut self.now else { return sleep_until(self.again_at).await };
        let finish = recorder.process.finished().await;
        tracing::warn!(?finish, "the recorder ended and is started again");
        self.now = None;
        self.again_at = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_RESTART);
    }
}

impl Attention<'_> {
    /// Sees to a recording until its end, and to the end.
    pub(super) async fn record(&self, under_way: UnderWay, ear: &mut Ear) {
        let UnderWay { recording, recorder, effective, origin_us, began_us, path } = under_way;
        let gate = Arc::clone(&recorder.gate);
        let mut recorders =
            Recorders { gate: Arc::clone(&gate), now: Some(recorder), again_at: Instant::now(), pause: FIRST_RESTART };
        let (end, asked) = self.watch(&mut recorders, &effective, (origin_us, began_us), ear).await;
        if let Some(mut recorder) = recorders.now.take() {
            recorder.process.end().await;
        }
        let last = end.clone();
        let ended = tokio::task::spawn_blocking(move || gate.end(&last)).await;
        let text = match ended {
            Ok(Ok(summary)) => {
                tracing::info!(%recording, why = end.text, bytes = summary.bytes, "a recording has ended");
                Ok(format!("{}: {path}", end.text))
            }
            Ok(Err(error)) => Err(format!("{}, and its end is not in {path}: {error:#}", end.text)),
            Err(_) => Err(format!("{}, and its end is not in {path}", end.text)),
        };
        self.note_end(recording, text.as_ref().err().map(|_| end.text)).await;
        self.session.note(|state| {
            state.recording = None;
            state.started_by = StartedBy::Policy;
            state.why = text.clone().unwrap_or_else(|why| why);
            state.paused = None;
            state.sign = None;
            state.file = None;
        });
        if let Err(why) = &text {
            tracing::error!(%recording, "{why}");
        }
        if let Some(asked) = asked {
            asked.reply(match text {
                Ok(_) => Reply::Stopped(recording),
                Err(why) => Reply::Refused(Refusal::Failed(why)),
            });
        }
    }

    /// Notes that a file has its end, or why it has none.
    async fn note_end(&self, recording: RecordingId, left: Option<String>) {
        let basic = Arc::clone(self.basic);
        let note = move || match left {
            None => basic.finisher.unfinished.ended(recording),
            Some(why) => basic.finisher.unfinished.left(recording, why),
        };
        if tokio::task::spawn_blocking(note).await.is_err() {
            tracing::error!(%recording, "that a recording has ended cannot be noted");
        }
    }

    /// Waits for a reason to end, and keeps a recorder running meanwhile.
    async fn watch(
        &self,
        recorders: &mut Recorders,
        effective: &Effective,
        (origin_us, began_us): (u64, u64),
        ear: &mut Ear,
    ) -> (End, Option<Asked>) {
        let mut news = recorders.gate.news();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = recorders.ended() => {
                    if recorders.now.is_none() && recorders.again_at <= Instant::now() {
                        self.start_again(recorders, effective, origin_us).await;
                    }
                }
                Ok(over) = async { news.wait_for(|news| news.over.is_some()).await.map(|news| news.over.clone()) } => {
                    return (over_end(over, effective), None);
                }
                asked = next(&mut ear.orders) => {
                    if let Some(asked) = self.stop_asked(asked) {
                        let user = self.session.state().facts.map(|facts| facts.user).unwrap_or_default();
                        return (stop(format!("{} stopped it", asked.asker.name(&user))), Some(asked));
                    }
                }
                Some(order) = ear.of_others.recv() => {
                    if let Some(recorder) = &mut recorders.now
                        && let Err(error) = recorder.process.order(&order)
                    {
                        tracing::warn!(%error, "the recorder does not listen; another is started");
                        recorder.process.ask_to_end();
                    }
                }
                () = stopped(&mut ear.stop) => return (stop("the agent was stopped".to_owned()), None),
                _ = ticks.tick() => {
                    if !self.desktop.server.process.is_alive() {
                        return (ending::of(&self.desktop.server, None).await, None);
                    }
                    if is_long_enough(effective, capture::boottime_us().saturating_sub(began_us)) {
                        return (stop(format!("it reached its limit of {}", in_minutes(effective.limit))), None);
                    }
                    let gate = Arc::clone(&recorders.gate);
                    let _ = tokio::task::spawn_blocking(move || gate.rest()).await;
                }
            }
        }
    }

    async fn start_again(&self, recorders: &mut Recorders, effective: &Effective, origin_us: u64) {
        let start_at = RecordingStart { first_group: recorders.gate.recorder_ended(), ..RecordingStart::at(origin_us) };
        let how = How::At(start_at, effective.screen.clone(), self.session.state().paused);
        match start(self.basic, self.desktop, Arc::clone(&recorders.gate), how).await {
            Ok(recorder) => recorders.now = Some(recorder),
            Err(error) => {
                tracing::warn!("a recorder cannot be started: {error:#}");
                recorders.again_at = Instant::now() + recorders.pause;
                recorders.pause = (recorders.pause * 2).min(LONGEST_RESTART);
            }
        }
    }

    /// Answers an order, unless it asks, rightly, that the session be recorded no longer.
    fn stop_asked(&self, asked: Asked) -> Option<Asked> {
        let state = self.session.state();
        match (permit(asked.order, &asked.asker, &state), asked.order, state.recording) {
            (Ok(()), Order::Stop, _) => return Some(asked),
            (Ok(()), Order::Start { .. }, Some(recording)) => {
                // What root wants, too, its user can no longer stop.
                self.session.note(|state| {
                    if asked.asker.account() == StartedBy::Administrator {
                        state.started_by = StartedBy::Administrator;
                    }
                });
                asked.reply(Reply::AlreadyRecorded(recording));
            }
            (Ok(()), Order::Start { .. }, None) => asked.reply(Reply::NotRecorded),
            (Err(Refusal::UserMayNotStart), ..) => asked.reply(Reply::Refused(Refusal::UserStartOff)),
            (Err(refusal), ..) => asked.reply(Reply::Refused(refusal)),
        }
        None
    }
}

fn stop(text: String) -> End {
    End { reason: EndReason::Stopped, text, successor: None }
}

fn over_end(over: Option<Over>, effective: &Effective) -> End {
    match over {
        None | Some(Over::Limit) => stop(format!("it reached its limit of {} MB", effective.limit_bytes / 1_000_000)),
        Some(Over::Full(why)) => stop(why),
        Some(Over::Failed(text)) => End { reason: EndReason::Lost, text, successor: None },
    }
}

fn is_long_enough(effective: &Effective, age_us: u64) -> bool {
    u128::from(age_us) >= effective.limit.as_micros()
}

fn in_minutes(limit: Duration) -> String {
    match limit.as_secs() {
        60 => "1 minute".to_owned(),
        secs if secs < 60 => format!("{secs} seconds"),
        secs => format!("{} minutes", secs as f64 / 60.0),
    }
}
