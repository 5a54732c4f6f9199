//! Brings the spool's recordings to the server, over one WebSocket that is opened again whenever it is lost.

mod backoff;
mod connection;
mod conversation;
mod courier;
mod greeting;
mod keeper;
pub mod notices;
mod tls;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use protocol::{ByeCode, Control, Controlled, Decision, Notice, SessionAccount, SessionFacts, SessionNow};
use recording::PublicKey;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

pub use connection::{ConnectError, ServerAddress};
pub use keeper::{IdentityKeeper, RenewalError};
pub use tls::{Identity, agent_tls, enrolment_tls};

use crate::Spool;
use backoff::Backoff;
use connection::connect;
use conversation::{Conversation, Ended};

/// Requests that wait for the connection's task; more are refused, so nobody waits on a stuck connection.
const MAX_REQUESTS: usize = 64;
/// Controls that wait for the agent; more are refused.
const MAX_CONTROLS: usize = 64;
/// A renewal that could not be kept is not tried again for so long.
const RENEWAL_REST: Duration = Duration::from_secs(600);
/// Notices kept while the server is away; the oldest go first.
const MAX_NOTICES_KEPT: usize = 256;

/// What the connection needs to know.
#[derive(Debug)]
pub struct UplinkSettings {
    /// Where the server is.
    pub server: ServerAddress,
    /// What to show it, and how to know it.
    pub identity: Identity,
    /// The machine's host name.
    pub machine: String,
    /// The agent's name and version.
    pub software: String,
    /// The operating system's name and version.
    pub os: String,
    /// The key that vouches for the machine's recordings, if it has one.
    pub signing_key: Option<PublicKey>,
    /// Whether administrators at the server may have sessions recorded or not.
    pub takes_control: bool,
    /// Whether recording is switched off on the machine.
    pub recording_off: bool,
    /// The operating system's own identifier of its installation, where it has one.
    pub host_id: Option<String>,
    /// What tells the machine's hardware from other hardware, as a hash, where it can be read.
    pub hardware_id: Option<String>,
    /// Keeps turns and renewed certificates; without it the agent does neither.
    pub keeper: Option<Arc<dyn IdentityKeeper>>,
    /// First and longest wait before connecting again.
    pub retry: (Duration, Duration),
}

/// What is known about the connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// Whether the server has welcomed the agent and the connection stands.
    pub connected: bool,
    /// Which connection it is: counts up with each one.
    pub connection: u64,
    /// Whether the server wants to be told of sessions.
    pub takes_sessions: bool,
    /// Whether the server wants accounts of sessions.
    pub takes_accounts: bool,
    /// The active policy's document as the server last told it on this run.
    pub policy: Option<String>,
    /// The active detection policy's document as the server last told it on this run.
    pub detection: Option<String>,
    /// Sessions that were decided on when this was lower are to be decided on anew; 0 where the server never said so.
    pub at_once: u64,
    /// Why there is no connection, in words.
    pub trouble: Option<String>,
    /// Why the server refuses this machine, where it does: trying again is no use until somebody does something.
    pub refused: Option<ByeCode>,
}

enum Request {
    Decide { session: Box<SessionFacts>, began_unix_us: Option<i64>, answer: oneshot::Sender<Decision> },
    Notice(Notice),
    Session(SessionNow),
    Controlled(Controlled),
    Account { account: Box<SessionAccount>, answer: oneshot::Sender<()> },
}

/// Asks and tells the server things. Cheap to clone.
#[derive(Debug, Clone)]
pub struct UplinkHandle {
    requests: mpsc::Sender<Request>,
    link: watch::Receiver<Link>,
}

impl UplinkHandle {
    /// The server's decision on a session. `None` if it cannot be asked now or does not answer within `wait`.
    /// `began_unix_us` says when the session began, if that was not just now.
    pub async fn decide(&self, session: SessionFacts, began_unix_us: Option<i64>, wait: Duration) -> Option<Decision> {
        let (answer, answered) = oneshot::channel();
        self.requests.try_send(Request::Decide { session: Box::new(session), began_unix_us, answer }).ok()?;
        tokio::time::timeout(wait, answered).await.ok()?.ok()
    }

    /// Tells the operator something: now, or once the server is there again. Never waits.
    pub fn notice(&self, notice: Notice) {
        if self.requests.try_send(Request::Notice(notice)).is_err() {
            tracing::warn!("a notice to the operator was dropped: too many are waiting");
        }
    }

    /// Tells the server how a session stands, if it is there. `false`: too much waits; try again.
    pub fn session(&self, session: SessionNow) -> bool {
        self.requests.try_send(Request::Session(session)).is_ok()
    }

    /// Accounts for a session. Whether the server said within `wait` that it has kept the account.
    pub async fn account(&self, account: SessionAccount, wait: Duration) -> bool {
        let (answer, answered) = oneshot::channel();
        let request = Request::Account { account: Box::new(account), answer };
        self.requests.try_send(request).is_ok() && matches!(tokio::time::timeout(wait, answered).await, Ok(Ok(())))
    }

