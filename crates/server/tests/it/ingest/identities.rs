//! Turns, copies, and certificates that expire and are renewed. Each agent here says what a test makes it say.

use std::sync::Arc;
use std::time::Duration;

use catalogue::{LogScope, Machine};
use futures_util::{SinkExt, StreamExt};
use protocol::{AgentMessage, Bye, ByeCode, Decide, Heartbeat, Hello, Renew, ServerMessage, Welcome};
use rcgen::{CertificateParams, KeyPair};
use server::authority::Authority;
use server::clock;
use server::identities::Identities;
use server::ingest::IngestOptions;
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::scripted::{Agent, connect_showing, connect_through, hear, hello};
use super::site::{Site, eventually};
use super::tape::{Tape, session};

const DAY: Duration = Duration::from_secs(24 * 3600);

struct Keeping {
    site: Site,
    authority: Arc<Authority>,
    _folder: tempfile::TempDir,
}

impl Keeping {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Arc::new(Authority::load_or_make(folder.path()).unwrap());
        let identities = Some(Arc::new(Identities::new(Arc::clone(&authority), 90 * DAY)));
        let site = Site::with(IngestOptions { identities, ..IngestOptions::default() }).await;
        Self { site, authority, _folder: folder }
    }

    async fn machine(&self) -> Machine {
        self.site.machine(1).await
    }

    /// Says Hello; gives the socket and the answer.
    async fn greet(&self, machine: &Machine, hello: Hello) -> (WebSocketStream<DuplexStream>, ServerMessage) {
        let mut socket = connect_silent(&self.site, machine.clone()).await;
        say(&mut socket, AgentMessage::Hello(hello)).await;
        let answer = hear(&mut socket).await.expect("an answer");
        (socket, answer)
    }

    async fn welcomed(&self, turn: Option<Vec<u8>>) -> (Agent, Vec<u8>) {
        let machine = self.machine().await;
        let (socket, answer) = self.greet(&machine, keeping(&machine, turn)).await;
        let ServerMessage::Welcome(welcome) = answer else { panic!("{answer:?}") };
        let turn = welcome.turn.clone().expect("a turn");
        (Agent { socket, welcome }, turn)
    }

    async fn refused(&self, hello: Hello) -> Bye {
        let machine = self.machine().await;
        match self.greet(&machine, hello).await.1 {
            ServerMessage::Bye(bye) => bye,
            other => panic!("{other:?}"),
        }
    }

    /// Has the turn on disk, as an agent says it, and waits until the server knows.
    async fn keep(&self, agent: &mut Agent, turn: &[u8], number: u64) {
        agent.say(AgentMessage::Heartbeat(Heartbeat { turn: Some(turn.to_vec()), ..Heartbeat::default() })).await;
        eventually("the turn is known", async || (self.machine().await.turn == number).then_some(())).await;
    }

    /// Leaves, and waits until the server knows.
    async fn leave(&self, agent: Agent) {
        let id = self.machine().await.id;
        drop(agent);
        eventually("it is gone", async || (!self.site.ingest.is_online(id)).then_some(())).await;
    }

    async fn logged(&self, action: &str) -> usize {
        let page = self.site.catalogue.administrator_log(LogScope::People, 100, 0).await.unwrap();
        page.items.iter().filter(|entry| entry.action.action == action).count()
    }

    /// Gives the machine a certificate that ends then, as its next one, and shows it.
    async fn with_certificate(&self, machine: &Machine, fingerprint: char, not_after_us: i64) -> Machine {
        let fingerprint = fingerprint.to_string().repeat(64);
        self.site.catalogue.keep_next_certificate(machine.id, &fingerprint, not_after_us).await.unwrap();
        Machine { fingerprint, not_after_us, ..machine.clone() }
    }
}

