//! How users are told, as people set it.

use api::Role;
use serde_json::{Value, json};

use crate::harness::TestServer;

fn german(consent: bool) -> Value {
    json!({
        "consent": consent, "patience_secs": 120, "default_language": "de", "built_in_texts": true,
        "texts": [{ "language": "de", "title": "Aufzeichnung", "body": "Absatz eins\nAbsatz zwei" }],
    })
}

#[tokio::test]
async fn what_is_set_is_kept_and_logged_with_before_and_after() {
    let server = TestServer::start().await;
    let admin = server.person("ada", &[Role::PolicyAdministrator, Role::LoggingReader]).await;
    let first = admin.get("/api/v1/notices").await.body;
    assert_eq!((&first["setting"]["consent"], &first["setting"]["texts"]), (&json!(false), &json!([])));
    let languages: Vec<&Value> = first["built_in"].as_array().unwrap().iter().map(|text| &text["language"]).collect();
    assert_eq!(languages, ["en", "fr", "de", "es", "ja", "zh-CN"]);

    let buttons = first["buttons"].as_array().unwrap();
    assert_eq!((buttons.len(), &buttons[0]["language"], &buttons[8]["accept"]), (25, &json!("en"), &json!("موافقة")));

    let wanted = json!({ "setting": german(true), "instead_of": first["setting"] });
    let changed = admin.send("PUT", "/api/v1/notices", wanted).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let reader = server.person("quinn", &[Role::PolicyQuery]).await;
    assert_eq!(reader.get("/api/v1/notices").await.body["setting"], german(true));
    let refused = json!({ "setting": german(false), "instead_of": german(true) });
    assert_eq!(reader.send("PUT", "/api/v1/notices", refused).await.status, 403);

    let log = admin.get("/api/v1/admin-log").await.body;
    let noted = log["items"].as_array().unwrap().iter().find(|item| item["action"] == "notices-changed").unwrap();
    let entry = admin.get(&format!("/api/v1/admin-log/{}", noted["id"])).await.body;
    assert!(entry["before"].as_str().unwrap().contains("\"consent\": false"), "{entry}");
    assert!(entry["after"].as_str().unwrap().contains("Absatz zwei"), "{entry}");
}

#[tokio::test]
async fn who_comes_second_overwrites_nothing_and_nonsense_is_refused() {
    let server = TestServer::start().await;
    let admin = server.person("ada", &[Role::PolicyAdministrator]).await;
    let first = admin.get("/api/v1/notices").await.body["setting"].clone();
    let put = |setting: Value, instead_of: &Value| {
        admin.send("PUT", "/api/v1/notices", json!({ "setting": setting, "instead_of": instead_of }))
    };
    assert_eq!(put(german(true), &first).await.status, 200);
    let late = put(german(false), &first).await;
    assert_eq!((late.status, &late.body["code"]), (409, &json!("conflict")));
    for (field, value) in [
        ("patience_secs", json!(5)),
        ("default_language", json!("sw")),
        ("default_language", json!("de_DE")),
        ("texts", json!([{ "language": "de", "title": "", "body": "x" }])),
        (
            "texts",
            json!([{ "language": "de", "title": "a", "body": "b" }, { "language": "DE", "title": "a", "body": "b" }]),
        ),
        ("texts", json!([{ "language": "de", "title": "a", "body": "\u{1b}[2J" }])),
    ] {
        let mut setting = german(true);
        setting[field] = value;
        let refused = put(setting, &german(true)).await;
        assert_eq!(refused.status, 400, "{field}: {}", refused.body);
    }
    assert_eq!(admin.get("/api/v1/notices").await.body["setting"], german(true));
}
