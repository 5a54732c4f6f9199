//! Handlers of the interface's operations, by room. Each is behind [`crate::authorise::guard`].

pub mod administration;
pub mod bundle;
pub mod data;
pub mod enrolment;
pub mod evidence;
pub mod forecast;
pub mod login;
pub mod machines;
pub mod notices;
pub mod notifications;
pub mod operating;
pub mod people;
pub mod policies;
pub mod recordings;
pub mod responses;
pub mod sealing;
pub mod sessions;
pub mod success;
pub mod templates;
pub mod thumbnails;
pub mod tried_policies;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query};
use axum::http::request::Parts;
use recording::RecordingId;
use uuid::Uuid;

use crate::failure::Failure;

/// A request's JSON body; refusals have the interface's shape.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Failure))]
pub struct Body<T>(pub T);

/// A request's query; refusals have the interface's shape.
#[derive(FromRequestParts)]
#[from_request(via(Query), rejection(Failure))]
pub struct Asked<T>(pub T);

/// The opaque id in a request's path, as it was given.
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await?;
        Ok(Id(id))
    }
}

impl Id {
    /// As a recording's id.
    ///
    /// # Errors
    /// It cannot be one: then there is no such recording.
    pub fn recording(&self) -> Result<RecordingId, Failure> {
        self.0.parse().map_err(|_| Failure::not_found("recording"))
    }

    /// As the id of a `what`.
    ///
    /// # Errors
    /// It cannot be one: then there is none.
    pub fn of(&self, what: &str) -> Result<Uuid, Failure> {
        // Ids are handed out in one form only; others must not become second names for the same thing.
        let known_form = self.0.len() == 32 && !self.0.bytes().any(|digit| digit.is_ascii_uppercase());
        Uuid::try_parse(&self.0).ok().filter(|_| known_form).ok_or_else(|| Failure::not_found(what))
    }
}

/// Sizes and times of the catalogue that do not fit the interface's integers are held at the most.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