/// A WebSocket of whoever shows the machine's certificate, as the catalogue knows it.
async fn connect_silent(site: &Site, machine: Machine) -> WebSocketStream<DuplexStream> {
    let certificate = site.catalogue.certificate(&machine.fingerprint).await.unwrap().expect("it is known");
    let url = format!("ws://server{}", protocol::PATH);
    tokio_tungstenite::client_async(url, connect_showing(&site.ingest, certificate)).await.unwrap().0
}

async fn say(socket: &mut WebSocketStream<DuplexStream>, message: AgentMessage) {
    socket.send(Message::Binary(message.encode().unwrap().into())).await.unwrap();
}

/// Copies say the same of system and hardware: so does one of a whole virtual machine.
fn keeping(machine: &Machine, turn: Option<Vec<u8>>) -> Hello {
    let (host_id, hardware_id) = (Some("system".to_owned()), Some("board".to_owned()));
    Hello { turn, host_id, hardware_id, keeps_identity: true, ..hello(machine) }
}

fn request() -> AgentMessage {
    let key = KeyPair::generate().unwrap();
    let request = CertificateParams::default().serialize_request(&key).unwrap().pem().unwrap();
    AgentMessage::Renew(Renew { request })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_from_before_the_last_connection_is_a_copy() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let (mut agent, first) = keeping_site.welcomed(None).await;
    keeping_site.keep(&mut agent, &first, 1).await;
    keeping_site.leave(agent).await;
    let (mut agent, second) = keeping_site.welcomed(Some(first.clone())).await;
    keeping_site.keep(&mut agent, &second, 2).await;
    keeping_site.leave(agent).await;

    let bye = keeping_site.refused(keeping(&machine, Some(first.clone()))).await;
    assert_eq!((bye.code, bye.retry_after_secs), (ByeCode::IdentityCopied, 60));
    assert!(bye.text.contains("kinescope-agent enrol --again"), "{}", bye.text);
    keeping_site.refused(keeping(&machine, Some(first))).await;
    assert!(keeping_site.site.diagnostic(2025).await.contains("enrol it anew"));
    assert_eq!(keeping_site.logged("machine-copy-refused").await, 1, "trying again is not logged again at once");
    let copy = keeping_site.machine().await.copy.expect("it is noted");
    assert_eq!((copy.address.as_str(), copy.text.contains("older")), ("127.0.0.1", true), "{}", copy.text);
    keeping_site.welcomed(Some(second)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_never_reached_the_disk_locks_nobody_out() {
    let keeping_site = Keeping::new().await;
    let (mut agent, first) = keeping_site.welcomed(None).await;
    keeping_site.keep(&mut agent, &first, 1).await;
    keeping_site.leave(agent).await;
    for _ in 0..3 {
        // The machine loses its power between Welcome and its own disk.
        let (agent, second) = keeping_site.welcomed(Some(first.clone())).await;
        assert_ne!(second, first);
        keeping_site.leave(agent).await;
    }
    // It had it, but the server never heard so.
    let (agent, second) = keeping_site.welcomed(Some(first.clone())).await;
    keeping_site.leave(agent).await;
    let (mut agent, third) = keeping_site.welcomed(Some(second)).await;
    keeping_site.keep(&mut agent, &third, 3).await;
    keeping_site.leave(agent).await;
    let machine = keeping_site.machine().await;
    assert_eq!(keeping_site.refused(keeping(&machine, Some(first))).await.code, ByeCode::IdentityCopied);
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_cannot_be_forged_borrowed_or_left_out() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let (mut agent, turn) = keeping_site.welcomed(None).await;
    keeping_site.keep(&mut agent, &turn, 1).await;
    keeping_site.leave(agent).await;
    let other = keeping_site.site.machine(2).await;
    let (_, answer) = keeping_site.greet(&other, keeping(&other, None)).await;
    let ServerMessage::Welcome(Welcome { turn: Some(of_another), .. }) = answer else { panic!("{answer:?}") };
    let mut later = turn.clone();
    later[..8].copy_from_slice(&u64::MAX.to_be_bytes());
    let mut flipped = turn.clone();
    flipped[39] ^= 1;
    for forged in [later, flipped, of_another, turn[..8].to_vec(), Vec::new(), vec![0; 64]] {
        let bye = keeping_site.refused(keeping(&machine, Some(forged))).await;
        assert_eq!(bye.code, ByeCode::IdentityCopied);
    }
    // An older agent on a copy of the state has no turn to show; nor has one that keeps it to itself.
    for hello in [keeping(&machine, None), hello(&machine)] {
        assert_eq!(keeping_site.refused(hello).await.code, ByeCode::IdentityCopied);
    }
    keeping_site.welcomed(Some(turn)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_on_another_machine_is_refused_even_while_the_machine_is_away() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let of = |host: &str, hardware: Option<&str>, turn: Option<Vec<u8>>| Hello {
        host_id: (!host.is_empty()).then(|| host.to_owned()),
        hardware_id: hardware.map(str::to_owned),
        ..keeping(&machine, turn)
    };
    let (socket, answer) = keeping_site.greet(&machine, of("system", Some("board"), None)).await;
    let ServerMessage::Welcome(welcome) = answer else { panic!("{answer:?}") };
    let turn = welcome.turn.clone();
    keeping_site.leave(Agent { socket, welcome }).await;
    for (host, hardware, part) in
        [("other", Some("board"), "operating system"), ("system", Some("other"), "hardware"), ("other", None, "system")]
    {
        let bye = keeping_site.refused(of(host, hardware, turn.clone())).await;
        assert_eq!(bye.code, ByeCode::IdentityCopied);
        assert!(bye.text.contains(part), "{}", bye.text);
    }
    let (_, answer) = keeping_site.greet(&machine, of("system", None, turn)).await;
    assert!(matches!(answer, ServerMessage::Welcome(_)), "what cannot be read speaks against nobody: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_the_holder_goes_on_and_its_recording_is_whole() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let mut tape = Tape::new(1, machine.id);
    let (mut holder, turn) = keeping_site.welcomed(None).await;
    keeping_site.keep(&mut holder, &turn, 1).await;
    holder.open_and_send(&tape).await;
    // The clone has the very latest state.
    let mut clone = connect_silent(&keeping_site.site, machine.clone()).await;
    say(&mut clone, AgentMessage::Hello(keeping(&machine, Some(turn)))).await;
    // The holder answers pings as it listens, and goes on sending meanwhile.
    let from = tape.head();
    tape.record(5, 1_000);
    holder.say(AgentMessage::Append(tape.append_from(from))).await;
    let refused = loop {
        tokio::select! {
            refused = hear(&mut clone) => break refused.expect("an answer"),
            _ = holder.hear() => {}
        }
    };
    let ServerMessage::Bye(bye) = refused else { panic!("{refused:?}") };
    assert_eq!(bye.code, ByeCode::IdentityCopied);
    assert!(bye.text.contains("goes on undisturbed"), "{}", bye.text);
    tape.end(recording::EndReason::Logout);
    holder.open_and_send(&tape).await;
    holder.close(&tape).await;
    assert!(keeping_site.site.stored(tape.id) == tape.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_connection_does_not_keep_its_own_machine_out() {
    let keeping_site = Keeping::new().await;
    let (mut dead, turn) = keeping_site.welcomed(None).await;
    keeping_site.keep(&mut dead, &turn, 1).await;
    // Nothing reads `dead` any more: it answers no ping.
    keeping_site.welcomed(Some(turn)).await;
    drop(dead);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_earlier_connection_is_stuck_is_no_copy() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let certificate =
        keeping_site.site.catalogue.certificate(&machine.fingerprint).await.unwrap().expect("it is known");
    let through = connect_through(&keeping_site.site.ingest, certificate, 4 << 10);
    let url = format!("ws://server{}", protocol::PATH);
    let mut stuck = tokio_tungstenite::client_async(url, through).await.unwrap().0;
    say(&mut stuck, AgentMessage::Hello(keeping(&machine, None))).await;
    let Some(ServerMessage::Welcome(welcome)) = hear(&mut stuck).await else { panic!("no welcome") };
    // It asks and takes no answer, until the server can no longer answer and hears no more of it.
    for request in 0.. {
        let decide = Decide { request, session: session(machine.id), began_unix_us: None };
        let asked = say(&mut stuck, AgentMessage::Decide(decide));
        if tokio::time::timeout(Duration::from_secs(1), asked).await.is_err() {
            break;
        }
    }
    let bye = keeping_site.refused(keeping(&machine, welcome.turn.clone())).await;
    assert_eq!(bye.code, ByeCode::Overloaded, "{}", bye.text);
    assert!((1..=10).contains(&bye.retry_after_secs), "it comes again soon");
    assert!(keeping_site.machine().await.copy.is_none(), "nobody is told of a copy");
    keeping_site.leave(Agent { socket: stuck, welcome: welcome.clone() }).await;
    keeping_site.welcomed(welcome.turn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_from_a_backup_takes_later_turns_than_it_knows() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let identities = Identities::new(Arc::clone(&keeping_site.authority), 90 * DAY);
    keeping_site.site.catalogue.note_turn(machine.id, 4).await.unwrap();
    let (_agent, next) = keeping_site.welcomed(Some(identities.turn(machine.id, 900))).await;
    assert_eq!(identities.turn_number(machine.id, &next), Some(901));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_identity_may_be_renewed_and_do_nothing_else() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let expired = keeping_site.with_certificate(&machine, 'e', clock::now_us() - 1).await;
    let tape = Tape::new(1, machine.id);
    let others = [
        AgentMessage::Open(tape.open()),
        AgentMessage::Heartbeat(Heartbeat::default()),
        AgentMessage::Hello(keeping(&machine, None)),
        AgentMessage::Renew(Renew { request: "rubbish".to_owned() }),
    ];
    for message in others {
        let (mut socket, answer) = keeping_site.greet(&expired, keeping(&machine, None)).await;
        assert!(matches!(answer, ServerMessage::RenewFirst(_)), "{answer:?}");
        say(&mut socket, message).await;
        let Some(ServerMessage::Bye(bye)) = hear(&mut socket).await else { panic!("no bye") };
        assert_eq!(bye.code, ByeCode::ProtocolViolation);
    }
    let (mut socket, _) = keeping_site.greet(&expired, keeping(&machine, None)).await;
    say(&mut socket, request()).await;
    let Some(ServerMessage::Renewed(renewed)) = hear(&mut socket).await else { panic!("not renewed") };
    assert!(renewed.certificate.contains("BEGIN CERTIFICATE"));
    assert!(socket.next().await.is_none_or(|frame| !matches!(frame, Ok(Message::Binary(_)))), "nothing follows");
    assert!(keeping_site.site.stored_nothing(), "nothing was recorded");

    // An agent that cannot renew is told what to do.
    let expired = keeping_site.with_certificate(&machine, 'f', clock::now_us() - 1).await;
    let (_, answer) = keeping_site.greet(&expired, hello(&machine)).await;
    let ServerMessage::Bye(bye) = answer else { panic!("{answer:?}") };
    assert_eq!(bye.code, ByeCode::IdentityExpired);
    assert!(keeping_site.site.diagnostic(2026).await.contains("expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_retires_the_old_one_once_it_is_used() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    // The certificate of enrolment lasts longer than is set: it is renewed soon.
    let (mut agent, turn) = keeping_site.welcomed(None).await;
    assert!(agent.welcome.renew_in_secs.expect("it renews") <= 3_600);
    keeping_site.keep(&mut agent, &turn, 1).await;
    agent.say(request()).await;
    let ServerMessage::Renewed(renewed) = agent.hear().await else { panic!("not renewed") };
    let next = fingerprint(&renewed.certificate);
    agent.say(request()).await;
    assert_eq!(agent.bye().await.code, ByeCode::ProtocolViolation, "once in a connection");
    eventually("gone", async || (!keeping_site.site.ingest.is_online(machine.id)).then_some(())).await;

    // The old one still counts: the machine may have lost the new one with its power.
    let (agent, turn) = keeping_site.welcomed(Some(turn)).await;
    keeping_site.leave(agent).await;
    let renewed = Machine { fingerprint: next, ..machine.clone() };
    let (mut socket, answer) = keeping_site.greet(&renewed, keeping(&machine, Some(turn.clone()))).await;
    let ServerMessage::Welcome(welcome) = answer else { panic!("{answer:?}") };
    assert!(welcome.renew_in_secs.expect("it renews") > 50 * 24 * 3_600);
    assert_eq!(keeping_site.logged("machine-identity-renewed").await, 1);
    // It is not due: nobody makes the server sign for nothing.
    say(&mut socket, request()).await;
    assert!(matches!(hear(&mut socket).await, Some(ServerMessage::Bye(bye)) if bye.code == ByeCode::ProtocolViolation));

    let mut old = connect_silent(&keeping_site.site, machine.clone()).await;
    let Some(ServerMessage::Bye(bye)) = hear(&mut old).await else { panic!("no bye") };
    assert_eq!(bye.code, ByeCode::IdentityCopied, "the old certificate is of a copy now");
}

#[tokio::test(flavor = "multi_thread")]
async fn renewing_does_not_lengthen_a_revoked_identity() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let (mut agent, turn) = keeping_site.welcomed(None).await;
    // Issued before, used after.
    agent.say(request()).await;
    let ServerMessage::Renewed(renewed) = agent.hear().await else { panic!("not renewed") };
    keeping_site.leave(agent).await;
    let (mut agent, turn) = keeping_site.welcomed(Some(turn)).await;
    keeping_site.site.catalogue.revoke_machine(machine.id, clock::now_us()).await.unwrap();
    // On a connection that stands.
    agent.say(request()).await;
    assert_eq!(agent.bye().await.code, ByeCode::IdentityRefused);
    for shown in [machine.clone(), Machine { fingerprint: fingerprint(&renewed.certificate), ..machine.clone() }] {
        let mut socket = connect_silent(&keeping_site.site, shown).await;
        let Some(ServerMessage::Bye(bye)) = hear(&mut socket).await else { panic!("no bye") };
        assert_eq!(bye.code, ByeCode::IdentityRefused);
        assert!(bye.text.contains("withdrawn"), "{}", bye.text);
    }
    drop(turn);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_when_its_identity_expires() {
    let keeping_site = Keeping::new().await;
    let machine = keeping_site.machine().await;
    let soon = keeping_site.with_certificate(&machine, 'a', clock::now_us() + 700_000).await;
    let (socket, answer) = keeping_site.greet(&soon, keeping(&machine, None)).await;
    let ServerMessage::Welcome(welcome) = answer else { panic!("{answer:?}") };
    assert_eq!(Agent { socket, welcome }.bye().await.code, ByeCode::IdentityExpired);
}

#[test]
fn renewal_is_due_with_a_third_of_the_time_left() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Arc::new(Authority::load_or_make(folder.path()).unwrap());
    let identities = Identities::new(authority, 90 * DAY);
    let day_us = clock::DAY_US;
    let day = 24 * 3_600;
    let cases = [(90, 60 * day), (31, day), (30, 0), (1, 0), (0, 0), (-400, 0), (1_800, 0)];
    for (left_days, waits_secs) in cases {
        assert_eq!(identities.renew_in_secs(0, left_days * day_us, 0.0), waits_secs, "{left_days} days left");
        assert_eq!(identities.renew_in_secs(0, left_days * day_us, 1.0), waits_secs + 3_600, "spread over an hour");
        assert_eq!(identities.is_due(0, left_days * day_us), left_days <= 37 || left_days > 90, "{left_days}");
    }
}

fn fingerprint(pem: &str) -> String {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    server::authority::fingerprint(&CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
}
