//! The server's own certificate, and the authority that signs agents' client certificates.
//!
//! Both are made at first start and kept in `tls/` of the data folder, keys with mode 0600. Agents trust the server by its
//! certificate's fingerprint, which their enrolment token carries; browsers show their usual warning for it. The
//! authority signs client certificates only, and nothing else is trusted for the agents' connection.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::CertificateError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::folder::{self, FolderError};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Agents pin the server's certificate and have no way yet to learn of another: it is made to last.
const SERVER_VALID_DAYS: u32 = 20 * 365;
const AUTHORITY_VALID_DAYS: u32 = 20 * 365;
/// What a machine gets at enrolment: agents that do not renew live on it. Others renew it soon after they first connect.
pub const ENROLLED_VALID: Duration = Duration::from_secs(5 * 365 * 24 * 3600);
/// Certificates begin a day early, for machines whose clock is behind.
const BACKDATED: Duration = DAY;

/// Certificates could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file of the data folder is unusable.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A kept certificate or key is damaged.
    #[error("{what} in the data folder is damaged: {why}; restore it from a backup, agents trust no other")]
    Damaged {
        /// Which one.
        what: &'static str,
        /// What the parser said.
        why: String,
    },
    /// Making a certificate failed.
    #[error("a certificate could not be made: {0}; check the names it should carry")]
    Making(#[from] rcgen::Error),
}

/// The certificate request of a machine cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the certificate request cannot be used: {0}")]
pub struct BadRequest(rcgen::Error);

/// Certificate and key as the TLS listener takes them.
pub struct ServerIdentity {
    /// The certificate, DER.
    pub certificate: CertificateDer<'static>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

impl ServerIdentity {
    /// Reads the kept certificate, or makes one for `localhost`, this host and `names`.
    ///
    /// # Errors
    /// The folder is unusable, what is kept is damaged, or a name cannot stand in a certificate.
    pub fn load_or_make(folder: &Path, names: &[String]) -> Result<ServerIdentity, AuthorityError> {
        let (certificate, key) = load_or_make(folder, "server", || make_server(names))?;
        Ok(ServerIdentity {
            certificate: CertificateDer::from_pem_slice(certificate.as_bytes())
                .map_err(|error| damaged("the server's certificate", &error))?,
            key: PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| damaged("the server's key", &error))?,
        })
    }

    /// SHA-256 of the certificate, lower-case hex: what agents pin.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.certificate)
    }
}

/// Signs the certificates by which machines are known.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    /// Seals turns. Of the authority's key, as that is what must never be lost anyway.
    turn_key: [u8; 32],
}

/// A machine's new certificate.
pub struct MachineCertificate {
    /// The certificate, PEM.
    pub pem: String,
    /// Its SHA-256, lower-case hex.
    pub fingerprint: String,
    /// Until when it is valid (Unix µs).
    pub not_after_us: i64,
}

impl Authority {
    /// Reads the kept authority, or makes one.
    ///
    /// # Errors
    /// The folder is unusable or what is kept is damaged.
    pub fn load_or_make(folder: &Path) -> Result<Authority, AuthorityError> {
        let (certificate_pem, key) = load_or_make(folder, "agents", make_authority)?;
        let turn_key = Sha256::new().chain_update("kinescope turns 1\0").chain_update(&key).finalize().into();
        let key = KeyPair::from_pem(&key).map_err(|error| damaged("the agents' authority's key", &error))?;
        let issuer = Issuer::from_ca_cert_pem(&certificate_pem, key)
            .map_err(|error| damaged("the agents' authority", &error))?;
        Ok(Authority { issuer, certificate_pem, turn_key })
    }

    /// The key that seals turns.
    pub(crate) fn turn_key(&self) -> &[u8; 32] {
        &self.turn_key
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Its certificate, DER.
    ///
    /// # Errors
    /// What is kept is damaged.
    pub fn certificate(&self) -> Result<CertificateDer<'static>, AuthorityError> {
        CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .map_err(|error| damaged("the agents' authority", &error))
    }

