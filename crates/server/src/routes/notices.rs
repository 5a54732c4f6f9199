//! How users are told that they are recorded.

use std::sync::Arc;

use api::{BuiltInNotice, NoticeButtons, NoticePage, ProblemCode, SetNotices};
use axum::Json;
use axum::extract::State;
use catalogue::AdministratorAction;
use policy::{InvalidNotices, Labels, MAX_NOTICES_BYTES, Notices, Telling, button_labels};

use super::Body;
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;
use crate::notice_setting;

/// Says how users are told.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn current(State(app): State<Arc<App>>) -> Result<Json<NoticePage>, Failure> {
    Ok(Json(page(notice_setting::kept(&app.catalogue).await?)))
}

/// Changes how users are told whose sessions start from now on.
///
/// # Errors
/// It makes no sense, or somebody else was faster.
pub async fn change(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<SetNotices>,
) -> Result<Json<NoticePage>, Failure> {
    wanted.setting.check().map_err(|error| refuse(&error))?;
    let (before, after) = (&wanted.instead_of, &wanted.setting);
    let entry = AdministratorAction {
        before: serde_json::to_string_pretty(before).ok(),
        after: serde_json::to_string_pretty(after).ok(),
        ..viewer.action("notices-changed", "notices", summary(after))
    };
    notice_setting::replace(&app.catalogue, before, after, &entry).await?;
    Ok(Json(page(wanted.setting)))
}

fn summary(notices: &Notices) -> String {
    let asked = if notices.consent {
        format!("users are asked and have {} s for an answer", notices.patience_secs)
    } else {
        "users are told".to_owned()
    };
    format!("{asked}; {} texts of one's own, default language {}", notices.texts.len(), notices.default_language)
}

fn page(setting: Notices) -> NoticePage {
    let built_in = |consent| Notices::built_in_tellings(consent).into_iter().map(shown).collect();
    NoticePage {
        setting,
        built_in: built_in(false),
        built_in_consent: built_in(true),
        buttons: button_labels().map(buttons).collect(),
        most_bytes: u32::try_from(MAX_NOTICES_BYTES).unwrap_or(u32::MAX),
    }
}

/// Buttons are named beside the texts, as those of one's own have them, too.
fn shown(telling: Telling) -> BuiltInNotice {
    let Telling { language, title, body, .. } = telling;
    BuiltInNotice { language, title, body }
}

fn buttons(Labels { language, accept, decline, dismiss }: Labels) -> NoticeButtons {
    let [language, accept, decline, dismiss] = [language, accept, decline, dismiss].map(str::to_owned);
    NoticeButtons { language, accept, decline, dismiss }
}

fn refuse(error: &InvalidNotices) -> Failure {
    Failure::new(
        ProblemCode::BadRequest,
        format!("Users cannot be told like this: {error}."),
        "Give every text a language of its own, a title and a text, and keep them short.",
    )
}
