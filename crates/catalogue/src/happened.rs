//! Events of one kind over all recordings, one by one and newest first.

use recording::RecordingId;
use sea_query::{Alias, Expr, Query, SqliteQueryBuilder};
use sqlx::Row;

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::event_sql::Statement;
use crate::event_words::{Token, fold, terms};
use crate::events::{RecordedEvent, number_at};
use crate::recordings::parse_recording;
use crate::search::{RecordingQuery, Visibility, condition};

/// Most events that one search looks at: those of the newest recordings.
pub const MOST_HAPPENED: usize = 10_000;
const PER_RECORDING: i64 = recording::MAX_INDEX_EVENTS as i64;

/// Which events to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HappenedQuery {
    /// What the asking person may see.
    pub visibility: Visibility,
    /// Their kind.
    pub kind: String,
    /// Words that must all occur in text, user or machine; any case.
    pub text: Option<String>,
    /// Not before this moment.
    pub from_us: Option<i64>,
    /// Before this moment.
    pub to_us: Option<i64>,
}

/// Something that happened, and where. Its words come from the recorded machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The recording.
    pub recording: RecordingId,
    /// Who was recorded.
    pub user: String,
    /// On which machine.
    pub machine: String,
    /// When, Unix µs.
    pub at_us: i64,
    /// What.
    pub event: RecordedEvent,
}

/// Events that match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllHappened {
    /// Newest first.
    pub items: Vec<Happened>,
    /// There was too much to look at: what happened in recordings that began before this moment was left out.
    pub since_us: Option<i64>,
}

impl Catalogue {
    /// Every event of a kind that matches, of the newest [`MOST_HAPPENED`].
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn happened(&self, query: &HappenedQuery) -> Result<AllHappened, CatalogueError> {
        let doing = || CatalogueError::doing("list events of a kind");
        let statement = statement(query);
        let rows = statement.query()?.fetch_all(&self.derived).await.map_err(doing())?;
        let mut all = AllHappened::default();
        let words = terms(query.text.as_deref().unwrap_or_default());
        for (number, row) in rows.iter().enumerate() {
            let start_us: i64 = row.try_get(6).map_err(doing())?;
            if number == MOST_HAPPENED {
                all.since_us = Some(start_us.saturating_add(1));
                break;
            }
            let time_us: i64 = row.try_get(0).map_err(doing())?;
            let text = |column: usize| -> Result<String, CatalogueError> { row.try_get(column).map_err(doing()) };
            let event = RecordedEvent { time_us: time_us.unsigned_abs(), kind: text(1)?, text: text(2)? };
            let (id, user, machine) = (parse_recording(&text(3)?)?, text(4)?, text(5)?);
            let said = fold(&format!("{} {user} {machine}", event.text));
            if words.iter().all(|word| said.contains(word.as_str())) {
                all.items.push(Happened { recording: id, user, machine, at_us: start_us + time_us, event });
            }
        }
        if let Some(since) = all.since_us {
            // Of the recording that was cut off nothing is told rather than some of it.
            all.items.retain(|one| one.at_us.saturating_sub_unsigned(one.event.time_us) >= since);
        }
        all.items.sort_by_key(|one| (std::cmp::Reverse(one.at_us), one.recording));
        Ok(all)
    }
}

/// The newest recordings' events first, one more than is looked at.
fn statement(query: &HappenedQuery) -> Statement {
    let visible =
        RecordingQuery { from_us: query.from_us, to_us: query.to_us, ..RecordingQuery::new(query.visibility.clone()) };
    let mut recordings = Query::select();
    recordings
        .expr(Expr::cust("id, number, user_name, machine, start_us"))
        .from(Alias::new("recordings"))
        .cond_where(condition(&visible));
    let mut statement = Statement::default();
    statement
        .sql("SELECT e.time_us, e.kind, e.text, r.id, r.user_name, r.machine, r.start_us FROM (")
        .sql("SELECT rowid AS id FROM event_index WHERE event_index MATCH ")
        .text(Token::Kind(&query.kind).entry());
    if let Some(to) = query.to_us {
        let until = number_at(to.saturating_add(1_000_000)).saturating_mul(PER_RECORDING);
        statement.sql(" AND rowid < ").number(until);
    }
    statement
        .sql(" ORDER BY rowid DESC) AS c CROSS JOIN events AS e ON e.id = c.id CROSS JOIN (")
        .built(recordings.build(SqliteQueryBuilder))
        .sql(") AS r ON r.number = e.id / ")
        .number(PER_RECORDING)
        .sql(" WHERE e.kind = ")
        .text(query.kind.clone());
    if let Some(from) = query.from_us {
        statement.sql(" AND r.start_us + e.time_us >= ").number(from);
    }
    if let Some(to) = query.to_us {
        statement.sql(" AND r.start_us + e.time_us < ").number(to);
    }
    statement.sql(" ORDER BY c.id DESC LIMIT ").number(MOST_HAPPENED as i64 + 1);
    statement
}
