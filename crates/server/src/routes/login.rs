//! Signing in and out, and the own account.

use std::sync::Arc;
use std::time::Instant;

use api::{ChangePassword, Login, Me, ProblemCode, Role, ServerFacts};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use catalogue::{AdministratorAction, Setting};

use super::Body;
use crate::app::App;
use crate::authorise::{Peer, Viewer, role_from_catalogue};
use crate::clock;
use crate::failure::Failure;
use crate::sessions;
use crate::throttle::address_key;

/// Most characters of a name that is looked up and logged.
const MOST_NAME_CHARS: usize = 128;

/// Signs a local user in.
///
/// # Errors
/// User or password is wrong, there were too many attempts, or the server is busy.
pub async fn login(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    Body(login): Body<Login>,
) -> Result<Response, Failure> {
    if login.user.chars().count() > MOST_NAME_CHARS {
        return Err(wrong());
    }
    let keys = [format!("address {}", address_key(peer.ip())), format!("user {}", login.user.to_lowercase())];
    if let Err(wait) = app.login_throttle.begin(&keys, Instant::now()) {
        app.metrics.refused_logins.increment(1);
        return Err(Failure::too_many_attempts(wait));
    }
    let user = app.catalogue.user_by_name(&login.user).await?.filter(|user| user.enabled);
    let right = app.passwords.check(login.password, user.as_ref().map(|user| user.password_hash.clone())).await?;
    let entry = |action: &str, detail: &str| AdministratorAction {
        at_us: clock::now_us(),
        who: login.user.clone(),
        address: peer.ip().to_string(),
        action: action.to_owned(),
        subject: login.user.clone(),
        detail: detail.to_owned(),
        before: None,
        after: None,
    };
    let Some(user) = user.filter(|_| right) else {
        app.metrics.refused_logins.increment(1);
        app.catalogue.log_administrator(&entry("login-failed", "user or password was wrong")).await?;
        return Err(wrong());
    };
    app.login_throttle.succeeded(&keys);
    app.catalogue.log_administrator(&entry("login", "")).await?;
    let cookie = app.sessions.begin(user.id, peer.ip()).await?;
    let roles = user.roles.into_iter().map(role_from_catalogue).collect();
    let me = describe(&app, user.name, roles).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
}

/// Ends the web session; its cookie is worth nothing from now on.
///
/// # Errors
/// The catalogue cannot be written.
pub async fn logout(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Response, Failure> {
    app.catalogue.end_session(&viewer.session).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, sessions::forget_cookie())]).into_response())
}

/// Says who is signed in.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn me(State(app): State<Arc<App>>, viewer: Viewer) -> Result<Json<Me>, Failure> {
    describe(&app, viewer.name, viewer.roles).await.map(Json)
}

/// Changes the own password and ends all web sessions of the person but this one, which goes on with a new cookie.
///
/// # Errors
/// The present password is wrong, or the new one is too short or too long.
pub async fn change_password(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Body(change): Body<ChangePassword>,
) -> Result<Response, Failure> {
    // Who found an open browser must not be able to guess here without end either.
    let keys = [format!("password of {}", viewer.id)];
    app.login_throttle.begin(&keys, Instant::now()).map_err(Failure::too_many_attempts)?;
    let kept = app.catalogue.user(viewer.id).await?.map(|user| user.password_hash);
    if !app.passwords.check(change.current, kept).await? {
        return Err(Failure::new(
            ProblemCode::NotAllowed,
            "The present password is wrong.",
            "Type the password you sign in with now.",
        ));
    }
    app.login_throttle.succeeded(&keys);
    let hash = app.passwords.hash(change.new).await?;
    app.catalogue.log_administrator(&viewer.action("password-changed", viewer.name.as_str(), "by the person")).await?;
    app.catalogue.set_password_hash(viewer.id, &hash).await?;
    app.catalogue.end_sessions_of(viewer.id).await?;
    let cookie = app.sessions.begin(viewer.id, viewer.address).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

async fn describe(app: &App, user: String, roles: Vec<Role>) -> Result<Me, Failure> {
    let demo = app.catalogue.setting(Setting::Demo).await?.is_some_and(|value| value == "true");
    Ok(Me { user, roles, demo, server: ServerFacts { version: env!("CARGO_PKG_VERSION").to_owned() } })
}

fn wrong() -> Failure {
    Failure::new(
        ProblemCode::LoginFailed,
        "User or password is wrong.",
        "Try again; an administrator can set a new password.",
    )
}
