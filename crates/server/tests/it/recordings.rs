//! Finding recordings.

use api::Role;
use catalogue::RecordingState;

use crate::fixture;
use crate::harness::{TestServer, eventually};

#[tokio::test]
async fn lists_filters_sorts_and_pages() {
    let server = TestServer::start().await;
    let people =
        [("eve", RecordingState::Finished), ("mallory", RecordingState::Live), ("trudy", RecordingState::Crashed)];
    for (number, (user, state)) in (1..).zip(people) {
        fixture::make(number, user).list(&server, user, state).await;
    }
    let caller = server.person("pia", &[Role::Player]).await;
    let cases = [
        ("?sort=user", vec!["eve", "mallory", "trudy"]),
        ("?sort=-user", vec!["trudy", "mallory", "eve"]),
        ("?sort=user&limit=1&offset=1", vec!["mallory"]),
        ("?state=live", vec!["mallory"]),
        ("?state=finished&sort=user", vec!["eve", "trudy"]),
        ("?text=MALL", vec!["mallory"]),
        ("?text=nobody", vec![]),
        ("?from=9000000000000000", vec!["mallory"]),
        ("?to=1000", vec![]),
    ];
    for (query, expected) in cases {
        let page = caller.get(&format!("/api/v1/recordings{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.body);
        let users: Vec<_> = page.body["items"].as_array().unwrap().iter().map(|item| item["user"].clone()).collect();
        assert_eq!(users, expected, "{query}");
    }
    assert_eq!(caller.get("/api/v1/recordings?limit=1").await.body["total"], 3);
}

#[tokio::test]
async fn queries_out_of_bounds_are_refused_with_the_reason() {
    let server = TestServer::start().await;
    let caller = server.person("pia", &[Role::Player]).await;
    let long = format!("?text={}", "x".repeat(257));
    let cases =
        ["?limit=0", "?limit=501", "?limit=-1", "?limit=many", "?sort=name", "?state=dead", "?colour=red", &long];
    for query in cases {
        let answer = caller.get(&format!("/api/v1/recordings{query}")).await;
        assert_eq!((answer.status, answer.code()), (400, "bad-request"), "{query}: {}", answer.body);
        assert!(!answer.body["message"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn hostile_texts_come_back_as_data() {
    let server = TestServer::start().await;
    let hostile = "</script><script>alert(1)</script>\u{202e}\u{0}\u{1b}]0;x\u{7}'; DROP TABLE recordings; --";
    let recording = fixture::make(1, hostile);
    recording.list(&server, hostile, RecordingState::Finished).await;
    let caller = server.person("pia", &[Role::Player]).await;
    let response = caller.request("GET", "/api/v1/recordings").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let page: serde_json::Value = response.json().await.unwrap();
    assert_eq!(page["items"][0]["user"], hostile);
    let found = caller.request("GET", "/api/v1/recordings").query(&[("text", "'; DROP TABLE")]).send().await.unwrap();
    assert_eq!(found.json::<serde_json::Value>().await.unwrap()["total"], 1);
}

#[tokio::test]
async fn ids_that_cannot_be_are_not_found_and_never_paths() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let caller = server.person("pia", &Role::ALL).await;
    let id = recording.id.to_string();
    let hostile = [
        "..".to_owned(),
        "..%2f..%2f..%2fetc%2fpasswd".to_owned(),
        "%2e%2e%2f%2e%2e%2fcatalogue.sqlite".to_owned(),
        "..%5c..%5cserver.key".to_owned(),
        format!("{id}%00"),
        format!("{id}.kin"),
        id.to_uppercase(),
        format!("{}-{}", &id[..8], &id[8..]),
        "0".repeat(32),
        "%ff%fe".to_owned(),
        "x".repeat(5000),
    ];
    for hostile in hostile {
        for part in ["", "/index", "/data", "/thumbnails"] {
            let answer = caller.get(&format!("/api/v1/recordings/{hostile}{part}")).await;
            assert!(matches!(answer.status, 400 | 404), "{hostile}{part}: {} {}", answer.status, answer.body);
        }
        for (method, path) in [("POST", "/api/v1/machines/{}/revoke"), ("DELETE", "/api/v1/enrolment-tokens/{}")] {
            let answer = caller.act(method, &path.replace("{}", &hostile)).await;
            assert!(matches!(answer.status, 400 | 404 | 405), "{method} {hostile}: {}", answer.status);
        }
    }
    assert_eq!(caller.get(&format!("/api/v1/recordings/{id}")).await.status, 200);
}

#[tokio::test]
async fn recordings_without_a_picture_are_told_apart_also_those_that_an_earlier_version_listed() {
    let server = TestServer::start().await;
    fixture::finished(&server, 1, "eve").await;
    let without = fixture::events_only(2, "mallory");
    without.store(&server, without.bytes.len());
    without.list(&server, "mallory", RecordingState::Finished).await;
    let server = server.restart(|_| {}).await;
    let caller = server.person("pia", &[Role::Player]).await;
    eventually("somebody has looked", async || {
        let page = caller.get("/api/v1/recordings?events_only=true").await;
        page.body["total"] == 1
            && page.body["items"][0]["user"] == "mallory"
            && page.body["items"][0]["events_only"] == true
    })
    .await;
    let others = caller.get("/api/v1/recordings?events_only=false").await;
    assert_eq!((&others.body["total"], &others.body["items"][0]["user"]), (&1.into(), &"eve".into()));
    assert_eq!(caller.get("/api/v1/recordings?events_only=maybe").await.status, 400);
}
