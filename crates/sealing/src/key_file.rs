//! The file that a private key is kept in: JSON, under a passphrase or not.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::hex;
use crate::keys::{InvalidKey, PrivateKey, PublicKey};
use crate::seed::Seed;

/// Larger files are no key files.
pub const MAX_KEY_FILE_BYTES: usize = 4_096;
/// The version that `kinescope_key` states.
const VERSION: u32 = 1;
/// OWASP's advice for argon2id, with more memory: a key file is opened rarely and guessed at leisure.
const NEW_COST: Cost = Cost { memory_kib: 65_536, iterations: 3, lanes: 1 };
/// What a file may ask for: somebody else may have written it.
const MAX_MEMORY_KIB: u32 = 262_144;
const MAX_ITERATIONS: u32 = 16;
const MAX_LANES: u32 = 4;

/// A private key as it is kept. Its public key can be read without the passphrase.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyFile {
    kinescope_key: u32,
    /// For people who find the file.
    #[serde(default)]
    note: String,
    public: PublicKey,
    #[serde(flatten)]
    kept: Kept,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    /// The private key's line of text.
    Private(Zeroizing<String>),
    Encrypted(Encrypted),
}

/// The private key's 32 bytes, encrypted with AES-256-GCM under argon2id of the passphrase.
#[derive(Clone, Serialize, Deserialize)]
struct Encrypted {
    argon2id: Cost,
    /// 16 bytes, hexadecimal.
    salt: String,
    /// 12 bytes, hexadecimal.
    nonce: String,
    /// Ciphertext and tag, 48 bytes, hexadecimal.
    private: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cost {
    memory_kib: u32,
    iterations: u32,
    lanes: u32,
}

impl KeyFile {
    /// A file that opens without a passphrase.
    pub fn open(key: &PrivateKey) -> KeyFile {
        KeyFile {
            kinescope_key: VERSION,
            note: "Private key. Whoever has this file can open every recording that was sealed for it.".to_owned(),
            public: key.public(),
            kept: Kept::Private(key.to_text()),
        }
    }

    /// A file that opens with a passphrase. `seed` is used for this alone.
    ///
    /// # Errors
    /// [`KeyFileError::Passphrase`] if it is empty; [`KeyFileError::Cost`] if memory for argon2id cannot be had.
    pub fn with_passphrase(key: &PrivateKey, passphrase: &str, seed: &Seed) -> Result<KeyFile, KeyFileError> {
        if passphrase.is_empty() {
            return Err(KeyFileError::Passphrase);
        }
        let (salt, nonce) = (seed.secret(b"salt"), seed.secret(b"nonce"));
        let (salt, nonce) = (first::<16>(&salt), first::<12>(&nonce));
        let cipher = cipher(passphrase, &salt, NEW_COST)?;
        let public = key.public();
        let payload = Payload { msg: key.secret(), aad: public.as_bytes() };
        let private = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| KeyFileError::Cost)?;
        let encrypted = Encrypted {
            argon2id: NEW_COST,
            salt: hex::encode(&salt),
            nonce: hex::encode(&nonce),
            private: hex::encode(&private),
        };
        let note = "Private key under a passphrase. Without both, what was sealed for it cannot be opened.".to_owned();
        Ok(KeyFile { kinescope_key: VERSION, note, public, kept: Kept::Encrypted(encrypted) })
    }

    /// Reads a file's text, or a private key's line alone.
    ///
    /// # Errors
    /// [`KeyFileError`] if it is no key file, of a later version, or damaged.
    pub fn from_text(text: &str) -> Result<KeyFile, KeyFileError> {
        if text.len() > MAX_KEY_FILE_BYTES {
            return Err(KeyFileError::Form);
        }
        if !text.trim_start().starts_with('{') {
            return Ok(KeyFile::open(&PrivateKey::from_text(text)?));
        }
        let file: KeyFile = serde_json::from_str(text).map_err(|_| KeyFileError::Form)?;
        if file.kinescope_key != VERSION {
            return Err(KeyFileError::Version(file.kinescope_key));
        }
        Ok(file)
    }

    /// The file's text.
    pub fn to_text(&self) -> Zeroizing<String> {
        // Nothing in it can fail to be JSON.
        Zeroizing::new(serde_json::to_string_pretty(self).unwrap_or_default() + "\n")
    }

    /// Whose key it is.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Whether a passphrase is needed.
    pub fn wants_passphrase(&self) -> bool {
        matches!(self.kept, Kept::Encrypted(_))
    }

    /// The private key. The passphrase is looked at where one is needed.
    ///
    /// # Errors
    /// [`KeyFileError::Passphrase`] for a wrong one; others if the file does not hold what it says.
    pub fn unlock(&self, passphrase: &str) -> Result<PrivateKey, KeyFileError> {
        let key = match &self.kept {
            Kept::Private(line) => PrivateKey::from_text(line)?,
            Kept::Encrypted(encrypted) => encrypted.unlock(passphrase, &self.public)?,
        };
        if key.public() == self.public { Ok(key) } else { Err(KeyFileError::OtherPublic) }
    }
}

impl Encrypted {
    fn unlock(&self, passphrase: &str, public: &PublicKey) -> Result<PrivateKey, KeyFileError> {
        let (Some(salt), Some(nonce), Some(private)) =
            (hex::decode::<16>(&self.salt), hex::decode::<12>(&self.nonce), hex::decode::<48>(&self.private))
        else {
            return Err(KeyFileError::Form);
        };
        let cipher = cipher(passphrase, &salt, self.argon2id)?;
        let payload = Payload { msg: &private, aad: public.as_bytes() };
        let secret = cipher.decrypt(&Nonce::from(nonce), payload).map_err(|_| KeyFileError::Passphrase)?;
        let secret = Zeroizing::new(secret);
        let secret: &[u8; 32] = secret.as_slice().try_into().map_err(|_| KeyFileError::Form)?;
        Ok(PrivateKey::from_bytes(*secret)?)
    }
}

fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    let mut first = [0; N];
    first.copy_from_slice(&bytes[..N]);
    first
}

fn cipher(passphrase: &str, salt: &[u8; 16], cost: Cost) -> Result<Aes256Gcm, KeyFileError> {
    let Cost { memory_kib, iterations, lanes } = cost;
    if memory_kib > MAX_MEMORY_KIB || iterations > MAX_ITERATIONS || lanes > MAX_LANES {
        return Err(KeyFileError::Cost);
    }
    let params = Params::new(memory_kib, iterations, lanes, Some(32)).map_err(|_| KeyFileError::Cost)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(|_| KeyFileError::Cost)?;
    let key: &[u8; 32] = &key;
    Ok(Aes256Gcm::new(key.into()))
}

/// Why a key file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Not a key file.
    #[error("this is no key file; `kinescope key new` makes one")]
    Form,
    /// Made by a later version.
    #[error("the key file has version {0}; this program reads version {VERSION}: use a newer one")]
    Version(u32),
    /// Empty or wrong.
    #[error("the passphrase is wrong, or empty")]
    Passphrase,
    /// argon2id with numbers out of bounds, or more memory than there is.
    #[error("the key file asks for more work or memory than is allowed to check a passphrase")]
    Cost,
    /// The public key beside it belongs to another one.
    #[error("the private key in this file does not belong to the public key in it")]
    OtherPublic,
    /// What should be the key is none.
    #[error(transparent)]
    Key(#[from] InvalidKey),
}
