//! Events of recordings, written as recordings grow and searched by `event_search`.

use std::collections::BTreeSet;

use recording::RecordingId;
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

use crate::database::Catalogue;
use crate::deliveries::{AskedOf, Noted, QueueBounds, queue};
use crate::error::CatalogueError;
use crate::event_words::{Token, endings, fold, words};
use crate::responses::{self, RecordedResponse};

/// Events of one recording that can be searched: as many as an index lists.
pub(crate) const PER_RECORDING: i64 = recording::MAX_INDEX_EVENTS as i64;
/// Recordings that may begin in the same millisecond before one gets a number of a later one.
const PER_MILLISECOND: i64 = 256;
/// The last millisecond that has numbers, in the year 2109; recordings that claim to be later take theirs from there on.
const LAST_MILLISECOND: i64 = (1 << 42) - (1 << 20);
/// Events written by one statement.
const BATCH: usize = 2_000;
/// Most characters of a kind and of a text.
const MAX_KIND_CHARS: usize = 64;
const MAX_TEXT_CHARS: usize = recording::MAX_INDEX_TEXT_CHARS;

/// An event as it is searched and shown. It comes from the recorded machine and is hostile: escape when shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Microseconds since the recording's start.
    pub time_us: u64,
    /// What happened, as a word; empty for a sealed event, which takes its place and is never found.
    pub kind: String,
    /// In a few words; may be empty.
    pub text: String,
}

/// Events that a recording has more than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvents {
    /// The recording.
    pub recording: RecordingId,
    /// How many events of the recording come before these.
    pub first: u64,
    /// The events, in the recording's order. Those beyond the 8,192nd of a recording are left out.
    pub events: Vec<RecordedEvent>,
    /// What those of the kind `response` among them say besides their text, where it is known.
    pub responses: Vec<RecordedResponse>,
    /// Events that the recording has beyond those that its index lists.
    pub left_out: u64,
    /// The recording has ended and has no more events than these.
    pub whole: bool,
}

/// How far a recording's events are in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotedEvents {
    /// The recording.
    pub recording: RecordingId,
    /// So many of its events are there.
    pub taken: u64,
}

/// On their way into the tables.
#[derive(Default)]
struct Entries {
    events: Vec<Entry>,
    responses: Vec<responses::Entry>,
}

/// An event on its way into the tables.
struct Entry {
    id: i64,
    time_us: i64,
    kind: String,
    text: String,
    folded: String,
    tokens: String,
}

/// What is needed of a recording's row.
struct Owner {
    number: Option<i64>,
    taken: i64,
    start_us: i64,
    machine: String,
    user: String,
}

impl Catalogue {
    /// Adds events of recordings, all in one transaction, and says how far each recording's are there now. Events that are there
    /// already are passed over, and so are recordings without a row; events that do not follow those that are there are not taken.
    ///
    /// # Errors
    /// [`CatalogueError::Database`]: none was written.
    pub async fn note_events(&self, news: &[NewEvents]) -> Result<Vec<NotedEvents>, CatalogueError> {
        Ok(self.note_happened(news, &[], &QueueBounds::default()).await?.events)
    }

    /// The same, and in the same transaction what events ask the server for, which is put into the queue once, however often it is
    /// noted.
    ///
    /// # Errors
    /// [`CatalogueError::Database`]: nothing was written.
    pub async fn note_happened(
        &self,
        news: &[NewEvents],
        asked: &[AskedOf],
        bounds: &QueueBounds,
    ) -> Result<Noted, CatalogueError> {
        let doing = || CatalogueError::doing("write recordings' events");
        if news.is_empty() && asked.is_empty() {
            return Ok(Noted::default());
        }
        let mut transaction = self.derived.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        let (mut noted, mut entries) = (Vec::new(), Entries::default());
        for new in news {
            if let Some(owner) = owner(&mut transaction, new.recording).await? {
                noted.push(take(&mut transaction, &owner, new, &mut entries).await?);
            }
        }
        // The index writes entries in the order of their ids fastest.
        entries.events.sort_unstable_by_key(|entry| entry.id);
        for batch in entries.events.chunks(BATCH) {
            write(&mut transaction, batch).await?;
        }
        for batch in entries.responses.chunks(BATCH) {
            responses::write(&mut transaction, batch).await?;
        }
        let queued = queue(&mut transaction, asked, bounds).await?;
        transaction.commit().await.map_err(doing())?;
        Ok(Noted { events: noted, queued })
    }

    /// How many events of a recording are there; `None` if the recording has no row.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn events_taken(&self, id: RecordingId) -> Result<Option<u64>, CatalogueError> {
        let taken: Option<i64> = sqlx::query_scalar("SELECT events_taken FROM recordings WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("count a recording's events"))?;
        Ok(taken.map(i64::unsigned_abs))
    }

