//! Machines that may send recordings.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::identities::RefusedCopy;
use crate::recordings::parse_uuid;

/// A machine that was enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Given by the server at enrolment.
    pub id: Uuid,
    /// Host name as the machine said it.
    pub name: String,
    /// Operating system as the machine said it.
    pub os: String,
    /// The machine's own identifier of its installation, to notice clones; empty where it has none.
    pub host_id: String,
    /// SHA-256 of the client certificate, 64 lower-case hexadecimal digits.
    pub fingerprint: String,
    /// The key that vouches for its recordings, 64 lower-case hexadecimal digits; `None` until the machine told it.
    pub signing_key: Option<String>,
    /// When the certificate expires.
    pub not_after_us: i64,
    /// When the machine was enrolled.
    pub enrolled_us: i64,
    /// When its right to send was withdrawn.
    pub revoked_us: Option<i64>,
    /// What the agent last said; `None` before it first connected.
    pub last_seen_us: Option<i64>,
    /// The agent's name and version.
    pub software: Option<String>,
    /// Where the agent last connected from.
    pub address: Option<String>,
    /// Bytes that wait in its spool.
    pub spool_bytes: u64,
    /// Bytes that its spool may hold.
    pub spool_quota: u64,
    /// Bytes it had to give up since its agent started.
    pub lost_bytes: u64,
    /// Recordings it has running.
    pub live_recordings: u32,
    /// What tells its hardware from other hardware, as a hash; `None` until the machine told it.
    pub hardware_id: Option<String>,
    /// The latest turn that it has on disk; 0 before the first.
    pub turn: u64,
    /// The last copy of its state that was refused.
    pub copy: Option<RefusedCopy>,
}

impl Machine {
    /// One that is being enrolled: what only its agent can say is not said yet.
    pub fn enrolled(id: Uuid, name: String, fingerprint: String, not_after_us: i64, enrolled_us: i64) -> Machine {
        Machine {
            id,
            name,
            os: String::new(),
            host_id: String::new(),
            fingerprint,
            signing_key: None,
            not_after_us,
            enrolled_us,
            revoked_us: None,
            last_seen_us: None,
            software: None,
            address: None,
            spool_bytes: 0,
            spool_quota: 0,
            lost_bytes: 0,
            live_recordings: 0,
            hardware_id: None,
            turn: 0,
            copy: None,
        }
    }
}

/// What an agent reports in passing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineReport {
    /// When it was heard.
    pub seen_us: i64,
    /// The agent's name and version.
    pub software: String,
    /// Where it connected from.
    pub address: String,
    /// Bytes that wait in its spool.
    pub spool_bytes: u64,
    /// Bytes that its spool may hold.
    pub spool_quota: u64,
    /// Bytes it had to give up since its agent started.
    pub lost_bytes: u64,
    /// Recordings it has running.
    pub live_recordings: u32,
}

/// SQLite stores signed integers; what does not fit is a claim nobody can check, so it is held at the most.
pub(crate) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Catalogue {
    /// All machines, by name.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn machines(&self) -> Result<Vec<Machine>, CatalogueError> {
        let rows = sqlx::query("SELECT * FROM machines ORDER BY name COLLATE NOCASE, id")
            .fetch_all(&self.derived)
            .await
            .map_err(CatalogueError::doing("list the machines"))?;
        rows.iter().map(machine).collect()
    }

    /// The machine with this id.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn machine(&self, id: Uuid) -> Result<Option<Machine>, CatalogueError> {
        let row = sqlx::query("SELECT * FROM machines WHERE id = ?")
            .bind(id.simple().to_string())
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("look up a machine"))?;
        row.as_ref().map(machine).transpose()
    }

    /// Notes what an agent reported.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn report_machine(&self, id: Uuid, report: &MachineReport) -> Result<(), CatalogueError> {
        sqlx::query(
            "UPDATE machines SET last_seen_us = ?, software = ?, address = ?, spool_bytes = ?, spool_quota = ?, lost_bytes = ?, live_recordings = ? WHERE id = ?",
        )
        .bind(report.seen_us)
        .bind(&report.software)
        .bind(&report.address)
        .bind(stored(report.spool_bytes))
        .bind(stored(report.spool_quota))
        .bind(stored(report.lost_bytes))
        .bind(i64::from(report.live_recordings))
        .bind(id.simple().to_string())
        // Reports repeat every few seconds: losing the last one in a power cut harms nobody.
        .execute(&self.derived)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("note a machine's report"))
    }

    /// Keeps the key that a machine vouches for its recordings with, if none is kept yet. Says which one is kept.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`], [`CatalogueError::Database`].
    pub async fn take_signing_key(&self, id: Uuid, key: &str) -> Result<String, CatalogueError> {
        let id = id.simple().to_string();
        let query = "UPDATE machines SET signing_key = coalesce(signing_key, ?) WHERE id = ? RETURNING signing_key";
        let kept: Option<String> = sqlx::query_scalar(query)
            .bind(key)
            .bind(&id)
            .fetch_optional(&self.originals)
            .await
            .map_err(CatalogueError::doing("keep a machine's signing key"))?;
        kept.ok_or(CatalogueError::NotFound { what: "machine", id })
    }

    /// Withdraws a machine's right to send. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`], [`CatalogueError::Database`].
    pub async fn revoke_machine(&self, id: Uuid, now_us: i64) -> Result<(), CatalogueError> {
        let done = sqlx::query("UPDATE machines SET revoked_us = coalesce(revoked_us, ?) WHERE id = ?")
            .bind(now_us)
            .bind(id.simple().to_string())
            .execute(&self.originals)
            .await
            .map_err(CatalogueError::doing("revoke a machine"))?;
        if done.rows_affected() == 0 {
            return Err(CatalogueError::NotFound { what: "machine", id: id.simple().to_string() });
        }
        Ok(())
    }
}

