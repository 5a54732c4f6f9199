//! Works through the queue: mails no faster than the setting says, calls one after the other, each tried again after a while for
//! up to a day.
//!
//! What was taken is noted before the next is begun on the same way. A server that is killed between the receiver's answer and that
//! note sends those again that were on their way; each carries the same id then.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use api::NotificationSetting;
use catalogue::{CatalogueError, Channel, Delivery, DeliveryOutcome};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::secrets::{SecretError, Secrets};
use super::{Failed, mail, moment, setting, webhook};
use crate::app::App;
use crate::clock::{self, DAY_US, SECOND_US};
use crate::stopping::Stopping;

/// Looked up at once.
const BATCH: u32 = 100;
/// How often it is looked for what is due.
const TURN: Duration = Duration::from_secs(1);
/// Nothing is tried for longer.
const GIVE_UP_AFTER_US: i64 = DAY_US;
/// How often it is looked for what is given up.
const OLD_EVERY: Duration = Duration::from_secs(60);
/// From the first attempt that failed to the next; each pause is twice as long, up to the longest.
const FIRST_PAUSE_US: i64 = 30 * SECOND_US;
const LONGEST_PAUSE_US: i64 = 3_600 * SECOND_US;
/// The same where the receiver cannot be reached at all.
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(600);

/// Why a turn ended early.
#[derive(Debug, thiserror::Error)]
enum TurnError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Secrets(#[from] SecretError),
}

/// Something that can be sent to.
enum Receiver {
    Mail(mail::Post, Box<api::MailSetting>),
    Webhook(webhook::Caller),
}

/// One way of sending, with what it learns.
struct Way {
    channel: Channel,
    /// What `receiver` was made of.
    made_of: Option<(NotificationSetting, Secrets)>,
    receiver: Option<Result<Receiver, Failed>>,
    /// When something may be tried again, and how long the pause was.
    rest: Option<(Instant, Duration)>,
    pace: Interval,
    /// What is not noted yet: few, for nothing is sent meanwhile.
    unsettled: Vec<Settled>,
    looked_for_old: Option<Instant>,
}

/// Runs until the server stops; what is on its way then is waited for.
pub async fn run(app: Arc<App>, stopping: Stopping) {
    let of = |channel| keep_on(channel, &app, &stopping);
    tokio::join!(of(Channel::Mail), of(Channel::Webhook), count(&app, stopping.clone()));
}

/// A way that ends by a fault of this program is begun again: what waits is in the catalogue.
async fn keep_on(channel: Channel, app: &Arc<App>, stopping: &Stopping) {
    loop {
        let way = tokio::spawn(Way::new(channel).run(Arc::clone(app), stopping.clone()));
        let Err(error) = way.await else { return };
        tracing::error!(?channel, %error, "sending ended by a fault of this program; it begins again");
        tokio::select! {
            () = tokio::time::sleep(FIRST_REST) => {}
            () = async { stopping.clone().begun().await } => return,
        }
    }
}

async fn count(app: &App, mut stopping: Stopping) {
    loop {
        if let Ok(waiting) = app.catalogue.waiting_deliveries().await {
            app.metrics.waiting_deliveries.set(waiting as f64);
        }
        tokio::select! {
            () = tokio::time::sleep(5 * TURN) => {}
            () = stopping.begun() => return,
        }
    }
}

impl Way {
    fn new(channel: Channel) -> Self {
        Self {
            channel,
            made_of: None,
            receiver: None,
            rest: None,
            pace: pace(1),
            unsettled: Vec::new(),
            looked_for_old: None,
        }
    }

    async fn run(mut self, app: Arc<App>, mut stopping: Stopping) {
        loop {
            let more = match self.turn(&app, &stopping).await {
                Ok(more) => more,
                Err(error) => {
                    tracing::error!(%error, "what waits could not be sent; it is tried again");
                    false
                }
            };
            if more && !stopping.has_begun() {
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(TURN) => {}
                () = app.deliveries.notified() => {}
                () = stopping.begun() => return,
            }
        }
    }

