//! Decides which sessions are recorded, and says why.
//!
//! A [`Policy`] is built in or [`Custom`]: rules of one [`Action`] and [`Criteria`]. Prepared once ([`PreparedPolicy`]), it
//! turns [`Facts`] about a session into a [`Decision`] that names policy, rule and reason. Server and agent use the same
//! code: the server decides, and the agent decides by the last policy it was told while the server cannot be asked.
//! A [`DetectionPolicy`] says in the same way which events of a session are logged.
//! [`HandedOut`] is what agents are told: the policy, what of a session is sealed, and how users are told ([`Notices`]). [`Capabilities`] say what of all
//! this the recorder can do already. No I/O, no clock.

mod action;
mod address;
mod built_in;
mod capabilities;
mod criteria;
mod custom;
mod decision;
mod detection;
mod document_error;
mod facts;
mod handed_out;
mod index;
mod items;
mod notices;
mod pattern;
mod prepared;
mod text;
mod time;
mod words;

pub use action::{Action, IfDisturbed, Indicator, Rank, Screen};
pub use address::{AddressRange, InvalidAddress};
pub use built_in::{BY_ADMINISTRATOR, BY_USER, BuiltIn};
pub use capabilities::{Capabilities, Feature, NotYet};
pub use criteria::{Criteria, Person, Place};
#[cfg(feature = "schema")]
pub use custom::schemas;
pub use custom::{AnyRule, Custom, Document, MAX_DOCUMENT_BYTES, MAX_RULES, Rule, VERSION};
pub use decision::{Decision, MAX_NAMED_RULES, MAX_REASON_CHARS, without_policy};
pub use detection::{BuiltInDetection, CustomDetection, Detection, DetectionPolicy, DetectionRule, PreparedDetection};
pub use document_error::DocumentError;
pub use facts::Facts;
pub use handed_out::{HandedOut, Unreadable};
pub use items::{Items, MAX_ITEMS};
pub use notices::{
    Coming, InvalidLanguage, InvalidNotices, Labels, Language, Locale, MAX_NOTICE_TEXTS, MAX_NOTICES_BYTES, NoticeText,
    Notices, OutcomeWords, PATIENCE_SECS, Recorded, SignWords, Telling, all_sign_words, button_labels,
};
pub use pattern::Pattern;
pub use prepared::{Policy, PreparedPolicy};
pub use text::{Description, Name, NoticeBody, NoticeTitle, Title};
pub use time::{Hours, LocalTime, TimeOfDay, Weekday};
