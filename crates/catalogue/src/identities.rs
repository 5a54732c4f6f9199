//! By what machines are known: certificates that take each other's place, and what tells a machine from its copies.

use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::machines::{self, Machine};

/// Retired certificates remembered of each machine: those before are unknown, and refused all the same.
const MAX_RETIRED: i64 = 16;

/// What a certificate is to its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The one that counts.
    Current,
    /// Issued to take the current one's place, and not used yet.
    Next,
    /// Another has taken its place.
    Retired,
}

/// A certificate that is known, and its machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCertificate {
    /// The machine, revoked or not.
    pub machine: Machine,
    /// The certificate's SHA-256, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
    /// What the certificate is to it.
    pub standing: Standing,
    /// When the certificate expires; of a retired one that of the current one.
    pub not_after_us: i64,
}

/// A copy of a machine's state that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCopy {
    /// When.
    pub at_us: i64,
    /// Where it connected from.
    pub address: String,
    /// How it was known to be one.
    pub text: String,
}

impl Catalogue {
    /// What is known of the certificate with this SHA-256 (64 lower-case hexadecimal digits).
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn certificate(&self, fingerprint: &str) -> Result<Option<KnownCertificate>, CatalogueError> {
        let doing = || CatalogueError::doing("look up a certificate");
        let query = "SELECT * FROM machines WHERE fingerprint = ?1 OR next_fingerprint = ?1 \
            OR id = (SELECT machine_id FROM retired_certificates WHERE fingerprint = ?1) \
            ORDER BY fingerprint = ?1 DESC, next_fingerprint IS ?1 DESC LIMIT 1";
        let row = sqlx::query(query).bind(fingerprint).fetch_optional(&self.derived).await.map_err(doing())?;
        let Some(row) = row else { return Ok(None) };
        let machine = machines::machine(&row)?;
        let next: (Option<String>, Option<i64>) = machines::next(&row)?;
        let (standing, not_after_us) = if machine.fingerprint == fingerprint {
            (Standing::Current, machine.not_after_us)
        } else if next.0.as_deref() == Some(fingerprint) {
            (Standing::Next, next.1.unwrap_or(machine.not_after_us))
        } else {
            (Standing::Retired, machine.not_after_us)
        };
        Ok(Some(KnownCertificate { machine, fingerprint: fingerprint.to_owned(), standing, not_after_us }))
    }

    /// Keeps a certificate that will take the current one's place once it is used. One that was kept before and never
    /// used is forgotten.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] if there is no such machine or it was revoked, [`CatalogueError::Database`].
    pub async fn keep_next_certificate(
        &self,
        id: Uuid,
        fingerprint: &str,
        not_after_us: i64,
    ) -> Result<(), CatalogueError> {
        let query =
            "UPDATE machines SET next_fingerprint = ?, next_not_after_us = ? WHERE id = ? AND revoked_us IS NULL";
        let done = sqlx::query(query)
            .bind(fingerprint)
            .bind(not_after_us)
            .bind(id.simple().to_string())
            .execute(&self.originals)
            .await
            .map_err(CatalogueError::doing("keep a renewed certificate"))?;
        found(id, done.rows_affected())
    }

