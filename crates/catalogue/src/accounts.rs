//! Accounts of sessions: what their policy wanted and what became of them. They exist nowhere else.

use recording::{RecordingId, SessionFacts};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::recordings::{parse_recording, parse_uuid};
use crate::search::{MAX_PAGE, Page};

/// Accounts kept of one machine; of more the oldest go.
const MAX_OF_MACHINE: i64 = 20_000;
/// A recording that was made may take so long to be here before it counts as missing.
const ARRIVAL_US: i64 = 60_000_000;
/// A session that is still being begun is asked about, or waits for what its policy looks at; not for longer than this.
const BEGINNING_US: i64 = 3_600_000_000;
const DAY_US: i64 = 86_400_000_000;

/// What a machine says of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAccount {
    /// The machine.
    pub machine: Uuid,
    /// The session's name, its own within the boot.
    pub session: String,
    /// The boot.
    pub boot_id: String,
    /// When it was decided on first.
    pub began_us: i64,
    /// It has ended.
    pub is_over: bool,
    /// What it was decided by.
    pub facts: SessionFacts,
    /// The policy that decided; empty where none did.
    pub policy: String,
    /// The rule of that policy.
    pub rule: Option<String>,
    /// `screen`, `events`, `nothing` or `unknown`.
    pub wanted: String,
    /// What became of it, in the machine's word.
    pub outcome: String,
    /// Why, in words.
    pub reason: String,
    /// Its first recording.
    pub recording: Option<RecordingId>,
}

/// An account as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAccount {
    /// Names the account for as long as it is kept.
    pub id: i64,
    /// The machine.
    pub machine: Uuid,
    /// The machine's name, if it is known.
    pub machine_name: Option<String>,
    /// The session's user.
    pub user: String,
    /// Its display.
    pub display: Option<String>,
    /// When it was decided on first.
    pub began_us: i64,
    /// It has ended.
    pub is_over: bool,
    /// The policy that decided; empty where none did.
    pub policy: String,
    /// The rule of that policy.
    pub rule: Option<String>,
    /// What became of it: the machine's word, or `missing`.
    pub outcome: String,
    /// Why, in words.
    pub reason: String,
    /// Its first recording.
    pub recording: Option<RecordingId>,
}

/// How many sessions of a day had this outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomesOfDay {
    /// When the day began.
    pub day_us: i64,
    /// The outcome.
    pub outcome: String,
    /// How many.
    pub sessions: u64,
}

/// A session as it can be decided on again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSession {
    /// The account's id.
    pub id: i64,
    /// The machine.
    pub machine: Uuid,
    /// The session's name.
    pub session: String,
    /// When it was decided on first.
    pub began_us: i64,
    /// It has not ended, as far as its machine told.
    pub is_running: bool,
    /// What it was decided by.
    pub facts: SessionFacts,
}

/// The outcome as the site sees it: what a machine has recorded counts once it is here. `?1` is now.
fn outcome() -> String {
    format!(
        "CASE WHEN outcome IN ('recorded', 'interrupted') AND has_arrived = 0 \
         THEN iif(told_us > ?1 - {ARRIVAL_US}, 'beginning', 'missing') \
         WHEN outcome = 'beginning' AND told_us <= ?1 - {BEGINNING_US} THEN 'missing' ELSE outcome END"
    )
}

