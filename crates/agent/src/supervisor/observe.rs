//! What becomes known of a session only while it runs: who sits at it, and what was opened first. Known late or changed at a
//! reconnect, it is told to the recorder, and so stands in the recording.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use recording::{Event, SessionFacts, event_kinds};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::opened::first_opened;
use super::recorder::RecorderProcess;
use super::{Context, opened};
use crate::logind;
use crate::recorder::Order;
use crate::sessions::{Client, ClientWatch, Desktop, DisplayServer};

/// How often it is looked who sits at a session to which people come from elsewhere.
const LOOK: Duration = Duration::from_secs(1);
/// How long a decision that depends on it waits for somebody to come.
const CLIENT_PATIENCE: Duration = Duration::from_secs(5);

/// What is known by now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Who sits at the session, or did last.
    client: Option<Client>,
    /// Whether somebody is connected.
    connected: bool,
    /// Whether that was looked for yet.
    looked: bool,
    /// Nobody else is waited for.
    client_settled: bool,
    /// What was opened first.
    opened: Option<String>,
    /// Nobody looks for that any more.
    opened_settled: bool,
}

/// What a decision needs to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// Where the user comes from.
    pub client: bool,
    /// What was opened first.
    pub opened: bool,
}

/// Observes a session for as long as this lives.
pub struct Observer {
    observed: watch::Receiver<Observed>,
    under_xrdp: bool,
    tasks: Vec<JoinHandle<()>>,
    /// What the recording says already; `None` where an earlier run of the agent wrote it.
    told: Mutex<Option<Observed>>,
    /// An earlier run of the agent began the recording.
    resumed: bool,
    began: Instant,
}

impl Observer {
    /// Begins to look. `known` are facts that stand in a recording already.
    pub fn start(context: &Arc<Context>, desktop: &Desktop, known: Option<&SessionFacts>) -> Self {
        let (note, observed) = watch::channel(Observed::of(known));
        let note = Arc::new(note);
        let watch = ClientWatch::new(desktop, &context.settings.xrdp_log);
        let (remote, under_xrdp) = (watch.is_remote(), watch.is_under_xrdp());
        let mut tasks = Vec::new();
        tasks.push(if remote {
            tokio::spawn(look_for_clients(watch, Arc::clone(&note)))
        } else {
            tokio::spawn(ask_login_manager(desktop.server.clone(), Arc::clone(&note)))
        });
        if !note.borrow().opened_settled {
            let first = first_opened(Arc::clone(context), desktop.clone());
            tasks.push(tokio::spawn(async move {
                let opened = first.await;
                note.send_modify(|observed| {
                    observed.opened = opened;
                    observed.opened_settled = true;
                });
            }));
        }
        Self { observed, under_xrdp, tasks, told: Mutex::default(), resumed: known.is_some(), began: Instant::now() }
    }

    /// Waits until what a decision needs is known, but not for long.
    pub async fn await_needs(&self, needs: Needs) {
        let mut observed = self.observed.clone();
        // In vain: then the decision is made without it, and what is not known meets no criterion.
        if needs.client {
            let known = observed.wait_for(|observed| observed.client.is_some() || observed.client_settled);
            let _ = timeout_at(self.began + CLIENT_PATIENCE, known).await;
        }
        if needs.opened {
            let known = observed.wait_for(|observed| observed.opened_settled);
            let _ = timeout_at(self.began + opened::WAIT, known).await;
        }
    }

    /// What is known now and will stand in a header. From here on only changes are told.
    pub fn known(&self) -> Observed {
        let now = self.observed.borrow().clone();
        *self.told() = Some(now.clone());
        now
    }

    /// Whether xrdp's session manager started the session, and notes its end.
    pub fn is_under_xrdp(&self) -> bool {
        self.under_xrdp
    }

    /// What was to stand in a header does not: it is told as news.
    pub fn tell_again(&self) {
        *self.told() = None;
    }

    /// Changes with what is known.
    pub fn changes(&self) -> watch::Receiver<Observed> {
        self.observed.clone()
    }

    /// Tells a recorder what has changed, and says what of it is news. What it does not take is told again the next time; what an earlier
    /// run of the agent may have told is no news.
    pub fn tell(&self, recorder: &mut RecorderProcess) -> Vec<Event> {
        let now = self.observed.borrow().clone();
        let mut told = self.told();
        if told.as_ref() == Some(&now) {
            return Vec::new();
        }
        let news = now.news_since(told.as_ref());
        let taken = news.iter().try_for_each(|event| recorder.order(&Order::Event(event.clone())));
        if let Err(error) = taken {
            tracing::debug!(%error, "the recorder takes no news; trying again");
            return Vec::new();
        }
        match told.replace(now) {
            Some(_) if !self.resumed => news,
            Some(before) if before.looked => {
                news.into_iter().filter(|event| event.kind == event_kinds::CLIENT).collect()
            }
            _ => Vec::new(),
        }
    }

    fn told(&self) -> MutexGuard<'_, Option<Observed>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn look_for_clients(mut watch: ClientWatch, note: Arc<watch::Sender<Observed>>) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let looked = tokio::task::spawn_blocking(move || {
            let client = watch.look();
            (watch, client)
        });
        let Ok((again, client)) = looked.await else { return };
        watch = again;
        note.send_if_modified(|observed| observed.note_client(client));
    }
}