    /// Ids above `after` of recordings that have ended and whose events are not all there, in order, at most `limit`.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn without_events(
        &self,
        after: Option<RecordingId>,
        limit: u32,
    ) -> Result<Vec<RecordingId>, CatalogueError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM recordings INDEXED BY recordings_without_events \
             WHERE events_whole = 0 AND id > ? AND state NOT IN ('live', 'silent') ORDER BY id LIMIT ?",
        )
        .bind(after.map_or_else(String::new, |id| id.to_string()))
        .bind(i64::from(limit))
        .fetch_all(&self.derived)
        .await
        .map_err(CatalogueError::doing("look for recordings without events"))?;
        ids.iter().map(|id| crate::recordings::parse_recording(id)).collect()
    }

    /// Forgets the events of a recording, whose list has become another one: a part of it was lost.
    ///
    /// # Errors
    /// [`CatalogueError::Database`]: they are all there still.
    pub async fn forget_events(&self, id: RecordingId) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("forget a recording's events");
        let mut transaction = self.derived.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        let Some(owner) = owner(&mut transaction, id).await? else { return Ok(()) };
        if let Some(number) = owner.number {
            let rows: Vec<(i64, String, String)> =
                sqlx::query_as("SELECT id, kind, text FROM events WHERE id >= ? AND id < ? ORDER BY id")
                    .bind(number * PER_RECORDING)
                    .bind((number + 1) * PER_RECORDING)
                    .fetch_all(&mut *transaction)
                    .await
                    .map_err(doing())?;
            responses::forget(&mut transaction, number).await?;
            for (event, kind, text) in rows {
                // The index does not keep what it was given: it is told again.
                sqlx::query("INSERT INTO event_index (event_index, rowid, tokens) VALUES ('delete', ?, ?)")
                    .bind(event)
                    .bind(tokens(&owner, &kind, &fold(&text)))
                    .execute(&mut *transaction)
                    .await
                    .map_err(doing())?;
                sqlx::query("DELETE FROM events WHERE id = ?")
                    .bind(event)
                    .execute(&mut *transaction)
                    .await
                    .map_err(doing())?;
            }
        }
        sqlx::query("UPDATE recordings SET events_taken = 0, events_left_out = 0, events_whole = 0, asked_taken = 0 WHERE id = ?")
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }
}

/// Throws away all events with everything that was made of them.
pub(crate) async fn clear(connection: &mut SqliteConnection) -> Result<(), CatalogueError> {
    for statement in [
        "INSERT INTO event_index (event_index) VALUES ('delete-all')",
        "DELETE FROM events",
        "DELETE FROM responses",
        "DELETE FROM event_word_endings",
        "DELETE FROM event_words",
    ] {
        let doing = CatalogueError::doing("throw the recordings' events away");
        sqlx::query(statement).execute(&mut *connection).await.map_err(doing)?;
    }
    Ok(())
}

async fn owner(connection: &mut SqliteConnection, id: RecordingId) -> Result<Option<Owner>, CatalogueError> {
    let doing = || CatalogueError::doing("look up a recording's events");
    let row =
        sqlx::query("SELECT number, events_taken, start_us, machine_folded, user_folded FROM recordings WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(connection)
            .await
            .map_err(doing())?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Owner {
        number: row.try_get(0).map_err(doing())?,
        taken: row.try_get(1).map_err(doing())?,
        start_us: row.try_get(2).map_err(doing())?,
        machine: row.try_get(3).map_err(doing())?,
        user: row.try_get(4).map_err(doing())?,
    }))
}

