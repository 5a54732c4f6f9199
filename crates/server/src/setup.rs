//! What happens once, when a data folder is used for the first time: settings and a first login.

use std::collections::BTreeSet;

use catalogue::{AdministratorAction, Catalogue, CatalogueError, Role, Setting, User};
use policy::BuiltIn;
use uuid::Uuid;

use crate::clock;
use crate::passwords::{PasswordError, Passwords};
use crate::secret;

/// Name of the user that is made at first start.
const FIRST_USER: &str = "admin";

/// The login that was made at first start. Printed once; only a hash of the password is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct FirstLogin {
    /// The user's name.
    pub user: String,
    /// The generated password.
    pub password: String,
}

/// The data folder could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The catalogue cannot be read or written.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The first password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A folder in use must not turn into a demo: that would open everything to its users.
    #[error(
        "this data folder was set up without --demo and has users; start without --demo, or give the demo a folder of its own with --data"
    )]
    NotADemo,
}

/// Sets a fresh catalogue up; one that has users is left as it is.
///
/// # Errors
/// See [`SetupError`].
pub async fn set_up(
    catalogue: &Catalogue,
    passwords: &Passwords,
    demo: bool,
) -> Result<Option<FirstLogin>, SetupError> {
    let is_demo = catalogue.setting(Setting::Demo).await?.is_some_and(|value| value == "true");
    if !catalogue.users().await?.is_empty() {
        return if demo && !is_demo { Err(SetupError::NotADemo) } else { Ok(None) };
    }
    let (policy, roles) = if demo {
        (BuiltIn::RecordEverything, BTreeSet::from(Role::ALL))
    } else {
        (BuiltIn::DoNotRecord, BTreeSet::from([Role::PolicyAdministrator]))
    };
    catalogue.set_setting(Setting::Demo, if demo { "true" } else { "false" }).await?;
    catalogue.set_setting(Setting::ActivePolicy, policy.name()).await?;
    let password = secret::new_password();
    let user = User {
        id: Uuid::now_v7(),
        name: FIRST_USER.to_owned(),
        password_hash: passwords.hash(password.clone()).await?,
        enabled: true,
        created_us: clock::now_us(),
        roles,
    };
    catalogue
        .log_administrator(&AdministratorAction {
            at_us: user.created_us,
            who: "first start".to_owned(),
            address: String::new(),
            action: "set-up".to_owned(),
            subject: user.name.clone(),
            detail: format!("demo: {demo}, active policy: {}", policy.name()),
            before: None,
            after: None,
        })
        .await?;
    // Last: a start that was interrupted before here is repeated whole by the next one.
    catalogue.add_user(&user).await?;
    Ok(Some(FirstLogin { user: user.name, password }))
}