/// A session without a client of its own may have been begun from elsewhere all the same.
async fn ask_login_manager(server: DisplayServer, note: Arc<watch::Sender<Observed>>) {
    let asked = tokio::task::spawn_blocking(move || (logind::login_of(server.process.pid), server));
    let client = asked.await.ok().and_then(|(login, server)| {
        let logind::Login { remote_host, seat } = login?;
        tracing::info!(display = server.display, seat, remote_host, "the login manager knows the session");
        let address = remote_host.as_ref()?.parse::<IpAddr>().ok();
        Some(Client { name: remote_host.filter(|_| address.is_none()), address })
    });
    note.send_modify(|observed| {
        observed.client_settled = true;
        if client.is_some() {
            observed.note_client(client);
        }
    });
}

impl Observed {
    fn of(known: Option<&SessionFacts>) -> Self {
        let Some(facts) = known else { return Self::default() };
        let opened = facts.application.clone();
        Self { opened_settled: opened.is_some(), opened, ..Self::default() }
    }

    /// Says whether something is new.
    fn note_client(&mut self, client: Option<Client>) -> bool {
        let before = (self.looked, self.connected, self.client.clone());
        self.looked = true;
        self.connected = client.is_some();
        self.client = client.or(self.client.take());
        before != (self.looked, self.connected, self.client.clone())
    }

    /// Adds it to a session's facts.
    pub fn put_into(&self, facts: &mut SessionFacts) {
        if let Some(Client { name, address }) = &self.client {
            facts.client_name.clone_from(name);
            facts.client_address = address.map(|address| address.to_string());
        }
        if self.opened.is_some() {
            facts.application.clone_from(&self.opened);
        }
    }

    fn news_since(&self, told: Option<&Self>) -> Vec<Event> {
        let client = told.is_none_or(|told| (told.connected, &told.client) != (self.connected, &self.client));
        let opened = self.opened.as_deref().filter(|_| told.is_none_or(|told| told.opened != self.opened));
        let client = self.client.as_ref().filter(|_| client).map(|client| self.client_event(client));
        client.into_iter().chain(opened.map(was_opened)).collect()
    }

    fn client_event(&self, Client { name, address }: &Client) -> Event {
        if self.connected {
            return is_connected(name.as_deref(), address.map(|address| address.to_string()).as_deref());
        }
        let event = Event::new(event_kinds::CLIENT).with("connected", false).with("change", "disconnected");
        event.with("text", "the client has disconnected")
    }
}

/// What a recording's header says already when it begins, as the events that would tell it. Nobody tells them; triggers are held against them.
pub(super) fn told_by(facts: &SessionFacts) -> Vec<Event> {
    let (name, address) = (facts.client_name.as_deref(), facts.client_address.as_deref());
    let client = (name.is_some() || address.is_some()).then(|| is_connected(name, address));
    client.into_iter().chain(facts.application.as_deref().map(was_opened)).collect()
}

fn is_connected(name: Option<&str>, address: Option<&str>) -> Event {
    let who = match (name, address) {
        (Some(name), Some(address)) => format!("{name} ({address})"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "a client whose address is not known".to_owned(),
    };
    let event = Event::new(event_kinds::CLIENT).with("connected", true).with("change", "connected");
    let event = event.with("text", format!("{who} is connected"));
    let event = name.into_iter().fold(event, |event, name| event.with("name", name));
    address.into_iter().fold(event, |event, address| event.with("address", address))
}

fn was_opened(name: &str) -> Event {
    Event::new(event_kinds::OPENED).with("application", name).with("text", format!("{name} was opened first"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(name: &str) -> Option<Client> {
        Some(Client { name: Some(name.to_owned()), address: Some([10, 2, 0, 7].into()) })
    }

    fn texts(events: &[Event]) -> Vec<&str> {
        events.iter().filter_map(|event| event.fields.get("text")?.as_str()).collect()
    }

    #[test]
    fn who_was_there_last_stays_known_and_changes_are_told_once() {
        let mut observed = Observed::default();
        assert!(observed.note_client(None), "it was looked for");
        assert!(observed.news_since(Some(&Observed::default())).is_empty(), "nobody has come yet");
        assert!(!observed.note_client(None));
        assert!(observed.note_client(desk("a")));
        assert!(!observed.note_client(desk("a")));
        let told = observed.clone();
        assert_eq!(texts(&observed.news_since(None)), ["a (10.2.0.7) is connected"]);
        assert!(observed.note_client(None));
        assert_eq!(texts(&observed.news_since(Some(&told))), ["the client has disconnected"]);
        let mut facts = SessionFacts::desktop("m", "m", "ana");
        observed.put_into(&mut facts);
        assert_eq!((facts.client_name.as_deref(), facts.client_address.as_deref()), (Some("a"), Some("10.2.0.7")));
        let told = observed.clone();
        assert!(observed.note_client(desk("b")));
        let news = observed.news_since(Some(&told));
        assert_eq!(news[0].fields.get("name").and_then(|name| name.as_str()), Some("b"));
        assert!(observed.news_since(Some(&observed)).is_empty());
    }

    #[test]
    fn what_is_opened_is_told_when_it_is_known() {
        let told = Observed::default();
        let observed = Observed { opened: Some("xterm".to_owned()), opened_settled: true, ..Observed::default() };
        assert_eq!(texts(&observed.news_since(Some(&told))), ["xterm was opened first"]);
    }
}
