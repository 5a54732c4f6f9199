//! A running server, asked over its interface as a signed-in person.

use std::io::IsTerminal as _;
use std::time::Duration;

use anyhow::{Context as _, bail};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use spool::{ServerAddress, enrolment_tls};

use crate::data_folder::DataFolder;
use crate::terminal::{hidden, read_line};

/// An answer longer than this is none.
const MAX_ANSWER_BYTES: usize = 16 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a certificate's SHA-256.
const FINGERPRINT_BYTES: usize = 32;

/// Names a server and a person.
#[derive(clap::Args)]
pub struct Remote {
    /// The server
    #[arg(
        long,
        global = true,
        env = "KINESCOPE_SERVER",
        default_value = "https://localhost:8443",
        value_name = "https://HOST:PORT"
    )]
    server: ServerAddress,
    /// Who signs in; the password is read from the terminal, or from the first line of standard input
    #[arg(long, global = true, env = "KINESCOPE_USER", default_value = "admin", value_name = "NAME")]
    login: String,
    /// SHA-256 of the server's certificate, as it stands behind the dot of enrolment tokens; default: that of the server whose data
    /// folder is on this machine
    #[arg(long, global = true, env = "KINESCOPE_FINGERPRINT", value_name = "HEX")]
    fingerprint: Option<String>,
    #[command(flatten)]
    folder: DataFolder,
}

/// A person who is signed in.
pub struct Person<'a> {
    remote: &'a Remote,
    fingerprint: [u8; FINGERPRINT_BYTES],
    cookie: String,
}

impl Remote {
    /// Signs in.
    pub async fn sign_in(&self) -> anyhow::Result<Person<'_>> {
        let password = match std::io::stdin().is_terminal() {
            true => hidden(&format!("Password of {} at {}: ", self.login, self.server))?,
            false => read_line()?,
        };
        let mut person = Person { remote: self, fingerprint: self.fingerprint()?, cookie: String::new() };
        let body = json!({ "user": self.login, "password": password });
        let (cookie, _) = person.exchange(Method::POST, "/api/v1/login", Some(&body)).await?;
        person.cookie = cookie.context("the server set no cookie")?;
        Ok(person)
    }

    fn fingerprint(&self) -> anyhow::Result<[u8; FINGERPRINT_BYTES]> {
        let text = match &self.fingerprint {
            Some(text) => text.clone(),
            None => ::server::offline::fingerprint(&self.folder.config()?)
                .context("name the server's certificate with --fingerprint, or its data folder with --data")?,
        };
        from_hex(&text).context("a fingerprint is 64 hexadecimal digits")
    }
}

impl Person<'_> {
    /// Reads something.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let (_, answer) = self.exchange(Method::GET, path, None).await?;
        serde_json::from_value(answer).context("the server's answer is not the expected one")
    }

    /// Has something done.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> anyhow::Result<T> {
        let (_, answer) = self.exchange(Method::POST, path, Some(&serde_json::to_value(body)?)).await?;
        serde_json::from_value(answer).context("the server's answer is not the expected one")
    }

    /// Signs out; what fails then ends by itself.
    pub async fn sign_out(self) {
        let _ = self.exchange(Method::POST, "/api/v1/logout", None).await;
    }

    /// One request; the answer with the cookie that it sets.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(Option<String>, Value)> {
        let server = &self.remote.server;
        let asked = self.exchange_now(method, path, body);
        tokio::time::timeout(TIMEOUT, asked).await.with_context(|| format!("{server} did not answer in time"))?
    }

    async fn exchange_now(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(Option<String>, Value)> {
        let server = &self.remote.server;
        let tls = server.open(enrolment_tls(self.fingerprint)?).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(tls)).await.context("the server does not speak HTTP")?;
        let driver = tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, server.to_string());
        if !self.cookie.is_empty() {
            request = request.header(header::COOKIE, &self.cookie);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
        let response = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await;
        let response = response.context("the server did not answer")?;
        let (status, cookie) = (response.status(), cookie(response.headers()));
        let answer = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect().await;
        driver.abort();
        let answer =
            answer.map_err(anyhow::Error::from_boxed).context("the server's answer cannot be read")?.to_bytes();
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        if !status.is_success() {
            bail!("{server}: {}", refusal(status.as_u16(), &answer));
        }
        Ok((cookie, answer))
    }
}

/// The session's cookie, as it is sent back.
fn cookie(headers: &hyper::HeaderMap) -> Option<String> {
    let set = headers.get(header::SET_COOKIE)?.to_str().ok()?;
    Some(set.split(';').next()?.to_owned())
}

/// What a refusal says, without what could move a terminal's cursor.
fn refusal(status: u16, answer: &Value) -> String {
    let word = |name: &str| answer[name].as_str().unwrap_or_default();
    let text = format!("{} {}", word("message"), word("help"));
    let text: String = text.trim().chars().filter(|character| !character.is_control()).take(1_000).collect();
    if text.is_empty() { format!("refused with status {status}") } else { text }
}

fn from_hex(text: &str) -> Option<[u8; FINGERPRINT_BYTES]> {
    let digits: String = text.trim().chars().filter(|digit| *digit != ':').collect();
    if digits.len() != FINGERPRINT_BYTES * 2 || !digits.is_ascii() {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(digits.get(at * 2..at * 2 + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..FINGERPRINT_BYTES).map(byte).collect();
    bytes?.try_into().ok()
}
