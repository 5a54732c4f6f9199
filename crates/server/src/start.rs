//! Starting and stopping a server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use catalogue::{Catalogue, CatalogueError};
use evidence::{InvalidSeed, ReceiptKey};
use storage::{StorageError, Store, StoreOptions};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::authority::{Authority, AuthorityError, ServerIdentity};
use crate::config::Config;
use crate::descriptors;
use crate::folder::{self, DataFolder, FolderError};
use crate::identities::Identities;
use crate::ingest::{Ingest, IngestError, IngestOptions, TimeStampOptions};
use crate::metrics::Metrics;
use crate::notifications::{self, SecretError, SecretKey};
use crate::passwords::{PasswordError, Passwords};
use crate::playbacks::Playbacks;
use crate::sessions::WebSessions;
use crate::setup::{self, FirstLogin, SetupError};
use crate::stopping::Stop;
use crate::throttle::Throttle;
use crate::tls::{Doors, TlsError};
use crate::{housekeeping, listener, router, secret};

/// Browsers that follow live recordings at once.
const MOST_LIVE_VIEWERS: usize = 512;
/// Recordings that are read whole at once, for their index.
const SCANS_AT_ONCE: usize = 4;

/// The server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder is unusable or in use.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A certificate is unusable.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The key for receipts is damaged.
    #[error("{} cannot be used: {source}; restore it, or move it away and a new key is made, which verifiers must be told", path.display())]
    ReceiptKey {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        source: InvalidSeed,
    },
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The catalogue cannot be opened.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A storage folder cannot be opened.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The first start failed.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What agents sent before cannot be taken over.
    #[error("what is stored cannot be taken over: {0}")]
    Ingest(#[from] IngestError),
    /// The key for secrets cannot be used.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// Figures cannot be kept.
    #[error("figures cannot be kept: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// The port is taken, or may not be used.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A task of the start did not finish.
    #[error("starting was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// The way to start a server.
pub struct Server;

impl Server {
    /// Starts a server and returns once it accepts connections.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left running.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        descriptors::raise_limit();
        let folder = DataFolder::open(&config.data)?;
        let tls_folder = tls_folder(folder.path());
        let identity = ServerIdentity::load_or_make(&tls_folder, &config.names)?;
        let authority = Arc::new(Authority::load_or_make(&tls_folder)?);
        let server_fingerprint = identity.fingerprint();
        let doors = Doors::new(identity, &authority)?;
        let metrics_token = metrics_token(&config)?;
        // The database gives its other files the mode of the first.
        folder::make_private_file(&config.catalogue_file())?;
        let catalogue = Catalogue::open(&config.catalogue_file()).await?;
        let passwords = Passwords::new()?;
        let first_login = setup::set_up(&catalogue, &passwords, config.demo).await?;
        for storage_folder in config.storage_folders() {
            folder::make_private_folder(&storage_folder)?;
        }
        let store_options = StoreOptions::new(config.storage_folders());
        let store = tokio::task::spawn_blocking(move || Store::open(store_options)).await??;
        let metrics = Metrics::new()?;
        let receipt_key = receipt_key(folder.path())?;
        let receipt_public_key = receipt_key.public();
        let time_stamps = config.time_stamp_url.clone().map(TimeStampOptions::new);
        let valid = std::time::Duration::from_secs(u64::from(config.identity_days) * 24 * 3600);
        let identities = Some(Arc::new(Identities::new(Arc::clone(&authority), valid)));
        let secret_key = SecretKey::load_or_make(folder.path())?;
        let deliveries = Arc::new(Notify::new());
        let options =
            IngestOptions { time_stamps, identities, deliveries: Arc::clone(&deliveries), ..IngestOptions::default() };
        let ingest =
            Ingest::start_with(catalogue.clone(), store.clone(), metrics.clone(), receipt_key, options).await?;

        let failed = |source| StartError::Listen { address: config.listen, source };
        let tcp = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = tcp.local_addr().map_err(failed)?;
        let (stop, stopping) = Stop::new();
        let app = Arc::new(App {
            sessions: WebSessions::new(catalogue.clone(), config.session_idle_secs, config.session_absolute_secs),
            catalogue,
            store,
            ingest,
            metrics,
            passwords,
            login_throttle: Throttle::default(),
            enrol_throttle: Throttle::default(),
            authority,
            server_fingerprint,
            receipt_public_key,
            metrics_token,
            scans: Arc::new(Semaphore::new(SCANS_AT_ONCE)),
            playbacks: Playbacks::default(),
            secret_key,
            deliveries,
            own_address: own_address(&config, address.port()),
            live_places: Arc::new(Semaphore::new(MOST_LIVE_VIEWERS)),
            stopping: stopping.clone(),
        });
        let router = router::router(&app);
        let keeping = tokio::spawn(housekeeping::run(Arc::clone(&app), stopping.clone()));
        let sending = tokio::spawn(notifications::run(Arc::clone(&app), stopping.clone()));
        let serving = tokio::spawn(listener::serve(tcp, Arc::clone(&app), router, doors, stopping));
        Ok(Running { address, first_login, demo: config.demo, app, stop, serving, keeping, sending, _folder: folder })
    }
}

