//! One session in basic mode: at rest, perhaps with a recorder that stands by, until somebody starts a recording of it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use policy::Recorded;
use recording::{RecordingId, SessionFacts};
use tokio::time::{sleep, timeout};

use super::Basic;
use super::gate::{Gate, Over};
use super::keeper::Task;
use super::settings::{Effective, Layers};
use super::standby::{How, Recorder, Standby, start};
use super::stored;
use super::unfinished::Note;
use crate::in_session::{Shown, tell_soon};
use crate::record::file::FileOutlet;
use crate::recorder::{RecordingStart, exit};
use crate::sessions::Desktop;
use crate::supervisor::{
    Asked, Asker, Ear, LocalFile, Order, Refusal, Reply, Session, StartedBy, header, next, permit, static_facts,
    stopped, with_words,
};
use crate::{clock, machine};

/// How often a session is looked at.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// How long the first picture of a recording may take.
const FIRST_PICTURE: Duration = Duration::from_secs(8);
/// Characters of names in a file's name.
const MAX_NAME_CHARS: usize = 64;

/// Attends to a session until it ends or the agent stops.
pub async fn attend(basic: &Arc<Basic>, session: &Session, mut ear: Ear) {
    let mut attention = Attention { basic, session, desktop: &session.desktop, standby: Standby::default() };
    match attention.facts().await {
        Ok(facts) => session.note(|state| {
            state.facts = Some(facts);
            state.why = basic.told(session.desktop.uid).unwrap_or_else(|| "nobody has started a recording".to_owned());
        }),
        Err(error) => tracing::error!("nothing is known of a session: {error:#}"),
    }
    attention.see_to_what_was_left();
    while let Some(asked) = attention.rest(&mut ear).await {
        match attention.begin(&asked.asker).await {
            Ok(under_way) => {
                asked.reply(Reply::Started(under_way.recording));
                attention.record(under_way, &mut ear).await;
            }
            Err(refusal) => {
                tracing::warn!(display = session.desktop.server.display, %refusal, "a recording is not started");
                asked.reply(Reply::Refused(refusal));
            }
        }
    }
    attention.standby.end().await;
}

/// One session, and what is needed to attend to it.
pub(super) struct Attention<'a> {
    pub(super) basic: &'a Arc<Basic>,
    pub(super) session: &'a Session,
    pub(super) desktop: &'a Desktop,
    standby: Standby,
}

/// A recording that is under way.
pub(super) struct UnderWay {
    pub(super) recording: RecordingId,
    pub(super) recorder: Recorder,
    pub(super) effective: Effective,
    /// Its time zero.
    pub(super) origin_us: u64,
    /// When it was started: its limit counts from here.
    pub(super) began_us: u64,
    pub(super) path: String,
}

