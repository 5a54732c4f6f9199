//! One connection from Hello to its end.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    AccountKept, AgentMessage, Bye, ByeCode, Control, Controlled, Decide, Decision, Heartbeat, Limits, Notice, Renew,
    ServerMessage, limits,
};
use recording::GapReason;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use super::connection::Socket;
use super::courier::{Courier, Remark, Violation};
use super::{Link, Request, UplinkSettings, keep, notices, stopped};
use crate::Spool;

/// From Hello to Welcome.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(15);
/// Messages on their way to the socket, by class. Few, so that what is urgent overtakes what is not.
const CONTROL_QUEUE: usize = 256;
const DATA_QUEUE: usize = 2;
/// Questions without an answer; more are not asked.
const MAX_QUESTIONS: usize = 256;
/// After so many heartbeats without a word the other side is given up.
const SILENT_HEARTBEATS: u32 = 3;
/// Renewals are not planned further ahead than this.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long the rest is sent after the agent was told to stop.
const DRAIN: Duration = Duration::from_secs(3);

/// How a connection ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) why: String,
    /// Whether the server had welcomed the agent.
    pub(crate) worked: bool,
    /// When the server wants to see it again.
    pub(crate) retry_after: Option<Duration>,
    /// The server refuses the machine: trying again is no use until somebody does something.
    pub(crate) refused: Option<ByeCode>,
    /// A certificate to go on with.
    pub(crate) renewed: Option<String>,
}

impl Ended {
    pub(crate) fn stopped() -> Self {
        Self::failed("the agent stops", true)
    }

    pub(crate) fn failed(why: impl ToString, worked: bool) -> Self {
        Self { why: why.to_string(), worked, retry_after: None, refused: None, renewed: None }
    }

    /// The agent connects anew at once, with the new certificate.
    pub(crate) fn renewed(certificate: String) -> Self {
        let renewed = Self::failed("the machine's identity was renewed", true);
        Self { retry_after: Some(Duration::ZERO), renewed: Some(certificate), ..renewed }
    }

    pub(crate) fn bye(bye: &Bye, worked: bool) -> Self {
        let retry_after =
            (bye.retry_after_secs > 0).then(|| Duration::from_secs(bye.retry_after_secs.min(3_600).into()));
        let refused = matches!(
            bye.code,
            ByeCode::IdentityRefused | ByeCode::IdentityCopied | ByeCode::IdentityExpired | ByeCode::VersionUnsupported
        );
        let ended = Self::failed(format!("the server ended the connection ({:?}): {}", bye.code, bye.text), worked);
        Self { retry_after, refused: refused.then_some(bye.code), ..ended }
    }
}

/// What a connection works with.
pub(crate) struct Conversation<'a> {
    pub(crate) settings: &'a UplinkSettings,
    pub(crate) spool: &'a Spool,
    pub(crate) requests: &'a mut mpsc::Receiver<Request>,
    pub(crate) link: &'a watch::Sender<Link>,
    pub(crate) notices: &'a mut VecDeque<Notice>,
    pub(crate) controls: &'a mpsc::Sender<Control>,
    /// Whether the identity may be renewed on this connection.
    pub(crate) may_renew: bool,
}

/// A conversation after Welcome.
struct Talk<'a> {
    conversation: Conversation<'a>,
    courier: Courier,
    control: mpsc::Sender<Message>,
    questions: BTreeMap<u32, oneshot::Sender<Decision>>,
    next_question: u32,
    accounts: BTreeMap<AccountKept, oneshot::Sender<()>>,
    heard: Instant,
    /// The turn that is on disk, until the server knows.
    turn: Option<Vec<u8>>,
    /// When to ask for another certificate.
    renew_at: Option<Instant>,
    /// Whether the courier may have something to send.
    eager: bool,
}

