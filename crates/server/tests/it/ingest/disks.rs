//! Disks that are full or fail: the agent keeps what it has, others go on, and it mends by itself.

use catalogue::RecordingState;
use protocol::{AgentMessage, RefusalCode};
use recording::EndReason;

use super::scripted::Agent;
use super::site::{Site, Trouble, eventually};
use super::tape::Tape;

/// Opens until the server takes it again and sends everything from its head on.
async fn go_on(agent: &mut Agent, tape: &Tape) {
    let opened = eventually("taken again", async || {
        agent.say(AgentMessage::Open(tape.open())).await;
        loop {
            match agent.hear().await {
                protocol::ServerMessage::Opened(opened) if opened.recording == tape.id => return Some(opened),
                protocol::ServerMessage::Refused(refused) if refused.recording == tape.id => return None,
                _ => {}
            }
        }
    })
    .await;
    agent.send(tape, opened.head).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn troubles_of_one_recording_are_told_and_pass() {
    let cases = [
        (Trouble::Full, RefusalCode::StorageFull, 2001, "full"),
        (Trouble::SyncFails, RefusalCode::StorageFailed, 2002, "failed"),
    ];
    for (trouble, code, number, word) in cases {
        let site = Site::new().await;
        let machine = site.machine(1).await.id;
        let (mut struck, mut spared) = (Tape::new(1, machine), Tape::new(2, machine));
        let mut agent = Agent::connect(&site, 1).await;
        agent.open_and_send(&struck).await;
        agent.open_and_send(&spared).await;
        let durable = struck.head();
        site.disk.fail(trouble, &struck.id.to_string());
        struck.record(5, 1_000);
        agent.say(AgentMessage::Append(struck.append_from(durable))).await;
        let refused = agent.refusal(struck.id).await;
        assert_eq!(refused.code, code, "{refused:?}");
        assert!(refused.retry_after_secs > 0);
        let from = spared.head();
        spared.record(5, 1_000);
        agent.send(&spared, from).await;
        site.diagnostic(number).await;

        site.disk.mend();
        struck.end(EndReason::Logout);
        go_on(&mut agent, &struck).await;
        agent.close(&struck).await;
        assert!(site.stored(struck.id) == struck.bytes, "{trouble:?}");
        assert!(site.stored(spared.id) == spared.bytes, "{trouble:?}");
        let row = site.row_in(struck.id, RecordingState::Finished).await;
        assert!(row.notices.iter().any(|notice| notice.contains(word)), "{:?}", row.notices);
        site.diagnostic(2003).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_begins_on_a_full_disk_waits() {
    let site = Site::new().await;
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(&site, 1).await;
    site.disk.fail(Trouble::Full, "i_");
    for _ in 0..3 {
        agent.open_refused(&tape, RefusalCode::StorageFull).await;
    }
    assert!(site.store.list().is_empty());
    site.disk.mend();
    tape.record(3, 2_000);
    agent.open_and_send(&tape).await;
    assert!(site.stored(tape.id) == tape.bytes);
}
