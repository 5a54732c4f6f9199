//! Whether recordings have a picture or events alone, as far as that is known.

use std::collections::HashMap;

use recording::RecordingId;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::recordings::parse_recording;

impl Catalogue {
    /// Of recordings that have not ended, whether they are without a picture; those of which that is not known are left out.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn content_of_open(&self) -> Result<HashMap<RecordingId, bool>, CatalogueError> {
        let rows: Vec<(String, bool)> = sqlx::query_as(
            "SELECT id, events_only FROM recordings WHERE state IN ('live', 'silent') AND events_only IS NOT NULL",
        )
        .fetch_all(&self.derived)
        .await
        .map_err(CatalogueError::doing("look up what open recordings hold"))?;
        rows.into_iter().map(|(id, events_only)| Ok((parse_recording(&id)?, events_only))).collect()
    }

    /// Ids above `after` of recordings of which it is not known whether they have a picture, in order, at most `limit`: rows that an
    /// earlier version wrote.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn of_unknown_content(
        &self,
        after: Option<RecordingId>,
        limit: u32,
    ) -> Result<Vec<RecordingId>, CatalogueError> {
        let after = after.map_or_else(String::new, |id| id.to_string());
        let ids: Vec<String> =
            sqlx::query_scalar("SELECT id FROM recordings WHERE events_only IS NULL AND id > ? ORDER BY id LIMIT ?")
                .bind(after)
                .bind(i64::from(limit))
                .fetch_all(&self.derived)
                .await
                .map_err(CatalogueError::doing("look for recordings of unknown content"))?;
        ids.iter().map(|id| parse_recording(id)).collect()
    }

    /// Notes whether a recording has no picture.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn note_content(&self, id: RecordingId, events_only: bool) -> Result<(), CatalogueError> {
        sqlx::query("UPDATE recordings SET events_only = ? WHERE id = ?")
            .bind(events_only)
            .bind(id.to_string())
            .execute(&self.derived)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("note a recording's content"))
    }
}