impl Attention<'_> {
    /// Gives an end to what this user's earlier recordings left without one. Nothing waits for it.
    fn see_to_what_was_left(&self) {
        let (basic, uid) = (Arc::clone(self.basic), self.desktop.uid);
        tokio::task::spawn_blocking(move || basic.finish_left(Some(uid)));
    }

    async fn facts(&self) -> anyhow::Result<SessionFacts> {
        let (basic, desktop) = (Arc::clone(self.basic), self.desktop.clone());
        let facts = move || static_facts(&desktop, &machine::os_machine_id(), &basic.settings);
        Ok(tokio::task::spawn_blocking(facts).await?)
    }

    /// Waits until somebody wants a recording. `None`: the session has ended, or the agent stops.
    async fn rest(&mut self, ear: &mut Ear) -> Option<Asked> {
        loop {
            if !self.desktop.server.process.is_alive() {
                return None;
            }
            let basic = Arc::clone(self.basic);
            let values = tokio::task::spawn_blocking(move || basic.machine_values()).await;
            let (buffer, may_start) = match values {
                Ok(Ok(values)) if self.basic.settings.recording => (values.buffer(), values.user_start()),
                // Starting says what is wrong with them.
                _ => (None, false),
            };
            self.session.note(|state| state.user_may_start = may_start);
            self.standby.see_to(self.basic, self.desktop, buffer).await;
            tokio::select! {
                asked = next(&mut ear.orders) => match asked.order {
                    Order::Start { .. } => return Some(asked),
                    Order::Stop => asked.reply(Reply::NotRecorded),
                },
                // Nothing is recorded that could be paused.
                Some(_) = ear.of_others.recv() => {}
                () = self.standby.failed() => {}
                () = sleep(TICK) => {}
                () = stopped(&mut ear.stop) => return None,
            }
        }
    }

    /// Begins a recording, if it may be.
    async fn begin(&mut self, asker: &Asker) -> Result<UnderWay, Refusal> {
        if !self.basic.settings.recording {
            return Err(Refusal::SwitchedOff);
        }
        let layers = self.layers().await.map_err(failed)?;
        self.session.note(|state| state.user_may_start = layers.machine.user_start());
        let order = Order::Start { notify: false };
        permit(order, asker, &self.session.state()).map_err(|_| Refusal::UserStartOff)?;
        let effective = layers.effective().context("there are no settings").map_err(failed)?;
        let facts = self.facts().await.map_err(failed)?;
        let begun = self.start(asker, facts, effective).await.map_err(failed)?;
        self.see_to_what_was_left();
        // They hold for one recording: this one.
        let mut wishes = self.basic.wishes();
        if wishes.get(&self.session.id).is_some_and(|values| *values == layers.session) {
            wishes.remove(&self.session.id);
        }
        Ok(begun)
    }

    async fn layers(&self) -> anyhow::Result<Layers> {
        let session = self.basic.wishes().get(&self.session.id).cloned().unwrap_or_default();
        let (basic, user) = (Arc::clone(self.basic), self.basic.as_user(self.desktop));
        let read = move || anyhow::Ok(Layers { machine: basic.machine_values()?, user: user.settings()?, session });
        tokio::task::spawn_blocking(read).await?
    }

    /// Begins the file first, then the recorder, or has the one write that stands by.
    async fn start(&mut self, asker: &Asker, facts: SessionFacts, effective: Effective) -> anyhow::Result<UnderWay> {
        let now = clock::anchor(&self.basic.boot_id);
        let standing = self.standby.take();
        let from_us = standing.as_ref().map_or(now.boottime_us, |(recorder, time)| {
            let reach_us = u64::try_from(time.as_micros()).unwrap_or_default();
            now.boottime_us.saturating_sub(reach_us).max(recorder.since_us)
        });
        let gate = standing.as_ref().map_or_else(Gate::closed, |(recorder, _)| Arc::clone(&recorder.gate));
        let told = if tells(asker, &effective) {
            tell_soon(self.basic, self.desktop, Recorded::default()).await?
        } else {
            None
        };
        let mut reason = asker.reason(&facts.user);
        let before_us = now.boottime_us - from_us;
        if before_us > 0 {
            reason.text += &format!("; it begins with the {} seconds before", before_us.div_ceil(1_000_000));
        }
        reason.text = with_words(&reason.text, told.as_deref());
        let mut about = header(facts.clone(), reason, &self.basic.boot_id)?;
        about.started = clock::earlier(&now, from_us);
        let home = stored::home(self.desktop.uid);
        let task = Task::Keep { home: home.clone(), folder: effective.folder.clone(), name: file_name(&facts) };
        let (user, key, into) = (self.basic.as_user(self.desktop), self.basic.key.clone(), Arc::clone(&gate));
        let (basic, folder, recording) = (Arc::clone(self.basic), effective.folder.clone(), about.recording);
        let (limit_bytes, described) = (effective.limit_bytes, about.clone());
        let open = move || {
            let full = Arc::clone(&into);
            let keeper = user.keep(&task, move |why| full.over(Over::Full(why)))?;
            let (path, name) = (keeper.shown_path(), keeper.name());
            let outlet = FileOutlet::new(keeper, &described, key)?;
            let note = Note { recording, uid: user.uid, home, folder, name, path: path.clone(), why: None };
            if let Err(error) = basic.finisher.unfinished.begin(&note) {
                tracing::warn!(%recording, %error, "a recording cannot be noted: should the agent be killed, it stays without an end");
            }
            into.open(outlet, limit_bytes);
            anyhow::Ok(path)
        };
        let path = tokio::task::spawn_blocking(open).await??;
        let recorder = self.recorder(standing, &gate, from_us, &effective).await;
        let recorder = match recorder {
            Ok(recorder) => recorder,
            Err(error) => {
                let basic = Arc::clone(self.basic);
                // What was opened is taken away again.
                let give_up = move || {
                    gate.give_up();
                    basic.finisher.unfinished.left(recording, "it was given up".to_owned());
                };
                let _ = tokio::task::spawn_blocking(give_up).await;
                self.see_to_what_was_left();
                return Err(error);
            }
        };
        tracing::info!(%recording, display = self.desktop.server.display, file = path, "recording");
        let file = LocalFile { path: path.clone(), origin_us: from_us, bytes: gate.bytes() };
        self.session.note(|state| {
            state.recording = Some(recording);
            state.started_by = StartedBy::of(&about.reason);
            state.why = about.reason.text;
            state.facts = Some(facts);
            state.sign = has_sign(asker, &effective).then_some(Shown::Screen);
            state.file = Some(file);
        });
        let began_us = now.boottime_us;
        Ok(UnderWay { recording, recorder, effective, origin_us: from_us, began_us, path })
    }

    /// A recorder whose first picture is in the file.
    async fn recorder(
        &self,
        standing: Option<(Recorder, Duration)>,
        gate: &Arc<Gate>,
        from_us: u64,
        effective: &Effective,
    ) -> anyhow::Result<Recorder> {
        let screen = effective.screen.clone();
        let mut recorder = match standing {
            Some((mut recorder, _)) => {
                recorder.begin(from_us, screen).context("the recorder does not listen")?;
                recorder
            }
            None => {
                let how = How::At(RecordingStart::at(from_us), screen, None);
                start(self.basic, self.desktop, Arc::clone(gate), how).await?
            }
        };
        let mut news = gate.news();
        let patience = FIRST_PICTURE + self.basic.settings.custom_events.hold();
        let why = tokio::select! {
            waited = timeout(patience, news.wait_for(|news| news.flows || news.over.is_some())) => match waited {
                Ok(Ok(news)) if news.flows => return Ok(recorder),
                Ok(Ok(news)) => over_text(news.over.as_ref()),
                _ => "the display did not show anything in time".to_owned(),
            },
            finish = recorder.process.finished() => {
                anyhow::bail!(match finish.code {
                    Some(code) if code == i32::from(exit::NO_SUCH_SCREEN) => no_such_screen(effective),
                    code => finish
                        .fault
                        .unwrap_or_else(|| format!("the recorder ended with {code:?}; the agent's log says why")),
                });
            }
        };
        recorder.process.end().await;
        Err(anyhow::anyhow!(why))
    }
}

