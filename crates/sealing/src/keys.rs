//! The keys that people hold: X25519, as lines of text with a check against typing errors.

use std::fmt;
use std::str::FromStr;

use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem, Serializable as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::hex;
use crate::seed::Seed;

/// What a public key's line starts with.
const PUBLIC_PREFIX: &str = "kinescope-key-";
/// What a private key's line starts with.
const PRIVATE_PREFIX: &str = "kinescope-private-key-";
const FINGERPRINT_DOMAIN: &[u8] = b"kinescope-recipient-v1";
const CHECK_DOMAIN: &[u8] = b"kinescope-key-check-v1";
const CHECK_BYTES: usize = 4;

/// Names a public key in recordings: the first 16 bytes of a SHA-256 over it, as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// What recordings are sealed for: harmless in anybody's hands. As text `kinescope-key-` and 72 hexadecimal digits: the
/// key and four bytes that show a typing error.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key itself, as RFC 7748 has it.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes a key as RFC 7748 has it.
    pub fn from_bytes(bytes: [u8; 32]) -> PublicKey {
        PublicKey(bytes)
    }

    /// Its name in recordings.
    pub fn fingerprint(&self) -> Fingerprint {
        let hash: [u8; 32] = Sha256::new().chain_update(FINGERPRINT_DOMAIN).chain_update(self.0).finalize().into();
        let mut name = [0; 16];
        name.copy_from_slice(&hash[..16]);
        Fingerprint(name)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&line(PUBLIC_PREFIX, &self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<PublicKey, InvalidKey> {
        if text.trim().starts_with(PRIVATE_PREFIX) {
            return Err(InvalidKey::PrivateForPublic);
        }
        parse(PUBLIC_PREFIX, text).map(PublicKey).map_err(|checked| match checked {
            Parse::Form => InvalidKey::PublicForm,
            Parse::Check => InvalidKey::Check,
        })
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PublicKey, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What opens recordings. Never shown by `Debug`, and wiped from memory when it is dropped.
#[derive(Clone)]
pub struct PrivateKey {
    secret: Zeroizing<[u8; 32]>,
    public: PublicKey,
}

impl PrivateKey {
    /// A new key from fresh randomness (`DeriveKeyPair` of RFC 9180, section 7.1.3).
    pub fn generate(seed: &Seed) -> PrivateKey {
        let (private, public) = X25519HkdfSha256::derive_keypair(seed.secret(b"private key").as_ref());
        PrivateKey { secret: Zeroizing::new(private.to_bytes().into()), public: PublicKey(public.to_bytes().into()) }
    }

    /// Takes a key as RFC 7748 has it.
    ///
    /// # Errors
    /// [`InvalidKey::PrivateForm`] if it cannot be one.
    pub fn from_bytes(secret: [u8; 32]) -> Result<PrivateKey, InvalidKey> {
        let secret = Zeroizing::new(secret);
        let private = private_key(&secret).ok_or(InvalidKey::PrivateForm)?;
        let public = PublicKey(X25519HkdfSha256::sk_to_pk(&private).to_bytes().into());
        Ok(PrivateKey { secret, public })
    }

    /// What others seal for.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// As a line of text: whoever reads it can open everything that was sealed for it.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(line(PRIVATE_PREFIX, &self.secret))
    }

    /// Reads what [`PrivateKey::to_text`] gave.
    ///
    /// # Errors
    /// [`InvalidKey`] says what is wrong with it, without repeating it.
    pub fn from_text(text: &str) -> Result<PrivateKey, InvalidKey> {
        if text.trim().starts_with(PUBLIC_PREFIX) {
            return Err(InvalidKey::PublicForPrivate);
        }
        let secret = parse(PRIVATE_PREFIX, text).map_err(|checked| match checked {
            Parse::Form => InvalidKey::PrivateForm,
            Parse::Check => InvalidKey::Check,
        })?;
        PrivateKey::from_bytes(secret)
    }

    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(of {})", self.public)
    }
}

pub(crate) fn private_key(secret: &[u8; 32]) -> Option<<X25519HkdfSha256 as Kem>::PrivateKey> {
    <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(secret).ok()
}

fn check(prefix: &str, key: &[u8; 32]) -> [u8; CHECK_BYTES] {
    let hash: [u8; 32] =
        Sha256::new().chain_update(CHECK_DOMAIN).chain_update(prefix).chain_update(key).finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

fn line(prefix: &str, key: &[u8; 32]) -> String {
    let digits = Zeroizing::new(hex::encode(key));
    format!("{prefix}{}{}", digits.as_str(), hex::encode(&check(prefix, key)))
}

enum Parse {
    Form,
    Check,
}

fn parse(prefix: &str, text: &str) -> Result<[u8; 32], Parse> {
    let digits = text.trim().strip_prefix(prefix).ok_or(Parse::Form)?;
    let bytes = Zeroizing::new(hex::decode::<{ 32 + CHECK_BYTES }>(digits).ok_or(Parse::Form)?);
    let mut key = [0; 32];
    key.copy_from_slice(&bytes[..32]);
    if bytes[32..] == check(prefix, &key) { Ok(key) } else { Err(Parse::Check) }
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// Not the form of a public key.
    #[error("a public key is {PUBLIC_PREFIX} and 72 hexadecimal digits, as `kinescope key show` prints it")]
    PublicForm,
    /// Not the form of a private key.
    #[error("this is no private key; `kinescope key new` makes one")]
    PrivateForm,
    /// A digit is wrong.
    #[error("the key's last digits do not fit the others: it was not copied whole, or a digit is wrong")]
    Check,
    /// A private key was given to somebody who must not have it.
    #[error("this is a private key: keep it secret, and give the public key that `kinescope key show` prints")]
    PrivateForPublic,
    /// A public key cannot open anything.
    #[error("this is a public key: it seals recordings and cannot open them; give the key file")]
    PublicForPrivate,
}
