//! People who may sign in, and what they may do.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::recordings::parse_uuid;

/// What a person may do. Nobody has a role until given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Changes policies, machines, people and settings.
    PolicyAdministrator,
    /// Reads policies.
    PolicyQuery,
    /// Writes to the administrator log from outside.
    LoggingWriter,
    /// Reads the administrator and diagnostic logs.
    LoggingReader,
    /// Finds and plays recordings.
    Player,
    /// A player who may also restrict, archive and delete.
    PrivilegedPlayer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::PolicyAdministrator,
        Self::PolicyQuery,
        Self::LoggingWriter,
        Self::LoggingReader,
        Self::Player,
        Self::PrivilegedPlayer,
    ];

    /// The word that is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PolicyAdministrator => "policy-administrator",
            Self::PolicyQuery => "policy-query",
            Self::LoggingWriter => "logging-writer",
            Self::LoggingReader => "logging-reader",
            Self::Player => "player",
            Self::PrivilegedPlayer => "privileged-player",
        }
    }

    fn parse(word: &str) -> Result<Self, CatalogueError> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| CatalogueError::Unreadable { what: "the role", value: word.to_owned() })
    }
}

/// A local user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never changes.
    pub id: Uuid,
    /// What is typed at login; unique whatever its case.
    pub name: String,
    /// PHC string of the password's slow hash. Made and checked by the server; never shown.
    pub password_hash: String,
    /// A user who is not enabled cannot sign in, and open sessions end.
    pub enabled: bool,
    /// When the user was made.
    pub created_us: i64,
    /// What the user may do.
    pub roles: BTreeSet<Role>,
}

impl Catalogue {
    /// Adds a user with roles; on disk when this returns.
    ///
    /// # Errors
    /// [`CatalogueError::Exists`] for a name that is taken in any case, [`CatalogueError::Database`].
    pub async fn add_user(&self, user: &User) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("add a user");
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        sqlx::query(
            "INSERT INTO users (id, name, name_folded, password_hash, enabled, created_us) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(user.id.simple().to_string())
        .bind(&user.name)
        .bind(user.name.to_lowercase())
        .bind(&user.password_hash)
        .bind(user.enabled)
        .bind(user.created_us)
        .execute(&mut *transaction)
        .await
        .map_err(|source| {
            if CatalogueError::is_taken(&source) {
                CatalogueError::Exists { what: "user", name: user.name.clone() }
            } else {
                CatalogueError::Database { doing: "add a user", source }
            }
        })?;
        write_roles(&mut transaction, user.id, &user.roles).await?;
        transaction.commit().await.map_err(doing())
    }

