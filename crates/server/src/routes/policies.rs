//! Policies: seeing, changing, trying and activating them.

use std::sync::Arc;

use api::{
    ActivatePolicy, CopyPolicy, CreatePolicy, DeletePolicy, PolicyDetails, PolicyList, ProblemCode, TriedDecision,
    TriedSession, TryPolicy, UpdatePolicy,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalogue::{AdministratorAction, CatalogueError, PolicyChange, StoredPolicy};
use policy::{BuiltIn, Capabilities, Custom, Policy, PreparedPolicy};
use uuid::Uuid;

use super::{Asked, Body, Id, recordings};
use crate::app::App;
use crate::authorise::Viewer;
use crate::clock;
use crate::failure::Failure;
use crate::policies::{self, PolicyError};

/// Lists all policies.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn list(State(app): State<Arc<App>>) -> Result<Json<PolicyList>, Failure> {
    let active = policies::active_id(&app.catalogue).await?;
    let built_in = policies::built_in().map(|policy| policies::built_in_item(policy, &active));
    let kept = app.catalogue.policies().await?.into_iter().map(|summary| policies::item(summary, &active));
    let items = built_in.chain(kept).collect();
    let not_yet = Capabilities::RECORDER.missing().map(|feature| feature.name().to_owned()).collect();
    Ok(Json(PolicyList { items, active, not_yet }))
}

/// Reads one policy with its document.
///
/// # Errors
/// There is no such policy.
pub async fn one(State(app): State<Arc<App>>, id: Id) -> Result<Json<PolicyDetails>, Failure> {
    details(&app, &id.0).await.map(Json)
}

/// Keeps a new policy: one that was written, or a file.
///
/// # Errors
/// The document is no policy that recorders can follow, or its name is taken.
pub async fn create(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<CreatePolicy>,
) -> Result<(StatusCode, Json<PolicyDetails>), Failure> {
    add(&app, &viewer, policies::checked(&wanted.document)?, "a new policy".to_owned()).await
}

/// Keeps a copy under another name.
///
/// # Errors
/// There is no such policy, or the name cannot be one or is taken.
pub async fn copy(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(wanted): Body<CopyPolicy>,
) -> Result<(StatusCode, Json<PolicyDetails>), Failure> {
    let name = wanted.name.trim();
    let (copy, of) = match policies::built_in().find(|policy| policy.name() == id.0) {
        Some(policy) => (policies::copy_of_built_in(policy, name)?, policy.title().to_owned()),
        None => {
            let stored = stored(&app, &id).await?;
            let mut document = document(&stored)?;
            document["name"] = name.into();
            (policies::checked(&document)?, stored.summary.name)
        }
    };
    add(&app, &viewer, copy, format!("a copy of “{of}”")).await
}

