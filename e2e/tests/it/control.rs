//! Sessions that are recorded because somebody wants it, and what a new policy does to those that run.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use api::RecordingState;
use serde_json::{Value, json};

use crate::deployment::{Deployment, Person};
use crate::process::{own, wait_for};

/// How soon a recorder must run after an administrator wants it.
const SOON: Duration = Duration::from_secs(2);

/// A deployment whose policy records nothing, with an agent that has told of its session.
fn unrecorded() -> anyhow::Result<(Deployment, Person, Value)> {
    let mut deployment = Deployment::new()?;
    let person = deployment.person()?;
    person.activate("do-not-record", false)?;
    deployment.start_agent()?;
    let session = wait_for("the session to be told", || decided(&person))?;
    Ok((deployment, person, session))
}

/// The only session, once it was decided on.
fn decided(person: &Person) -> anyhow::Result<Option<Value>> {
    let session = person.get("sessions")?["items"][0].clone();
    Ok(session["why"].as_str().is_some_and(|why| !why.is_empty()).then_some(session))
}

/// `kinescope control <words>`, with the password on standard input.
fn control(deployment: &Deployment, words: &[&str]) -> anyhow::Result<(bool, String)> {
    let mut command = own("kinescope")?;
    command.arg("control").args(words).args(["--server", &deployment.address(), "--data"]).arg(&deployment.server_data);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    writeln!(child.stdin.take().context("no stdin")?, "{}", deployment.password)?;
    let output = child.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// The log of recording reasons, newest first, as one text.
fn reasons(person: &Person) -> anyhow::Result<String> {
    Ok(person.get("admin-log?about=recordings")?.to_string())
}

#[test]
fn an_administrator_has_a_session_recorded_within_two_seconds_and_ends_it() -> anyhow::Result<()> {
    let (deployment, person, session) = unrecorded()?;
    assert_eq!((&session["recording"], &session["started_by"]), (&Value::Null, &Value::Null));
    let id = session["id"].as_str().context("an id")?;

    let asked = Instant::now();
    let done = person.post("sessions/control", &json!({ "order": "start", "sessions": [id] }))?;
    let acknowledged = asked.elapsed();
    assert_eq!(done["items"][0]["outcome"], "started", "{done}");
    let recording = done["items"][0]["recording"].as_str().context("a recording")?.to_owned();
    let index = format!("recordings/{recording}/index");
    wait_for("the first group", || Ok(person.get(&index).ok().filter(|index| index["groups"][0].is_object())))?;
    let seen = asked.elapsed();
    println!(
        "dynamic control: recorder started after {} ms, its first picture at the server after {} ms",
        acknowledged.as_millis(),
        seen.as_millis()
    );
    assert!(acknowledged < SOON, "{acknowledged:?}");

    let session = wait_for("the session to be told", || {
        Ok(decided(&person)?.filter(|session| session["recording"] == json!(recording)))
    })?;
    assert_eq!(session["started_by"], "administrator");
    let live = person.get(&format!("recordings/{recording}"))?;
    assert_eq!(live["start_reason"]["policy"], "administrator");
    let why = live["start_reason"]["text"].as_str().unwrap_or_default();
    assert!(why.starts_with("administrator admin started it"), "{why}");
    println!("dynamic control: {why}");
    let again = person.post("sessions/control", &json!({ "order": "start", "user": session["user"] }))?;
    assert_eq!(again["items"][0]["outcome"], "already-recorded", "{again}");

    // The command line does the same.
    let (done, said) = control(&deployment, &["status"])?;
    assert!(done && said.contains(id) && said.contains("recorded for an administrator"), "{said}");
    let (done, said) = control(&deployment, &["stop", "--user", session["user"].as_str().context("a user")?])?;
    assert!(done && said.contains("is recorded no longer"), "{said}");
    let ended = person.wait_for_state(RecordingState::Finished)?;
    assert_eq!(ended.end_reason.as_deref(), Some("administrator admin stopped it"));
    let (done, said) = control(&deployment, &["stop", id])?;
    assert!(done && said.contains("was not recorded"), "{said}");
    let (done, said) = control(&deployment, &["start", "0123.4-5-6"])?;
    assert!(!done && said.contains("no answer"), "{said}");

    let log = person.get("admin-log?about=people")?.to_string();
    assert!(log.contains("recording-start-ordered") && log.contains("recording-stop-ordered"), "{log}");
    wait_for("the reason to be logged", || Ok(reasons(&person)?.contains("admin stopped it").then_some(())))?;
    deployment.verify_all()
}

#[test]
fn a_machine_may_refuse_control_and_may_record_nothing_at_all() -> anyhow::Result<()> {
    let (mut deployment, person, session) = unrecorded()?;
    let order = json!({ "order": "start", "sessions": [session["id"]] });
    deployment.agent.take().context("an agent")?.terminate()?;
    deployment.start_agent_with(&[("DYNAMIC_CONTROL", "false")])?;
    wait_for("the machine's switch", || Ok(decided(&person)?.filter(|session| session["controllable"] == false)))?;
    let refused = person.post("sessions/control", &order)?;
    assert_eq!(refused["items"][0]["outcome"], "refused", "{refused}");

    deployment.agent.take().context("an agent")?.terminate()?;
    person.activate("record-everything", false)?;
    deployment.start_agent_with(&[("RECORDING", "false")])?;
    wait_for("the machine's other switch", || {
        Ok(Some(person.get("machines")?).filter(|list| list["items"][0]["recording"] == false))
    })?;
    let session = wait_for("the session", || decided(&person))?;
    let refused = person.post("sessions/control", &json!({ "order": "start", "sessions": [session["id"]] }))?;
    assert_eq!(refused["items"][0]["text"], "recording is switched off on this machine", "{refused}");
    assert_eq!(person.recordings()?.len(), 0);
    Ok(())
}

#[test]
fn a_new_policy_ends_a_recording_at_once_where_that_is_wanted_and_begins_none() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    deployment.start_agent()?;
    let person = deployment.person()?;
    person.wait_for_size(500)?;

    person.activate("do-not-record", true)?;
    let ended = person.wait_for_state(RecordingState::Finished)?;
    let why = ended.end_reason.unwrap_or_default();
    assert!(why.starts_with("the policy no longer wants it: no session is recorded"), "{why}");
    wait_for("the reason to be logged", || Ok(reasons(&person)?.contains("no longer wants it").then_some(())))?;

    // The other way round waits for a new session, even at once.
    person.activate("record-everything", true)?;
    wait_for("the policy to be told", || {
        Ok(reasons(&person)?.contains("would be recorded from its next start on").then_some(()))
    })?;
    assert!(person.only_recording()?.is_some());
    assert_eq!(decided(&person)?.context("the session")?["recording"], Value::Null);
    Ok(())
}