    /// All users, by name.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn users(&self) -> Result<Vec<User>, CatalogueError> {
        let doing = || CatalogueError::doing("list the users");
        // One transaction, so that users and roles are of the same moment.
        let mut transaction = self.derived.begin().await.map_err(doing())?;
        let rows = sqlx::query("SELECT * FROM users ORDER BY name_folded")
            .fetch_all(&mut *transaction)
            .await
            .map_err(doing())?;
        let pairs: Vec<(String, String)> = sqlx::query_as("SELECT user_id, role FROM user_roles")
            .fetch_all(&mut *transaction)
            .await
            .map_err(doing())?;
        let mut roles: HashMap<String, BTreeSet<Role>> = HashMap::new();
        for (id, role) in pairs {
            roles.entry(id).or_default().insert(Role::parse(&role)?);
        }
        rows.iter()
            .map(|row| {
                let id: String = row.try_get("id").map_err(doing())?;
                user(row, roles.remove(&id).unwrap_or_default())
            })
            .collect()
    }

    /// The user with this name, whatever its case.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn user_by_name(&self, name: &str) -> Result<Option<User>, CatalogueError> {
        let row = sqlx::query("SELECT * FROM users WHERE name_folded = ?")
            .bind(name.to_lowercase())
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("look up a user"))?;
        self.with_roles(row).await
    }

    /// The user with this id.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn user(&self, id: Uuid) -> Result<Option<User>, CatalogueError> {
        let row = sqlx::query("SELECT * FROM users WHERE id = ?")
            .bind(id.simple().to_string())
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("look up a user"))?;
        self.with_roles(row).await
    }

    /// Replaces a user's roles; acts on the next request.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`], [`CatalogueError::Database`].
    pub async fn set_roles(&self, id: Uuid, roles: &BTreeSet<Role>) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("change a user's roles");
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        let known: bool = sqlx::query_scalar("SELECT count(*) > 0 FROM users WHERE id = ?")
            .bind(id.simple().to_string())
            .fetch_one(&mut *transaction)
            .await
            .map_err(doing())?;
        if !known {
            return Err(no_user(id));
        }
        sqlx::query("DELETE FROM user_roles WHERE user_id = ?")
            .bind(id.simple().to_string())
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        write_roles(&mut transaction, id, roles).await?;
        transaction.commit().await.map_err(doing())
    }

    /// Replaces a user's password hash.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`], [`CatalogueError::Database`].
    pub async fn set_password_hash(&self, id: Uuid, password_hash: &str) -> Result<(), CatalogueError> {
        let done = sqlx::query("UPDATE users SET password_hash = ? WHERE id = ?")
            .bind(password_hash)
            .bind(id.simple().to_string())
            .execute(&self.originals)
            .await
            .map_err(CatalogueError::doing("change a password"))?;
        if done.rows_affected() == 0 { Err(no_user(id)) } else { Ok(()) }
    }

    /// Lets a user sign in or not; disabling also ends the user's open sessions.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`], [`CatalogueError::Database`].
    pub async fn set_user_enabled(&self, id: Uuid, enabled: bool) -> Result<(), CatalogueError> {
        let done = sqlx::query("UPDATE users SET enabled = ? WHERE id = ?")
            .bind(enabled)
            .bind(id.simple().to_string())
            .execute(&self.originals)
            .await
            .map_err(CatalogueError::doing("enable or disable a user"))?;
        if done.rows_affected() == 0 {
            return Err(no_user(id));
        }
        if !enabled {
            self.end_sessions_of(id).await?;
        }
        Ok(())
    }

    async fn with_roles(&self, row: Option<SqliteRow>) -> Result<Option<User>, CatalogueError> {
        let Some(row) = row else { return Ok(None) };
        let doing = || CatalogueError::doing("look up a user");
        let id: String = row.try_get("id").map_err(doing())?;
        let words: Vec<String> = sqlx::query_scalar("SELECT role FROM user_roles WHERE user_id = ?")
            .bind(&id)
            .fetch_all(&self.derived)
            .await
            .map_err(doing())?;
        let roles = words.iter().map(|word| Role::parse(word)).collect::<Result<_, _>>()?;
        user(&row, roles).map(Some)
    }
}

async fn write_roles(
    connection: &mut sqlx::SqliteConnection,
    id: Uuid,
    roles: &BTreeSet<Role>,
) -> Result<(), CatalogueError> {
    for role in roles {
        sqlx::query("INSERT INTO user_roles (user_id, role) VALUES (?, ?)")
            .bind(id.simple().to_string())
            .bind(role.as_str())
            .execute(&mut *connection)
            .await
            .map_err(CatalogueError::doing("write a user's roles"))?;
    }
    Ok(())
}

fn no_user(id: Uuid) -> CatalogueError {
    CatalogueError::NotFound { what: "user", id: id.simple().to_string() }
}

fn user(row: &SqliteRow, roles: BTreeSet<Role>) -> Result<User, CatalogueError> {
    let doing = || CatalogueError::doing("read a user");
    Ok(User {
        id: parse_uuid(&row.try_get::<String, _>("id").map_err(doing())?)?,
        name: row.try_get("name").map_err(doing())?,
        password_hash: row.try_get("password_hash").map_err(doing())?,
        enabled: row.try_get("enabled").map_err(doing())?,
        created_us: row.try_get("created_us").map_err(doing())?,
        roles,
    })
}
