//! The database of recordings, machines and people.
//!
//! One SQLite file in WAL mode. Rows of recordings are *derived*: storage holds the truth and
//! [`Catalogue::replace_recordings`] builds them anew from it; so are the events of recordings. Everything else (people, machines, tokens, settings,
//! the administrator log, what became of sessions, what was sent to whom) exists only here and is written through a connection with
//! `synchronous=FULL`, so that a
//! change that was confirmed survives a power cut.
//!
//! All times are microseconds since 1970-01-01 UTC. The catalogue never reads a clock: the caller says what time it is.

mod accounts;
mod administrator_log;
mod content;
mod database;
mod deliveries;
mod delivery_queue;
mod diagnostics;
mod error;
mod event_pieces;
mod event_search;
mod event_sql;
mod event_words;
mod events;
mod identities;
mod machines;
mod policies;
mod recordings;
mod responses;
mod search;
mod settings;
mod templates;
mod tokens;
mod users;
mod web_sessions;

pub use accounts::{ListedAccount, OutcomesOfDay, PastSession, SessionAccount};
pub use administrator_log::{AdministratorAction, AdministratorEntry, LogScope, RECORDING_MADE, RECORDING_REASON};
pub use database::Catalogue;
pub use deliveries::{AskedOf, Channel, NewDelivery, Noted, QueueBounds, Queued};
pub use delivery_queue::{Delivery, DeliveryOutcome, DeliveryQuery};
pub use diagnostics::{Diagnostic, DiagnosticEntry, DiagnosticQuery, Severity};
pub use error::CatalogueError;
pub use event_search::{EventFilter, EventHits, FoundEvents, MOST_FOUND, MOST_HITS_COUNTED};
pub use events::{NewEvents, NotedEvents, RecordedEvent};
pub use identities::{KnownCertificate, RefusedCopy, Standing};
pub use machines::{Machine, MachineReport};
pub use policies::{MAX_POLICIES, PolicyChange, PolicyKind, PolicySummary, StoredPolicy};
pub use recordings::{Progress, Recording, RecordingState};
pub use responses::{ListedResponse, RecordedResponse, ResponseCount, ResponseListing, ResponsesFound};
pub use search::{Page, RecordingQuery, Sort, SortColumn, Visibility, VisibilityRule};
pub use settings::Setting;
pub use templates::{MAX_TEMPLATES, StoredTemplate, TemplateChange};
pub use tokens::EnrolmentToken;
pub use users::{Role, User};
pub use web_sessions::WebSession;
