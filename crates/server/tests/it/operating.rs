//! What those see who run the server: health, figures, logs, the interface's description.

use api::Role;
use serde_json::json;

use crate::fixture;
use crate::harness::TestServer;

#[tokio::test]
async fn health_needs_nobody_and_tells_nothing_else() {
    let server = TestServer::start().await;
    let answer = server.client().get("/healthz").await;
    assert_eq!((answer.status, answer.body), (200, json!({ "status": "ok" })));
}

#[tokio::test]
async fn figures_are_for_the_token_and_for_logging_readers() {
    let server = TestServer::start().await;
    let token = std::fs::read_to_string(server.folder.path().join("metrics-token")).unwrap();
    let with = |value: String| {
        let request = server.client().request("GET", "/metrics").header("authorization", value);
        async { request.send().await.unwrap() }
    };
    let response = with(format!("Bearer {}", token.trim())).await;
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    for name in [
        "kinescope_active_recordings",
        "kinescope_received_bytes_total",
        "kinescope_queue_bytes",
        "kinescope_queue_messages",
        "kinescope_processed_messages_total",
    ] {
        assert!(
            text.contains(&format!("\n# TYPE {name} "))
                || text.starts_with(&format!("# TYPE {name} "))
                || text.contains(&format!("# TYPE {name}")),
            "{name} in {text}"
        );
    }
    assert_eq!(with("Bearer 0000".to_owned()).await.status(), 401);
    assert_eq!(with("Bearer ".to_owned()).await.status(), 401);
    assert_eq!(server.person("rea", &[Role::LoggingReader]).await.get("/metrics").await.status, 200);
    assert_eq!(server.person("pia", &[Role::Player]).await.get("/metrics").await.status, 403);
}

#[tokio::test]
async fn played_bytes_are_counted() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let caller = server.person("pia", &[Role::Player, Role::LoggingReader]).await;
    let path = format!("/api/v1/recordings/{}/data", recording.id);
    caller.request("GET", &path).header("range", "bytes=0-999").send().await.unwrap().bytes().await.unwrap();
    let text = caller.get("/metrics").await.body.as_str().unwrap().to_owned();
    assert!(text.contains("\nkinescope_played_bytes_total 1000\n"), "{text}");
}

#[tokio::test]
async fn the_interface_describes_itself() {
    let server = TestServer::start().await;
    let answer = server.client().get("/api/v1/openapi.json").await;
    assert_eq!(answer.status, 200);
    let checked_in: serde_json::Value = serde_json::from_str(include_str!("../../../api/openapi.json")).unwrap();
    assert_eq!(answer.body, checked_in);
}

#[tokio::test]
async fn diagnostics_are_listed_newest_first() {
    let server = TestServer::start().await;
    for number in 1..=3 {
        let diagnostic = catalogue::Diagnostic {
            at_us: server::clock::now_us(),
            severity: catalogue::Severity::Warning,
            number,
            machine: None,
            recording: None,
            text: format!("<b>disk {number}</b>"),
        };
        server.catalogue().add_diagnostic(&diagnostic).await.unwrap();
    }
    let caller = server.person("rea", &[Role::LoggingReader]).await;
    let page = caller.get("/api/v1/diagnostics?limit=2").await.body;
    assert_eq!(page["total"], 3);
    let numbers: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["number"].clone()).collect();
    assert_eq!(numbers, [3, 2]);
    assert_eq!(page["items"][0]["severity"], "warning");
    assert_eq!(page["items"][0]["text"], "<b>disk 3</b>");
    assert_eq!(caller.get("/api/v1/diagnostics?limit=0").await.status, 400);
}
