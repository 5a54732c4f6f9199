//! Finding recordings by what happened in them.
//!
//! The index names events that may match, newest recordings first; each is compared with what was asked for, and its recording
//! with what the person may see, until enough recordings are found. How many are looked at is bounded, and an answer
//! for which that was not enough says how far back it reaches.

use std::collections::HashMap;

use sea_query::{Cond, Expr, ExprTrait, Order, Query, SqliteQueryBuilder};
use sqlx::{AssertSqlSafe, Row};

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::event_sql::{Asked, Statement, any_of, names_of};
use crate::event_words::{Requirement, Token, beginning, requirements, terms};
use crate::events::{RecordedEvent, number_at, start_of};
use crate::recordings::{self, Recording};
use crate::search::{RecordingQuery, Visibility, bind, column, condition, page};

/// Most recordings that one search finds.
pub const MOST_FOUND: usize = 500;
/// Hits of a recording that are counted.
pub const MOST_HITS_COUNTED: u64 = 100;
/// Hits of a recording that are given, its first ones.
const HITS_GIVEN: usize = 3;
/// A recording with more events than these is not gone through for its hits: the index names them.
const FEW_EVENTS: i64 = 400;
/// Events that are compared with what was asked for.
const MOST_COMPARED: i64 = 40_000;
/// The same at first, where much is to be asked of the index.
const COMPARED_FIRST: i64 = 15_000;
/// Fewer events than these are compared rather than looked for in several lists of the index.
const FEW_NAMED: i64 = 5_000;
/// Recordings that are listed by filters before any event is looked at.
const MOST_LISTED: u64 = 1_000;
/// Recordings that are gone through one by one, where what a person may see is no matter of machines and users.
const MOST_PASSED: u64 = 20_000;
/// Words that a part of a word is looked for in the index by.
const MOST_WORDS: usize = 1_000;
/// Kinds that are asked for at once.
const MOST_KINDS: usize = 64;

/// Which events to look for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// Words that must all occur in an event's text; parts of words match; any case. The first eight count.
    pub text: Option<String>,
    /// Kinds of events; empty for any. The first 64 count.
    pub kinds: Vec<String>,
}

/// What was found of one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHits {
    /// The first events that match.
    pub first: Vec<RecordedEvent>,
    /// How many match, up to [`MOST_HITS_COUNTED`].
    pub count: u64,
}

/// Recordings with events that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEvents {
    /// This page of them.
    pub items: Vec<(Recording, EventHits)>,
    /// How many there are on all pages, at most [`MOST_FOUND`]: the newest.
    pub total: u64,
    /// There are more than those.
    pub has_more: bool,
    /// Only recordings that began at this moment or later were searched.
    pub since_us: Option<i64>,
}

/// Recordings that were found, by number.
#[derive(Debug, Default)]
struct Numbers {
    found: Vec<i64>,
    /// How far back was looked; nothing: to the beginning, or nowhere yet.
    since_us: Option<i64>,
    /// There is nothing more to be looked for.
    is_all: bool,
}

impl Numbers {
    fn is_enough(&self) -> bool {
        self.is_all || self.found.len() > MOST_FOUND
    }
}

