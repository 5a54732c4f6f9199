//! What agents tell of sessions is kept before they are answered, and a recording counts once it is here.

use protocol::{AccountKept, AgentMessage, ServerMessage, SessionAccount};

use super::scripted::Agent;
use super::site::{Site, eventually};
use super::tape::{Tape, recording_id, session};

const LATER_US: i64 = 70_000_000;

fn account(site_machine: uuid::Uuid, name: &str, outcome: &str) -> SessionAccount {
    SessionAccount {
        session: name.into(),
        boot_id: "boot".into(),
        revision: 2,
        began_unix_us: server::clock::now_us() - 1_000_000,
        over: false,
        facts: session(site_machine),
        policy: "everything".into(),
        rule: None,
        wanted: "screen".into(),
        outcome: outcome.into(),
        reason: "because".into(),
        recording: None,
    }
}

async fn keep(agent: &mut Agent, account: SessionAccount) {
    let kept = AccountKept { session: account.session.clone(), boot_id: "boot".into(), revision: account.revision };
    agent.say(AgentMessage::Account(account)).await;
    loop {
        match agent.hear().await {
            ServerMessage::AccountKept(said) => return assert_eq!(said, kept),
            ServerMessage::Bye(bye) => panic!("{bye:?}"),
            _ => {}
        }
    }
}

/// Sessions with this outcome, `later_us` from now.
async fn users_of(site: &Site, outcome: &str, later_us: i64) -> Vec<String> {
    let now_us = server::clock::now_us() + later_us;
    let page = site.catalogue.accounts((0, i64::MAX), &[outcome], (10, 0), now_us).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items.into_iter().map(|item| format!("{} on {}", item.user, item.machine_name.unwrap_or_default())).collect()
}

#[tokio::test]
async fn an_account_is_kept_and_changed_by_its_own_machine_alone() {
    let site = Site::new().await;
    let mut agent = Agent::connect(&site, 1).await;
    assert!(agent.welcome.takes_accounts);
    let machine = site.machine(1).await.id;
    keep(&mut agent, account(machine, "10-1-1", "beginning")).await;
    assert_eq!(users_of(&site, "beginning", 0).await, ["ana on fin-1"]);
    assert!(users_of(&site, "missing", LATER_US).await.is_empty());
    assert_eq!(users_of(&site, "missing", 2 * 3_600_000_000).await, ["ana on fin-1"], "nothing more was heard");
    let mut other = Agent::connect(&site, 2).await;
    let others = site.machine(2).await.id;
    keep(&mut other, account(others, "10-1-1", "declined")).await;
    keep(&mut agent, SessionAccount { over: true, ..account(machine, "10-1-1", "failed") }).await;
    assert!(users_of(&site, "beginning", 0).await.is_empty());
    assert_eq!(users_of(&site, "failed", 0).await, ["ana on fin-1"]);
    assert_eq!(users_of(&site, "declined", 0).await, ["ana on fin-2"]);
    let site = site.restart().await;
    assert_eq!(users_of(&site, "failed", 0).await, ["ana on fin-1"]);
}

#[tokio::test]
async fn what_a_machine_has_recorded_is_missing_until_it_is_here() {
    let site = Site::new().await;
    let machine = site.machine(1).await.id;
    let mut agent = Agent::connect(&site, 1).await;
    let made =
        |outcome: &str| SessionAccount { recording: Some(recording_id(7)), ..account(machine, "10-1-1", outcome) };
    keep(&mut agent, made("recorded")).await;
    assert_eq!(users_of(&site, "beginning", 0).await.len(), 1, "it is on its way");
    assert_eq!(users_of(&site, "missing", LATER_US).await.len(), 1);
    agent.open_and_send(&Tape::new(7, machine)).await;
    eventually("it has arrived", async || (users_of(&site, "recorded", LATER_US).await.len() == 1).then_some(())).await;
    // Told again, and after its row was made anew, it is still here.
    keep(&mut agent, made("interrupted")).await;
    site.catalogue.replace_recordings([]).await.unwrap();
    assert_eq!(users_of(&site, "interrupted", LATER_US).await.len(), 1);
}
