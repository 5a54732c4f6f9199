//! Starts servers on a folder of their own, and clients that trust nothing but their certificate.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use api::Role;
use catalogue::{Catalogue, User};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use server::app::App;
use server::authorise::role_for_catalogue;
use server::{Config, Running, Server};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use uuid::Uuid;

/// Password of every person that tests make.
pub const PASSWORD: &str = "correct horse battery";

/// A running server.
pub struct TestServer {
    pub running: Running,
    pub folder: TempDir,
}

impl TestServer {
    pub async fn start() -> TestServer {
        TestServer::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> TestServer {
        let folder = TempDir::new().unwrap();
        let mut config = config(folder.path());
        change(&mut config);
        TestServer { running: Server::start(config).await.unwrap(), folder }
    }

    /// Stops and starts again on the same folder, as after an upgrade.
    pub async fn restart(self, change: impl FnOnce(&mut Config)) -> TestServer {
        self.running.shutdown().await;
        let mut config = config(self.folder.path());
        change(&mut config);
        TestServer { running: Server::start(config).await.unwrap(), folder: self.folder }
    }

    pub fn app(&self) -> &Arc<App> {
        self.running.app()
    }

    pub fn catalogue(&self) -> &Catalogue {
        &self.app().catalogue
    }

    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address().port())
    }

    pub fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.folder.path().join("tls/server.pem")).unwrap()
    }

    pub fn client(&self) -> Caller {
        let certificate = reqwest::Certificate::from_der(&self.certificate()).unwrap();
        let http = ClientBuilder::new()
            .tls_certs_only([certificate])
            .cookie_store(true)
            .timeout(Duration::from_secs(40))
            .build()
            .unwrap();
        Caller { http, base: self.url("") }
    }

    /// Adds a person without going through the interface.
    pub async fn add_person(&self, name: &str, roles: &[Role]) -> Uuid {
        let user = User {
            id: Uuid::now_v7(),
            name: name.to_owned(),
            password_hash: self.app().passwords.hash(PASSWORD.to_owned()).await.unwrap(),
            enabled: true,
            created_us: 1,
            roles: roles.iter().copied().map(role_for_catalogue).collect::<BTreeSet<_>>(),
        };
        self.catalogue().add_user(&user).await.unwrap();
        user.id
    }

    /// A new person with these roles, signed in.
    pub async fn person(&self, name: &str, roles: &[Role]) -> Caller {
        self.add_person(name, roles).await;
        let caller = self.client();
        caller.sign_in(name, PASSWORD).await;
        caller
    }

    /// A TLS connection that offers these protocols.
    pub async fn connect(&self, alpn: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate()).unwrap();
        let config = client_config().with_root_certificates(roots).with_no_client_auth();
        self.connect_with(config, alpn).await
    }

    pub async fn connect_with(
        &self,
        mut config: ClientConfig,
        alpn: &[&[u8]],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(self.address()).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

/// The provider is chosen by each configuration, as in the server itself.
pub fn client_config() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap()
}

fn config(folder: &Path) -> Config {
    static PROVIDER: Once = Once::new();
    // The HTTP client of these tests takes the process's provider.
    PROVIDER.call_once(|| rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap());
    Config { data: folder.to_owned(), listen: ([127, 0, 0, 1], 0).into(), ..Config::default() }
}

/// An HTTP client with cookies of its own.
#[derive(Clone)]
pub struct Caller {
    pub http: Client,
    base: String,
}

impl Caller {
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request("GET", path).send().await.unwrap()).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        Answer::of(self.request(method, path).json(&body).send().await.unwrap()).await
    }

    pub async fn act(&self, method: &str, path: &str) -> Answer {
        Answer::of(self.request(method, path).send().await.unwrap()).await
    }

    pub async fn log_in(&self, user: &str, password: &str) -> Answer {
        self.send("POST", "/api/v1/login", json!({ "user": user, "password": password })).await
    }

    pub async fn sign_in(&self, user: &str, password: &str) {
        let answer = self.log_in(user, password).await;
        assert_eq!(answer.status, 200, "{user} signs in: {}", answer.body);
    }
}

/// An answer with its body read.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn of(response: Response) -> Answer {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, headers, body }
    }

    /// The problem's code; empty if it is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// Looks until it is so, and fails after ten seconds.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within ten seconds: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
