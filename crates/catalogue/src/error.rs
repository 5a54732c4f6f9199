//! What can go wrong with the catalogue.

use std::path::PathBuf;

/// An operation on the catalogue failed. Nothing was changed by it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The file could not be opened or brought to the present version.
    #[error("the catalogue {} cannot be opened: {source}; check that its folder exists, is writable and has space", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
    },
    /// A migration did not apply, or the file was written by a newer program.
    #[error("the catalogue {} cannot be brought to this program's version: {source}", path.display())]
    Migrate {
        /// The database file.
        path: PathBuf,
        /// What the migration said.
        source: sqlx::migrate::MigrateError,
    },
    /// A statement failed.
    #[error("the catalogue could not {doing}: {source}")]
    Database {
        /// What was attempted, as it completes "could not …".
        doing: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// A row holds something that this program does not know.
    #[error("the catalogue holds {what} {value:?}, which this program does not understand")]
    Unreadable {
        /// Which kind of value.
        what: &'static str,
        /// The value as stored.
        value: String,
    },
    /// A user, machine, token or recording with this id or name does not exist.
    #[error("no such {what}: {id}")]
    NotFound {
        /// Which kind of thing was looked for.
        what: &'static str,
        /// What it was looked for by.
        id: String,
    },
    /// The name is taken.
    #[error("a {what} named {name:?} exists already")]
    Exists {
        /// Which kind of thing.
        what: &'static str,
        /// The name in question.
        name: String,
    },
    /// Somebody else changed it since it was read.
    #[error("the {what} has been changed by somebody else meanwhile")]
    Changed {
        /// Which kind of thing.
        what: &'static str,
    },
    /// It is in use and cannot go.
    #[error("the {what} is active and cannot be removed")]
    InUse {
        /// Which kind of thing.
        what: &'static str,
    },
    /// There are as many as there can be.
    #[error("there can be at most {most} {what}")]
    TooMany {
        /// Which kind of thing.
        what: &'static str,
        /// How many there can be.
        most: u32,
    },
    /// The administrator log could not be written, so nothing was changed.
    #[error("the administrator log could not be written: {source}")]
    NotLogged {
        /// What the database said.
        source: sqlx::Error,
    },
    /// The enrolment token is unknown, was used, was withdrawn or has expired. Deliberately not told apart.
    #[error("the enrolment token is not valid (unknown, used or expired); make a new one in the console")]
    TokenInvalid,
}

impl CatalogueError {
    /// For `map_err`: names what was attempted.
    pub(crate) fn doing(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    /// Whether the database refused because a unique value is taken.
    pub(crate) fn is_taken(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(|e| e.is_unique_violation())
    }
}
