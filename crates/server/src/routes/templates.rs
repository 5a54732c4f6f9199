//! Templates of triggers: seeing and changing them.

use std::sync::Arc;

use api::{CreateTemplate, DeleteTemplate, ProblemCode, TemplateItem, TemplateList, UpdateTemplate};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalogue::{AdministratorAction, StoredTemplate, TemplateChange};
use events::TriggerTemplate;
use uuid::Uuid;

use super::{Asked, Body, Id};
use crate::app::App;
use crate::authorise::Viewer;
use crate::clock;
use crate::failure::Failure;

/// Lists all templates.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn list(State(app): State<Arc<App>>) -> Result<Json<TemplateList>, Failure> {
    let built_in = TriggerTemplate::built_in().into_iter().map(built_in_item).map(Ok);
    let kept = app.catalogue.templates().await?.into_iter().map(item);
    Ok(Json(TemplateList { items: built_in.chain(kept).collect::<Result<_, _>>()? }))
}

/// Keeps a new template.
///
/// # Errors
/// It makes no sense, or its name is taken.
pub async fn create(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(wanted): Body<CreateTemplate>,
) -> Result<(StatusCode, Json<TemplateItem>), Failure> {
    let template = stored(Uuid::now_v7(), 1, &viewer.name, &viewer, wanted.template)?;
    let entry = AdministratorAction {
        after: Some(template.document.clone()),
        ..viewer.action("trigger-template-created", &template.name, "a new template")
    };
    app.catalogue.change_templates(TemplateChange::Add(&template), &entry).await?;
    Ok((StatusCode::CREATED, Json(item(template)?)))
}

/// Changes a template. Rules that it was put into stay as they are.
///
/// # Errors
/// It makes no sense, its name is taken, or somebody else was faster.
pub async fn update(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(wanted): Body<UpdateTemplate>,
) -> Result<Json<TemplateItem>, Failure> {
    let before = kept(&app, &id).await?;
    let template = stored(before.id, wanted.revision.saturating_add(1), &before.author, &viewer, wanted.template)?;
    let entry = AdministratorAction {
        before: Some(before.document),
        after: Some(template.document.clone()),
        ..viewer.action("trigger-template-changed", &template.name, "changed")
    };
    app.catalogue.change_templates(TemplateChange::Replace(&template), &entry).await?;
    Ok(Json(item(template)?))
}

/// Removes a template. Rules that it was put into stay as they are.
///
/// # Errors
/// It is built in, or somebody changed it meanwhile.
pub async fn remove(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Asked(query): Asked<DeleteTemplate>,
) -> Result<StatusCode, Failure> {
    let before = kept(&app, &id).await?;
    let entry = AdministratorAction {
        before: Some(before.document),
        ..viewer.action("trigger-template-removed", &before.name, "")
    };
    let change = TemplateChange::Remove { id: before.id, revision: query.revision };
    app.catalogue.change_templates(change, &entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A template that can be changed.
async fn kept(app: &App, id: &Id) -> Result<StoredTemplate, Failure> {
    if TriggerTemplate::built_in().iter().any(|template| template.name == id.0) {
        return Err(Failure::new(
            ProblemCode::BadRequest,
            "Built-in templates cannot be changed or removed.",
            "Duplicate it and change that.",
        ));
    }
    app.catalogue.template(id.of("template")?).await?.ok_or_else(|| Failure::not_found("template"))
}

/// A template that was checked, as the catalogue keeps it.
fn stored(
    id: Uuid,
    revision: u32,
    author: &str,
    viewer: &Viewer,
    template: TriggerTemplate,
) -> Result<StoredTemplate, Failure> {
    template.check().map_err(|error| Failure::bad_request(format!("{error}.")))?;
    let name = template.name.trim().to_owned();
    let is_taken = |one: &TriggerTemplate| one.name.to_lowercase() == name.to_lowercase();
    if TriggerTemplate::built_in().iter().any(is_taken) {
        return Err(Failure::bad_request(format!("“{name}” is the name of a built-in template.")));
    }
    let template = TriggerTemplate { name: name.clone(), ..template };
    let document = serde_json::to_string(&template).map_err(|error| Failure::internal(&error))?;
    let (author, changed_by) = (author.to_owned(), viewer.name.clone());
    Ok(StoredTemplate { id, name, document, author, revision, changed_us: clock::now_us(), changed_by })
}

fn item(stored: StoredTemplate) -> Result<TemplateItem, Failure> {
    let template = serde_json::from_str(&stored.document).map_err(|error| Failure::internal(&error))?;
    Ok(TemplateItem {
        id: stored.id.simple().to_string(),
        built_in: false,
        author: Some(stored.author),
        revision: stored.revision,
        changed_us: Some(stored.changed_us),
        changed_by: Some(stored.changed_by),
        template,
    })
}

fn built_in_item(template: TriggerTemplate) -> TemplateItem {
    let id = template.name.clone();
    TemplateItem { id, built_in: true, author: None, revision: 0, changed_us: None, changed_by: None, template }
}
