//! Managing who may sign in, and what they may do.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::{CreateUser, ProblemCode, Role, SetRoles, UpdateUser, UserItem, UserList};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use catalogue::User;
use uuid::Uuid;

use super::{Body, Id};
use crate::app::App;
use crate::authorise::{Viewer, role_for_catalogue, role_from_catalogue};
use crate::clock;
use crate::failure::Failure;
use crate::people::is_user_name;

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
    if !is_user_name(&new.name) {
        return Err(Failure::bad_request("A name has 1 to 64 characters: letters, digits, `.`, `_`, `-` or `@`."));
    }
    if app.catalogue.user_by_name(&new.name).await?.is_some() {
        return Err(catalogue::CatalogueError::Exists { what: "user", name: new.name }.into());
    }
    let user = User {
        id: Uuid::now_v7(),
        password_hash: app.passwords.hash(new.password).await?,
        enabled: true,
        created_us: clock::now_us(),
        roles: new.roles.iter().copied().map(role_for_catalogue).collect(),
        name: new.name,
    };
    app.catalogue.log_administrator(&viewer.action("user-created", user.name.as_str(), words(&new.roles))).await?;
    app.catalogue.add_user(&user).await?;
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
    let hash = match change.password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    if let Some(hash) = hash {
        app.catalogue
            .log_administrator(&viewer.action("password-set", user.name.as_str(), "by an administrator"))
            .await?;
        app.catalogue.set_password_hash(user.id, &hash).await?;
        app.catalogue.end_sessions_of(user.id).await?;
    }
    if let Some(enabled) = change.enabled.filter(|enabled| *enabled != user.enabled) {
        let action = if enabled { "user-enabled" } else { "user-disabled" };
        app.catalogue.log_administrator(&viewer.action(action, user.name.as_str(), "")).await?;
        app.catalogue.set_user_enabled(user.id, enabled).await?;
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
    let roles: BTreeSet<_> = wanted.roles.iter().copied().map(role_for_catalogue).collect();
    if !roles.contains(&catalogue::Role::PolicyAdministrator) {
        keep_an_administrator(&app, &user).await?;
    }
    app.catalogue.log_administrator(&viewer.action("roles-changed", user.name.as_str(), words(&wanted.roles))).await?;
    app.catalogue.set_roles(user.id, &roles).await?;
    find(&app, &id).await.map(item).map(Json)
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

fn words(roles: &[Role]) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    if words.is_empty() { "no role".to_owned() } else { words.join(", ") }
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
