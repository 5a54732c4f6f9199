//! The machine's identity on disk: key, certificate, and which server they are for.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use evidence::MachineKey;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use spool::Identity;

const KEY: &str = "key.pem";
const CERTIFICATE: &str = "certificate.pem";
const AUTHORITY: &str = "authority.pem";
/// The key that vouches for what this machine records: 64 hexadecimal digits.
const SIGNING_KEY: &str = "signing.key";
const DESCRIPTION: &str = "identity.json";

/// Everything in an identity folder that is not a key or certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The server, as `https://host:port`.
    pub server: String,
    /// The machine's identity, which its certificate names.
    pub machine_id: String,
    /// SHA-256 of the server's certificate in hexadecimal.
    pub server_certificate: String,
}

/// A freshly enrolled identity.
pub struct Enrolled {
    /// Server and machine.
    pub description: Description,
    /// The machine's private key.
    pub key_pem: String,
    /// Its certificate.
    pub certificate_pem: String,
    /// The authority that issued it.
    pub authority_pem: String,
    /// What vouches for the machine's recordings.
    pub signing_key: MachineKey,
}

/// Whether a machine is enrolled already.
pub fn exists(folder: &Path) -> bool {
    folder.join(DESCRIPTION).exists()
}

/// Puts an identity in place of whatever was there; a crash leaves one or the other.
///
/// # Errors
/// If it cannot be written. All files are for this user only.
pub fn store(folder: &Path, enrolled: &Enrolled) -> anyhow::Result<()> {
    let parent = folder.parent().context("the identity folder has no parent")?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(parent)
        .with_context(|| format!("cannot create {}", parent.display()))?;
    let fresh = folder.with_extension("new");
    let old = folder.with_extension("old");
    let _ = fs::remove_dir_all(&fresh);
    let _ = fs::remove_dir_all(&old);
    fs::DirBuilder::new().mode(0o700).create(&fresh).with_context(|| format!("cannot create {}", fresh.display()))?;
    let description = serde_json::to_string_pretty(&enrolled.description)?;
    let signing_key = enrolled.signing_key.to_text();
    for (name, text) in [
        (KEY, enrolled.key_pem.as_str()),
        (CERTIFICATE, &enrolled.certificate_pem),
        (AUTHORITY, &enrolled.authority_pem),
        (SIGNING_KEY, &*signing_key),
        (DESCRIPTION, &description),
    ] {
        let path = fresh.join(name);
        write_private(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if folder.exists() {
        fs::rename(folder, &old).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    fs::rename(&fresh, folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let _ = fs::remove_dir_all(&old);
    Ok(())
}

/// Reads the machine's identity.
///
/// # Errors
/// If the machine is not enrolled, or what is there cannot be used.
pub fn load(folder: &Path) -> anyhow::Result<(Description, Identity)> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let description: Description = serde_json::from_slice(&read(DESCRIPTION)?)
        .with_context(|| format!("{DESCRIPTION} is damaged; enrol again"))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&read(CERTIFICATE)?)
        .collect::<Result<_, _>>()
        .with_context(|| format!("{CERTIFICATE} is damaged; enrol again"))?;
    ensure!(!certificates.is_empty(), "{CERTIFICATE} holds no certificate; enrol again");
    let key = PrivateKeyDer::from_pem_slice(&read(KEY)?).with_context(|| format!("{KEY} is damaged; enrol again"))?;
    let server_certificate = fingerprint(&description.server_certificate)
        .with_context(|| format!("the fingerprint in {DESCRIPTION} is damaged; enrol again"))?;
    let identity = Identity { machine_id: description.machine_id.clone(), certificates, key, server_certificate };
    Ok((description, identity))
}

/// The key that vouches for the machine's recordings, if there is one.
///
/// # Errors
/// If it is there and cannot be read or is damaged.
pub fn signing_key(folder: &Path) -> anyhow::Result<Option<MachineKey>> {
    let path = folder.join(SIGNING_KEY);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(MachineKey::from_text(&text).with_context(|| format!("{} is damaged", path.display()))?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The same; made where it is missing: machines that enrolled before recordings were signed have none.
///
/// # Errors
/// If it cannot be read or written.
pub fn signing_key_or_new(folder: &Path) -> anyhow::Result<MachineKey> {
    if let Some(key) = signing_key(folder)? {
        return Ok(key);
    }
    let key = MachineKey::from_seed(rand::random());
    let path = folder.join(SIGNING_KEY);
    write_private(&path, &key.to_text()).with_context(|| format!("cannot write {}", path.display()))?;
    tracing::info!(key = %key.public(), "this machine has a signing key now");
    Ok(key)
}

fn fingerprint(text: &str) -> Option<[u8; 32]> {
    // A fingerprint and a chain value are written alike: 64 hexadecimal digits.
    text.parse::<recording::ChainValue>().ok().map(|value| value.0)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
