//! Policies of every kind: seeing, changing and activating them.

use std::sync::Arc;

use api::{
    ActivatePolicy, CopyPolicy, CreatePolicy, DeletePolicy, PolicyDetails, PolicyList, ProblemCode, UpdatePolicy,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalogue::{AdministratorAction, CatalogueError, PolicyChange, PolicyKind, StoredPolicy};
use policy::Capabilities;
use uuid::Uuid;

use super::{Asked, Body, Id};
use crate::app::App;
use crate::authorise::Viewer;
use crate::clock;
use crate::failure::Failure;
use crate::policies::{self, Checked, Kind, PolicyError};

/// Lists all policies.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn list<K: Kind>(State(app): State<Arc<App>>) -> Result<Json<PolicyList>, Failure> {
    let active = policies::active_id::<K>(&app.catalogue).await?;
    let built_in = K::built_in().filter(|policy| K::is_possible(policy.id));
    let built_in = built_in.map(|policy| policies::built_in_item(policy, &active));
    let kept = app.catalogue.policies(K::KIND).await?.into_iter().map(|summary| policies::item(summary, &active));
    let items = built_in.chain(kept).collect();
    let not_yet = match K::KIND {
        PolicyKind::Recording => Capabilities::RECORDER.missing().map(|feature| feature.name().to_owned()).collect(),
        PolicyKind::Detection => Vec::new(),
    };
    Ok(Json(PolicyList { items, active, not_yet }))
}

/// Reads one policy with its document.
///
/// # Errors
/// There is no such policy.
pub async fn one<K: Kind>(State(app): State<Arc<App>>, id: Id) -> Result<Json<PolicyDetails>, Failure> {
    details::<K>(&app, &id.0).await.map(Json)
}

/// Keeps a new policy: one that was written, or a file.
///
/// # Errors
/// The document is no policy that recorders can follow, or its name is taken.
pub async fn create<K: Kind>(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<CreatePolicy>,
) -> Result<(StatusCode, Json<PolicyDetails>), Failure> {
    add::<K>(&app, &viewer, K::checked(&wanted.document)?, "a new policy".to_owned()).await
}

/// Keeps a copy under another name.
///
/// # Errors
/// There is no such policy, or the name cannot be one or is taken.
pub async fn copy<K: Kind>(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(wanted): Body<CopyPolicy>,
) -> Result<(StatusCode, Json<PolicyDetails>), Failure> {
    let name = wanted.name.trim();
    let (copy, of) = match K::offered(&id.0) {
        Some(policy) => (K::copy_of_built_in(policy.id, name)?, policy.title.to_owned()),
        None => {
            let stored = stored::<K>(&app, &id).await?;
            let mut document = document(&stored)?;
            document["name"] = name.into();
            (K::checked(&document)?, stored.summary.name)
        }
    };
    add::<K>(&app, &viewer, copy, format!("a copy of “{of}”")).await
}

