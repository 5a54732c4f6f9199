//! Error answers: every failure of a route becomes the one JSON shape, with the status that belongs to its code.

use std::time::Duration;

use api::{Problem, ProblemCode};
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::CatalogueError;
use storage::StorageError;

use crate::passwords::PasswordError;
use crate::people::PeopleError;

/// A request that is not served.
#[derive(Debug)]
pub struct Failure {
    problem: Problem,
    retry_after: Option<Duration>,
}

impl Failure {
    /// With a code, what happened and what to do.
    #[must_use]
    pub fn new(code: ProblemCode, message: impl Into<String>, help: impl Into<String>) -> Failure {
        Failure { problem: Problem { code, message: message.into(), help: help.into() }, retry_after: None }
    }

    /// There is no such thing, or the caller may not know of it.
    #[must_use]
    pub fn not_found(what: &str) -> Failure {
        Failure::new(ProblemCode::NotFound, format!("There is no such {what}."), "Check the address.")
    }

    /// A field is out of bounds.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Failure {
        Failure::new(ProblemCode::BadRequest, message, "Correct the request; /api/v1/openapi.json describes it.")
    }

    /// Too many attempts; the next one may come after `wait`.
    #[must_use]
    pub fn too_many_attempts(wait: Duration) -> Failure {
        let seconds = wait.as_secs_f64().ceil().max(1.0);
        Failure {
            retry_after: Some(Duration::from_secs_f64(seconds)),
            ..Failure::new(
                ProblemCode::TooManyAttempts,
                "There were too many attempts.",
                format!("Try again in {seconds} s."),
            )
        }
    }

    /// The server is at one of its limits.
    #[must_use]
    pub fn busy(message: impl Into<String>) -> Failure {
        Failure {
            retry_after: Some(Duration::from_secs(2)),
            ..Failure::new(ProblemCode::Busy, message, "Try again in a few seconds.")
        }
    }

    /// Something failed that the caller can do nothing about. The cause goes to the log, not to the caller.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Failure {
        tracing::error!(%cause, "a request failed");
        Failure::new(
            ProblemCode::Internal,
            "The server could not do that.",
            "Try again; the server's log says what happened.",
        )
    }

    /// The HTTP status of its code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.problem.code {
            ProblemCode::BadRequest => StatusCode::BAD_REQUEST,
            ProblemCode::NotSignedIn | ProblemCode::LoginFailed => StatusCode::UNAUTHORIZED,
            ProblemCode::NotAllowed | ProblemCode::ForeignOrigin | ProblemCode::BadToken => StatusCode::FORBIDDEN,
            ProblemCode::NotFound => StatusCode::NOT_FOUND,
            ProblemCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ProblemCode::TimedOut => StatusCode::REQUEST_TIMEOUT,
            ProblemCode::Conflict => StatusCode::CONFLICT,
            ProblemCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ProblemCode::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ProblemCode::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            ProblemCode::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
            ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ProblemCode::NotLogged | ProblemCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(self.problem)).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        response
    }
}

impl From<CatalogueError> for Failure {
    fn from(error: CatalogueError) -> Failure {
        match error {
            CatalogueError::NotFound { what, .. } => Failure::not_found(what),
            CatalogueError::Exists { what, name } => Failure::new(
                ProblemCode::Conflict,
                format!("There is a {what} named {name:?} already."),
                "Choose another name.",
            ),
            CatalogueError::TokenInvalid => bad_token(),
            CatalogueError::Changed { what } => Failure::new(
                ProblemCode::Conflict,
                format!("Somebody else has changed the {what} meanwhile."),
                "Look at it as it is now, and make your change there.",
            ),
            CatalogueError::InUse { what } => Failure::new(
                ProblemCode::Conflict,
                format!("This {what} is active and cannot be removed."),
                "Make another one active first.",
            ),
            CatalogueError::TooMany { what, most } => Failure::new(
                ProblemCode::Conflict,
                format!("There are {most} {what} already, and cannot be more."),
                "Remove one that is not used.",
            ),
            CatalogueError::NotLogged { source } => {
                tracing::error!(%source, "the administrator log cannot be written; a change was refused");
                Failure::new(
                    ProblemCode::NotLogged,
                    "Nothing was changed, because the administrator log cannot be written.",
                    "The server's log says why; what cannot be logged is not done.",
                )
            }
            other => Failure::internal(&other),
        }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Failure {
        match error {
            StorageError::Unknown(_) => Failure::new(
                ProblemCode::NotFound,
                "The recording's file is not in any storage folder.",
                "An administrator can restore it, or rebuild the catalogue from storage.",
            ),
            other => Failure::internal(&other),
        }
    }
}

impl From<PasswordError> for Failure {
    fn from(error: PasswordError) -> Failure {
        match error {
            PasswordError::Busy => Failure::busy("Too many people sign in at once."),
            PasswordError::Length => Failure::bad_request(format!("{error}.")),
            PasswordError::Failed(_) => Failure::internal(&error),
        }
    }
}

impl From<PeopleError> for Failure {
    fn from(error: PeopleError) -> Failure {
        match error {
            PeopleError::Name(_) => Failure::bad_request(format!("{error}.")),
            PeopleError::Password(error) => error.into(),
            PeopleError::Catalogue(error) => error.into(),
        }
    }
}

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Failure {
        match rejection.status() {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => not_json(),
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Failure::bad_request(rejection.body_text()),
        }
    }
}

impl From<QueryRejection> for Failure {
    fn from(rejection: QueryRejection) -> Failure {
        Failure::bad_request(rejection.body_text())
    }
}

impl From<PathRejection> for Failure {
    fn from(_: PathRejection) -> Failure {
        Failure::not_found("thing")
    }
}

/// The token is unknown, used or expired; which of these is not said.
#[must_use]
pub fn bad_token() -> Failure {
    Failure::new(
        ProblemCode::BadToken,
        "The enrolment token is not valid: it is unknown, used or expired.",
        "Ask an administrator for a new one.",
    )
}

/// The body is no JSON.
#[must_use]
pub fn not_json() -> Failure {
    Failure::new(
        ProblemCode::NotJson,
        "The request's body is not JSON.",
        "Send it with Content-Type: application/json.",
    )
}

/// The body is larger than accepted.
#[must_use]
pub fn too_large() -> Failure {
    Failure::new(ProblemCode::TooLarge, "The request is too large.", "Send less.")
}
