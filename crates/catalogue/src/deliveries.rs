//! What recordings' events ask the server to send, put into the queue together with the events themselves.

use recording::RecordingId;
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{Catalogue, CatalogueError, DeliveryOutcome, NotedEvents};

const DAY_US: i64 = 86_400_000_000;

/// How something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// By mail.
    Mail,
    /// To the site's webhook.
    Webhook,
}

impl Channel {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, CatalogueError> {
        match name {
            "mail" => Ok(Self::Mail),
            "webhook" => Ok(Self::Webhook),
            other => Err(CatalogueError::Unreadable { what: "a delivery's channel", value: other.to_owned() }),
        }
    }
}

/// Something to send. Where it comes from in a recording, by which way and to whom make it one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// What the receiver knows it by.
    pub id: Uuid,
    /// Where the event stands in the recording.
    pub place: u64,
    /// When it happened, microseconds since the recording's start.
    pub time_us: u64,
    /// By which way.
    pub channel: Channel,
    /// The address of mail; empty for the webhook, and where nobody is to be written to.
    pub recipient: String,
    /// The machine that asks.
    pub machine_id: String,
    /// When it happened.
    pub at_us: i64,
    /// The kind of event.
    pub kind: String,
    /// The event in one line. It comes from the recorded machine and is hostile: escape when shown.
    pub detail: String,
    /// The description of the trigger; empty where there is none of that description.
    pub trigger: String,
    /// The rule and the policy.
    pub rule: String,
    /// See `rule`.
    pub policy: String,
    /// How many events it stands for.
    pub count: u64,
    /// [`DeliveryOutcome::Waiting`], or why it is never sent.
    pub outcome: DeliveryOutcome,
    /// Why, in words.
    pub words: String,
}

/// What a recording's events ask for that was not looked at before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedOf {
    /// The recording.
    pub recording: RecordingId,
    /// How many of its requests have been looked at with these.
    pub taken: u64,
    /// What is to be sent.
    pub deliveries: Vec<NewDelivery>,
    /// What it asks for beyond what is looked at of one recording, since the last time.
    pub left_out: u64,
    /// Now.
    pub now_us: i64,
}

/// How much there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueBounds {
    /// Deliveries that wait.
    pub waiting: u32,
    /// Those of one machine among them.
    pub waiting_of_machine: u32,
    /// Rows altogether.
    pub rows: u32,
}

impl Default for QueueBounds {
    fn default() -> Self {
        Self { waiting: 50_000, waiting_of_machine: 5_000, rows: 300_000 }
    }
}

/// What became of what was noted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Noted {
    /// How far events are there.
    pub events: Vec<NotedEvents>,
    /// What was put into the queue.
    pub queued: Queued,
}

/// What was put into the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Queued {
    /// New rows that wait.
    pub waiting: u64,
    /// What found no room.
    pub left_out: u64,
}

/// How much of the room is taken.
struct Room {
    waiting: i64,
    rows: i64,
}

impl Catalogue {
    /// How many requests of a recording were looked at; `None` if the recording has no row.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn asked_taken(&self, id: RecordingId) -> Result<Option<u64>, CatalogueError> {
        let taken: Option<i64> = sqlx::query_scalar("SELECT asked_taken FROM recordings WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("count what a recording asks for"))?;
        Ok(taken.map(i64::unsigned_abs))
    }

    /// What found no room in the queue on this day and after.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn deliveries_left_out(&self, since_us: i64) -> Result<u64, CatalogueError> {
        let count: i64 = sqlx::query_scalar("SELECT coalesce(sum(count), 0) FROM deliveries_left_out WHERE day >= ?")
            .bind(since_us.div_euclid(DAY_US))
            .fetch_one(&self.derived)
            .await
            .map_err(CatalogueError::doing("count what found no room"))?;
        Ok(count.unsigned_abs())
    }
}