    /// Sends what is due; true if there may be more.
    async fn turn(&mut self, app: &App, stopping: &Stopping) -> Result<bool, TurnError> {
        self.note_unsettled(app).await?;
        self.give_up_old(app).await?;
        let due = app.catalogue.due_deliveries(self.channel, clock::now_us(), BATCH).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let setting = self.take_up(app).await?;
        if self.rest.is_some_and(|(until, _)| Instant::now() < until) {
            return Ok(false);
        }
        let full = due.len() == BATCH as usize;
        let trouble = match &self.receiver {
            None => {
                let settled = |delivery: &Delivery| Settled::as_not_set_up(delivery.number);
                self.unsettled.extend(due.iter().map(settled));
                None
            }
            Some(Err(failed)) => Some(failed.words().to_owned()),
            Some(Ok(receiver)) => {
                let address = public_address(&setting, app);
                let sending = Sending { app, receiver, address: &address };
                sending.all(due, &mut self.pace, stopping, &mut self.unsettled).await
            }
        };
        self.note_unsettled(app).await?;
        match trouble {
            Some(words) => self.rest_after(&words),
            None => self.rest = None,
        }
        Ok(full && self.rest.is_none())
    }

    /// Notes what became of deliveries that could not be noted at once. Nothing else is sent before: it could be sent twice.
    async fn note_unsettled(&mut self, app: &App) -> Result<(), CatalogueError> {
        while let Some(settled) = self.unsettled.last() {
            settled.note(app).await?;
            self.unsettled.pop();
        }
        Ok(())
    }

    async fn give_up_old(&mut self, app: &App) -> Result<(), CatalogueError> {
        if self.looked_for_old.is_some_and(|at| at.elapsed() < OLD_EVERY) {
            return Ok(());
        }
        let (now_us, words) = (clock::now_us(), "it was not taken for a day");
        app.catalogue.give_deliveries_up(self.channel, now_us - GIVE_UP_AFTER_US, words, now_us).await?;
        self.looked_for_old = Some(Instant::now());
        Ok(())
    }

    /// Follows the setting: what has changed is tried at once.
    async fn take_up(&mut self, app: &App) -> Result<NotificationSetting, TurnError> {
        let setting = setting::kept(&app.catalogue).await?;
        let secrets = app.secret_key.kept(&app.catalogue).await?;
        let made_of = Some((setting.clone(), secrets.clone()));
        if self.made_of != made_of {
            self.receiver = Receiver::of(self.channel, &setting, &secrets);
            self.pace = pace(match (self.channel, &setting.mail) {
                (Channel::Mail, Some(mail)) => mail.per_second,
                _ => 100,
            });
            (self.made_of, self.rest) = (made_of, None);
        }
        Ok(setting)
    }

    fn rest_after(&mut self, words: &str) {
        let pause = self.rest.map_or(FIRST_REST, |(_, before)| (before * 2).min(LONGEST_REST));
        self.rest = Some((Instant::now() + pause, pause));
        tracing::warn!(channel = ?self.channel, why = words, pause_s = pause.as_secs(), "nothing can be sent for now");
    }
}

/// One tick for each that may be sent; late ones are not made up for.
fn pace(per_second: u16) -> Interval {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / u32::from(per_second.max(1)));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

impl Receiver {
    /// As the setting says; `None` where it says nothing of it.
    fn of(channel: Channel, setting: &NotificationSetting, secrets: &Secrets) -> Option<Result<Self, Failed>> {
        match channel {
            Channel::Mail => setting.mail.as_ref().map(|mail| {
                let post = mail::Post::new(mail, secrets.password.as_deref())?;
                Ok(Self::Mail(post, Box::new(mail.clone())))
            }),
            Channel::Webhook => setting.webhook.as_ref().map(|hook| {
                webhook::Caller::new(hook, secrets.secret.as_deref().unwrap_or_default()).map(Self::Webhook)
            }),
        }
    }

    /// How many may be on their way at a time.
    fn at_once(&self) -> usize {
        match self {
            Self::Mail(..) => mail::AT_ONCE as usize,
            Self::Webhook(_) => 1,
        }
    }

    async fn send(&self, delivery: &Delivery, address: &str) -> Result<String, Failed> {
        let link = moment::link(address, delivery);
        match self {
            Self::Mail(post, setting) => post.send(&mail::about(setting, delivery, &link)?).await,
            Self::Webhook(caller) => caller.call(&webhook::call(delivery, &link)).await,
        }
    }
}

