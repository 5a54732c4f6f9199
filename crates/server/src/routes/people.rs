//! Managing who may sign in, and what they may do.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::{CreateUser, ProblemCode, Role, SetRoles, UpdateUser, UserItem, UserList};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalogue::User;

use super::{Body, Id};
use crate::app::App;
use crate::authorise::{Viewer, role_for_catalogue, role_from_catalogue};
use crate::failure::Failure;
use crate::people::People;

/// Lists people.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn list(State(app): State<Arc<App>>) -> Result<Json<UserList>, Failure> {
    let items = app.catalogue.users().await?.into_iter().map(item).collect();
    Ok(Json(UserList { items }))
}

/// Adds a person.
///
/// # Errors
/// The name is taken or not allowed, or the password is too short or too long.
pub async fn create(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(new): Body<CreateUser>,
) -> Result<(StatusCode, Json<UserItem>), Failure> {
    let user = people(&app, &viewer).add(new.name, new.password, for_catalogue(&new.roles)).await?;
    Ok((StatusCode::CREATED, Json(item(user))))
}

/// Changes a person's password, or locks the person out or in.
///
/// # Errors
/// There is no such person, the password is too short or too long, or nobody would be left to administer.
pub async fn update(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(change): Body<UpdateUser>,
) -> Result<Json<UserItem>, Failure> {
    let user = find(&app, &id).await?;
    if change.enabled == Some(false) {
        keep_an_administrator(&app, &user).await?;
    }
    let people = people(&app, &viewer);
    if let Some(password) = change.password {
        people.set_password(&user, password).await?;
    }
    if let Some(enabled) = change.enabled.filter(|enabled| *enabled != user.enabled) {
        people.set_enabled(&user, enabled).await?;
    }
    find(&app, &id).await.map(item).map(Json)
}

/// Changes what a person may do, from the person's next request on.
///
/// # Errors
/// There is no such person, or nobody would be left to administer.
pub async fn set_roles(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Body(wanted): Body<SetRoles>,
) -> Result<Json<UserItem>, Failure> {
    let user = find(&app, &id).await?;
    let roles = for_catalogue(&wanted.roles);
    if !roles.contains(&catalogue::Role::PolicyAdministrator) {
        keep_an_administrator(&app, &user).await?;
    }
    people(&app, &viewer).set_roles(&user, &roles).await?;
    find(&app, &id).await.map(item).map(Json)
}

fn people<'a>(app: &'a App, viewer: &Viewer) -> People<'a> {
    People { catalogue: &app.catalogue, passwords: &app.passwords, author: viewer.author() }
}

fn for_catalogue(roles: &[Role]) -> BTreeSet<catalogue::Role> {
    roles.iter().copied().map(role_for_catalogue).collect()
}

async fn find(app: &App, id: &Id) -> Result<User, Failure> {
    app.catalogue.user(id.of("user")?).await?.ok_or_else(|| Failure::not_found("user"))
}

/// Refuses a change after which nobody could undo it.
async fn keep_an_administrator(app: &App, leaving: &User) -> Result<(), Failure> {
    let is_administrator = |user: &User| user.enabled && user.roles.contains(&catalogue::Role::PolicyAdministrator);
    if !is_administrator(leaving) {
        return Ok(());
    }
    let others = app.catalogue.users().await?;
    if others.iter().any(|user| user.id != leaving.id && is_administrator(user)) {
        return Ok(());
    }
    Err(Failure::new(
        ProblemCode::Conflict,
        format!("{:?} is the last policy administrator.", leaving.name),
        "Make somebody else policy administrator first.",
    ))
}

fn item(user: User) -> UserItem {
    UserItem {
        id: user.id.simple().to_string(),
        name: user.name,
        roles: user.roles.into_iter().map(role_from_catalogue).collect(),
        enabled: user.enabled,
        created_us: user.created_us,
    }
}
