//! What orders do to a recording that runs: it ends, or the screen is added to it where the policy records events only. When
//! that is stopped, the session goes on as the policy says.

use std::sync::Arc;

use recording::{End, EndReason};
use spool::{Journal, notices};
use tokio::sync::mpsc;

use super::anew::{Course, Next};
use super::attend::{Attention, Outcome, with_words};
use super::facts::{Below, Source};
use super::orders::{Asked, Asker, Ear, Order, Refusal, Reply, StartedBy, next, permit};
use super::standby::Standing;
use super::stopped;

/// What is to be done with a recording that runs.
pub(super) enum Wanted {
    /// It ends.
    Stop(Asked),
    /// The session goes on in this one, with the screen.
    Screen(Asked, Box<Next>),
}

impl Attention<'_> {
    /// Answers orders until one asks, rightly, for something else than what is done. May be given up at any moment.
    pub(super) async fn heed(&self, journal: &Journal, orders: &mut mpsc::Receiver<Asked>) -> Asked {
        loop {
            let asked = next(orders).await;
            match (permit(asked.order, &asked.asker, &self.session.state()), asked.order) {
                (Ok(()), Order::Stop) => return asked,
                (Ok(()), Order::Start { .. }) if is_events_only(journal) => return asked,
                (Ok(()), Order::Start { .. }) => {
                    self.take_over(&asked.asker).await;
                    asked.reply(Reply::AlreadyRecorded(journal.recording()));
                }
                (Err(refusal), _) => asked.reply(Reply::Refused(refusal)),
            }
        }
    }

    /// What an order that was heeded comes to; what cannot be done is answered.
    pub(super) async fn weigh(&self, journal: &Journal, asked: Asked) -> Option<Wanted> {
        let Order::Start { notify } = asked.order else { return Some(Wanted::Stop(asked)) };
        match self.with_screen(journal, &asked.asker, notify).await {
            Ok(next) => Some(Wanted::Screen(asked, Box::new(next))),
            Err(error) => {
                tracing::warn!(recording = %journal.recording(), "the screen cannot be added: {error:#}");
                asked.reply(Reply::Refused(Refusal::Failed(format!("{error:#}"))));
                None
            }
        }
    }

    /// Does what is wanted. The recorder has ended. `None`: the recording could not be ended, and goes on as it is.
    pub(super) async fn carry_out(&self, journal: &Arc<Journal>, wanted: Wanted, ear: &mut Ear) -> Option<Outcome> {
        match wanted {
            Wanted::Stop(asked) => Some(self.stop(journal, asked, ear).await),
            Wanted::Screen(asked, next) => self.add_screen(journal, asked, *next, ear).await,
        }
    }

    /// What an administrator wants recorded, its user can no longer stop, nor does it end by itself.
    async fn take_over(&self, asker: &Asker) {
        let state = self.session.state();
        let is_others = state.started_by == StartedBy::User || state.by_trigger;
        if asker.account() == StartedBy::Administrator && is_others {
            self.session.note(|state| state.started_by = StartedBy::Administrator);
            self.settle(|settled| settled.held = true).await;
        }
    }

    /// How a recording of events only goes on with the screen. Begun by order, it hides and seals what such recordings do.
    async fn with_screen(&self, journal: &Journal, asker: &Asker, notify: bool) -> anyhow::Result<Next> {
        let session = journal.header().session;
        let source = Source::of(journal);
        let by_trigger = matches!(asker, Asker::Trigger { .. });
        // A trigger tells its user where that was told of the events.
        let notify = if by_trigger { source.as_ref().is_some_and(|source| source.told.is_some()) } else { notify };
        let seal = self.context.decider.seal()?;
        let told = if notify { self.tell_soon(&session).await? } else { None };
        let mut reason = asker.reason(&session.user);
        reason.text.push_str("; the policy records events only");
        reason.text = with_words(&reason.text, told.as_deref());
        let action = self.context.decider.ordered(&session, self.settled().began_unix_us);
        let below = Below { told: source.and_then(|source| source.told), by_trigger };
        let sign = self.has_sign(asker, notify, &action);
        Ok(Next { reason, seal, action, told, sign, below: Some(below), shown_since_us: None })
    }

    async fn add_screen(&self, journal: &Arc<Journal>, asked: Asked, mut next: Next, ear: &mut Ear) -> Option<Outcome> {
        let standing = self.standing_for(&asked.asker, &mut next).await;
        let why = format!("the screen is recorded, too: {}", next.reason.text);
        if let Some(successor) = self.roll_over(journal, Some(next)).await {
            if let Some(standing) = standing {
                self.standby.hand_over(successor.recording(), standing);
            }
            let session = &successor.header().session;
            self.context.reason(notices::SCREEN_ADDED, Some(successor.recording()), session, &why);
            ear.starting = Some(asked);
            return Some(Outcome::GoesOn(Some(successor)));
        }
        asked.reply(Reply::Refused(Refusal::Failed("the recording of the screen could not be begun".to_owned())));
        journal.has_ended().then_some(Outcome::GoesOn(None))
    }

    /// The recorder that has kept what was shown before a trigger's event, for a recording that begins with it.
    async fn standing_for(&self, asker: &Asker, next: &mut Next) -> Option<Standing> {
        let Asker::Trigger { at_us, .. } = asker else { return None };
        let standing = self.standby.take().await?;
        let hides = Source::hidden_by(&next.action);
        if !standing.hides(hides.as_ref()) {
            // It would show what is hidden by now, or hide what is not.
            return None;
        }
        let since_us = standing.reaches_back_to(*at_us);
        let seconds = at_us.saturating_sub(since_us).div_ceil(1_000_000);
        let words = format!("it begins with the {seconds} seconds before");
        next.reason.text = with_words(&next.reason.text, Some(&words));
        next.shown_since_us = Some(since_us);
        Some(standing)
    }

    /// Ends a recording because somebody asked for it. One that was added to the policy's gives way to that.
    async fn stop(&self, journal: &Arc<Journal>, asked: Asked, ear: &mut Ear) -> Outcome {
        let header = journal.header();
        let mut text = format!("{} stopped it", asked.asker.name(&header.session.user));
        let below = Source::of(journal).and_then(|source| source.below);
        let course = match below {
            Some(Below { told, by_trigger: _ }) => tokio::select! {
                course = self.decide_by_policy(journal, told) => course,
                () = stopped(&mut ear.stop) => {
                    asked.reply(Reply::Refused(Refusal::Failed("the agent is being stopped".to_owned())));
                    return Outcome::Over;
                }
            },
            None => Course::Same,
        };
        let reason = |text: &str| {
            self.context.reason(notices::STOPPED_ON_REQUEST, Some(journal.recording()), &header.session, text);
        };
        if let Course::Other(next) = course {
            self.settle(|settled| settled.held = false).await;
            let (ended, action, why) = (journal.recording(), next.action.clone(), next.reason.text.clone());
            reason(&format!("{text}; it goes on: {why}"));
            let Some(successor) = self.roll_over(journal, Some(next)).await else {
                if !journal.has_ended() {
                    self.end(journal, End { reason: EndReason::Stopped, text, successor: None }, ear).await;
                }
                asked.reply(Reply::Stopped(ended));
                return Outcome::DecidedAnew;
            };
            asked.reply(Reply::GivesWay { ended, action, why });
            return Outcome::GoesOn(Some(successor));
        }
        if let Course::Ends(end) = course {
            text = format!("{text}; {}", end.text);
        }
        self.end(journal, End { reason: EndReason::Stopped, text: text.clone(), successor: None }, ear).await;
        reason(&text);
        asked.reply(Reply::Stopped(journal.recording()));
        Outcome::Stopped(text)
    }
}

fn is_events_only(journal: &Journal) -> bool {
    Source::of(journal).is_some_and(|source| source.is_events_only())
}