    /// Answers a control. One that cannot be said is not: the server gives up waiting.
    pub fn controlled(&self, controlled: Controlled) {
        if self.requests.try_send(Request::Controlled(controlled)).is_err() {
            tracing::warn!("an answer to the server was dropped: too many are waiting");
        }
    }

    /// The connection's state, to be watched.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }
}

/// The connection to the server.
pub struct Uplink {
    settings: UplinkSettings,
    spool: Spool,
    requests: mpsc::Receiver<Request>,
    link: watch::Sender<Link>,
    notices: VecDeque<Notice>,
    controls: mpsc::Sender<Control>,
    /// The identity is not renewed before.
    renewal_rests_until: Option<Instant>,
    /// Why the server refuses the machine; said once.
    refused: Option<String>,
}

impl Uplink {
    /// A connection that is not made yet, its handle, and what the server wants done with sessions.
    pub fn new(settings: UplinkSettings, spool: Spool) -> (Self, UplinkHandle, mpsc::Receiver<Control>) {
        let (controls, wanted) = mpsc::channel(MAX_CONTROLS);
        let (requests_sender, requests) = mpsc::channel(MAX_REQUESTS);
        let (link, link_receiver) = watch::channel(Link::default());
        let handle = UplinkHandle { requests: requests_sender, link: link_receiver };
        let uplink = Self {
            settings,
            spool,
            requests,
            link,
            notices: VecDeque::new(),
            controls,
            renewal_rests_until: None,
            refused: None,
        };
        (uplink, handle, wanted)
    }

    /// Connects, sends, and connects again, until `stop` turns true.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let (first, longest) = self.settings.retry;
        let mut backoff = Backoff::new(first, longest);
        while !*stop.borrow() {
            let ended = self.one_connection(&mut stop).await;
            if let Some(certificate) = ended.renewed {
                self.take_up(certificate).await;
            }
            self.link.send_modify(|link| {
                link.connected = false;
                link.trouble = Some(ended.why.clone());
                link.refused = ended.refused;
            });
            let refused = ended.refused.map(|_| ended.why.clone());
            if refused.is_some() && refused != self.refused {
                // Trying again is no use until somebody does something.
                tracing::error!("nothing of this machine is taken: {}", ended.why);
            }
            self.refused = refused;
            if ended.worked {
                backoff.reset();
            }
            let wait = ended.retry_after.unwrap_or_else(|| backoff.next(rand::random()));
            if *stop.borrow() {
                break;
            }
            tracing::info!(why = ended.why, wait_ms = wait.as_millis(), "no connection to the server; trying again");
            self.pause(wait, &mut stop).await;
        }
    }

    async fn one_connection(&mut self, stop: &mut watch::Receiver<bool>) -> Ended {
        let connected = tokio::select! {
            connected = connect(&self.settings) => connected,
            () = stopped(stop) => return Ended::stopped(),
        };
        match connected {
            Ok(socket) => {
                let conversation = Conversation {
                    settings: &self.settings,
                    spool: &self.spool,
                    requests: &mut self.requests,
                    link: &self.link,
                    notices: &mut self.notices,
                    controls: &self.controls,
                    may_renew: self.renewal_rests_until.is_none_or(|until| until <= Instant::now()),
                };
                conversation.run(socket, stop).await
            }
            Err(error) => Ended::failed(error, false),
        }
    }

    /// Goes on with a renewed certificate. Until it is on disk the one before is used, which counts until then.
    async fn take_up(&mut self, certificate: String) {
        let Some(keeper) = self.settings.keeper.clone() else { return };
        let taken = tokio::task::spawn_blocking(move || keeper.take(&certificate)).await;
        match taken.map_err(RenewalError::from).and_then(|taken| taken) {
            Ok(identity) => {
                tracing::info!("this machine's identity was renewed");
                self.settings.identity = identity;
            }
            Err(error) => {
                tracing::error!(%error, "this machine's identity was renewed and could not be kept; it is tried again");
                self.renewal_rests_until = Some(Instant::now() + RENEWAL_REST);
            }
        }
    }

    /// Waits; meanwhile questions are answered with nothing and notices kept.
    async fn pause(&mut self, wait: Duration, stop: &mut watch::Receiver<bool>) {
        let until = Instant::now() + wait;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                () = stopped(stop) => return,
                request = self.requests.recv() => match request {
                    Some(Request::Notice(notice)) => keep(&mut self.notices, notice),
                    // Dropping the question answers it; sessions are told anew when there is a connection.
                    Some(
                        Request::Decide { .. } | Request::Session(_) | Request::Controlled(_) | Request::Account { .. },
                    ) => {}
                    None => return tokio::time::sleep_until(until).await,
                },
            }
        }
    }
}

fn keep(notices: &mut VecDeque<Notice>, notice: Notice) {
    if notices.len() >= MAX_NOTICES_KEPT {
        notices.pop_front();
    }
    notices.push_back(notice);
}

/// Waits until the agent stops; whoever could say so being gone says it too.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
