//! Templates of triggers. Every change is made together with its entry in the administrator log: both are there, or neither.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::administrator_log::log_in;
use crate::{AdministratorAction, Catalogue, CatalogueError};

/// Templates that can be kept.
pub const MAX_TEMPLATES: u32 = 500;

/// A template of a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTemplate {
    /// Its identity, which stays when it is renamed.
    pub id: Uuid,
    /// Its name; no two have the same in any case of letters.
    pub name: String,
    /// All of it, as JSON.
    pub document: String,
    /// Who made it.
    pub author: String,
    /// Counts up with each change, from 1.
    pub revision: u32,
    /// When it was changed last.
    pub changed_us: i64,
    /// By whom.
    pub changed_by: String,
}

/// A change of templates.
#[derive(Debug, Clone, Copy)]
pub enum TemplateChange<'a> {
    /// A new one.
    Add(&'a StoredTemplate),
    /// Another document for the one whose revision is one less. Its author stays.
    Replace(&'a StoredTemplate),
    /// It is gone.
    Remove {
        /// Which one.
        id: Uuid,
        /// The revision that is meant to go.
        revision: u32,
    },
}

impl Catalogue {
    /// All templates by name.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn templates(&self) -> Result<Vec<StoredTemplate>, CatalogueError> {
        let rows = sqlx::query("SELECT * FROM trigger_templates ORDER BY name_folded")
            .fetch_all(&self.derived)
            .await
            .map_err(CatalogueError::doing("list templates"))?;
        rows.iter().map(template).collect()
    }

    /// One template.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn template(&self, id: Uuid) -> Result<Option<StoredTemplate>, CatalogueError> {
        let row = sqlx::query("SELECT * FROM trigger_templates WHERE id = ?")
            .bind(id.simple().to_string())
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("look up a template"))?;
        row.as_ref().map(template).transpose()
    }

    /// Makes a change and its entry in the administrator log, in one transaction; on disk when this returns.
    ///
    /// # Errors
    /// [`CatalogueError::NotLogged`] if the entry cannot be written, [`CatalogueError::Changed`] if somebody else was faster,
    /// [`CatalogueError::Exists`] for a name that is taken, [`CatalogueError::NotFound`], [`CatalogueError::TooMany`],
    /// [`CatalogueError::Database`]: nothing was changed.
    pub async fn change_templates(
        &self,
        change: TemplateChange<'_>,
        action: &AdministratorAction,
    ) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("change templates");
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        log_in(&mut transaction, action).await?;
        match change {
            TemplateChange::Add(template) => add(&mut transaction, template).await?,
            TemplateChange::Replace(template) => replace(&mut transaction, template).await?,
            TemplateChange::Remove { id, revision } => remove(&mut transaction, id, revision).await?,
        }
        transaction.commit().await.map_err(doing())
    }
}

async fn add(connection: &mut SqliteConnection, template: &StoredTemplate) -> Result<(), CatalogueError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM trigger_templates")
        .fetch_one(&mut *connection)
        .await
        .map_err(CatalogueError::doing("count templates"))?;
    if count >= i64::from(MAX_TEMPLATES) {
        return Err(CatalogueError::TooMany { what: "templates", most: MAX_TEMPLATES });
    }
    sqlx::query(
        "INSERT INTO trigger_templates (id, name, name_folded, document, author, revision, changed_us, changed_by) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(template.id.simple().to_string())
    .bind(&template.name)
    .bind(template.name.to_lowercase())
    .bind(&template.document)
    .bind(&template.author)
    .bind(template.revision)
    .bind(template.changed_us)
    .bind(&template.changed_by)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(|error| taken_or(error, &template.name, "add a template"))
}

async fn replace(connection: &mut SqliteConnection, template: &StoredTemplate) -> Result<(), CatalogueError> {
    expect_revision(connection, template.id, template.revision.saturating_sub(1)).await?;
    sqlx::query(
        "UPDATE trigger_templates SET name = ?, name_folded = ?, document = ?, revision = ?, changed_us = ?, \
         changed_by = ? WHERE id = ?",
    )
    .bind(&template.name)
    .bind(template.name.to_lowercase())
    .bind(&template.document)
    .bind(template.revision)
    .bind(template.changed_us)
    .bind(&template.changed_by)
    .bind(template.id.simple().to_string())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(|error| taken_or(error, &template.name, "change a template"))
}

async fn remove(connection: &mut SqliteConnection, id: Uuid, revision: u32) -> Result<(), CatalogueError> {
    expect_revision(connection, id, revision).await?;
    sqlx::query("DELETE FROM trigger_templates WHERE id = ?")
        .bind(id.simple().to_string())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("remove a template"))
}

/// Only who has seen the newest revision changes it.
async fn expect_revision(connection: &mut SqliteConnection, id: Uuid, revision: u32) -> Result<(), CatalogueError> {
    let kept: Option<u32> = sqlx::query_scalar("SELECT revision FROM trigger_templates WHERE id = ?")
        .bind(id.simple().to_string())
        .fetch_optional(connection)
        .await
        .map_err(CatalogueError::doing("look up a template"))?;
    match kept {
        None => Err(CatalogueError::NotFound { what: "template", id: id.simple().to_string() }),
        Some(kept) if kept != revision => Err(CatalogueError::Changed { what: "template" }),
        Some(_) => Ok(()),
    }
}

fn taken_or(error: sqlx::Error, name: &str, doing: &'static str) -> CatalogueError {
    if CatalogueError::is_taken(&error) {
        CatalogueError::Exists { what: "template", name: name.to_owned() }
    } else {
        CatalogueError::doing(doing)(error)
    }
}

fn template(row: &SqliteRow) -> Result<StoredTemplate, CatalogueError> {
    let id: String = row.try_get("id").map_err(CatalogueError::doing("read a template"))?;
    let Ok(id) = Uuid::try_parse(&id) else {
        return Err(CatalogueError::Unreadable { what: "a template's id", value: id });
    };
    let read = || {
        Ok(StoredTemplate {
            id,
            name: row.try_get("name")?,
            document: row.try_get("document")?,
            author: row.try_get("author")?,
            revision: row.try_get("revision")?,
            changed_us: row.try_get("changed_us")?,
            changed_by: row.try_get("changed_by")?,
        })
    };
    read().map_err(CatalogueError::doing("read a template"))
}
