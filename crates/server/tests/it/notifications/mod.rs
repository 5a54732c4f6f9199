//! Mail and webhook calls that events ask for: from an agent's recording to a real mail server and a listener for HTTP.

mod setting;
mod sink;
mod storm;

use std::time::{SystemTime, UNIX_EPOCH};

use api::Role;
use catalogue::{AskedOf, Channel, Delivery, DeliveryQuery, Machine, QueueBounds};
use recording::Event;
use serde_json::{Value, json};
use server::ingest::rebuild_catalogue;

use crate::harness::{Caller, TestServer, eventually};
use crate::ingest::scripted::Agent;
use crate::ingest::site::enrol;
use crate::ingest::tape::Tape;
use sink::{Listener, MailSink};

const PATH: &str = "/api/v1/notifications";
const SECRET: &str = "a secret that signs calls";
const DAY_US: i64 = 86_400_000_000;

fn now_us() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

async fn administrator(server: &TestServer) -> Caller {
    server.person("ada", &[Role::PolicyAdministrator, Role::LoggingReader]).await
}

/// How mail goes to a sink on this host.
fn mail(port: u16) -> Value {
    json!({
        "host": "localhost", "port": port, "security": "none", "sender": "kinescope@example.org", "per_second": 100,
        "language": "en", "subject": ["trigger", "event", "user", "detail"],
    })
}

/// Puts a setting in the place of the present one.
async fn put(ada: &Caller, setting: Value, more: Value) -> crate::harness::Answer {
    let before = ada.get(PATH).await.body["setting"].clone();
    let mut body = json!({ "setting": setting, "instead_of": before });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ada.send("PUT", PATH, body).await
}

