//! A server in the test's hands: keeps what it is sent in memory, by the rules of `docs/protocol.md`, and can be told to
//! misbehave.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{
    Accepted, AccountKept, AgentMessage, Append, Bye, ByeCode, Close, Decision, Durable, Limits, Notice, Open, Opened,
    RefusalCode, Refused, RenewFirst, Renewed, ServerMessage, SessionAccount, Welcome,
};
use recording::{Head, RecordingId, split_blocks};
use spool::{Identity, Spool, Uplink, UplinkHandle, UplinkSettings};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::keys::{self, Keys};

type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// What the server answers to Hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Greeting {
    Welcome,
    Rubbish,
    Text,
    Bye,
    Copied,
}

/// How the server behaves from now on.
#[derive(Debug)]
pub struct Behaviour {
    /// Answers to the next Hellos; then Welcome.
    pub greetings: VecDeque<Greeting>,
    /// Refusals of the next Opens; then none.
    pub refusals: VecDeque<RefusalCode>,
    pub credit: u32,
    /// Recordings that never get credit beyond the first.
    pub starved: Vec<RecordingId>,
    /// Whether it says durable.
    pub durable: bool,
    /// Hangs up after so many more appends.
    pub hang_up_after: Option<usize>,
    /// Says nothing and reads nothing after so many more appends, but keeps the connection.
    pub freeze_after: Option<usize>,
    /// Sends bytes that are no message after so many more appends.
    pub rubbish_after: Option<usize>,
    /// Acknowledges this much more than it got.
    pub overstate: u64,
    /// So many more accounts are overheard.
    pub overhears_accounts: usize,
    /// Says in Welcome when to renew.
    pub renew_in_secs: Option<u64>,
    /// Takes the first certificate for an expired one.
    pub expired: bool,
    /// Answers Renew with this instead of a certificate.
    pub bad_certificate: Option<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            greetings: VecDeque::new(),
            refusals: VecDeque::new(),
            credit: 1 << 20,
            starved: Vec::new(),
            durable: true,
            hang_up_after: None,
            freeze_after: None,
            rubbish_after: None,
            overstate: 0,
            overhears_accounts: 0,
            renew_in_secs: None,
            expired: false,
            bad_certificate: None,
        }
    }
}

/// One recording as the server has it.
#[derive(Debug, Clone)]
pub struct Stored {
    pub bytes: Vec<u8>,
    pub head: Head,
    pub incarnation: u64,
    pub number: u32,
    pub closed: bool,
}

#[derive(Debug, Default)]
pub struct State {
    pub behaviour: Behaviour,
    pub recordings: BTreeMap<RecordingId, Stored>,
    pub hellos: usize,
    pub notices: Vec<Notice>,
    pub accounts: Vec<SessionAccount>,
    /// Recordings in the order in which their appends came.
    pub order: Vec<RecordingId>,
    /// What connections showed of themselves: their certificates and turns.
    pub shown: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Turns that the agent said it has on disk.
    pub kept_turns: Vec<Vec<u8>>,
    /// Appends and Opens that broke the rules.
    pub violations: Vec<String>,
}

/// The server, running until dropped.
pub struct Server {
    pub address: SocketAddr,
    pub state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
    pub identity: Arc<Keys>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts on a free port.
    pub async fn start() -> Self {
        Self::start_at(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    pub fn start_at(listener: TcpListener) -> Self {
        let keys = Arc::new(keys::new());
        let state = Arc::new(Mutex::new(State::default()));
        let address = listener.local_addr().expect("it is bound");
        let task = tokio::spawn(serve(listener, Arc::clone(&keys), Arc::clone(&state)));
        Self { address, state, task, identity: keys }
    }

    /// The same server on another port.
    pub fn move_to(self, listener: TcpListener) -> Self {
        self.task.abort();
        let address = listener.local_addr().expect("it is bound");
        let (identity, state) = (Arc::clone(&self.identity), Arc::clone(&self.state));
        let task = tokio::spawn(serve(listener, Arc::clone(&identity), Arc::clone(&state)));
        Self { address, state, task, identity }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics holding it")
    }

    pub fn stored(&self, recording: RecordingId) -> Option<Stored> {
        self.state().recordings.get(&recording).cloned()
    }

    pub fn is_closed(&self, recording: RecordingId) -> bool {
        self.stored(recording).is_some_and(|stored| stored.closed)
    }

    /// Settings for an agent of this server.
    pub fn settings(&self) -> UplinkSettings {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.identity.agent_key.clone()));
        UplinkSettings {
            server: format!("https://{}", self.address).parse().expect("an address"),
            identity: Identity {
                machine_id: "m-1".to_owned(),
                certificates: vec![self.identity.agent_certificate.clone().into()],
                key,
                server_certificate: self.identity.server_certificate,
            },
            machine: "desk-7".to_owned(),
            software: "test".to_owned(),
            os: "test".to_owned(),
            signing_key: None,
            takes_control: true,
            recording_off: false,
            host_id: None,
            hardware_id: None,
            keeper: None,
            retry: (Duration::from_millis(20), Duration::from_millis(200)),
        }
    }