/// Queues what is not known yet, as a part of something larger.
pub(crate) async fn queue(
    connection: &mut SqliteConnection,
    asked: &[AskedOf],
    bounds: &QueueBounds,
) -> Result<Queued, CatalogueError> {
    let mut queued = Queued::default();
    if asked.is_empty() {
        return Ok(queued);
    }
    let mut room = room(connection).await?;
    for of in asked {
        let mut left_out = of.left_out;
        for delivery in &of.deliveries {
            if is_known(connection, of.recording, delivery).await? {
                continue;
            }
            if !has_room(connection, &room, delivery, bounds).await? {
                left_out += 1;
                continue;
            }
            insert(connection, of, delivery).await?;
            room.rows += 1;
            if delivery.outcome == DeliveryOutcome::Waiting {
                room.waiting += 1;
                queued.waiting += 1;
            }
        }
        if left_out > 0 {
            leave_out(connection, of.now_us, left_out).await?;
            queued.left_out += left_out;
        }
        sqlx::query("UPDATE recordings SET asked_taken = ? WHERE id = ?")
            .bind(i64::try_from(of.taken).unwrap_or(i64::MAX))
            .bind(of.recording.to_string())
            .execute(&mut *connection)
            .await
            .map_err(CatalogueError::doing("note what a recording asks for"))?;
    }
    Ok(queued)
}

async fn room(connection: &mut SqliteConnection) -> Result<Room, CatalogueError> {
    let (waiting, rows) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM deliveries WHERE outcome = 'waiting'), (SELECT count(*) FROM deliveries)",
    )
    .fetch_one(connection)
    .await
    .map_err(CatalogueError::doing("count deliveries"))?;
    Ok(Room { waiting, rows })
}

async fn is_known(
    connection: &mut SqliteConnection,
    recording: RecordingId,
    delivery: &NewDelivery,
) -> Result<bool, CatalogueError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM deliveries WHERE recording = ? AND place = ? AND time_us = ? AND channel = ? \
         AND recipient = ?)",
    )
    .bind(recording.to_string())
    .bind(signed(delivery.place))
    .bind(signed(delivery.time_us))
    .bind(delivery.channel.name())
    .bind(&delivery.recipient)
    .fetch_one(connection)
    .await
    .map_err(CatalogueError::doing("look for a delivery"))
}

/// What is never sent takes room in the table alone.
async fn has_room(
    connection: &mut SqliteConnection,
    room: &Room,
    delivery: &NewDelivery,
    bounds: &QueueBounds,
) -> Result<bool, CatalogueError> {
    if room.rows >= i64::from(bounds.rows) {
        return Ok(false);
    }
    if delivery.outcome != DeliveryOutcome::Waiting {
        return Ok(true);
    }
    if room.waiting >= i64::from(bounds.waiting) {
        return Ok(false);
    }
    let of_machine: i64 =
        sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE machine_id = ? AND outcome = 'waiting'")
            .bind(&delivery.machine_id)
            .fetch_one(connection)
            .await
            .map_err(CatalogueError::doing("count a machine's deliveries"))?;
    Ok(of_machine < i64::from(bounds.waiting_of_machine))
}

async fn insert(connection: &mut SqliteConnection, of: &AskedOf, delivery: &NewDelivery) -> Result<(), CatalogueError> {
    let done_us = (delivery.outcome != DeliveryOutcome::Waiting).then_some(of.now_us);
    sqlx::query(
        "INSERT INTO deliveries (delivery, recording, place, time_us, channel, recipient, machine_id, at_us, kind, detail, \
         trigger_, rule, policy, count, queued_us, outcome, words, attempts, next_us, done_us) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
    )
    .bind(delivery.id.simple().to_string())
    .bind(of.recording.to_string())
    .bind(signed(delivery.place))
    .bind(signed(delivery.time_us))
    .bind(delivery.channel.name())
    .bind(&delivery.recipient)
    .bind(&delivery.machine_id)
    .bind(delivery.at_us)
    .bind(&delivery.kind)
    .bind(&delivery.detail)
    .bind(&delivery.trigger)
    .bind(&delivery.rule)
    .bind(&delivery.policy)
    .bind(signed(delivery.count))
    .bind(of.now_us)
    .bind(delivery.outcome.name())
    .bind(&delivery.words)
    .bind(of.now_us)
    .bind(done_us)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(CatalogueError::doing("queue a delivery"))
}

async fn leave_out(connection: &mut SqliteConnection, now_us: i64, count: u64) -> Result<(), CatalogueError> {
    sqlx::query(
        "INSERT INTO deliveries_left_out (day, count) VALUES (?, ?) \
         ON CONFLICT (day) DO UPDATE SET count = count + excluded.count",
    )
    .bind(now_us.div_euclid(DAY_US))
    .bind(signed(count))
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(CatalogueError::doing("count what found no room"))
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
