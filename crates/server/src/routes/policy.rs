//! Which policy is active.

use std::sync::Arc;

use api::{ActivePolicy, PolicyChoice, ProblemCode, SetPolicy};
use axum::Json;
use axum::extract::State;
use catalogue::Setting;
use policy::Policy;

use super::Body;
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;

/// Says which policy is active.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn active(State(app): State<Arc<App>>) -> Result<Json<ActivePolicy>, Failure> {
    let active = app.catalogue.setting(Setting::ActivePolicy).await?;
    Ok(Json(describe(active.unwrap_or_else(|| Policy::default().name().to_owned()))))
}

/// Makes another policy active: it decides about sessions that start from now on.
///
/// # Errors
/// There is no such policy.
pub async fn activate(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<SetPolicy>,
) -> Result<Json<ActivePolicy>, Failure> {
    let policy: Policy = wanted.active.parse().map_err(|error: policy::DocumentError| {
        Failure::new(
            ProblemCode::BadRequest,
            error.to_string(),
            "Choose one of the names that GET /api/v1/policy lists.",
        )
    })?;
    app.catalogue.log_administrator(&viewer.action("policy-activated", policy.name(), policy.title())).await?;
    app.catalogue.set_setting(Setting::ActivePolicy, policy.name()).await?;
    Ok(Json(describe(policy.name().to_owned())))
}

fn describe(active: String) -> ActivePolicy {
    let choices = Policy::BUILT_IN
        .iter()
        .map(|policy| PolicyChoice { name: policy.name().to_owned(), description: policy.title().to_owned() })
        .collect();
    ActivePolicy { active, choices }
}
