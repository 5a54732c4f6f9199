//! Keeps the catalogue's rows up to date, and notices recordings that nobody sends any more.

use std::sync::Arc;
use std::time::Duration;

use catalogue::{CatalogueError, Progress, RecordingState};
use recording::RecordingId;
use storage::{StorageError, Store};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::IngestError;
use super::agents::Command;
use super::desk::{Active, Desk, Setting};
use super::diagnosis::Finding;
use super::happenings;
use super::live_recordings::{Accepted, Liveness};
use super::receipts;
use super::rows::{self, Glance};
use super::tracked::Tracked;
use crate::clock;
use crate::notice_setting;
use crate::policies;
use crate::seal_setting::{self, SealSettingError};

/// How often rows are brought up to date, and silent recordings and disks looked at.
const EVERY: Duration = Duration::from_secs(1);
/// A storage folder with less free space is reported.
const LOW_SPACE_BYTES: u64 = 1 << 30;

/// Runs until `stopping` is true, and then one turn more.
pub(super) async fn run(desk: Arc<Desk>, mut stopping: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let last = tokio::select! {
            _ = ticks.tick() => false,
            _ = stopping.wait_for(|stop| *stop) => true,
        };
        if let Err(error) = note_changed(&desk).await {
            tracing::error!(%error, "the catalogue could not be brought up to date; it is tried again");
        }
        desk.reasons.write(&desk.catalogue).await;
        if last {
            return;
        }
        if let Err(error) = refresh_policy(&desk).await {
            tracing::error!(%error, "the active policy could not be read");
        }
        report_losses(&desk).await;
        tend(&desk).await;
    }
}

/// Writes all rows that are out of date.
pub(super) async fn note_changed(desk: &Arc<Desk>) -> Result<(), IngestError> {
    let tracked = desk.all_tracked();
    let live = tracked.iter().filter(|tracked| tracked.facts().state == RecordingState::Live).count();
    desk.metrics.active_recordings.set(live as f64);
    desk.metrics.connected_agents.set(desk.agents.count() as f64);
    let changed: Vec<_> = tracked.into_iter().filter(|tracked| tracked.facts().changed).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let _noting = desk.noting.lock().await;
    let ids: Vec<_> = changed.iter().map(|tracked| tracked.id).collect();
    let glances = desk.on_disk(move |store| Ok(glances(store, &ids))).await?;
    let mut progress = Vec::new();
    for (tracked, glance) in changed.iter().zip(glances) {
        if let Some(change) = change_of(desk, tracked, glance).await? {
            progress.push(change);
        }
    }
    desk.catalogue.note_progress(&progress).await?;
    happenings::note(desk, &changed).await
}

fn glances(store: &Store, ids: &[RecordingId]) -> Vec<Result<Glance, StorageError>> {
    ids.iter().map(|id| store.look(*id, Glance::of)).collect()
}

/// The change of one row. A recording without a row gets its row instead, as soon as its header is there; one of whose session
/// more became known gets it anew.
async fn change_of(
    desk: &Arc<Desk>,
    tracked: &Tracked,
    glance: Result<Glance, StorageError>,
) -> Result<Option<Progress>, IngestError> {
    let glance = match glance {
        Ok(glance) => glance,
        Err(StorageError::Unknown(_)) => return Ok(None),
        Err(error) => {
            tracing::warn!(recording = %tracked.id, %error, "a recording's row stays out of date");
            return Ok(None);
        }
    };
    let (state, last_data_us, notices, has_row, up_to_date) = {
        let mut facts = tracked.facts();
        facts.changed = false;
        let up_to_date = facts.has_row && facts.shown.as_ref() == Some(glance.latest());
        (facts.state, facts.last_data_us, facts.notices.clone(), facts.has_row, up_to_date)
    };
    if up_to_date {
        return Ok(Some(glance.progress(tracked.id, state, last_data_us, &notices)));
    }
    let id = tracked.id;
    let header = desk.on_disk(move |store| store.look(id, |survey| survey.header().cloned())).await?;
    let Some(header) = header else {
        return Ok(has_row.then(|| glance.progress(tracked.id, state, last_data_us, &notices)));
    };
    let row = rows::row(&header, &glance, state, last_data_us, &notices);
    desk.catalogue.put_recording(&row).await?;
    {
        let mut facts = tracked.facts();
        facts.has_row = true;
        facts.shown = Some(glance.latest().clone());
    }
    if !has_row {
        desk.reasons.push(&row);
    }
    Ok(None)
}

/// Notes that a recording is finished: its agent has closed it and everything is durable.
pub(super) async fn finish(desk: &Arc<Desk>, tracked: &Arc<Tracked>) -> Result<(), IngestError> {
    end(desk, tracked, None).await
}

/// Ends a recording in the catalogue. `state` replaces what its own end says.
async fn end(desk: &Arc<Desk>, tracked: &Arc<Tracked>, state: Option<RecordingState>) -> Result<(), IngestError> {
    let _noting = desk.noting.lock().await;
    let id = tracked.id;
    let glance = desk.on_disk(move |store| store.look(id, Glance::of)).await?;
    let complete = state.is_none();
    let state = state.unwrap_or_else(|| glance.final_state());
    let length = {
        let mut facts = tracked.facts();
        facts.state = state;
        facts.accepted
    };
    if let Some(change) = change_of(desk, tracked, Ok(glance)).await? {
        desk.catalogue.note_progress(&[change]).await?;
    }
    // What is not written now is looked for after the next start.
    if let Err(error) = happenings::note_all(desk, id).await {
        tracing::error!(recording = %id, %error, "a recording's events could not be written; some are not found for now");
    }
    receipts::conclude(desk, tracked, complete).await;
    desk.forget(id);
    desk.live.note(id, Accepted { length, state: Liveness::Ended });
    Ok(())
}

