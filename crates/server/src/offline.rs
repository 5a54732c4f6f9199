//! What the command line does on a data folder directly, with or without a server running on it. Everything is logged as
//! done by the command line: whoever can write the folder is its administrator.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use catalogue::{AdministratorAction, Catalogue, CatalogueError, Role, User};
use storage::{StorageError, Store, StoreOptions};
use uuid::Uuid;

use crate::authority::{self, AuthorityError};
use crate::clock;
use crate::config::Config;
use crate::enrolment::{self, NewToken};
use crate::folder::{DataFolder, FolderError};
use crate::ingest::{self, IngestError, Rebuilt};
use crate::passwords::{PasswordError, Passwords};
use crate::people;
use crate::start::tls_folder;

/// Who did it, in the administrator log.
const WHO: &str = "command line";

/// Something could not be done on a data folder.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// No server has been started on this folder.
    #[error("{} is no data folder of a server; name it with --data, or start the server on it once", .0.display())]
    NoDeployment(PathBuf),
    /// The catalogue refused.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The password is too short or too long.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The server's certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// The data folder is unusable, or its server runs.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A storage folder cannot be opened.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Reading storage was interrupted.
    #[error("the catalogue could not be rebuilt: {0}")]
    Rebuilding(#[from] IngestError),
    /// The name cannot be one.
    #[error("{0:?} cannot be a name: 1 to 64 letters, digits, `.`, `_`, `-` or `@`")]
    Name(String),
    /// There is no such user.
    #[error("there is no user {0:?}; `kinescope user list` shows those there are")]
    NoUser(String),
}

/// A data folder that a server was started on.
pub struct Deployment {
    data: PathBuf,
    catalogue: Catalogue,
}

impl Deployment {
    /// Opens the folder's catalogue.
    ///
    /// # Errors
    /// There is none, or it cannot be opened.
    pub async fn open(data: &Path, catalogue_file: &Path) -> Result<Deployment, OfflineError> {
        if !catalogue_file.is_file() {
            return Err(OfflineError::NoDeployment(data.to_owned()));
        }
        Ok(Deployment { data: data.to_owned(), catalogue: Catalogue::open(catalogue_file).await? })
    }

    /// The catalogue itself.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Adds a user.
    ///
    /// # Errors
    /// The name cannot be one or is taken, or the password is too short or too long.
    pub async fn add_user(&self, name: &str, password: String, roles: BTreeSet<Role>) -> Result<(), OfflineError> {
        if !people::is_user_name(name) {
            return Err(OfflineError::Name(name.to_owned()));
        }
        if self.catalogue.user_by_name(name).await?.is_some() {
            return Err(CatalogueError::Exists { what: "user", name: name.to_owned() }.into());
        }
        let user = User {
            id: Uuid::now_v7(),
            name: name.to_owned(),
            password_hash: Passwords::new()?.hash(password).await?,
            enabled: true,
            created_us: clock::now_us(),
            roles,
        };
        self.log("user-created", name, &words(&user.roles)).await?;
        Ok(self.catalogue.add_user(&user).await?)
    }

    /// Gives a user a new password and ends the user's web sessions.
    ///
    /// # Errors
    /// There is no such user, or the password is too short or too long.
    pub async fn set_password(&self, name: &str, password: String) -> Result<(), OfflineError> {
        let user = self.user(name).await?;
        let hash = Passwords::new()?.hash(password).await?;
        self.log("password-set", name, "").await?;
        self.catalogue.set_password_hash(user.id, &hash).await?;
        Ok(self.catalogue.end_sessions_of(user.id).await?)
    }

    /// Replaces what a user may do.
    ///
    /// # Errors
    /// There is no such user.
    pub async fn set_roles(&self, name: &str, roles: &BTreeSet<Role>) -> Result<(), OfflineError> {
        let user = self.user(name).await?;
        self.log("roles-changed", name, &words(roles)).await?;
        Ok(self.catalogue.set_roles(user.id, roles).await?)
    }

    /// Makes an enrolment token; gives the text for the agent.
    ///
    /// # Errors
    /// The server has no certificate yet, or the catalogue cannot be written.
    pub async fn create_token(&self, note: &str, valid_secs: u32) -> Result<String, OfflineError> {
        let fingerprint = authority::kept_fingerprint(&tls_folder(&self.data))?
            .ok_or_else(|| OfflineError::NoDeployment(self.data.clone()))?;
        let NewToken { token, text } = NewToken::make(note.to_owned(), WHO.to_owned(), valid_secs, &fingerprint);
        self.log("enrolment-token-created", &token.id.simple().to_string(), note).await?;
        self.catalogue.add_token(&token, &enrolment::secret_at_rest(&text)).await?;
        Ok(text)
    }

    async fn user(&self, name: &str) -> Result<User, OfflineError> {
        self.catalogue.user_by_name(name).await?.ok_or_else(|| OfflineError::NoUser(name.to_owned()))
    }

    async fn log(&self, action: &str, subject: &str, detail: &str) -> Result<(), OfflineError> {
        let entry = AdministratorAction {
            at_us: clock::now_us(),
            who: WHO.to_owned(),
            address: String::new(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
        };
        Ok(self.catalogue.log_administrator(&entry).await?)
    }
}

/// Makes the catalogue's rows of recordings anew from the storage folders. Also for a catalogue that was lost whole: the
/// next start of the server then makes a first login again.
///
/// # Errors
/// The server runs, or catalogue or storage cannot be opened. Recordings that cannot be read are reported, not fatal.
pub async fn rebuild_catalogue(config: &Config) -> Result<Rebuilt, OfflineError> {
    if !config.data.is_dir() {
        return Err(OfflineError::NoDeployment(config.data.clone()));
    }
    let _locked = DataFolder::open(&config.data)?;
    let catalogue = Catalogue::open(&config.catalogue_file()).await?;
    let store = Store::open(StoreOptions::new(config.storage_folders()))?;
    let rebuilt = ingest::rebuild_catalogue(&catalogue, &store).await?;
    catalogue.close().await;
    Ok(rebuilt)
}

fn words(roles: &BTreeSet<Role>) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    if words.is_empty() { "no role".to_owned() } else { words.join(", ") }
}
