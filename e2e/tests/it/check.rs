//! `kinescope-agent check` on a machine that is well, and after the server has withdrawn its right to send.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::deployment::{Deployment, Person};
use crate::identities::{enrol_again, machines};
use crate::process::{own, wait_for};

/// The command's exit code and what it printed.
fn check(deployment: &Deployment, words: &[&str]) -> anyhow::Result<(i32, String)> {
    let desktop = deployment.desktop.as_ref().context("a desktop")?;
    let mut command = own("kinescope-agent")?;
    command.arg("check").args(words).arg("--state-folder").arg(&deployment.agent_state);
    command.args(["--display", &desktop.display]).env("KINESCOPE_AGENT_SOCKET", deployment.folder.join("agent.sock"));
    // As the agent that runs: how much disk the machine has is no matter of these tests.
    let output = command.env("KINESCOPE_AGENT_QUOTA_MB", QUOTA_MB).output()?;
    ensure!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok((output.status.code().context("it was killed")?, String::from_utf8(output.stdout)?))
}

const QUOTA_MB: &str = "64";

fn start(deployment: &mut Deployment) -> anyhow::Result<()> {
    deployment.start_agent_with(&[("QUOTA_MB", QUOTA_MB)])
}

/// Exit code and findings.
fn findings(deployment: &Deployment) -> anyhow::Result<(i32, Vec<Value>)> {
    let (code, printed) = check(deployment, &["--json"])?;
    let all: Value = serde_json::from_str(&printed).with_context(|| printed.clone())?;
    Ok((code, all["findings"].as_array().cloned().with_context(|| printed)?))
}

fn not_well(findings: &[Value]) -> Vec<&Value> {
    findings.iter().filter(|finding| finding["level"] != "ok").collect()
}

/// Waits until all is well.
fn well(deployment: &Deployment) -> anyhow::Result<Vec<Value>> {
    wait_for("all to be well", || {
        let (code, found) = findings(deployment)?;
        ensure!(code == 0, "exit code {code}: {:?}", not_well(&found));
        Ok(Some(found))
    })
}

/// The machine as the server knows it.
fn machine(person: &Person) -> anyhow::Result<Value> {
    machines(person)?.pop().context("a machine")
}

#[test]
fn on_a_machine_that_is_well_every_line_says_so_and_nothing_is_disturbed() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    let person = deployment.person()?;
    start(&mut deployment)?;
    let size_bytes = person.wait_for_size(500)?.size_bytes;
    let found = well(&deployment)?;
    ensure!(not_well(&found).is_empty(), "{found:#?}");
    let names: Vec<&str> = found.iter().filter_map(|finding| finding["check"].as_str()).collect();
    let all = [
        "enrolled", "expiry", "name", "trust", "clock", "switch", "space", "policy", "displays", "service", "server",
        "sessions",
    ];
    ensure!(names == all, "{names:?}");

    let (code, lines) = check(&deployment, &[])?;
    ensure!(code == 0 && lines.lines().all(|line| line.starts_with("ok ")), "exit code {code}:\n{lines}");
    ensure!(lines.lines().count() == all.len(), "{lines}");
    // Whoever asks is no second holder of the identity.
    let machine = machine(&person)?;
    ensure!(machine["online"] == json!(true) && machine["refused_copy"] == Value::Null, "{machine}");
    deployment.desktop.as_mut().context("a desktop")?.busy_terminal("0.05")?;
    person.wait_for_size(size_bytes + 1)?;
    Ok(())
}

#[test]
fn a_machine_that_was_revoked_is_told_so_with_what_to_do_and_that_helps() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    let person = deployment.person()?;
    start(&mut deployment)?;
    person.wait_for_size(500)?;
    well(&deployment)?;
    let id = machine(&person)?["id"].as_str().context("an id")?.to_owned();
    person.post(&format!("machines/{id}/revoke"), &json!({}))?;
    told_of_the_revocation(&deployment)?;

    // An agent that is started after that is told the same.
    ensure!(deployment.agent.take().context("an agent")?.terminate()?.success(), "the agent ended badly");
    let (code, found) = findings(&deployment)?;
    let problems: Vec<&Value> = not_well(&found).iter().map(|finding| &finding["check"]).collect();
    ensure!(code == 1 && problems == [&json!("service")], "exit code {code}: {found:#?}");
    start(&mut deployment)?;
    told_of_the_revocation(&deployment)?;
    ensure!(machine(&person)?["online"] == json!(false), "it was let in");

    // What the line says to do.
    ensure!(deployment.agent.take().context("an agent")?.terminate()?.success(), "the agent ended badly");
    enrol_again(&deployment, &person, &deployment.agent_state, &json!({ "note": "after the revocation" }))?;
    start(&mut deployment)?;
    well(&deployment)?;
    Ok(())
}

#[test]
fn an_agent_that_runs_while_its_machine_is_enrolled_again_must_be_started_again_and_says_so() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    let person = deployment.person()?;
    start(&mut deployment)?;
    person.wait_for_size(500)?;
    let id = machine(&person)?["id"].clone();
    let said = enrol_again(&deployment, &person, &deployment.agent_state, &json!({ "machine_id": id }))?;
    ensure!(said.contains("must be started again"), "{said}");
    let role = problem_of_its_role(&deployment)?;
    ensure!(role["do"] == "start the agent again", "{role}");
    ensure!(machine(&person)?["refused_copy"] == Value::Null, "nobody is told of a copy");
    ensure!(deployment.agent.take().context("an agent")?.terminate()?.success(), "the agent ended badly");
    start(&mut deployment)?;
    well(&deployment)?;
    // It is the same machine, and the recording goes on.
    ensure!(machines(&person)?.len() == 1 && person.only_recording()?.is_some(), "another machine or recording");
    Ok(())
}

fn told_of_the_revocation(deployment: &Deployment) -> anyhow::Result<()> {
    let role = problem_of_its_role(deployment)?;
    let (text, remedy) = (role["text"].as_str().unwrap_or_default(), role["do"].as_str().unwrap_or_default());
    ensure!(text.ends_with("this machine's right to send was withdrawn at the server"), "{role}");
    ensure!(remedy.contains("kinescope-agent enrol --again --server"), "{role}");
    ensure!(remedy.ends_with("then start the agent again"), "{role}");
    let (code, lines) = check(deployment, &[])?;
    ensure!(code == 1 && lines.contains("PROBLEM  role"), "exit code {code}:\n{lines}");
    Ok(())
}

/// Waits until the agent knows that the server refuses it; nothing else is a problem then.
fn problem_of_its_role(deployment: &Deployment) -> anyhow::Result<Value> {
    let found = wait_for("the agent to know that it is refused", || {
        let (code, found) = findings(deployment)?;
        let knows = found.iter().any(|finding| finding["check"] == "role");
        ensure!(code == 1 || !knows, "exit code {code}: {found:#?}");
        Ok(knows.then_some(found))
    })?;
    let problems: Vec<&Value> = found.iter().filter(|finding| finding["level"] == "problem").collect();
    let [role] = problems[..] else { anyhow::bail!("{problems:#?}") };
    Ok(role.clone())
}