impl Conversation<'_> {
    /// Talks until something ends it.
    pub(crate) async fn run(self, mut socket: Socket, stop: &mut watch::Receiver<bool>) -> Ended {
        let welcome = tokio::time::timeout(WELCOME_TIMEOUT, self.greet(&mut socket)).await;
        let (welcome, turn) = match welcome {
            Ok(Ok(greeted)) => greeted,
            Ok(Err(ended)) => return ended,
            Err(_) => return Ended::failed("the server did not answer Hello in time", false),
        };
        tracing::info!(server = %self.settings.server, version = welcome.version, "connected");
        self.link.send_modify(|link| {
            *link = Link {
                connected: true,
                connection: link.connection.wrapping_add(1),
                takes_sessions: welcome.takes_sessions,
                takes_accounts: welcome.takes_accounts,
                policy: Some(welcome.policy.clone()),
                // What a server said before holds until one says something else.
                detection: link.detection.take(),
                at_once: welcome.at_once,
                trouble: None,
                refused: None,
            };
        });
        let (sink, stream) = socket.split();
        let (control, control_queue) = mpsc::channel(CONTROL_QUEUE);
        let (data, data_queue) = mpsc::channel(DATA_QUEUE);
        let mut writer = tokio::spawn(write(sink, control_queue, data_queue));
        let courier = Courier::new(self.spool.clone(), Limits::default().agreed_with(welcome.limits));
        let renew_in = welcome.renew_in_secs.filter(|_| self.may_renew && self.settings.keeper.is_some());
        let talk = Talk {
            turn,
            renew_at: renew_in.map(|secs| Instant::now() + Duration::from_secs(secs).min(LONGEST_WAIT)),
            conversation: self,
            courier,
            control,
            questions: BTreeMap::new(),
            next_question: 0,
            accounts: BTreeMap::new(),
            heard: Instant::now(),
            eager: true,
        };
        let heartbeat = Duration::from_secs(welcome.heartbeat_secs.into());
        let ended = talk.run(stream, data, heartbeat, stop, &mut writer).await;
        writer.abort();
        ended
    }
}

