//! Sessions of people signed in with a browser. Only a hash of the cookie is kept.

use sqlx::Row;
use uuid::Uuid;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::recordings::parse_uuid;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSession {
    /// Cryptographic hash of the cookie's random value.
    pub token_hash: Vec<u8>,
    /// Who signed in.
    pub user: Uuid,
    /// When.
    pub created_us: i64,
    /// The last request; see [`Catalogue::touch_session`].
    pub last_used_us: i64,
    /// From when on it is refused.
    pub expires_us: i64,
    /// Where the login came from.
    pub address: String,
}

impl Catalogue {
    /// Keeps a new session.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn add_session(&self, session: &WebSession) -> Result<(), CatalogueError> {
        sqlx::query("INSERT INTO web_sessions (token_hash, user_id, created_us, last_used_us, expires_us, address) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(&session.token_hash)
            .bind(session.user.simple().to_string())
            .bind(session.created_us)
            .bind(session.last_used_us)
            .bind(session.expires_us)
            .bind(&session.address)
            .execute(&self.originals)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("keep a login"))
    }

    /// The session with this hash if it has not expired and its user is enabled.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn session(&self, token_hash: &[u8], now_us: i64) -> Result<Option<WebSession>, CatalogueError> {
        let doing = || CatalogueError::doing("look up a login");
        let row = sqlx::query(
            "SELECT s.* FROM web_sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = ? AND s.expires_us > ? AND u.enabled",
        )
        .bind(token_hash)
        .bind(now_us)
        .fetch_optional(&self.derived)
        .await
        .map_err(doing())?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(WebSession {
            token_hash: row.try_get("token_hash").map_err(doing())?,
            user: parse_uuid(&row.try_get::<String, _>("user_id").map_err(doing())?)?,
            created_us: row.try_get("created_us").map_err(doing())?,
            last_used_us: row.try_get("last_used_us").map_err(doing())?,
            expires_us: row.try_get("expires_us").map_err(doing())?,
            address: row.try_get("address").map_err(doing())?,
        }))
    }

    /// Notes that a session was used, and until when it is good now. Call it seldom (once a minute), not per request.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn touch_session(&self, token_hash: &[u8], now_us: i64, expires_us: i64) -> Result<(), CatalogueError> {
        sqlx::query("UPDATE web_sessions SET last_used_us = ?, expires_us = ? WHERE token_hash = ?")
            .bind(now_us)
            .bind(expires_us)
            .bind(token_hash)
            .execute(&self.derived)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("renew a login"))
    }

    /// Ends one session; one that does not exist is ended already.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn end_session(&self, token_hash: &[u8]) -> Result<(), CatalogueError> {
        sqlx::query("DELETE FROM web_sessions WHERE token_hash = ?")
            .bind(token_hash)
            .execute(&self.originals)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("end a login"))
    }

    /// Ends all sessions of a user.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn end_sessions_of(&self, user: Uuid) -> Result<(), CatalogueError> {
        sqlx::query("DELETE FROM web_sessions WHERE user_id = ?")
            .bind(user.simple().to_string())
            .execute(&self.originals)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("end a user's logins"))
    }

    /// Forgets sessions that have expired; returns how many.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn prune_sessions(&self, now_us: i64) -> Result<u64, CatalogueError> {
        sqlx::query("DELETE FROM web_sessions WHERE expires_us <= ?")
            .bind(now_us)
            .execute(&self.derived)
            .await
            .map(|done| done.rows_affected())
            .map_err(CatalogueError::doing("forget expired logins"))
    }
}
