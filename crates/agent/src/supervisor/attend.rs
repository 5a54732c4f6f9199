//! One session from the moment it is found to its end: decision, recorder processes one after the other, end of the
//! recording.

use std::sync::Arc;
use std::time::Duration;

use policy::{Action, Indicator};
use protocol::Severity;
use recording::{Header, StartReason};
use spool::{Journal, notices};
use tokio::time::sleep;

use super::accounts::{Decided, Outcome as Became};
use super::facts::{Source, header, session_facts};
use super::memory::Settled;
use super::observe::Observer;
use super::orders::{Asked, Asker, Ear, Order, Refusal, Reply, StartedBy, next, permit};
use super::running::Session;
use super::standby::Standby;
use super::{Context, stopped};
use crate::clock;
use crate::in_session::Told;
use crate::sessions::Desktop;

/// How often a session is looked at.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// How long to wait before what the full spool refused is tried again.
pub(super) const SPOOL_RETRY: Duration = Duration::from_secs(5);

/// Attends to a session until it ends or the agent stops. `journal` is given where a recording goes on after a restart.
pub async fn attend(
    context: Arc<Context>,
    session: &Session,
    journal: Option<Arc<Journal>>,
    standby: Standby,
    mut ear: Ear,
) {
    let known = journal.as_ref().map(|journal| journal.header().session);
    let observer = Observer::start(&context, &session.desktop, known.as_ref());
    let attention = Attention { context: &context, session, desktop: &session.desktop, observer, standby };
    let mut journal = journal;
    attention.recall(journal.as_deref());
    loop {
        let current = match journal {
            Some(journal) => journal,
            None => match attention.next_recording(&mut ear).await {
                Some(journal) => journal,
                None => return,
            },
        };
        let header = current.header();
        tracing::info!(recording = %current.recording(), display = session.desktop.server.display, "recording");
        session.note(|state| {
            state.recording = Some(current.recording());
            state.started_by = attention.account(&header.reason);
            state.why = header.reason.text;
            state.facts = Some(header.session);
            let source = Source::of(&current);
            state.events_only = source.as_ref().is_some_and(Source::is_events_only);
            state.told = source.as_ref().is_some_and(|source| source.told.is_some());
            state.by_trigger = source.as_ref().is_some_and(Source::by_trigger);
            state.hides = source.as_ref().is_none_or(Source::hides);
            state.sign = source.and_then(|source| source.shown());
        });
        current.set_live(true);
        let outcome = attention.record(&current, &mut ear).await;
        current.set_live(false);
        // Whoever waits for a start is answered by the recorder of the recording that goes on.
        if !matches!(outcome, Outcome::GoesOn(Some(_))) {
            ear.answer_start(Reply::Refused(Refusal::Failed("the recording could not be begun".to_owned())));
        }
        match outcome {
            Outcome::Over => return,
            Outcome::GoesOn(Some(successor)) => journal = Some(successor),
            Outcome::GoesOn(None) => journal = attention.begin_again(&current, &mut ear).await,
            Outcome::DecidedAnew => journal = None,
            Outcome::Stopped(why) => {
                journal = None;
                attention.rest(why).await;
            }
        }
    }
}

/// What becomes of a session when one of its recordings is no longer attended to.
pub(super) enum Outcome {
    /// Nothing more is to be recorded.
    Over,
    /// It goes on in this recording, or in one that is still to be made where the successor could not be.
    GoesOn(Option<Arc<Journal>>),
    /// What somebody had added to it has ended, and what the policy wants besides could not be begun: it is asked again.
    DecidedAnew,
    /// It is recorded no longer, for this reason.
    Stopped(String),
}

/// One session, and what is needed to attend to it.
pub(super) struct Attention<'a> {
    pub(super) context: &'a Arc<Context>,
    pub(super) session: &'a Session,
    pub(super) desktop: &'a Desktop,
    pub(super) observer: Observer,
    pub(super) standby: Standby,
}

