//! The OpenAPI document, made from the list of operations and the types' own schemas.

use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required, Response,
    ResponseBuilder, Schema,
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    ActivatePolicy, AdminLogEntry, AdminLogPage, AdminLogQuery, ChangePassword, ControlSessions, ControlledSessions,
    CopyPolicy, CreateDetectionPolicy, CreateEnrolmentToken, CreatePolicy, CreateTemplate, CreateUser,
    CreatedEnrolmentToken, DeletePolicy, DeleteTemplate, DeliveriesQuery, DeliveryPage,
    DetectionPolicyDetails as Detecting, DiagnosticPage, EnrolRequest, EnrolResponse, EnrolmentTokenList,
    EventKindList, EvidenceKey, Forecast, ForecastPolicy, Health, LiveMessage, LogQuery, Login, MachineItem,
    MachineList, MailPreview, Me, Method, Needs, NoticePage, NotificationPage, NumberList, Operation, OutcomeQuery,
    PolicyDetails, PolicyList, PreviewMail, Problem, RecordingIndex, RecordingItem, RecordingPage, RecordingQuery,
    RecordingSuccess, ResponsePage, ResponseQuery, Sealing, SessionList, SessionOutcomePage, SessionQuery,
    SessionRecordings, SetNotices, SetNotifications, SetRoles, SetSealing, SuccessQuery, TemplateItem, TemplateList,
    TestNotifications, TestedNotifications, TriedDecision, TriedDetection, TryDetectionPolicy, TryPolicy,
    UpdateDetectionPolicy, UpdatePolicy, UpdateTemplate, UpdateUser, UserItem, UserList,
};

const JSON: &str = "application/json";
const SESSION: &str = "session";
const METRICS_TOKEN: &str = "metricsToken";

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    let mut writer = Writer::default();
    for operation in Operation::ALL {
        let described = describe(*operation, &mut writer).build();
        let method = match operation.method() {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Put => HttpMethod::Put,
            Method::Delete => HttpMethod::Delete,
        };
        writer.paths.add_path_operation(operation.path(), vec![method], described);
    }
    // Not named by an operation: text messages of the live connection.
    let _ = writer.schema::<LiveMessage>();

    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        "__Host-kinescope",
        "Set by login; HttpOnly, Secure, SameSite=Strict.",
    )));
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Kinescope")
                .version("1")
                .description(Some(
                    "Times are Unix microseconds. Requests that change something carry JSON and come from the server's own pages.",
                ))
                .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
                .build(),
        )
        .paths(writer.paths)
        .components(Some(
            ComponentsBuilder::new()
                .schemas_from_iter(writer.schemas)
                .security_scheme(SESSION, cookie)
                .security_scheme(METRICS_TOKEN, token)
                .build(),
        ))
        .build()
}

/// The document as it is checked in: indented JSON with a newline at its end.
///
/// # Errors
/// Never in practice: the document holds nothing that JSON cannot.
pub fn document_json() -> Result<String, serde_json::Error> {
    Ok(document().to_pretty_json()? + "\n")
}

/// Paths and the schemas they mention.
#[derive(Default)]
struct Writer {
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Writer {
    /// Notes the schema of `T` with all it mentions, and gives a reference to it.
    fn schema<T: ToSchema>(&mut self) -> Ref {
        T::schemas(&mut self.schemas);
        self.schemas.push((T::name().into_owned(), T::schema()));
        Ref::from_schema_name(T::name())
    }

    fn json<T: ToSchema>(&mut self, description: &str) -> Response {
        let schema = self.schema::<T>();
        ResponseBuilder::new()
            .description(description)
            .content(JSON, ContentBuilder::new().schema(Some(schema)).build())
            .build()
    }
}

/// An operation being described.
struct Described<'a> {
    writer: &'a mut Writer,
    builder: OperationBuilder,
}

