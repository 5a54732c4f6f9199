//! Policies through the interface: changed by one person at a time, logged, tried, activated.

use api::Role;
use serde_json::{Value, json};

use crate::fixture;
use crate::harness::{Caller, TestServer};

const PATH: &str = "/api/v1/policies";

fn document(name: &str) -> Value {
    let action = json!({ "do": "record-screen", "notice": false });
    let rule = json!({ "name": "Finance", "action": action, "when": { "who": [{ "group": "finance" }] } });
    json!({ "version": 1, "name": name, "description": "what for", "rules": [rule] })
}

async fn administrator(server: &TestServer) -> Caller {
    server.person("ada", &[Role::PolicyAdministrator, Role::LoggingReader]).await
}

/// Keeps a policy and gives its id.
async fn create(caller: &Caller, name: &str) -> String {
    let created = caller.send("POST", PATH, json!({ "document": document(name) })).await;
    assert_eq!(created.status, 201, "{}", created.body);
    created.body["policy"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_policy_is_kept_copied_renamed_activated_and_removed() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let id = create(&ada, "Finance desks").await;
    let own = format!("{PATH}/{id}");
    let copied = ada.send("POST", &format!("{own}/copy"), json!({ "name": " Copy " })).await;
    assert_eq!((copied.status, &copied.body["document"]["name"]), (201, &json!("Copy")), "{}", copied.body);
    let of_built_in = ada.send("POST", &format!("{PATH}/record-everything/copy"), json!({ "name": "All" })).await;
    assert_eq!(of_built_in.body["document"]["rules"][0]["when"], json!({ "where": [{ "machine": "*" }] }));

    let renamed = ada.send("PUT", &own, json!({ "revision": 1, "document": document("Desks") })).await;
    assert_eq!((&renamed.body["policy"]["name"], &renamed.body["policy"]["revision"]), (&json!("Desks"), &json!(2)));
    assert_eq!(renamed.body["policy"]["changed_by"], "ada");

    let choice = json!({ "revision": 2, "instead_of": "do-not-record" });
    let activated = ada.send("POST", &format!("{own}/activate"), choice.clone()).await;
    assert_eq!((activated.status, &activated.body["policy"]["active"]), (200, &json!(true)), "{}", activated.body);
    let list = ada.get(PATH).await.body;
    assert_eq!(list["active"], json!(id));
    let names: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "Do not record",
            "Record everything, with notice",
            "Record everything, without notice",
            "Record events only, with notice",
            "Record events only, without notice",
            "All",
            "Copy",
            "Desks"
        ]
    );
    assert!(list["not_yet"].as_array().unwrap().contains(&json!("audio")));

    let in_use = ada.act("DELETE", &format!("{own}?revision=2")).await;
    assert_eq!((in_use.status, in_use.code()), (409, "conflict"));
    let back = json!({ "revision": 0, "instead_of": id });
    assert_eq!(ada.send("POST", &format!("{PATH}/do-not-record/activate"), back).await.status, 200);
    assert_eq!(ada.act("DELETE", &format!("{own}?revision=2")).await.status, 204);
    assert_eq!(ada.get(&own).await.status, 404);
    let server = server.restart(|_| {}).await;
    let list = server.person("bob", &[Role::PolicyQuery]).await.get(PATH).await.body;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["active"]), (7, &json!("do-not-record")));
}

#[tokio::test]
async fn nobody_overwrites_what_somebody_else_did_meanwhile() {
    let server = TestServer::start().await;
    let (ada, bob) = (administrator(&server).await, server.person("bob", &[Role::PolicyAdministrator]).await);
    let own = format!("{PATH}/{}", create(&ada, "Finance desks").await);
    let change = |name: &str| json!({ "revision": 1, "document": document(name) });
    assert_eq!(bob.send("PUT", &own, change("Bob's")).await.status, 200);
    let late = ada.send("PUT", &own, change("Ada's")).await;
    assert_eq!((late.status, late.code()), (409, "conflict"));
    assert!(late.body["message"].as_str().unwrap().contains("bob"), "{}", late.body);
    assert_eq!(ada.act("DELETE", &format!("{own}?revision=1")).await.status, 409);
    let choice = |revision: u32, instead_of: &str| json!({ "revision": revision, "instead_of": instead_of });
    for refused in [choice(1, "do-not-record"), choice(2, "record-everything")] {
        let late = ada.send("POST", &format!("{own}/activate"), refused).await;
        assert_eq!((late.status, late.code()), (409, "conflict"), "{}", late.body);
    }
    assert_eq!(ada.get(&own).await.body["document"]["name"], "Bob's");
    let taken = ada.send("POST", PATH, json!({ "document": document("bob's") })).await;
    assert_eq!((taken.status, taken.code()), (409, "conflict"));
}