impl Catalogue {
    /// One page of the recordings that match, with their hits. The newest that match are found first, whatever they are sorted by.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn search_events(
        &self,
        query: &RecordingQuery,
        filter: &EventFilter,
    ) -> Result<FoundEvents, CatalogueError> {
        let asked = self.asked(filter).await?;
        let Numbers { mut found, since_us, .. } = match &asked {
            Some(asked) => self.numbers(query, asked).await?,
            None => Numbers::default(),
        };
        let has_more = found.len() > MOST_FOUND;
        found.truncate(MOST_FOUND);
        let total = found.len() as u64;
        let items = match &asked {
            Some(asked) if total > 0 => self.with_hits(query, asked, &found).await?,
            _ => Vec::new(),
        };
        Ok(FoundEvents { items, total, has_more, since_us })
    }

    /// What the index is asked; `None`: nothing can match.
    async fn asked(&self, filter: &EventFilter) -> Result<Option<Asked>, CatalogueError> {
        let kinds: Vec<String> = filter.kinds.iter().take(MOST_KINDS).cloned().collect();
        let terms = terms(filter.text.as_deref().unwrap_or_default());
        let mut groups = Vec::new();
        if !kinds.is_empty() {
            groups.push(any_of(kinds.iter().map(|kind| Token::Kind(kind))));
        }
        let required: Vec<_> = terms.iter().flat_map(|term| requirements(term)).collect();
        for requirement in required {
            let words = match requirement {
                Requirement::Word(word) => vec![word],
                Requirement::Part { part, at_start, at_end } => self.words_with(&part, at_start, at_end).await?,
            };
            match words.len() {
                0 => return Ok(None),
                // So common that the comparison finds it soon.
                many if many > MOST_WORDS => {}
                _ => groups.push(any_of(words.iter().map(|word| Token::Word(word)))),
            }
        }
        Ok(Some(Asked { terms, kinds, groups }))
    }

    /// Words that occur somewhere and have this part; one more than [`MOST_WORDS`] at most.
    async fn words_with(&self, part: &str, at_start: bool, at_end: bool) -> Result<Vec<String>, CatalogueError> {
        let kept = beginning(part);
        let mut sql = "SELECT DISTINCT word FROM event_word_endings WHERE ending >= ? AND ending < ?".to_owned();
        if kept.len() < part.len() {
            sql.push_str(" AND instr(word, ?) > 0");
        }
        match (at_start, at_end) {
            (true, _) => sql.push_str(" AND substr(word, 1, length(?)) = ?"),
            // Of an ending that was cut the word tells the rest.
            (false, true) => sql.push_str(" AND substr(word, -length(?)) = ?"),
            (false, false) => {}
        }
        sql.push_str(" LIMIT ?");
        let above = format!("{kept}\u{10ffff}");
        let mut select = sqlx::query_scalar(AssertSqlSafe(sql)).bind(kept.to_owned()).bind(above);
        if kept.len() < part.len() {
            select = select.bind(part.to_owned());
        }
        if at_start || at_end {
            select = select.bind(part.to_owned()).bind(part.to_owned());
        }
        select
            .bind(i64::try_from(MOST_WORDS).unwrap_or(i64::MAX) + 1)
            .fetch_all(&self.derived)
            .await
            .map_err(CatalogueError::doing("look up words of events"))
    }
}

/// What is known of a recording before its events are looked at.
struct Listed {
    number: i64,
    taken: i64,
}

impl Catalogue {
    /// The newest recordings that match, one more than [`MOST_FOUND`] at most, newest first.
    async fn numbers(&self, query: &RecordingQuery, asked: &Asked) -> Result<Numbers, CatalogueError> {
        let names = names_of(&query.visibility);
        let mut passed = Numbers::default();
        if is_filtered(query) {
            // Words of recordings are looked for in all of them, so all that have them may as well be told.
            let most = if names.is_none() || has_text(query) { MOST_PASSED } else { MOST_LISTED };
            let mut listed = self.listed(query, false, most + 1).await?;
            if listed.len() as u64 <= most {
                listed.sort_unstable_by_key(|one| std::cmp::Reverse(one.number));
                passed = self.among_newest(asked, listed).await?;
                if passed.is_enough() {
                    return Ok(passed);
                }
            }
        }
        // What somebody may not see must not even count among what is looked at.
        let Some(names) = names else {
            return match passed.since_us {
                Some(_) => Ok(passed),
                None => self.among_newest(asked, self.listed(query, true, MOST_PASSED + 1).await?).await,
            };
        };
        let mut asked = asked.with(names);
        if let Some(rarest) = self.rarest(&asked).await? {
            asked.groups = vec![rarest];
        } else if let Some(fewer) = asked.without_large_groups() {
            let soon = self.by_index(query, &fewer, COMPARED_FIRST).await?;
            if soon.found.len() > MOST_FOUND {
                return Ok(soon);
            }
        }
        let numbers = self.by_index(query, &asked, MOST_COMPARED).await?;
        Ok(if numbers.is_enough() || passed.since_us.is_none_or(|us| numbers.since_us < Some(us)) {
            numbers
        } else {
            passed
        })
    }