/// A server that runs. Dropping it without [`Running::shutdown`] leaves its tasks to the runtime.
pub struct Running {
    address: SocketAddr,
    first_login: Option<FirstLogin>,
    demo: bool,
    app: Arc<App>,
    stop: Stop,
    serving: JoinHandle<()>,
    keeping: JoinHandle<()>,
    sending: JoinHandle<()>,
    _folder: DataFolder,
}

impl Running {
    /// The address it listens on, with the port that was chosen.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The login that was made, if this was the first start.
    #[must_use]
    pub fn first_login(&self) -> Option<&FirstLogin> {
        self.first_login.as_ref()
    }

    /// True if the first login made now may do everything and everything is recorded.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// The parts of the server, for programs that run it within themselves.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Stops: no new connections, open ones have a few seconds to finish, what was accepted is made durable.
    pub async fn shutdown(self) {
        self.stop.begin();
        // At once: the listener waits for its connections, and it is ingest that ends those of agents.
        let ((), serving, keeping, sending) =
            tokio::join!(self.app.ingest.stop(), self.serving, self.keeping, self.sending);
        for error in [serving, keeping, sending].into_iter().filter_map(Result::err) {
            tracing::error!(%error, "a part of the server ended badly");
        }
        self.app.catalogue.close().await;
    }
}

/// Where certificates and keys are.
#[must_use]
pub fn tls_folder(data: &Path) -> std::path::PathBuf {
    data.join("tls")
}

/// The key for receipts, made at the first start.
fn receipt_key(data: &Path) -> Result<ReceiptKey, StartError> {
    let path = data.join("receipt-key");
    match folder::read_text(&path)? {
        Some(text) => ReceiptKey::from_text(&text).map_err(|source| StartError::ReceiptKey { path, source }),
        None => {
            let key = ReceiptKey::from_seed(rand::random());
            folder::write_private(&path, &key.to_text())?;
            Ok(key)
        }
    }
}

/// Where the console is: the first of the names that the server is given, or its host's.
fn own_address(config: &Config, port: u16) -> String {
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let name = config.names.first().cloned().unwrap_or(host);
    let name = if name.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{name}]") } else { name };
    if port == 443 { format!("https://{name}") } else { format!("https://{name}:{port}") }
}

fn metrics_token(config: &Config) -> Result<String, FolderError> {
    let file = config.metrics_token_file.clone().unwrap_or_else(|| config.data.join("metrics-token"));
    if let Some(token) = folder::read_text(&file)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        return Ok(token);
    }
    let token = secret::new();
    folder::write_private(&file, &format!("{token}\n"))?;
    Ok(token)
}
