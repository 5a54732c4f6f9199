//! Rows of recordings: derived from storage, written as recordings grow.

use recording::RecordingId;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::database::Catalogue;
use crate::error::CatalogueError;

/// Rows written in one transaction when the catalogue is rebuilt.
const REBUILD_BATCH: usize = 1_000;

/// How it stands with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordingState {
    /// Its agent is connected and sends it.
    Live,
    /// It has not ended, and its agent is away.
    Silent,
    /// It ended in order and everything arrived.
    Finished,
    /// It stopped without an orderly end: machine, agent or recorder went down.
    Crashed,
    /// It ended, and something is known to be missing.
    Incomplete,
}

impl RecordingState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Live, Self::Silent, Self::Finished, Self::Crashed, Self::Incomplete];

    /// The word that is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Silent => "silent",
            Self::Finished => "finished",
            Self::Crashed => "crashed",
            Self::Incomplete => "incomplete",
        }
    }

    /// Whether the recording may still grow without being reopened.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Live | Self::Silent)
    }

    fn parse(word: &str) -> Result<Self, CatalogueError> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| CatalogueError::Unreadable { what: "the state", value: word.to_owned() })
    }
}

/// What the catalogue knows of a recording. Texts come from the recorded machine and are hostile: escape when shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The recording.
    pub id: RecordingId,
    /// The enrolled machine that sent it.
    pub machine_id: String,
    /// Its host name.
    pub machine: String,
    /// The recorded user.
    pub user: String,
    /// The user's number on that machine.
    pub uid: Option<u32>,
    /// The X display, such as `:10`.
    pub display: Option<String>,
    /// `desktop` or `terminal`.
    pub session_kind: String,
    /// Name of the computer that the user sat at.
    pub client_name: Option<String>,
    /// Address of the computer that the user sat at.
    pub client_address: Option<String>,
    /// The application or desktop opened.
    pub application: Option<String>,
    /// The user's groups.
    pub groups: Vec<String>,
    /// How it stands.
    pub state: RecordingState,
    /// When the recording began.
    pub start_us: i64,
    /// When it ended, if it has.
    pub end_us: Option<i64>,
    /// From its first to its last moment, µs.
    pub duration_us: u64,
    /// Bytes stored.
    pub size_bytes: u64,
    /// When the server last received data of it.
    pub last_data_us: i64,
    /// The policy by which it was made.
    pub policy: String,
    /// The rule of that policy.
    pub rule: Option<String>,
    /// Why it was made, in words.
    pub start_text: String,
    /// Why it ended, as a word.
    pub end_reason: Option<String>,
    /// Why it ended, in words.
    pub end_text: Option<String>,
    /// Width of the picture in pixels, where known.
    pub width: Option<u32>,
    /// Height of the picture in pixels, where known.
    pub height: Option<u32>,
    /// What a viewer should know, in words: gaps, a full disk, a lost tail.
    pub notices: Vec<String>,
    /// Whether it has no picture; not known before its first group is there.
    pub events_only: Option<bool>,
}

/// What changes while a recording grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The recording.
    pub id: RecordingId,
    /// How it stands.
    pub state: RecordingState,
    /// When it ended, if it has.
    pub end_us: Option<i64>,
    /// From its first to its last moment, µs.
    pub duration_us: u64,
    /// Bytes stored.
    pub size_bytes: u64,
    /// When the server last received data of it.
    pub last_data_us: i64,
    /// Why it ended, as a word.
    pub end_reason: Option<String>,
    /// Why it ended, in words.
    pub end_text: Option<String>,
    /// Size of the picture, where known.
    pub picture: Option<(u32, u32)>,
    /// All notices, replacing the former ones.
    pub notices: Vec<String>,
    /// Whether it has no picture, where known.
    pub events_only: Option<bool>,
}

/// SQLite stores signed integers; sizes and durations beyond them cannot be.
fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

