//! Searching recordings: filters, sorting, paging, and what a person may see.

use sea_query::{
    Alias, Cond, Condition, Expr, ExprTrait, Func, IntoColumnRef, Order, Query, SelectStatement, SqliteQueryBuilder,
    Value, Values,
};
use sqlx::AssertSqlSafe;
use sqlx::query::Query as SqlxQuery;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::database::Catalogue;
use crate::error::CatalogueError;
use crate::recordings::{self, Recording, RecordingState};

/// Words of a text filter that are looked at; a search needs no more, and each costs a pass over the rows.
const MAX_WORDS: usize = 8;
/// Most rows on a page.
pub(crate) const MAX_PAGE: u32 = 1_000;

/// One page of a longer list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// How many rows there are on all pages.
    pub total: u64,
}

/// What a list is sorted by. Rows that are equal in it are sorted by id, so that pages never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortColumn {
    /// When the recording began.
    Start,
    /// The user's name, case folded.
    User,
    /// The machine's name, case folded.
    Machine,
    /// How long it is.
    Duration,
    /// How many bytes it has.
    Size,
    /// How it stands, by the state's word.
    State,
}

/// A column and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// Sorted by this.
    pub column: SortColumn,
    /// Largest, newest or last first.
    pub descending: bool,
}

/// Recordings that a person may see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Visibility {
    /// None.
    #[default]
    Nothing,
    /// All.
    Everything,
    /// Those that match at least one rule; no rule, no recording.
    Any(Vec<VisibilityRule>),
}

/// Recordings match by any of the items given, whatever their case. A rule without items matches nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisibilityRule {
    /// Names of recorded users.
    pub users: Vec<String>,
    /// Names of machines.
    pub machines: Vec<String>,
    /// Names of applications.
    pub applications: Vec<String>,
}

/// Which recordings to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingQuery {
    /// What the asking person may see; applies to the total, too.
    pub visibility: Visibility,
    /// Words that must all occur in user, machine, display, application or client; parts of words match; any case.
    pub text: Option<String>,
    /// Only those that had not ended before this moment.
    pub from_us: Option<i64>,
    /// Only those that began before this moment.
    pub to_us: Option<i64>,
    /// Only those in one of these states; empty means any.
    pub states: Vec<RecordingState>,
    /// Only those without a picture, or only the others.
    pub events_only: Option<bool>,
    /// The order.
    pub sort: Sort,
    /// Most rows on the page; at most 1,000 are given.
    pub limit: u32,
    /// Rows to pass over.
    pub offset: u64,
}

impl RecordingQuery {
    /// Everything that `visibility` allows, newest first, fifty rows.
    #[must_use]
    pub fn new(visibility: Visibility) -> Self {
        Self {
            visibility,
            text: None,
            from_us: None,
            to_us: None,
            states: Vec::new(),
            events_only: None,
            sort: Sort { column: SortColumn::Start, descending: true },
            limit: 50,
            offset: 0,
        }
    }
}

impl Catalogue {
    /// One page of the recordings that match.
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn search(&self, query: &RecordingQuery) -> Result<Page<Recording>, CatalogueError> {
        let doing = || CatalogueError::doing("search the recordings");
        let condition = condition(query);
        let mut moment = self.one_moment().await.map_err(doing())?;
        let (sql, values) = count(condition.clone()).build(SqliteQueryBuilder);
        let total: i64 = {
            use sqlx::Row;
            let row = bind(sqlx::query(AssertSqlSafe(sql)), values)?.fetch_one(&mut *moment).await.map_err(doing())?;
            row.try_get(0).map_err(doing())?
        };
        if total == 0 {
            return Ok(Page { items: Vec::new(), total: 0 });
        }
        let (sql, values) = page(query, condition).build(SqliteQueryBuilder);
        let rows = bind(sqlx::query(AssertSqlSafe(sql)), values)?.fetch_all(&mut *moment).await.map_err(doing())?;
        Ok(Page {
            items: rows.iter().map(recordings::recording).collect::<Result<_, _>>()?,
            total: total.unsigned_abs(),
        })
    }

