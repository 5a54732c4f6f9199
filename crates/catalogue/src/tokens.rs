//! One-time enrolment tokens. Only a hash of the secret is kept.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::identities;
use crate::machines::{self, Machine};
use crate::recordings::parse_uuid;

/// A token with which one machine may enrol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentToken {
    /// For the console; not the secret.
    pub id: Uuid,
    /// What the maker wrote beside it.
    pub note: String,
    /// When it was made.
    pub created_us: i64,
    /// Who made it.
    pub created_by: String,
    /// From when on it is refused.
    pub expires_us: i64,
    /// When a machine enrolled with it.
    pub used_us: Option<i64>,
    /// The machine that did.
    pub machine: Option<Uuid>,
    /// The known machine that it lets in again; `None`: a new one.
    pub for_machine: Option<Uuid>,
}

impl Catalogue {
    /// Keeps a new token. `secret_hash` is a cryptographic hash of the secret: the secret has so many random bits that
    /// no slow hash is needed.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn add_token(&self, token: &EnrolmentToken, secret_hash: &[u8]) -> Result<(), CatalogueError> {
        sqlx::query("INSERT INTO enrolment_tokens (id, note, secret_hash, created_us, created_by, expires_us, for_machine) VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(token.id.simple().to_string())
            .bind(&token.note)
            .bind(secret_hash)
            .bind(token.created_us)
            .bind(&token.created_by)
            .bind(token.expires_us)
            .bind(token.for_machine.map(|id| id.simple().to_string()))
            .execute(&self.originals)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("keep an enrolment token"))
    }

    /// All tokens, newest first.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn tokens(&self) -> Result<Vec<EnrolmentToken>, CatalogueError> {
        let rows = sqlx::query("SELECT * FROM enrolment_tokens ORDER BY created_us DESC, id")
            .fetch_all(&self.derived)
            .await
            .map_err(CatalogueError::doing("list the enrolment tokens"))?;
        rows.iter().map(token).collect()
    }

    /// Withdraws a token: it is gone.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`], [`CatalogueError::Database`].
    pub async fn remove_token(&self, id: Uuid) -> Result<(), CatalogueError> {
        let done = sqlx::query("DELETE FROM enrolment_tokens WHERE id = ?")
            .bind(id.simple().to_string())
            .execute(&self.originals)
            .await
            .map_err(CatalogueError::doing("withdraw an enrolment token"))?;
        if done.rows_affected() == 0 {
            return Err(CatalogueError::NotFound { what: "enrolment token", id: id.simple().to_string() });
        }
        Ok(())
    }

    /// The token with this hash, if it could be used now. Says nothing for later: [`Catalogue::enrol`] decides.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn valid_token(&self, secret_hash: &[u8], now_us: i64) -> Result<Option<EnrolmentToken>, CatalogueError> {
        let row =
            sqlx::query("SELECT * FROM enrolment_tokens WHERE secret_hash = ? AND used_us IS NULL AND expires_us > ?")
                .bind(secret_hash)
                .bind(now_us)
                .fetch_optional(&self.derived)
                .await
                .map_err(CatalogueError::doing("check an enrolment token"))?;
        row.as_ref().map(token).transpose()
    }

    /// Uses up the token and adds the machine, or lets the token's machine in again: both or neither, on disk when this returns. Of two that come with the
    /// same token at once, one succeeds.
    ///
    /// # Errors
    /// [`CatalogueError::TokenInvalid`], [`CatalogueError::Database`].
    pub async fn enrol(&self, secret_hash: &[u8], machine: &Machine) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("enrol a machine");
        // Immediate: a transaction that begins reading cannot always become a writing one.
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        let used = sqlx::query(
            "UPDATE enrolment_tokens SET used_us = ?1, machine_id = ?2 WHERE secret_hash = ?3 AND used_us IS NULL AND expires_us > ?1 \
             AND coalesce(for_machine, ?2) = ?2 RETURNING for_machine",
        )
        .bind(machine.enrolled_us)
        .bind(machine.id.simple().to_string())
        .bind(secret_hash)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(doing())?
        .ok_or(CatalogueError::TokenInvalid)?;
        match used.try_get::<Option<String>, _>("for_machine").map_err(doing())? {
            Some(_) => identities::renew_all(&mut transaction, machine).await?,
            None => machines::insert(&mut transaction, machine).await?,
        }
        transaction.commit().await.map_err(doing())
    }
}

fn token(row: &SqliteRow) -> Result<EnrolmentToken, CatalogueError> {
    let doing = || CatalogueError::doing("read an enrolment token");
    let machine: Option<String> = row.try_get("machine_id").map_err(doing())?;
    let for_machine: Option<String> = row.try_get("for_machine").map_err(doing())?;
    Ok(EnrolmentToken {
        id: parse_uuid(&row.try_get::<String, _>("id").map_err(doing())?)?,
        note: row.try_get("note").map_err(doing())?,
        created_us: row.try_get("created_us").map_err(doing())?,
        created_by: row.try_get("created_by").map_err(doing())?,
        expires_us: row.try_get("expires_us").map_err(doing())?,
        used_us: row.try_get("used_us").map_err(doing())?,
        machine: machine.as_deref().map(parse_uuid).transpose()?,
        for_machine: for_machine.as_deref().map(parse_uuid).transpose()?,
    })
}
