//! Sessions that run now: what is recorded of each, and orders on their way to the machine.

use api::Role;
use catalogue::{LogScope, RecordingState};
use protocol::{AgentMessage, Control, Controlled, ServerMessage, SessionNow};
use recording::RecordingId;
use serde_json::{Value, json};

use crate::fixture;
use crate::harness::{Caller, TestServer, eventually};
use crate::ingest::scripted::Agent;
use crate::ingest::site::enrol;

const PATH: &str = "/api/v1/sessions";

fn told(session: &str, recording: Option<RecordingId>) -> AgentMessage {
    AgentMessage::Session(SessionNow {
        session: session.to_owned(),
        gone: false,
        user: "ana".to_owned(),
        display: ":10".to_owned(),
        recording,
        started_by: "policy".to_owned(),
        user_may_start: false,
        why: "rule “Desks”".to_owned(),
    })
}

async fn items(caller: &Caller) -> Vec<Value> {
    caller.get(PATH).await.body["items"].as_array().cloned().unwrap_or_default()
}

/// A row of a recording that runs, and whether it is without a picture.
async fn running(server: &TestServer, number: u8, events_only: Option<bool>) -> RecordingId {
    let made = fixture::make(number, "ana");
    made.list(server, "ana", RecordingState::Live).await;
    if let Some(events_only) = events_only {
        server.catalogue().note_content(made.id, events_only).await.unwrap();
    }
    made.id
}

#[tokio::test]
async fn a_session_says_whether_its_screen_is_recorded_or_events_only() {
    let server = TestServer::start().await;
    let ada = server.person("ada", &[Role::PolicyAdministrator]).await;
    let mut agent = Agent::of(&server.app().ingest, enrol(server.catalogue(), 1).await).await;
    let sessions = [
        ("10-1-1", Some(running(&server, 1, Some(true)).await)),
        ("11-1-1", Some(running(&server, 2, Some(false)).await)),
        // Nothing but its header is here yet.
        ("12-1-1", Some(running(&server, 3, None).await)),
        ("13-1-1", None),
    ];
    for (session, recording) in sessions {
        agent.say(told(session, recording)).await;
    }
    eventually("the sessions are known", async || items(&ada).await.len() == sessions.len()).await;
    let said: Vec<Value> = items(&ada).await.into_iter().map(|item| item["events_only"].clone()).collect();
    assert_eq!(said, [json!(true), json!(false), Value::Null, Value::Null]);

    // With the screen it is another recording.
    agent.say(told("10-1-1", sessions[1].1)).await;
    eventually("its screen is recorded", async || items(&ada).await[0]["events_only"] == json!(false)).await;
}

/// The next order that the machine is given.
async fn ordered(agent: &mut Agent) -> Control {
    loop {
        match agent.hear().await {
            ServerMessage::Control(control) => return control,
            ServerMessage::Bye(bye) => panic!("{bye:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn an_order_to_record_the_screen_of_events_only_reaches_the_machine_and_so_does_the_order_to_stop() {
    let server = TestServer::start().await;
    let ada = server.person("ada", &[Role::PolicyAdministrator]).await;
    let mut agent = Agent::of(&server.app().ingest, enrol(server.catalogue(), 1).await).await;
    let events = running(&server, 1, Some(true)).await;
    agent.say(told("10-1-1", Some(events))).await;
    eventually("it is recorded as events only", async || {
        items(&ada).await.first().is_some_and(|item| item["events_only"] == json!(true))
    })
    .await;
    let id = items(&ada).await[0]["id"].clone();
    let screen = fixture::recording_id(2);
    for (order, notify, outcome, text) in
        [("start", false, "started", ""), ("stop", true, "stopped", "it goes on as events only: rule “Desks”")]
    {
        let body = json!({ "order": order, "sessions": [id], "notify": notify });
        let (done, control) = tokio::join!(ada.send("POST", "/api/v1/sessions/control", body), async {
            let control = ordered(&mut agent).await;
            let (request, recording) = (control.request, Some(screen));
            let done = Controlled { request, outcome: outcome.to_owned(), recording, text: text.to_owned() };
            agent.say(AgentMessage::Controlled(done)).await;
            control
        });
        assert_eq!((control.session.as_str(), control.who.as_str()), ("10-1-1", "ada"));
        assert_eq!((control.record, control.notify), (order == "start", notify));
        let item = &done.body["items"][0];
        assert_eq!((&item["outcome"], &item["text"]), (&json!(outcome), &json!(text)), "{}", done.body);
        assert_eq!(item["recording"], json!(screen.to_string()));
    }
    let log = server.catalogue().administrator_log(LogScope::People, 100, 0).await.unwrap();
    let logged = |action: &str| log.items.iter().filter(|entry| entry.action.action == action).count();
    assert_eq!((logged("recording-start-ordered"), logged("recording-stop-ordered")), (1, 1));

    let reader = server.person("quin", &[Role::PolicyQuery]).await;
    let body = json!({ "order": "start", "sessions": [id] });
    assert_eq!(reader.send("POST", "/api/v1/sessions/control", body).await.status, 403);
}
