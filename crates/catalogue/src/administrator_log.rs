//! The administrator log: who changed or looked at what. An original; written with `synchronous=FULL`.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

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
    /// What was changed, as it was before.
    pub before: Option<String>,
    /// The same as it is since then.
    pub after: Option<String>,
}

/// Which entries of the administrator log are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogScope {
    /// All.
    #[default]
    Everything,
    /// All but why recordings were made: what people did.
    People,
    /// Why sessions were recorded, or not.
    Recordings,
}

/// The action of entries that say why a recording was made.
pub const RECORDING_MADE: &str = "recording-made";
/// The action of entries that say why a session is recorded no longer, not at all, or in another way.
pub const RECORDING_REASON: &str = "recording-reason";

impl LogScope {
    fn condition(self) -> &'static str {
        match self {
            Self::Everything => "1",
            Self::People => "action NOT IN ('recording-made', 'recording-reason')",
            Self::Recordings => "action IN ('recording-made', 'recording-reason')",
        }
    }
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
    /// [`CatalogueError::NotLogged`]: the entry is not there.
    pub async fn log_administrator(&self, action: &AdministratorAction) -> Result<(), CatalogueError> {
        let mut connection = self.originals.acquire().await.map_err(|source| CatalogueError::NotLogged { source })?;
        log_in(&mut connection, action).await
    }

    /// Writes many entries at once: all of them are on disk when this returns.
    ///
    /// # Errors
    /// [`CatalogueError::NotLogged`]: none is there.
    pub async fn log_all(&self, actions: &[AdministratorAction]) -> Result<(), CatalogueError> {
        let failed = |source| CatalogueError::NotLogged { source };
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        for action in actions {
            log_in(&mut transaction, action).await?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Entries, newest first, without what was changed.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn administrator_log(
        &self,
        scope: LogScope,
        limit: u32,
        offset: u64,
    ) -> Result<Page<AdministratorEntry>, CatalogueError> {
        let doing = || CatalogueError::doing("read the administrator log");
        let condition = scope.condition();
        let mut moment = self.one_moment().await.map_err(doing())?;
        let total: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT count(*) FROM administrator_log WHERE {condition}"
        )))
        .fetch_one(&mut *moment)
        .await
        .map_err(doing())?;
        // What was changed may be long; it is read one by one. Here it is only said whether there is something.
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT id, at_us, who, address, action, subject, detail, iif(before IS NULL, NULL, '') AS before, \
             iif(after IS NULL, NULL, '') AS after FROM administrator_log WHERE {condition} \
             ORDER BY id DESC LIMIT ? OFFSET ?"
        )))
        .bind(i64::from(limit))
        .bind(i64::try_from(offset).unwrap_or(i64::MAX))
        .fetch_all(&mut *moment)
        .await
        .map_err(doing())?;
        let items = rows.iter().map(entry).collect::<Result<_, sqlx::Error>>().map_err(doing())?;
        Ok(Page { items, total: total.unsigned_abs() })
    }

    /// One entry, with what was changed.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn administrator_log_entry(&self, id: i64) -> Result<Option<AdministratorEntry>, CatalogueError> {
        let doing = || CatalogueError::doing("read the administrator log");
        let row = sqlx::query("SELECT * FROM administrator_log WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.derived)
            .await
            .map_err(doing())?;
        row.as_ref().map(entry).transpose().map_err(doing())
    }
}

/// Writes an entry as a part of something larger.
pub(crate) async fn log_in(
    connection: &mut SqliteConnection,
    action: &AdministratorAction,
) -> Result<(), CatalogueError> {
    sqlx::query(
        "INSERT INTO administrator_log (at_us, who, address, action, subject, detail, before, after) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(action.at_us)
    .bind(&action.who)
    .bind(&action.address)
    .bind(&action.action)
    .bind(&action.subject)
    .bind(&action.detail)
    .bind(&action.before)
    .bind(&action.after)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(|source| CatalogueError::NotLogged { source })
}

fn entry(row: &SqliteRow) -> Result<AdministratorEntry, sqlx::Error> {
    Ok(AdministratorEntry {
        id: row.try_get("id")?,
        action: AdministratorAction {
            at_us: row.try_get("at_us")?,
            who: row.try_get("who")?,
            address: row.try_get("address")?,
            action: row.try_get("action")?,
            subject: row.try_get("subject")?,
            detail: row.try_get("detail")?,
            before: row.try_get("before")?,
            after: row.try_get("after")?,
        },
    })
}