async fn add(
    app: &App,
    viewer: &Viewer,
    policy: Custom,
    detail: String,
) -> Result<(StatusCode, Json<PolicyDetails>), Failure> {
    let stored = policies::stored(Uuid::now_v7(), 1, &policy, clock::now_us(), &viewer.name);
    let entry = AdministratorAction {
        after: Some(stored.document.clone()),
        ..viewer.action("policy-created", policy.name().as_str(), detail)
    };
    app.catalogue.change_policies(PolicyChange::Add(&stored), &entry).await?;
    let created = details(app, &stored.summary.id.simple().to_string()).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Changes a policy, its name and description included. If it is active, sessions that start from now on follow it.
///
/// # Errors
/// The document is no policy that recorders can follow, its name is taken, or somebody else was faster.
pub async fn update(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(wanted): Body<UpdatePolicy>,
) -> Result<Json<PolicyDetails>, Failure> {
    let before = stored(&app, &id).await?;
    let policy = policies::checked(&wanted.document)?;
    if before.summary.revision != wanted.revision {
        return Err(changed_meanwhile(&before));
    }
    let after =
        policies::stored(before.summary.id, wanted.revision.saturating_add(1), &policy, clock::now_us(), &viewer.name);
    let active = policies::active_id(&app.catalogue).await? == id.0;
    let mut detail = if active { "the active policy was changed" } else { "changed" }.to_owned();
    if after.summary.name != before.summary.name {
        detail += &format!("; it was named “{}”", before.summary.name);
    }
    let entry = AdministratorAction {
        before: Some(before.document),
        after: Some(after.document.clone()),
        ..viewer.action("policy-changed", after.summary.name.as_str(), detail)
    };
    app.catalogue.change_policies(PolicyChange::Replace(&after), &entry).await?;
    app.ingest.take_up_policy().await;
    details(&app, &id.0).await.map(Json)
}

/// Removes a policy that is not active.
///
/// # Errors
/// It is active or built in, or somebody changed it meanwhile.
pub async fn remove(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Asked(query): Asked<DeletePolicy>,
) -> Result<StatusCode, Failure> {
    let before = stored(&app, &id).await?;
    let entry = AdministratorAction {
        before: Some(before.document),
        ..viewer.action("policy-removed", before.summary.name.as_str(), "")
    };
    let change = PolicyChange::Remove { id: before.summary.id, revision: query.revision };
    app.catalogue.change_policies(change, &entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a policy active: it decides about sessions that start from now on, and about those that run when their recording
/// goes on in another file, or at once where that is wanted.
///
/// # Errors
/// There is no such policy, recorders cannot follow it, or something changed meanwhile.
pub async fn activate(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(wanted): Body<ActivatePolicy>,
) -> Result<Json<PolicyDetails>, Failure> {
    let built_in = policies::built_in().find(|policy| policy.name() == id.0);
    let (name, revision) = match built_in {
        Some(policy) => (policy.title().to_owned(), None),
        None => {
            let stored = stored(&app, &id).await?;
            // It was checked when it was kept, perhaps by another version.
            policies::checked(&document(&stored)?)?;
            (stored.summary.name, Some(wanted.revision))
        }
    };
    let before = named(&app, &wanted.instead_of).await?;
    let also = if wanted.at_once { "; at once for sessions that run, too" } else { "" };
    let detail = format!("instead of “{before}”{also}");
    let entry = AdministratorAction {
        before: Some(before.clone()),
        after: Some(name.clone()),
        ..viewer.action("policy-activated", name.as_str(), detail)
    };
    let default = BuiltIn::default().name();
    let change = PolicyChange::Activate {
        policy: &id.0,
        revision,
        instead_of: &wanted.instead_of,
        default,
        at_once: wanted.at_once,
    };
    app.catalogue.change_policies(change, &entry).await?;
    app.ingest.take_up_policy().await;
    details(&app, &id.0).await.map(Json)
}

/// Says what would become of a session.
///
/// # Errors
/// There is no such policy or recording, or what was given makes no sense.
pub async fn attempt(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<TryPolicy>,
) -> Result<Json<TriedDecision>, Failure> {
    let policy = match (&wanted.policy, &wanted.document) {
        (Some(id), None) => policies::find(&app.catalogue, id).await?.ok_or_else(|| Failure::not_found("policy"))?,
        (None, Some(document)) => Policy::Custom(policies::checked(document)?),
        _ => return Err(Failure::bad_request("Give either policy or document.")),
    };
    let session = match (wanted.session, &wanted.recording) {
        (Some(session), None) => bounded(session)?,
        (None, Some(recording)) => recorded_session(&app, &viewer, recording).await?,
        _ => return Err(Failure::bad_request("Give either session or recording.")),
    };
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

async fn details(app: &App, id: &str) -> Result<PolicyDetails, Failure> {
    let active = policies::active_id(&app.catalogue).await?;
    if let Some(policy) = policies::built_in().find(|policy| policy.name() == id) {
        return Ok(PolicyDetails { policy: policies::built_in_item(policy, &active), document: None });
    }
    let stored = stored(app, &Id(id.to_owned())).await?;
    let document = Some(document(&stored)?);
    Ok(PolicyDetails { policy: policies::item(stored.summary, &active), document })
}

/// A policy that can be changed.
async fn stored(app: &App, id: &Id) -> Result<StoredPolicy, Failure> {
    if BuiltIn::named(&id.0).is_some() {
        return Err(Failure::new(
            ProblemCode::BadRequest,
            "Built-in policies cannot be changed or removed.",
            "Make a copy and change that.",
        ));
    }
    app.catalogue.policy(id.of("policy")?).await?.ok_or_else(|| Failure::not_found("policy"))
}

fn document(stored: &StoredPolicy) -> Result<serde_json::Value, Failure> {
    serde_json::from_str(&stored.document).map_err(|error| Failure::internal(&error))
}

/// The name of a policy that may be gone.
async fn named(app: &App, id: &str) -> Result<String, CatalogueError> {
    if let Some(policy) = BuiltIn::named(id) {
        return Ok(policy.title().to_owned());
    }
    let kept = match Uuid::try_parse(id) {
        Ok(id) => app.catalogue.policy(id).await?,
        Err(_) => None,
    };
    Ok(kept.map_or_else(|| "a policy that is gone".to_owned(), |kept| kept.summary.name))
}

fn changed_meanwhile(now: &StoredPolicy) -> Failure {
    Failure::new(
        ProblemCode::Conflict,
        format!(
            "{} has changed this policy meanwhile; it is revision {} now.",
            now.summary.changed_by, now.summary.revision
        ),
        "Look at it as it is now, and make your change there.",
    )
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Failure {
        let help = match error {
            PolicyError::NotYet(_) => "Leave it out; GET /api/v1/policies lists what is not possible yet.",
            PolicyError::BuiltInName(_) => "Choose another name.",
            PolicyError::Document(_) => "Correct what is named; docs/policies.md describes the document.",
        };
        Failure::new(ProblemCode::BadRequest, format!("{}.", capital(&error.to_string())), help)
    }
}

/// A sentence begins with a capital letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
