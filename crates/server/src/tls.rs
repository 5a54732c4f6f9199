//! The two ways to be spoken to on the one port: agents show a client certificate, browsers are never asked for one.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme,
};

use crate::authority::{Authority, AuthorityError, ServerIdentity};

/// Protocol name by which agents ask for their door. Part of docs/protocol.md.
pub const AGENT_ALPN: &[u8] = b"kinescope-agent/1";
/// Browsers get HTTP/1.1 only: WebSockets and byte ranges need no more, and slow clients are bounded at every step.
const BROWSER_ALPN: &[u8] = b"http/1.1";

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate is unusable.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The certificate does not fit its key, or the like.
    #[error("the server's certificate cannot be used: {0}; delete the folder tls/ only if no agent is enrolled")]
    Unusable(#[from] rustls::Error),
    /// The agents' authority cannot check certificates.
    #[error("the agents' authority cannot be used: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// TLS settings for both doors.
#[derive(Debug, Clone)]
pub struct Doors {
    /// For agents.
    pub agents: Arc<ServerConfig>,
    /// For everybody else.
    pub browsers: Arc<ServerConfig>,
}

impl Doors {
    /// Both doors with the same certificate.
    ///
    /// # Errors
    /// The certificate or the authority is unusable.
    pub fn new(identity: ServerIdentity, authority: &Authority) -> Result<Doors, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate()?)?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
        let chain = vec![identity.certificate];

        // Agents are this product's own programs: nothing older than TLS 1.3 is needed.
        let mut agents = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(Arc::new(Expired(verifier)))
            .with_single_cert(chain.clone(), identity.key.clone_key())?;
        agents.alpn_protocols = vec![AGENT_ALPN.to_vec()];
        // Each connection shows its certificate anew, so that a revocation acts on the next one.
        agents.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        agents.send_tls13_tickets = 0;

        let mut browsers = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_single_cert(chain, identity.key)?;
        browsers.alpn_protocols = vec![BROWSER_ALPN.to_vec()];
        Ok(Doors { agents: Arc::new(agents), browsers: Arc::new(browsers) })
    }
}

/// Takes certificates that have expired, too: they open the door for nothing but their renewal, which is checked behind it.
#[derive(Debug)]
struct Expired(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for Expired {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        match self.0.verify_client_cert(end_entity, intermediates, now) {
            // Everything else must hold, as it did in its last second.
            Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
                self.0.verify_client_cert(end_entity, intermediates, not_after)
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// True if the client asks for the agents' door.
#[must_use]
pub fn asks_for_agents(hello: &ClientHello<'_>) -> bool {
    hello.alpn().is_some_and(|mut offered| offered.any(|name| name == AGENT_ALPN))
}