async fn set(ada: &Caller, setting: Value, more: Value) {
    let answer = put(ada, setting, more).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Makes a detection policy active whose rule "all" writes to these people about popups.
async fn activate(ada: &Caller, to: &[&str]) {
    let trigger = json!({ "description": "A dialog", "event": "popup", "actions": ["mail", "webhook"] });
    let rule = json!({
        "name": "all", "log": { "popups": true }, "when": { "where": [{ "machine": "*" }] },
        "respond": { "mail_to": to, "triggers": [trigger] },
    });
    let document = json!({ "version": 1, "name": "watch", "description": "", "rules": [rule] });
    let created = ada.send("POST", "/api/v1/detection-policies", json!({ "document": document })).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let path = format!("/api/v1/detection-policies/{}/activate", created.body["policy"]["id"].as_str().unwrap());
    let choice = json!({ "revision": 1, "instead_of": "machine-settings" });
    assert_eq!(ada.send("POST", &path, choice).await.status, 200);
}

/// What an agent writes into a recording when a trigger is met.
fn response(action: &str, detail: &str) -> Event {
    let event = Event::new("response").with("action", action).with("outcome", "asked of the server");
    let event = event.with("trigger", "A dialog").with("of", "popup").with("detail", detail);
    event.with("rule", "all").with("policy", "watch").with("text", "a response")
}

async fn agent(server: &TestServer, machine: &Machine) -> Agent {
    Agent::of(&server.app().ingest, machine.clone()).await
}

async fn deliveries(server: &TestServer) -> Vec<Delivery> {
    let query = DeliveryQuery { outcome: None, channel: None, limit: 1_000, offset: 0 };
    server.catalogue().deliveries(&query).await.unwrap().items
}

/// Waits until nothing waits and there are so many altogether.
async fn settled(server: &TestServer, count: usize) -> Vec<Delivery> {
    eventually("everything is settled", async || {
        deliveries(server).await.len() == count && server.catalogue().waiting_deliveries().await.unwrap() == 0
    })
    .await;
    deliveries(server).await
}

fn recipients(mails: &[Value]) -> Vec<String> {
    let mut to: Vec<String> = mails.iter().map(|mail| mail["to"][0].as_str().unwrap().to_owned()).collect();
    to.sort();
    to
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_event_asks_for_is_mailed_once_to_those_whom_the_servers_own_policy_names() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let sink = MailSink::start(&[]);
    let mut mail = mail(sink.port);
    mail["texts"] = json!({ "en": "Look at {user}: {detail}\n{link}\nOurs {{alone}}" });
    let setting = json!({ "public_address": "https://kinescope.example.org", "mail": mail });
    set(&ada, setting, json!({ "test_to": "tess@example.org" })).await;
    eventually("the test comes", async || sink.mails().len() == 1).await;
    activate(&ada, &["soc@example.org", "dpo@example.org"]).await;

    let machine = enrol(server.catalogue(), 1).await;
    let mut tape = Tape::since(1, machine.id, now_us() - 60_000_000);
    let hostile = "Invoice\r\nBcc: mallory@example.org\u{202e}<script>alert(1)</script> \u{8acb}\u{6c42}";
    // Nothing of this is a recipient, and what is not in the policy is not a trigger.
    let event = response("mail", hostile).with("mail_to", json!(["mallory@example.org"]));
    tape.event(&event.with("recipient", "mallory@example.org"));
    tape.event(&response("mail", "no such rule").with("rule", "mallory"));
    tape.event(&response("mail", "no such policy").with("policy", "mallory"));
    tape.event(&response("mail", "a text of its own").with("trigger", "Call 0900 123").with("count", 7));
    tape.event(&response("lock", "not the server's to do"));
    tape.event(&response("mail", "refused by the agent").with("outcome", "refused: too many"));
    agent(&server, &machine).await.open_and_send(&tape).await;

    let rows = settled(&server, 6).await;
    let player = server.person("pia", &[Role::Player]).await;
    let listed = player.get("/api/v1/responses?text=alert%20watch&action=mail&outcome=asked").await.body;
    let said = ["trigger", "of", "rule", "policy"].map(|name| listed["items"][0][name].as_str().unwrap_or_default());
    assert_eq!((&listed["total"], said), (&json!(1), ["A dialog", "popup", "all", "watch"]), "{listed}");
    assert!(listed["items"][0]["detail"].as_str().unwrap().starts_with("Invoice  Bcc: "), "{listed}");
    let listed = player.get("/api/v1/responses?text=no%20such%20rule").await.body;
    let (detail, rule) = (&listed["items"][0]["detail"], &listed["items"][0]["rule"]);
    assert_eq!((detail, rule), (&json!("no such rule"), &json!("mallory")), "each has its own words: {listed}");
    assert_eq!(player.get("/api/v1/responses?outcome=refused").await.body["total"], 1);
    let outcomes = |wanted| rows.iter().filter(|row| row.outcome == wanted).count();
    assert_eq!(outcomes(catalogue::DeliveryOutcome::Delivered), 4, "{rows:?}");
    assert_eq!(outcomes(catalogue::DeliveryOutcome::NotAllowed), 2, "{rows:?}");
    let mails = sink.mails().split_off(1);
    assert_eq!(recipients(&mails), ["dpo@example.org", "dpo@example.org", "soc@example.org", "soc@example.org"]);
    let whole =
        |part: &str| mails.iter().map(|mail| mail["data"].as_str().unwrap()).find(|data| data.contains(part)).unwrap();
    let first = whole("alert");
    let (head, body) = first.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
    assert!(head.contains("Auto-Submitted: auto-generated") && head.contains("Message-ID: <"), "{head}");
    let body = &body.replace("=\r\n", "");
    assert!(body.contains("&lt;script&gt;"), "{body}");
    let html = &body[body.find("text/html").unwrap()..];
    assert!(!html.contains("<script>"), "{html}");
    assert!(body.contains("Look at ") && body.contains("Ours {alone}"), "the administrator's own words: {body}");
    let link = format!("https://kinescope.example.org/recordings/{}?t=3D0.1", tape.id);
    assert!(body.contains(&link), "{body}");
    assert!(
        !mails.iter().any(|mail| mail["data"].as_str().unwrap().contains("0900")),
        "only the policy's own triggers"
    );

    let listed = ada.get("/api/v1/deliveries?outcome=not-allowed&limit=1").await.body;
    assert_eq!((&listed["total"], listed["items"].as_array().unwrap().len()), (&json!(2), 1), "{listed}");
    assert_eq!(ada.get("/api/v1/deliveries?outcome=nonsense").await.status, 400);
    assert!(!ada.get("/api/v1/deliveries").await.body.to_string().contains("script"), "no recorded text is listed");

    // The events are read again: after a loss, after a restart, and when the catalogue is made anew.
    server.catalogue().forget_events(tape.id).await.unwrap();
    let server = server.restart(|_| {}).await;
    let mut again = agent(&server, &machine).await;
    again.open(&tape).await;
    let before = tape.head();
    tape.event(&response("mail", "one more"));
    again.send(&tape, before).await;
    settled(&server, 8).await;
    rebuild_catalogue(server.catalogue(), &server.app().store).await.unwrap();
    let server = server.restart(|_| {}).await;
    settled(&server, 8).await;
    assert_eq!(sink.mails().len(), 1 + 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_for_what_is_old_nor_when_a_catalogue_is_made_anew() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    activate(&ada, &["soc@example.org"]).await;
    let machine = enrol(server.catalogue(), 1).await;
    let (mut old, mut young) =
        (Tape::since(1, machine.id, now_us() - 8 * DAY_US), Tape::since(2, machine.id, now_us() - 6 * DAY_US));
    for tape in [&mut old, &mut young] {
        tape.event(&response("webhook", "a dialog"));
    }
    let mut agent = agent(&server, &machine).await;
    agent.open_and_send(&old).await;
    agent.open_and_send(&young).await;
    let rows = settled(&server, 1).await;
    assert_eq!(rows[0].recording, young.id);
    assert_eq!(rows[0].outcome, catalogue::DeliveryOutcome::NotSetUp, "there is no webhook");
    let fresh = catalogue::Catalogue::open(&server.folder.path().join("fresh.sqlite")).await.unwrap();
    rebuild_catalogue(&fresh, &server.app().store).await.unwrap();
    let query = DeliveryQuery { outcome: None, channel: None, limit: 9, offset: 0 };
    assert_eq!(fresh.deliveries(&query).await.unwrap().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_called_with_a_signature_and_again_after_a_failure_under_the_same_id() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let listener = Listener::start(&["204 No Content", "302 Found\r\nlocation: http://127.0.0.1:1/", "200 OK"]).await;
    let url = format!("http://localhost:{}/hook?token=hidden", listener.port);
    set(&ada, json!({ "webhook": { "url": url } }), json!({ "secret": SECRET })).await;
    activate(&ada, &["soc@example.org"]).await;
    let machine = enrol(server.catalogue(), 1).await;
    let mut tape = Tape::since(1, machine.id, now_us());
    tape.event(&response("webhook", "a dialog"));
    agent(&server, &machine).await.open_and_send(&tape).await;
    eventually("it was tried", async || deliveries(&server).await.iter().any(|row| row.attempts == 1)).await;
    let row = deliveries(&server).await.remove(0);
    assert_eq!((row.outcome, row.words.as_str()), (catalogue::DeliveryOutcome::Waiting, "answered 302 Found"));
    assert!(row.next_us > now_us(), "not at once");
    // Its time has come.
    server.catalogue().postpone_delivery(row.number, "", 0).await.unwrap();
    let row = settled(&server, 1).await.remove(0);
    assert_eq!((row.outcome, row.words.as_str()), (catalogue::DeliveryOutcome::Delivered, "answered 200 OK"));

    let requests = listener.requests();
    assert_eq!(requests.len(), 3, "the address that it was sent elsewhere to was not called");
    let test: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(test["type"], "test");
    let (first, second) = (&requests[1], &requests[2]);
    assert_eq!(first.header("kinescope-delivery"), row.id.simple().to_string());
    assert_eq!(first.header("kinescope-delivery"), second.header("kinescope-delivery"));
    for request in &requests {
        check_signature(request.header("kinescope-signature"), &request.body);
    }
    let body: Value = serde_json::from_str(&second.body).unwrap();
    assert_eq!((&body["detail"], &body["user"], &body["event"]), (&json!("a dialog"), &json!("ana"), &json!("popup")));
    let listed = ada.get("/api/v1/deliveries").await.body.to_string();
    let log = ada.get("/api/v1/admin-log").await.body;
    let entry = log["items"].as_array().unwrap().iter().find(|item| item["action"] == "notifications-changed").unwrap();
    let entry = ada.get(&format!("/api/v1/admin-log/{}", entry["id"])).await.body.to_string();
    for text in [listed, log.to_string(), entry] {
        assert!(!text.contains("hidden") && !text.contains(SECRET), "{text}");
    }
}

/// As a receiver does it, with other code than the server's.
fn check_signature(header: &str, body: &str) {
    let (seconds, given) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let age = now_us() / 1_000_000 - seconds.parse::<i64>().unwrap();
    assert!((0..60).contains(&age), "{header}");
    let script = "import hashlib, hmac, sys; k, m = sys.argv[1:]; print(hmac.new(k.encode(), m.encode(), hashlib.sha256).hexdigest())";
    let message = format!("{seconds}.{body}");
    let made = std::process::Command::new("python3").args(["-c", script, SECRET, &message]).output().unwrap();
    assert_eq!(String::from_utf8(made.stdout).unwrap().trim(), given);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_who_is_put_off_or_refused_keeps_nobody_else_from_a_mail() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let sink = MailSink::start(&[]);
    set(&ada, json!({ "mail": mail(sink.port) }), json!({})).await;
    activate(&ada, &["never@example.org", "later@example.org", "soc@example.org"]).await;
    let machine = enrol(server.catalogue(), 1).await;
    let mut tape = Tape::since(1, machine.id, now_us());
    tape.event(&response("mail", "a dialog"));
    agent(&server, &machine).await.open_and_send(&tape).await;
    let of =
        async |recipient: &str| deliveries(&server).await.into_iter().find(|row| row.recipient.starts_with(recipient));
    eventually("each was tried", async || {
        deliveries(&server).await.iter().filter(|row| row.attempts == 1).count() == 3
    })
    .await;
    assert_eq!(recipients(&sink.mails()), ["soc@example.org"]);
    let never = of("never").await.unwrap();
    assert_eq!(never.outcome, catalogue::DeliveryOutcome::Refused);
    assert!(never.words.contains("nobody of that name"), "{}", never.words);
    let later = of("later").await.unwrap();
    assert!(later.words.contains("come back later") && later.next_us > now_us(), "{later:?}");
    server.catalogue().postpone_delivery(later.number, "", 0).await.unwrap();
    settled(&server, 3).await;
    assert_eq!(recipients(&sink.mails()), ["later@example.org", "soc@example.org"]);
}

/// Puts mails into the queue as if a recording had asked for them.
async fn queue(server: &TestServer, recording: u8, count: u64, to: &str) {
    let now_us = now_us();
    let delivery = |place: u64| catalogue::NewDelivery {
        id: uuid::Uuid::now_v7(),
        place,
        time_us: place,
        channel: Channel::Mail,
        recipient: to.to_owned(),
        machine_id: format!("{recording}"),
        at_us: now_us,
        kind: "popup".to_owned(),
        detail: format!("number {place}"),
        trigger: "A dialog".to_owned(),
        rule: "all".to_owned(),
        policy: "watch".to_owned(),
        count: 1,
        outcome: catalogue::DeliveryOutcome::Waiting,
        words: String::new(),
    };
    let recording = crate::ingest::tape::recording_id(recording);
    let deliveries = (0..count).map(delivery).collect();
    let asked = AskedOf { recording, taken: count, deliveries, left_out: 0, now_us };
    let queued = server.catalogue().note_happened(&[], &[asked], &QueueBounds::default()).await.unwrap().queued;
    assert_eq!(queued.waiting, count);
}
