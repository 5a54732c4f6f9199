//! The diagnostic log: what agents and the server noticed, for the operator. Kept for a limited time.

use recording::RecordingId;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::recordings::{parse_recording, parse_uuid};
use crate::search::Page;

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Information,
    /// Something needs attention soon.
    Warning,
    /// Something was lost or does not work.
    Error,
}

impl Severity {
    /// The word that is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    fn parse(word: &str) -> Result<Self, CatalogueError> {
        match word {
            "information" => Ok(Self::Information),
            "warning" => Ok(Self::Warning),
            "error" => Ok(Self::Error),
            other => Err(CatalogueError::Unreadable { what: "the severity", value: other.to_owned() }),
        }
    }
}

/// Something noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// When the server learnt of it.
    pub at_us: i64,
    /// How serious.
    pub severity: Severity,
    /// A stable number that an operator can look up in the documentation.
    pub number: u32,
    /// The machine it is about.
    pub machine: Option<Uuid>,
    /// The recording it is about.
    pub recording: Option<RecordingId>,
    /// What happened and what to do, in words.
    pub text: String,
}

/// A stored diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiagnosticEntry {
    /// Ascends with each entry.
    pub id: i64,
    /// What was noticed.
    pub diagnostic: Diagnostic,
}

/// Which diagnostics to list. The default lists all, one hundred at a time.
#[derive(Debug, Clone)]
pub struct DiagnosticQuery {
    /// Only those at least this serious.
    pub at_least: Severity,
    /// Only those about this machine.
    pub machine: Option<Uuid>,
    /// Most entries on the page.
    pub limit: u32,
    /// Entries to pass over.
    pub offset: u64,
}

impl Default for DiagnosticQuery {
    fn default() -> Self {
        Self { at_least: Severity::Information, machine: None, limit: 100, offset: 0 }
    }
}

/// The condition of [`DiagnosticQuery`]; its parameters are bound twice, for the total and for the page.
const MATCHES: &str =
    "(severity = 'error' OR ?1 <= 1 AND severity = 'warning' OR ?1 = 0) AND (?2 IS NULL OR machine_id = ?2)";

impl Catalogue {
    /// Adds an entry.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn add_diagnostic(&self, diagnostic: &Diagnostic) -> Result<(), CatalogueError> {
        sqlx::query("INSERT INTO diagnostics (at_us, severity, number, machine_id, recording_id, text) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(diagnostic.at_us)
            .bind(diagnostic.severity.as_str())
            .bind(i64::from(diagnostic.number))
            .bind(diagnostic.machine.map(|id| id.simple().to_string()))
            .bind(diagnostic.recording.map(|id| id.to_string()))
            .bind(&diagnostic.text)
            .execute(&self.derived)
            .await
            .map(|_| ())
            .map_err(CatalogueError::doing("write the diagnostic log"))
    }

    /// Entries that match, newest first.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn diagnostics(&self, query: &DiagnosticQuery) -> Result<Page<DiagnosticEntry>, CatalogueError> {
        let doing = || CatalogueError::doing("read the diagnostic log");
        let least = query.at_least as i64;
        let machine = query.machine.map(|id| id.simple().to_string());
        let mut moment = self.one_moment().await.map_err(doing())?;
        let total: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM diagnostics WHERE {MATCHES}")))
                .bind(least)
                .bind(&machine)
                .fetch_one(&mut *moment)
                .await
                .map_err(doing())?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT * FROM diagnostics WHERE {MATCHES} ORDER BY id DESC LIMIT ?3 OFFSET ?4"
        )))
        .bind(least)
        .bind(&machine)
        .bind(i64::from(query.limit))
        .bind(i64::try_from(query.offset).unwrap_or(i64::MAX))
        .fetch_all(&mut *moment)
        .await
        .map_err(doing())?;
        let items = rows.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Page { items, total: total.unsigned_abs() })
    }

    /// Forgets what is older than `before_us`; returns how many entries went.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn prune_diagnostics(&self, before_us: i64) -> Result<u64, CatalogueError> {
        sqlx::query("DELETE FROM diagnostics WHERE at_us < ?")
            .bind(before_us)
            .execute(&self.derived)
            .await
            .map(|done| done.rows_affected())
            .map_err(CatalogueError::doing("shorten the diagnostic log"))
    }
}

fn entry(row: &SqliteRow) -> Result<DiagnosticEntry, CatalogueError> {
    let doing = || CatalogueError::doing("read the diagnostic log");
    let machine: Option<String> = row.try_get("machine_id").map_err(doing())?;
    let recording: Option<String> = row.try_get("recording_id").map_err(doing())?;
    let severity: String = row.try_get("severity").map_err(doing())?;
    Ok(DiagnosticEntry {
        id: row.try_get("id").map_err(doing())?,
        diagnostic: Diagnostic {
            at_us: row.try_get("at_us").map_err(doing())?,
            severity: Severity::parse(&severity)?,
            number: row.try_get("number").map_err(doing())?,
            machine: machine.as_deref().map(parse_uuid).transpose()?,
            recording: recording.as_deref().map(parse_recording).transpose()?,
            text: row.try_get("text").map_err(doing())?,
        },
    })
}