async fn add<K: Kind>(
    app: &App,
    viewer: &Viewer,
    policy: Checked,
    detail: String,
) -> Result<(StatusCode, Json<PolicyDetails>), Failure> {
    let stored = policies::stored(Uuid::now_v7(), 1, policy, clock::now_us(), &viewer.name);
    let entry = AdministratorAction {
        after: Some(stored.document.clone()),
        ..action::<K>(viewer, "created", &stored.summary.name, detail)
    };
    app.catalogue.change_policies(K::KIND, PolicyChange::Add(&stored), &entry).await?;
    let created = details::<K>(app, &stored.summary.id.simple().to_string()).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Changes a policy, its name and description included. If it is active, sessions that start from now on follow it.
///
/// # Errors
/// The document is no policy that recorders can follow, its name is taken, or somebody else was faster.
pub async fn update<K: Kind>(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(wanted): Body<UpdatePolicy>,
) -> Result<Json<PolicyDetails>, Failure> {
    let before = stored::<K>(&app, &id).await?;
    let policy = K::checked(&wanted.document)?;
    if before.summary.revision != wanted.revision {
        return Err(changed_meanwhile(&before));
    }
    let after =
        policies::stored(before.summary.id, wanted.revision.saturating_add(1), policy, clock::now_us(), &viewer.name);
    let active = policies::active_id::<K>(&app.catalogue).await? == id.0;
    let mut detail = if active { "the active policy was changed" } else { "changed" }.to_owned();
    if after.summary.name != before.summary.name {
        detail += &format!("; it was named “{}”", before.summary.name);
    }
    let entry = AdministratorAction {
        before: Some(before.document),
        after: Some(after.document.clone()),
        ..action::<K>(&viewer, "changed", &after.summary.name, detail)
    };
    app.catalogue.change_policies(K::KIND, PolicyChange::Replace(&after), &entry).await?;
    app.ingest.take_up_policy().await;
    details::<K>(&app, &id.0).await.map(Json)
}

/// Removes a policy that is not active.
///
/// # Errors
/// It is active or built in, or somebody changed it meanwhile.
pub async fn remove<K: Kind>(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Asked(query): Asked<DeletePolicy>,
) -> Result<StatusCode, Failure> {
    let before = stored::<K>(&app, &id).await?;
    let entry = AdministratorAction {
        before: Some(before.document),
        ..action::<K>(&viewer, "removed", &before.summary.name, String::new())
    };
    let change = PolicyChange::Remove { id: before.summary.id, revision: query.revision };
    app.catalogue.change_policies(K::KIND, change, &entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a policy active: it decides about sessions that start from now on, and about those that run when their recording
/// goes on in another file, or at once where that is wanted.
///
/// # Errors
/// There is no such policy, recorders cannot follow it, or something changed meanwhile.
pub async fn activate<K: Kind>(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(wanted): Body<ActivatePolicy>,
) -> Result<Json<PolicyDetails>, Failure> {
    let (name, revision) = match K::offered(&id.0) {
        Some(policy) => (policy.title.to_owned(), None),
        None => {
            let stored = stored::<K>(&app, &id).await?;
            // It was checked when it was kept, perhaps by another version.
            K::checked(&document(&stored)?)?;
            (stored.summary.name, Some(wanted.revision))
        }
    };
    let before = named::<K>(&app, &wanted.instead_of).await?;
    let also = if wanted.at_once { "; at once for sessions that run, too" } else { "" };
    let detail = format!("instead of “{before}”{also}");
    let entry = AdministratorAction {
        before: Some(before.clone()),
        after: Some(name.clone()),
        ..action::<K>(&viewer, "activated", &name, detail)
    };
    let default = K::DEFAULT;
    let change = PolicyChange::Activate {
        policy: &id.0,
        revision,
        instead_of: &wanted.instead_of,
        default,
        at_once: wanted.at_once,
    };
    app.catalogue.change_policies(K::KIND, change, &entry).await?;
    app.ingest.take_up_policy().await;
    details::<K>(&app, &id.0).await.map(Json)
}

fn action<K: Kind>(viewer: &Viewer, what: &str, policy: &str, detail: String) -> AdministratorAction {
    viewer.action(&format!("{}-{what}", K::LOGGED), policy, detail)
}

async fn details<K: Kind>(app: &App, id: &str) -> Result<PolicyDetails, Failure> {
    let active = policies::active_id::<K>(&app.catalogue).await?;
    if let Some(policy) = K::offered(id) {
        return Ok(PolicyDetails { policy: policies::built_in_item(policy, &active), document: None });
    }
    let stored = stored::<K>(app, &Id(id.to_owned())).await?;
    let document = Some(document(&stored)?);
    Ok(PolicyDetails { policy: policies::item(stored.summary, &active), document })
}

/// A policy that can be changed.
async fn stored<K: Kind>(app: &App, id: &Id) -> Result<StoredPolicy, Failure> {
    if K::built_in().any(|policy| policy.id == id.0) {
        return Err(Failure::new(
            ProblemCode::BadRequest,
            "Built-in policies cannot be changed or removed.",
            "Make a copy and change that.",
        ));
    }
    app.catalogue.policy(K::KIND, id.of("policy")?).await?.ok_or_else(|| Failure::not_found("policy"))
}

fn document(stored: &StoredPolicy) -> Result<serde_json::Value, Failure> {
    serde_json::from_str(&stored.document).map_err(|error| Failure::internal(&error))
}

/// The name of a policy that may be gone.
async fn named<K: Kind>(app: &App, id: &str) -> Result<String, CatalogueError> {
    if let Some(policy) = K::built_in().find(|policy| policy.id == id) {
        return Ok(policy.title.to_owned());
    }
    let kept = match Uuid::try_parse(id) {
        Ok(id) => app.catalogue.policy(K::KIND, id).await?,
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
            PolicyError::NothingToCopy => "Make a new policy.",
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