impl Described<'_> {
    fn takes<T: ToSchema>(mut self) -> Self {
        let schema = self.writer.schema::<T>();
        let body = RequestBodyBuilder::new()
            .content(JSON, ContentBuilder::new().schema(Some(schema)).build())
            .required(Some(Required::True))
            .build();
        self.builder = self.builder.request_body(Some(body));
        self
    }

    fn query<T: IntoParams>(mut self) -> Self {
        self.builder = self.builder.parameters(Some(T::into_params(|| Some(ParameterIn::Query))));
        self
    }

    fn parameter(mut self, parameter: Parameter) -> Self {
        self.builder = self.builder.parameter(parameter);
        self
    }

    fn gives<T: ToSchema>(mut self, status: &str, description: &str) -> Self {
        let response = self.writer.json::<T>(description);
        self.builder = self.builder.response(status, response);
        self
    }

    fn answers(mut self, status: &str, description: &str, content_type: Option<&str>) -> Self {
        let mut response = ResponseBuilder::new().description(description);
        if let Some(content_type) = content_type {
            response =
                response.content(content_type, ContentBuilder::new().schema(Some(bytes_or_text(content_type))).build());
        }
        self.builder = self.builder.response(status, response.build());
        self
    }

    fn build(self) -> utoipa::openapi::path::Operation {
        self.builder.build()
    }
}

fn bytes_or_text(content_type: &str) -> Schema {
    let object = ObjectBuilder::new().schema_type(if content_type == JSON { Type::Object } else { Type::String });
    if matches!(content_type, "application/octet-stream" | "application/zip") {
        object.format(Some(SchemaFormat::Custom("binary".to_owned()))).into()
    } else {
        object.into()
    }
}

fn text_parameter(name: &str, place: ParameterIn, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .required(if place == ParameterIn::Path { Required::True } else { Required::False })
        .parameter_in(place)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

/// What follows from the declaration alone: name, tag, security, the id, and the errors.
fn begin(operation: Operation, writer: &mut Writer) -> Described<'_> {
    let name = operation.name();
    let id = name[..1].to_ascii_lowercase() + &name[1..];
    let tag =
        operation.path().trim_start_matches("/api/v1/").trim_start_matches('/').split('/').next().unwrap_or_default();
    let mut builder =
        OperationBuilder::new().operation_id(Some(id)).tag(tag).description(Some(needs_text(operation.needs())));
    match operation.needs() {
        Needs::Nobody => builder = builder.security(SecurityRequirement::default()),
        Needs::SignedIn | Needs::OneOf(_) => builder = builder.security(session()),
        Needs::MetricsTokenOr(_) => {
            let token = SecurityRequirement::new(METRICS_TOKEN, Vec::<String>::new());
            builder = builder.security(token).security(session());
        }
    }
    if operation.path().contains("{id}") {
        builder = builder.parameter(text_parameter("id", ParameterIn::Path, "Opaque id."));
    }
    let problem = writer.json::<Problem>("Not served; says why.");
    builder = builder.response("default", problem);
    Described { writer, builder }
}

fn session() -> SecurityRequirement {
    SecurityRequirement::new(SESSION, Vec::<String>::new())
}

fn needs_text(needs: Needs) -> String {
    let words = |roles: &[crate::Role]| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" or ");
    match needs {
        Needs::Nobody => "Needs no login.".to_owned(),
        Needs::SignedIn => "Needs a login.".to_owned(),
        Needs::OneOf(roles) => format!("Needs the role {}.", words(roles)),
        Needs::MetricsTokenOr(roles) => format!("Needs the metrics token or the role {}.", words(roles)),
    }
}