impl Catalogue {
    /// Keeps what a machine says of a session, in place of what it said before; on disk when this returns.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn keep_account(&self, account: &SessionAccount, now_us: i64) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("keep a session's account");
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        let machine = account.machine.simple().to_string();
        sqlx::query(
            "INSERT INTO session_accounts (machine_id, boot_id, session, began_us, is_over, user_name, display, policy, rule, \
             wanted, outcome, reason, recording_id, has_arrived, told_us, facts_json) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, \
             EXISTS (SELECT 1 FROM recordings WHERE id = ?13), ?14, ?15) \
             ON CONFLICT (machine_id, boot_id, session) DO UPDATE SET began_us = excluded.began_us, \
             is_over = excluded.is_over, user_name = excluded.user_name, display = excluded.display, \
             policy = excluded.policy, rule = excluded.rule, wanted = excluded.wanted, outcome = excluded.outcome, \
             reason = excluded.reason, recording_id = excluded.recording_id, \
             has_arrived = max(excluded.has_arrived, has_arrived AND recording_id IS excluded.recording_id), \
             told_us = excluded.told_us, facts_json = excluded.facts_json",
        )
        .bind(&machine)
        .bind(&account.boot_id)
        .bind(&account.session)
        // A machine whose clock is ahead must not keep its accounts for ever.
        .bind(account.began_us.min(now_us))
        .bind(account.is_over)
        .bind(&account.facts.user)
        .bind(&account.facts.display)
        .bind(&account.policy)
        .bind(&account.rule)
        .bind(&account.wanted)
        .bind(&account.outcome)
        .bind(&account.reason)
        .bind(account.recording.map(|id| id.to_string()))
        .bind(now_us)
        .bind(serde_json::to_string(&account.facts).map_err(|_| unreadable("the facts"))?)
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        sqlx::query(
            "DELETE FROM session_accounts WHERE machine_id = ?1 AND began_us < \
             (SELECT began_us FROM session_accounts WHERE machine_id = ?1 ORDER BY began_us DESC LIMIT 1 OFFSET ?2)",
        )
        .bind(&machine)
        .bind(MAX_OF_MACHINE - 1)
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }

    /// What became of the sessions that began from `from_us` on and before `to_us`, by days that begin `offset_us` before those
    /// of UTC do.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn outcomes_by_day(
        &self,
        (from_us, to_us): (i64, i64),
        offset_us: i64,
        now_us: i64,
    ) -> Result<Vec<OutcomesOfDay>, CatalogueError> {
        let doing = || CatalogueError::doing("count what became of sessions");
        let outcome = outcome();
        let sql = format!(
            "SELECT (began_us + ?4) / {DAY_US} * {DAY_US} - ?4 AS day_us, {outcome} AS became, count(*) AS sessions \
             FROM session_accounts WHERE began_us >= ?2 AND began_us < ?3 GROUP BY day_us, became ORDER BY day_us, became"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(now_us)
            .bind(from_us)
            .bind(to_us)
            .bind(offset_us)
            .fetch_all(&self.derived)
            .await
            .map_err(doing())?;
        let day = |row: &SqliteRow| {
            let sessions: i64 = row.try_get("sessions")?;
            let (day_us, outcome) = (row.try_get("day_us")?, row.try_get("became")?);
            Ok(OutcomesOfDay { day_us, outcome, sessions: sessions.unsigned_abs() })
        };
        rows.iter().map(day).collect::<Result<_, sqlx::Error>>().map_err(doing())
    }

    /// Accounts of sessions that began in this time and had one of these outcomes, newest first.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn accounts(
        &self,
        (from_us, to_us): (i64, i64),
        outcomes: &[&str],
        (limit, offset): (u32, u64),
        now_us: i64,
    ) -> Result<Page<ListedAccount>, CatalogueError> {
        let doing = || CatalogueError::doing("list what became of sessions");
        let matches =
            format!("began_us >= ?2 AND began_us < ?3 AND {} IN (SELECT value FROM json_each(?4))", outcome());
        let outcomes = serde_json::Value::from(outcomes.to_vec()).to_string();
        let mut moment = self.one_moment().await.map_err(doing())?;
        let count = format!("SELECT count(*) FROM session_accounts WHERE {matches}");
        let total: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count))
            .bind(now_us)
            .bind(from_us)
            .bind(to_us)
            .bind(&outcomes)
            .fetch_one(&mut *moment)
            .await
            .map_err(doing())?;
        let page = format!(
            "SELECT a.*, {} AS became, m.name AS machine_name FROM session_accounts a \
             LEFT JOIN machines m ON m.id = a.machine_id WHERE {matches} ORDER BY began_us DESC, a.id DESC LIMIT ?5 OFFSET ?6",
            outcome()
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(page))
            .bind(now_us)
            .bind(from_us)
            .bind(to_us)
            .bind(&outcomes)
            .bind(i64::from(limit.min(MAX_PAGE)))
            .bind(i64::try_from(offset).unwrap_or(i64::MAX))
            .fetch_all(&mut *moment)
            .await
            .map_err(doing())?;
        Ok(Page { items: rows.iter().map(listed).collect::<Result<_, _>>()?, total: total.unsigned_abs() })
    }

    /// When the oldest account began that is kept.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn oldest_account_us(&self) -> Result<Option<i64>, CatalogueError> {
        sqlx::query_scalar("SELECT min(began_us) FROM session_accounts")
            .fetch_one(&self.derived)
            .await
            .map_err(CatalogueError::doing("look for the oldest account"))
    }

    /// Sessions that can be decided on again, newest first: those that have not ended, and those that began from `from_us` on;
    /// only those whose account's id is below `below`, at most `limit`. Machines where recording is switched off are left out.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn past_sessions(
        &self,
        from_us: i64,
        below: i64,
        limit: u32,
    ) -> Result<Vec<PastSession>, CatalogueError> {
        let doing = || CatalogueError::doing("read past sessions");
        let rows = sqlx::query(
            "SELECT id, machine_id, session, began_us, is_over, facts_json FROM session_accounts \
             WHERE id < ? AND (is_over = 0 OR began_us >= ?) AND outcome <> 'switched-off' ORDER BY id DESC LIMIT ?",
        )
        .bind(below)
        .bind(from_us)
        .bind(i64::from(limit))
        .fetch_all(&self.derived)
        .await
        .map_err(doing())?;
        rows.iter().map(past).collect()
    }

    /// Forgets accounts of sessions that began before `before_us`; returns how many.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn prune_accounts(&self, before_us: i64) -> Result<u64, CatalogueError> {
        sqlx::query("DELETE FROM session_accounts WHERE began_us < ?")
            .bind(before_us)
            .execute(&self.originals)
            .await
            .map(|done| done.rows_affected())
            .map_err(CatalogueError::doing("forget old accounts"))
    }
}