impl Talk<'_> {
    async fn run(
        mut self,
        mut stream: SplitStream<Socket>,
        data: mpsc::Sender<Message>,
        heartbeat: Duration,
        stop: &mut watch::Receiver<bool>,
        writer: &mut tokio::task::JoinHandle<String>,
    ) -> Ended {
        let mut beat = tokio::time::interval(heartbeat);
        let mut stop_at = None;
        loop {
            let silent_at = self.heard + heartbeat * SILENT_HEARTBEATS;
            let renew_at = self.renew_at;
            let wake = self.courier.next_wake().map_or(silent_at, |wake| Instant::from_std(wake).min(silent_at));
            tokio::select! {
                message = stream.next() => {
                    if let Some(ended) = self.heard(message) {
                        return ended;
                    }
                }
                // Only taken when there may be something: a connection at rest does nothing.
                permit = data.reserve(), if self.eager => match (permit, self.next_data()) {
                    (Ok(permit), Ok(Some(message))) => permit.send(message),
                    (Ok(_), Ok(None)) if stop_at.is_some() && self.courier.is_settled() => return Ended::stopped(),
                    (Ok(_), Ok(None)) => {}
                    (Err(_), _) => return Ended::failed("the connection cannot be written to", true),
                    (_, Err(error)) => return Ended::failed(error, true),
                },
                why = &mut *writer => return Ended::failed(why.unwrap_or_default(), true),
                request = self.conversation.requests.recv() => self.request(request),
                () = self.conversation.spool.changed() => {
                    self.courier.refresh(std::time::Instant::now());
                    self.eager = true;
                }
                _ = beat.tick() => self.heartbeat(),
                () = tokio::time::sleep_until(renew_at.unwrap_or(silent_at)), if renew_at.is_some() => self.renew(),
                () = tokio::time::sleep_until(wake.min(stop_at.unwrap_or(wake))) => {
                    if stop_at.is_some_and(|at| at <= Instant::now()) {
                        return Ended::stopped();
                    }
                    if silent_at <= Instant::now() {
                        return Ended::failed("nothing was heard from the server for three heartbeats", true);
                    }
                    self.eager = true;
                }
                () = stopped(stop), if stop_at.is_none() => {
                    // What was recorded until now still goes out, if the server takes it.
                    stop_at = Some(Instant::now() + DRAIN);
                    self.eager = true;
                }
            }
            self.pass_remarks_on();
        }
    }

    fn next_data(&mut self) -> Result<Option<Message>, Violation> {
        let Some(message) = self.courier.next(std::time::Instant::now()) else {
            self.eager = false;
            return Ok(None);
        };
        Ok(Some(Message::Binary(message.encode()?.into())))
    }

    /// Takes in what came. Returns how the connection ended, if it did.
    fn heard(&mut self, message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>) -> Option<Ended> {
        self.heard = Instant::now();
        let bytes = match message {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return None,
            Some(Ok(Message::Close(frame))) => {
                let why = frame.map_or_else(String::new, |frame| frame.reason.to_string());
                return Some(Ended::failed(format!("the server closed the connection: {why}"), true));
            }
            Some(Ok(_)) => return Some(Ended::failed("the server sent what is no message", true)),
            Some(Err(error)) => return Some(Ended::failed(error, true)),
            None => return Some(Ended::failed("the server hung up", true)),
        };
        let understood = ServerMessage::decode(&bytes).map_err(Violation::from);
        match understood.and_then(|message| self.message(message)) {
            Ok(ended) => ended,
            Err(violation) => Some(Ended::failed(violation, true)),
        }
    }

    fn message(&mut self, message: ServerMessage) -> Result<Option<Ended>, Violation> {
        let now = std::time::Instant::now();
        self.eager = true;
        match message {
            ServerMessage::Decision(decision) => {
                if let Some(answer) = self.questions.remove(&decision.request) {
                    // Whoever asked may have stopped waiting.
                    let _ = answer.send(decision);
                }
            }
            ServerMessage::Opened(opened) => self.courier.opened(&opened, now)?,
            ServerMessage::Accepted(accepted) => self.courier.accepted(accepted)?,
            ServerMessage::Durable(durable) => self.courier.durable(&durable, now)?,
            ServerMessage::Refused(refused) => self.courier.refused(&refused, now),
            ServerMessage::Bye(bye) => return Ok(Some(Ended::bye(&bye, true))),
            ServerMessage::PolicyChanged(changed) => {
                self.conversation.link.send_modify(|link| {
                    link.policy = Some(changed.policy);
                    link.at_once = changed.at_once;
                });
            }
            ServerMessage::Detection(told) => {
                self.conversation.link.send_modify(|link| link.detection = Some(told.policy));
            }
            ServerMessage::Control(control) => self.control(control),
            ServerMessage::AccountKept(kept) => {
                // Whoever waited may have stopped.
                let _ = self.accounts.remove(&kept).map(|answer| answer.send(()));
            }
            ServerMessage::Renewed(renewed) => return Ok(Some(Ended::renewed(renewed.certificate))),
            ServerMessage::Welcome(_) => return Err(Violation::Unexpected("a second Welcome")),
            ServerMessage::RenewFirst(_) => return Err(Violation::Unexpected("RenewFirst after Welcome")),
        }
        Ok(None)
    }

    /// Asks for another certificate, once; what comes of it ends the connection. Otherwise the next connection asks.
    fn renew(&mut self) {
        self.renew_at = None;
        let Some(keeper) = &self.conversation.settings.keeper else { return };
        match keeper.request() {
            Ok(request) => self.say_if_there_is_room(&AgentMessage::Renew(Renew { request })),
            Err(error) => tracing::error!(%error, "this machine's identity cannot be renewed"),
        }
    }

    fn request(&mut self, request: Option<Request>) {
        match request {
            Some(Request::Decide { session, began_unix_us, answer }) => {
                self.questions.retain(|_, asked| !asked.is_closed());
                if self.questions.len() >= MAX_QUESTIONS {
                    return;
                }
                let request = self.next_question;
                self.next_question = self.next_question.wrapping_add(1);
                if self.say(&AgentMessage::Decide(Decide { request, session: *session, began_unix_us })) {
                    self.questions.insert(request, answer);
                }
            }
            Some(Request::Notice(notice)) => self.tell(notice),
            Some(Request::Session(session)) => self.say_if_there_is_room(&AgentMessage::Session(session)),
            Some(Request::Account { account, answer }) => {
                self.accounts.retain(|_, waiting| !waiting.is_closed());
                let kept = AccountKept {
                    session: account.session.clone(),
                    boot_id: account.boot_id.clone(),
                    revision: account.revision,
                };
                if self.accounts.len() < MAX_QUESTIONS && self.say(&AgentMessage::Account(*account)) {
                    self.accounts.insert(kept, answer);
                }
            }
            Some(Request::Controlled(controlled)) => self.say_if_there_is_room(&AgentMessage::Controlled(controlled)),
            None => {}
        }
    }

    /// Passes on what the server wants done, or says that there is too much of it.
    fn control(&mut self, control: Control) {
        let request = control.request;
        if !self.conversation.settings.takes_control || self.conversation.controls.try_send(control).is_err() {
            let text = "this agent does not take it, or is asked too much at once".to_owned();
            let controlled = Controlled { request, outcome: "refused".to_owned(), recording: None, text };
            self.say_if_there_is_room(&AgentMessage::Controlled(controlled));
        }
    }

    fn say_if_there_is_room(&mut self, message: &AgentMessage) {
        if !self.say(message) {
            tracing::warn!("a message to the server was dropped: too many are waiting");
        }
    }

    fn tell(&mut self, notice: Notice) {
        if !self.say(&AgentMessage::Notice(notice.clone())) {
            keep(self.conversation.notices, notice);
        }
    }

    /// Sends a control message if there is room; never waits.
    fn say(&self, message: &AgentMessage) -> bool {
        match message.encode() {
            Ok(bytes) => self.control.try_send(Message::Binary(bytes.into())).is_ok(),
            Err(error) => {
                tracing::warn!(%error, "a message cannot be sent");
                false
            }
        }
    }

    fn heartbeat(&mut self) {
        let spool = self.conversation.spool;
        for loss in spool.take_losses() {
            let number = match loss.reason {
                GapReason::MessageLifeExpired => notices::MESSAGE_LIFE_EXPIRED,
                GapReason::Damaged => notices::SPOOL_DAMAGED,
                _ => notices::SPOOL_FULL,
            };
            let text = format!("{} bytes were dropped before the server had them ({})", loss.bytes, loss.reason);
            let severity = protocol::Severity::Warning;
            let recording = Some(loss.recording);
            keep(self.conversation.notices, Notice { severity, number, unix_us: unix_us(), recording, text });
        }
        let count = self.conversation.notices.len().min(limits::MAX_NOTICES);
        let notices: Vec<Notice> = self.conversation.notices.iter().take(count).cloned().collect();
        let heartbeat = Heartbeat {
            live: live(spool),
            spool_bytes: spool.used_bytes(),
            quota_bytes: spool.quota_bytes(),
            lost_bytes: spool.lost_bytes(),
            notices,
            turn: self.turn.clone(),
        };
        if self.say(&AgentMessage::Heartbeat(heartbeat)) {
            self.turn = None;
            self.conversation.notices.drain(..count);
        }
        // Its answer is the sign of life that a server with nothing to say gives.
        let _ = self.control.try_send(Message::Ping(Default::default()));
    }

    fn pass_remarks_on(&mut self) {
        for Remark { severity, number, recording, text } in self.courier.take_remarks() {
            let recording = Some(recording);
            self.tell(Notice { severity, number, unix_us: unix_us(), recording, text });
        }
    }
}

/// Writes messages to the socket, control first. Ends with the reason when it cannot.
async fn write(
    mut sink: SplitSink<Socket, Message>,
    mut control: mpsc::Receiver<Message>,
    mut data: mpsc::Receiver<Message>,
) -> String {
    loop {
        let message = tokio::select! {
            biased;
            Some(message) = control.recv() => message,
            Some(message) = data.recv() => message,
            else => return "the conversation ended".to_owned(),
        };
        if let Err(error) = sink.send(message).await {
            return error.to_string();
        }
    }
}

/// Recordings that are being made now, as many as a message may name.
pub(crate) fn live(spool: &Spool) -> Vec<recording::RecordingId> {
    let live = spool.journals().into_iter().filter(|journal| journal.is_live());
    live.map(|journal| journal.recording()).take(limits::MAX_RECORDINGS).collect()
}

fn unix_us() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
