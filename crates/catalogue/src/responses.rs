//! What was done in response to events, over all recordings: newest first, a page at a time, and counted by day.

use recording::RecordingId;
use sea_query::{Alias, Expr, Query, SqliteQueryBuilder};
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::event_sql::Statement;
use crate::event_words::{fold, terms};
use crate::events::PER_RECORDING;
use crate::recordings::parse_recording;
use crate::search::{RecordingQuery, Visibility, condition};

const DAY_US: i64 = 86_400_000_000;
/// Days and actions that are counted, at most: recordings may claim any time.
const MOST_DAYS: i64 = 10_000;

/// What an event of the kind `response` says besides its text. It comes from the recorded machine: escape when shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedResponse {
    /// Which of the recording's events it is, counted from 0.
    pub place: u64,
    /// What was to be done, a word.
    pub action: String,
    /// What came of it, a word.
    pub outcome: String,
    /// The description of the trigger that was met.
    pub trigger: String,
    /// The kind of event that met it.
    pub of: String,
    /// That event in one line; empty where it is not told.
    pub detail: String,
    /// The rule that says so, by its name then.
    pub rule: String,
    /// The policy that the rule is of, by its name then.
    pub policy: String,
}

/// Which responses to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseListing {
    /// What the asking person may see.
    pub visibility: Visibility,
    /// Words that must all occur in what the event says, user or machine; any case.
    pub text: Option<String>,
    /// Not before this moment, Unix µs.
    pub from_us: Option<i64>,
    /// Before this moment.
    pub to_us: Option<i64>,
    /// Only this was to be done.
    pub action: Option<String>,
    /// Only this came of it.
    pub outcome: Option<String>,
    /// By how much the asking person's clock is ahead of UTC, for days.
    pub offset_us: i64,
    /// How many to skip.
    pub skipped: u64,
    /// How many at most.
    pub limit: u32,
}

/// A response, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedResponse {
    /// The recording.
    pub recording: RecordingId,
    /// Who was recorded.
    pub user: String,
    /// On which machine.
    pub machine: String,
    /// When, Unix µs.
    pub at_us: i64,
    /// When, microseconds since the recording's start.
    pub time_us: u64,
    /// The whole in a sentence.
    pub text: String,
    /// What it says besides; nothing where only the text is known.
    pub said: Option<RecordedResponse>,
}

/// Responses of one action on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseCount {
    /// When the day began, Unix µs.
    pub start_us: i64,
    /// What was to be done; nothing where only the text is known.
    pub action: Option<String>,
    /// How many.
    pub count: i64,
}

/// What matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponsesFound {
    /// Those of the page, newest first.
    pub items: Vec<ListedResponse>,
    /// All that match.
    pub total: i64,
    /// All that match by day and action, the first day first.
    pub days: Vec<ResponseCount>,
}

impl Catalogue {
    /// A page of the responses that match, and how many there are.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn responses(&self, wanted: &ResponseListing) -> Result<ResponsesFound, CatalogueError> {
        let doing = || CatalogueError::doing("list responses");
        // What is counted is what is listed.
        let mut transaction = self.derived.begin().await.map_err(doing())?;
        let mut counted = Statement::default();
        let local = format!("(p.at_us + ({}))", wanted.offset_us);
        // The remainder of what lies before 1970 is negative.
        let start = format!("{local} - ({local} % {DAY_US} + {DAY_US}) % {DAY_US} - ({})", wanted.offset_us);
        counted.sql("SELECT ").sql(&start).sql(" AS day, p.action, count(*)");
        matching(&mut counted, wanted);
        counted.sql(" GROUP BY day, p.action ORDER BY day, p.action LIMIT ").number(MOST_DAYS);
        let rows = counted.query()?.fetch_all(&mut *transaction).await.map_err(doing())?;
        let mut found = ResponsesFound::default();
        for row in rows {
            let start_us = row.try_get(0).map_err(doing())?;
            let action = row.try_get(1).map_err(doing())?;
            let count: i64 = row.try_get(2).map_err(doing())?;
            found.days.push(ResponseCount { start_us, action, count });
            found.total += count;
        }
        let mut listed = Statement::default();
        listed.sql(
            "SELECT r.id, r.user_name, r.machine, p.at_us, e.time_us, e.text, p.event, p.action, p.outcome, p.trigger, p.of_kind, \
             p.detail, p.rule, p.policy",
        );
        matching(&mut listed, wanted);
        listed.sql(" ORDER BY p.at_us DESC, p.event DESC LIMIT ").number(i64::from(wanted.limit));
        listed.sql(" OFFSET ").number(i64::try_from(wanted.skipped).unwrap_or(i64::MAX));
        for row in listed.query()?.fetch_all(&mut *transaction).await.map_err(doing())? {
            found.items.push(item(&row)?);
        }
        Ok(found)
    }
}

