//! The ordinary course of things.

use catalogue::{LogScope, RecordingQuery, RecordingState, Setting, Visibility};
use protocol::{AgentMessage, ByeCode, Decide, Heartbeat, Notice, ServerMessage, Severity};
use recording::{EndReason, Event, event_kinds};
use server::ingest::{IngestOptions, Liveness};

use super::scripted::{Agent, hello};
use super::site::{Site, eventually};
use super::tape::{Tape, session};

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_received_shown_and_finished() {
    let site = Site::new().await;
    let machine = site.machine(1).await;
    let mut tape = Tape::new(1, machine.id);
    tape.record(20, 3_000);
    let mut agent = Agent::connect(&site, 1).await;
    let opened = agent.open(&tape).await;
    assert_eq!((opened.head.offset, opened.durable.offset), (0, 0));
    agent.send(&tape, opened.head).await;

    let row = site.row_in(tape.id, RecordingState::Live).await;
    assert_eq!(
        (row.user.as_str(), row.display.as_deref(), row.width, row.height),
        ("ana", Some(":10"), Some(640), Some(480))
    );
    assert_eq!((row.policy.as_str(), row.rule.as_deref()), ("everything", Some("all")));
    let reasons = eventually("the reason is noted", async || {
        let page = site.catalogue.administrator_log(LogScope::Recordings, 10, 0).await.unwrap();
        (page.total > 0).then_some(page.items)
    });
    let reason = &reasons.await[0].action;
    assert_eq!((reason.who.as_str(), reason.subject.as_str()), ("ana", tape.id.to_string().as_str()));
    assert!(reason.detail.starts_with("everything / all: "), "{}", reason.detail);
    let mut watch = site.ingest.live().watch(tape.id).unwrap();
    assert_eq!(watch.borrow_and_update().state, Liveness::Live);

    tape.record(20, 30_000);
    tape.end(EndReason::Logout);
    let from = opened_head(&site, &tape);
    agent.send(&tape, from).await;
    assert_eq!(watch.borrow_and_update().length, tape.head().offset);
    agent.close(&tape).await;

    let row = site.catalogue.recording(tape.id).await.unwrap().unwrap();
    assert_eq!(row.state, RecordingState::Finished, "durable after closing means noted as finished");
    assert_eq!((row.end_reason.as_deref(), row.duration_us), (Some("logout"), 4_000_000));
    assert_eq!(row.end_us, Some(row.start_us + 4_000_000));
    assert_eq!(row.size_bytes, tape.bytes.len() as u64);
    eventually("ended for viewers", async || (watch.borrow_and_update().state == Liveness::Ended).then_some(())).await;
    assert!(site.ingest.live().watch(tape.id).is_none());
    assert!(site.stored(tape.id) == tape.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sits_at_a_session_is_the_one_who_came_last() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let connected = |name: &str, address: &str| {
        Event::new(event_kinds::CLIENT).with("connected", true).with("name", name).with("address", address)
    };
    tape.event(&connected("desk-a", "10.2.0.7"));
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let row = site.row_in(tape.id, RecordingState::Live).await;
    assert_eq!((row.client_name.as_deref(), row.client_address.as_deref()), (Some("desk-a"), Some("10.2.0.7")));
    assert_eq!(row.application.as_deref(), Some("SAP"), "as the header says");

    let from = tape.head();
    // What stands on a track of pictures is no event, whatever it looks like.
    tape.record_payload(&connected("forged", "10.9.9.9").to_payload().unwrap());
    tape.event(&Event::new(event_kinds::CLIENT).with("connected", false));
    tape.event(&connected("desk-b", "10.2.0.8"));
    tape.event(&Event::new(event_kinds::CLIENT).with("connected", false));
    tape.event(&Event::new(event_kinds::OPENED).with("application", "desktop"));
    agent.send(&tape, from).await;
    let row = eventually("the second client", async || {
        let row = site.catalogue.recording(tape.id).await.unwrap().unwrap();
        (row.application.as_deref() == Some("desktop")).then_some(row)
    });
    let row = row.await;
    assert_eq!((row.client_name.as_deref(), row.client_address.as_deref()), (Some("desk-b"), Some("10.2.0.8")));
    let found = |text: &str| {
        let query = RecordingQuery { text: Some(text.to_owned()), ..RecordingQuery::new(Visibility::Everything) };
        let catalogue = &site.catalogue;
        async move { catalogue.search(&query).await.unwrap().items.len() }
    };
    assert_eq!((found("10.2.0.8").await, found("10.2.0.7").await), (1, 0), "it is found by what is shown");
    let reasons = site.catalogue.administrator_log(LogScope::Recordings, 10, 0).await.unwrap();
    assert_eq!(reasons.total, 1, "why it was made is noted once");
}

fn opened_head(site: &Site, tape: &Tape) -> recording::Head {
    let head = site.store.standing(tape.id).unwrap().head;
    assert!(tape.places.contains(&head));
    head
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_did_not_hear_the_end_closes_again() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    tape.end(EndReason::Logout);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    agent.close(&tape).await;
    for _ in 0..2 {
        let mut agent = Agent::connect(&site, 1).await;
        assert_eq!(agent.open(&tape).await.head, tape.head());
        agent.close(&tape).await;
        let row = site.catalogue.recording(tape.id).await.unwrap().unwrap();
        assert_eq!(row.state, RecordingState::Finished);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_recording_ended_is_how_it_is_shown() {
    let site = Site::new().await;
    let machine = site.machine(1).await.id;
    let mut agent = Agent::connect(&site, 1).await;
    let cases = [
        (EndReason::Logout, RecordingState::Finished),
        (EndReason::Stopped, RecordingState::Finished),
        (EndReason::RolledOver, RecordingState::Finished),
        (EndReason::Lost, RecordingState::Crashed),
        (EndReason::AgentRestarted, RecordingState::Crashed),
        (EndReason::Other("new-reason".into()), RecordingState::Finished),
    ];
    for (n, (reason, expected)) in (1..).zip(cases) {
        let mut tape = Tape::new(n, machine);
        tape.end(reason.clone());
        agent.open_and_send(&tape).await;
        agent.close(&tape).await;
        let row = site.catalogue.recording(tape.id).await.unwrap().unwrap();
        assert_eq!(row.state, expected, "{reason:?}");
    }
    let unended = Tape::new(100, machine);
    agent.open_and_send(&unended).await;
    agent.close(&unended).await;
    assert_eq!(site.catalogue.recording(unended.id).await.unwrap().unwrap().state, RecordingState::Crashed);
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_follow_the_active_policy_and_changes_are_passed_on() {
    let site = Site::new().await;
    let machine = site.machine(1).await;
    let mut agent = Agent::connect(&site, 1).await;
    assert_eq!(agent.welcome.policy, "do-not-record");
    let decide = |request| AgentMessage::Decide(Decide { request, session: session(machine.id), began_unix_us: None });
    agent.say(decide(7)).await;
    let ServerMessage::Decision(decision) = agent.hear().await else { panic!("no decision") };
    assert_eq!((decision.request, decision.record), (7, false));
    site.catalogue.set_setting(Setting::ActivePolicy, "record-everything").await.unwrap();
    let ServerMessage::PolicyChanged(changed) = agent.hear().await else { panic!("no change") };
    assert_eq!(changed.policy, "record-everything");
    agent.say(decide(8)).await;
    let ServerMessage::Decision(decision) = agent.hear().await else { panic!("no decision") };
    assert_eq!((decision.request, decision.record, decision.policy.as_str()), (8, true, "record-everything"));
}

/// Agents that take it are told which events are logged, others hear nothing of it; what is recorded is another matter.
#[tokio::test(flavor = "multi_thread")]
async fn detection_policies_are_told_to_who_takes_them() {
    let site = Site::new().await;
    let (first, second) = (site.machine(1).await, site.machine(2).await);
    let mut older = Agent::connect(&site, 1).await;
    let takes = protocol::Hello { takes_detection: true, ..hello(&second) };
    let mut agent = Agent::saying(&site.ingest, second.clone(), takes).await;
    let ServerMessage::Detection(told) = agent.hear().await else { panic!("nothing was told") };
    assert_eq!(told.policy, "machine-settings");
    site.catalogue.set_setting(Setting::ActiveDetectionPolicy, "log-nothing").await.unwrap();
    let ServerMessage::Detection(told) = agent.hear().await else { panic!("no change") };
    assert_eq!(told.policy, "log-nothing");
    // What is gone is no reason to log what machines are set to.
    site.catalogue.set_setting(Setting::ActiveDetectionPolicy, "00000000000000000000000000000009").await.unwrap();
    site.catalogue.set_setting(Setting::ActivePolicy, "record-everything").await.unwrap();
    for (agent, machine) in [(&mut older, first.id), (&mut agent, second.id)] {
        let ServerMessage::PolicyChanged(changed) = agent.hear().await else { panic!("no change, or another message") };
        assert_eq!(changed.policy, "record-everything");
        let decide = Decide { request: 7, session: session(machine), began_unix_us: None };
        agent.say(AgentMessage::Decide(decide)).await;
        assert!(matches!(agent.hear().await, ServerMessage::Decision(decision) if decision.record));
    }
}

/// A policy of rules is handed to agents, decides by what they tell of a session, and stands in the log of reasons.
#[tokio::test(flavor = "multi_thread")]
async fn rules_decide_by_what_the_agent_tells() {
    let site = Site::new().await;
    let machine = site.machine(1).await;
    let mut agent = Agent::connect(&site, 1).await;
    let document = r#"{"version":1,"name":"Desks","description":"","rules":[{"name":"Finance","action":{"do":"record-screen","notice":false},"when":{"who":[{"group":"finance"}],"tags":["vpn"]}}]}"#;
    site.activate("Desks", document).await;
    let ServerMessage::PolicyChanged(changed) = agent.hear().await else { panic!("no change") };
    assert_eq!(changed.policy, document);
    for (tag, record, rule) in [("vpn", true, Some("Finance")), ("office", false, None)] {
        let session = protocol::SessionFacts { tags: vec![tag.to_owned()], ..session(machine.id) };
        agent.say(AgentMessage::Decide(Decide { request: 8, session, began_unix_us: None })).await;
        let ServerMessage::Decision(decision) = agent.hear().await else { panic!("no decision") };
        assert_eq!((decision.record, decision.policy.as_str(), decision.rule.as_deref()), (record, "Desks", rule));
        assert!(decision.reason.contains("Desks"), "{}", decision.reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_goes_away_leaves_a_silent_recording_and_goes_on_with_it() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    tape.record(5, 1_000);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    drop(agent);
    site.row_in(tape.id, RecordingState::Silent).await;
    assert_eq!(site.ingest.live().watch(tape.id).unwrap().borrow().state, Liveness::Silent);
    assert!(site.stored(tape.id) == tape.bytes, "a silent recording can be played");

    let before = tape.head();
    tape.record(5, 1_000);
    let mut agent = Agent::connect(&site, 1).await;
    let opened = agent.open(&tape).await;
    assert_eq!((opened.head, opened.durable), (before, before));
    agent.send(&tape, opened.head).await;
    site.row_in(tape.id, RecordingState::Live).await;
    assert!(site.stored(tape.id) == tape.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_falls_silent_is_given_up() {
    let site = Site::with(IngestOptions { heartbeat_secs: 1, ..IngestOptions::default() }).await;
    let mut agent = Agent::connect(&site, 1).await;
    let machine = site.machine(1).await.id;
    eventually("online", async || site.ingest.is_online(machine).then_some(())).await;
    agent.say(AgentMessage::Heartbeat(Heartbeat::default())).await;
    assert_eq!(agent.bye().await.code, ByeCode::HeartbeatMissed);
    eventually("offline", async || (!site.ingest.is_online(machine)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_agents_report_reaches_the_operator() {
    let site = Site::new().await;
    let mut agent = Agent::connect(&site, 1).await;
    let notice = |number| Notice {
        severity: Severity::Warning,
        number,
        unix_us: 1,
        recording: None,
        text: "the spool is\nnearly full".into(),
    };
    let heartbeat = Heartbeat {
        live: vec![],
        spool_bytes: 5,
        quota_bytes: 10,
        lost_bytes: 3,
        notices: vec![notice(77)],
        turn: None,
    };
    agent.say(AgentMessage::Heartbeat(heartbeat)).await;
    agent.say(AgentMessage::Notice(notice(78))).await;
    assert_eq!(site.diagnostic(77).await, "the spool isnearly full");
    site.diagnostic(78).await;
    let machine = site.machine(1).await;
    assert_eq!((machine.spool_bytes, machine.spool_quota, machine.lost_bytes), (5, 10, 3));
    assert_eq!(machine.software.as_deref(), Some("scripted 1"));
    assert!(machine.last_seen_us.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_right_is_withdrawn_is_cut_off() {
    let site = Site::new().await;
    let agent = Agent::connect(&site, 1).await;
    let other = Agent::connect(&site, 2).await;
    let machine = site.machine(1).await.id;
    eventually("online", async || site.ingest.is_online(machine).then_some(())).await;
    site.ingest.disconnect(machine);
    assert_eq!(agent.bye().await.code, ByeCode::IdentityRefused);
    site.ingest.stop().await;
    assert_eq!(other.bye().await.code, ByeCode::ShuttingDown);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_recordings_grow_at_once_on_one_connection() {
    let site = Site::new().await;
    let machine = site.machine(1).await.id;
    let mut agent = Agent::connect(&site, 1).await;
    let tapes: Vec<_> = (1..=60)
        .map(|n| {
            let mut tape = Tape::new(n, machine);
            tape.record(3, 5_000);
            tape
        })
        .collect();
    for tape in &tapes {
        agent.say(AgentMessage::Open(tape.open())).await;
    }
    let mut durable = 0;
    while durable < tapes.len() {
        match agent.hear().await {
            ServerMessage::Opened(opened) => {
                let tape = tapes.iter().find(|tape| tape.id == opened.recording).unwrap();
                agent.say(AgentMessage::Append(tape.append_from(opened.head))).await;
            }
            ServerMessage::Durable(said) if said.head.offset > 0 => {
                let tape = tapes.iter().find(|tape| tape.id == said.recording).unwrap();
                assert_eq!(said.head, tape.head());
                durable += 1;
            }
            ServerMessage::Refused(refused) => panic!("{refused:?}"),
            _ => {}
        }
    }
    for tape in &tapes {
        assert!(site.stored(tape.id) == tape.bytes);
    }
}
