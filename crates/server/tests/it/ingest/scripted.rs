//! A scripted agent: says what a test tells it to, honest or not.

use std::time::Duration;

use catalogue::{KnownCertificate, Machine, Standing};
use futures_util::{SinkExt, StreamExt};
use protocol::{AgentMessage, Bye, Durable, Hello, Limits, Opened, RefusalCode, Refused, ServerMessage, Welcome};
use recording::{Head, RecordingId};
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use server::ingest::Ingest;

use super::site::Site;
use super::tape::Tape;

pub struct Agent {
    pub socket: WebSocketStream<DuplexStream>,
    pub welcome: Welcome,
}

/// A connection in memory whose other end is served.
pub fn connect_raw(ingest: &Ingest, machine: Machine) -> DuplexStream {
    let (fingerprint, not_after_us) = (machine.fingerprint.clone(), machine.not_after_us);
    connect_showing(ingest, KnownCertificate { machine, fingerprint, standing: Standing::Current, not_after_us })
}

/// The same with a certificate that is more, or less, than its machine's current one.
pub fn connect_showing(ingest: &Ingest, certificate: KnownCertificate) -> DuplexStream {
    connect_through(ingest, certificate, 1 << 20)
}

/// The same where so many bytes are on their way at most.
pub fn connect_through(ingest: &Ingest, certificate: KnownCertificate, bytes: usize) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(bytes);
    let ingest = ingest.clone();
    tokio::spawn(async move { ingest.serve(theirs, certificate, "127.0.0.1:9".parse().unwrap()).await });
    ours
}

/// A WebSocket on which nothing was said yet.
pub async fn connect_silent(site: &Site, machine: Machine) -> WebSocketStream<DuplexStream> {
    connect_to(&site.ingest, machine).await
}

async fn connect_to(ingest: &Ingest, machine: Machine) -> WebSocketStream<DuplexStream> {
    let url = format!("ws://server{}", protocol::PATH);
    tokio_tungstenite::client_async(url, connect_raw(ingest, machine)).await.unwrap().0
}

pub fn hello(machine: &Machine) -> Hello {
    Hello {
        versions: vec![protocol::VERSION],
        machine_id: machine.id.simple().to_string(),
        machine: machine.name.clone(),
        software: "scripted 1".into(),
        signing_key: None,
        os: "none".into(),
        limits: Limits::default(),
        live: vec![],
        can_seal: true,
        takes_control: true,
        recording_off: false,
        turn: None,
        host_id: None,
        hardware_id: None,
        keeps_identity: false,
        takes_detection: false,
    }
}

pub async fn hear(socket: &mut WebSocketStream<DuplexStream>) -> Option<ServerMessage> {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), socket.next());
        match next.await.expect("the server says nothing") {
            Some(Ok(Message::Binary(bytes))) => return Some(ServerMessage::decode(&bytes).unwrap()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(other)) => panic!("{other:?}"),
        }
    }
}

impl Agent {
    /// Connects and greets.
    pub async fn connect(site: &Site, machine: u128) -> Self {
        Self::of(&site.ingest, site.machine(machine).await).await
    }

    /// The agent of this machine, at a server's agents' side.
    pub async fn of(ingest: &Ingest, machine: Machine) -> Self {
        let hello = hello(&machine);
        Self::saying(ingest, machine, hello).await
    }

    /// The same with another Hello.
    pub async fn saying(ingest: &Ingest, machine: Machine, hello: Hello) -> Self {
        let mut socket = connect_to(ingest, machine).await;
        let bytes = AgentMessage::Hello(hello).encode().unwrap();
        socket.send(Message::Binary(bytes.into())).await.unwrap();
        let Some(ServerMessage::Welcome(welcome)) = hear(&mut socket).await else { panic!("no welcome") };
        Self { socket, welcome }
    }

    pub async fn say(&mut self, message: AgentMessage) {
        self.socket.send(Message::Binary(message.encode().unwrap().into())).await.unwrap();
    }

    pub async fn hear(&mut self) -> ServerMessage {
        hear(&mut self.socket).await.expect("the server ended the connection")
    }

    /// Opens a tape and expects to be let in.
    pub async fn open(&mut self, tape: &Tape) -> Opened {
        self.say(AgentMessage::Open(tape.open())).await;
        loop {
            match self.hear().await {
                ServerMessage::Opened(opened) if opened.recording == tape.id => return opened,
                ServerMessage::Refused(refused) if refused.recording == tape.id => panic!("{refused:?}"),
                _ => {}
            }
        }
    }

    /// The next refusal of a recording.
    pub async fn refusal(&mut self, id: RecordingId) -> Refused {
        loop {
            match self.hear().await {
                ServerMessage::Refused(refused) if refused.recording == id => return refused,
                ServerMessage::Bye(bye) => panic!("{bye:?}"),
                _ => {}
            }
        }
    }

    /// Opens a tape and expects to be refused.
    pub async fn open_refused(&mut self, tape: &Tape, code: RefusalCode) -> Refused {
        self.say(AgentMessage::Open(tape.open())).await;
        let refused = self.refusal(tape.id).await;
        assert_eq!(refused.code, code, "{refused:?}");
        refused
    }

    /// Sends from `from` to the tape's end, within the credit, and waits until all of it is durable.
    pub async fn send(&mut self, tape: &Tape, from: Head) {
        let mut place = from;
        while place.offset < tape.head().offset {
            let append = tape.append_from(place);
            let end = append.offset + append.bytes.len() as u64;
            self.say(AgentMessage::Append(append)).await;
            self.accepted(tape.id, end).await;
            place = *tape.places.iter().find(|known| known.offset == end).unwrap();
        }
        self.durable(tape.id, tape.head()).await;
    }

    pub async fn accepted(&mut self, id: RecordingId, end: u64) {
        loop {
            match self.hear().await {
                ServerMessage::Accepted(accepted) if accepted.recording == id && accepted.offset >= end => return,
                ServerMessage::Refused(refused) if refused.recording == id => panic!("{refused:?}"),
                _ => {}
            }
        }
    }

    pub async fn durable(&mut self, id: RecordingId, head: Head) {
        loop {
            match self.hear().await {
                ServerMessage::Durable(Durable { recording, head: durable }) if recording == id && durable == head => {
                    return;
                }
                ServerMessage::Refused(refused) if refused.recording == id => panic!("{refused:?}"),
                _ => {}
            }
        }
    }

    /// Opens and sends a tape to its end.
    pub async fn open_and_send(&mut self, tape: &Tape) {
        let opened = self.open(tape).await;
        self.send(tape, opened.head).await;
    }

    pub async fn close(&mut self, tape: &Tape) {
        self.say(AgentMessage::Close(tape.close())).await;
        self.durable(tape.id, tape.head()).await;
    }

    /// Waits for the server to end the connection, and says how.
    pub async fn bye(mut self) -> Bye {
        loop {
            match hear(&mut self.socket).await {
                Some(ServerMessage::Bye(bye)) => return bye,
                Some(_) => {}
                None => panic!("no bye"),
            }
        }
    }
}