fn item(row: &sqlx::sqlite::SqliteRow) -> Result<ListedResponse, CatalogueError> {
    let doing = || CatalogueError::doing("read a response");
    let text = |column: usize| -> Result<String, CatalogueError> { row.try_get(column).map_err(doing()) };
    let some = |column: usize| -> Result<String, CatalogueError> {
        Ok(row.try_get::<Option<String>, _>(column).map_err(doing())?.unwrap_or_default())
    };
    let time_us: i64 = row.try_get(4).map_err(doing())?;
    let event: i64 = row.try_get(6).map_err(doing())?;
    let said = RecordedResponse {
        place: event.rem_euclid(PER_RECORDING).unsigned_abs(),
        action: some(7)?,
        outcome: some(8)?,
        trigger: some(9)?,
        of: some(10)?,
        detail: some(11)?,
        rule: some(12)?,
        policy: some(13)?,
    };
    Ok(ListedResponse {
        recording: parse_recording(&text(0)?)?,
        user: text(1)?,
        machine: text(2)?,
        at_us: row.try_get(3).map_err(doing())?,
        time_us: time_us.unsigned_abs(),
        text: text(5)?,
        said: (!said.action.is_empty()).then_some(said),
    })
}

/// From which rows, and which of them.
fn matching(statement: &mut Statement, wanted: &ResponseListing) {
    let mut recordings = Query::select();
    recordings
        .expr(Expr::cust("id, number, user_name, machine, user_folded, machine_folded"))
        .from(Alias::new("recordings"))
        .cond_where(condition(&RecordingQuery::new(wanted.visibility.clone())));
    statement
        .sql(" FROM responses AS p CROSS JOIN events AS e ON e.id = p.event CROSS JOIN (")
        .built(recordings.build(SqliteQueryBuilder))
        .sql(") AS r ON r.number = p.event / ")
        .number(PER_RECORDING)
        .sql(" WHERE 1");
    if let Some(from) = wanted.from_us {
        statement.sql(" AND p.at_us >= ").number(from);
    }
    if let Some(to) = wanted.to_us {
        statement.sql(" AND p.at_us < ").number(to);
    }
    for (column, word) in [("action", &wanted.action), ("outcome", &wanted.outcome)] {
        if let Some(word) = word {
            statement.sql(" AND p.").sql(column).sql(" = ").text(word.clone());
        }
    }
    for word in terms(wanted.text.as_deref().unwrap_or_default()) {
        statement.sql(" AND instr(p.said || ' ' || r.user_folded || ' ' || r.machine_folded, ").text(word).sql(") > 0");
    }
}

/// A response on its way into the table.
pub(crate) struct Entry {
    /// The event's id.
    pub(crate) event: i64,
    pub(crate) at_us: i64,
    pub(crate) text: String,
    pub(crate) said: Option<RecordedResponse>,
}

pub(crate) async fn write(connection: &mut SqliteConnection, entries: &[Entry]) -> Result<(), CatalogueError> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows = entries.iter().map(|Entry { event, at_us, text, said }| {
        let Some(said) = said else {
            return json!([event, at_us, null, null, null, null, null, null, null, fold(text)]);
        };
        let RecordedResponse { action, outcome, trigger, of, detail, rule, policy, .. } = said;
        let all = fold(&[text, trigger, detail, rule, policy].map(String::as_str).join(" "));
        json!([event, at_us, action, outcome, trigger, of, detail, rule, policy, all])
    });
    sqlx::query(
        "INSERT OR REPLACE INTO responses (event, at_us, action, outcome, trigger, of_kind, detail, rule, policy, said) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, \
         value ->> 8, value ->> 9 FROM json_each(?)",
    )
    .bind(Value::from_iter(rows).to_string())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(CatalogueError::doing("write responses"))
}

/// Forgets those of one recording, by its number.
pub(crate) async fn forget(connection: &mut SqliteConnection, number: i64) -> Result<(), CatalogueError> {
    sqlx::query("DELETE FROM responses WHERE event >= ? AND event < ?")
        .bind(number * PER_RECORDING)
        .bind((number + 1) * PER_RECORDING)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("forget responses"))
}