    /// Signs a certificate for `machine` over the public key of a request. Nothing else of the request is taken over:
    /// names, uses and validity are the server's.
    ///
    /// # Errors
    /// The request is not PEM of PKCS #10, or is not signed by its own key.
    pub fn sign(&self, request_pem: &str, machine: Uuid, valid: Duration) -> Result<MachineCertificate, BadRequest> {
        let request = CertificateSigningRequestParams::from_pem(request_pem).map_err(BadRequest)?;
        let mut params = parameters(&machine.simple().to_string(), valid);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        let not_after_us = i64::try_from(params.not_after.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX);
        let certificate = params.signed_by(&request.public_key, &self.issuer).map_err(BadRequest)?;
        Ok(MachineCertificate { pem: certificate.pem(), fingerprint: fingerprint(certificate.der()), not_after_us })
    }
}

/// SHA-256 of a certificate, lower-case hex.
#[must_use]
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    crate::secret::hex(&Sha256::digest(certificate))
}

/// SHA-256 of the server's certificate that is kept in the folder, if there is one.
///
/// # Errors
/// It cannot be read or is damaged.
pub fn kept_fingerprint(folder: &Path) -> Result<Option<String>, AuthorityError> {
    let Some(pem) = folder::read_text(&folder.join("server.pem"))? else { return Ok(None) };
    let certificate =
        CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| damaged("the server's certificate", &error))?;
    Ok(Some(fingerprint(&certificate)))
}

/// When the server's certificate that is kept in the folder expires, since 1970: as who checks certificates says who is asked about
/// a time after.
///
/// # Errors
/// It cannot be read or is damaged.
pub fn kept_not_after(folder: &Path) -> Result<Option<Duration>, AuthorityError> {
    /// Later than any certificate, and still a date.
    const FAR: Duration = Duration::from_secs(250_000_000_000);
    let Some(pem) = folder::read_text(&folder.join("server.pem"))? else { return Ok(None) };
    let unreadable = |error: &dyn std::fmt::Display| damaged("the server's certificate", error);
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| unreadable(&error))?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).map_err(|error| unreadable(&error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = verifier.map_err(|error| unreadable(&error))?;
    match verifier.verify_client_cert(&certificate, &[], UnixTime::since_unix_epoch(FAR)) {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            Ok(Some(Duration::from_secs(not_after.as_secs())))
        }
        _ => Ok(None),
    }
}

fn load_or_make(
    folder: &Path,
    name: &str,
    make: impl FnOnce() -> Result<(String, String), rcgen::Error>,
) -> Result<(String, String), AuthorityError> {
    folder::make_private_folder(folder)?;
    let certificate_file = folder.join(format!("{name}.pem"));
    let key_file = folder.join(format!("{name}.key"));
    // The key is written first: a certificate without its key would be mistaken for a whole identity.
    if let (Some(certificate), Some(key)) = (folder::read_text(&certificate_file)?, folder::read_text(&key_file)?) {
        return Ok((certificate, key));
    }
    let (certificate, key) = make()?;
    folder::write_private(&key_file, &key)?;
    folder::write_private(&certificate_file, &certificate)?;
    Ok((certificate, key))
}

fn parameters(common_name: &str, valid: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    // Positive and without a leading zero, as certificates demand.
    let mut serial = rand::random::<[u8; 16]>();
    serial[0] = serial[0] & 0x7f | 0x40;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let now = std::time::SystemTime::now();
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + valid).into();
    params
}

fn make_server(names: &[String]) -> Result<(String, String), rcgen::Error> {
    let mut params = parameters("Kinescope server", DAY * SERVER_VALID_DAYS);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let host = gethostname::gethostname().into_string().ok().filter(|name| name.is_ascii() && !name.is_empty());
    let fixed = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    for name in fixed.into_iter().chain(host).chain(names.iter().cloned()) {
        let entry = match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.as_str().try_into()?),
        };
        if !params.subject_alt_names.contains(&entry) {
            params.subject_alt_names.push(entry);
        }
    }
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

fn make_authority() -> Result<(String, String), rcgen::Error> {
    let mut params = parameters("Kinescope agents", DAY * AUTHORITY_VALID_DAYS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

fn damaged(what: &'static str, why: &dyn std::fmt::Display) -> AuthorityError {
    AuthorityError::Damaged { what, why: why.to_string() }
}
