//! The one point through which every request passes.
//!
//! [`api::Operation`] declares what each operation needs; the router puts [`guard`] before every handler, so none can be
//! reached past it. What a person may see among objects of one kind is said by [`Viewer::visibility`], which the catalogue
//! turns into part of its query: an object out of sight does not exist for that person.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use api::{Method, Needs, Operation, ProblemCode, Role};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use catalogue::{AdministratorAction, Visibility};
use uuid::Uuid;

use crate::app::App;
use crate::failure::{self, Failure};
use crate::people::Author;
use crate::secret;
use crate::sessions::SignedIn;

/// Network address of the other end, put into every request by the listener.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// A signed-in person whom [`guard`] let through.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Who it is.
    pub id: Uuid,
    /// By which name.
    pub name: String,
    /// What the person may do, as of this request.
    pub roles: Vec<Role>,
    /// The web session's hash.
    pub session: Vec<u8>,
    /// From where.
    pub address: IpAddr,
}

impl Viewer {
    fn new(signed_in: SignedIn, address: IpAddr) -> Viewer {
        Viewer {
            id: signed_in.user.id,
            name: signed_in.user.name,
            roles: signed_in.user.roles.into_iter().map(role_from_catalogue).collect(),
            session: signed_in.session,
            address,
        }
    }

    /// Which recordings the person may see. Players see all of them until viewing policies limit that.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        if Operation::ListRecordings.needs().allow(&self.roles) { Visibility::Everything } else { Visibility::Nothing }
    }

    /// The person as the administrator log names them.
    #[must_use]
    pub fn author(&self) -> Author {
        Author { name: self.name.clone(), address: self.address.to_string() }
    }

    /// An entry for the administrator log about something this person does.
    #[must_use]
    pub fn action(&self, action: &str, subject: impl Into<String>, detail: impl Into<String>) -> AdministratorAction {
        self.author().action(action, subject, detail)
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // Missing only where an operation that needs nobody asks for the person: a mistake of ours, refused.
        parts.extensions.get::<Viewer>().cloned().ok_or_else(not_signed_in)
    }
}

/// Lets a request through to its handler, or answers it.
pub async fn guard(State((app, operation)): State<(Arc<App>, Operation)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&app, operation, &parts).await {
        Ok(viewer) => {
            if let Some(viewer) = viewer {
                parts.extensions.insert(viewer);
            }
            next.run(Request::from_parts(parts, body)).await
        }
        Err(failure) => failure.into_response(),
    }
}

/// Whether a person whose connection outlives its request (a live one) may still do what it was opened for.
pub async fn still_allowed(app: &App, operation: Operation, viewer: &Viewer) -> bool {
    match app.sessions.find_again(&viewer.session).await {
        Ok(Some(signed_in)) => operation.needs().allow(&Viewer::new(signed_in, viewer.address).roles),
        Ok(None) => false,
        Err(error) => {
            tracing::error!(%error, "a live connection is ended because its login could not be checked");
            false
        }
    }
}

async fn admit(app: &App, operation: Operation, request: &Parts) -> Result<Option<Viewer>, Failure> {
    // A live connection is opened by a GET that browsers send across sites, so it is checked like a change.
    if operation.method() != Method::Get || operation == Operation::WatchRecording {
        check_origin(&request.uri, &request.headers)?;
        check_json(&request.headers)?;
    }
    let needs = operation.needs();
    match needs {
        Needs::Nobody => return Ok(None),
        Needs::MetricsTokenOr(_) if has_bearer_token(&request.headers, &app.metrics_token) => return Ok(None),
        Needs::MetricsTokenOr(_) | Needs::SignedIn | Needs::OneOf(_) => {}
    }
    let address = request.extensions.get::<Peer>().map(|peer| peer.0.ip()).ok_or_else(not_signed_in)?;
    let signed_in = app.sessions.find(&request.headers).await?.ok_or_else(not_signed_in)?;
    let viewer = Viewer::new(signed_in, address);
    if needs.allow(&viewer.roles) {
        return Ok(Some(viewer));
    }
    if matches!(operation, Operation::ListAdminLog | Operation::ListDiagnostics) {
        app.catalogue.log_administrator(&viewer.action("log-read-refused", operation.path(), "")).await?;
    }
    Err(not_allowed(needs))
}

fn not_signed_in() -> Failure {
    Failure::new(ProblemCode::NotSignedIn, "You are not signed in, or your session has ended.", "Sign in.")
}

fn not_allowed(needs: Needs) -> Failure {
    let roles = match needs {
        Needs::OneOf(roles) | Needs::MetricsTokenOr(roles) => roles,
        Needs::Nobody | Needs::SignedIn => &[],
    };
    let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    Failure::new(
        ProblemCode::NotAllowed,
        format!("This needs the role {}.", words.join(" or ")),
        "Ask a policy administrator for the role.",
    )
}

/// Refuses requests that another site's page makes with the person's cookie. `SameSite=Strict` keeps the cookie away from
/// them already; this holds where a browser does not.
fn check_origin(uri: &Uri, headers: &HeaderMap) -> Result<(), Failure> {
    let foreign = || {
        Failure::new(
            ProblemCode::ForeignOrigin,
            "The request came from a page of another site.",
            "Open the console at this server's own address.",
        )
    };
    if let Some(site) = headers.get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return Err(foreign());
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let host = uri
        .authority()
        .map(|authority| authority.as_str())
        .or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()));
    let same = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.strip_prefix("https://"))
        .zip(host)
        .is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host));
    if same { Ok(()) } else { Err(foreign()) }
}

/// Refuses bodies that a plain HTML form could send.
fn check_json(headers: &HeaderMap) -> Result<(), Failure> {
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if has_body && !is_json { Err(failure::not_json()) } else { Ok(()) }
}

fn has_bearer_token(headers: &HeaderMap, token: &str) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|given| secret::same(given.trim(), token))
}

/// The catalogue's role as the interface says it.
#[must_use]
pub fn role_from_catalogue(role: catalogue::Role) -> Role {
    match role {
        catalogue::Role::PolicyAdministrator => Role::PolicyAdministrator,
        catalogue::Role::PolicyQuery => Role::PolicyQuery,
        catalogue::Role::LoggingWriter => Role::LoggingWriter,
        catalogue::Role::LoggingReader => Role::LoggingReader,
        catalogue::Role::Player => Role::Player,
        catalogue::Role::PrivilegedPlayer => Role::PrivilegedPlayer,
    }
}

/// The interface's role as the catalogue keeps it.
#[must_use]
pub fn role_for_catalogue(role: Role) -> catalogue::Role {
    match role {
        Role::PolicyAdministrator => catalogue::Role::PolicyAdministrator,
        Role::PolicyQuery => catalogue::Role::PolicyQuery,
        Role::LoggingWriter => catalogue::Role::LoggingWriter,
        Role::LoggingReader => catalogue::Role::LoggingReader,
        Role::Player => catalogue::Role::Player,
        Role::PrivilegedPlayer => catalogue::Role::PrivilegedPlayer,
    }
}
