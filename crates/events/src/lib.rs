//! What can be told of a session besides its picture: which kinds of events there are and what each carries, what of them is
//! logged, what is done in response, how a flood of them becomes a count, and which
//! keys may be told.
//!
//! Pure: whoever saw something happen says so, and when; nothing is looked at here.

mod command_line;
mod folding;
mod kind;
mod listed;
mod logging;
mod page_address;
mod responses;
mod templates;
mod typed;
mod typing;

pub use command_line::{MAX_COMMAND_CHARS, command_line, plain_value};
pub use folding::{Folding, INTERVAL_US, WHOLE_PER_INTERVAL};
pub use kind::{Dimension, KINDS, Kind, Values};
pub use listed::{InvalidList, Listed, MAX_ITEM_BYTES, MAX_LISTED};
pub use logging::{IDLE_SECONDS, Logging};
pub use page_address::{MAX_PAGE_ADDRESS_CHARS, page_address, page_title};
pub use responses::{
    AFTER_MINUTES, Action, BEFORE_SECONDS, Came, Condition, InvalidCondition, InvalidResponses, InvalidTrigger,
    MAX_CONDITIONS, MAX_DESCRIPTION_CHARS, MAX_RECIPIENTS, MAX_TEXT_BYTES, MAX_TRIGGERS, NOTICE_SECONDS, PAUSE_SECONDS,
    PreparedTriggers, Response, Responses, Said, Test, Trigger,
};
pub use templates::{InvalidTemplate, MAX_KEYWORDS, MAX_TEMPLATE_WORD_CHARS, TriggerTemplate};
pub use typed::{MAX_TYPED_CHARS, NOT_KEPT_STEP, Typed, TypedRuns};
pub use typing::{MAX_WAITING_KEYS, MOVING_MS, Place, TYPING_MARGIN_MS, Typeable, TypedKey, TypingGate, Verdict};
