//! Machines that send recordings.

use std::sync::Arc;

use api::{MachineItem, MachineList, RefusedCopy};
use axum::Json;
use axum::extract::State;
use catalogue::Machine;

use super::Id;
use crate::app::App;
use crate::authorise::Viewer;
use crate::clock;
use crate::failure::Failure;

/// Lists machines.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn list(State(app): State<Arc<App>>) -> Result<Json<MachineList>, Failure> {
    let items = app.catalogue.machines().await?.into_iter().map(|machine| item(&app, machine)).collect();
    Ok(Json(MachineList { items }))
}

/// Withdraws a machine's certificate and ends its connection. What it sent stays.
///
/// # Errors
/// There is no such machine.
pub async fn revoke(State(app): State<Arc<App>>, viewer: Viewer, id: Id) -> Result<Json<MachineItem>, Failure> {
    let id = id.of("machine")?;
    let machine = app.catalogue.machine(id).await?.ok_or_else(|| Failure::not_found("machine"))?;
    app.catalogue.log_administrator(&viewer.action("machine-revoked", id.simple().to_string(), machine.name)).await?;
    app.catalogue.revoke_machine(id, clock::now_us()).await?;
    app.ingest.disconnect(id);
    let machine = app.catalogue.machine(id).await?.ok_or_else(|| Failure::not_found("machine"))?;
    Ok(Json(item(&app, machine)))
}

fn item(app: &App, machine: Machine) -> MachineItem {
    let online = app.ingest.is_online(machine.id);
    let switches = app.ingest.switches(machine.id);
    let reported = machine.last_seen_us.is_some();
    MachineItem {
        id: machine.id.simple().to_string(),
        name: machine.name,
        os: machine.os,
        agent_version: machine.software,
        signing_key: machine.signing_key,
        enrolled_us: machine.enrolled_us,
        last_seen_us: machine.last_seen_us,
        online,
        recording: switches.map(|switches| !switches.recording_off),
        controllable: switches.map(|switches| switches.takes_control),
        revoked_us: machine.revoked_us,
        live_recordings: if online { machine.live_recordings } else { 0 },
        spool_bytes: reported.then_some(machine.spool_bytes),
        lost_bytes: reported.then_some(machine.lost_bytes),
        expires_us: machine.not_after_us,
        refused_copy: machine.copy.map(|copy| RefusedCopy {
            time_us: copy.at_us,
            address: copy.address,
            text: copy.text,
        }),
    }
}