    /// Starts an agent's connection.
    pub fn connect(&self, spool: &Spool) -> Agent {
        Agent::start(self.settings(), spool)
    }
}

/// A running connection; stops when dropped.
pub struct Agent {
    pub handle: UplinkHandle,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Agent {
    pub fn start(settings: UplinkSettings, spool: &Spool) -> Self {
        let (uplink, handle, _controls) = Uplink::new(settings, spool.clone());
        let (stop, stopped) = watch::channel(false);
        Self { handle, stop, task: tokio::spawn(uplink.run(stopped)) }
    }

    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.task.await.expect("it does not panic");
    }
}

async fn serve(listener: TcpListener, keys: Arc<Keys>, state: Arc<Mutex<State>>) {
    let acceptor = TlsAcceptor::from(Arc::new(keys.server.clone()));
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
        let (acceptor, state, keys) = (acceptor.clone(), Arc::clone(&state), Arc::clone(&keys));
        connections.spawn(async move {
            let Ok(tls) = acceptor.accept(tcp).await else { return };
            let certificate = tls.get_ref().1.peer_certificates().expect("one is asked for")[0].to_vec();
            let Ok(socket) = tokio_tungstenite::accept_async(tls).await else { return };
            let talk = Talk { socket, state, keys, certificate, open: BTreeMap::new() };
            talk.run().await;
        });
    }
}

/// One connection.
struct Talk {
    socket: Socket,
    state: Arc<Mutex<State>>,
    keys: Arc<Keys>,
    certificate: Vec<u8>,
    /// Recordings opened here, with the incarnation.
    open: BTreeMap<RecordingId, (u64, u32)>,
}

/// What to do after a message.
enum Next {
    Go(Vec<ServerMessage>),
    HangUp,
    Freeze,
    Rubbish,
    Text,
}

impl Talk {
    async fn run(mut self) {
        while let Some(Ok(message)) = self.socket.next().await {
            let Message::Binary(bytes) = message else { continue };
            let next = match AgentMessage::decode(&bytes) {
                Ok(message) => self.answer(message),
                Err(error) => {
                    self.state().violations.push(error.to_string());
                    return;
                }
            };
            match next {
                Next::Go(answers) => {
                    for answer in answers {
                        self.send(answer.encode().expect("a sound answer")).await;
                    }
                }
                Next::HangUp => return,
                Next::Freeze => std::future::pending().await,
                Next::Text => {
                    let _ = self.socket.send(Message::Text("hello".into())).await;
                }
                Next::Rubbish => {
                    self.send(b"\xFF\x00 this is no message".to_vec()).await;
                    // Whatever is still on its way is for a server that has lost its mind.
                    while self.socket.next().await.is_some_and(|message| message.is_ok()) {}
                    return;
                }
            }
        }
    }

    async fn send(&mut self, bytes: Vec<u8>) {
        let _ = self.socket.send(Message::Binary(bytes.into())).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics holding it")
    }

    fn answer(&mut self, message: AgentMessage) -> Next {
        match message {
            AgentMessage::Hello(hello) => self.greet(hello.turn),
            AgentMessage::Renew(renew) => Next::Go(vec![self.renewed(&renew.request)]),
            AgentMessage::Decide(decide) => Next::Go(vec![ServerMessage::Decision(Decision {
                request: decide.request,
                record: decide.session.user == "mira",
                policy: "record-everything".to_owned(),
                rule: None,
                reason: "test".to_owned(),
                seal: None,
                action: None,
                user_may_start: false,
            })]),
            AgentMessage::Open(open) => Next::Go(vec![self.opened(&open)]),
            AgentMessage::Append(append) => self.appended(&append),
            AgentMessage::Close(close) => Next::Go(self.closed(&close)),
            AgentMessage::Account(account) => Next::Go(self.account(account)),
            AgentMessage::Session(_) | AgentMessage::Controlled(_) => Next::Go(Vec::new()),
            AgentMessage::Heartbeat(heartbeat) => {
                self.state().kept_turns.extend(heartbeat.turn);
                self.state().notices.extend(heartbeat.notices);
                Next::Go(Vec::new())
            }
            AgentMessage::Notice(notice) => {
                self.state().notices.push(notice);
                Next::Go(Vec::new())
            }
        }
    }

    /// Keeps every account but those that it is to overhear once.
    fn account(&mut self, account: SessionAccount) -> Vec<ServerMessage> {
        let mut state = self.state();
        if let Some(left) = state.behaviour.overhears_accounts.checked_sub(1) {
            state.behaviour.overhears_accounts = left;
            return Vec::new();
        }
        let (session, boot_id, revision) = (account.session.clone(), account.boot_id.clone(), account.revision);
        state.accounts.push(account);
        vec![ServerMessage::AccountKept(AccountKept { session, boot_id, revision })]
    }

    fn renewed(&self, request: &str) -> ServerMessage {
        let bad = self.state().behaviour.bad_certificate.clone();
        let certificate = bad.unwrap_or_else(|| keys::sign(&self.keys.issuer, request));
        ServerMessage::Renewed(Renewed { certificate })
    }

