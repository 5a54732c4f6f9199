//! How people and programs outside are told of what happens: mail, a webhook, and what became of each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Languages that mails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
pub enum MailLanguage {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
    /// German.
    #[serde(rename = "de")]
    German,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
    /// Japanese.
    #[serde(rename = "ja")]
    Japanese,
    /// Simplified Chinese.
    #[serde(rename = "zh-Hans")]
    SimplifiedChinese,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailSecurity {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS, and nothing is said without it.
    Starttls,
    /// Not at all: only to this host itself.
    None,
}

/// What stands in a mail's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectPart {
    /// The trigger's description.
    Trigger,
    /// The kind of event.
    Event,
    /// The user.
    User,
    /// The machine.
    Machine,
    /// The event in one line, as the recorded machine tells it.
    Detail,
}

/// The mail server and how mails look. The password is kept apart and never told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSetting {
    /// Name or address of the mail server.
    pub host: String,
    /// Its port.
    #[schema(minimum = 1)]
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// The name to sign in with; without it nobody signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The address that mails come from.
    pub sender: String,
    /// At most so many mails in a second: 1 to 100.
    #[serde(default = "default_rate")]
    #[schema(required = false, minimum = 1, maximum = 100, default = 25)]
    pub per_second: u16,
    /// The language of mails.
    #[serde(default)]
    #[schema(required = false)]
    pub language: MailLanguage,
    /// What stands in the subject, in this order.
    pub subject: Vec<SubjectPart>,
    /// Texts of mails in the places of those that are built in, by language: at most 4,000 characters, with `{event}`, `{detail}`, `{count}`, `{time}`,
    /// `{user}`, `{machine}`, `{trigger}`, `{rule}`, `{policy}` and `{link}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub texts: BTreeMap<MailLanguage, String>,
    /// A certificate (PEM) to trust beside those that the system trusts, for a mail server with one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

fn default_rate() -> u16 {
    25
}

/// The webhook. The secret that signs calls is kept apart and never told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookSetting {
    /// Where calls go: `https`, or `http` to this host itself.
    pub url: String,
    /// A certificate (PEM) to trust beside those that the system trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// How people and programs are told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationSetting {
    /// The console's address in mails, without a path; without it the server's own name and port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_address: Option<String>,
    /// Mail; without it none is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailSetting>,
    /// The webhook; without it none is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookSetting>,
}

/// The setting and how it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationPage {
    /// The setting.
    pub setting: NotificationSetting,
    /// The language of this server, where mails can be written in it, else English.
    pub default_language: MailLanguage,
    /// The address that stands in mails where the setting names none.
    pub default_address: String,
    /// Whether a password for the mail server is kept.
    pub has_password: bool,
    /// Whether a secret for the webhook is kept.
    pub has_secret: bool,
    /// Mails and calls that wait.
    pub waiting: i64,
    /// Those of the last 30 days that found no room in the queue.
    pub left_out: i64,
}

/// Body of `PUT /api/v1/notifications`. What is new is tried before it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetNotifications {
    /// The new setting.
    pub setting: NotificationSetting,
    /// The setting that it takes the place of: another one means that somebody else was faster.
    pub instead_of: NotificationSetting,
    /// The password for the mail server. Without it the one that is kept stays, for the same server and user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The secret that signs calls, 16 to 256 characters. Without it the one that is kept stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Somebody who gets a mail as a test. Without it only connection and login are tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_to: Option<String>,
    /// It is kept whether it works or not, and not tried.
    #[serde(default)]
    #[schema(required = false)]
    pub untested: bool,
}

impl std::fmt::Debug for SetNotifications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetNotifications").field("setting", &self.setting).finish_non_exhaustive()
    }
}

/// Body of `POST /api/v1/notifications/test`: tries what is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestNotifications {
    /// Somebody who gets a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_to: Option<String>,
    /// The webhook is called.
    #[serde(default)]
    #[schema(required = false)]
    pub webhook: bool,
}

/// Body of `POST /api/v1/notifications/preview`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewMail {
    /// The language.
    pub language: MailLanguage,
    /// A text of one's own; without it the one that is built in is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How a mail looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailPreview {
    /// The text that is built in, to begin with.
    pub built_in: String,
    /// The text of a mail about an example.
    pub shown: String,
}

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestedNotification {
    /// Whether it was taken.
    pub worked: bool,
    /// What the other side said, or why it could not be asked.
    pub words: String,
}

/// What became of tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestedNotifications {
    /// Of the mail, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<TestedNotification>,
    /// Of the webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<TestedNotification>,
}

/// How something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryChannel {
    /// By mail.
    Mail,
    /// To the webhook.
    Webhook,
}

/// What became of a mail or call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryOutcome {
    /// Nothing yet.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// The receiver refused it for good.
    Refused,
    /// The receiver did not take it for a day.
    GivenUp,
    /// The active detection policy does not say that it is sent.
    NotAllowed,
    /// There was nothing to send it by.
    NotSetUp,
}

/// A mail or call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryItem {
    /// What the receiver knows it by.
    pub id: String,
    /// By which way.
    pub channel: DeliveryChannel,
    /// Who is written to; nobody for the webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// What the receiver, or the server itself, said last; may be empty.
    pub words: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was queued.
    pub queued_us: i64,
    /// When it was settled; while it waits, when it is tried next.
    pub at_us: i64,
    /// The recording.
    pub recording: String,
    /// Its user and machine, if it is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// See `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Where in it the event is.
    pub time_us: i64,
    /// The kind of event.
    pub event: String,
    /// The trigger's description; may be empty.
    pub trigger: String,
    /// The rule and the policy, as the event names them.
    pub rule: String,
    /// See `rule`.
    pub policy: String,
}

/// Mails and calls, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryPage {
    /// Those of the page.
    pub items: Vec<DeliveryItem>,
    /// How many there are on all pages.
    pub total: i64,
}

/// Which mails and calls are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
    /// With this outcome only.
    #[serde(default)]
    #[param(inline)]
    pub outcome: Option<DeliveryOutcome>,
    /// By this way only.
    #[serde(default)]
    #[param(inline)]
    pub channel: Option<DeliveryChannel>,
    /// At most so many: 1 to 500, 100 unless said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// From this one on.
    #[serde(default)]
    pub offset: Option<u32>,
}
