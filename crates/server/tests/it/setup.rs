//! First starts, later starts, and what is left in the data folder.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use api::Role;
use serde_json::json;
use server::offline::rebuild_catalogue;
use server::{Config, Server};
use tempfile::TempDir;

use crate::fixture;
use crate::harness::TestServer;

#[tokio::test]
async fn after_installation_nothing_is_recorded_and_nobody_plays() {
    let server = TestServer::start().await;
    let first = server.running.first_login().unwrap().clone();
    let admin = server.client();
    admin.sign_in(&first.user, &first.password).await;
    let me = admin.get("/api/v1/me").await.body;
    assert_eq!((&me["roles"], &me["demo"]), (&json!(["policy-administrator"]), &json!(false)));
    assert_eq!(admin.get("/api/v1/policies").await.body["active"], "do-not-record");
    assert_eq!(admin.get("/api/v1/recordings").await.status, 403);

    let choice = json!({ "revision": 0, "instead_of": "do-not-record" });
    let changed = admin.send("POST", "/api/v1/policies/record-everything/activate", choice).await;
    assert_eq!((changed.status, &changed.body["policy"]["active"]), (200, &json!(true)));
}

#[tokio::test]
async fn a_demo_records_everything_and_its_user_may_do_everything() {
    let server = TestServer::start_with(|config| config.demo = true).await;
    let first = server.running.first_login().unwrap().clone();
    let admin = server.client();
    admin.sign_in(&first.user, &first.password).await;
    let me = admin.get("/api/v1/me").await.body;
    assert_eq!((me["roles"].as_array().unwrap().len(), &me["demo"]), (6, &json!(true)));
    assert_eq!(admin.get("/api/v1/policies").await.body["active"], "record-everything");
}

#[tokio::test]
async fn the_next_start_goes_on_with_the_same_data() {
    let server = TestServer::start().await;
    let first = server.running.first_login().unwrap().clone();
    let certificate = server.certificate();
    let admin = server.client();
    admin.sign_in(&first.user, &first.password).await;
    let server = server.restart(|_| {}).await;
    assert!(server.running.first_login().is_none());
    assert_eq!(server.certificate(), certificate);
    server.client().sign_in(&first.user, &first.password).await;
}

#[tokio::test]
async fn a_folder_in_use_does_not_turn_into_a_demo() {
    let server = TestServer::start().await;
    let folder = server.folder;
    server.running.shutdown().await;
    let config = Config { demo: true, ..config(folder.path()) };
    let error = Server::start(config).await.err().unwrap().to_string();
    assert!(error.contains("--demo"), "{error}");
}

#[tokio::test]
async fn two_servers_do_not_share_a_folder() {
    let server = TestServer::start().await;
    let error = Server::start(config(server.folder.path())).await.err().unwrap().to_string();
    assert!(error.contains("another server is running"), "{error}");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let server = TestServer::start().await;
    let folder = TempDir::new().unwrap();
    let config = Config { listen: server.address(), ..config(folder.path()) };
    let error = Server::start(config).await.err().unwrap().to_string();
    assert!(error.contains(&server.address().to_string()) && error.contains("--listen"), "{error}");
}

#[tokio::test]
async fn secrets_are_for_the_servers_user_alone() {
    let parent = TempDir::new().unwrap();
    let data = parent.path().join("made/by/the/server");
    let running = Server::start(config(&data)).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&data.join("recordings"))), (0o700, 0o700));
    for file in ["tls/server.key", "tls/agents.key", "metrics-token", "catalogue.sqlite", "catalogue.sqlite-wal"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    running.shutdown().await;
}

#[tokio::test]
async fn damaged_keys_are_named_and_not_replaced() {
    let server = TestServer::start().await;
    let folder = server.folder;
    server.running.shutdown().await;
    let key = folder.path().join("tls/agents.key");
    std::fs::write(&key, "rubbish").unwrap();
    let error = Server::start(config(folder.path())).await.err().unwrap().to_string();
    assert!(error.contains("damaged") && error.contains("backup"), "{error}");
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "rubbish");
}

#[tokio::test]
async fn the_list_of_recordings_is_made_anew_from_storage() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await;
    let first = server.running.first_login().unwrap().clone();
    let in_use = rebuild_catalogue(&config(server.folder.path())).await.unwrap_err().to_string();
    assert!(in_use.contains("another server is running"), "{in_use}");

    let folder = server.folder;
    let outdated = server.running.app().catalogue.replace_recordings([]).await.unwrap();
    assert_eq!(outdated, 0);
    server.running.shutdown().await;
    let rebuilt = rebuild_catalogue(&config(folder.path())).await.unwrap();
    assert_eq!((rebuilt.recordings, rebuilt.unreadable.len()), (1, 0));
    let running = Server::start(config(folder.path())).await.unwrap();
    let server = TestServer { running, folder };
    server.client().sign_in(&first.user, &first.password).await;
    let caller = server.person("pia", &[Role::Player]).await;
    let page = caller.get("/api/v1/recordings").await.body;
    assert_eq!((&page["total"], &page["items"][0]["user"]), (&json!(1), &json!("eve")));
    assert_eq!(page["items"][0]["id"], recording.id.to_string());
    assert_eq!(page["items"][0]["size_bytes"], recording.bytes.len());
}

fn config(folder: &Path) -> Config {
    Config { data: folder.to_owned(), listen: ([127, 0, 0, 1], 0).into(), ..Config::default() }
}