#[tokio::test]
async fn what_is_wrong_or_not_possible_yet_is_refused_in_words() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let with = |pointer: &str, value: Value| {
        let mut wrong = document("P");
        *wrong.pointer_mut(pointer).unwrap() = value;
        wrong
    };
    let cases = [
        (with("/version", json!(2)), "Version 2"),
        (with("/rules/0/when", json!({})), "Rule 1 “Finance”"),
        (
            with("/rules/0/action", json!({ "do": "record-screen", "notice": true, "audio": true })),
            "recording audio is not possible yet",
        ),
        (with("/rules/0/action", json!({ "do": "record-screen", "notice": false, "lossy": true })), "lossy recording"),
        (with("/name", json!("do not RECORD")), "built-in"),
    ];
    for (wrong, part) in cases {
        let refused = ada.send("POST", PATH, json!({ "document": wrong })).await;
        assert_eq!((refused.status, refused.code()), (400, "bad-request"), "{wrong}");
        assert!(refused.body["message"].as_str().unwrap().contains(part), "{part}: {}", refused.body);
    }
    let large = with("/rules/0/when", json!({ "tags": vec!["x".repeat(200); 200] }));
    assert_eq!(ada.send("POST", PATH, json!({ "document": large })).await.status, 201, "40 KB is not too much");
    for path in ["do-not-record", "record-everything"] {
        let own = format!("{PATH}/{path}");
        assert_eq!(ada.send("PUT", &own, json!({ "revision": 0, "document": document("P") })).await.status, 400);
        assert_eq!(ada.act("DELETE", &format!("{own}?revision=0")).await.status, 400);
    }
    let not_yet = ada
        .send(
            "POST",
            &format!("{PATH}/record-with-notice-audio/activate"),
            json!({ "revision": 0, "instead_of": "do-not-record" }),
        )
        .await;
    assert!(not_yet.status == 400 || not_yet.status == 404, "{}", not_yet.body);
    assert_eq!(ada.get(PATH).await.body["active"], "do-not-record");
}

#[tokio::test]
async fn a_session_is_tried_against_what_is_kept_and_what_is_not() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let id = create(&ada, "Finance desks").await;
    let session =
        |group: &str| json!({ "user": "ana", "groups": [group], "machine": "fin-1", "day": "mon", "time": "09:30" });
    let attempt = |body: Value| ada.send("POST", "/api/v1/policies/try", body);
    let tried = attempt(json!({ "policy": id, "session": session("finance") })).await;
    assert_eq!((tried.status, &tried.body["record"], &tried.body["rules"]), (200, &json!(true), &json!(["Finance"])));
    assert_eq!(tried.body["policy"], "Finance desks");
    assert!(tried.body["reason"].as_str().unwrap().contains("ana is in the group finance"), "{}", tried.body);
    let tried = attempt(json!({ "document": document("Draft"), "session": session("hr") })).await;
    assert_eq!((&tried.body["record"], &tried.body["rules"]), (&json!(false), &json!([])), "{}", tried.body);
    let tried = attempt(json!({ "policy": "record-everything", "session": session("hr") })).await;
    assert_eq!(tried.body["record"], json!(true));
    for wrong in [
        json!({ "session": session("x") }),
        json!({ "policy": id, "document": document("x"), "session": session("x") }),
        json!({ "policy": id }),
        json!({ "policy": id, "session": { "user": "a", "machine": "b", "client_address": "here" } }),
        json!({ "policy": id, "session": { "user": "a", "machine": "b", "day": "mon" } }),
        json!({ "policy": id, "session": { "user": "a".repeat(257), "machine": "b" } }),
    ] {
        assert_eq!(attempt(wrong.clone()).await.status, 400, "{wrong}");
    }
    assert_eq!(attempt(json!({ "policy": "none", "session": session("x") })).await.status, 404);
}

