//! How new recordings are sealed.

use std::sync::Arc;

use api::{ProblemCode, Recipient, Sealing, SetSealing};
use axum::Json;
use axum::extract::State;
use recording::SealClass;
use sealing::MAX_RECIPIENTS;

use super::Body;
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;
use crate::seal_setting::{self, SealSettingError};

/// Says how new recordings are sealed.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn current(State(app): State<Arc<App>>) -> Result<Json<Sealing>, Failure> {
    describe(&app, seal_setting::kept(&app.catalogue).await.map_err(failed)?).await
}

/// Changes how recordings are sealed that start from now on.
///
/// # Errors
/// It makes no sense: a key that is none, nothing to seal, nobody to seal for.
pub async fn change(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<SetSealing>,
) -> Result<Json<Sealing>, Failure> {
    seal_setting::plan(&wanted).map_err(failed)?;
    let names: Vec<&str> = wanted.recipients.iter().map(|recipient| recipient.name.as_str()).collect();
    let detail = match wanted.classes.as_slice() {
        [] => "new recordings are no longer sealed".to_owned(),
        classes => format!("{} of new recordings for {}", classes.join(", "), names.join(", ")),
    };
    app.catalogue.log_administrator(&viewer.action("sealing-changed", "sealing", detail)).await?;
    seal_setting::keep(&app.catalogue, &wanted).await.map_err(failed)?;
    describe(&app, wanted).await
}

async fn describe(app: &App, setting: SetSealing) -> Result<Json<Sealing>, Failure> {
    let recipients = setting.recipients.into_iter().map(|recipient| {
        let fingerprint = seal_setting::fingerprint(&recipient);
        Recipient { name: recipient.name, public_key: recipient.public_key, fingerprint }
    });
    Ok(Json(Sealing {
        classes: setting.classes,
        recipients: recipients.collect(),
        former: seal_setting::former(&app.catalogue).await.map_err(failed)?,
        possible_classes: SealClass::ALL.iter().map(|class| class.as_str().to_owned()).collect(),
        most_recipients: u32::try_from(MAX_RECIPIENTS).unwrap_or(u32::MAX),
    }))
}

fn failed(error: SealSettingError) -> Failure {
    match error {
        SealSettingError::Catalogue(error) => error.into(),
        SealSettingError::Kept(_) => Failure::internal(&error),
        _ => Failure::new(
            ProblemCode::BadRequest,
            format!("New recordings cannot be sealed like this: {error}."),
            "Give a name and a public key (from `kinescope key show`) for each recipient, and at least one thing to seal.",
        ),
    }
}
