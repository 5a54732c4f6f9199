//! Clones, copies from the past, and two who want the same recording: nothing is ever mixed.

use protocol::{AgentMessage, Append, RefusalCode};
use recording::{EndReason, Head};

use super::scripted::Agent;
use super::site::{Site, eventually};
use super::tape::{FIRST, Tape};

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_older_spool_goes_on_as_a_new_incarnation() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    tape.record(5, 1_000);
    let older = tape.clone();
    tape.record(5, 1_000);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    drop(agent);

    let mut agent = Agent::connect(&site, 1).await;
    let opened = eventually("released", async || {
        agent.say(AgentMessage::Open(older.open())).await;
        match agent.hear().await {
            protocol::ServerMessage::Opened(opened) => Some(opened),
            _ => None,
        }
    })
    .await;
    assert_eq!(opened.head, tape.head(), "the server is ahead of the copy");
    // A copy that does not compare and just sends is refused.
    let mut rewritten = older.clone();
    rewritten.record(1, 500);
    agent.say(AgentMessage::Append(rewritten.append_from(older.head()))).await;
    let refused = agent.refusal(tape.id).await;
    assert_eq!((refused.code, refused.head, refused.number), (RefusalCode::Mismatch, Some(tape.head()), Some(0)));

    let mut next = older.following(0xABCD, 1, tape.head());
    next.record(3, 1_000);
    next.end(EndReason::Logout);
    agent.open_and_send(&next).await;
    agent.close(&next).await;
    assert!(site.stored(tape.id) == [tape.bytes, next.bytes].concat());
    let row = site.catalogue.recording(tape.id).await.unwrap().unwrap();
    assert!(row.notices.iter().any(|notice| notice.contains("agent-restarted")), "{:?}", row.notices);
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_incarnations_are_refused_and_told_where_the_server_is() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let later = tape.following(0xB, 2, tape.head());
    agent.open_and_send(&later).await;
    let cases = [(FIRST, 0), (0xB, 1), (0xC, 2), (0xB, 0)];
    for (incarnation, number) in cases {
        let stale = Tape { incarnation, number, ..tape.clone() };
        let refused = agent.open_refused(&stale, RefusalCode::StaleIncarnation).await;
        assert_eq!((refused.head, refused.number), (Some(later.head()), Some(2)), "({incarnation}, {number})");
    }
    site.diagnostic(2020).await;
    let site = site.restart().await;
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_refused(&tape, RefusalCode::StaleIncarnation).await;
    assert_eq!(agent.open(&later).await.head, later.head(), "the current one resumes");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sender_with_the_first_number_is_a_stranger() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let stranger = Tape { incarnation: FIRST + 1, ..tape.clone() };
    agent.open_refused(&stranger, RefusalCode::StaleIncarnation).await;
    assert_eq!(agent.open(&tape).await.head, tape.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_is_never_refused_in_favour_of_a_newcomer() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut holder = Agent::connect(&site, 1).await;
    holder.open_and_send(&tape).await;
    let mut newcomer = Agent::connect(&site, 1).await;
    let upstart = tape.following(0xD, 9, tape.head());
    for wanted in [&tape, &upstart] {
        let refused = newcomer.open_refused(wanted, RefusalCode::Held).await;
        assert!(refused.retry_after_secs > 0);
    }
    site.diagnostic(2021).await;
    // What it sends all the same is dropped, and the holder goes on.
    newcomer.say(AgentMessage::Append(upstart.append_from(tape.head()))).await;
    let from = tape.head();
    tape.record(5, 1_000);
    holder.send(&tape, from).await;
    assert!(site.stored(tape.id) == tape.bytes);
    drop(holder);
    let opened = eventually("the newcomer's turn", async || {
        newcomer.say(AgentMessage::Open(tape.open())).await;
        match newcomer.hear().await {
            protocol::ServerMessage::Opened(opened) => Some(opened),
            _ => None,
        }
    })
    .await;
    assert_eq!(opened.head, tape.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_connection_gives_way_when_its_machine_connects_anew() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut dead = Agent::connect(&site, 1).await;
    dead.open_and_send(&tape).await;
    // Nothing reads `dead` any more: it answers no ping.
    let mut anew = Agent::connect(&site, 1).await;
    anew.open_refused(&tape, RefusalCode::Held).await;
    let opened = eventually("the dead connection is given up", async || {
        anew.say(AgentMessage::Open(tape.open())).await;
        match anew.hear().await {
            protocol::ServerMessage::Opened(opened) => Some(opened),
            _ => None,
        }
    })
    .await;
    assert_eq!(opened.head, tape.head());
    drop(dead);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_machine_never_gets_at_a_recording() {
    let site = Site::new().await;
    let tape = Tape::new(1, site.machine(1).await.id);
    let mut owner = Agent::connect(&site, 1).await;
    owner.open_and_send(&tape).await;
    let mut other = Agent::connect(&site, 2).await;
    let stolen = tape.following(0xE, 5, tape.head());
    other.open_refused(&stolen, RefusalCode::NotYours).await;
    drop(owner);
    site.row_in(tape.id, catalogue::RecordingState::Silent).await;
    other.open_refused(&stolen, RefusalCode::NotYours).await;
    let site = site.restart().await;
    let mut other = Agent::connect(&site, 2).await;
    other.open_refused(&stolen, RefusalCode::NotYours).await;
    assert!(site.stored(tape.id) == tape.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_places_are_refused_and_the_right_one_is_told() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    agent.open_and_send(&tape).await;
    let head = tape.head();
    tape.record(2, 1_000);
    let good = tape.append_from(head);
    let cases = [
        Append { offset: head.offset + 1, ..good.clone() },
        Append { offset: head.offset - 1, ..good.clone() },
        Append { offset: 0, ..good.clone() },
        Append { offset: u64::MAX, ..good.clone() },
        Append { chain: Head::start().chain, ..good.clone() },
    ];
    for wrong in cases {
        assert_eq!(agent.open(&tape).await.head, head);
        let offset = wrong.offset;
        agent.say(AgentMessage::Append(wrong)).await;
        let refused = agent.refusal(tape.id).await;
        assert_eq!((refused.code, refused.head), (RefusalCode::Mismatch, Some(head)), "at {offset}");
    }
    assert_eq!(agent.open(&tape).await.head, head);
    let close = protocol::Close { head: tape.head(), ..tape.close() };
    agent.say(AgentMessage::Close(close)).await;
    assert_eq!(agent.refusal(tape.id).await.code, RefusalCode::Mismatch, "closing what has not arrived");
    assert_eq!(agent.open(&tape).await.head, head);
    agent.send(&tape, head).await;
    assert!(site.stored(tape.id) == tape.bytes);
}
