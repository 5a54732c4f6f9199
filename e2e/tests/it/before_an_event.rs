//! A rule that is made while a session runs has the screen of the seconds before an event recorded; the engine that plays it shows them,
//! and the event where it was.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::deployment::{Deployment, Person};
use crate::picture::Picture;
use crate::process::{own, wait_for};
use crate::stored;

/// Nothing else on the screen has this colour.
const CANARY: u32 = 0x00c0_ffee;

/// The recorders that an agent runs.
fn recorders(deployment: &Deployment) -> anyhow::Result<usize> {
    let agent = deployment.agent.as_ref().context("no agent")?.pid();
    let is_recorder = |pid: &str| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).nth(1) == Some(b"recorder")
    };
    let mut count = 0;
    for task in std::fs::read_dir(format!("/proc/{agent}/task"))?.flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        count += children.split_whitespace().filter(|pid| is_recorder(pid)).count();
    }
    Ok(count)
}

fn document(before: Option<u16>) -> Value {
    let trigger =
        json!({ "description": "Payments", "event": "custom", "conditions": [], "actions": ["record-screen"] });
    let respond = json!({ "before_seconds": before, "triggers": [trigger] });
    json!({ "version": 1, "name": "Watchful",
        "rules": [{ "name": "All", "log": {}, "respond": respond, "when": { "where": [{ "machine": "*" }] } }] })
}

/// Changes the active policy: what it says is kept.
fn change(person: &Person, policy: &Value, before: Option<u16>) -> anyhow::Result<Value> {
    let id = policy["id"].as_str().context("the policy's id")?;
    let wanted = json!({ "revision": policy["revision"], "document": document(before) });
    person.put(&format!("detection-policies/{id}"), &wanted)
}

fn shows(picture: &Picture) -> bool {
    picture.pixels_of(CANARY) > 1_000
}

#[test]
fn a_rule_that_changes_while_a_session_runs_has_the_seconds_before_an_event_recorded() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    let person = deployment.person()?;
    person.activate("events-only", false)?;
    let made = person.post("detection-policies", &json!({ "document": document(None) }))?["policy"].clone();
    let id = made["id"].as_str().context("the policy's id")?;
    let wanted = json!({ "revision": made["revision"], "instead_of": "machine-settings" });
    person.post(&format!("detection-policies/{id}/activate"), &wanted)?;
    let configuration = deployment.folder.join("agent.toml");
    std::fs::write(&configuration, "custom_events = { allowed = true, look_back_seconds = 0 }\n")?;
    let desktop = deployment.desktop.as_ref().context("a desktop")?;
    let (display, authority) = (desktop.display.clone(), desktop.authority.clone());
    deployment.start_agent_by(&configuration, &[&display])?;
    wait_for("the session to be recorded", || {
        Ok((person.get("sessions")?["items"][0]["events_only"] == json!(true)).then_some(()))
    })?;
    let stand = |count| wait_for("recorders", || Ok((recorders(&deployment)? == count).then_some(())));
    stand(1)?;
    // Little counts as ten seconds. It is taken back, and made again.
    let changed = change(&person, &made, Some(1))?;
    ensure!(changed["document"]["rules"][0]["respond"]["before_seconds"] == json!(10), "{changed}");
    stand(2)?;
    let changed = change(&person, &changed["policy"], None)?;
    stand(1)?;
    change(&person, &changed["policy"], Some(10))?;
    stand(2)?;

    let mut canary = Command::new("xterm");
    canary.args(["-bg", "#c0ffee", "-geometry", "60x20+100+100", "-e", "sleep", "3"]).env("HOME", &deployment.folder);
    canary.env("DISPLAY", &display).env("XAUTHORITY", &authority).spawn()?.wait()?;
    wait_for("the colour to be gone", || Ok((!shows(&Picture::of_server(&display, &authority)?)).then_some(())))?;
    let gone = Instant::now();
    let mut event = own("kinescope-agent")?;
    event.args(["event", "--type", "payment", "--text", "4711"]);
    event.env("DISPLAY", &display).env("KINESCOPE_AGENT_SOCKET", deployment.folder.join("agent.sock"));
    let said = event.output()?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let since_gone_s = gone.elapsed().as_secs_f64();

    let of_screen = wait_for("the recording of the screen", || {
        Ok(person.recordings()?.into_iter().find(|item| !item.events_only && item.size_bytes > 0))
    })?;
    let events = wait_for("what was done to be told", || {
        let stored = deployment.stored_files()?.into_iter();
        let Some(file) = stored.into_iter().find(|file| file.to_string_lossy().contains(&of_screen.id.to_string()))
        else {
            return Ok(None);
        };
        let events = stored::events(&stored::entries_in(&file)?);
        Ok(events.iter().any(|(_, event)| event.kind == "response").then_some((file, events)))
    })?;
    let (file, events) = events;
    ensure!(of_screen.start_reason.text.contains("it begins with the "), "{:?}", of_screen.start_reason);
    let (at_us, _) = events.iter().find(|(_, event)| event.kind == "custom").context("the event is there")?;
    let at_s = f64::from(u32::try_from(*at_us)?) / 1e6;
    ensure!((3.0..12.0).contains(&at_s), "the event is {at_s} s after the recording's beginning");
    let png = deployment.folder.join("moment.png");
    // Half of the time for which the window was there before its end.
    ensure!(
        shows(&Picture::of_recording(&file, at_s - since_gone_s - 1.5, &png)?),
        "it is not shown before the event at {at_s} s"
    );
    ensure!(!shows(&Picture::of_recording(&file, at_s, &png)?), "it was gone when the event came");
    deployment.verify_all()
}
