//! One agent's connection: WebSocket, greeting, and dispatch of what the agent says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use catalogue::{KnownCertificate, Machine, MachineReport};
use futures_util::stream::SplitStream;
use futures_util::{SinkExt, StreamExt};
use policy::{Capabilities, Facts};
use protocol::{
    AgentMessage, Bye, ByeCode, Control, Controlled, Decide, Decision, Detection, Heartbeat, PolicyChanged,
    RefusalCode, Refused, ServerMessage,
};
use recording::RecordingId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::CREDIT_BYTES;
use super::accounts::Accounts;
use super::agents::{Command, Switches};
use super::controls::Controls;
use super::desk::Desk;
use super::diagnosis::Finding;
use super::greeting::Greeted;
use super::notices::Notices;
use super::receiving::{Job, Receiving};
use super::sending::{FAREWELL_TIMEOUT, Outgoing, wire_seal, write};
use crate::clock;

/// The WebSocket's handshake and the greeting each have this long.
pub(super) const GREETING_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection has this long to show that it lives when its machine has connected anew.
pub(super) const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
/// Messages that wait to be sent.
const MAX_OUTGOING: usize = 256;
/// Messages of one recording that wait for its worker.
const MAX_JOBS: usize = 4_096;

/// What an agent says, as frames.
pub(super) struct Source<S>(SplitStream<WebSocketStream<S>>);

/// A frame, or how there is none.
pub(super) type Frame = Option<Result<Message, tokio_tungstenite::tungstenite::Error>>;

impl<S: AsyncRead + AsyncWrite + Unpin> Source<S> {
    pub(super) async fn next_frame(&mut self) -> Frame {
        self.0.next().await
    }
}

/// The WebSocket's handshake; nothing for a client that does not finish it in time.
async fn shake_hands<S>(stream: S) -> Option<Result<WebSocketStream<S>, tokio_tungstenite::tungstenite::Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limit = Some(protocol::limits::MAX_MESSAGE_BYTES);
    let config = WebSocketConfig::default()
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(64 << 10)
        .write_buffer_size(0)
        .max_write_buffer_size(1 << 20);
    let handshake = tokio_tungstenite::accept_hdr_async_with_config(stream, check_path, Some(config));
    timeout(GREETING_TIMEOUT, handshake).await.ok()
}

/// Says goodbye to an agent without reading what it says.
pub(super) async fn turn_away<S: AsyncRead + AsyncWrite + Unpin>(stream: S, bye: Bye) {
    let Some(Ok(mut socket)) = shake_hands(stream).await else { return };
    if let Ok(bytes) = ServerMessage::Bye(bye).encode() {
        let farewell = async {
            if socket.send(Message::Binary(bytes.into())).await.is_ok() {
                let _ = socket.close(None).await;
            }
        };
        let _ = timeout(FAREWELL_TIMEOUT, farewell).await;
    }
}

/// Serves one agent until its connection ends.
pub(super) async fn serve<S>(desk: &Arc<Desk>, stream: S, certificate: KnownCertificate, peer: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let socket = match shake_hands(stream).await {
        Some(Ok(socket)) => socket,
        Some(Err(error)) => {
            desk.metrics.refused_connections.increment(1);
            let text = format!("a connection from {peer} with this machine's certificate is no WebSocket: {error}");
            desk.diagnosis.report(Finding::ProtocolViolation, Some(certificate.machine.id), None, text).await;
            return;
        }
        None => return desk.metrics.refused_connections.increment(1),
    };
    let (sink, source) = socket.split();
    let (outgoing, to_send) = mpsc::channel(MAX_OUTGOING);
    let conversation = Conversation::new(Arc::clone(desk), certificate, peer, outgoing);
    let writing = write(sink, to_send);
    let talking = conversation.run(Source(source));
    tokio::pin!(writing, talking);
    tokio::select! {
        () = &mut writing => {}
        () = &mut talking => {
            let _ = timeout(FAREWELL_TIMEOUT, writing).await;
        }
    }
}

#[expect(clippy::result_large_err, reason = "the library's own type")]
fn check_path(request: &Request, response: Response) -> Result<Response, ErrorResponse> {
    if request.uri().path() == protocol::PATH {
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some(format!("agents connect to {}", protocol::PATH)));
    *refusal.status_mut() = tokio_tungstenite::tungstenite::http::StatusCode::NOT_FOUND;
    Err(refusal)
}

/// Why a conversation ends.
pub(super) enum Ending {
    /// The connection is gone.
    Gone,
    /// The server ends it.
    Said(Bye),
}

pub(super) fn say(code: ByeCode, retry_after_secs: u32, text: impl Into<String>) -> Ending {
    Ending::Said(Bye { code, retry_after_secs, text: text.into() })
}

