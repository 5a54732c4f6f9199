//! The administrator log: who changed or looked at what. An original; written with `synchronous=FULL`.

use sqlx::Row;

use crate::{Catalogue, CatalogueError, Page};

/// Something an administrator or viewer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdministratorAction {
    /// When.
    pub at_us: i64,
    /// Name of the person, or of the command line.
    pub who: String,
    /// Where the person came from; empty for the command line.
    pub address: String,
    /// What was done, as a word with dashes: `policy-activate`, `user-create`, `playback`.
    pub action: String,
    /// What it was done to: a name or id.
    pub subject: String,
    /// Anything more, in words. Never a secret.
    pub detail: String,
}

/// A stored entry of the administrator log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdministratorEntry {
    /// Ascends with each entry.
    pub id: i64,
    /// What was done.
    pub action: AdministratorAction,
}

impl Catalogue {
    /// Writes an entry; on disk when this returns. A caller that must not change anything unlogged writes first.
    ///
    /// # Errors
    /// [`CatalogueError::Database`]: the entry is not there.
    pub async fn log_administrator(&self, action: &AdministratorAction) -> Result<(), CatalogueError> {
        sqlx::query(
            "INSERT INTO administrator_log (at_us, who, address, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(action.at_us)
        .bind(&action.who)
        .bind(&action.address)
        .bind(&action.action)
        .bind(&action.subject)
        .bind(&action.detail)
        .execute(&self.originals)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("write the administrator log"))
    }

    /// Entries, newest first.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn administrator_log(&self, limit: u32, offset: u64) -> Result<Page<AdministratorEntry>, CatalogueError> {
        let doing = || CatalogueError::doing("read the administrator log");
        let total: i64 = sqlx::query_scalar("SELECT count(*) FROM administrator_log")
            .fetch_one(&self.derived)
            .await
            .map_err(doing())?;
        let rows = sqlx::query("SELECT * FROM administrator_log ORDER BY id DESC LIMIT ? OFFSET ?")
            .bind(i64::from(limit))
            .bind(i64::try_from(offset).unwrap_or(i64::MAX))
            .fetch_all(&self.derived)
            .await
            .map_err(doing())?;
        let items = rows
            .iter()
            .map(|row| {
                Ok(AdministratorEntry {
                    id: row.try_get("id")?,
                    action: AdministratorAction {
                        at_us: row.try_get("at_us")?,
                        who: row.try_get("who")?,
                        address: row.try_get("address")?,
                        action: row.try_get("action")?,
                        subject: row.try_get("subject")?,
                        detail: row.try_get("detail")?,
                    },
                })
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(doing())?;
        Ok(Page { items, total: total.unsigned_abs() })
    }
}
