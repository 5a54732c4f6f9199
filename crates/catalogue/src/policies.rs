//! Policies that administrators write, and which one is active. Every change is made together with its entry in the
//! administrator log: both are there, or neither.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::administrator_log::log_in;
use crate::settings::{count_up, set_in};
use crate::{AdministratorAction, Catalogue, CatalogueError, Setting};

/// Policies of a kind that can be kept.
pub const MAX_POLICIES: u32 = 500;

/// What a policy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// Which sessions are recorded, and how.
    Recording,
    /// Which events of a session are logged.
    Detection,
}

impl PolicyKind {
    fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Detection => "detection",
        }
    }

    /// Where it stands which one is active.
    pub fn setting(self) -> Setting {
        match self {
            Self::Recording => Setting::ActivePolicy,
            Self::Detection => Setting::ActiveDetectionPolicy,
        }
    }
}

/// A policy as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySummary {
    /// Its identity, which stays when it is renamed.
    pub id: Uuid,
    /// Its name; no two of a kind have the same in any case of letters.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// How many rules it has.
    pub rules: u32,
    /// Counts up with each change, from 1.
    pub revision: u32,
    /// When it was changed last.
    pub changed_us: i64,
    /// By whom.
    pub changed_by: String,
}

/// A policy with its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPolicy {
    /// Everything else.
    pub summary: PolicySummary,
    /// The document.
    pub document: String,
}

/// A change of policies.
#[derive(Debug, Clone, Copy)]
pub enum PolicyChange<'a> {
    /// A new one.
    Add(&'a StoredPolicy),
    /// Another document for the one whose revision is one less.
    Replace(&'a StoredPolicy),
    /// It is gone; the active one cannot go.
    Remove {
        /// Which one.
        id: Uuid,
        /// The revision that is meant to go.
        revision: u32,
    },
    /// Another one decides from now on.
    Activate {
        /// A built-in policy's name, or an id in 32 digits.
        policy: &'a str,
        /// The revision that is meant; `None` for a built-in policy.
        revision: Option<u32>,
        /// What was active when it was chosen.
        instead_of: &'a str,
        /// What counts as active where nothing was ever chosen.
        default: &'a str,
        /// It holds at once for sessions that run, too.
        at_once: bool,
    },
}

impl Catalogue {
    /// All policies of a kind by name.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn policies(&self, kind: PolicyKind) -> Result<Vec<PolicySummary>, CatalogueError> {
        let rows = sqlx::query(
            "SELECT id, name, description, rules, revision, changed_us, changed_by FROM policies WHERE kind = ? \
             ORDER BY name_folded",
        )
        .bind(kind.name())
        .fetch_all(&self.derived)
        .await
        .map_err(CatalogueError::doing("list policies"))?;
        rows.iter().map(summary).collect()
    }

    /// One policy.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn policy(&self, kind: PolicyKind, id: Uuid) -> Result<Option<StoredPolicy>, CatalogueError> {
        let doing = || CatalogueError::doing("look up a policy");
        let row = sqlx::query("SELECT * FROM policies WHERE id = ? AND kind = ?")
            .bind(id.simple().to_string())
            .bind(kind.name())
            .fetch_optional(&self.derived)
            .await
            .map_err(doing())?;
        let read = |row: SqliteRow| {
            Ok(StoredPolicy { summary: summary(&row)?, document: row.try_get("document").map_err(doing())? })
        };
        row.map(read).transpose()
    }

    /// Makes a change and its entry in the administrator log, in one transaction; on disk when this returns.
    ///
    /// # Errors
    /// [`CatalogueError::NotLogged`] if the entry cannot be written, [`CatalogueError::Changed`] if somebody else was faster,
    /// [`CatalogueError::InUse`] for the active policy, [`CatalogueError::Exists`] for a name that is taken,
    /// [`CatalogueError::NotFound`], [`CatalogueError::TooMany`], [`CatalogueError::Database`]: nothing was changed.
    pub async fn change_policies(
        &self,
        kind: PolicyKind,
        change: PolicyChange<'_>,
        action: &AdministratorAction,
    ) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("change policies");
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        log_in(&mut transaction, action).await?;
        match change {
            PolicyChange::Add(policy) => add(&mut transaction, kind, policy).await?,
            PolicyChange::Replace(policy) => replace(&mut transaction, kind, policy).await?,
            PolicyChange::Remove { id, revision } => remove(&mut transaction, kind, id, revision).await?,
            PolicyChange::Activate { policy, revision, instead_of, default, at_once } => {
                let active = active(&mut transaction, kind).await?;
                if active.as_deref().unwrap_or(default) != instead_of {
                    return Err(CatalogueError::Changed { what: "active policy" });
                }
                if let Some(revision) = revision {
                    let id = Uuid::try_parse(policy).unwrap_or_default();
                    expect_revision(&mut transaction, kind, id, revision).await?;
                }
                set_in(&mut transaction, kind.setting(), policy).await?;
                if at_once {
                    count_up(&mut transaction, Setting::PolicyAtOnce).await?;
                }
            }
        }
        transaction.commit().await.map_err(doing())
    }
}

