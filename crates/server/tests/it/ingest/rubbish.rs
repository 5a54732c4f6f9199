//! Agents that send rubbish: a clear answer each, and nobody else is harmed.

use futures_util::SinkExt;
use protocol::{AgentMessage, ByeCode, RefusalCode, ServerMessage};
use recording::{Assembler, BlockWriter, EndReason, Group, Track, TrackKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::scripted::{Agent, connect_raw, connect_silent, hear, hello};
use super::site::Site;
use super::tape::{FIRST, Tape, header, recording_id};

/// An honest agent of another machine, which must not notice anything.
struct Witness {
    agent: Agent,
    tape: Tape,
}

impl Witness {
    async fn new(site: &Site) -> Self {
        let tape = Tape::new(200, site.machine(99).await.id);
        let mut agent = Agent::connect(site, 99).await;
        agent.open_and_send(&tape).await;
        Self { agent, tape }
    }

    async fn goes_on(&mut self, site: &Site) {
        let from = self.tape.head();
        self.tape.record(1, 200);
        self.agent.send(&self.tape, from).await;
        assert!(site.stored(self.tape.id) == self.tape.bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_break_the_protocol_end_the_connection_with_a_reason() {
    let site = Site::new().await;
    let mut witness = Witness::new(&site).await;
    let machine = site.machine(1).await;
    let greeting = AgentMessage::Hello(hello(&machine)).encode().unwrap();
    let foreign = protocol::Hello { machine_id: Uuid::from_u128(5).simple().to_string(), ..hello(&machine) };
    let no_id = protocol::Hello { machine_id: "../../etc".into(), ..hello(&machine) };
    let future = protocol::Hello { versions: vec![9_999], ..hello(&machine) };
    let encode = |hello| Message::Binary(AgentMessage::Hello(hello).encode().unwrap().into());
    let binary = |bytes: Vec<u8>| Message::Binary(bytes.into());
    let early = AgentMessage::Heartbeat(protocol::Heartbeat::default()).encode().unwrap();
    let mut cases: Vec<(String, Vec<Message>, ByeCode)> = vec![
        ("text".into(), vec![Message::Text("hello".into())], ByeCode::ProtocolViolation),
        ("empty".into(), vec![binary(vec![])], ByeCode::ProtocolViolation),
        ("not cbor".into(), vec![binary(vec![0xff; 100])], ByeCode::ProtocolViolation),
        ("early".into(), vec![binary(early)], ByeCode::ProtocolViolation),
        ("huge".into(), vec![binary(vec![0; 200_000])], ByeCode::ProtocolViolation),
        ("twice".into(), vec![binary(greeting.clone()), binary(greeting.clone())], ByeCode::ProtocolViolation),
        ("text later".into(), vec![binary(greeting.clone()), Message::Text("x".into())], ByeCode::ProtocolViolation),
        ("rubbish later".into(), vec![binary(greeting.clone()), binary(vec![7; 5])], ByeCode::ProtocolViolation),
        ("another machine".into(), vec![encode(foreign)], ByeCode::IdentityRefused),
        ("no machine".into(), vec![encode(no_id)], ByeCode::IdentityRefused),
        ("another version".into(), vec![encode(future)], ByeCode::VersionUnsupported),
    ];
    for cut in (1..greeting.len()).step_by(7) {
        let name = format!("greeting cut at {cut}");
        cases.push((name, vec![binary(greeting[..cut].to_vec())], ByeCode::ProtocolViolation));
    }
    for (name, messages, code) in cases {
        let mut socket = connect_silent(&site, machine.clone()).await;
        for message in messages {
            socket.send(message).await.unwrap();
        }
        let bye = loop {
            match hear(&mut socket).await {
                Some(ServerMessage::Bye(bye)) => break bye,
                Some(_) => {}
                None => panic!("{name}: no bye"),
            }
        };
        assert_eq!(bye.code, code, "{name}: {bye:?}");
        assert!(!bye.text.is_empty(), "{name}");
    }
    witness.goes_on(&site).await;
    assert!(site.diagnostic(2022).await.contains("protocol"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_websocket_is_turned_away() {
    let site = Site::new().await;
    let mut witness = Witness::new(&site).await;
    let machine = site.machine(1).await;
    let wrong_path = b"GET /elsewhere HTTP/1.1\r\nHost: s\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let endless = [b"GET /agent HTTP/1.1\r\nX: ".as_slice(), &[b'a'; 300_000]].concat();
    for bytes in [b"\x16\x03\x01 rubbish\r\n\r\n".as_slice(), b"GET / HTTP/1.1\r\n\r\n", wrong_path, &endless] {
        let mut stream = connect_raw(&site.ingest, machine.clone());
        // The server may close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(std::time::Duration::from_secs(15), stream.read_to_end(&mut answer));
        let _ = read.await.expect("the connection was not ended");
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains("101 Switching"), "{answer}");
    }
    witness.goes_on(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_that_were_not_opened_take_nothing() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.say(AgentMessage::Append(tape.append_from(tape.base))).await;
    assert_eq!(agent.refusal(tape.id).await.code, RefusalCode::NotOpen);
    agent.say(AgentMessage::Close(tape.close())).await;
    assert_eq!(agent.refusal(tape.id).await.code, RefusalCode::NotOpen);
    assert!(!site.store.contains(tape.id));
    agent.open_and_send(&tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_outside_the_calendar_are_refused() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    for started_unix_us in [i64::MIN, -1, i64::MAX] {
        let open = protocol::Open { started_unix_us, ..tape.open() };
        agent.say(AgentMessage::Open(open)).await;
        assert_eq!(agent.refusal(tape.id).await.code, RefusalCode::BadBlocks, "{started_unix_us}");
    }
    agent.open_and_send(&tape).await;
}

/// First bytes of a recording that must not be taken.
fn bad_beginnings(machine: Uuid) -> Vec<(&'static str, Vec<u8>)> {
    let good = Tape::new(1, machine);
    let whole = good.bytes.clone();
    let mut flipped = whole.clone();
    flipped[40] ^= 1;
    let header_end = good.places[1].offset as usize;
    let twice = [&whole[..header_end], &whole[..header_end]].concat();
    let mut group_only = Vec::new();
    let group = Group {
        number: 0,
        tracks: vec![Track { id: 1, kind: TrackKind::Screen }],
        key_frame_interval_us: 1,
        ..Group::default()
    };
    BlockWriter::new().group(&group, 0, &mut group_only).unwrap();
    let begin = |header: recording::Header| Assembler::new(&header).unwrap().1;
    let good_header = header(recording_id(1), machine);
    vec![
        ("rubbish", vec![0x55; 1_000]),
        ("cut off", whole[..whole.len() - 1].to_vec()),
        ("one bit wrong", flipped),
        ("no header", group_only),
        ("header twice", twice),
        ("another recording's header", begin(header(recording_id(2), machine))),
        ("another machine's header", begin(header(recording_id(1), Uuid::from_u128(77)))),
        ("a future format", begin(recording::Header { format: 999, ..good_header })),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_sound_recording_are_refused() {
    let site = Site::new().await;
    let mut witness = Witness::new(&site).await;
    let machine = site.machine(1).await.id;
    let tape = Tape::new(1, machine);
    let mut agent = Agent::connect(&site, 1).await;
    for (name, bytes) in bad_beginnings(machine) {
        assert_eq!(agent.open(&tape).await.head.offset, 0, "{name}");
        let append = protocol::Append { bytes, ..tape.append_from(tape.base) };
        agent.say(AgentMessage::Append(append)).await;
        let refused = agent.refusal(tape.id).await;
        assert_eq!(refused.code, RefusalCode::BadBlocks, "{name}: {refused:?}");
        assert!(!refused.text.is_empty(), "{name}");
    }
    witness.goes_on(&site).await;
    agent.open_and_send(&tape).await;
    assert!(site.stored(tape.id) == tape.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_incarnation_that_does_not_say_who_it_is_is_refused() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let head = tape.head();
    tape.record(1, 100);
    let unannounced = tape.append_from(head);
    let named_otherwise = tape.following(0xA, 1, head).append_from(head);
    let numbered_otherwise = tape.following(0xB, 2, head).append_from(head);
    let elsewhere = {
        let mut other = Tape::new(3, tape.machine);
        other.record(1, 10);
        let follows_elsewhere = other.following(0xB, 1, other.head());
        follows_elsewhere.append_from(other.head()).bytes
    };
    for (name, bytes) in [
        ("not announced", unannounced.bytes),
        ("another value", named_otherwise.bytes),
        ("another number", numbered_otherwise.bytes),
        ("follows another place", elsewhere),
    ] {
        let taker = Tape { incarnation: 0xB, number: 1, ..tape.clone() };
        assert_eq!(agent.open(&taker).await.head, head);
        let append =
            protocol::Append { incarnation: 0xB, offset: head.offset, chain: head.chain, recording: tape.id, bytes };
        agent.say(AgentMessage::Append(append)).await;
        assert_eq!(agent.refusal(tape.id).await.code, RefusalCode::BadBlocks, "{name}");
    }
    // None of them took over: the first sender goes on.
    assert_eq!(tape.incarnation, FIRST);
    assert_eq!(agent.open(&tape).await.head, head);
    tape.end(EndReason::Logout);
    agent.send(&tape, head).await;
    agent.close(&tape).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_credit_is_refused_for_that_recording_alone() {
    let site = Site::new().await;
    let mut witness = Witness::new(&site).await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    tape.record(400, 60_000);
    let mut agent = Agent::connect(&site, 1).await;
    let opened = agent.open(&tape).await;
    let (mut place, mut refused) = (opened.head, None);
    // Sends without waiting, as fast as it can; whether it is too fast depends on the disk.
    while place != tape.head() {
        let append = tape.append_from(place);
        let end = append.offset + append.bytes.len() as u64;
        agent.say(AgentMessage::Append(append)).await;
        place = *tape.places.iter().find(|known| known.offset == end).unwrap();
    }
    while refused.is_none() {
        match agent.hear().await {
            ServerMessage::Refused(said) => refused = Some(said),
            ServerMessage::Durable(durable) if durable.head == tape.head() => break,
            _ => {}
        }
    }
    if let Some(refused) = refused {
        assert_eq!(refused.code, RefusalCode::TooLarge, "{refused:?}");
        let opened = agent.open(&tape).await;
        agent.send(&tape, opened.head).await;
    }
    witness.goes_on(&site).await;
    assert!(site.stored(tape.id) == tape.bytes);
}
