//! The setting that says how users are told: kept in the catalogue, handed to agents.

use catalogue::{AdministratorAction, Catalogue, CatalogueError, Setting};
use policy::Notices;

/// The setting as it is kept. One that this version cannot read is told to the log, and asks for consent: rather asked once too
/// often than recorded unasked.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn kept(catalogue: &Catalogue) -> Result<Notices, CatalogueError> {
    let Some(json) = catalogue.setting(Setting::Notices).await? else { return Ok(Notices::default()) };
    Ok(Notices::from_json(&json).unwrap_or_else(|error| {
        tracing::error!(%error, "how users are told cannot be read; they are asked, with the built-in texts");
        Notices { consent: true, ..Notices::default() }
    }))
}

/// Puts a setting in the place of another one, and logs it; durable when this returns.
///
/// # Errors
/// Somebody else was faster, or it cannot be logged or kept: then nothing has changed.
pub async fn replace(
    catalogue: &Catalogue,
    before: &Notices,
    after: &Notices,
    entry: &AdministratorAction,
) -> Result<(), CatalogueError> {
    let kept = catalogue.setting(Setting::Notices).await?;
    if self::kept(catalogue).await? != *before {
        return Err(CatalogueError::Changed { what: "notice" });
    }
    catalogue.replace_setting(Setting::Notices, kept.as_deref(), &after.to_json(), entry).await
}