#[tokio::test]
async fn the_session_of_a_recording_is_tried_by_those_who_may_play_it() {
    let server = TestServer::start().await;
    let recording = fixture::finished(&server, 1, "eve").await.id.to_string();
    let body = json!({ "policy": "record-everything", "recording": recording });
    let both = server.person("both", &[Role::PolicyQuery, Role::Player]).await;
    let tried = both.send("POST", "/api/v1/policies/try", body.clone()).await;
    assert_eq!((tried.status, &tried.body["record"]), (200, &json!(true)), "{}", tried.body);
    assert!(!tried.body["session"]["user"].as_str().unwrap().is_empty());
    let ada = administrator(&server).await;
    assert_eq!(ada.send("POST", "/api/v1/policies/try", body).await.status, 404, "no player is told nothing");
}

#[tokio::test]
async fn every_change_is_in_the_log_with_who_before_and_after() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let id = create(&ada, "Finance desks").await;
    let own = format!("{PATH}/{id}");
    ada.send("PUT", &own, json!({ "revision": 1, "document": document("Desks") })).await;
    ada.send("POST", &format!("{own}/activate"), json!({ "revision": 2, "instead_of": "do-not-record" })).await;
    ada.send("POST", &format!("{PATH}/do-not-record/activate"), json!({ "revision": 0, "instead_of": id })).await;
    ada.act("DELETE", &format!("{own}?revision=2")).await;
    let log = ada.get("/api/v1/admin-log").await.body;
    let entries: Vec<&Value> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["action"].as_str().unwrap().starts_with("policy-"))
        .collect();
    let actions: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["policy-removed", "policy-activated", "policy-activated", "policy-changed", "policy-created"]);
    assert!(entries.iter().all(|entry| entry["user"] == "ada" && entry["has_change"] == true));
    let changed = ada.get(&format!("/api/v1/admin-log/{}", entries[3]["id"])).await.body;
    let text = |side: &str| serde_json::from_str::<Value>(changed[side].as_str().unwrap()).unwrap();
    assert_eq!((text("before"), text("after")), (document("Finance desks"), document("Desks")));
    assert!(changed["item"]["detail"].as_str().unwrap().contains("Finance desks"), "{changed}");
    assert_eq!((&entries[1]["target"], &entries[1]["detail"]), (&json!("Do not record"), &json!("instead of “Desks”")));
    assert_eq!(ada.get("/api/v1/admin-log/none").await.status, 404);
}

#[tokio::test]
async fn without_a_log_nothing_changes() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let id = create(&ada, "Finance desks").await;
    let file = server.folder.path().join("catalogue.sqlite");
    let broken = std::process::Command::new("python3")
        .args(["-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(\"CREATE TRIGGER full BEFORE INSERT ON administrator_log BEGIN SELECT RAISE(ABORT, 'full'); END\"); c.commit()"])
        .arg(file)
        .status()
        .unwrap();
    assert!(broken.success());
    let own = format!("{PATH}/{id}");
    for refused in [
        ada.send("POST", PATH, json!({ "document": document("New") })).await,
        ada.send("PUT", &own, json!({ "revision": 1, "document": document("Desks") })).await,
        ada.send("POST", &format!("{own}/activate"), json!({ "revision": 1, "instead_of": "do-not-record" })).await,
        ada.act("DELETE", &format!("{own}?revision=1")).await,
    ] {
        assert_eq!((refused.status, refused.code()), (503, "not-logged"), "{}", refused.body);
        assert!(refused.body["message"].as_str().unwrap().contains("administrator log"), "{}", refused.body);
    }
    assert_eq!(ada.get(&own).await.body["document"], document("Finance desks"));
    assert_eq!(ada.get(PATH).await.body["active"], "do-not-record");
}
