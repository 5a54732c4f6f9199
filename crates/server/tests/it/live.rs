//! Following a recording while it grows.

use api::Role;
use catalogue::RecordingState;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use server::ingest::{Accepted, Liveness};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::fixture::{self, Fixture};
use crate::harness::{PASSWORD, TestServer};

type Headers<'a> = Vec<(&'static str, &'a str)>;
type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// A person's cookie, as a browser would send it.
async fn cookie(server: &TestServer, name: &str, roles: &[Role]) -> String {
    server.add_person(name, roles).await;
    let answer = server.client().log_in(name, PASSWORD).await;
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn open(server: &TestServer, path: &str, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
    let mut request = server.url(path).replace("https", "wss").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = server.connect(&[b"http/1.1"]).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// Reads until the recording's bytes from `from` to `until` have come; checks that they follow one another.
async fn read_until(socket: &mut Socket, from: u64, until: u64) -> (Vec<u8>, Vec<Value>) {
    let (mut bytes, mut states) = (Vec::new(), Vec::new());
    while from + (bytes.len() as u64) < until {
        match next(socket).await {
            Message::Binary(message) => {
                let offset = u64::from_le_bytes(message[..8].try_into().unwrap());
                assert_eq!(offset, from + bytes.len() as u64);
                assert!(message.len() > 8 && message.len() <= 8 + 65_536, "{}", message.len());
                bytes.extend_from_slice(&message[8..]);
            }
            Message::Text(text) => states.push(serde_json::from_str(&text).unwrap()),
            other => panic!("{other:?}"),
        }
    }
    (bytes, states)
}

async fn next(socket: &mut Socket) -> Message {
    let deadline = std::time::Duration::from_secs(10);
    tokio::time::timeout(deadline, socket.next()).await.expect("a message in time").unwrap().unwrap()
}

async fn next_text(socket: &mut Socket) -> Value {
    match next(socket).await {
        Message::Text(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// A recording of which `part` is stored and announced as live.
async fn growing(server: &TestServer, part: usize) -> (Fixture, u64) {
    let recording = fixture::make(1, "eve");
    let stored = recording.store(server, part);
    recording.list(server, "eve", RecordingState::Live).await;
    announce(server, &recording, stored, Liveness::Live);
    (recording, stored)
}

fn announce(server: &TestServer, recording: &Fixture, length: u64, state: Liveness) {
    server.app().ingest.live().note(recording.id, Accepted { length, state });
}

#[tokio::test]
async fn what_was_stored_and_what_comes_join_without_a_gap() {
    let server = TestServer::start().await;
    let (recording, stored) = growing(&server, 200_000).await;
    let cookie = cookie(&server, "pia", &[Role::Player]).await;
    let from = 1000;
    let path = format!("/api/v1/recordings/{}/live?from={from}", recording.id);
    let mut socket = open(&server, &path, &[("cookie", &cookie)]).await.unwrap();
    let (mut bytes, _) = read_until(&mut socket, from, stored).await;
    assert_eq!(next_text(&mut socket).await, json!({ "state": "live", "length": stored }));

    let more = recording.append(&server, 400_000);
    announce(&server, &recording, more, Liveness::Live);
    bytes.extend(read_until(&mut socket, stored, more).await.0);

    announce(&server, &recording, more, Liveness::Silent);
    assert_eq!(next_text(&mut socket).await["state"], "silent");

    let all = recording.append(&server, recording.bytes.len());
    announce(&server, &recording, all, Liveness::Ended);
    bytes.extend(read_until(&mut socket, more, all).await.0);
    assert_eq!(next_text(&mut socket).await, json!({ "state": "ended", "length": all }));
    assert!(matches!(next(&mut socket).await, Message::Close(_)));
    assert!(bytes == recording.bytes[usize::try_from(from).unwrap()..], "the same bytes as were recorded");
}

#[tokio::test]
async fn bytes_that_are_not_accepted_are_not_shown() {
    let server = TestServer::start().await;
    let (recording, stored) = growing(&server, 200_000).await;
    let cookie = cookie(&server, "pia", &[Role::Player]).await;
    // Storage is ahead of what was said to be accepted.
    recording.append(&server, 300_000);
    let path = format!("/api/v1/recordings/{}/live", recording.id);
    let mut socket = open(&server, &path, &[("cookie", &cookie)]).await.unwrap();
    read_until(&mut socket, 0, stored).await;
    assert_eq!(next_text(&mut socket).await["length"], stored);
}

#[tokio::test]
async fn a_finished_recording_is_sent_and_ended() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let cookie = cookie(&server, "pia", &[Role::Player]).await;
    let length = recording.bytes.len() as u64;
    let path = format!("/api/v1/recordings/{}/live?from={}", recording.id, length - 5);
    let mut socket = open(&server, &path, &[("cookie", &cookie)]).await.unwrap();
    read_until(&mut socket, length - 5, length).await;
    assert_eq!(next_text(&mut socket).await, json!({ "state": "ended", "length": length }));
}

#[tokio::test]
async fn the_socket_asks_what_its_sibling_asks() {
    let server = TestServer::start().await;
    let (recording, stored) = growing(&server, 200_000).await;
    let player = cookie(&server, "pia", &[Role::Player]).await;
    let administrator = cookie(&server, "adm", &[Role::PolicyAdministrator, Role::LoggingReader]).await;
    let path = format!("/api/v1/recordings/{}/live", recording.id);
    let own = server.url("");
    let cases: [(&str, Headers, u16); 7] = [
        (&path, vec![], 401),
        (&path, vec![("cookie", "__Host-kinescope=0000")], 401),
        (&path, vec![("cookie", &administrator)], 403),
        (&path, vec![("cookie", &player), ("origin", "https://evil.example")], 403),
        (&format!("{path}?from={}", stored + 1), vec![("cookie", &player)], 400),
        (&format!("{path}?from=-1"), vec![("cookie", &player)], 400),
        (&format!("/api/v1/recordings/{}/live", fixture::recording_id(9)), vec![("cookie", &player)], 404),
    ];
    for (path, headers, expected) in cases {
        assert_eq!(open(&server, path, &headers).await.err(), Some(expected), "{path} {headers:?}");
    }
    assert!(open(&server, &path, &[("cookie", &player), ("origin", &own)]).await.is_ok());
}

#[tokio::test]
async fn viewers_that_send_rubbish_are_let_go() {
    let server = TestServer::start().await;
    let (recording, stored) = growing(&server, 200_000).await;
    let cookie = cookie(&server, "pia", &[Role::Player]).await;
    let path = format!("/api/v1/recordings/{}/live?from={stored}", recording.id);
    for rubbish in [Message::text("hello"), Message::binary(vec![0; 100_000])] {
        let mut socket = open(&server, &path, &[("cookie", &cookie)]).await.unwrap();
        next_text(&mut socket).await;
        let _ = socket.send(rubbish).await;
        let ended = tokio::time::timeout(std::time::Duration::from_secs(10), async {
            while let Some(Ok(message)) = socket.next().await {
                if message.is_close() {
                    return;
                }
            }
        });
        ended.await.expect("closed");
    }
    // Others go on.
    let mut socket = open(&server, &path, &[("cookie", &cookie)]).await.unwrap();
    assert_eq!(next_text(&mut socket).await["state"], "live");
}

#[tokio::test]
async fn stopping_the_server_tells_its_viewers() {
    let server = TestServer::start().await;
    let (recording, stored) = growing(&server, 200_000).await;
    let cookie = cookie(&server, "pia", &[Role::Player]).await;
    let path = format!("/api/v1/recordings/{}/live?from={stored}", recording.id);
    let mut socket = open(&server, &path, &[("cookie", &cookie)]).await.unwrap();
    next_text(&mut socket).await;
    let begun = std::time::Instant::now();
    server.running.shutdown().await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    match next(&mut socket).await {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1001),
        other => panic!("{other:?}"),
    }
}
