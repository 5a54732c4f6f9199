//! The list of operations: where each is, and what it needs. Nothing outside this list can be called.

use crate::Role;

/// HTTP method of an operation. `HEAD` goes with `GET` and needs the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something or acts.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// What a caller must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: anyone who reaches the port.
    Nobody,
    /// A web session, whatever its roles.
    SignedIn,
    /// A web session of a person who holds one of these roles.
    OneOf(&'static [Role]),
    /// The bearer token from the metrics token file, or a web session with one of these roles.
    MetricsTokenOr(&'static [Role]),
}

impl Needs {
    /// True if a signed-in person with these roles may call.
    #[must_use]
    pub fn allow(self, roles: &[Role]) -> bool {
        match self {
            Needs::Nobody | Needs::SignedIn => true,
            Needs::OneOf(one_of) | Needs::MetricsTokenOr(one_of) => one_of.iter().any(|role| roles.contains(role)),
        }
    }
}

const PLAYERS: Needs = Needs::OneOf(&[Role::Player, Role::PrivilegedPlayer]);
const ADMINISTRATORS: Needs = Needs::OneOf(&[Role::PolicyAdministrator]);
const POLICY_READERS: Needs = Needs::OneOf(&[Role::PolicyAdministrator, Role::PolicyQuery]);
const POLICY_READERS_AND_PLAYERS: Needs =
    Needs::OneOf(&[Role::PolicyAdministrator, Role::PolicyQuery, Role::Player, Role::PrivilegedPlayer]);
const ADMINISTRATORS_AND_LOG_READERS: Needs = Needs::OneOf(&[Role::PolicyAdministrator, Role::LoggingReader]);
const LOG_READERS: Needs = Needs::OneOf(&[Role::LoggingReader]);

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident, $method:ident, $path:literal, $needs:expr;)*) => {
        /// Everything that can be asked of the server.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation { $($(#[$doc])* $name,)* }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Operation] = &[$(Operation::$name,)*];

            /// Its method.
            #[must_use]
            pub const fn method(self) -> Method {
                match self { $(Operation::$name => Method::$method,)* }
            }

            /// Its address; `{id}` stands for an opaque id.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Operation::$name => $path,)* }
            }

            /// What the caller must have. Every operation declares it: the list does not compile otherwise.
            #[must_use]
            pub const fn needs(self) -> Needs {
                match self { $(Operation::$name => $needs,)* }
            }

            /// Its name in the OpenAPI document, before the first letter is made small.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Operation::$name => stringify!($name),)* }
            }
        }
    };
}