/// Whether a window tells the session's user: of what somebody else starts, unless the machine says otherwise.
fn tells(asker: &Asker, effective: &Effective) -> bool {
    effective.notice && *asker != Asker::User
}

/// Whether the sign in the session says that it is recorded: where its user wants it, or is to know.
fn has_sign(asker: &Asker, effective: &Effective) -> bool {
    effective.sign && (effective.notice || *asker == Asker::User)
}

fn no_such_screen(effective: &Effective) -> String {
    let names = String::from(effective.screen.clone());
    format!("the session has not all screens of {names:?}; `xrandr --listmonitors` names them")
}

fn over_text(over: Option<&Over>) -> String {
    match over {
        Some(Over::Full(why) | Over::Failed(why)) => why.clone(),
        Some(Over::Limit) | None => "one picture is larger than a recording may be".to_owned(),
    }
}

fn failed(error: anyhow::Error) -> Refusal {
    Refusal::Failed(format!("{error:#}"))
}

/// Machine, user and time, as any file system takes them.
fn file_name(facts: &SessionFacts) -> String {
    let plain = |name: &str| -> String {
        let fits = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '-' };
        name.chars().take(MAX_NAME_CHARS).map(fits).collect::<String>().trim_start_matches('.').to_owned()
    };
    let time = jiff::Zoned::now().strftime("%Y-%m-%d_%H-%M-%S");
    format!("{}_{}_{time}", plain(&facts.machine), plain(&facts.user))
}