/// Hands a policy that became active, or another way of sealing, to all agents.
pub(super) async fn refresh_policy(desk: &Arc<Desk>) -> Result<(), CatalogueError> {
    let _taking_up = desk.taking_up.lock().await;
    let document = policies::active_document::<policies::Recording>(&desk.catalogue).await?;
    let seal = seal_setting::kept(&desk.catalogue).await.and_then(|setting| seal_setting::plan(&setting));
    let at_once = policies::at_once(&desk.catalogue).await?;
    let notices = notice_setting::kept(&desk.catalogue).await?;
    let detection = policies::active_document::<policies::Detecting>(&desk.catalogue).await?;
    let setting = match seal {
        Ok(seal) => Setting { document, seal, at_once, notices, detection },
        Err(SealSettingError::Catalogue(error)) => return Err(error),
        Err(error) => {
            // Nothing must be recorded open that may have to be sealed.
            tracing::error!(%error, "how recordings are sealed cannot be read; nothing is recorded");
            let document = policy::BuiltIn::default().name().to_owned();
            Setting { document, seal: None, at_once, notices, detection }
        }
    };
    let before = desk.active_policy();
    if setting == before.setting {
        return Ok(());
    }
    let active = Active::from(setting);
    let (document, at_once, detection) =
        (active.document.clone(), active.setting.at_once, active.setting.detection.clone());
    *desk.policy.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(active);
    if (&document, at_once) != (&before.document, before.setting.at_once) {
        desk.agents.tell_all(|| Command::Policy { document: document.clone(), at_once });
    }
    if detection != before.setting.detection {
        desk.agents.tell_all(|| Command::Detection(detection.clone()));
    }
    Ok(())
}

/// Reports what storage had to put right.
pub(super) async fn report_losses(desk: &Arc<Desk>) {
    for loss in desk.store.take_losses() {
        let (recording, aside) = (loss.recording, loss.set_aside);
        let tracked = desk.tracked(recording);
        let machine = tracked.as_ref().map(|tracked| tracked.machine);
        if loss.missing_bytes > 0 {
            let text =
                format!("{} bytes of a recording that were on disk are gone; check the disk", loss.missing_bytes);
            if let Some(tracked) = &tracked {
                tracked.facts().notice("The server's disk lost a part of this recording");
            }
            desk.diagnosis.report(Finding::DurableBytesMissing, machine, Some(recording), text).await;
        }
        if loss.torn_bytes > 0 {
            let kept =
                aside.map(|path| format!("; what followed it is kept as {}", path.display())).unwrap_or_default();
            let text = format!("{} bytes of an unfinished write were removed after a crash{kept}", loss.torn_bytes);
            desk.diagnosis.report(Finding::TornTailRemoved, machine, Some(recording), text).await;
        }
    }
}

/// Looks after silent recordings and disks.
async fn tend(desk: &Arc<Desk>) {
    for tracked in desk.all_tracked() {
        if let Some((finding, text)) = given_up(desk, &tracked)
            && let Err(error) = give_up(desk, &tracked, finding, text).await
        {
            tracing::error!(recording = %tracked.id, %error, "a recording could not be given up; it is tried again");
        }
    }
    let Ok(spaces) = desk.on_disk(|store| Ok(store.space())).await else { return };
    for (folder, space) in spaces {
        if space.is_some_and(|space| space.free < LOW_SPACE_BYTES) {
            let text = format!("less than 1 GiB is free in the storage folder {}", folder.display());
            desk.diagnosis.report(Finding::SpaceLow, None, None, text).await;
        }
    }
}

/// Ends a recording that nobody sends any more. One that says it ended is complete as far as anybody can know.
async fn give_up(desk: &Arc<Desk>, tracked: &Arc<Tracked>, finding: Finding, text: &str) -> Result<(), IngestError> {
    let id = tracked.id;
    let ended = desk.on_disk(move |store| store.look(id, |survey| survey.index().end.is_some())).await?;
    if !ended {
        tracked.facts().notice(text);
        desk.diagnosis.report(finding, Some(tracked.machine), Some(id), text.to_owned()).await;
    }
    end(desk, tracked, (!ended).then_some(RecordingState::Crashed)).await
}

/// Whether a recording is given up, and why. Late data opens it again.
fn given_up(desk: &Desk, tracked: &Tracked) -> Option<(Finding, &'static str)> {
    let facts = tracked.facts();
    if facts.holder.is_some() {
        return None;
    }
    let quiet_us = clock::now_us().saturating_sub(facts.last_data_us);
    if quiet_us > i64::try_from(desk.options.dormant_after.as_micros()).unwrap_or(i64::MAX) {
        return Some((Finding::ClosedDormant, "Nothing came for a long time: the recording was closed as dormant"));
    }
    let forgotten = facts.silent_since.elapsed() > desk.options.forgotten_after
        && desk.agents.is_online(tracked.machine)
        && !desk.agents.is_making(tracked.machine, tracked.id);
    forgotten.then_some((Finding::AgentLostRecording, "The agent came back without this recording: its end is missing"))
}
