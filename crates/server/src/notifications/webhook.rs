//! Calls of the site's webhook: JSON, signed together with the time, so that who listens in cannot send it again later.

use std::time::Duration;

use api::WebhookSetting;
use catalogue::Delivery;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Certificate, Client, Url};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use super::{Failed, moment};
use crate::clock::{self, SECOND_US};
use crate::outgoing::{self, with_causes};
use crate::secret;

/// A receiver has this long to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of an answer so much is read, and nothing is made of it.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// What is sent, and what it is known by.
pub struct Call {
    id: Uuid,
    body: Value,
}

/// Calls one address.
pub struct Caller {
    client: Client,
    url: Url,
    secret: String,
}

/// What is wrong with an address, if anything is.
pub fn check_url(url: &str) -> Result<Url, String> {
    let url: Url = url.parse().map_err(|error| format!("the webhook's address is none: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the webhook's address must not hold a name or password".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if url.host_str().is_some_and(super::setting::is_this_host) => Ok(url),
        "http" => Err("http is for this host itself alone (localhost); use https".to_owned()),
        other => Err(format!("the webhook is called by https, not {other}")),
    }
}

impl Caller {
    /// # Errors
    /// The setting cannot be used.
    pub fn new(setting: &WebhookSetting, secret: &str) -> Result<Self, Failed> {
        let url = check_url(&setting.url).map_err(Failed::Nothing)?;
        let mut builder = outgoing::client(PATIENCE);
        if let Some(pem) = &setting.certificate {
            let certificates = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|error| unusable(&error))?;
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|error| unusable(&error))?;
        Ok(Self { client, url, secret: secret.to_owned() })
    }

    /// Calls, and gives what was answered in a word.
    ///
    /// # Errors
    /// Nobody answered, or not that it was taken.
    pub async fn call(&self, call: &Call) -> Result<String, Failed> {
        let body = call.body.to_string();
        let seconds = clock::now_us() / SECOND_US;
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("user-agent", "kinescope")
            .header("kinescope-delivery", call.id.simple().to_string())
            .header("kinescope-signature", format!("t={seconds},v1={}", sign(&self.secret, seconds, &body)))
            .body(body);
        // An address may say more than is to stand in a list.
        let mut answer = request.send().await.map_err(|error| Failed::Nothing(with_causes(&error.without_url())))?;
        let status = answer.status();
        let mut read = 0;
        while let Ok(Some(piece)) = answer.chunk().await {
            read += piece.len();
            if read > MAX_ANSWER_BYTES {
                break;
            }
        }
        if status.is_success() {
            Ok(format!("answered {status}"))
        } else {
            Err(Failed::Later(format!("answered {status}")))
        }
    }
}

fn unusable(error: &reqwest::Error) -> Failed {
    Failed::Nothing(with_causes(error))
}

/// HMAC-SHA-256 of the time in seconds, a point and the body.
fn sign(secret: &str, seconds: i64, body: &str) -> String {
    // Keys of any length are taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{seconds}.{body}").as_bytes());
    secret::hex(&mac.finalize().into_bytes())
}

/// A delivery as receivers get it. `link` opens the moment.
pub fn call(delivery: &Delivery, link: &str) -> Call {
    let (user, machine) = delivery.session.clone().unzip();
    let body = json!({
        "version": 1,
        "id": delivery.id.simple().to_string(),
        "type": "response",
        "at": moment::for_programs(delivery.at_us),
        "event": delivery.kind,
        "detail": delivery.detail,
        "count": delivery.count,
        "trigger": delivery.trigger,
        "rule": delivery.rule,
        "policy": delivery.policy,
        "recording": delivery.recording.to_string(),
        "time_us": delivery.time_us,
        "user": user,
        "machine": machine,
        "link": link,
    });
    Call { id: delivery.id, body }
}

/// A call that says it is a test.
pub fn test_call() -> Call {
    let id = Uuid::now_v7();
    let at = moment::for_programs(clock::now_us());
    Call { id, body: json!({ "version": 1, "id": id.simple().to_string(), "type": "test", "at": at }) }
}