    /// What the index has least of, if that is little: looking through several long lists at once costs more than comparing few events.
    async fn rarest(&self, asked: &Asked) -> Result<Option<(usize, String)>, CatalogueError> {
        let mut rarest = None;
        if asked.groups.len() < 2 {
            return Ok(rarest);
        }
        let mut least = FEW_NAMED;
        for group in &asked.groups {
            let mut statement = Statement::default();
            statement
                .sql("SELECT count(*) FROM (SELECT 1 FROM event_index WHERE event_index MATCH ")
                .text(group.1.clone());
            statement.sql(" LIMIT ").number(least).sql(")");
            let named = self.numbers_of(statement).await?.first().copied().unwrap_or(0);
            if named < least {
                (least, rarest) = (named, Some(group.clone()));
            }
        }
        Ok(rarest)
    }

    /// Recordings that pass the filters, the newest first or in no order.
    async fn listed(&self, query: &RecordingQuery, ordered: bool, limit: u64) -> Result<Vec<Listed>, CatalogueError> {
        let doing = || CatalogueError::doing("list recordings with events");
        let mut select = Query::select();
        select.expr(Expr::cust("number, events_taken")).from("recordings").cond_where(condition(query));
        select.and_where(column("number").is_not_null()).limit(limit);
        if ordered {
            select.order_by("start_us", Order::Desc).order_by("id", Order::Desc);
        }
        let (sql, values) = select.build(SqliteQueryBuilder);
        let rows = bind(sqlx::query(AssertSqlSafe(sql)), values)?.fetch_all(&self.derived).await.map_err(doing())?;
        let listed = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Listed { number: row.try_get(0).map_err(doing())?, taken: row.try_get(1).map_err(doing())? })
        };
        rows.iter().map(listed).collect()
    }

    /// Those of few recordings that have a hit.
    async fn among(&self, asked: &Asked, listed: &[Listed]) -> Result<Vec<i64>, CatalogueError> {
        let numbers: Vec<i64> = listed.iter().map(|one| one.number).collect();
        let mut statement = Statement::default();
        statement
            .sql("SELECT n.value FROM json_each(")
            .text(json(&numbers))
            .sql(") AS n WHERE EXISTS (SELECT 1 FROM events AS e");
        statement.sql(" WHERE e.id >= n.value * 8192 AND e.id < (n.value + 1) * 8192").compared(asked);
        statement.sql(") ORDER BY n.value DESC LIMIT ").number(MOST_FOUND as i64 + 1);
        self.numbers_of(statement).await
    }

    /// What the index names, compared one after the other until enough is found.
    async fn by_index(&self, query: &RecordingQuery, asked: &Asked, compared: i64) -> Result<Numbers, CatalogueError> {
        let from = self.lowest_id(query).await?;
        let until = query.to_us.map(|to| number_at(to.saturating_add(1_000_000)).saturating_mul(8192));
        let mut matching = Query::select();
        matching.expr(Expr::cust("1")).from("recordings").cond_where(condition(query));
        matching.and_where(Expr::cust("number = c.id / 8192"));
        let mut statement = Statement::default();
        statement
            .sql("SELECT DISTINCT c.id / 8192 FROM (")
            .candidates(asked, from, until)
            .sql(" LIMIT ")
            .number(compared);
        statement.sql(") AS c CROSS JOIN events AS e ON e.id = c.id WHERE 1").compared(asked);
        statement.sql(" AND EXISTS (").built(matching.build(SqliteQueryBuilder));
        statement.sql(") LIMIT ").number(MOST_FOUND as i64 + 1);
        let found = self.numbers_of(statement).await?;
        let mut since_us = None;
        if found.len() <= MOST_FOUND {
            let mut statement = Statement::default();
            statement.candidates(asked, from, until).sql(" LIMIT 1 OFFSET ").number(compared);
            let next = self.numbers_of(statement).await?;
            since_us = next.first().map(|id| start_of(id / 8192) + 1_000);
        }
        Ok(Numbers { found, since_us, is_all: since_us.is_none() })
    }

    /// Where the index need not be looked at further down: nothing that began earlier reached the period asked for.
    async fn lowest_id(&self, query: &RecordingQuery) -> Result<Option<i64>, CatalogueError> {
        let Some(from) = query.from_us else { return Ok(None) };
        let doing = || CatalogueError::doing("look for the longest recording");
        let earliest: Option<i64> = sqlx::query_scalar(
            "SELECT min(? - (SELECT max(duration_us) FROM recordings), \
             coalesce((SELECT min(start_us) FROM recordings WHERE state IN ('live', 'silent')), ?))",
        )
        .bind(from)
        .bind(i64::MAX)
        .fetch_one(&self.derived)
        .await
        .map_err(doing())?;
        Ok(earliest.map(|earliest| number_at(earliest) * 8192))
    }

    /// Goes through recordings, the newest first, until so many events were looked at as may be.
    async fn among_newest(&self, asked: &Asked, mut listed: Vec<Listed>) -> Result<Numbers, CatalogueError> {
        let mut events = 0_i64;
        let enough = listed.iter().take(MOST_PASSED as usize).take_while(|one| {
            events = events.saturating_add(one.taken);
            events <= MOST_COMPARED
        });
        let enough = enough.count();
        let since_us = listed.get(enough).map(|next| start_of(next.number) + 1_000);
        listed.truncate(enough);
        let found = self.among(asked, &listed).await?;
        let since_us = since_us.filter(|_| found.len() <= MOST_FOUND);
        Ok(Numbers { found, since_us, is_all: since_us.is_none() })
    }

    async fn numbers_of(&self, statement: Statement) -> Result<Vec<i64>, CatalogueError> {
        let doing = || CatalogueError::doing("search the recordings' events");
        let rows = statement.query()?.fetch_all(&self.derived).await.map_err(doing())?;
        rows.iter().map(|row| row.try_get(0).map_err(doing())).collect()
    }

    /// The page's rows of the recordings found, with their hits.
    async fn with_hits(
        &self,
        query: &RecordingQuery,
        asked: &Asked,
        found: &[i64],
    ) -> Result<Vec<(Recording, EventHits)>, CatalogueError> {
        let doing = || CatalogueError::doing("read the recordings found");
        let these = Expr::cust_with_values("number IN (SELECT value FROM json_each(?))", [json(found)]);
        let shown = Cond::all().add(condition(query)).add(these);
        let (sql, values) = page(query, shown).build(SqliteQueryBuilder);
        let rows = bind(sqlx::query(AssertSqlSafe(sql)), values)?.fetch_all(&self.derived).await.map_err(doing())?;
        let mut items = Vec::new();
        for row in rows {
            let number: i64 = row.try_get("number").map_err(doing())?;
            let taken: i64 = row.try_get("events_taken").map_err(doing())?;
            items.push((recordings::recording(&row)?, Listed { number, taken }));
        }
        let few: Vec<i64> = items
            .iter()
            .map(|(_, listed)| listed)
            .filter(|one| one.taken <= FEW_EVENTS)
            .map(|one| one.number)
            .collect();
        let mut hits = self.hits_of_few(asked, &few).await?;
        let mut found = Vec::new();
        for (recording, Listed { number, .. }) in items {
            let hits = match hits.remove(&number) {
                Some(hits) => hits,
                None => self.hits_of(asked, number).await?,
            };
            found.push((recording, hits));
        }
        Ok(found)
    }

    /// Hits of recordings with few events, all at once.
    async fn hits_of_few(&self, asked: &Asked, numbers: &[i64]) -> Result<HashMap<i64, EventHits>, CatalogueError> {
        let doing = || CatalogueError::doing("read hits of recordings");
        let mut statement = Statement::default();
        statement.sql("SELECT n.value, (SELECT count(*) FROM (SELECT 1 FROM events AS e");
        statement.sql(" WHERE e.id >= n.value * 8192 AND e.id < (n.value + 1) * 8192").compared(asked);
        statement
            .sql(" LIMIT ")
            .number(MOST_HITS_COUNTED as i64)
            .sql(")) FROM json_each(")
            .text(json(numbers))
            .sql(") AS n");
        let mut all = HashMap::new();
        for row in statement.query()?.fetch_all(&self.derived).await.map_err(doing())? {
            let (number, count): (i64, i64) = (row.try_get(0).map_err(doing())?, row.try_get(1).map_err(doing())?);
            all.insert(number, EventHits { first: Vec::new(), count: count.unsigned_abs() });
        }
        let mut statement = Statement::default();
        statement.sql("SELECT hit.id, hit.time_us, hit.kind, hit.text FROM json_each(").text(json(numbers));
        statement.sql(") AS n CROSS JOIN events AS hit ON hit.id IN (SELECT e.id FROM events AS e");
        statement.sql(" WHERE e.id >= n.value * 8192 AND e.id < (n.value + 1) * 8192").compared(asked);
        statement.sql(" ORDER BY e.id LIMIT ").number(HITS_GIVEN as i64).sql(") ORDER BY hit.id");
        for (number, event) in self.events_of(statement).await? {
            if let Some(hits) = all.get_mut(&number) {
                hits.first.push(event);
            }
        }
        Ok(all)
    }

    /// Hits of a recording with many events.
    async fn hits_of(&self, asked: &Asked, number: i64) -> Result<EventHits, CatalogueError> {
        let mut statement = Statement::default();
        statement.sql("SELECT e.id, e.time_us, e.kind, e.text FROM (").named_in(asked, number);
        statement.sql(") AS c CROSS JOIN events AS e ON e.id = c.id WHERE 1").compared(asked);
        statement.sql(" LIMIT ").number(MOST_HITS_COUNTED as i64);
        let hits = self.events_of(statement).await?;
        let count = hits.len() as u64;
        Ok(EventHits { first: hits.into_iter().map(|(_, event)| event).take(HITS_GIVEN).collect(), count })
    }

    async fn events_of(&self, statement: Statement) -> Result<Vec<(i64, RecordedEvent)>, CatalogueError> {
        let doing = || CatalogueError::doing("read events found");
        let mut events = Vec::new();
        for row in statement.query()?.fetch_all(&self.derived).await.map_err(doing())? {
            let (id, time_us): (i64, i64) = (row.try_get(0).map_err(doing())?, row.try_get(1).map_err(doing())?);
            let (kind, text) = (row.try_get(2).map_err(doing())?, row.try_get(3).map_err(doing())?);
            events.push((id / 8192, RecordedEvent { time_us: time_us.unsigned_abs(), kind, text }));
        }
        Ok(events)
    }
}

fn is_filtered(query: &RecordingQuery) -> bool {
    let RecordingQuery { visibility, states, events_only, .. } = query;
    *visibility != Visibility::Everything || has_text(query) || !states.is_empty() || events_only.is_some()
}

fn has_text(query: &RecordingQuery) -> bool {
    query.text.as_ref().is_some_and(|text| !text.trim().is_empty())
}

fn json(numbers: &[i64]) -> String {
    serde_json::Value::from(numbers).to_string()
}