impl Attention<'_> {
    /// The session's next recording: by the policy's decision, unless it rests, and then by order. `None`: there is none.
    async fn next_recording(&self, ear: &mut Ear) -> Option<Arc<Journal>> {
        if self.settled().rests {
            tracing::info!(display = self.desktop.server.display, "a session is left alone until somebody asks");
        } else {
            match self.begin(ear).await {
                Begun::Recording(journal) => return Some(journal),
                Begun::NotRecorded(why) => self.rest(why).await,
                Begun::AskAgain | Begun::Over => return None,
            }
        }
        loop {
            let asked = tokio::select! {
                asked = next(&mut ear.orders) => asked,
                () = self.session_gone() => return None,
                () = stopped(&mut ear.stop) => return None,
                () = self.due_at_once() => {
                    self.decide_at_rest().await;
                    continue;
                }
            };
            if let Some(journal) = self.begin_by_order(asked, ear).await {
                return Some(journal);
            }
        }
    }

    /// Notes what was settled about the session before the agent was started again.
    fn recall(&self, journal: Option<&Journal>) {
        let settled = self.settled();
        self.session.note(|state| {
            state.user_may_start = settled.user_may_start;
            state.why = settled.why;
            state.paused = settled.paused;
            state.facts = journal.map(|journal| journal.header().session);
        });
    }

    pub(super) fn settled(&self) -> Settled {
        self.context.memory.of(&self.desktop.server)
    }

    pub(super) async fn settle(&self, change: impl FnOnce(&mut Settled) + Send + 'static) {
        let (context, server) = (Arc::clone(self.context), self.desktop.server.clone());
        if tokio::task::spawn_blocking(move || context.memory.settle(&server, change)).await.is_err() {
            tracing::error!("what was settled about a session cannot be kept");
        }
    }

    /// On whose account a recording is: what an administrator wants, too, is no longer its user's alone.
    fn account(&self, reason: &StartReason) -> StartedBy {
        match StartedBy::of(reason) {
            StartedBy::User | StartedBy::Policy if self.settled().held => StartedBy::Administrator,
            account => account,
        }
    }

    /// From now on the session is recorded only if somebody starts it.
    async fn rest(&self, why: String) {
        self.session.note(|state| {
            state.recording = None;
            state.started_by = StartedBy::Policy;
            state.why.clone_from(&why);
            state.paused = None;
        });
        let rest = |settled: &mut Settled| {
            (settled.rests, settled.held, settled.why, settled.paused) = (true, false, why, None);
        };
        self.settle(rest).await;
    }

    /// Begins a recording because somebody asks for it. Answers when it cannot be.
    async fn begin_by_order(&self, asked: Asked, ear: &mut Ear) -> Option<Arc<Journal>> {
        let permitted = permit(asked.order, &asked.asker, &self.session.state());
        let begun = match (permitted, asked.order) {
            (Err(refusal), _) => Err(Reply::Refused(refusal)),
            (Ok(()), Order::Stop) => Err(Reply::NotRecorded),
            (Ok(()), Order::Start { .. }) if !self.context.settings.recording => {
                Err(Reply::Refused(Refusal::SwitchedOff))
            }
            (Ok(()), Order::Start { notify }) => self.create_by_order(&asked.asker, notify).await.map_err(|error| {
                tracing::warn!(display = self.desktop.server.display, "a recording cannot be started: {error:#}");
                Reply::Refused(Refusal::Failed(format!("{error:#}")))
            }),
        };
        match begun {
            Ok(journal) => {
                ear.starting = Some(asked);
                Some(journal)
            }
            Err(reply) => {
                asked.reply(reply);
                None
            }
        }
    }

    /// A recording without its successor goes on in a new one: on the same account, or as the policy decides then.
    async fn begin_again(&self, ended: &Journal, ear: &mut Ear) -> Option<Arc<Journal>> {
        let reason = ended.header().reason;
        if StartedBy::of(&reason) == StartedBy::Policy {
            return None;
        }
        loop {
            let begun = match header(ended.header().session, reason.clone(), &self.context.boot_id) {
                Ok(header) => self.create(header, ended.source()).await,
                Err(error) => Err(error),
            };
            match begun {
                Ok(journal) => return Some(journal),
                Err(error) => tracing::warn!("a recording cannot be gone on with yet: {error:#}"),
            }
            tokio::select! {
                () = sleep(SPOOL_RETRY) => {}
                () = self.session_gone() => return None,
                () = stopped(&mut ear.stop) => return None,
            }
        }
    }

    async fn create_by_order(&self, asker: &Asker, notify: bool) -> anyhow::Result<Arc<Journal>> {
        let seal = self.context.decider.seal()?;
        let session = self.facts().await?;
        let told = if notify { self.tell_soon(&session).await? } else { None };
        let mut reason = asker.reason(&session.user);
        reason.text = with_words(&reason.text, told.as_deref());
        let action = self.context.decider.ordered(&session, self.settled().began_unix_us);
        let header = header(session, reason, &self.context.boot_id)?;
        let sign = self.has_sign(asker, notify, &action);
        let source = Source::new(self.desktop, &self.context.boot_id, seal, action);
        self.create(header, serde_json::to_value(Source { told, sign, ..source })?).await
    }

    /// Begins a recording in the spool. Whoever waits for it must not give up: what is in the spool and is attended to by nobody
    /// never ends.
    async fn create(&self, header: Header, source: serde_json::Value) -> anyhow::Result<Arc<Journal>> {
        let spool = self.context.spool.clone();
        Ok(tokio::task::spawn_blocking(move || spool.create(header, source)).await??)
    }

    /// Whether the sign in the session says that it is recorded because of this asker: where its user wants it, or is to know, and
    /// the policy does not hide it there.
    pub(super) fn has_sign(&self, asker: &Asker, notify: bool, action: &Action) -> bool {
        (notify || *asker == Asker::User) && action.indicator() != Some(Indicator::Hidden)
    }

    /// Facts about the session now.
    async fn facts(&self) -> anyhow::Result<recording::SessionFacts> {
        let (desktop, context) = (self.desktop.clone(), Arc::clone(self.context));
        let known = self.observer.known();
        let facts = tokio::task::spawn_blocking(move || session_facts(&desktop, &known, &context)).await?;
        self.session.note(|state| state.facts = Some(facts.clone()));
        Ok(facts)
    }

    /// Asks for the decision and begins the recording.
    async fn begin(&self, ear: &mut Ear) -> Begun {
        let display = self.desktop.server.display.as_str();
        loop {
            tokio::select! {
                () = self.await_needs() => break,
                () = self.session_gone() => return Begun::Over,
                () = stopped(&mut ear.stop) => return Begun::Over,
                asked = next(&mut ear.orders) => {
                    if let Some(journal) = self.begin_by_order(asked, ear).await {
                        return Begun::Recording(journal);
                    }
                }
            }
        }
        loop {
            let decided = tokio::select! {
                decided = self.decide() => decided,
                () = self.session_gone() => return Begun::Over,
                () = stopped(&mut ear.stop) => return Begun::Over,
            };
            // A session that ends from here on has a recording, which says so.
            let begun = match decided {
                Ok(Decision::Record(header, source)) => self.create(*header, source).await.map(Begun::Recording),
                Ok(Decision::Otherwise(begun)) => Ok(begun),
                Err(error) => Err(error),
            };
            let pause = match begun {
                Ok(Begun::AskAgain) => None,
                Ok(begun) => return begun,
                Err(error) => {
                    let why = format!("{error:#}");
                    self.account_for(move |accounts, server| accounts.trouble(server, &why)).await;
                    let text = format!("the session on {display} is not recorded: {error:#}");
                    self.context.notice(Severity::Error, notices::SESSION_NOT_RECORDED, None, text);
                    Some(SPOOL_RETRY)
                }
            };
            tokio::select! {
                () = self.again(pause) => {}
                () = self.session_gone() => return Begun::Over,
                () = stopped(&mut ear.stop) => return Begun::Over,
                asked = next(&mut ear.orders) => {
                    if let Some(journal) = self.begin_by_order(asked, ear).await {
                        return Begun::Recording(journal);
                    }
                }
            }
        }
    }

    /// Waits for what the policy looks at and what becomes known only late, but not for long.
    async fn await_needs(&self) {
        self.observer.await_needs(self.context.decider.needs().await).await;
    }

    /// Waits for a while, or else until the server can be asked.
    async fn again(&self, pause: Option<Duration>) {
        match pause {
            Some(pause) => sleep(pause).await,
            None => self.context.decider.await_connection().await,
        }
    }

    /// Decides on the session. May be given up at any moment: nothing is begun here.
    async fn decide(&self) -> anyhow::Result<Decision> {
        let session = self.facts().await?;
        if !self.context.settings.recording {
            let why = Refusal::SwitchedOff.to_string();
            self.context.reason(notices::SWITCHED_OFF, None, &session, &why);
            let (facts, reason) = (session, why.clone());
            self.account_for(move |accounts, server| {
                let began_unix_us = clock::unix_us();
                let (by, wanted, outcome) = (("", None), "unknown", Became::SwitchedOff);
                accounts
                    .decided(server, &Decided { facts: &facts, began_unix_us, by, wanted, outcome, reason: &reason });
            })
            .await;
            return Ok(Decision::Otherwise(Begun::NotRecorded(why)));
        }
        let (at_once, now) = (self.context.decider.at_once(), clock::unix_us());
        let verdict = self.context.decider.decide(&session, None).await;
        tracing::info!(
            display = self.desktop.server.display,
            user = session.user,
            record = verdict.action.records(),
            action = verdict.action.to_json(),
            why = verdict.reason.text,
            "decision"
        );
        self.account_for_decision(&session, &verdict, now).await;
        self.may_start(verdict.user_may_start).await;
        self.settle(move |settled| {
            settled.at_once = at_once;
            settled.began_unix_us.get_or_insert(now);
        })
        .await;
        self.session.note(|state| state.why.clone_from(&verdict.reason.text));
        if !verdict.action.records() {
            let not = if verdict.provisional { Begun::AskAgain } else { Begun::NotRecorded(verdict.reason.text) };
            return Ok(Decision::Otherwise(not));
        }
        let (mut reason, mut told) = (verdict.reason, None);
        if verdict.action.tells() {
            match self.tell_or_ask(&verdict.action, &session).await? {
                Told::Yes(words) => {
                    reason.text = with_words(&reason.text, Some(&words));
                    told = Some(words);
                }
                Told::No(why) => {
                    let said = why.clone();
                    self.account_for(move |accounts, server| accounts.refused(server, Became::Declined, &said)).await;
                    return Ok(Decision::Otherwise(Begun::NotRecorded(why)));
                }
                Told::Cannot(why) => {
                    let said = format!("its user cannot be told: {why}");
                    self.account_for(move |accounts, server| accounts.refused(server, Became::Failed, &said)).await;
                    let text = format!(
                        "the session on {} is not recorded, as its user cannot be told: {why}",
                        self.desktop.server.display
                    );
                    self.context.notice(Severity::Error, notices::SESSION_NOT_RECORDED, None, text);
                    return Ok(Decision::Otherwise(Begun::NotRecorded(why)));
                }
            }
        }
        if !self.desktop.server.process.is_alive() {
            // Over before anything of it could be recorded.
            return Ok(Decision::Otherwise(Begun::Over));
        }
        let header = header(session, reason, &self.context.boot_id)?;
        let sign = verdict.action.shows_indicator();
        let source = Source::new(self.desktop, &self.context.boot_id, verdict.seal, verdict.action);
        Ok(Decision::Record(Box::new(header), serde_json::to_value(Source { told, sign, ..source })?))
    }

    async fn session_gone(&self) {
        while self.desktop.server.process.is_alive() {
            sleep(TICK).await;
        }
    }
}

/// A reason with what was said to the user, within its bound.
pub fn with_words(reason: &str, words: Option<&str>) -> String {
    let Some(words) = words else { return reason.to_owned() };
    let room = policy::MAX_REASON_CHARS.saturating_sub(words.chars().count() + 2);
    let reason: String = reason.chars().take(room).collect();
    format!("{reason}; {words}")
}

/// What was decided on a session.
enum Decision {
    /// It is recorded; the recording is still to be begun.
    Record(Box<Header>, serde_json::Value),
    Otherwise(Begun),
}

enum Begun {
    Recording(Arc<Journal>),
    /// Why not, in words.
    NotRecorded(String),
    AskAgain,
    /// The session has ended, or the agent stops.
    Over,
}