    /// The next certificate was used: it is the current one from now on, and what was current is retired.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] if it is not the machine's next one or the machine was revoked,
    /// [`CatalogueError::Database`].
    pub async fn use_next_certificate(&self, id: Uuid, fingerprint: &str, now_us: i64) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("take up a renewed certificate");
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        retire(&mut transaction, id, now_us).await.map_err(doing())?;
        let query = "UPDATE machines SET fingerprint = next_fingerprint, not_after_us = next_not_after_us, \
            next_fingerprint = NULL, next_not_after_us = NULL \
            WHERE id = ? AND next_fingerprint = ? AND revoked_us IS NULL";
        let done = sqlx::query(query)
            .bind(id.simple().to_string())
            .bind(fingerprint)
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        found(id, done.rows_affected())?;
        transaction.commit().await.map_err(doing())
    }

    /// Keeps what tells the machine from others, as far as nothing is kept yet.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn bind_machine(&self, id: Uuid, host_id: &str, hardware_id: Option<&str>) -> Result<(), CatalogueError> {
        let query = "UPDATE machines SET host_id = iif(host_id = '', ?, host_id), \
            hardware_id = coalesce(hardware_id, ?) WHERE id = ?";
        sqlx::query(query)
            .bind(host_id)
            .bind(hardware_id)
            .bind(id.simple().to_string())
            .execute(&self.originals)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("bind a machine"))
    }

    /// Notes that the machine has a turn on disk. An earlier one than is known changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn note_turn(&self, id: Uuid, turn: u64) -> Result<(), CatalogueError> {
        sqlx::query("UPDATE machines SET turn = max(turn, ?) WHERE id = ?")
            .bind(machines::stored(turn))
            .bind(id.simple().to_string())
            // A turn that is lost with the power is one later than what is known: the server knows that it gave it.
            .execute(&self.derived)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("note a machine's turn"))
    }

    /// Notes a copy that was refused; the one before is forgotten.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn note_copy(&self, id: Uuid, copy: &RefusedCopy) -> Result<(), CatalogueError> {
        sqlx::query("UPDATE machines SET copy_us = ?, copy_address = ?, copy_text = ? WHERE id = ?")
            .bind(copy.at_us)
            .bind(&copy.address)
            .bind(&copy.text)
            .bind(id.simple().to_string())
            .execute(&self.derived)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("note a refused copy"))
    }
}

/// Lets a known machine in again as part of an enrolment: everything that it was known by before is retired.
pub(crate) async fn renew_all(connection: &mut SqliteConnection, machine: &Machine) -> Result<(), CatalogueError> {
    let doing = || CatalogueError::doing("enrol a machine again");
    retire(connection, machine.id, machine.enrolled_us).await.map_err(doing())?;
    let query = "UPDATE machines SET name = ?, os = ?, host_id = ?, fingerprint = ?, signing_key = ?, not_after_us = ?, \
        next_fingerprint = NULL, next_not_after_us = NULL, hardware_id = NULL, turn = 0, \
        copy_us = NULL, copy_address = NULL, copy_text = NULL WHERE id = ? AND revoked_us IS NULL";
    let done = sqlx::query(query)
        .bind(&machine.name)
        .bind(&machine.os)
        .bind(&machine.host_id)
        .bind(&machine.fingerprint)
        .bind(&machine.signing_key)
        .bind(machine.not_after_us)
        .bind(machine.id.simple().to_string())
        .execute(connection)
        .await
        .map_err(doing())?;
    // The machine was revoked since the token was made.
    if done.rows_affected() == 0 { Err(CatalogueError::TokenInvalid) } else { Ok(()) }
}

/// Remembers the current certificate as one that counts no more.
async fn retire(connection: &mut SqliteConnection, id: Uuid, now_us: i64) -> Result<(), sqlx::Error> {
    let id = id.simple().to_string();
    let query = "INSERT OR REPLACE INTO retired_certificates (fingerprint, machine_id, retired_us) \
        SELECT fingerprint, id, ? FROM machines WHERE id = ?";
    sqlx::query(query).bind(now_us).bind(&id).execute(&mut *connection).await?;
    let query = "DELETE FROM retired_certificates WHERE machine_id = ?1 AND fingerprint NOT IN \
        (SELECT fingerprint FROM retired_certificates WHERE machine_id = ?1 ORDER BY retired_us DESC LIMIT ?2)";
    sqlx::query(query).bind(&id).bind(MAX_RETIRED).execute(connection).await.map(|_| ())
}

fn found(id: Uuid, rows: u64) -> Result<(), CatalogueError> {
    if rows == 0 {
        return Err(CatalogueError::NotFound { what: "machine", id: id.simple().to_string() });
    }
    Ok(())
}
