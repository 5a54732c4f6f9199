//! How recordings are sealed, as people set it.

use api::Role;
use sealing::{PrivateKey, Seed};
use serde_json::json;

use crate::harness::TestServer;

fn public_key(person: u8) -> String {
    PrivateKey::generate(&Seed::new([person; 32])).public().to_string()
}

#[tokio::test]
async fn what_is_set_is_kept_logged_and_shown_to_players() {
    let server = TestServer::start().await;
    let admin = server.person("ada", &[Role::PolicyAdministrator, Role::LoggingReader]).await;
    let before = admin.get("/api/v1/sealing").await.body;
    assert_eq!((&before["classes"], &before["recipients"]), (&json!([]), &json!([])));
    assert_eq!(before["possible_classes"], json!(["picture", "text", "events", "thumbnails"]));

    let wanted = json!({
        "classes": ["picture", "events"],
        "recipients": [{ "name": "Alice", "public_key": public_key(1) }],
    });
    let changed = admin.send("PUT", "/api/v1/sealing", wanted).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let fingerprint = PrivateKey::generate(&Seed::new([1; 32])).public().fingerprint().to_string();
    let player = server.person("pia", &[Role::Player]).await;
    let shown = player.get("/api/v1/sealing").await.body;
    assert_eq!(shown["recipients"][0]["name"], "Alice");
    assert_eq!(shown["recipients"][0]["fingerprint"], json!(fingerprint));
    let log = admin.get("/api/v1/admin-log").await.body;
    let noted = log["items"].as_array().unwrap().iter().find(|item| item["action"] == "sealing-changed").unwrap();
    assert_eq!(
        (&noted["user"], &noted["detail"]),
        (&json!("ada"), &json!("picture, events of new recordings for Alice"))
    );

    let off = admin.send("PUT", "/api/v1/sealing", json!({ "classes": [], "recipients": [] })).await;
    assert_eq!((off.status, &off.body["classes"]), (200, &json!([])));

    // Recordings of then still name the key: who that was stays known, under the last name, until the key is used again.
    assert_eq!(off.body["former"], json!([{ "name": "Alice", "fingerprint": fingerprint }]));
    let bob = json!({ "name": "Bob", "public_key": public_key(2) });
    for recipients in [json!([bob]), json!([{ "name": "Al", "public_key": public_key(1) }])] {
        let changed = admin.send("PUT", "/api/v1/sealing", json!({ "classes": ["picture"], "recipients": recipients }));
        assert_eq!(changed.await.status, 200);
    }
    let shown = player.get("/api/v1/sealing").await.body;
    assert_eq!((&shown["former"][0]["name"], shown["former"].as_array().unwrap().len()), (&json!("Bob"), 1));
}

#[tokio::test]
async fn what_would_lose_recordings_is_refused_and_changes_nothing() {
    let server = TestServer::start().await;
    let admin = server.person("ada", &[Role::PolicyAdministrator]).await;
    let alice = json!({ "name": "Alice", "public_key": public_key(1) });
    let private = PrivateKey::generate(&Seed::new([1; 32])).to_text().to_string();
    let mut mistyped = public_key(1);
    mistyped.pop();
    mistyped.push('x');
    let many: Vec<_> = (0..17).map(|n| json!({ "name": n.to_string(), "public_key": public_key(n) })).collect();
    let cases = [
        (json!([]), json!([alice]), "at least one class"),
        (json!(["picture"]), json!([]), "0 recipients"),
        (json!(["smell"]), json!([alice]), "smell"),
        (json!(["picture"]), json!([{ "name": " ", "public_key": public_key(1) }]), "name"),
        (json!(["picture"]), json!([alice, { "name": "Alice", "public_key": public_key(2) }]), "twice"),
        (json!(["picture"]), json!([alice, { "name": "Bob", "public_key": public_key(1) }]), "twice"),
        (json!(["picture"]), json!([{ "name": "Alice", "public_key": mistyped }]), "Alice"),
        (json!(["picture"]), json!([{ "name": "Alice", "public_key": private }]), "private key"),
        (json!(["picture"]), json!(many), "17 recipients"),
    ];
    for (classes, recipients, why) in cases {
        let answer =
            admin.send("PUT", "/api/v1/sealing", json!({ "classes": classes, "recipients": recipients })).await;
        assert_eq!((answer.status, answer.code()), (400, "bad-request"), "{why}: {}", answer.body);
        assert!(answer.body.to_string().contains(why), "{why}: {}", answer.body);
        assert!(!answer.body.to_string().contains(&private), "a private key given by mistake is not repeated");
    }
    assert_eq!(admin.get("/api/v1/sealing").await.body["recipients"], json!([]));
}
