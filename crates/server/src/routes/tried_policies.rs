//! What a policy would make of a session: one that is typed in, or one that was recorded.

use std::sync::Arc;

use api::{TriedDecision, TriedDetection, TriedSession, TryPolicy};
use axum::Json;
use axum::extract::State;
use policy::{Capabilities, DetectionPolicy, Policy, PreparedDetection, PreparedPolicy};

use super::{Body, Id, recordings};
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;
use crate::policies;

/// Says what would become of a session.
///
/// # Errors
/// There is no such policy or recording, or what was given makes no sense.
pub async fn recording(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<TryPolicy>,
) -> Result<Json<TriedDecision>, Failure> {
    let policy = match (&wanted.policy, &wanted.document) {
        (Some(id), None) => policies::find(&app.catalogue, id).await?.ok_or_else(|| Failure::not_found("policy"))?,
        (None, Some(document)) => Policy::Custom(policies::checked(document)?),
        _ => return Err(Failure::bad_request("Give either policy or document.")),
    };
    let session = asked_about(&app, &viewer, wanted).await?;
    let facts = policies::facts(&session).map_err(Failure::bad_request)?;
    let decision = PreparedPolicy::new(policy).decide(&facts).as_far_as(Capabilities::RECORDER);
    Ok(Json(TriedDecision {
        record: decision.record(),
        policy: decision.policy,
        rules: decision.rules,
        reason: decision.reason,
        session,
    }))
}

/// Says what would be logged of a session.
///
/// # Errors
/// There is no such policy or recording, or what was given makes no sense.
pub async fn detection(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<TryPolicy>,
) -> Result<Json<TriedDetection>, Failure> {
    let policy = match (&wanted.policy, &wanted.document) {
        (Some(id), None) => {
            policies::find_detection(&app.catalogue, id).await?.ok_or_else(|| Failure::not_found("policy"))?
        }
        (None, Some(document)) => DetectionPolicy::Custom(policies::checked_detection(document)?),
        _ => return Err(Failure::bad_request("Give either policy or document.")),
    };
    let session = asked_about(&app, &viewer, wanted).await?;
    let facts = policies::facts(&session).map_err(Failure::bad_request)?;
    let policy = PreparedDetection::new(policy);
    let decided = policy.decide(&facts);
    Ok(Json(TriedDetection {
        log: (!decided.by_machine).then(|| decided.logging(&events::Logging::default())),
        policy: policy.policy().name().to_owned(),
        rules: decided.rule.iter().map(|rule| rule.name.to_string()).collect(),
        reason: decided.reason,
        session,
    }))
}

async fn asked_about(app: &App, viewer: &Viewer, wanted: TryPolicy) -> Result<TriedSession, Failure> {
    match (wanted.session, &wanted.recording) {
        (Some(session), None) => bounded(session),
        (None, Some(recording)) => recorded_session(app, viewer, recording).await,
        _ => Err(Failure::bad_request("Give either session or recording.")),
    }
}

/// What a machine could tell, and not more.
fn bounded(session: TriedSession) -> Result<TriedSession, Failure> {
    let long = |text: &String| text.len() > protocol::limits::MAX_NAME_BYTES;
    let lists = [&session.groups, &session.delivery_groups, &session.tags];
    let texts = [&session.user, &session.machine].into_iter().chain(&session.opened).chain(&session.client_address);
    if texts.chain(lists.into_iter().flatten()).any(long) {
        return Err(Failure::bad_request("A name of a session has at most 256 bytes."));
    }
    Ok(session)
}

async fn recorded_session(app: &App, viewer: &Viewer, id: &str) -> Result<TriedSession, Failure> {
    let id = Id(id.to_owned()).recording()?;
    // Whoever may not see a recording is not told of its session either.
    let recording = recordings::find(app, viewer, id).await?;
    let store = app.store.clone();
    let looked = tokio::task::spawn_blocking(move || store.look(recording.id, |survey| survey.header().cloned()));
    let header = looked.await.map_err(|error| Failure::internal(&error))??;
    header.map(|header| policies::session_of(&header)).ok_or_else(|| Failure::not_found("recording"))
}
