//! The machine's identity on disk: key, certificate, and which server they are for.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use evidence::MachineKey;
use protocol::limits::MAX_TURN_BYTES;
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
/// Key and certificate of the last renewal, in one file so that both or neither take the place of those before.
const RENEWED: &str = "renewed.pem";
/// The turn that the server gave last.
const TURN: &str = "turn";

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
    // Between the two renames of `store` the machine may have lost its power.
    let old = folder.with_extension("old");
    if !folder.exists() && old.join(DESCRIPTION).exists() {
        let _ = fs::rename(&old, folder);
    }
    folder.join(DESCRIPTION).exists()
}

/// Writes a file of the identity so that a crash leaves the one before or the whole new one; it is on disk when this returns.
pub fn replace(folder: &Path, name: &str, contents: &[u8]) -> std::io::Result<()> {
    let fresh = folder.join(format!("{name}.new"));
    let _ = fs::remove_file(&fresh);
    write_private(&fresh, contents)?;
    fs::rename(&fresh, folder.join(name))?;
    fs::File::open(folder)?.sync_all()
}

/// The turn that was kept last.
pub fn turn(folder: &Path) -> Option<Vec<u8>> {
    fs::read(folder.join(TURN)).ok().filter(|turn| !turn.is_empty() && turn.len() <= MAX_TURN_BYTES)
}

/// Keeps a turn.
pub fn keep_turn(folder: &Path, turn: &[u8]) -> std::io::Result<()> {
    replace(folder, TURN, turn)
}

/// Whether a renewed certificate and its key could be used: what is kept of the one before must not give way to one that cannot.
pub fn check_renewed(folder: &Path, key_pem: &str, certificate_pem: &str) -> anyhow::Result<()> {
    let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
        .context("the server's answer holds no certificate")?;
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).context("the new key cannot be read")?;
    let (_, before) = load(folder)?;
    spool::agent_tls(&Identity { certificates: vec![certificate], key, ..before })
        .context("the server's certificate is not for the key that was asked for")?;
    Ok(())
}

/// Puts a renewed certificate and its key in the place of those before.
pub fn keep_renewed(folder: &Path, key_pem: &str, certificate_pem: &str) -> std::io::Result<()> {
    replace(folder, RENEWED, format!("{key_pem}{certificate_pem}").as_bytes())
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
        write_private(&path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
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
    let is_renewed = folder.join(RENEWED).exists();
    let (certificate_file, key_file) = if is_renewed { (RENEWED, RENEWED) } else { (CERTIFICATE, KEY) };
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&read(certificate_file)?)
        .collect::<Result<_, _>>()
        .with_context(|| format!("{certificate_file} is damaged; enrol again"))?;
    ensure!(!certificates.is_empty(), "{certificate_file} holds no certificate; enrol again");
    let key = PrivateKeyDer::from_pem_slice(&read(key_file)?)
        .with_context(|| format!("{key_file} is damaged; enrol again"))?;
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
    write_private(&path, key.to_text().as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    tracing::info!(key = %key.public(), "this machine has a signing key now");
    Ok(key)
}

fn fingerprint(text: &str) -> Option<[u8; 32]> {
    // A fingerprint and a chain value are written alike: 64 hexadecimal digits.
    text.parse::<recording::ChainValue>().ok().map(|value| value.0)
}

fn write_private(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}