/// Inserts a machine as part of an enrolment.
pub(crate) async fn insert(connection: &mut sqlx::SqliteConnection, machine: &Machine) -> Result<(), CatalogueError> {
    sqlx::query("INSERT INTO machines (id, name, os, host_id, fingerprint, signing_key, not_after_us, enrolled_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(machine.id.simple().to_string())
        .bind(&machine.name)
        .bind(&machine.os)
        .bind(&machine.host_id)
        .bind(&machine.fingerprint)
        .bind(&machine.signing_key)
        .bind(machine.not_after_us)
        .bind(machine.enrolled_us)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("enrol a machine"))
}

/// The fingerprint and the end of the certificate that will take the current one's place.
pub(crate) fn next(row: &SqliteRow) -> Result<(Option<String>, Option<i64>), CatalogueError> {
    let doing = || CatalogueError::doing("read a machine");
    let fingerprint = row.try_get("next_fingerprint").map_err(doing())?;
    Ok((fingerprint, row.try_get("next_not_after_us").map_err(doing())?))
}

pub(crate) fn machine(row: &SqliteRow) -> Result<Machine, CatalogueError> {
    let doing = || CatalogueError::doing("read a machine");
    let unsigned = |column: &str| -> Result<u64, CatalogueError> {
        row.try_get::<i64, _>(column).map(i64::unsigned_abs).map_err(doing())
    };
    let copy = match row.try_get::<Option<i64>, _>("copy_us").map_err(doing())? {
        None => None,
        Some(at_us) => Some(RefusedCopy {
            at_us,
            address: row.try_get::<Option<String>, _>("copy_address").map_err(doing())?.unwrap_or_default(),
            text: row.try_get::<Option<String>, _>("copy_text").map_err(doing())?.unwrap_or_default(),
        }),
    };
    Ok(Machine {
        id: parse_uuid(&row.try_get::<String, _>("id").map_err(doing())?)?,
        name: row.try_get("name").map_err(doing())?,
        os: row.try_get("os").map_err(doing())?,
        host_id: row.try_get("host_id").map_err(doing())?,
        fingerprint: row.try_get("fingerprint").map_err(doing())?,
        signing_key: row.try_get("signing_key").map_err(doing())?,
        not_after_us: row.try_get("not_after_us").map_err(doing())?,
        enrolled_us: row.try_get("enrolled_us").map_err(doing())?,
        revoked_us: row.try_get("revoked_us").map_err(doing())?,
        last_seen_us: row.try_get("last_seen_us").map_err(doing())?,
        software: row.try_get("software").map_err(doing())?,
        address: row.try_get("address").map_err(doing())?,
        spool_bytes: unsigned("spool_bytes")?,
        spool_quota: unsigned("spool_quota")?,
        lost_bytes: unsigned("lost_bytes")?,
        live_recordings: row.try_get("live_recordings").map_err(doing())?,
        hardware_id: row.try_get("hardware_id").map_err(doing())?,
        turn: unsigned("turn")?,
        copy,
    })
}
