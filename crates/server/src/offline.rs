//! What the command line does on a data folder directly, with or without a server running on it. Everything is logged as
//! done by the command line: whoever can write the folder is its administrator.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use catalogue::{Catalogue, CatalogueError, Machine, Role, Setting, User};
use storage::{StorageError, Store, StoreOptions};

use crate::authority::{self, AuthorityError};
use crate::config::Config;
use crate::enrolment::{self, NewToken};
use crate::folder::{DataFolder, FolderError};
use crate::ingest::{self, IngestError, Rebuilt};
use crate::passwords::{PasswordError, Passwords};
use crate::people::{Author, People, PeopleError};
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
    /// A person was not added or changed.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// Passwords cannot be hashed.
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
    /// There is no such user.
    #[error("there is no user {0:?}; `kinescope user list` shows those there are")]
    NoUser(String),
    /// There is no such machine, or several.
    #[error(
        "there is no one machine {0:?} that is enrolled and not revoked; name it by the id that `kinescope-agent enrol` printed"
    )]
    NoMachine(String),
}

/// SHA-256 of the certificate of the server that was started on a data folder, in hexadecimal digits: it cannot be taken for another.
///
/// # Errors
/// No server was started there, or what is kept cannot be read.
pub fn fingerprint(config: &Config) -> Result<String, OfflineError> {
    let kept = authority::kept_fingerprint(&tls_folder(&config.data))?;
    kept.ok_or_else(|| OfflineError::NoDeployment(config.data.clone()))
}

/// When the certificate of the server that was started on a data folder expires, since 1970. `None`: it cannot be told.
///
/// # Errors
/// No server was started there, or what is kept cannot be read.
pub fn certificate_not_after(config: &Config) -> Result<Option<Duration>, OfflineError> {
    let folder = tls_folder(&config.data);
    if authority::kept_fingerprint(&folder)?.is_none() {
        return Err(OfflineError::NoDeployment(config.data.clone()));
    }
    Ok(authority::kept_not_after(&folder)?)
}

/// The name of the active policy; `None` if there is none.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn active_policy(catalogue: &Catalogue) -> Result<Option<String>, OfflineError> {
    let Some(active) = catalogue.setting(Setting::ActivePolicy).await? else { return Ok(None) };
    match uuid::Uuid::try_parse(&active) {
        Ok(id) => Ok(catalogue.policy(catalogue::PolicyKind::Recording, id).await?.map(|policy| policy.summary.name)),
        // Built-in ones are known by their names.
        Err(_) => Ok(Some(active)),
    }
}

/// A data folder that a server was started on.
pub struct Deployment {
    data: PathBuf,
    catalogue: Catalogue,
    passwords: Passwords,
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
        let catalogue = Catalogue::open(catalogue_file).await?;
        Ok(Deployment { data: data.to_owned(), catalogue, passwords: Passwords::new()? })
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
    pub async fn add_user(&self, name: String, password: String, roles: BTreeSet<Role>) -> Result<(), OfflineError> {
        self.people().add(name, password, roles).await?;
        Ok(())
    }

    /// Gives a user a new password and ends the user's web sessions.
    ///
    /// # Errors
    /// There is no such user, or the password is too short or too long.
    pub async fn set_password(&self, name: &str, password: String) -> Result<(), OfflineError> {
        let user = self.user(name).await?;
        Ok(self.people().set_password(&user, password).await?)
    }

    /// Replaces what a user may do.
    ///
    /// # Errors
    /// There is no such user.
    pub async fn set_roles(&self, name: &str, roles: &BTreeSet<Role>) -> Result<(), OfflineError> {
        let user = self.user(name).await?;
        Ok(self.people().set_roles(&user, roles).await?)
    }

    /// Makes an enrolment token, for a new machine or a known one; gives the text for the agent.
    ///
    /// # Errors
    /// The server has no certificate yet, there is no such machine, or the catalogue cannot be written.
    pub async fn create_token(
        &self,
        note: &str,
        valid_secs: u32,
        machine: Option<&str>,
    ) -> Result<String, OfflineError> {
        let fingerprint = authority::kept_fingerprint(&tls_folder(&self.data))?
            .ok_or_else(|| OfflineError::NoDeployment(self.data.clone()))?;
        let machine = match machine {
            None => None,
            Some(machine) => Some(self.machine(machine).await?),
        };
        let mut made = NewToken::make(note.to_owned(), WHO.to_owned(), valid_secs, &fingerprint);
        if let Some(machine) = &machine {
            made = made.for_machine(machine);
        }
        let NewToken { token, text } = made;
        let detail = enrolment::token_detail(&token, machine.as_ref());
        let entry = author().action("enrolment-token-created", token.id.simple().to_string(), &detail);
        self.catalogue.log_administrator(&entry).await?;
        self.catalogue.add_token(&token, &enrolment::secret_at_rest(&text)).await?;
        Ok(text)
    }

    async fn machine(&self, wanted: &str) -> Result<Machine, OfflineError> {
        let id = uuid::Uuid::try_parse(wanted).ok();
        let enrolled = self.catalogue.machines().await?.into_iter().filter(|machine| machine.revoked_us.is_none());
        let mut found = enrolled.filter(|machine| Some(machine.id) == id || machine.name == wanted);
        match (found.next(), found.next()) {
            (Some(machine), None) => Ok(machine),
            _ => Err(OfflineError::NoMachine(wanted.to_owned())),
        }
    }

    async fn user(&self, name: &str) -> Result<User, OfflineError> {
        self.catalogue.user_by_name(name).await?.ok_or_else(|| OfflineError::NoUser(name.to_owned()))
    }

    fn people(&self) -> People<'_> {
        People { catalogue: &self.catalogue, passwords: &self.passwords, author: author() }
    }
}

fn author() -> Author {
    Author { name: WHO.to_owned(), address: String::new() }
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
