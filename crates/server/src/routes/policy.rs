//! Which policy is active.

use std::sync::Arc;

use api::{ActivePolicy, PolicyChoice, ProblemCode, SetPolicy};
use axum::Json;
use axum::extract::State;
use catalogue::Setting;
use policy::{BuiltIn, Capabilities};

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
    Ok(Json(describe(active.unwrap_or_else(|| BuiltIn::default().name().to_owned()))))
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
    let policy = possible().find(|policy| policy.name() == wanted.active).ok_or_else(|| {
        Failure::new(
            ProblemCode::BadRequest,
            format!("“{}” is no policy that can be made active.", wanted.active),
            "Choose one of the names that GET /api/v1/policy lists.",
        )
    })?;
    app.catalogue.log_administrator(&viewer.action("policy-activated", policy.name(), policy.title())).await?;
    app.catalogue.set_setting(Setting::ActivePolicy, policy.name()).await?;
    Ok(Json(describe(policy.name().to_owned())))
}

fn describe(active: String) -> ActivePolicy {
    let choices = possible()
        .map(|policy| PolicyChoice { name: policy.name().to_owned(), description: policy.title().to_owned() })
        .collect();
    ActivePolicy { active, choices }
}

/// Policies that recorders can follow.
fn possible() -> impl Iterator<Item = BuiltIn> {
    BuiltIn::ALL.iter().copied().filter(|policy| Capabilities::RECORDER.check_action(&policy.action()).is_ok())
}