const UPSERT: &str = "INSERT INTO recordings (id, machine_id, machine, user_name, uid, display, session_kind, client_name, \
    client_address, application, groups_json, state, start_us, end_us, duration_us, size_bytes, last_data_us, policy, rule, \
    start_text, end_reason, end_text, width, height, notices_json, search_text, user_folded, machine_folded, events_only) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
    ON CONFLICT (id) DO UPDATE SET machine_id = excluded.machine_id, machine = excluded.machine, \
    user_name = excluded.user_name, uid = excluded.uid, display = excluded.display, session_kind = excluded.session_kind, \
    client_name = excluded.client_name, client_address = excluded.client_address, application = excluded.application, \
    groups_json = excluded.groups_json, state = excluded.state, start_us = excluded.start_us, end_us = excluded.end_us, \
    duration_us = excluded.duration_us, size_bytes = excluded.size_bytes, last_data_us = excluded.last_data_us, \
    policy = excluded.policy, rule = excluded.rule, start_text = excluded.start_text, end_reason = excluded.end_reason, \
    end_text = excluded.end_text, width = excluded.width, height = excluded.height, notices_json = excluded.notices_json, \
    search_text = excluded.search_text, user_folded = excluded.user_folded, machine_folded = excluded.machine_folded, \
    events_only = excluded.events_only";

impl Catalogue {
    /// Adds a recording, or replaces what is known of it.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn put_recording(&self, recording: &Recording) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("write a recording's row");
        let mut connection = self.derived.acquire().await.map_err(doing())?;
        upsert(&mut connection, recording).await
    }

    /// Adds or replaces many recordings in one transaction.
    ///
    /// # Errors
    /// [`CatalogueError::Database`]: none was written.
    pub async fn put_recordings(&self, recordings: &[Recording]) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("write recordings' rows");
        let mut transaction = self.derived.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        for recording in recordings {
            upsert(&mut transaction, recording).await?;
        }
        transaction.commit().await.map_err(doing())
    }

    /// Notes how recordings have grown, all in one transaction. Rows that do not exist are passed over.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn note_progress(&self, progress: &[Progress]) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("note how recordings grow");
        if progress.is_empty() {
            return Ok(());
        }
        let mut transaction = self.derived.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        for change in progress {
            sqlx::query(
                "UPDATE recordings SET state = ?, end_us = ?, duration_us = ?, size_bytes = ?, last_data_us = ?, end_reason = ?, \
                 end_text = ?, width = coalesce(?, width), height = coalesce(?, height), notices_json = ?, \
                 events_only = coalesce(?, events_only) WHERE id = ?",
            )
            .bind(change.state.as_str())
            .bind(change.end_us)
            .bind(stored(change.duration_us))
            .bind(stored(change.size_bytes))
            .bind(change.last_data_us)
            .bind(&change.end_reason)
            .bind(&change.end_text)
            .bind(change.picture.map(|(width, _)| i64::from(width)))
            .bind(change.picture.map(|(_, height)| i64::from(height)))
            .bind(texts_to_json(&change.notices))
            .bind(change.events_only)
            .bind(change.id.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        }
        transaction.commit().await.map_err(doing())
    }

    /// One recording.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn recording(&self, id: RecordingId) -> Result<Option<Recording>, CatalogueError> {
        let row = sqlx::query("SELECT * FROM recordings WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("look up a recording"))?;
        row.as_ref().map(recording).transpose()
    }

    /// Every recording that has not ended, oldest first.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn open_recordings(&self) -> Result<Vec<Recording>, CatalogueError> {
        let rows = sqlx::query("SELECT * FROM recordings WHERE state IN ('live', 'silent') ORDER BY start_us, id")
            .fetch_all(&self.derived)
            .await
            .map_err(CatalogueError::doing("list the open recordings"))?;
        rows.iter().map(recording).collect()
    }

    /// The ids of all recordings, in no order.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn recording_ids(&self) -> Result<Vec<RecordingId>, CatalogueError> {
        let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM recordings")
            .fetch_all(&self.derived)
            .await
            .map_err(CatalogueError::doing("list the recordings"))?;
        ids.iter().map(|id| parse_recording(id)).collect()
    }

    /// Throws all rows of recordings away, and their events, and writes these rows. Until the last batch is in, searches see some of them;
    /// interrupted, it is done again from the start.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn replace_recordings(
        &self,
        recordings: impl IntoIterator<Item = Recording>,
    ) -> Result<u64, CatalogueError> {
        let doing = || CatalogueError::doing("rebuild the recordings' rows");
        let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
        crate::events::clear(&mut transaction).await?;
        sqlx::query("DELETE FROM recordings").execute(&mut *transaction).await.map_err(doing())?;
        transaction.commit().await.map_err(doing())?;
        let mut recordings = recordings.into_iter().peekable();
        let mut written = 0;
        while recordings.peek().is_some() {
            let mut transaction = self.originals.begin_with("BEGIN IMMEDIATE").await.map_err(doing())?;
            for recording in recordings.by_ref().take(REBUILD_BATCH) {
                upsert(&mut transaction, &recording).await?;
                written += 1;
            }
            transaction.commit().await.map_err(doing())?;
        }
        Ok(written)
    }
}

