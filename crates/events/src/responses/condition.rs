//! What must be true of an event.

use recording::Event;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kind::{Dimension, Kind, Values};

/// Bytes of a condition's text or expression.
pub const MAX_TEXT_BYTES: usize = 1_024;
/// Bytes of one field's text that conditions look at. Events are small, so all of it is; whoever makes larger ones slows nobody down.
const MAX_LOOKED_AT_BYTES: usize = 64 << 10;
/// What a prepared expression may take: it is the bound on how long a byte of text takes, too.
const MAX_PREPARED_BYTES: usize = 256 << 10;

/// One field of an event, and what must be true of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The field: a dimension of the event's kind.
    pub field: String,
    /// What must be true.
    pub test: Test,
}

/// What must be true of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ConditionTest))]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// A text has this in it, in any case of letters.
    Includes(String),
    /// A text is this, in any case of letters.
    Equals(String),
    /// A regular expression finds something in a text.
    Matches(String),
    /// A word is this one of a fixed choice.
    Is(String),
    /// A number is greater.
    Greater(u64),
    /// A number is smaller.
    Smaller(u64),
    /// A number is neither smaller than the first nor greater than the second.
    Between(u64, u64),
}

/// A condition that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCondition {
    /// Events of the kind have no such field.
    #[error("events of kind “{kind}” have no field “{field}” that conditions can be about")]
    Field {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: String,
    },
    /// A number is asked whether it includes a text, or the like.
    #[error("field “{0}” holds {1}, which cannot be tested like that")]
    Test(&'static str, &'static str),
    /// It is not one of the words that a field can hold.
    #[error("field “{0}” is one of {1}, never “{2}”")]
    Word(&'static str, String, String),
    /// Too long, or nothing.
    #[error("a text to look for has 1 to {MAX_TEXT_BYTES} bytes")]
    Text,
    /// Nothing is between these.
    #[error("no number is between {0} and {1}")]
    Between(u64, u64),
    /// An expression is wrong, or takes too much.
    #[error("the expression “{expression}” cannot be used: {why}")]
    Expression {
        /// It.
        expression: String,
        /// Why.
        why: String,
    },
}

impl Condition {
    /// Whether it makes sense for events of a kind.
    ///
    /// # Errors
    /// Why it makes none.
    pub fn check(&self, kind: &'static Kind) -> Result<(), InvalidCondition> {
        self.prepare(kind).map(drop)
    }

    pub(super) fn prepare(&self, kind: &'static Kind) -> Result<Prepared, InvalidCondition> {
        let no_field = || InvalidCondition::Field { kind: kind.name, field: self.field.clone() };
        let dimension = kind.dimension(&self.field).ok_or_else(no_field)?;
        Ok(Prepared { field: dimension.field, test: self.test.prepare(dimension)? })
    }
}

impl Test {
    fn prepare(&self, Dimension { field, values }: &'static Dimension) -> Result<PreparedTest, InvalidCondition> {
        match (self, values) {
            (Self::Includes(text), Values::Text) => Ok(PreparedTest::Includes(text_of(text)?.to_lowercase())),
            (Self::Equals(text), Values::Text) => Ok(PreparedTest::Equals(text_of(text)?.to_lowercase())),
            (Self::Matches(expression), Values::Text) => Ok(PreparedTest::Matches(expression_of(expression)?)),
            (Self::Is(word), Values::Choice(words)) => {
                let known = words.iter().find(|known| *known == word);
                let refused = || InvalidCondition::Word(field, words.join(", "), word.clone());
                known.map(|word| PreparedTest::Is(word)).ok_or_else(refused)
            }
            (Self::Greater(limit), Values::Number) => Ok(PreparedTest::Greater(*limit)),
            (Self::Smaller(limit), Values::Number) => Ok(PreparedTest::Smaller(*limit)),
            (Self::Between(least, most), Values::Number) if least <= most => Ok(PreparedTest::Between(*least, *most)),
            (Self::Between(least, most), Values::Number) => Err(InvalidCondition::Between(*least, *most)),
            (_, Values::Text) => Err(InvalidCondition::Test(field, "text")),
            (_, Values::Number) => Err(InvalidCondition::Test(field, "a number")),
            (_, Values::Choice(_)) => Err(InvalidCondition::Test(field, "one of some words")),
        }
    }
}

fn text_of(text: &str) -> Result<&str, InvalidCondition> {
    (1..=MAX_TEXT_BYTES).contains(&text.len()).then_some(text).ok_or(InvalidCondition::Text)
}

/// The time that these expressions take grows with the text alone: nothing is tried twice.
fn expression_of(expression: &str) -> Result<Regex, InvalidCondition> {
    let expression = text_of(expression)?;
    let mut builder = RegexBuilder::new(expression);
    builder.size_limit(MAX_PREPARED_BYTES).dfa_size_limit(MAX_PREPARED_BYTES).nest_limit(50);
    builder.build().map_err(|error| InvalidCondition::Expression {
        expression: expression.to_owned(),
        why: match error {
            regex::Error::CompiledTooBig(_) => "it stands for too much".to_owned(),
            // Its last line says what is wrong; the others draw where, for a terminal.
            error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        },
    })
}

/// A condition that is ready to be asked.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    field: &'static str,
    test: PreparedTest,
}

#[derive(Debug, Clone)]
enum PreparedTest {
    Includes(String),
    Equals(String),
    Matches(Regex),
    Is(&'static str),
    Greater(u64),
    Smaller(u64),
    Between(u64, u64),
}

impl Prepared {
    /// Whether it is true of an event. A field that is not there makes nothing true.
    pub fn holds(&self, event: &Event) -> bool {
        match event.fields.get(self.field) {
            Some(Value::String(text)) => {
                self.test.holds_for_text(&text[..text.floor_char_boundary(MAX_LOOKED_AT_BYTES)])
            }
            Some(Value::Number(number)) => number.as_f64().is_some_and(|number| self.test.holds_for_number(number)),
            _ => false,
        }
    }
}

impl PreparedTest {
    fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Self::Includes(part) => text.to_lowercase().contains(part),
            Self::Equals(whole) => text.to_lowercase() == *whole,
            Self::Matches(expression) => expression.is_match(text),
            Self::Is(word) => text == *word,
            Self::Greater(_) | Self::Smaller(_) | Self::Between(..) => false,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "limits that people write are far smaller than 2^53")]
    fn holds_for_number(&self, number: f64) -> bool {
        match self {
            Self::Greater(limit) => number > *limit as f64,
            Self::Smaller(limit) => number < *limit as f64,
            Self::Between(least, most) => (*least as f64..=*most as f64).contains(&number),
            Self::Includes(_) | Self::Equals(_) | Self::Matches(_) | Self::Is(_) => false,
        }
    }
}