fn unreadable(what: &'static str) -> CatalogueError {
    CatalogueError::Unreadable { what, value: String::new() }
}

fn listed(row: &SqliteRow) -> Result<ListedAccount, CatalogueError> {
    let doing = || CatalogueError::doing("read a session's account");
    let text = |column: &str| -> Result<String, CatalogueError> { row.try_get(column).map_err(doing()) };
    let recording: Option<String> = row.try_get("recording_id").map_err(doing())?;
    Ok(ListedAccount {
        id: row.try_get("id").map_err(doing())?,
        machine: parse_uuid(&text("machine_id")?)?,
        machine_name: row.try_get("machine_name").map_err(doing())?,
        user: text("user_name")?,
        display: row.try_get("display").map_err(doing())?,
        began_us: row.try_get("began_us").map_err(doing())?,
        is_over: row.try_get("is_over").map_err(doing())?,
        policy: text("policy")?,
        rule: row.try_get("rule").map_err(doing())?,
        outcome: text("became")?,
        reason: text("reason")?,
        recording: recording.as_deref().map(parse_recording).transpose()?,
    })
}

fn past(row: &SqliteRow) -> Result<PastSession, CatalogueError> {
    let doing = || CatalogueError::doing("read a past session");
    let text = |column: &str| -> Result<String, CatalogueError> { row.try_get(column).map_err(doing()) };
    let is_over: bool = row.try_get("is_over").map_err(doing())?;
    Ok(PastSession {
        id: row.try_get("id").map_err(doing())?,
        machine: parse_uuid(&text("machine_id")?)?,
        session: text("session")?,
        began_us: row.try_get("began_us").map_err(doing())?,
        is_running: !is_over,
        facts: serde_json::from_str(&text("facts_json")?).map_err(|_| unreadable("a session's facts"))?,
    })
}