async fn upsert(connection: &mut sqlx::SqliteConnection, recording: &Recording) -> Result<(), CatalogueError> {
    sqlx::query(UPSERT)
        .bind(recording.id.to_string())
        .bind(&recording.machine_id)
        .bind(&recording.machine)
        .bind(&recording.user)
        .bind(recording.uid.map(i64::from))
        .bind(&recording.display)
        .bind(&recording.session_kind)
        .bind(&recording.client_name)
        .bind(&recording.client_address)
        .bind(&recording.application)
        .bind(texts_to_json(&recording.groups))
        .bind(recording.state.as_str())
        .bind(recording.start_us)
        .bind(recording.end_us)
        .bind(stored(recording.duration_us))
        .bind(stored(recording.size_bytes))
        .bind(recording.last_data_us)
        .bind(&recording.policy)
        .bind(&recording.rule)
        .bind(&recording.start_text)
        .bind(&recording.end_reason)
        .bind(&recording.end_text)
        .bind(recording.width.map(i64::from))
        .bind(recording.height.map(i64::from))
        .bind(texts_to_json(&recording.notices))
        .bind(search_text(recording))
        .bind(recording.user.to_lowercase())
        .bind(recording.machine.to_lowercase())
        .bind(recording.events_only)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("write a recording's row"))
}

/// What a search for text looks through: lower case, fields apart so that no word spans two of them.
fn search_text(recording: &Recording) -> String {
    let mut text = format!("{}\n{}", recording.user, recording.machine);
    let optional = [&recording.display, &recording.application, &recording.client_name, &recording.client_address];
    for field in optional.into_iter().flatten() {
        text.push('\n');
        text.push_str(field);
    }
    text.to_lowercase()
}

fn texts_to_json(texts: &[String]) -> String {
    serde_json::Value::from(texts.to_vec()).to_string()
}

fn texts_from_json(json: &str) -> Result<Vec<String>, CatalogueError> {
    serde_json::from_str(json)
        .map_err(|_| CatalogueError::Unreadable { what: "the list of texts", value: json.to_owned() })
}

pub(crate) fn parse_uuid(text: &str) -> Result<Uuid, CatalogueError> {
    Uuid::try_parse(text).map_err(|_| CatalogueError::Unreadable { what: "the id", value: text.to_owned() })
}

pub(crate) fn parse_recording(text: &str) -> Result<RecordingId, CatalogueError> {
    text.parse().map_err(|_| CatalogueError::Unreadable { what: "the recording's id", value: text.to_owned() })
}

pub(crate) fn recording(row: &SqliteRow) -> Result<Recording, CatalogueError> {
    let doing = || CatalogueError::doing("read a recording's row");
    let text = |column: &str| -> Result<String, CatalogueError> { row.try_get(column).map_err(doing()) };
    let optional = |column: &str| -> Result<Option<String>, CatalogueError> { row.try_get(column).map_err(doing()) };
    let time = |column: &str| -> Result<i64, CatalogueError> { row.try_get(column).map_err(doing()) };
    Ok(Recording {
        id: parse_recording(&text("id")?)?,
        machine_id: text("machine_id")?,
        machine: text("machine")?,
        user: text("user_name")?,
        uid: row.try_get("uid").map_err(doing())?,
        display: optional("display")?,
        session_kind: text("session_kind")?,
        client_name: optional("client_name")?,
        client_address: optional("client_address")?,
        application: optional("application")?,
        groups: texts_from_json(&text("groups_json")?)?,
        state: RecordingState::parse(&text("state")?)?,
        start_us: time("start_us")?,
        end_us: row.try_get("end_us").map_err(doing())?,
        duration_us: time("duration_us")?.unsigned_abs(),
        size_bytes: time("size_bytes")?.unsigned_abs(),
        last_data_us: time("last_data_us")?,
        policy: text("policy")?,
        rule: optional("rule")?,
        start_text: text("start_text")?,
        end_reason: optional("end_reason")?,
        end_text: optional("end_text")?,
        width: row.try_get("width").map_err(doing())?,
        height: row.try_get("height").map_err(doing())?,
        notices: texts_from_json(&text("notices_json")?)?,
        events_only: row.try_get("events_only").map_err(doing())?,
    })
}
