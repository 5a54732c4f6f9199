//! Opening the database file: connections, durability, migrations.

use std::path::Path;
use std::time::Duration;

use sqlx::Transaction;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::error::CatalogueError;

/// How long a writer waits for another one before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The write-ahead log is folded in after this many pages of 4 KiB, and cut back to this many bytes: small, so that
/// changes still find room on a disk that recordings have filled.
const WAL_PAGES: &str = "200";
const WAL_BYTES: &str = "1048576";
/// Searches that may run at once.
const READERS: u32 = 4;

/// A handle on the catalogue. Cheap to clone; all clones share the connections.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Searches, and rows that storage can restore (`synchronous=NORMAL`).
    pub(crate) derived: SqlitePool,
    /// Rows that exist nowhere else (`synchronous=FULL`). One connection: SQLite has one writer anyway.
    pub(crate) originals: SqlitePool,
}

impl Catalogue {
    /// Opens the file, makes it where it is missing and brings it to this program's version.
    ///
    /// # Errors
    /// [`CatalogueError::Open`] and [`CatalogueError::Migrate`], the latter also for a file of a newer program.
    pub async fn open(path: &Path) -> Result<Self, CatalogueError> {
        let failed = |source| CatalogueError::Open { path: path.to_owned(), source };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", WAL_PAGES)
            .pragma("journal_size_limit", WAL_BYTES)
            .busy_timeout(BUSY_TIMEOUT);
        let originals = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone().synchronous(SqliteSynchronous::Full))
            .await
            .map_err(failed)?;
        sqlx::migrate!("./migrations")
            .run(&originals)
            .await
            .map_err(|source| CatalogueError::Migrate { path: path.to_owned(), source })?;
        let derived = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.synchronous(SqliteSynchronous::Normal))
            .await
            .map_err(failed)?;
        Ok(Self { derived, originals })
    }

    /// For what takes several reads and must be of one moment, such as a page of a list and how long the list is.
    pub(crate) async fn one_moment(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.derived.begin().await
    }

    /// Finishes what is running and closes the file.
    pub async fn close(&self) {
        self.derived.close().await;
        self.originals.close().await;
    }

    /// Whether the database answers; for health checks.
    ///
    /// # Errors
    /// [`CatalogueError::Database`] if it does not.
    pub async fn ping(&self) -> Result<(), CatalogueError> {
        sqlx::query("SELECT 1").execute(&self.derived).await.map(|_| ()).map_err(CatalogueError::doing("answer"))
    }
}
