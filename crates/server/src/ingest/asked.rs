//! What recordings' events ask the server to send, on its way into the queue. Who is written to is said by the policy that is
//! active here: an event names a rule of it and nothing else that counts.

use std::sync::Arc;

use catalogue::{AskedOf, Channel, DeliveryOutcome, NewDelivery, QueueBounds, Queued};
use events::{Action, Response, Responses};
use policy::DetectionPolicy;
use recording::RecordingId;
use storage::{Asked, AskedAction, Survey};
use uuid::Uuid;

use super::desk::Desk;
use super::diagnosis::Finding;
use crate::clock::{self, DAY_US};

/// Nothing is sent for events that are older: what an archive holds, or was in a spool for longer.
pub const MOST_AGE_US: i64 = 7 * DAY_US;
/// How much there is room for.
pub(super) const BOUNDS: QueueBounds = QueueBounds { waiting: 50_000, waiting_of_machine: 5_000, rows: 300_000 };

/// What a recording's events ask for beyond what was looked at.
pub(super) struct AskedNews {
    recording: RecordingId,
    machine_id: String,
    start_us: i64,
    news: Vec<Asked>,
    /// How many it asks for altogether, those left out included.
    pub(super) all: u64,
    left_out: u64,
}

impl AskedNews {
    /// What comes after the first `known`; nothing of a recording without a header.
    pub(super) fn of(recording: RecordingId, survey: &Survey, known: u64) -> Option<Self> {
        let asked = survey.asked();
        let header = survey.header()?;
        let listed = asked.listed().len() as u64;
        let all = listed + asked.left_out();
        // Fewer than before: a part was lost, and others may stand in its place. What is known is queued once.
        let known = if known > all { 0 } else { known };
        (all > known).then(|| Self {
            recording,
            machine_id: header.session.machine_id.clone(),
            start_us: header.started.unix_us,
            news: asked.listed().iter().skip(usize::try_from(known).unwrap_or(usize::MAX)).cloned().collect(),
            all,
            left_out: all - known.max(listed),
        })
    }

    /// As it is queued by the active detection policy.
    pub(super) fn by(self, policy: &DetectionPolicy, now_us: i64) -> AskedOf {
        let Self { recording, machine_id, start_us, news, all, left_out } = self;
        let at = |asked: &Asked| start_us.saturating_add(i64::try_from(asked.time_us).unwrap_or(i64::MAX));
        let is_recent = |asked: &Asked| now_us.saturating_sub(at(asked)) < MOST_AGE_US;
        let left_out = if now_us.saturating_sub(start_us) < MOST_AGE_US { left_out } else { 0 };
        let deliveries = news.into_iter().filter(is_recent).flat_map(|asked| {
            let at_us = at(&asked).min(now_us);
            deliveries(asked, at_us, &machine_id, policy)
        });
        AskedOf { recording, taken: all, deliveries: deliveries.collect(), left_out, now_us }
    }
}

/// One for each recipient that the policy names for the rule.
fn deliveries(asked: Asked, at_us: i64, machine_id: &str, policy: &DetectionPolicy) -> Vec<NewDelivery> {
    let responses = responses(policy, &asked);
    let Asked { offset, time_us, response, count, .. } = asked;
    let Response { trigger: met, of, detail, rule, policy, .. } = response;
    let channel = match asked.action {
        AskedAction::Mail => Channel::Mail,
        AskedAction::Webhook => Channel::Webhook,
    };
    let (recipients, words) = match responses {
        Err(why) => (vec![String::new()], why),
        Ok(responses) if channel == Channel::Mail => (responses.mail_to.clone(), ""),
        Ok(_) => (vec![String::new()], ""),
    };
    let outcome = if words.is_empty() { DeliveryOutcome::Waiting } else { DeliveryOutcome::NotAllowed };
    // What the rule does not say would be a text for mails that the recorded machine chooses.
    let trigger = responses.ok().and_then(|responses| {
        let triggers = responses.triggers.iter();
        triggers.map(|trigger| &trigger.description).find(|description| **description == met)
    });
    let delivery = |recipient: String| NewDelivery {
        id: Uuid::now_v7(),
        place: offset,
        time_us,
        channel,
        recipient,
        machine_id: machine_id.to_owned(),
        at_us,
        kind: of.clone(),
        detail: detail.clone(),
        trigger: trigger.cloned().unwrap_or_default(),
        rule: rule.clone(),
        policy: policy.clone(),
        count,
        outcome,
        words: words.to_owned(),
    };
    recipients.into_iter().map(delivery).collect()
}

/// What the active policy says is done by the rule that an event names.
fn responses<'a>(policy: &'a DetectionPolicy, asked: &Asked) -> Result<&'a Responses, &'static str> {
    let DetectionPolicy::Custom(custom) = policy else {
        return Err("no detection policy is active that sends anything");
    };
    if custom.name().as_str() != asked.response.policy {
        return Err("the event names another detection policy than the active one");
    }
    let rule = custom.rules().iter().find(|rule| rule.name.as_str() == asked.response.rule);
    let responses = &rule.ok_or("the active detection policy has no rule of the name that the event gives")?.respond;
    let says = match asked.action {
        AskedAction::Mail => responses.mail_at_start || responses.asks_for(Action::Mail),
        AskedAction::Webhook => responses.asks_for(Action::Webhook),
    };
    if says { Ok(responses) } else { Err("the rule of the active detection policy does not ask for this") }
}

impl Desk {
    /// What is asked for, as it is queued now.
    pub(super) fn to_queue(&self, asked: Vec<AskedNews>) -> Vec<AskedOf> {
        if asked.is_empty() {
            return Vec::new();
        }
        let policy = self.active_policy().setting.detection.parse().unwrap_or_else(|error| {
            tracing::error!(%error, "the active detection policy cannot be read; nothing is sent");
            DetectionPolicy::default()
        });
        let now_us = clock::now_us();
        asked.into_iter().map(|asked| asked.by(&policy, now_us)).collect()
    }

    /// Has what was queued sent, and says what was not queued.
    pub(super) async fn queued(self: &Arc<Self>, queued: Queued) {
        if queued.waiting > 0 {
            self.options.deliveries.notify_waiters();
        }
        if queued.left_out > 0 {
            self.metrics.left_out_deliveries.increment(queued.left_out);
            let text = format!(
                "{} mails or webhook calls were not queued: too many wait, or one recording asks for too many",
                queued.left_out
            );
            self.diagnosis.report(Finding::DeliveriesLeftOut, None, None, text).await;
        }
    }
}
