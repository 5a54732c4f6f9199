//! Sessions that run now: who is recorded, and having them recorded or not.

use std::collections::HashMap;
use std::sync::Arc;

use api::{
    ControlOrder, ControlOutcome, ControlSessions, ControlledSession, ControlledSessions, SessionItem, SessionList,
    SessionQuery, StartedBy,
};
use axum::Json;
use axum::extract::State;
use catalogue::AdministratorAction;
use futures_util::future::join_all;
use protocol::{Control, Controlled};
use uuid::Uuid;

use super::{Asked, Body};
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;

/// Sessions in one list.
const MOST_SESSIONS: usize = 10_000;
/// Sessions that one request is about.
const MOST_CONTROLLED: usize = 500;

/// Lists the sessions of connected machines.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn list(
    State(app): State<Arc<App>>,
    Asked(query): Asked<SessionQuery>,
) -> Result<Json<SessionList>, Failure> {
    let mut items = sessions(&app).await?;
    items.retain(|item| query.user.as_ref().is_none_or(|user| *user == item.user));
    items.truncate(MOST_SESSIONS);
    Ok(Json(SessionList { items }))
}

/// Has sessions recorded, or not. Everything that is wanted is in the administrator log before a machine is told.
///
/// # Errors
/// It is not clear which sessions are meant, or the log cannot be written.
pub async fn control(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<ControlSessions>,
) -> Result<Json<ControlledSessions>, Failure> {
    let known = sessions(&app).await?;
    let (record, action) = match wanted.order {
        ControlOrder::Start => (true, "recording-start-ordered"),
        ControlOrder::Stop => (false, "recording-stop-ordered"),
    };
    let meant = meant(&wanted, known)?;
    let entries: Vec<AdministratorAction> =
        meant.iter().map(|(id, item)| entry(&viewer, action, &wanted, id, item)).collect();
    app.catalogue.log_all(&entries).await?;
    let asked = meant.into_iter().map(|(id, item)| one(&app, &viewer, (record, wanted.notify), id, item));
    Ok(Json(ControlledSessions { items: join_all(asked).await }))
}

/// The sessions that are meant, by id; those that are not there any more without their facts.
fn meant(wanted: &ControlSessions, known: Vec<SessionItem>) -> Result<Vec<(String, Option<SessionItem>)>, Failure> {
    let meant: Vec<_> = match (&wanted.user, wanted.sessions.as_slice()) {
        (Some(user), []) => {
            known.into_iter().filter(|item| item.user == *user).map(|item| (item.id.clone(), Some(item))).collect()
        }
        (None, ids @ [_, ..]) => {
            let mut known: HashMap<_, _> = known.into_iter().map(|item| (item.id.clone(), item)).collect();
            ids.iter().map(|id| (id.clone(), known.remove(id))).collect()
        }
        _ => return Err(Failure::bad_request("Give either sessions or user.")),
    };
    if meant.len() > MOST_CONTROLLED {
        return Err(Failure::bad_request(format!("At most {MOST_CONTROLLED} sessions at a time.")));
    }
    Ok(meant)
}

fn entry(
    viewer: &Viewer,
    action: &str,
    wanted: &ControlSessions,
    id: &str,
    item: &Option<SessionItem>,
) -> AdministratorAction {
    let id: String = id.chars().filter(|character| !character.is_control()).take(128).collect();
    let silent = matches!(wanted.order, ControlOrder::Start) && !wanted.notify;
    let silently = if silent { "; without telling the user" } else { "" };
    match item {
        Some(item) => {
            let subject = format!("{} on {}", item.user, item.machine);
            viewer.action(action, subject, format!("display {}; session {id}{silently}", item.display))
        }
        None => viewer.action(action, id, "no session that is known"),
    }
}

async fn one(
    app: &App,
    viewer: &Viewer,
    (record, notify): (bool, bool),
    id: String,
    item: Option<SessionItem>,
) -> ControlledSession {
    if item.as_ref().is_some_and(|item| !item.controllable) {
        let (machine, user) = item.map(|item| (item.machine, item.user)).unzip();
        let text = "This machine's settings do not let recordings be started and stopped from here.".to_owned();
        return ControlledSession {
            session: id,
            machine,
            user,
            outcome: ControlOutcome::Refused,
            recording: None,
            text,
        };
    }
    let answer = match session_of(&id).filter(|_| item.is_some()) {
        Some((machine, session)) => {
            let control = Control { request: 0, session: session.to_owned(), record, who: viewer.name.clone(), notify };
            app.ingest.control(machine, control).await
        }
        None => None,
    };
    let (machine, user) = item.map(|item| (item.machine, item.user)).unzip();
    let (outcome, recording, text) = match answer {
        Some(Controlled { outcome, recording, text, .. }) => {
            (outcome_of(&outcome), recording.map(|id| id.to_string()), text)
        }
        None => (ControlOutcome::NoAnswer, None, String::new()),
    };
    ControlledSession { session: id, machine, user, outcome, recording, text }
}

fn outcome_of(word: &str) -> ControlOutcome {
    match word {
        "started" => ControlOutcome::Started,
        "already-recorded" => ControlOutcome::AlreadyRecorded,
        "stopped" => ControlOutcome::Stopped,
        "not-recorded" => ControlOutcome::NotRecorded,
        // A word of a later agent.
        _ => ControlOutcome::Refused,
    }
}

/// Machine and session in an id.
fn session_of(id: &str) -> Option<(Uuid, &str)> {
    let (machine, session) = id.split_once('.')?;
    Some((Uuid::try_parse(machine).ok()?, session))
}

async fn sessions(app: &App) -> Result<Vec<SessionItem>, Failure> {
    let machines = app.catalogue.machines().await?;
    let names: HashMap<Uuid, String> = machines.into_iter().map(|machine| (machine.id, machine.name)).collect();
    let content = app.catalogue.content_of_open().await?;
    let mut items = Vec::new();
    for (machine, switches, session) in app.ingest.sessions() {
        let Some(name) = names.get(&machine) else { continue };
        let started_by = match session.started_by.as_str() {
            "administrator" => StartedBy::Administrator,
            "user" => StartedBy::User,
            _ => StartedBy::Policy,
        };
        items.push(SessionItem {
            id: format!("{}.{}", machine.simple(), session.session),
            machine_id: machine.simple().to_string(),
            machine: name.clone(),
            user: session.user,
            display: session.display,
            started_by: session.recording.map(|_| started_by),
            recording: session.recording.map(|id| id.to_string()),
            events_only: session.recording.and_then(|id| content.get(&id).copied()),
            why: session.why,
            user_may_start: session.user_may_start,
            controllable: switches.takes_control,
        });
    }
    items.sort_by(|a, b| (&a.user, &a.machine, &a.id).cmp(&(&b.user, &b.machine, &b.id)));
    items.dedup_by(|a, b| a.id == b.id);
    Ok(items)
}