/// What each operation takes and gives.
fn describe(operation: Operation, writer: &mut Writer) -> Described<'_> {
    let begun = begin(operation, writer);
    match operation {
        Operation::Login => begun.takes::<Login>().gives::<Me>("200", "Signed in; the cookie is set."),
        Operation::Logout => begun.answers("204", "The session has ended.", None),
        Operation::GetMe => begun.gives::<Me>("200", "Who is signed in."),
        Operation::ChangePassword => begun.takes::<ChangePassword>().answers("204", "Changed.", None),
        Operation::ListRecordings => begun.query::<RecordingQuery>().gives::<RecordingPage>("200", "The page asked for."),
        Operation::GetRecording => begun.gives::<RecordingItem>("200", "The recording."),
        Operation::GetRecordingIndex => begun.gives::<RecordingIndex>("200", "For what is stored now."),
        Operation::GetRecordingData => begun
            .parameter(text_parameter("Range", ParameterIn::Header, "One range of bytes, for example `bytes=0-65535`."))
            .answers("200", "The whole recording as stored now.", Some("application/octet-stream"))
            .answers("206", "The range.", Some("application/octet-stream")),
        Operation::GetRecordingThumbnails => begun
            .parameter(text_parameter("If-None-Match", ParameterIn::Header, "The `ETag` of an answer that is kept."))
            .answers("200", "Group blocks, each before its thumbnails; at most 1 MiB.", Some("application/octet-stream"))
            .answers("304", "Still the same.", None),
        Operation::GetRecordingSession => begun.gives::<SessionRecordings>("200", "The recording alone, or with those before and after it."),
        Operation::GetRecordingEvidence => begun.answers("200", "The evidence file (.kev) as it is now; docs/format.md describes it.", Some("application/octet-stream")),
        Operation::GetRecordingBundle => begun
            .parameter(text_parameter("Range", ParameterIn::Header, "One range of bytes, to go on with an archive."))
            .parameter(text_parameter("If-Range", ParameterIn::Header, "The `ETag` of the archive that is there in part."))
            .answers("200", "A zip file: the recordings of the session (.kin), their evidence files (.kev), and README.txt.", Some("application/zip"))
            .answers("206", "The range.", Some("application/zip")),
        Operation::GetEvidenceKey => begun.gives::<EvidenceKey>("200", "The key."),
        Operation::WatchRecording => begun
            .parameter(text_parameter("from", ParameterIn::Query, "Offset of the first byte wanted; default 0."))
            .answers("101", "A WebSocket: binary messages are an 8-byte little-endian offset and bytes, text messages are LiveMessage.", None),
        Operation::ListResponses => begun.query::<ResponseQuery>().gives::<ResponsePage>("200", "The page asked for."),
        Operation::ListMachines => begun.gives::<MachineList>("200", "Every machine."),
        Operation::RevokeMachine => begun.gives::<MachineItem>("200", "Revoked."),
        Operation::ListSessions => begun.query::<SessionQuery>().gives::<SessionList>("200", "Every session that is known."),
        Operation::ControlSessions => begun.takes::<ControlSessions>().gives::<ControlledSessions>("200", "What became of each."),
        Operation::GetRecordingSuccess => begun.query::<SuccessQuery>().gives::<RecordingSuccess>("200", "What became of sessions, by day."),
        Operation::ListSessionOutcomes => begun.query::<OutcomeQuery>().gives::<SessionOutcomePage>("200", "The page asked for."),
        Operation::ListEnrolmentTokens => begun.gives::<EnrolmentTokenList>("200", "Every token."),
        Operation::CreateEnrolmentToken => begun.takes::<CreateEnrolmentToken>().gives::<CreatedEnrolmentToken>("201", "Made; the secret is shown only here."),
        Operation::DeleteEnrolmentToken => begun.answers("204", "Removed.", None),
        Operation::Enrol => begun.takes::<EnrolRequest>().gives::<EnrolResponse>("200", "Enrolled."),
        Operation::ListPolicies => begun.gives::<PolicyList>("200", "Every policy."),
        Operation::CreatePolicy => begun.takes::<CreatePolicy>().gives::<PolicyDetails>("201", "Kept."),
        Operation::TryPolicy => begun.takes::<TryPolicy>().gives::<TriedDecision>("200", "What would become of it."),
        Operation::ForecastPolicy => begun.takes::<ForecastPolicy>().gives::<Forecast>("200", "What would change."),
        Operation::GetPolicy => begun.gives::<PolicyDetails>("200", "The policy."),
        Operation::UpdatePolicy => begun.takes::<UpdatePolicy>().gives::<PolicyDetails>("200", "Changed."),
        Operation::DeletePolicy => begun.query::<DeletePolicy>().answers("204", "Removed.", None),
        Operation::CopyPolicy => begun.takes::<CopyPolicy>().gives::<PolicyDetails>("201", "The copy is kept."),
        Operation::ActivatePolicy => begun.takes::<ActivatePolicy>().gives::<PolicyDetails>("200", "Active from now on."),
        Operation::ListEventKinds => begun.gives::<EventKindList>("200", "Every kind."),
        Operation::ListDetectionPolicies => begun.gives::<PolicyList>("200", "Every detection policy."),
        Operation::CreateDetectionPolicy => begun.takes::<CreateDetectionPolicy>().gives::<Detecting>("201", "Kept."),
        Operation::TryDetectionPolicy => begun.takes::<TryDetectionPolicy>().gives::<TriedDetection>("200", "What would be logged."),
        Operation::GetDetectionPolicy => begun.gives::<Detecting>("200", "The policy."),
        Operation::UpdateDetectionPolicy => begun.takes::<UpdateDetectionPolicy>().gives::<Detecting>("200", "Changed."),
        Operation::DeleteDetectionPolicy => begun.query::<DeletePolicy>().answers("204", "Removed.", None),
        Operation::CopyDetectionPolicy => begun.takes::<CopyPolicy>().gives::<Detecting>("201", "The copy is kept."),
        Operation::ActivateDetectionPolicy => begun.takes::<ActivatePolicy>().gives::<Detecting>("200", "Active from now on."),
        Operation::ListTriggerTemplates => begun.gives::<TemplateList>("200", "Every template."),
        Operation::CreateTriggerTemplate => begun.takes::<CreateTemplate>().gives::<TemplateItem>("201", "Kept."),
        Operation::UpdateTriggerTemplate => begun.takes::<UpdateTemplate>().gives::<TemplateItem>("200", "Changed."),
        Operation::DeleteTriggerTemplate => begun.query::<DeleteTemplate>().answers("204", "Removed.", None),
        Operation::GetNotices => begun.gives::<NoticePage>("200", "How users are told."),
        Operation::SetNotices => begun.takes::<SetNotices>().gives::<NoticePage>("200", "Told like this from now on."),
        Operation::GetSealing => begun.gives::<Sealing>("200", "How new recordings are sealed."),
        Operation::SetSealing => begun.takes::<SetSealing>().gives::<Sealing>("200", "Sealed like this from now on."),
        Operation::GetNotifications | Operation::SetNotifications | Operation::TestNotifications | Operation::PreviewMail | Operation::ListDeliveries => describe_sending(operation, begun),
        Operation::ListUsers => begun.gives::<UserList>("200", "Every person."),
        Operation::CreateUser => begun.takes::<CreateUser>().gives::<UserItem>("201", "Added."),
        Operation::UpdateUser => begun.takes::<UpdateUser>().gives::<UserItem>("200", "Changed."),
        Operation::SetUserRoles => begun.takes::<SetRoles>().gives::<UserItem>("200", "Changed."),
        Operation::ListDiagnostics => begun.query::<LogQuery>().gives::<DiagnosticPage>("200", "The page asked for."),
        Operation::ListNumbers => begun.gives::<NumberList>("200", "Every number."),
        Operation::ListAdminLog => begun.query::<AdminLogQuery>().gives::<AdminLogPage>("200", "The page asked for."),
        Operation::GetAdminLogEntry => begun.gives::<AdminLogEntry>("200", "The entry."),
        Operation::GetOpenApi => begun.answers("200", "The document.", Some(JSON)),
        Operation::GetMetrics => begun.answers("200", "The figures.", Some("text/plain")),
        Operation::GetHealth => begun.gives::<Health>("200", "It works."),
    }
}

/// The same for mail and webhook.
fn describe_sending(operation: Operation, begun: Described<'_>) -> Described<'_> {
    match operation {
        Operation::SetNotifications => {
            begun.takes::<SetNotifications>().gives::<NotificationPage>("200", "Tried and kept.")
        }
        Operation::TestNotifications => {
            begun.takes::<TestNotifications>().gives::<TestedNotifications>("200", "What became of it.")
        }
        Operation::PreviewMail => begun.takes::<PreviewMail>().gives::<MailPreview>("200", "How it looks."),
        Operation::ListDeliveries => {
            begun.query::<DeliveriesQuery>().gives::<DeliveryPage>("200", "The page asked for.")
        }
        _ => begun.gives::<NotificationPage>("200", "How people and programs are told."),
    }
}
