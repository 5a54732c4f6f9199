//! Secrets that have to be shown to others again: sealed in the catalogue by a key that lies beside it in the data folder, so that
//! a copy of the database alone tells none.

use std::fmt;
use std::path::{Path, PathBuf};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use catalogue::{Catalogue, CatalogueError, Setting};
use serde::{Deserialize, Serialize};

use crate::folder::{self, FolderError};
use crate::secret;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
/// What is sealed is of use here only.
const ABOUT: &[u8] = b"kinescope notification secrets 1";

/// The key that seals secrets.
#[derive(Clone)]
pub struct SecretKey([u8; KEY_BYTES]);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The secrets of mail and webhook.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// For the mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Signs calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// Secrets cannot be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The key's file is unusable.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The key's file holds no key.
    #[error("{} holds no key; restore it, or move it away and enter password and secret again", .0.display())]
    Key(PathBuf),
    /// They were sealed by another key.
    #[error(
        "the secrets for mail and webhook were sealed by another key: restore the file secrets-key, or enter them again"
    )]
    OtherKey,
    /// Sealing failed.
    #[error("secrets cannot be sealed")]
    Sealing,
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl SecretKey {
    /// The key of a data folder, made at the first start.
    ///
    /// # Errors
    /// The file cannot be read or written, or holds no key.
    pub fn load_or_make(data: &Path) -> Result<SecretKey, SecretError> {
        let path = data.join("secrets-key");
        match folder::read_text(&path)? {
            Some(text) => match unhex(text.trim()).and_then(|bytes| bytes.try_into().ok()) {
                Some(key) => Ok(SecretKey(key)),
                None => Err(SecretError::Key(path)),
            },
            None => {
                let key: [u8; KEY_BYTES] = rand::random();
                folder::write_private(&path, &format!("{}\n", secret::hex(&key)))?;
                Ok(SecretKey(key))
            }
        }
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(self.0))
    }

    /// As they are kept: nonce and ciphertext in hex.
    ///
    /// # Errors
    /// Never in practice.
    pub fn seal(&self, secrets: &Secrets) -> Result<String, SecretError> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let plain = serde_json::to_vec(secrets).map_err(|_| SecretError::Sealing)?;
        let payload = Payload { msg: &plain, aad: ABOUT };
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload).map_err(|_| SecretError::Sealing)?;
        Ok(secret::hex(&[nonce.as_slice(), &sealed].concat()))
    }

    /// What was sealed by this key.
    ///
    /// # Errors
    /// It was not, or was altered.
    pub fn open(&self, sealed: &str) -> Result<Secrets, SecretError> {
        let bytes = unhex(sealed).ok_or(SecretError::OtherKey)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or(SecretError::OtherKey)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| SecretError::OtherKey)?;
        let payload = Payload { msg: sealed, aad: ABOUT };
        let plain = self.cipher().decrypt(&Nonce::from(nonce), payload).map_err(|_| SecretError::OtherKey)?;
        serde_json::from_slice(&plain).map_err(|_| SecretError::OtherKey)
    }

    /// Those that the catalogue keeps.
    ///
    /// # Errors
    /// The catalogue cannot be read, or they were sealed by another key.
    pub async fn kept(&self, catalogue: &Catalogue) -> Result<Secrets, SecretError> {
        match catalogue.setting(Setting::NotificationSecrets).await? {
            Some(sealed) => self.open(&sealed),
            None => Ok(Secrets::default()),
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_its_key_alone_and_not_when_altered() {
        let secrets = Secrets { password: Some("hunter2 hunter2".to_owned()), secret: None };
        let (key, other) = (SecretKey([1; 32]), SecretKey([2; 32]));
        let sealed = key.seal(&secrets).unwrap();
        assert!(!sealed.contains("hunter2") && sealed != key.seal(&secrets).unwrap());
        assert!(key.open(&sealed).unwrap() == secrets);
        assert!(other.open(&sealed).is_err());
        for altered in ["", "zz", &sealed[2..], &sealed[..sealed.len() - 2]] {
            assert!(key.open(altered).is_err(), "{altered}");
        }
        assert!(!format!("{key:?} {secrets:?}").contains("hunter2"));
    }
}