/// Takes what is new of a recording's events, and notes in its row how far they are there.
async fn take(
    connection: &mut SqliteConnection,
    owner: &Owner,
    new: &NewEvents,
    entries: &mut Entries,
) -> Result<NotedEvents, CatalogueError> {
    let doing = || CatalogueError::doing("note how far a recording's events are there");
    let first = i64::try_from(new.first).unwrap_or(i64::MAX);
    let given = i64::try_from(new.events.len()).unwrap_or(i64::MAX);
    let end = first.saturating_add(given).min(PER_RECORDING);
    let follows = first <= owner.taken;
    let taken = if follows { end.max(owner.taken) } else { owner.taken };
    let number = match owner.number {
        Some(number) => number,
        None => free_number(connection, owner.start_us).await?,
    };
    if follows {
        let known = usize::try_from(owner.taken - first).unwrap_or(usize::MAX);
        let fresh = new.events.iter().zip(first..end).skip(known);
        entries.events.extend(fresh.clone().filter(|(event, _)| !event.kind.is_empty()).map(|(event, place)| {
            let (kind, text) = (cut(&event.kind, MAX_KIND_CHARS), cut(&event.text, MAX_TEXT_CHARS));
            let folded = fold(&text);
            let tokens = tokens(owner, &kind, &folded);
            let time_us = i64::try_from(event.time_us).unwrap_or(i64::MAX);
            Entry { id: number * PER_RECORDING + place, time_us, kind, text, folded, tokens }
        }));
        let done = fresh.filter(|(event, _)| event.kind == recording::event_kinds::RESPONSE);
        entries.responses.extend(done.map(|(event, place)| responses::Entry {
            event: number * PER_RECORDING + place,
            at_us: owner.start_us.saturating_add_unsigned(event.time_us),
            text: cut(&event.text, MAX_TEXT_CHARS),
            said: new.responses.iter().find(|said| said.place == place.unsigned_abs()).cloned(),
        }));
    }
    sqlx::query(
        "UPDATE recordings SET number = ?, events_taken = ?, events_left_out = ?, events_whole = ? WHERE id = ?",
    )
    .bind(number)
    .bind(taken)
    .bind(i64::try_from(new.left_out).unwrap_or(i64::MAX))
    .bind(new.whole && follows)
    .bind(new.recording.to_string())
    .execute(connection)
    .await
    .map_err(doing())?;
    Ok(NotedEvents { recording: new.recording, taken: taken.unsigned_abs() })
}

/// The first number of a moment.
pub(crate) fn number_at(start_us: i64) -> i64 {
    start_us.div_euclid(1_000).clamp(0, LAST_MILLISECOND) * PER_MILLISECOND
}

/// The moment of a number, to the millisecond.
pub(crate) fn start_of(number: i64) -> i64 {
    number / PER_MILLISECOND * 1_000
}

/// The first number from a moment's on that no recording has.
async fn free_number(connection: &mut SqliteConnection, start_us: i64) -> Result<i64, CatalogueError> {
    let base = number_at(start_us);
    let doing = || CatalogueError::doing("give a recording a number");
    sqlx::query_scalar(
        "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM recordings WHERE number = ?1) THEN ?1 ELSE \
         (SELECT number + 1 FROM recordings AS one WHERE number >= ?1 AND \
          NOT EXISTS (SELECT 1 FROM recordings AS next WHERE next.number = one.number + 1) ORDER BY number LIMIT 1) END",
    )
    .bind(base)
    .fetch_one(connection)
    .await
    .map_err(doing())
}

/// Without control characters, which no text of an event has, and no longer than this.
fn cut(text: &str, characters: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(characters).collect()
}

fn tokens(owner: &Owner, kind: &str, folded: &str) -> String {
    let about = [Token::Kind(kind), Token::Machine(&owner.machine), Token::User(&owner.user)];
    let all = about.into_iter().chain(words(folded).into_iter().map(Token::Word));
    all.map(Token::entry).collect::<Vec<_>>().join(" ")
}

async fn write(connection: &mut SqliteConnection, entries: &[Entry]) -> Result<(), CatalogueError> {
    let doing = || CatalogueError::doing("write recordings' events");
    let rows = entries.iter().map(|entry| {
        let folded = (entry.folded != entry.text).then_some(&entry.folded);
        json!([entry.id, entry.time_us, entry.kind, entry.text, folded])
    });
    sqlx::query(
        "INSERT OR REPLACE INTO events (id, time_us, kind, text, folded) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, \
         value ->> 4 FROM json_each(?)",
    )
    .bind(Value::from_iter(rows).to_string())
    .execute(&mut *connection)
    .await
    .map_err(doing())?;
    let rows = entries.iter().map(|entry| json!([entry.id, entry.tokens]));
    sqlx::query("INSERT INTO event_index (rowid, tokens) SELECT value ->> 0, value ->> 1 FROM json_each(?)")
        .bind(Value::from_iter(rows).to_string())
        .execute(&mut *connection)
        .await
        .map_err(doing())?;
    let all: BTreeSet<&str> = entries.iter().flat_map(|entry| words(&entry.folded)).collect();
    let fresh: Vec<String> =
        sqlx::query_scalar("INSERT OR IGNORE INTO event_words (word) SELECT value FROM json_each(?) RETURNING word")
            .bind(Value::from_iter(all).to_string())
            .fetch_all(&mut *connection)
            .await
            .map_err(doing())?;
    let rows = fresh.iter().flat_map(|word| endings(word).map(move |ending| json!([ending, word])));
    sqlx::query(
        "INSERT OR IGNORE INTO event_word_endings (ending, word) SELECT value ->> 0, value ->> 1 FROM json_each(?)",
    )
    .bind(Value::from_iter(rows).to_string())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(doing())
}
