//! The queue of deliveries as whoever sends them sees it, and as it is listed.

use recording::RecordingId;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};
use uuid::Uuid;

use crate::deliveries::Channel;
use crate::{Catalogue, CatalogueError, Page};

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryOutcome {
    /// Nothing yet.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// The receiver refused it for good.
    Refused,
    /// The receiver did not take it for a day.
    GivenUp,
    /// The active policy does not say that it is sent.
    NotAllowed,
    /// There was nothing to send it by.
    NotSetUp,
}

impl DeliveryOutcome {
    /// All.
    pub const ALL: &[Self] =
        &[Self::Waiting, Self::Delivered, Self::Refused, Self::GivenUp, Self::NotAllowed, Self::NotSetUp];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
            Self::NotAllowed => "not-allowed",
            Self::NotSetUp => "not-set-up",
        }
    }
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Rises with each one.
    pub number: i64,
    /// What the receiver knows it by.
    pub id: Uuid,
    /// The recording.
    pub recording: RecordingId,
    /// Its user and machine; `None` if it is no more there.
    pub session: Option<(String, String)>,
    /// When the event happened, microseconds since the recording's start.
    pub time_us: u64,
    /// By which way.
    pub channel: Channel,
    /// The address of mail; empty for the webhook.
    pub recipient: String,
    /// When the event happened.
    pub at_us: i64,
    /// The kind of event.
    pub kind: String,
    /// The event in one line; hostile.
    pub detail: String,
    /// The description of the trigger; may be empty.
    pub trigger: String,
    /// The rule and the policy.
    pub rule: String,
    /// See `rule`.
    pub policy: String,
    /// How many events it stands for.
    pub count: u64,
    /// When it was queued.
    pub queued_us: i64,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// What the receiver, or the server itself, said last.
    pub words: String,
    /// How often it was tried.
    pub attempts: u32,
    /// While it waits: it is not tried before.
    pub next_us: i64,
    /// When it was settled.
    pub done_us: Option<i64>,
}

/// Which deliveries are listed, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// With this outcome only.
    pub outcome: Option<DeliveryOutcome>,
    /// By this way only.
    pub channel: Option<Channel>,
    /// At most so many.
    pub limit: u32,
    /// From this one on.
    pub offset: u64,
}

const COLUMNS: &str = "deliveries.id AS number, delivery, recording, time_us, channel, recipient, at_us, kind, detail, trigger_, \
    deliveries.rule, deliveries.policy, count, queued_us, outcome, words, attempts, next_us, done_us, recordings.user_name, \
    recordings.machine FROM deliveries LEFT JOIN recordings ON recordings.id = recording";

