//! The one HTTP request that an agent makes.

use std::time::Duration;

use anyhow::{Context as _, bail};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use spool::{ServerAddress, enrolment_tls};

const PATH: &str = "/api/v1/enrol";
/// An answer longer than this is none.
const MAX_ANSWER_BYTES: usize = 64 << 10;
const TIMEOUT: Duration = Duration::from_secs(30);

/// What the server is asked.
#[derive(Serialize)]
pub struct EnrolRequest {
    /// The token's secret part.
    pub token: String,
    /// Request for a certificate.
    pub csr_pem: String,
    /// The key that will vouch for the machine's recordings.
    pub signing_key: recording::PublicKey,
    /// What asks.
    pub machine: Machine,
}

/// What the machine says of itself.
#[derive(Serialize)]
pub struct Machine {
    /// Host name.
    pub name: String,
    /// Operating system.
    pub os: String,
    /// The operating system's identity of the machine.
    pub machine_id: String,
}

/// What the server answers.
#[derive(Deserialize)]
pub struct EnrolAnswer {
    /// The machine's identity from now on.
    pub machine_id: String,
    /// Its certificate.
    pub certificate_pem: String,
    /// The authority that issued it.
    pub ca_pem: String,
}

/// How the server says no.
#[derive(Deserialize)]
struct Refusal {
    message: String,
    #[serde(default)]
    help: Option<String>,
}

/// Asks for an identity.
///
/// # Errors
/// If the server cannot be reached, is not the pinned one, or says no; the token is in none of the messages.
pub async fn send(
    server: &ServerAddress,
    server_certificate: [u8; 32],
    request: &EnrolRequest,
) -> anyhow::Result<EnrolAnswer> {
    tokio::time::timeout(TIMEOUT, exchange(server, server_certificate, request))
        .await
        .with_context(|| format!("{server} did not answer in time"))?
}

async fn exchange(
    server: &ServerAddress,
    server_certificate: [u8; 32],
    request: &EnrolRequest,
) -> anyhow::Result<EnrolAnswer> {
    let tls = server.open(enrolment_tls(server_certificate)?).await?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(tls)).await.context("the server does not speak HTTP")?;
    let driver = tokio::spawn(connection);
    let request = Request::builder()
        .method(Method::POST)
        .uri(PATH)
        .header(header::HOST, server.to_string())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(serde_json::to_vec(request)?)))?;
    let response = sender.send_request(request).await.context("the server did not answer")?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
    driver.abort();
    let body = body.map_err(anyhow::Error::from_boxed).context("the server's answer cannot be read")?.to_bytes();
    if status != StatusCode::OK && status != StatusCode::CREATED {
        bail!("the server refused to enrol this machine ({status}){}", refusal(&body));
    }
    serde_json::from_slice(&body).context("the server's answer is not the expected one")
}

/// What a refusal says, as far as it can be understood.
fn refusal(body: &[u8]) -> String {
    let Ok(Refusal { message, help }) = serde_json::from_slice(body) else { return String::new() };
    let help = help.map(|help| format!("; {help}")).unwrap_or_default();
    format!(": {message}{help}").chars().filter(|character| !character.is_control()).take(1_000).collect()
}