/// A worker on one recording.
struct Worker {
    jobs: mpsc::Sender<Job>,
    queued: Arc<AtomicUsize>,
}

/// One agent's connection after the WebSocket's handshake.
pub(super) struct Conversation {
    pub(super) desk: Arc<Desk>,
    pub(super) machine: Machine,
    /// What it showed.
    pub(super) certificate: KnownCertificate,
    pub(super) peer: SocketAddr,
    pub(super) connection: u64,
    outgoing: mpsc::Sender<Outgoing>,
    workers: HashMap<RecordingId, Worker>,
    notices: Notices,
    pub(super) software: String,
    /// Whether the agent says that it can seal what it records.
    pub(super) can_seal: bool,
    /// Whether it takes detection policies.
    pub(super) takes_detection: bool,
    pub(super) switches: Switches,
    controls: Controls,
    accounts: Accounts,
    /// The connection ends if nothing is heard until then.
    deadline: Instant,
    /// The turn of this connection, until the machine has it on disk.
    pub(super) turn_given: Option<(u64, Vec<u8>)>,
    /// Whether a certificate was issued on this connection.
    pub(super) has_renewed: bool,
}

impl Conversation {
    fn new(desk: Arc<Desk>, certificate: KnownCertificate, peer: SocketAddr, outgoing: mpsc::Sender<Outgoing>) -> Self {
        let connection = desk.next_connection.fetch_add(1, Ordering::Relaxed);
        Self {
            desk,
            machine: certificate.machine.clone(),
            certificate,
            peer,
            connection,
            outgoing,
            workers: HashMap::new(),
            notices: Notices::default(),
            software: String::new(),
            can_seal: false,
            takes_detection: false,
            switches: Switches { takes_control: false, recording_off: false },
            controls: Controls::default(),
            accounts: Accounts::default(),
            deadline: Instant::now() + GREETING_TIMEOUT,
            turn_given: None,
            has_renewed: false,
        }
    }

    async fn run<S>(mut self, mut source: Source<S>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let ending = match self.greet(&mut source).await {
            Ok(greeted) => self.talk(&mut source, greeted).await,
            Err(ending) => ending,
        };
        let Ending::Said(bye) = ending else { return };
        tracing::info!(machine = %self.machine.name, peer = %self.peer, code = ?bye.code, text = bye.text, "bye");
        if bye.code == ByeCode::ProtocolViolation {
            let text = format!("the agent broke the protocol: {}", bye.text);
            self.desk.diagnosis.report(Finding::ProtocolViolation, Some(self.machine.id), None, text).await;
        }
        let _ =
            timeout(FAREWELL_TIMEOUT, self.outgoing.send(Outgoing::Message(Box::new(ServerMessage::Bye(bye))))).await;
    }

