//! The one shape of every error answer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was not served: a code for programs, a sentence for people, and what they can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Stable word for programs and for translated texts.
    pub code: ProblemCode,
    /// What happened, in English. Never holds secrets or another person's data.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// The kinds of problem. New ones may be added; clients treat unknown ones by the HTTP status alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemCode {
    /// Nobody is signed in, or the web session has ended (401).
    NotSignedIn,
    /// User or password is wrong; it is not said which (401).
    LoginFailed,
    /// The signed-in person lacks the role (403).
    NotAllowed,
    /// The request came from another site's page (403).
    ForeignOrigin,
    /// There is no such thing, or the person may not know of it (404).
    NotFound,
    /// The address exists, but not with this method (405).
    MethodNotAllowed,
    /// It exists already, or changed meanwhile (409).
    Conflict,
    /// The request is larger than the server accepts (413).
    TooLarge,
    /// The body is not `application/json` (415).
    NotJson,
    /// No byte of the asked range exists (416).
    RangeNotSatisfiable,
    /// A field is missing, unknown or out of bounds (400).
    BadRequest,
    /// The enrolment token is unknown, used or expired (403).
    BadToken,
    /// Too many attempts; `Retry-After` says when to try again (429).
    TooManyAttempts,
    /// The administrator log cannot be written, so nothing was changed (503).
    NotLogged,
    /// The server is busy beyond its limits; try again (503).
    Busy,
    /// The server did not answer in time (408).
    TimedOut,
    /// Something failed on the server; its log says what (500).
    Internal,
}