    /// The recording, if `visibility` shows it: the same rule as in [`Catalogue::search`].
    ///
    /// # Errors
    /// [`CatalogueError::Database`], [`CatalogueError::Unreadable`].
    pub async fn visible_recording(
        &self,
        id: recording::RecordingId,
        visibility: &Visibility,
    ) -> Result<Option<Recording>, CatalogueError> {
        let mut select = Query::select();
        select
            .expr(Expr::cust("*"))
            .from(Alias::new("recordings"))
            .and_where(column("id").eq(id.to_string()))
            .cond_where(visible(visibility));
        let (sql, values) = select.build(SqliteQueryBuilder);
        let row = bind(sqlx::query(AssertSqlSafe(sql)), values)?
            .fetch_optional(&self.derived)
            .await
            .map_err(CatalogueError::doing("look up a recording"))?;
        row.as_ref().map(recordings::recording).transpose()
    }
}

pub(crate) fn column(name: &'static str) -> Expr {
    Expr::col(Alias::new(name).into_column_ref())
}

pub(crate) fn condition(query: &RecordingQuery) -> Condition {
    let mut condition = Cond::all().add(visible(&query.visibility));
    let text = query.text.as_deref().unwrap_or_default().to_lowercase();
    for word in text.split_whitespace().take(MAX_WORDS) {
        // Both sides are lower case already; `instr` has no wildcards to escape and is faster than LIKE.
        condition = condition.add(Expr::cust_with_values("instr(search_text, ?) > 0", [word]));
    }
    if let Some(from) = query.from_us {
        // A recording that has not ended reaches until now.
        condition = condition.add(Cond::any().add(column("end_us").is_null()).add(column("end_us").gte(from)));
    }
    if let Some(to) = query.to_us {
        condition = condition.add(column("start_us").lt(to));
    }
    if !query.states.is_empty() {
        condition = condition.add(column("state").is_in(query.states.iter().map(|state| state.as_str())));
    }
    if let Some(events_only) = query.events_only {
        condition = condition.add(Expr::cust(if events_only { "events_only = 1" } else { "events_only IS NOT 1" }));
    }
    condition
}

fn visible(visibility: &Visibility) -> Condition {
    match visibility {
        Visibility::Everything => Cond::all(),
        Visibility::Nothing => Cond::all().add(Expr::cust("0")),
        Visibility::Any(rules) => {
            let among = rules.iter().flat_map(|rule| {
                [
                    among(column("user_folded"), &rule.users),
                    among(column("machine_folded"), &rule.machines),
                    among(Func::lower(column("application")).into(), &rule.applications),
                ]
            });
            let among: Vec<Expr> = among.flatten().collect();
            // A term that is always false would keep the database from using its indexes.
            match among.is_empty() {
                true => Cond::all().add(Expr::cust("0")),
                false => among.into_iter().fold(Cond::any(), Condition::add),
            }
        }
    }
}

fn among(folded: Expr, names: &[String]) -> Option<Expr> {
    (!names.is_empty()).then(|| folded.is_in(names.iter().map(|name| name.to_lowercase())))
}

fn count(condition: Condition) -> SelectStatement {
    let mut select = Query::select();
    select.expr(Expr::cust("count(*)")).from(Alias::new("recordings")).cond_where(condition);
    select
}

pub(crate) fn page(query: &RecordingQuery, condition: Condition) -> SelectStatement {
    let name = match query.sort.column {
        SortColumn::Start => "start_us",
        SortColumn::User => "user_folded",
        SortColumn::Machine => "machine_folded",
        SortColumn::Duration => "duration_us",
        SortColumn::Size => "size_bytes",
        SortColumn::State => "state",
    };
    let order = if query.sort.descending { Order::Desc } else { Order::Asc };
    let mut select = Query::select();
    select
        .expr(Expr::cust("*"))
        .from(Alias::new("recordings"))
        .cond_where(condition)
        .order_by(Alias::new(name), order.clone())
        .order_by(Alias::new("id"), order)
        .limit(u64::from(Ord::min(query.limit, MAX_PAGE)))
        .offset(Ord::min(query.offset, i64::MAX.unsigned_abs()));
    select
}

pub(crate) fn bind(
    mut query: SqlxQuery<'_, Sqlite, SqliteArguments>,
    values: Values,
) -> Result<SqlxQuery<'_, Sqlite, SqliteArguments>, CatalogueError> {
    for value in values {
        query = match value {
            Value::String(text) => query.bind(text),
            Value::BigInt(number) => query.bind(number),
            Value::BigUnsigned(number) => query.bind(number.map(|n| i64::try_from(n).unwrap_or(i64::MAX))),
            other => {
                return Err(CatalogueError::Unreadable { what: "in a query the value", value: format!("{other:?}") });
            }
        };
    }
    Ok(query)
}