    async fn talk<S>(&mut self, source: &mut Source<S>, greeted: Greeted) -> Ending
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let Greeted { live, registration: _registration, mut commands } = greeted;
        self.desk.agents.note_live(self.connection, &live);
        let patience = Duration::from_secs(u64::from(self.desk.options.heartbeat_secs) * 3);
        self.deadline = Instant::now() + patience;
        let expires = self.expires();
        let mut probed = false;
        let mut probes: Vec<oneshot::Sender<()>> = Vec::new();
        loop {
            let step = tokio::select! {
                frame = source.next_frame() => {
                    // Only the answer to a ping is later than the probe: other frames may have been on their way.
                    if matches!(frame, Some(Ok(Message::Pong(_)))) {
                        for probe in probes.drain(..) {
                            // Whoever asked may have given up.
                            let _ = probe.send(());
                        }
                    }
                    self.deadline = Instant::now() + patience;
                    probed = false;
                    match self.message(frame) {
                        Ok(Some(message)) => self.hear(message).await,
                        Ok(None) => Ok(()),
                        Err(ending) => Err(ending),
                    }
                }
                command = commands.recv() => match command {
                    Some(Command::End(bye)) => Err(Ending::Said(bye)),
                    Some(Command::Policy { document: policy, at_once }) => {
                        self.send(ServerMessage::PolicyChanged(PolicyChanged { policy, at_once })).await
                    }
                    Some(Command::Detection(policy)) => self.tell_detection(policy).await,
                    Some(Command::Control(control, answer)) => self.control(control, answer).await,
                    Some(Command::Probe(answer)) => {
                        probed = true;
                        probes.extend(answer);
                        self.deadline = self.deadline.min(Instant::now() + PROBE_TIMEOUT);
                        self.outgoing.send(Outgoing::Ping).await.map_err(|_| Ending::Gone)
                    }
                    None => Err(Ending::Gone),
                },
                () = tokio::time::sleep_until(expires) => {
                    Err(say(ByeCode::IdentityExpired, 1, "this machine's identity has expired; connect anew to renew it"))
                }
                () = tokio::time::sleep_until(self.deadline) => Err(if probed {
                    say(ByeCode::Replaced, 0, "the machine connected anew and this connection was silent")
                } else {
                    say(ByeCode::HeartbeatMissed, 0, "nothing was heard for three heartbeat intervals")
                }),
            };
            if let Err(ending) = step {
                return ending;
            }
        }
    }

    /// The message in a frame; `None` for frames that only show life.
    pub(super) fn message(&self, frame: Frame) -> Result<Option<AgentMessage>, Ending> {
        match frame {
            Some(Ok(Message::Binary(bytes))) => {
                self.desk.metrics.processed_messages.increment(1);
                let decoded = AgentMessage::decode(&bytes);
                decoded.map(Some).map_err(|error| say(ByeCode::ProtocolViolation, 0, error.to_string()))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Text(_) | Message::Frame(_))) => {
                Err(say(ByeCode::ProtocolViolation, 0, "every message is binary"))
            }
            Some(Ok(Message::Close(_))) | None => Err(Ending::Gone),
            Some(Err(error)) => {
                tracing::debug!(machine = %self.machine.name, %error, "an agent's connection broke");
                use tokio_tungstenite::tungstenite::Error;
                match error {
                    Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_) => {
                        Err(say(ByeCode::ProtocolViolation, 0, error.to_string()))
                    }
                    _ => Err(Ending::Gone),
                }
            }
        }
    }

    async fn hear(&mut self, message: AgentMessage) -> Result<(), Ending> {
        match message {
            AgentMessage::Hello(_) => Err(say(ByeCode::ProtocolViolation, 0, "Hello comes once")),
            AgentMessage::Decide(decide) => self.decide(&decide).await,
            AgentMessage::Open(open) => self.open(open).await,
            AgentMessage::Append(append) => self.append(append).await,
            AgentMessage::Close(close) => {
                let (recording, incarnation) = (close.recording, close.incarnation);
                self.pass_on(recording, incarnation, Job::Close(close)).await
            }
            AgentMessage::Heartbeat(heartbeat) => {
                self.desk.agents.note_live(self.connection, &heartbeat.live);
                self.report(&heartbeat).await;
                if let Some(turn) = &heartbeat.turn {
                    self.note_turn(turn).await;
                }
                for notice in &heartbeat.notices {
                    self.notices.keep(&self.desk, &self.machine, notice).await;
                }
                Ok(())
            }
            AgentMessage::Renew(renew) => self.renew(&renew).await,
            AgentMessage::Session(session) => {
                self.desk.agents.note_session(self.connection, session);
                Ok(())
            }
            AgentMessage::Controlled(controlled) => {
                self.controls.answered(controlled);
                Ok(())
            }
            AgentMessage::Account(account) => match self.accounts.keep(&self.desk, &self.machine, account).await {
                Some(kept) => self.send(ServerMessage::AccountKept(kept)).await,
                None => Ok(()),
            },
            AgentMessage::Notice(notice) => {
                self.notices.keep(&self.desk, &self.machine, &notice).await;
                Ok(())
            }
        }
    }

    /// Passes on what an administrator wants. An agent that does not know the message is not sent it.
    async fn control(&mut self, control: Control, answer: oneshot::Sender<Controlled>) -> Result<(), Ending> {
        match self.controls.take(control, answer).filter(|_| self.switches.takes_control) {
            Some(control) => self.send(ServerMessage::Control(control)).await,
            // Dropping the question answered it.
            None => Ok(()),
        }
    }

    async fn decide(&self, decide: &Decide) -> Result<(), Ending> {
        let session = &decide.session;
        let active = self.desk.active_policy();
        let began_us = decide.began_unix_us.unwrap_or_else(clock::now_us);
        let decision = active.policy.decide(&Facts::of(session, began_us)).as_far_as(Capabilities::RECORDER);
        let policy::Decision { policy, rule, mut action, mut reason, user_may_start, .. } = decision;
        let seal = active.seal.as_ref().filter(|_| action.records()).map(wire_seal);
        if seal.is_some() && !self.can_seal {
            // Rather no recording than an open one.
            (action, reason) = (policy::Action::DoNotRecord {}, self.refuse_open_recording(session).await);
        }
        let seal = seal.filter(|_| action.records());
        // Agents that know no actions record the plain screen or nothing.
        let record = action == policy::Action::RecordScreen(policy::Screen::default());
        let (request, action) = (decide.request, Some(action.to_json()));
        let decision = Decision { request, record, policy, rule, reason, seal, action, user_may_start };
        self.send(ServerMessage::Decision(decision)).await
    }

    /// Tells an agent that takes it which events are logged.
    pub(super) async fn tell_detection(&self, policy: String) -> Result<(), Ending> {
        if !self.takes_detection {
            return Ok(());
        }
        self.send(ServerMessage::Detection(Detection { policy })).await
    }

    /// Tells the operator of a session that is not recorded because its agent cannot seal; gives the reason for the agent.
    async fn refuse_open_recording(&self, session: &protocol::SessionFacts) -> String {
        let text = format!(
            "a session of {} on {} is not recorded: recordings are sealed and this agent ({}) cannot; install a newer one",
            session.user, session.machine, self.software
        );
        self.desk.diagnosis.report(Finding::CannotSeal, Some(self.machine.id), None, text).await;
        "recordings are sealed, and this agent cannot seal: it records nothing until a newer one is installed"
            .to_owned()
    }

    async fn open(&mut self, open: protocol::Open) -> Result<(), Ending> {
        let (recording, incarnation) = (open.recording, open.incarnation);
        self.workers.retain(|_, worker| !worker.jobs.is_closed());
        if !self.workers.contains_key(&recording) {
            if self.workers.len() >= protocol::limits::MAX_RECORDINGS {
                let text = "too many recordings are open on this connection";
                return self.refuse(recording, incarnation, RefusalCode::TooManyRecordings, text).await;
            }
            let (jobs, to_do) = mpsc::channel(MAX_JOBS);
            let queued = Arc::new(AtomicUsize::new(0));
            let receiving = Receiving {
                desk: Arc::clone(&self.desk),
                id: recording,
                machine: self.machine.id,
                connection: self.connection,
                outgoing: self.outgoing.clone(),
                queued: Arc::clone(&queued),
                held: None,
            };
            tokio::spawn(receiving.run(to_do));
            self.workers.insert(recording, Worker { jobs, queued });
        }
        self.pass_on(recording, incarnation, Job::Open(Box::new(open))).await
    }

    async fn append(&mut self, append: protocol::Append) -> Result<(), Ending> {
        let (recording, incarnation, bytes) = (append.recording, append.incarnation, append.bytes.len());
        let Some(worker) = self.workers.get(&recording) else {
            return self.refuse(recording, incarnation, RefusalCode::NotOpen, "the recording is not open").await;
        };
        let waiting = worker.queued.fetch_add(bytes, Ordering::Relaxed);
        if waiting + bytes > CREDIT_BYTES as usize + protocol::limits::MAX_APPEND_BYTES {
            worker.queued.fetch_sub(bytes, Ordering::Relaxed);
            return self.pass_on(recording, incarnation, Job::TooMuch).await;
        }
        self.pass_on(recording, incarnation, Job::Append(append)).await
    }

    /// Gives a recording's worker something to do. One that has too much to do already gets nothing more: waiting for it
    /// would hold up the other recordings.
    async fn pass_on(&mut self, recording: RecordingId, incarnation: u64, job: Job) -> Result<(), Ending> {
        let Some(worker) = self.workers.get(&recording) else {
            return self.refuse(recording, incarnation, RefusalCode::NotOpen, "the recording is not open").await;
        };
        match worker.jobs.try_send(job) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => {
                self.workers.remove(&recording);
                self.refuse(recording, incarnation, RefusalCode::NotOpen, "the recording is finished").await
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                Err(say(ByeCode::ProtocolViolation, 1, "thousands of messages wait for one recording"))
            }
        }
    }

    async fn refuse(
        &self,
        recording: RecordingId,
        incarnation: u64,
        code: RefusalCode,
        text: &str,
    ) -> Result<(), Ending> {
        let text = text.to_owned();
        let refused = Refused { recording, incarnation, code, head: None, number: None, retry_after_secs: 0, text };
        self.send(ServerMessage::Refused(refused)).await
    }

    pub(super) async fn report(&self, heartbeat: &Heartbeat) {
        let report = MachineReport {
            seen_us: clock::now_us(),
            software: self.software.clone(),
            address: self.peer.to_string(),
            spool_bytes: heartbeat.spool_bytes,
            spool_quota: heartbeat.quota_bytes,
            lost_bytes: heartbeat.lost_bytes,
            live_recordings: u32::try_from(heartbeat.live.len()).unwrap_or(u32::MAX),
        };
        if let Err(error) = self.desk.catalogue.report_machine(self.machine.id, &report).await {
            tracing::error!(machine = %self.machine.name, %error, "an agent's report could not be kept");
        }
    }

    pub(super) async fn send(&self, message: ServerMessage) -> Result<(), Ending> {
        self.outgoing.send(Outgoing::Message(Box::new(message))).await.map_err(|_| Ending::Gone)
    }
}
