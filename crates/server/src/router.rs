//! The router: one entry per declared operation, each behind the authorisation point, and the console for all else.

use std::sync::Arc;
use std::time::Duration;

use api::{Method, Operation, ProblemCode};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::authorise;
use crate::console;
use crate::failure::Failure;
use crate::live;
use crate::policies::{Detecting, Recording};
use crate::routes::{
    administration, bundle, data, enrolment, evidence, forecast, login, machines, notices, notifications, operating,
    people, policies, recordings, responses, sealing, sessions, success, templates, thumbnails, tried_policies,
};

/// Largest body of a request: a certificate request or a password fit many times.
const MOST_BODY_BYTES: usize = 64 * 1024;
/// The same where a policy's document comes, which may be indented.
const MOST_POLICY_BYTES: usize = 512 * 1024;
/// A request has this long to be read and answered. What is sent after the answer's head is not counted.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The policy for pages. Nothing from elsewhere, no inline script; WebAssembly is compiled, nothing else is evaluated.
/// Pictures may be made by the page itself (`blob:`) or stand in its styles (`data:`).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Headers of every answer.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The whole router.
pub fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for operation in Operation::ALL {
        let guard = middleware::from_fn_with_state((Arc::clone(app), *operation), authorise::guard);
        router = router.route(operation.path(), handler(*operation).layer(guard));
    }
    router
        .fallback(console::serve)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(middleware::from_fn(within_time))
        .layer(CatchPanicLayer::custom(|_| Failure::internal(&"a handler panicked").into_response()))
        .layer(middleware::from_fn(secure))
        .with_state(Arc::clone(app))
}

/// The handler of an operation; leaving one out does not compile.
fn handler(operation: Operation) -> MethodRouter<Arc<App>> {
    match operation {
        Operation::Login => post(login::login),
        Operation::Logout => post(login::logout),
        Operation::GetMe => get(login::me),
        Operation::ChangePassword => put(login::change_password),
        Operation::ListRecordings => get(recordings::list),
        Operation::GetRecording => get(recordings::one),
        Operation::GetRecordingIndex => get(recordings::index),
        Operation::GetRecordingData => get(data::read),
        Operation::GetRecordingThumbnails => get(thumbnails::read),
        Operation::GetRecordingSession => get(recordings::session),
        Operation::GetRecordingEvidence => get(evidence::file),
        Operation::GetRecordingBundle => get(bundle::read),
        Operation::GetEvidenceKey => get(evidence::key),
        Operation::WatchRecording => get(live::watch),
        Operation::ListResponses => get(responses::list),
        Operation::ListMachines => get(machines::list),
        Operation::RevokeMachine => post(machines::revoke),
        Operation::ListSessions => get(sessions::list),
        Operation::ControlSessions => post(sessions::control),
        Operation::GetRecordingSuccess => get(success::rate),
        Operation::ListSessionOutcomes => get(success::sessions),
        Operation::ListEnrolmentTokens => get(enrolment::list),
        Operation::CreateEnrolmentToken => post(enrolment::create),
        Operation::DeleteEnrolmentToken => delete(enrolment::remove),
        Operation::Enrol => post(enrolment::enrol),
        Operation::ListPolicies => get(policies::list::<Recording>),
        Operation::CreatePolicy => post(policies::create::<Recording>).layer(DefaultBodyLimit::max(MOST_POLICY_BYTES)),
        Operation::TryPolicy => post(tried_policies::recording).layer(DefaultBodyLimit::max(MOST_POLICY_BYTES)),
        Operation::GetPolicy => get(policies::one::<Recording>),
        Operation::UpdatePolicy => put(policies::update::<Recording>).layer(DefaultBodyLimit::max(MOST_POLICY_BYTES)),
        Operation::DeletePolicy => delete(policies::remove::<Recording>),
        Operation::CopyPolicy => post(policies::copy::<Recording>),
        Operation::ActivatePolicy => post(policies::activate::<Recording>),
        Operation::ForecastPolicy => post(forecast::forecast).layer(DefaultBodyLimit::max(MOST_POLICY_BYTES)),
        Operation::ListEventKinds => get(operating::event_kinds),
        Operation::ListDetectionPolicies => get(policies::list::<Detecting>),
        Operation::CreateDetectionPolicy => {
            post(policies::create::<Detecting>).layer(DefaultBodyLimit::max(MOST_POLICY_BYTES))
        }
        Operation::TryDetectionPolicy => {
            post(tried_policies::detection).layer(DefaultBodyLimit::max(MOST_POLICY_BYTES))
        }
        Operation::GetDetectionPolicy => get(policies::one::<Detecting>),
        Operation::UpdateDetectionPolicy => {
            put(policies::update::<Detecting>).layer(DefaultBodyLimit::max(MOST_POLICY_BYTES))
        }
        Operation::DeleteDetectionPolicy => delete(policies::remove::<Detecting>),
        Operation::CopyDetectionPolicy => post(policies::copy::<Detecting>),
        Operation::ActivateDetectionPolicy => post(policies::activate::<Detecting>),
        Operation::ListTriggerTemplates => get(templates::list),
        Operation::CreateTriggerTemplate => post(templates::create),
        Operation::UpdateTriggerTemplate => put(templates::update),
        Operation::DeleteTriggerTemplate => delete(templates::remove),
        Operation::GetNotices => get(notices::current),
        Operation::SetNotices => put(notices::change).layer(DefaultBodyLimit::max(MOST_POLICY_BYTES)),
        Operation::GetSealing => get(sealing::current),
        Operation::SetSealing => put(sealing::change),
        Operation::GetNotifications => get(notifications::current),
        Operation::SetNotifications => put(notifications::change),
        Operation::TestNotifications => post(notifications::test),
        Operation::PreviewMail => post(notifications::preview),
        Operation::ListDeliveries => get(notifications::deliveries),
        Operation::ListUsers => get(people::list),
        Operation::CreateUser => post(people::create),
        Operation::UpdateUser => put(people::update),
        Operation::SetUserRoles => put(people::set_roles),
        Operation::ListDiagnostics => get(administration::diagnostics),
        Operation::ListNumbers => get(administration::numbers),
        Operation::ListAdminLog => get(administration::log),
        Operation::GetAdminLogEntry => get(administration::log_entry),
        Operation::GetOpenApi => get(operating::open_api),
        Operation::GetMetrics => get(operating::metrics),
        Operation::GetHealth => get(operating::health),
    }
}

/// True for addresses that programs ask for, where a page would be no answer.
#[must_use]
pub fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || Operation::ALL.iter().any(|operation| operation.path() == path)
}

async fn method_not_allowed(request: Request) -> Failure {
    let allowed: Vec<&str> = [Method::Get, Method::Post, Method::Put, Method::Delete].map(Method::as_str).to_vec();
    Failure::new(
        ProblemCode::MethodNotAllowed,
        format!("{} is not possible here.", request.method()),
        format!("The interface knows {}; /api/v1/openapi.json says which goes where.", allowed.join(", ")),
    )
}

async fn within_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::new(
            ProblemCode::TimedOut,
            "The request was not finished in time.",
            "Try again; if it stays so, the server is overloaded or the connection is slow.",
        )
        .into_response(),
    }
}

async fn secure(request: Request, next: Next) -> Response {
    let for_programs = is_for_programs(request.uri().path());
    let mut response = next.run(request).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return response;
    }
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if for_programs {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}
