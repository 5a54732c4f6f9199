//! One TLS connection with a WebSocket on it.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::UplinkSettings;

/// For each of: the TCP connection, TLS, the WebSocket's opening.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);

/// The port when an address names none.
const DEFAULT_PORT: u16 = 8443;

/// Where a server is, as written `https://host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    host: String,
    port: u16,
}

/// Why a connection could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is not one.
    #[error("{0:?} is no server address; write https://HOST or https://HOST:PORT")]
    Address(String),
    /// The server cannot be reached.
    #[error("cannot reach {address}: {source}")]
    Reach {
        /// Host and port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// A step took too long.
    #[error("{address} did not answer in time while {step}")]
    Timeout {
        /// Host and port.
        address: String,
        /// Which step.
        step: &'static str,
    },
    /// TLS failed: among others because the server's certificate is not the one from the enrolment token.
    #[error("no trusted connection to {address}: {source}; if the server has a new certificate, enrol again")]
    Tls {
        /// Host and port.
        address: String,
        /// What TLS said.
        source: io::Error,
    },
    /// The machine's own certificate or key cannot be used.
    #[error("the machine's certificate cannot be used: {0}; enrol again")]
    Identity(#[from] rustls::Error),
    /// The server does not speak the agents' protocol.
    #[error("{address} does not speak the agents' protocol")]
    NoAgentProtocol {
        /// Host and port.
        address: String,
    },
    /// The WebSocket was refused.
    #[error("{address} refused the agents' WebSocket: {source}")]
    WebSocket {
        /// Host and port.
        address: String,
        /// What it said.
        source: Box<tungstenite::Error>,
    },
}

pub(crate) type Socket = WebSocketStream<TlsStream<TcpStream>>;

impl ServerAddress {
    /// The host's name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Opens TCP and TLS to the server.
    ///
    /// # Errors
    /// [`ConnectError`] naming the step that failed.
    pub async fn open(&self, tls: rustls::ClientConfig) -> Result<TlsStream<TcpStream>, ConnectError> {
        let address = self.to_string();
        let name = ServerName::try_from(self.host.clone()).map_err(|_| ConnectError::Address(address.clone()))?;
        let tcp = in_time(&address, "connecting", TcpStream::connect((self.host.as_str(), self.port)))
            .await?
            .map_err(|source| ConnectError::Reach { address: address.clone(), source })?;
        // Small messages such as decisions must not wait for more.
        tcp.set_nodelay(true).map_err(|source| ConnectError::Reach { address: address.clone(), source })?;
        in_time(&address, "agreeing on TLS", TlsConnector::from(Arc::new(tls)).connect(name, tcp))
            .await?
            .map_err(|source| ConnectError::Tls { address, source })
    }
}

impl FromStr for ServerAddress {
    type Err = ConnectError;

    fn from_str(text: &str) -> Result<Self, ConnectError> {
        let wrong = || ConnectError::Address(text.to_owned());
        let rest = text.strip_prefix("https://").ok_or_else(wrong)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an IPv6 address without a port end in a bracket.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (authority, DEFAULT_PORT),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || port == 0 || ServerName::try_from(host).is_err() {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(formatter, "[{}]:{}", self.host, self.port);
        }
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

/// Opens everything up to the WebSocket.
pub(crate) async fn connect(settings: &UplinkSettings) -> Result<Socket, ConnectError> {
    let address = settings.server.to_string();
    let tls = settings.server.open(super::agent_tls(&settings.identity)?).await?;
    if tls.get_ref().1.alpn_protocol() != Some(protocol::ALPN) {
        return Err(ConnectError::NoAgentProtocol { address });
    }
    let url = format!("wss://{address}{}", protocol::PATH);
    let limits = WebSocketConfig::default()
        .max_message_size(Some(protocol::limits::MAX_MESSAGE_BYTES))
        .max_frame_size(Some(protocol::limits::MAX_MESSAGE_BYTES))
        // Every message goes out at once; what is held back for TCP stays bounded.
        .write_buffer_size(0)
        .max_write_buffer_size(2 * protocol::limits::MAX_MESSAGE_BYTES);
    let opening = tokio_tungstenite::client_async_with_config(url, tls, Some(limits));
    let (socket, _) = in_time(&address, "opening the WebSocket", opening)
        .await?
        .map_err(|source| ConnectError::WebSocket { address, source: Box::new(source) })?;
    Ok(socket)
}

async fn in_time<F: Future>(address: &str, step: &'static str, future: F) -> Result<F::Output, ConnectError> {
    tokio::time::timeout(STEP_TIMEOUT, future)
        .await
        .map_err(|_| ConnectError::Timeout { address: address.to_owned(), step })
}
