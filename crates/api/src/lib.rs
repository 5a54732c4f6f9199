//! Requests and responses of the REST interface, and the OpenAPI document made from them.
//!
//! The server answers with these types and the console's client is generated from `openapi.json` beside this crate's
//! manifest, which a test compares with [`document`]. Which operations exist, at which address, and *who may use them* is
//! said once, in [`Operation`]: the server builds its router from that list and asks [`Operation::needs`] before every
//! call, so an operation that declares nothing cannot be reached.
//!
//! Times are Unix microseconds (`*_us`, UTC); sizes are bytes. Unknown fields of requests are refused.

mod accounts;
mod detection;
mod document;
mod event_kinds;
mod machines;
mod notices;
mod notifications;
mod numbers;
mod operations;
mod people;
mod policies;
mod problem;
mod recordings;
mod responses;
mod roles;
mod sealing;
mod sessions;
mod site;
mod templates;

pub use accounts::{
    OutcomeCounts, OutcomeQuery, RecordingSuccess, RecordingSuccessDay, SessionOutcome, SessionOutcomeItem,
    SessionOutcomePage, SuccessQuery,
};
pub use detection::{
    CreateDetectionPolicy, DetectionPolicyDetails, TriedDetection, TryDetectionPolicy, UpdateDetectionPolicy,
};
pub use document::{document, document_json};
pub use event_kinds::{Bounds, EventDimension, EventKind, EventKindList, EventValues, ResponseBounds};
pub use machines::{
    CreateEnrolmentToken, CreatedEnrolmentToken, EnrolRequest, EnrolResponse, EnrollingMachine, EnrolmentToken,
    EnrolmentTokenList, MachineItem, MachineList, RefusedCopy,
};
pub use notices::{BuiltInNotice, NoticeButtons, NoticePage, SetNotices};
pub use notifications::{
    DeliveriesQuery, DeliveryChannel, DeliveryItem, DeliveryOutcome, DeliveryPage, MailLanguage, MailPreview,
    MailSecurity, MailSetting, NotificationPage, NotificationSetting, PreviewMail, SetNotifications, SubjectPart,
    TestNotifications, TestedNotification, TestedNotifications, WebhookSetting,
};
pub use numbers::{NumberItem, NumberList, numbers, numbers_document};
pub use operations::{Method, Needs, Operation};
pub use people::{ChangePassword, CreateUser, Login, Me, ServerFacts, SetRoles, UpdateUser, UserItem, UserList};
pub use policies::{
    ActivatePolicy, CopyPolicy, CreatePolicy, DeletePolicy, Forecast, ForecastChange, ForecastCounts, ForecastExample,
    ForecastGroup, ForecastKind, ForecastPolicy, PolicyDetails, PolicyItem, PolicyList, TriedDecision, TriedSession,
    TryPolicy, UpdatePolicy,
};
pub use problem::{Problem, ProblemCode};
pub use recordings::{
    EventHit, EventHits, EvidenceKey, LiveMessage, LiveState, RecordingIndex, RecordingItem, RecordingPage,
    RecordingQuery, RecordingState, SessionRecordings, SortKey, StartReason, StateFilter,
};
pub use responses::{ResponseDay, ResponseItem, ResponseOutcome, ResponsePage, ResponseQuery};
pub use roles::Role;
pub use sealing::{FormerRecipient, Recipient, Sealing, SetRecipient, SetSealing};
pub use sessions::{
    ControlOrder, ControlOutcome, ControlSessions, ControlledSession, ControlledSessions, SessionItem, SessionList,
    SessionQuery, StartedBy,
};
pub use site::{
    AdminLogEntry, AdminLogItem, AdminLogPage, AdminLogQuery, DiagnosticItem, DiagnosticPage, Health, LogAbout,
    LogQuery, Severity,
};
pub use templates::{CreateTemplate, DeleteTemplate, TemplateItem, TemplateList, UpdateTemplate};
