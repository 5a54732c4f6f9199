//! A recording's bytes: whole, one range, nothing else.

use api::Role;
use reqwest::Response;
use serde_json::json;

use crate::fixture;
use crate::harness::{Answer, Caller, TestServer};

async fn ranged(caller: &Caller, id: &str, range: &str) -> Response {
    caller.request("GET", &format!("/api/v1/recordings/{id}/data")).header("range", range).send().await.unwrap()
}

#[tokio::test]
async fn ranges_give_exactly_the_bytes_asked_for() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let caller = server.person("pia", &[Role::Player]).await;
    let (id, length) = (recording.id.to_string(), recording.bytes.len());
    let cases = [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=100-65635".to_owned(), 100..65_636),
        (format!("bytes={}-", length - 7), length - 7..length),
        (format!("bytes=0-{}", length * 2), 0..length),
        ("bytes=-19".to_owned(), length - 19..length),
    ];
    for (asked, expected) in cases {
        let response = ranged(&caller, &id, &asked).await;
        assert_eq!(response.status(), 206, "{asked}");
        let content_range = format!("bytes {}-{}/{length}", expected.start, expected.end - 1);
        assert_eq!(response.headers()["content-range"], content_range.as_str());
        assert_eq!(response.content_length(), Some(expected.len() as u64));
        assert_eq!(response.headers()["content-type"], "application/octet-stream");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.bytes().await.unwrap(), &recording.bytes[expected], "{asked}");
    }
}

#[tokio::test]
async fn without_a_range_it_is_the_whole_recording() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let caller = server.person("pia", &[Role::PrivilegedPlayer]).await;
    let path = format!("/api/v1/recordings/{}/data", recording.id);
    let response = caller.request("GET", &path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["accept-ranges"], "bytes");
    assert!(response.bytes().await.unwrap() == recording.bytes);
    let head = caller.request("HEAD", &path).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()),
        (200, &*recording.bytes.len().to_string())
    );
}

#[tokio::test]
async fn ranges_that_hold_nothing_or_several_are_refused() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let caller = server.person("pia", &[Role::Player]).await;
    let length = recording.bytes.len();
    for asked in [format!("bytes={length}-"), "bytes=0-1,4-5".to_owned(), "bytes=-0".to_owned()] {
        let response = ranged(&caller, &recording.id.to_string(), &asked).await;
        assert_eq!(response.headers()["content-range"], format!("bytes */{length}").as_str());
        let answer = Answer::of(response).await;
        assert_eq!((answer.status, answer.code()), (416, "range-not-satisfiable"), "{asked}");
    }
}

#[tokio::test]
async fn a_recording_without_a_file_says_so() {
    let server = TestServer::start().await;
    let recording = fixture::make(1, "eve");
    recording.list(&server, "eve", catalogue::RecordingState::Finished).await;
    let caller = server.person("pia", &[Role::Player]).await;
    for part in ["data", "index", "live"] {
        let request = caller.request("GET", &format!("/api/v1/recordings/{}/{part}", recording.id));
        let request = if part == "live" { upgrading(request) } else { request };
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.status, 404, "{part}: {}", answer.body);
        assert!(answer.body["message"].as_str().unwrap().contains("file"), "{part}: {}", answer.body);
    }
}

fn upgrading(request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    request
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[tokio::test]
async fn the_index_covers_what_is_stored_now() {
    let server = TestServer::start().await;
    let recording = fixture::make(1, "eve");
    let half = recording.store(&server, recording.bytes.len() / 2);
    recording.list(&server, "eve", catalogue::RecordingState::Live).await;
    let caller = server.person("pia", &[Role::Player]).await;
    let path = format!("/api/v1/recordings/{}/index", recording.id);

    let index = caller.get(&path).await.body;
    assert_eq!((&index["live"], index["length"].as_u64()), (&true.into(), Some(half)));
    assert_eq!(index["width"], 640);
    let groups = index["groups"].as_array().unwrap();
    assert!(!groups.is_empty() && groups.len() < recording.groups, "{groups:?}");

    recording.append(&server, recording.bytes.len());
    let index = caller.get(&path).await.body;
    assert_eq!(index["length"].as_u64(), Some(recording.bytes.len() as u64));
    assert_eq!(index["groups"].as_array().unwrap().len(), recording.groups);
    assert!(index["duration_us"].as_u64().unwrap() >= 3_000_000);
}

#[tokio::test]
async fn playing_is_logged_once_by_whichever_door() {
    let server = TestServer::start().await;
    let caller = server.person("pia", &[Role::Player, Role::LoggingReader]).await;
    for (number, doors) in [(1, ["index", "data"]), (2, ["data", "index"])] {
        let recording = fixture::finished(&server, number, "eve").await;
        for door in doors {
            let path = format!("/api/v1/recordings/{}/{door}", recording.id);
            assert_eq!(caller.request("GET", &path).send().await.unwrap().status(), 200);
        }
        let log = caller.get("/api/v1/admin-log").await.body;
        let entries = log["items"].as_array().unwrap().iter();
        let played: Vec<_> = entries.filter(|entry| entry["target"] == recording.id.to_string()).collect();
        assert_eq!(played.len(), 1, "{doors:?}");
        assert_eq!((&played[0]["action"], &played[0]["user"]), (&json!("playback"), &json!("pia")));
    }
}

#[tokio::test]
async fn the_evidence_file_is_for_those_who_may_play_the_recording() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let caller = server.person("pia", &[Role::Player]).await;
    let path = format!("/api/v1/recordings/{}/evidence", recording.id);
    assert_eq!(caller.get(&path).await.status, 404, "there is none yet");
    let entry = b"three of these";
    (0..3).for_each(|_| server.app().store.append_evidence(recording.id, entry).unwrap());
    let response = caller.request("GET", &path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert_eq!(response.bytes().await.unwrap(), entry.repeat(3));
    let stranger = server.person("adm", &[Role::PolicyAdministrator]).await;
    assert_eq!(stranger.get(&path).await.status, 403);
    let key = caller.get("/api/v1/evidence-key").await;
    assert_eq!(key.body["server_key"], json!(server.app().receipt_public_key.to_string()));
}
