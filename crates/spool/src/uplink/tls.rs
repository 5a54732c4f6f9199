//! TLS towards one pinned server.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

/// What a machine shows a server, and how it knows the server.
#[derive(Debug)]
pub struct Identity {
    /// The machine's identity, which its certificate names.
    pub machine_id: String,
    /// The certificate, and those between it and the authority.
    pub certificates: Vec<CertificateDer<'static>>,
    /// The certificate's key.
    pub key: PrivateKeyDer<'static>,
    /// SHA-256 of the server's certificate (DER).
    pub server_certificate: [u8; 32],
}

/// TLS for the agents' protocol: shows the machine's certificate and talks to the pinned server only.
///
/// # Errors
/// [`Error`] if key and certificate do not belong together.
pub fn agent_tls(identity: &Identity) -> Result<ClientConfig, Error> {
    let mut config = pinned(identity.server_certificate)?
        .with_client_auth_cert(identity.certificates.clone(), identity.key.clone_key())?;
    config.alpn_protocols = vec![protocol::ALPN.to_vec()];
    Ok(config)
}

/// TLS for enrolling, when there is no certificate yet: talks to the pinned server only.
///
/// # Errors
/// [`Error`] if the provider cannot do TLS, which would be a defect of the build.
pub fn enrolment_tls(server_certificate: [u8; 32]) -> Result<ClientConfig, Error> {
    let mut config = pinned(server_certificate)?.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

type NeedsClientCertificate =
    tokio_rustls::rustls::ConfigBuilder<ClientConfig, tokio_rustls::rustls::client::WantsClientCert>;

fn pinned(server_certificate: [u8; 32]) -> Result<NeedsClientCertificate, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = PinnedCertificate { fingerprint: server_certificate, provider: Arc::clone(&provider) };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

/// Accepts exactly one certificate, whatever name, age or authority it has: the enrolment token vouches for it.
#[derive(Debug)]
struct PinnedCertificate {
    fingerprint: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let fingerprint: [u8; 32] = Sha256::digest(end_entity).into();
        if fingerprint == self.fingerprint {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
