//! Settings of the deployment: short texts by name.

use sqlx::SqliteConnection;

use crate::administrator_log::log_in;
use crate::{AdministratorAction, Catalogue, CatalogueError};

/// The settings that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The active recording policy: a built-in one's name or another one's id; absent means the built-in default (record nothing).
    ActivePolicy,
    /// The active detection policy, in the same way; absent means that each machine's own settings decide.
    ActiveDetectionPolicy,
    /// How often an administrator has said that a policy holds at once for sessions that run, too: a number; absent means never.
    PolicyAtOnce,
    /// How new recordings are sealed, as JSON; absent or empty leaves them open.
    Sealing,
    /// Names of those for whom recordings were sealed and no longer are, as JSON.
    FormerRecipients,
    /// How users are told that they are recorded, as JSON; absent means the built-in texts, and that nobody is asked.
    Notices,
    /// How people and programs are told of what happens, as JSON; absent means not at all.
    Notifications,
    /// Its secrets, sealed by a key that is not in the catalogue.
    NotificationSecrets,
    /// `true` in a demo deployment (everything recorded, the first user holds every role).
    Demo,
}

impl Setting {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ActivePolicy => "active-policy",
            Self::ActiveDetectionPolicy => "active-detection-policy",
            Self::PolicyAtOnce => "policy-at-once",
            Self::Sealing => "sealing",
            Self::FormerRecipients => "former-recipients",
            Self::Notices => "notices",
            Self::Notifications => "notifications",
            Self::NotificationSecrets => "notification-secrets",
            Self::Demo => "demo",
        }
    }
}

impl Catalogue {
    /// The value of a setting, or `None` where it was never set.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn setting(&self, setting: Setting) -> Result<Option<String>, CatalogueError> {
        sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
            .bind(setting.name())
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("read a setting"))
    }

    /// Sets a value; durable when this returns.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn set_setting(&self, setting: Setting, value: &str) -> Result<(), CatalogueError> {
        let doing = CatalogueError::doing("change a setting");
        let mut connection = self.originals.acquire().await.map_err(doing)?;
        set_in(&mut connection, setting, value).await
    }

    /// Puts a value in the place of another one, with an entry in the administrator log; durable when this returns.
    ///
    /// # Errors
    /// [`CatalogueError::NotLogged`] if the entry cannot be written, [`CatalogueError::Changed`] if another value stands there,
    /// [`CatalogueError::Database`]: nothing was changed.
    pub async fn replace_setting(
        &self,
        setting: Setting,
        before: Option<&str>,
        value: &str,
        action: &AdministratorAction,
    ) -> Result<(), CatalogueError> {
        self.replace_settings(&[(setting, before, value)], &[], action).await
    }

    /// The same for several, each with what it takes the place of, and others that are set whatever they were: all or none.
    ///
    /// # Errors
    /// As [`Catalogue::replace_setting`].
    pub async fn replace_settings(
        &self,
        replaced: &[(Setting, Option<&str>, &str)],
        set: &[(Setting, &str)],
        action: &AdministratorAction,
    ) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("change a setting");
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        log_in(&mut transaction, action).await?;
        for (setting, before, value) in replaced {
            let found: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
                .bind(setting.name())
                .fetch_optional(&mut *transaction)
                .await
                .map_err(doing())?;
            if found.as_deref() != *before {
                return Err(CatalogueError::Changed { what: "setting" });
            }
            set_in(&mut transaction, *setting, value).await?;
        }
        for (setting, value) in set {
            set_in(&mut transaction, *setting, value).await?;
        }
        transaction.commit().await.map_err(doing())
    }
}

/// Sets a value as a part of something larger.
pub(crate) async fn set_in(
    connection: &mut SqliteConnection,
    setting: Setting,
    value: &str,
) -> Result<(), CatalogueError> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(setting.name())
    .bind(value)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(CatalogueError::doing("change a setting"))
}

/// Adds one to a setting that is a number, as a part of something larger.
pub(crate) async fn count_up(connection: &mut SqliteConnection, setting: Setting) -> Result<(), CatalogueError> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES (?, '1') \
         ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)",
    )
    .bind(setting.name())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(CatalogueError::doing("count up a setting"))
}
