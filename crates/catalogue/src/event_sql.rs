//! Statements that find events: what the index is asked, and what events are compared with.

use sea_query::{Value, Values};
use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::error::CatalogueError;
use crate::event_words::Token;
use crate::search::{Visibility, bind};

/// Names of machines and users that are looked for in the index.
const MOST_NAMES: usize = 64;
/// More entries in one group than these make each step through several lists of the index slow.
const FEW_ENTRIES: usize = 64;

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// What a text must contain, folded.
    pub(crate) terms: Vec<String>,
    /// What a kind must be one of, unless there are none.
    pub(crate) kinds: Vec<String>,
    /// What the index must hold, one of each, with how many entries each has.
    pub(crate) groups: Vec<(usize, String)>,
}

impl Asked {
    /// The same with one group more.
    pub(crate) fn with(&self, group: Option<(usize, String)>) -> Asked {
        let mut more = self.clone();
        more.groups.extend(group);
        more
    }

    /// The same with less to be asked of the index, if that is less. One large group alone is gone through fast.
    pub(crate) fn without_large_groups(&self) -> Option<Asked> {
        if self.groups.len() < 2 {
            return None;
        }
        let mut fewer = self.clone();
        fewer.groups.retain(|(entries, _)| *entries <= FEW_ENTRIES);
        (fewer.groups.len() < self.groups.len()).then_some(fewer)
    }

    /// In the index's language. Only entries stand in it, which are letters and digits.
    fn expression(&self) -> Option<String> {
        let groups: Vec<&str> = self.groups.iter().map(|(_, group)| group.as_str()).collect();
        (!groups.is_empty()).then(|| groups.join(" AND "))
    }
}

/// One of these entries.
pub(crate) fn any_of<'a>(tokens: impl Iterator<Item = Token<'a>>) -> (usize, String) {
    let entries: Vec<String> = tokens.map(Token::entry).collect();
    (entries.len(), format!("({})", entries.join(" OR ")))
}

/// What the index must hold of events that somebody may see, if that can be said: nothing of it where everything may be seen.
pub(crate) fn names_of(visibility: &Visibility) -> Option<Option<(usize, String)>> {
    let rules = match visibility {
        Visibility::Everything => return Some(None),
        Visibility::Nothing => return None,
        Visibility::Any(rules) => rules,
    };
    let machines = rules.iter().flat_map(|rule| &rule.machines).map(|name| (true, name.to_lowercase()));
    let users = rules.iter().flat_map(|rule| &rule.users).map(|name| (false, name.to_lowercase()));
    let names: Vec<(bool, String)> = machines.chain(users).take(MOST_NAMES + 1).collect();
    let is_sayable = rules.iter().all(|rule| rule.applications.is_empty());
    if !is_sayable || names.is_empty() || names.len() > MOST_NAMES {
        return None;
    }
    let token = |(is_machine, name)| if is_machine { Token::Machine(name) } else { Token::User(name) };
    Some(Some(any_of(names.iter().map(|(is_machine, name)| token((*is_machine, name.as_str()))))))
}

/// A statement with what is bound to it, in order.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    sql: String,
    values: Vec<Value>,
}

impl Statement {
    pub(crate) fn sql(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    pub(crate) fn text(&mut self, text: String) -> &mut Self {
        self.values.push(Value::from(text));
        self.sql("?")
    }

    pub(crate) fn number(&mut self, number: i64) -> &mut Self {
        self.values.push(Value::from(number));
        self.sql("?")
    }

    /// A part that was built elsewhere.
    pub(crate) fn built(&mut self, (sql, values): (String, Values)) -> &mut Self {
        self.values.extend(values);
        self.sql(&sql)
    }

    /// That event `e` is what was asked for.
    pub(crate) fn compared(&mut self, asked: &Asked) -> &mut Self {
        for term in &asked.terms {
            self.sql(" AND instr(coalesce(e.folded, e.text), ").text(term.clone()).sql(") > 0");
        }
        for (n, kind) in asked.kinds.iter().enumerate() {
            self.sql(if n == 0 { " AND e.kind IN (" } else { ", " }).text(kind.clone());
        }
        if !asked.kinds.is_empty() {
            self.sql(")");
        }
        self
    }

    /// Ids of events that may match, the newest recordings' first.
    pub(crate) fn candidates(&mut self, asked: &Asked, from: Option<i64>, until: Option<i64>) -> &mut Self {
        let id = self.ids(asked);
        if let Some(from) = from {
            self.sql(" AND ").sql(id).sql(" >= ").number(from);
        }
        if let Some(until) = until {
            self.sql(" AND ").sql(id).sql(" < ").number(until);
        }
        self.sql(" ORDER BY ").sql(id).sql(" DESC")
    }

    /// Ids of one recording's events that may match, the first ones first.
    pub(crate) fn named_in(&mut self, asked: &Asked, number: i64) -> &mut Self {
        let id = self.ids(asked);
        self.sql(" AND ").sql(id).sql(" >= ").number(number * 8192);
        self.sql(" AND ").sql(id).sql(" < ").number((number + 1) * 8192);
        self.sql(" ORDER BY ").sql(id)
    }

    /// Begins to choose ids from the index, or, where nothing is asked of it, from all events. Says the column's name.
    fn ids(&mut self, asked: &Asked) -> &'static str {
        match asked.expression() {
            Some(expression) => {
                self.sql("SELECT rowid AS id FROM event_index WHERE event_index MATCH ").text(expression);
                "rowid"
            }
            None => {
                self.sql("SELECT id FROM events WHERE 1");
                "id"
            }
        }
    }

    pub(crate) fn query(&self) -> Result<Query<'_, Sqlite, SqliteArguments>, CatalogueError> {
        bind(sqlx::query(AssertSqlSafe(self.sql.clone())), Values(self.values.clone()))
    }
}