impl Catalogue {
    /// Deliveries that are due, those that wait longest first.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn due_deliveries(
        &self,
        channel: Channel,
        now_us: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, CatalogueError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} WHERE outcome = 'waiting' AND channel = ? AND next_us <= ? \
             ORDER BY next_us, number LIMIT ?"
        )))
        .bind(channel.name())
        .bind(now_us)
        .bind(limit)
        .fetch_all(&self.derived)
        .await
        .map_err(CatalogueError::doing("look for what is to be sent"))?;
        rows.iter().map(delivery).collect()
    }

    /// Notes what became of a delivery that waited; durable when this returns.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn settle_delivery(
        &self,
        number: i64,
        outcome: DeliveryOutcome,
        words: &str,
        now_us: i64,
    ) -> Result<(), CatalogueError> {
        sqlx::query(
            "UPDATE deliveries SET outcome = ?, words = ?, attempts = attempts + 1, done_us = ? \
             WHERE id = ? AND outcome = 'waiting'",
        )
        .bind(outcome.name())
        .bind(words)
        .bind(now_us)
        .bind(number)
        .execute(&self.originals)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("note what became of a delivery"))
    }

    /// Has a delivery tried again, not before a moment.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn postpone_delivery(&self, number: i64, words: &str, next_us: i64) -> Result<(), CatalogueError> {
        sqlx::query(
            "UPDATE deliveries SET words = ?, attempts = attempts + 1, next_us = ? WHERE id = ? AND outcome = 'waiting'",
        )
        .bind(words)
        .bind(next_us)
        .bind(number)
        .execute(&self.originals)
        .await
        .map(|_| ())
        .map_err(CatalogueError::doing("put a delivery off"))
    }

    /// Gives deliveries up that were queued before a moment, and says how many. `words` stands where none were said.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn give_deliveries_up(
        &self,
        channel: Channel,
        queued_before_us: i64,
        words: &str,
        now_us: i64,
    ) -> Result<u64, CatalogueError> {
        sqlx::query(
            "UPDATE deliveries SET outcome = 'given-up', words = iif(words = '', ?, words), done_us = ? \
             WHERE outcome = 'waiting' AND channel = ? AND queued_us < ?",
        )
        .bind(words)
        .bind(now_us)
        .bind(channel.name())
        .bind(queued_before_us)
        .execute(&self.originals)
        .await
        .map(|done| done.rows_affected())
        .map_err(CatalogueError::doing("give deliveries up"))
    }

    /// Forgets deliveries that were settled before a moment, and counts of the days before it.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn prune_deliveries(&self, before_us: i64) -> Result<(), CatalogueError> {
        let doing = || CatalogueError::doing("forget old deliveries");
        sqlx::query("DELETE FROM deliveries WHERE done_us < ?")
            .bind(before_us)
            .execute(&self.originals)
            .await
            .map_err(doing())?;
        sqlx::query("DELETE FROM deliveries_left_out WHERE day < ?")
            .bind(before_us.div_euclid(86_400_000_000))
            .execute(&self.originals)
            .await
            .map(|_| ())
            .map_err(doing())
    }

    /// How many deliveries wait.
    ///
    /// # Errors
    /// [`CatalogueError::Database`].
    pub async fn waiting_deliveries(&self) -> Result<u64, CatalogueError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE outcome = 'waiting'")
            .fetch_one(&self.derived)
            .await
            .map_err(CatalogueError::doing("count what waits"))?;
        Ok(count.unsigned_abs())
    }

    /// Deliveries, newest first.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<Page<Delivery>, CatalogueError> {
        let doing = || CatalogueError::doing("list deliveries");
        let mut counting = QueryBuilder::new("SELECT count(*) FROM deliveries");
        restrict(&mut counting, query);
        let mut moment = self.one_moment().await.map_err(doing())?;
        let total: i64 = counting.build_query_scalar().fetch_one(&mut *moment).await.map_err(doing())?;
        let mut listing = QueryBuilder::new("SELECT ");
        listing.push(COLUMNS);
        restrict(&mut listing, query);
        listing.push(" ORDER BY number DESC LIMIT ").push_bind(query.limit);
        listing.push(" OFFSET ").push_bind(i64::try_from(query.offset).unwrap_or(i64::MAX));
        let rows = listing.build().fetch_all(&mut *moment).await.map_err(doing())?;
        Ok(Page { items: rows.iter().map(delivery).collect::<Result<_, _>>()?, total: total.unsigned_abs() })
    }
}

fn restrict(builder: &mut QueryBuilder<Sqlite>, query: &DeliveryQuery) {
    builder.push(" WHERE 1");
    if let Some(outcome) = query.outcome {
        builder.push(" AND outcome = ").push_bind(outcome.name());
    }
    if let Some(channel) = query.channel {
        builder.push(" AND channel = ").push_bind(channel.name());
    }
}

fn delivery(row: &SqliteRow) -> Result<Delivery, CatalogueError> {
    let doing = || CatalogueError::doing("read a delivery");
    let text = |column: &str| row.try_get::<String, _>(column).map_err(doing());
    let number = |column: &str| row.try_get::<i64, _>(column).map_err(doing());
    let (id, outcome) = (text("delivery")?, text("outcome")?);
    let Ok(id) = Uuid::try_parse(&id) else {
        return Err(CatalogueError::Unreadable { what: "a delivery's id", value: id });
    };
    let Some(outcome) = DeliveryOutcome::ALL.iter().copied().find(|known| known.name() == outcome) else {
        return Err(CatalogueError::Unreadable { what: "a delivery's outcome", value: outcome });
    };
    let user: Option<String> = row.try_get("user_name").map_err(doing())?;
    let machine: Option<String> = row.try_get("machine").map_err(doing())?;
    Ok(Delivery {
        number: number("number")?,
        id,
        recording: crate::recordings::parse_recording(&text("recording")?)?,
        session: user.zip(machine),
        time_us: number("time_us")?.unsigned_abs(),
        channel: Channel::named(&text("channel")?)?,
        recipient: text("recipient")?,
        at_us: number("at_us")?,
        kind: text("kind")?,
        detail: text("detail")?,
        trigger: text("trigger_")?,
        rule: text("rule")?,
        policy: text("policy")?,
        count: number("count")?.unsigned_abs(),
        queued_us: number("queued_us")?,
        outcome,
        words: text("words")?,
        attempts: u32::try_from(number("attempts")?).unwrap_or(u32::MAX),
        next_us: number("next_us")?,
        done_us: row.try_get("done_us").map_err(doing())?,
    })
}