async fn add(connection: &mut SqliteConnection, kind: PolicyKind, policy: &StoredPolicy) -> Result<(), CatalogueError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM policies WHERE kind = ?")
        .bind(kind.name())
        .fetch_one(&mut *connection)
        .await
        .map_err(CatalogueError::doing("count policies"))?;
    if count >= i64::from(MAX_POLICIES) {
        return Err(CatalogueError::TooMany { what: "policies", most: MAX_POLICIES });
    }
    let StoredPolicy { summary, document } = policy;
    sqlx::query(
        "INSERT INTO policies (id, kind, name, name_folded, description, rules, document, revision, changed_us, \
         changed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(summary.id.simple().to_string())
    .bind(kind.name())
    .bind(&summary.name)
    .bind(summary.name.to_lowercase())
    .bind(&summary.description)
    .bind(summary.rules)
    .bind(document)
    .bind(summary.revision)
    .bind(summary.changed_us)
    .bind(&summary.changed_by)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(|error| taken_or(error, &summary.name, "add a policy"))
}

async fn replace(
    connection: &mut SqliteConnection,
    kind: PolicyKind,
    policy: &StoredPolicy,
) -> Result<(), CatalogueError> {
    let StoredPolicy { summary, document } = policy;
    expect_revision(connection, kind, summary.id, summary.revision.saturating_sub(1)).await?;
    sqlx::query(
        "UPDATE policies SET name = ?, name_folded = ?, description = ?, rules = ?, document = ?, revision = ?, \
         changed_us = ?, changed_by = ? WHERE id = ?",
    )
    .bind(&summary.name)
    .bind(summary.name.to_lowercase())
    .bind(&summary.description)
    .bind(summary.rules)
    .bind(document)
    .bind(summary.revision)
    .bind(summary.changed_us)
    .bind(&summary.changed_by)
    .bind(summary.id.simple().to_string())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(|error| taken_or(error, &summary.name, "change a policy"))
}

async fn remove(
    connection: &mut SqliteConnection,
    kind: PolicyKind,
    id: Uuid,
    revision: u32,
) -> Result<(), CatalogueError> {
    expect_revision(connection, kind, id, revision).await?;
    let name = id.simple().to_string();
    if active(connection, kind).await?.as_deref() == Some(&name) {
        return Err(CatalogueError::InUse { what: "policy" });
    }
    sqlx::query("DELETE FROM policies WHERE id = ?")
        .bind(name)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("remove a policy"))
}

/// Only who has seen the newest revision changes it.
async fn expect_revision(
    connection: &mut SqliteConnection,
    kind: PolicyKind,
    id: Uuid,
    revision: u32,
) -> Result<(), CatalogueError> {
    let kept: Option<u32> = sqlx::query_scalar("SELECT revision FROM policies WHERE id = ? AND kind = ?")
        .bind(id.simple().to_string())
        .bind(kind.name())
        .fetch_optional(connection)
        .await
        .map_err(CatalogueError::doing("look up a policy"))?;
    match kept {
        None => Err(CatalogueError::NotFound { what: "policy", id: id.simple().to_string() }),
        Some(kept) if kept != revision => Err(CatalogueError::Changed { what: "policy" }),
        Some(_) => Ok(()),
    }
}

async fn active(connection: &mut SqliteConnection, kind: PolicyKind) -> Result<Option<String>, CatalogueError> {
    sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
        .bind(kind.setting().name())
        .fetch_optional(connection)
        .await
        .map_err(CatalogueError::doing("read the active policy"))
}

fn taken_or(error: sqlx::Error, name: &str, doing: &'static str) -> CatalogueError {
    if CatalogueError::is_taken(&error) {
        CatalogueError::Exists { what: "policy", name: name.to_owned() }
    } else {
        CatalogueError::doing(doing)(error)
    }
}

fn summary(row: &SqliteRow) -> Result<PolicySummary, CatalogueError> {
    let id: String = row.try_get("id").map_err(CatalogueError::doing("read a policy"))?;
    let Ok(id) = Uuid::try_parse(&id) else {
        return Err(CatalogueError::Unreadable { what: "a policy's id", value: id });
    };
    let read = || {
        Ok(PolicySummary {
            id,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            rules: row.try_get("rules")?,
            revision: row.try_get("revision")?,
            changed_us: row.try_get("changed_us")?,
            changed_by: row.try_get("changed_by")?,
        })
    };
    read().map_err(CatalogueError::doing("read a policy"))
}
