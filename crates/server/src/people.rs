//! Changing who may sign in and what they may do: the same for the interface and for the command line.
//!
//! The administrator log is written first; what cannot be logged does not happen.

use std::collections::BTreeSet;

use catalogue::{AdministratorAction, Catalogue, CatalogueError, Role, User};
use uuid::Uuid;

use crate::clock;
use crate::passwords::{PasswordError, Passwords};

/// Most characters of a user's name.
const MOST_NAME_CHARS: usize = 64;

/// A person was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The name cannot be one.
    #[error("{0:?} cannot be a name: 1 to {MOST_NAME_CHARS} letters, digits, `.`, `_`, `-` or `@`")]
    Name(String),
    /// The password cannot be one, or the server is busy.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The catalogue refused.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Who changes something, as the administrator log names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// A user's name, or `command line`.
    pub name: String,
    /// Where the person came from; empty for the command line.
    pub address: String,
}

impl Author {
    /// An entry for the administrator log about something done now.
    #[must_use]
    pub fn action(&self, action: &str, subject: impl Into<String>, detail: impl Into<String>) -> AdministratorAction {
        AdministratorAction {
            at_us: clock::now_us(),
            who: self.name.clone(),
            address: self.address.clone(),
            action: action.to_owned(),
            subject: subject.into(),
            detail: detail.into(),
            before: None,
            after: None,
        }
    }
}

/// The people of a deployment, as somebody changes them.
pub struct People<'a> {
    /// Where they are kept.
    pub catalogue: &'a Catalogue,
    /// What hashes their passwords.
    pub passwords: &'a Passwords,
    /// Who changes them.
    pub author: Author,
}

impl People<'_> {
    /// Adds a person who may sign in.
    ///
    /// # Errors
    /// The name cannot be one or is taken, or the password is too short or too long.
    pub async fn add(&self, name: String, password: String, roles: BTreeSet<Role>) -> Result<User, PeopleError> {
        if !is_user_name(&name) {
            return Err(PeopleError::Name(name));
        }
        if self.catalogue.user_by_name(&name).await?.is_some() {
            return Err(CatalogueError::Exists { what: "user", name }.into());
        }
        let user = User {
            id: Uuid::now_v7(),
            password_hash: self.passwords.hash(password).await?,
            enabled: true,
            created_us: clock::now_us(),
            roles,
            name,
        };
        self.log("user-created", &user, words(&user.roles)).await?;
        self.catalogue.add_user(&user).await?;
        Ok(user)
    }

    /// Gives a person a new password and ends the person's web sessions.
    ///
    /// # Errors
    /// The password is too short or too long.
    pub async fn set_password(&self, user: &User, password: String) -> Result<(), PeopleError> {
        let hash = self.passwords.hash(password).await?;
        self.log("password-set", user, String::new()).await?;
        self.catalogue.set_password_hash(user.id, &hash).await?;
        Ok(self.catalogue.end_sessions_of(user.id).await?)
    }

    /// Replaces what a person may do, from the person's next request on.
    ///
    /// # Errors
    /// The catalogue cannot be written.
    pub async fn set_roles(&self, user: &User, roles: &BTreeSet<Role>) -> Result<(), PeopleError> {
        self.log("roles-changed", user, words(roles)).await?;
        Ok(self.catalogue.set_roles(user.id, roles).await?)
    }

    /// Lets a person sign in, or locks the person out and ends the person's web sessions.
    ///
    /// # Errors
    /// The catalogue cannot be written.
    pub async fn set_enabled(&self, user: &User, enabled: bool) -> Result<(), PeopleError> {
        let action = if enabled { "user-enabled" } else { "user-disabled" };
        self.log(action, user, String::new()).await?;
        Ok(self.catalogue.set_user_enabled(user.id, enabled).await?)
    }

    async fn log(&self, action: &str, user: &User, detail: String) -> Result<(), CatalogueError> {
        self.catalogue.log_administrator(&self.author.action(action, user.name.as_str(), detail)).await
    }
}

/// Names that read the same everywhere.
fn is_user_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= MOST_NAME_CHARS
        && name.chars().all(|letter| letter.is_alphanumeric() || "._-@".contains(letter))
}

fn words(roles: &BTreeSet<Role>) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    if words.is_empty() { "no role".to_owned() } else { words.join(", ") }
}
