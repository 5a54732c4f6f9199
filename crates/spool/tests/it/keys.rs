//! An authority, a server's certificate and an agent's.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::aws_lc_rs};

pub struct Keys {
    pub server: ServerConfig,
    pub issuer: Issuer<'static, KeyPair>,
    pub server_certificate: [u8; 32],
    pub agent_certificate: Vec<u8>,
    pub agent_key: Vec<u8>,
}

pub fn new() -> Keys {
    let key = || KeyPair::generate().expect("a key");
    let authority_key = key();
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "test authority");
    let authority = params.self_signed(&authority_key).expect("a certificate");
    let issuer = Issuer::new(params, authority_key);
    let agent_key = key();
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, "m-1");
    let agent = params.signed_by(&agent_key, &issuer).expect("a certificate");
    let server_key = key();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let server = server.self_signed(&server_key).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("a root");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let server_certificate = Sha256::digest(server.der()).into();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(clients.build().expect("a verifier"))
        .with_single_cert(vec![server.der().clone()], key)
        .expect("a certificate");
    config.alpn_protocols = vec![protocol::ALPN.to_vec()];
    Keys {
        server: config,
        issuer,
        server_certificate,
        agent_certificate: agent.der().to_vec(),
        agent_key: agent_key.serialize_der(),
    }
}

pub fn sign(issuer: &Issuer<'static, KeyPair>, request: &str) -> String {
    let request = rcgen::CertificateSigningRequestParams::from_pem(request).expect("a request");
    request.signed_by(issuer).expect("a certificate").pem()
}
