//! The events' index in few pieces.
//!
//! What is written at once is a piece of its own, and the database puts pieces together as it writes, but leaves a dozen: each entry
//! that is looked for is looked for in every one of them. A part of a word may be looked for by hundreds of entries.

use sqlx::SqliteConnection;

use crate::database::Catalogue;
use crate::error::CatalogueError;

/// Pages of 4 KiB that are written in one go; who writes waits for so long.
const PAGES: i64 = 500;
/// All is put into one piece when the others hold more than this part of the largest one.
const PART: i64 = 8;

impl Catalogue {
    /// Does some of the work of putting the pieces of the events' index together, in one transaction; says whether something was done.
    /// While something is, there may be more.
    ///
    /// # Errors
    /// [`CatalogueError::Database`]: nothing was done.
    pub async fn merge_events(&self) -> Result<bool, CatalogueError> {
        let doing = || CatalogueError::doing("put the events' index together");
        let mut transaction = self.derived.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        // First what has begun, and pieces of about the same size.
        let mut done = merge(&mut transaction, PAGES).await?;
        if !done && is_scattered(&mut transaction).await? {
            done = merge(&mut transaction, -PAGES).await?;
        }
        transaction.commit().await.map_err(doing())?;
        Ok(done)
    }
}

/// Whether there was anything to do. Below zero all pieces are chosen.
async fn merge(connection: &mut SqliteConnection, pages: i64) -> Result<bool, CatalogueError> {
    let doing = || CatalogueError::doing("put the events' index together");
    let before = changes(connection).await?;
    sqlx::query("INSERT INTO event_index (event_index, rank) VALUES ('merge', ?)")
        .bind(pages)
        .execute(&mut *connection)
        .await
        .map_err(doing())?;
    // The command itself is one.
    Ok(changes(connection).await? - before > 1)
}

async fn changes(connection: &mut SqliteConnection) -> Result<i64, CatalogueError> {
    sqlx::query_scalar("SELECT total_changes()")
        .fetch_one(connection)
        .await
        .map_err(CatalogueError::doing("put the events' index together"))
}

/// Whether much stands outside of the largest piece.
async fn is_scattered(connection: &mut SqliteConnection) -> Result<bool, CatalogueError> {
    let pages: Vec<i64> =
        sqlx::query_scalar("SELECT count(*) AS pages FROM event_index_idx GROUP BY segid ORDER BY pages")
            .fetch_all(connection)
            .await
            .map_err(CatalogueError::doing("look at the pieces of the events' index"))?;
    let Some((largest, others)) = pages.split_last() else { return Ok(false) };
    Ok(others.iter().sum::<i64>() > largest / PART)
}