#[test]
fn a_recording_that_goes_on_in_another_file_follows_the_new_policy() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    let person = deployment.person()?;
    let rule = json!({ "name": "All desks", "action": { "do": "record-screen", "notice": false },
        "when": { "where": [{ "machine": "*" }] } });
    let document = json!({ "version": 1, "name": "Second", "rules": [rule] });
    let second = person.post("policies", &json!({ "document": document }))?["policy"]["id"].clone();
    // Half a minute is 0.00834 h; this is six seconds.
    deployment.start_agent_with(&[("ROLL_OVER_HOURS", "0.00167")])?;
    person.wait_for_size(500)?;

    person.activate(second.as_str().context("an id")?, false)?;
    let by_second = |person: &Person| {
        let items = person.recordings()?;
        anyhow::Ok(items.into_iter().find(|item| item.start_reason.policy == "Second"))
    };
    let next = wait_for("a recording by the new policy", || by_second(&person))?;
    assert_eq!(next.start_reason.rule.as_deref(), Some("All desks"));
    person.activate("do-not-record", false)?;
    wait_for("the last recording to end", || {
        let items = person.recordings()?;
        let over = items.iter().all(|item| item.state == RecordingState::Finished);
        let told =
            |item: &api::RecordingItem| item.end_reason.as_ref().is_some_and(|why| why.contains("no longer wants"));
        Ok((over && items.iter().filter(|item| told(item)).count() == 1).then_some(()))
    })?;
    let log = reasons(&person)?;
    assert!(log.contains("it goes on: rule “All desks” of policy “Second”"), "{log}");
    deployment.verify_all()
}