    fn greet(&mut self, turn: Option<Vec<u8>>) -> Next {
        let mut state = self.state();
        state.hellos += 1;
        state.shown.push((self.certificate.clone(), turn));
        let turn = vec![u8::try_from(state.hellos).unwrap_or(u8::MAX); 40];
        if state.behaviour.expired && self.certificate == self.keys.agent_certificate {
            return Next::Go(vec![ServerMessage::RenewFirst(RenewFirst { text: "expired".to_owned() })]);
        }
        let renew_in_secs = state.behaviour.renew_in_secs.take();
        match state.behaviour.greetings.pop_front().unwrap_or(Greeting::Welcome) {
            Greeting::Welcome => Next::Go(vec![ServerMessage::Welcome(Welcome {
                version: protocol::VERSION,
                limits: Limits::default(),
                heartbeat_secs: 1,
                policy: "record-everything".to_owned(),
                takes_sessions: false,
                takes_accounts: true,
                at_once: 0,
                turn: Some(turn),
                renew_in_secs,
            })]),
            Greeting::Rubbish => Next::Rubbish,
            Greeting::Text => Next::Text,
            Greeting::Copied => Next::Go(vec![ServerMessage::Bye(Bye {
                code: ByeCode::IdentityCopied,
                retry_after_secs: 0,
                text: "a copy".to_owned(),
            })]),
            Greeting::Bye => Next::Go(vec![ServerMessage::Bye(Bye {
                code: ByeCode::Overloaded,
                retry_after_secs: 0,
                text: "test".to_owned(),
            })]),
        }
    }

    fn opened(&mut self, open: &Open) -> ServerMessage {
        let recording = open.recording;
        let mut state = self.state.lock().expect("no test panics holding it");
        let refused = |code, head, number| {
            ServerMessage::Refused(Refused {
                recording,
                incarnation: open.incarnation,
                code,
                head,
                number,
                retry_after_secs: 0,
                text: "test".to_owned(),
            })
        };
        if let Some(code) = state.behaviour.refusals.pop_front() {
            return refused(code, None, None);
        }
        let credit = state.behaviour.credit;
        let stored = state.recordings.entry(recording).or_insert_with(|| Stored {
            bytes: Vec::new(),
            head: Head::start(),
            incarnation: open.incarnation,
            number: open.number,
            closed: false,
        });
        let same = (stored.incarnation, stored.number) == (open.incarnation, open.number);
        if !same && open.number <= stored.number {
            return refused(RefusalCode::StaleIncarnation, Some(stored.head), Some(stored.number));
        }
        self.open.insert(recording, (open.incarnation, open.number));
        let (head, incarnation) = (stored.head, open.incarnation);
        ServerMessage::Opened(Opened { recording, incarnation, head, durable: head, credit })
    }

    fn appended(&mut self, append: &Append) -> Next {
        let recording = append.recording;
        let open = self.open.get(&recording).copied();
        let mut state = self.state.lock().expect("no test panics holding it");
        let State { behaviour, recordings, violations, order, .. } = &mut *state;
        for (counter, next) in [
            (&mut behaviour.hang_up_after, Next::HangUp),
            (&mut behaviour.freeze_after, Next::Freeze),
            (&mut behaviour.rubbish_after, Next::Rubbish),
        ] {
            match counter {
                Some(0) => {
                    *counter = None;
                    return next;
                }
                Some(left) => *left -= 1,
                None => {}
            }
        }
        let (Some((incarnation, number)), Some(stored)) = (open, recordings.get_mut(&recording)) else {
            violations.push(format!("append to {recording}, which is not open"));
            return Next::Go(Vec::new());
        };
        let at = Head { offset: append.offset, chain: append.chain };
        if append.incarnation != incarnation || at != stored.head {
            violations.push(format!("append at {at:?}, head {:?}", stored.head));
            return Next::Go(Vec::new());
        }
        for block in split_blocks(at.offset, &append.bytes).expect("an agent sends whole blocks") {
            stored.head = stored.head.after(&block.bytes);
        }
        stored.bytes.extend_from_slice(&append.bytes);
        (stored.incarnation, stored.number) = (incarnation, number);
        order.push(recording);
        let credit = if behaviour.starved.contains(&recording) { 0 } else { behaviour.credit };
        let offset = stored.head.offset + behaviour.overstate;
        let mut answers = vec![ServerMessage::Accepted(Accepted { recording, offset, credit })];
        if behaviour.durable {
            answers.push(ServerMessage::Durable(Durable { recording, head: stored.head }));
        }
        Next::Go(answers)
    }

    fn closed(&mut self, close: &Close) -> Vec<ServerMessage> {
        let mut state = self.state();
        let durable = state.behaviour.durable;
        match state.recordings.get_mut(&close.recording) {
            Some(stored) if stored.head == close.head => {
                stored.closed = true;
                let answer = ServerMessage::Durable(Durable { recording: close.recording, head: close.head });
                if durable { vec![answer] } else { Vec::new() }
            }
            _ => {
                state.violations.push(format!("close at {:?}", close.head));
                Vec::new()
            }
        }
    }
}