/// What became of one that was tried.
struct Settled {
    number: i64,
    /// Nothing: it is tried again, not before this moment.
    outcome: Result<DeliveryOutcome, i64>,
    words: String,
}

impl Settled {
    fn as_not_set_up(number: i64) -> Self {
        Self { number, outcome: Ok(DeliveryOutcome::NotSetUp), words: "it was not set up how to send it".to_owned() }
    }

    /// Also says what keeps others from being tried.
    fn of(delivery: &Delivery, sent: Result<String, Failed>) -> (Self, Option<String>) {
        let pause_us = (FIRST_PAUSE_US << delivery.attempts.min(10)).min(LONGEST_PAUSE_US);
        let later = Err(clock::now_us() + pause_us);
        let (outcome, words, trouble) = match sent {
            Ok(words) => (Ok(DeliveryOutcome::Delivered), words, None),
            Err(Failed::Never(words)) => (Ok(DeliveryOutcome::Refused), words, None),
            Err(Failed::Later(words)) => (later, words, None),
            // Others come first after the rest: it may be this one that the receiver stumbles over.
            Err(Failed::Nothing(words)) => (later, words.clone(), Some(words)),
        };
        (Self { number: delivery.number, outcome, words }, trouble)
    }

    async fn note(&self, app: &App) -> Result<(), CatalogueError> {
        match self.outcome {
            Ok(outcome) => app.catalogue.settle_delivery(self.number, outcome, &self.words, clock::now_us()).await,
            Err(next_us) => app.catalogue.postpone_delivery(self.number, &self.words, next_us).await,
        }
    }
}

/// A number of deliveries on their way to one receiver.
struct Sending<'a> {
    app: &'a App,
    receiver: &'a Receiver,
    address: &'a str,
}

impl Sending<'_> {
    /// Sends them, until the server stops or one of them says that nothing can be sent. Those that have been begun come to their end:
    /// they may have been taken. What could not be noted is put into `unsettled`.
    async fn all(
        &self,
        due: Vec<Delivery>,
        pace: &mut Interval,
        stopping: &Stopping,
        unsettled: &mut Vec<Settled>,
    ) -> Option<String> {
        let (mut on_way, mut left) = (FuturesUnordered::new(), due.into_iter().peekable());
        let (mut trouble, mut may_begin) = (None, true);
        loop {
            may_begin &= !stopping.has_begun() && left.peek().is_some();
            if !may_begin && on_way.is_empty() {
                return trouble;
            }
            tokio::select! {
                _ = pace.tick(), if may_begin && on_way.len() < self.receiver.at_once() => {
                    on_way.extend(left.next().map(|delivery| self.one(delivery)));
                }
                Some((not_noted, found)) = on_way.next(), if !on_way.is_empty() => {
                    may_begin &= not_noted.is_none() && found.is_none();
                    unsettled.extend(not_noted);
                    trouble = found.or(trouble);
                }
            }
        }
    }

    async fn one(&self, delivery: Delivery) -> (Option<Settled>, Option<String>) {
        // What one of them trips over is not to end the others, nor to be tried for a day.
        let sent = AssertUnwindSafe(self.receiver.send(&delivery, self.address)).catch_unwind().await;
        let sent =
            sent.unwrap_or_else(|_| Err(Failed::Never("it could not be made: the server's log says why".to_owned())));
        let figure = if sent.is_ok() { &self.app.metrics.deliveries } else { &self.app.metrics.failed_deliveries };
        figure.increment(1);
        let (settled, trouble) = Settled::of(&delivery, sent);
        match settled.note(self.app).await {
            Ok(()) => (None, trouble),
            Err(error) => {
                tracing::error!(%error, "what became of a mail or call could not be noted; nothing is sent before it is");
                (Some(settled), trouble)
            }
        }
    }
}

/// The console's address as the setting has it, or as the server is reached.
pub fn public_address(setting: &NotificationSetting, app: &App) -> String {
    let address = setting.public_address.as_deref().unwrap_or(&app.own_address);
    address.trim_end_matches('/').to_owned()
}
