//! What the agent tells of sessions, kept on disk while its server is away: what their policy wanted and what became of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use protocol::{AgentMessage, SessionAccount};
use serde_json::json;

use crate::recorder_process::PATIENCE;
use crate::supervised::{Machine, groups};
use crate::xserver::XServer;

fn accounts(machine: &Machine) -> Vec<SessionAccount> {
    let files = fs::read_dir(machine.path().join("accounts")).into_iter().flatten().flatten();
    let read = |path: std::path::PathBuf| match AgentMessage::decode(&fs::read(path).ok()?) {
        Ok(AgentMessage::Account(account)) => Some(account),
        _ => None,
    };
    let mut accounts: Vec<_> = files
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "new"))
        .filter_map(read)
        .collect();
    accounts.sort_by_key(|account| account.began_unix_us);
    accounts
}

/// Waits until the first session's account is as it should be.
fn until(machine: &Machine, what: &str, condition: impl Fn(&SessionAccount) -> bool) -> SessionAccount {
    let limit = Instant::now() + PATIENCE;
    loop {
        if let Some(account) = accounts(machine).into_iter().next().filter(&condition) {
            return account;
        }
        assert!(Instant::now() < limit, "waited in vain for {what}: {:?}\n{}", accounts(machine), machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn tell(machine: &Machine, action: serde_json::Value) {
    let rule = json!({ "name": "All", "action": action, "when": { "where": [{ "machine": "*" }] } });
    let document = json!({ "version": 1, "name": "Site", "rules": [rule] });
    fs::write(machine.path().join("policy"), document.to_string()).unwrap();
}

#[test]
fn a_recorded_session_is_accounted_for_until_it_is_over_also_by_the_next_agent() {
    let mut server = XServer::xvfb("160x120x24");
    let machine = Machine::new(&[server.display()]);
    tell(&machine, json!({ "do": "record-screen", "notice": false }));
    let agent = machine.start();
    let account = until(&machine, "a recording", |account| account.outcome == "recorded");
    assert_eq!((account.policy.as_str(), account.rule.as_deref()), ("Site", Some("All")));
    assert_eq!((account.wanted.as_str(), account.over), ("screen", false));
    assert_eq!(account.recording.unwrap().to_string(), machine.recordings()[0].0);
    agent.kill();
    server.kill();
    let agent = machine.start();
    let over = until(&machine, "the end", |account| account.over);
    assert_eq!((over.outcome.as_str(), &over.facts), ("recorded", &account.facts));
    assert!(over.revision > account.revision);
    assert!(agent.stop().success());
}

#[test]
fn a_recorder_that_dies_interrupts_and_one_that_never_works_fails() {
    let server = XServer::xvfb("160x120x24");
    let machine = Machine::new(&[server.display()]);
    let agent = machine.start();
    until(&machine, "a recording", |account| account.outcome == "recorded");
    let recorder = agent.recorders()[0].to_string();
    assert!(Command::new("kill").args(["-9", &recorder]).status().unwrap().success());
    let account = until(&machine, "the trouble", |account| account.outcome == "interrupted");
    assert!(account.reason.starts_with("its recorder ended: "), "{}", account.reason);
    assert!(agent.stop().success());

    let programs = tempfile::tempdir().unwrap();
    let program = programs.path().join("recorder");
    fs::write(&program, "#!/bin/sh\nexit 7\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let machine = Machine::new(&[server.display()]).with(&format!("recorder_program = \"{}\"", program.display()));
    let agent = machine.start();
    let account = until(&machine, "the failure", |account| account.outcome == "failed");
    // Whether it is seen to end, or not to read what it is told, depends on who is faster.
    assert!(account.reason.starts_with("its recorder ended: "), "{}", account.reason);
    assert!(account.recording.is_none() && !machine.recordings().iter().any(|(_, bytes)| groups(bytes) > 0));
    assert!(agent.stop().success());
}

#[test]
fn sessions_that_are_not_to_be_recorded_are_told_apart() {
    let server = XServer::xvfb("160x120x24");
    let of = |machine: Machine, action: Option<serde_json::Value>| {
        action.into_iter().for_each(|action| tell(&machine, action));
        let agent = machine.start();
        let account = until(&machine, "what became of it", |account| account.outcome != "beginning");
        assert!(agent.stop().success());
        (account.wanted, account.outcome)
    };
    let pair = |wanted: &str, outcome: &str| (wanted.to_owned(), outcome.to_owned());
    let machine = || Machine::new(&[server.display()]).deciding("false");
    assert_eq!(of(machine(), Some(json!({ "do": "do-not-record" }))), pair("nothing", "not-wanted"));
    assert_eq!(of(machine(), None), pair("unknown", "undecided"));
    let off = machine().with("recording = false");
    assert_eq!(of(off, Some(json!({ "do": "record-screen", "notice": false }))), pair("unknown", "switched-off"));
    // It is wanted in a way that this agent does not know.
    let heard = json!({ "do": "record-screen", "notice": true, "audio": true });
    assert_eq!(of(machine(), Some(heard)), pair("screen", "failed"));
}

#[test]
fn a_session_that_is_gone_before_anything_was_recorded_has_failed() {
    let mut server = XServer::xvfb("160x120x24");
    let programs = tempfile::tempdir().unwrap();
    let program = programs.path().join("recorder");
    // It neither records nor ends.
    fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let machine = Machine::new(&[server.display()]).with(&format!("recorder_program = \"{}\"", program.display()));
    let agent = machine.start();
    until(&machine, "the decision", |account| account.outcome == "beginning");
    server.kill();
    let account = until(&machine, "the end", |account| account.over);
    assert_eq!(account.outcome, "failed");
    assert_eq!(account.reason, "the session ended before anything of it was recorded");
    assert!(!machine.recordings().iter().any(|(_, bytes)| groups(bytes) > 0));
    assert!(agent.stop().success());
}
