//! A session that the policy records as events only, whose screen somebody has recorded for a while.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use api::{RecordingItem, RecordingState};
use recording::{Decoder, Entry, TrackKind};
use serde_json::{Value, json};

use crate::deployment::{Deployment, Person};
use crate::process::{own, wait_for};

/// How soon after the order the screen must be recorded.
const SOON: Duration = Duration::from_secs(2);

/// The only session, once it is recorded like this.
fn session(person: &Person, events_only: bool, by: &str) -> anyhow::Result<Value> {
    wait_for(&format!("the session to be recorded by {by}, events only: {events_only}"), || {
        let session = person.get("sessions")?["items"][0].clone();
        let so = session["events_only"] == json!(events_only) && session["started_by"] == json!(by);
        Ok(so.then_some(session))
    })
}

fn order(person: &Person, order: &str, session: &Value) -> anyhow::Result<Value> {
    let done = person.post("sessions/control", &json!({ "order": order, "sessions": [session["id"]] }))?;
    Ok(done["items"][0].clone())
}

fn stored(deployment: &Deployment, id: &str) -> anyhow::Result<Option<PathBuf>> {
    Ok(deployment.stored_files()?.into_iter().find(|file| file.to_string_lossy().contains(id)))
}

/// When the first picture of a recording was taken, µs since 1970; `None` while none is stored.
fn first_picture(deployment: &Deployment, id: &str) -> anyhow::Result<Option<i64>> {
    let Some(file) = stored(deployment, id)? else { return Ok(None) };
    let mut decoder = Decoder::new();
    decoder.push(&std::fs::read(file)?);
    let (mut started_us, mut screens) = (None, Vec::new());
    while let Ok(Some(located)) = decoder.next() {
        match located.entry {
            Entry::Header(header) => started_us = Some(header.started.unix_us),
            Entry::Group(group) => {
                let of_screen = group.tracks.into_iter().filter(|track| track.kind == TrackKind::Screen);
                screens.extend(of_screen.map(|track| track.id));
            }
            Entry::Data { track, time_us, .. } if screens.contains(&track) => {
                return Ok(Some(started_us.context("no header")? + i64::try_from(time_us)?));
            }
            _ => {}
        }
    }
    Ok(None)
}

fn row(person: &Person, id: &Value) -> anyhow::Result<RecordingItem> {
    Ok(serde_json::from_value(person.get(&format!("recordings/{}", id.as_str().context("an id")?))?)?)
}

/// Whether a picture can be taken out of a stored recording.
fn has_picture(deployment: &Deployment, id: &Value) -> anyhow::Result<bool> {
    let file = stored(deployment, id.as_str().context("an id")?)?.context("a file")?;
    let picture = deployment.folder.join("picture.png");
    let mut frame = own("kinescope")?;
    frame.arg("frame").arg(&file).args(["--at", "end", "-o"]).arg(&picture).stderr(Stdio::null());
    Ok(frame.status()?.success())
}

#[test]
fn the_screen_of_an_events_only_session_is_recorded_by_order_and_then_events_only_again() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    let person = deployment.person()?;
    person.activate("events-only", false)?;
    deployment.start_agent()?;
    let before = session(&person, true, "policy")?;

    let asked_us = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    let done = order(&person, "start", &before)?;
    ensure!(done["outcome"] == "started", "{done}");
    let screen = done["recording"].clone();
    ensure!(screen != before["recording"], "it is a recording of its own: {done}");
    let id = screen.as_str().context("an id")?;
    let picture_us = wait_for("its first picture at the server", || first_picture(&deployment, id))?;
    let after = Duration::from_micros(u64::try_from(picture_us - asked_us)?);
    println!("screen by order: the first picture was taken {} ms after the order", after.as_millis());
    ensure!(after < SOON, "{after:?}");
    let recorded = session(&person, false, "administrator")?;
    ensure!(recorded["recording"] == screen && recorded["id"] == before["id"], "{recorded}");
    let again = order(&person, "start", &before)?;
    ensure!(again["outcome"] == "already-recorded", "{again}");

    let done = order(&person, "stop", &before)?;
    ensure!(done["outcome"] == "stopped" && done["recording"] == screen, "{done}");
    let text = done["text"].as_str().unwrap_or_default();
    ensure!(text.starts_with("it goes on as events only: "), "{done}");
    let later = session(&person, true, "policy")?;
    ensure!(later["recording"] != screen && later["recording"] != before["recording"], "{later}");

    // Another stop ends the policy's recording, too.
    let done = order(&person, "stop", &before)?;
    ensure!(done["outcome"] == "stopped" && done["text"] == "", "{done}");
    let ended = wait_for("all three to have ended", || {
        let rows = [&before["recording"], &screen, &later["recording"]].map(|id| row(&person, id));
        let rows = rows.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        Ok(rows.iter().all(|row| row.state == RecordingState::Finished).then_some(rows))
    })?;
    let events_only: Vec<bool> = ended.iter().map(|row| row.events_only).collect();
    ensure!(events_only == [true, false, true], "{events_only:?}");
    ensure!(ended[1].start_reason.policy == "administrator", "{:?}", ended[1].start_reason);
    ensure!(ended[2].start_reason == ended[0].start_reason, "{:?}", ended[2].start_reason);
    ensure!(person.recordings()?.len() == 3, "one order more or less");
    for (id, pictures) in [(&before["recording"], false), (&screen, true), (&later["recording"], false)] {
        ensure!(has_picture(&deployment, id)? == pictures, "pictures in {id}");
    }
    deployment.verify_all()
}