operations! {
    /// Signs a local user in and sets the session cookie.
    Login, Post, "/api/v1/login", Needs::Nobody;
    /// Ends the web session.
    Logout, Post, "/api/v1/logout", Needs::SignedIn;
    /// Says who is signed in.
    GetMe, Get, "/api/v1/me", Needs::SignedIn;
    /// Changes the own password.
    ChangePassword, Put, "/api/v1/me/password", Needs::SignedIn;

    /// Finds recordings.
    ListRecordings, Get, "/api/v1/recordings", PLAYERS;
    /// Reads one recording's facts.
    GetRecording, Get, "/api/v1/recordings/{id}", PLAYERS;
    /// Reads where things are in a recording.
    GetRecordingIndex, Get, "/api/v1/recordings/{id}/index", PLAYERS;
    /// Reads a recording's bytes.
    GetRecordingData, Get, "/api/v1/recordings/{id}/data", PLAYERS;
    /// Reads small pictures of a recording, from its beginning to its end.
    GetRecordingThumbnails, Get, "/api/v1/recordings/{id}/thumbnails", PLAYERS;
    /// Lists the recordings of a recording's session, in their order.
    GetRecordingSession, Get, "/api/v1/recordings/{id}/session", PLAYERS;
    /// Reads a recording's evidence file: receipts and what else speaks for it.
    GetRecordingEvidence, Get, "/api/v1/recordings/{id}/evidence", PLAYERS;
    /// Reads a recording, and the others of its session, as one archive with what speaks for them.
    GetRecordingBundle, Get, "/api/v1/recordings/{id}/bundle", PLAYERS;
    /// Says which key signs this server's receipts.
    GetEvidenceKey, Get, "/api/v1/evidence-key", Needs::SignedIn;
    /// Follows a recording while it grows.
    WatchRecording, Get, "/api/v1/recordings/{id}/live", PLAYERS;

    /// Lists what was done in response to events.
    ListResponses, Get, "/api/v1/responses", PLAYERS;

    /// Lists machines.
    ListMachines, Get, "/api/v1/machines", ADMINISTRATORS;
    /// Withdraws a machine's certificate and ends its connection.
    RevokeMachine, Post, "/api/v1/machines/{id}/revoke", ADMINISTRATORS;
    /// Lists the sessions of connected machines: who is recorded, and why.
    ListSessions, Get, "/api/v1/sessions", ADMINISTRATORS;
    /// Has sessions recorded, or not.
    ControlSessions, Post, "/api/v1/sessions/control", ADMINISTRATORS;
    /// Counts how many sessions that were to be recorded were.
    GetRecordingSuccess, Get, "/api/v1/recording-success", ADMINISTRATORS_AND_LOG_READERS;
    /// Lists sessions by what became of them: those that were not recorded although they should have been, and why.
    ListSessionOutcomes, Get, "/api/v1/recording-success/sessions", ADMINISTRATORS_AND_LOG_READERS;
    /// Lists enrolment tokens, without their secrets.
    ListEnrolmentTokens, Get, "/api/v1/enrolment-tokens", ADMINISTRATORS;
    /// Makes an enrolment token.
    CreateEnrolmentToken, Post, "/api/v1/enrolment-tokens", ADMINISTRATORS;
    /// Removes an enrolment token; it can no longer be used.
    DeleteEnrolmentToken, Delete, "/api/v1/enrolment-tokens/{id}", ADMINISTRATORS;
    /// Lets a machine in that shows a token.
    Enrol, Post, "/api/v1/enrol", Needs::Nobody;

    /// Lists policies.
    ListPolicies, Get, "/api/v1/policies", POLICY_READERS;
    /// Keeps a new policy.
    CreatePolicy, Post, "/api/v1/policies", ADMINISTRATORS;
    /// Says what would become of a session. The session of a recording is told to those who may play it.
    TryPolicy, Post, "/api/v1/policies/try", POLICY_READERS;
    /// Says what another policy would change for sessions that run now, and for past ones.
    ForecastPolicy, Post, "/api/v1/policies/forecast", ADMINISTRATORS;
    /// Reads a policy.
    GetPolicy, Get, "/api/v1/policies/{id}", POLICY_READERS;
    /// Changes a policy, its name included.
    UpdatePolicy, Put, "/api/v1/policies/{id}", ADMINISTRATORS;
    /// Removes a policy that is not active.
    DeletePolicy, Delete, "/api/v1/policies/{id}", ADMINISTRATORS;
    /// Keeps a copy of a policy under another name.
    CopyPolicy, Post, "/api/v1/policies/{id}/copy", ADMINISTRATORS;
    /// Makes a policy the active one.
    ActivatePolicy, Post, "/api/v1/policies/{id}/activate", ADMINISTRATORS;
    /// Says which kinds of events there are, what can be asked about each, and what can be done in response.
    ListEventKinds, Get, "/api/v1/event-kinds", Needs::SignedIn;
    /// Lists detection policies.
    ListDetectionPolicies, Get, "/api/v1/detection-policies", POLICY_READERS;
    /// Keeps a new detection policy.
    CreateDetectionPolicy, Post, "/api/v1/detection-policies", ADMINISTRATORS;
    /// Says what would be logged of a session. The session of a recording is told to those who may play it.
    TryDetectionPolicy, Post, "/api/v1/detection-policies/try", POLICY_READERS;
    /// Reads a detection policy.
    GetDetectionPolicy, Get, "/api/v1/detection-policies/{id}", POLICY_READERS;
    /// Changes a detection policy, its name included.
    UpdateDetectionPolicy, Put, "/api/v1/detection-policies/{id}", ADMINISTRATORS;
    /// Removes a detection policy that is not active.
    DeleteDetectionPolicy, Delete, "/api/v1/detection-policies/{id}", ADMINISTRATORS;
    /// Keeps a copy of a detection policy under another name.
    CopyDetectionPolicy, Post, "/api/v1/detection-policies/{id}/copy", ADMINISTRATORS;
    /// Makes a detection policy the active one; `machine-settings` makes none active.
    ActivateDetectionPolicy, Post, "/api/v1/detection-policies/{id}/activate", ADMINISTRATORS;
    /// Lists templates of triggers.
    ListTriggerTemplates, Get, "/api/v1/trigger-templates", POLICY_READERS;
    /// Keeps a new template of a trigger.
    CreateTriggerTemplate, Post, "/api/v1/trigger-templates", ADMINISTRATORS;
    /// Changes a template of a trigger; rules that it was put into stay as they are.
    UpdateTriggerTemplate, Put, "/api/v1/trigger-templates/{id}", ADMINISTRATORS;
    /// Removes a template of a trigger; rules that it was put into stay as they are.
    DeleteTriggerTemplate, Delete, "/api/v1/trigger-templates/{id}", ADMINISTRATORS;
    /// Reads how users are told that they are recorded.
    GetNotices, Get, "/api/v1/notices", POLICY_READERS;
    /// Changes how users are told that they are recorded, and whether they are asked.
    SetNotices, Put, "/api/v1/notices", ADMINISTRATORS;
    /// Reads how new recordings are sealed, and who can open them. Players see whose key a recording needs.
    GetSealing, Get, "/api/v1/sealing", POLICY_READERS_AND_PLAYERS;
    /// Changes how new recordings are sealed.
    SetSealing, Put, "/api/v1/sealing", ADMINISTRATORS;

    /// Reads how people and programs are told of what happens, without secrets.
    GetNotifications, Get, "/api/v1/notifications", ADMINISTRATORS;
    /// Changes how people and programs are told of what happens.
    SetNotifications, Put, "/api/v1/notifications", ADMINISTRATORS;
    /// Sends a mail or calls the webhook as a test.
    TestNotifications, Post, "/api/v1/notifications/test", ADMINISTRATORS;
    /// Shows how a mail looks. Nothing is sent or kept.
    PreviewMail, Post, "/api/v1/notifications/preview", ADMINISTRATORS;
    /// Lists mails and webhook calls and what became of them.
    ListDeliveries, Get, "/api/v1/deliveries", ADMINISTRATORS_AND_LOG_READERS;

    /// Lists people.
    ListUsers, Get, "/api/v1/users", ADMINISTRATORS;
    /// Adds a person.
    CreateUser, Post, "/api/v1/users", ADMINISTRATORS;
    /// Changes a person.
    UpdateUser, Put, "/api/v1/users/{id}", ADMINISTRATORS;
    /// Changes what a person may do.
    SetUserRoles, Put, "/api/v1/users/{id}/roles", ADMINISTRATORS;

    /// Reads what agents and server reported.
    ListDiagnostics, Get, "/api/v1/diagnostics", LOG_READERS;
    /// Says what the numbers in it mean.
    ListNumbers, Get, "/api/v1/diagnostics/numbers", LOG_READERS;
    /// Reads what administrators and viewers did.
    ListAdminLog, Get, "/api/v1/admin-log", LOG_READERS;
    /// Reads one entry of it, with what was changed.
    GetAdminLogEntry, Get, "/api/v1/admin-log/{id}", LOG_READERS;

    /// Reads this document.
    GetOpenApi, Get, "/api/v1/openapi.json", Needs::Nobody;
    /// Reads figures in the Prometheus text format.
    GetMetrics, Get, "/metrics", Needs::MetricsTokenOr(&[Role::LoggingReader]);
    /// Says whether the server works.
    GetHealth, Get, "/healthz", Needs::Nobody;
}
