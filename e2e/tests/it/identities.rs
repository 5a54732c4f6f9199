//! Copies of a machine's state, and the machine itself after a snapshot was restored.

use std::path::Path;

use anyhow::ensure;
use serde_json::{Value, json};

use crate::deployment::{Deployment, Person};
use crate::process::{Program, copy, own, wait_for};

pub fn machines(person: &Person) -> anyhow::Result<Vec<Value>> {
    Ok(person.get("machines")?["items"].as_array().cloned().unwrap_or_default())
}

fn run(deployment: &Deployment, name: &str, state: &Path) -> anyhow::Result<Program> {
    let mut command = own("kinescope-agent")?;
    // It has no display of its own: what matters is whom the server takes it for.
    command.arg("run").arg("--state-folder").arg(state).args(["--display", ":9999"]);
    command.env("KINESCOPE_AGENT_SOCKET", deployment.folder.join(format!("{name}.sock"))).env("RUST_LOG", "info");
    Program::start(name, &deployment.folder, &mut command)
}

pub fn enrol_again(deployment: &Deployment, person: &Person, state: &Path, token: &Value) -> anyhow::Result<String> {
    let token = person.post("enrolment-tokens", token)?["token"].as_str().unwrap_or_default().to_owned();
    let file = deployment.folder.join("second-token");
    std::fs::write(&file, token)?;
    let mut command = own("kinescope-agent")?;
    command.args(["enrol", "--again", "--server", &deployment.address(), "--token-file"]).arg(&file);
    let output = command.arg("--state-folder").arg(state).output()?;
    ensure!(output.status.success(), "enrol: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_clone_is_refused_the_machine_records_on_and_both_can_go_on_as_two() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    let clone_state = deployment.folder.join("clone");
    deployment.start_agent()?;
    let person = deployment.person()?;
    let before = person.wait_for_size(1)?.size_bytes;
    // The whole state as it is now, with the recording in the middle of its spool.
    copy(&deployment.agent_state, &clone_state)?;
    let clone = run(&deployment, "clone", &clone_state)?;
    wait_for("the clone to be refused", || Ok(clone.log().contains("Enrol this one anew with a token").then_some(())))?;
    assert!(clone.log().contains("nothing of this machine is taken"), "{}", clone.log());
    let machine = wait_for("the console to show it", || {
        Ok(machines(&person)?.pop().filter(|machine| machine["refused_copy"].is_object()))
    })?;
    assert_eq!(machine["online"], json!(true), "the machine goes on");
    let log = person.get("admin-log")?.to_string();
    assert!(log.contains("machine-copy-refused"), "{log}");
    deployment.desktop.as_mut().unwrap().busy_terminal("0.05")?;
    person.wait_for_size(before + 1)?;
    assert!(!deployment.agent.as_ref().unwrap().log().contains("nothing of this machine is taken"));
    clone.kill()?;

    enrol_again(&deployment, &person, &clone_state, &json!({ "note": "the clone" }))?;
    let clone = run(&deployment, "clone", &clone_state)?;
    wait_for("two machines", || {
        Ok((machines(&person)?.iter().filter(|machine| machine["online"] == json!(true)).count() == 2).then_some(()))
    })?;
    clone.terminate()?;
    deployment.desktop.take().unwrap().end()?;
    person.wait_for_state(api::RecordingState::Finished)?;
    deployment.verify_all()
}

#[test]
fn a_machine_restored_from_a_snapshot_is_refused_until_it_is_let_in_again_as_itself() -> anyhow::Result<()> {
    let deployment = Deployment::new()?;
    let (state, snapshot) = (deployment.folder.join("agent"), deployment.folder.join("snapshot"));
    let person = deployment.person()?;
    let turn = || std::fs::read(state.join("identity/turn")).unwrap_or_default();
    for round in 0..2 {
        let before = turn();
        let agent = run(&deployment, "agent", &state)?;
        wait_for("its next turn", || Ok((turn() != before).then_some(())))?;
        // The next sign of life comes behind the word that the turn is on disk.
        let heard = machines(&person)?[0]["last_seen_us"].as_i64();
        wait_for("a sign of life", || Ok((machines(&person)?[0]["last_seen_us"].as_i64() > heard).then_some(())))?;
        ensure!(agent.terminate()?.success(), "the agent ended badly");
        if round == 0 {
            copy(&state, &snapshot)?;
        }
    }
    std::fs::remove_dir_all(&state)?;
    copy(&snapshot, &state)?;
    let agent = run(&deployment, "restored", &state)?;
    wait_for("it to be refused", || {
        Ok(agent.log().contains("is older than the one that connected last").then_some(()))
    })?;
    agent.kill()?;

    let id = machines(&person)?[0]["id"].clone();
    let said = enrol_again(&deployment, &person, &state, &json!({ "machine_id": id }))?;
    assert!(said.contains(id.as_str().unwrap()), "it is the same machine: {said}");
    let agent = run(&deployment, "again", &state)?;
    wait_for("it to be connected again", || Ok((machines(&person)?[0]["online"] == json!(true)).then_some(())))?;
    let machine = &machines(&person)?[0];
    assert_eq!((&machine["id"], &machine["refused_copy"]), (&id, &Value::Null));
    ensure!(agent.terminate()?.success(), "the agent ended badly");
    Ok(())
}
