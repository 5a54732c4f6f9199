//! kill -9 of everything at random, and a spool that comes back from the past.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use api::RecordingState;
use rand::RngExt as _;
use recording::{BlockScanner, Scanned};

use crate::deployment::{Deployment, Person};
use crate::process::{Program, copy, wait_for};

/// Kills of each kind. All at random moments of the same recording.
const KILLS_OF_EACH: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Server,
    Agent,
    Recorder,
}

#[test]
fn nothing_stored_is_lost_or_mixed_when_anything_is_killed() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    deployment.desktop.as_mut().unwrap().busy_terminal("0.1")?;
    deployment.start_agent()?;
    deployment.person()?.wait_for_state(RecordingState::Live)?;

    let mut left = [Victim::Server, Victim::Agent, Victim::Recorder].repeat(KILLS_OF_EACH);
    while !left.is_empty() {
        let victim = left.swap_remove(rand::rng().random_range(0..left.len()));
        // Not a wait for something: the fault's moment is what is random.
        std::thread::sleep(Duration::from_millis(rand::rng().random_range(0..400)));
        let before = whole_blocks(&deployment)?;
        strike(&mut deployment, victim)?;
        let person = deployment.person()?;
        person
            .wait_for_size(i64::try_from(before.len())? + 2_000)
            .with_context(|| format!("after the kill of {victim:?}"))?;
        ensure!(whole_blocks(&deployment)?.starts_with(&before), "stored bytes changed after the kill of {victim:?}");
    }
    deployment.desktop.take().unwrap().end()?;
    deployment.person()?.wait_for_state(RecordingState::Finished)?;
    deployment.verify_all()
}

fn strike(deployment: &mut Deployment, victim: Victim) -> anyhow::Result<()> {
    match victim {
        Victim::Server => {
            deployment.server.take().unwrap().kill()?;
            deployment.start_server()
        }
        Victim::Agent => {
            deployment.agent.take().unwrap().kill()?;
            deployment.start_agent()
        }
        Victim::Recorder => {
            let agent = deployment.agent.as_ref().map(Program::pid).unwrap();
            let recorder = wait_for("a recorder to kill", || children(agent).map(|found| found.first().copied()))?;
            ensure!(Command::new("kill").args(["-9", &recorder.to_string()]).status()?.success());
            Ok(())
        }
    }
}

#[test]
fn a_restored_spool_is_told_apart_and_mixes_nothing() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    deployment.desktop.as_mut().unwrap().busy_terminal("0.1")?;
    deployment.start_agent()?;
    let person = deployment.person()?;
    person.wait_for_size(60_000)?;
    deployment.agent.take().unwrap().kill()?;
    let snapshot = deployment.folder.join("agent-snapshot");
    copy(&deployment.agent_state, &snapshot)?;

    deployment.start_agent()?;
    let size = i64::try_from(whole_blocks(&deployment)?.len())?;
    person.wait_for_size(size + 60_000)?;
    deployment.agent.take().unwrap().kill()?;
    let before = whole_blocks(&deployment)?;

    // All but the identity: a machine whose identity is from before is let in only when it is enrolled again (`identities`).
    let identity = deployment.folder.join("agent-identity");
    copy(&deployment.agent_state.join("identity"), &identity)?;
    std::fs::remove_dir_all(&deployment.agent_state)?;
    copy(&snapshot, &deployment.agent_state)?;
    std::fs::remove_dir_all(deployment.agent_state.join("identity"))?;
    copy(&identity, &deployment.agent_state.join("identity"))?;
    deployment.start_agent()?;
    grows_past(&person, before.len())?;
    ensure!(whole_blocks(&deployment)?.starts_with(&before), "stored bytes changed under a restored spool");
    deployment.desktop.take().unwrap().end()?;
    wait_for("every recording to be finished", || {
        Ok(person.recordings()?.iter().all(|item| item.state == RecordingState::Finished).then_some(()))
    })?;
    deployment.verify_all()
}

/// The recording itself goes on, or another one of the same session does.
fn grows_past(person: &Person, len: usize) -> anyhow::Result<()> {
    let len = i64::try_from(len)?;
    wait_for("recording to go on after the restore", || {
        let items = person.recordings()?;
        let sum: i64 = items.iter().map(|item| item.size_bytes).sum();
        Ok((sum > len + 20_000).then_some(()))
    })
}

/// The stored recording up to its last whole block; there is one recording in these tests when this is asked.
fn whole_blocks(deployment: &Deployment) -> anyhow::Result<Vec<u8>> {
    let files = deployment.stored_files()?;
    let file = files.first().context("nothing is stored")?;
    let mut bytes = std::fs::read(file)?;
    let mut scanner = BlockScanner::new();
    scanner.push(&bytes);
    let mut whole = 0;
    while let Some(found) = scanner.next() {
        match found {
            Scanned::Block(block) => whole = usize::try_from(block.offset)? + block.bytes.len(),
            Scanned::Damaged(damaged) => anyhow::bail!("{}: {damaged:?}", file.display()),
        }
    }
    bytes.truncate(whole);
    Ok(bytes)
}

fn children(pid: u32) -> anyhow::Result<Vec<u32>> {
    let mut found = Vec::new();
    // A child belongs to the thread that started it.
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten() {
        let text = std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        let numbers = text.split_whitespace().filter_map(|number| number.parse::<u32>().ok());
        // The agent has other children, too.
        let is_recorder = |pid: &u32| {
            let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            arguments.split(|byte| *byte == 0).nth(1) == Some(b"recorder")
        };
        found.extend(numbers.filter(is_recorder));
    }
    Ok(found)
}
