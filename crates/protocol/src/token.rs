//! The one-time token that enrols a machine.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Greatest length of the secret part, in characters.
const MAX_SECRET_CHARS: usize = 128;
/// Shortest secret that is taken for one: below it the text was cut off.
const MIN_SECRET_CHARS: usize = 16;

/// What an administrator hands to a machine: `<secret>.<SHA-256 of the server's certificate in hexadecimal>`.
/// The secret allows one enrolment; the fingerprint tells the machine which server to trust before it has met it.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentToken {
    secret: String,
    server_certificate: [u8; 32],
}

/// Why a text is no enrolment token.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// There is no dot between secret and fingerprint.
    #[error("an enrolment token has the form <secret>.<fingerprint>; copy the whole line that the server printed")]
    NoFingerprint,
    /// The secret has the wrong length or characters.
    #[error("the secret of an enrolment token has 16 to 128 letters, digits, '-' or '_'")]
    BadSecret,
    /// The fingerprint is not 64 hexadecimal digits.
    #[error("the fingerprint of an enrolment token has 64 hexadecimal digits; the token was cut off or altered")]
    BadFingerprint,
}

impl EnrolmentToken {
    /// Puts a token together on the server.
    ///
    /// # Errors
    /// [`TokenError::BadSecret`] if the secret does not have 16 to 128 letters, digits, `-` or `_`.
    pub fn new(secret: &str, server_certificate: [u8; 32]) -> Result<Self, TokenError> {
        let in_bounds = (MIN_SECRET_CHARS..=MAX_SECRET_CHARS).contains(&secret.len());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !in_bounds || !secret.bytes().all(plain) {
            return Err(TokenError::BadSecret);
        }
        Ok(Self { secret: secret.to_owned(), server_certificate })
    }

    /// The part that only the server and the new machine know.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// SHA-256 of the server's certificate (DER).
    pub fn server_certificate(&self) -> &[u8; 32] {
        &self.server_certificate
    }
}

impl FromStr for EnrolmentToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let (secret, fingerprint) = text.trim().rsplit_once('.').ok_or(TokenError::NoFingerprint)?;
        Self::new(secret, parse_hex(fingerprint).ok_or(TokenError::BadFingerprint)?)
    }
}

/// The whole token, secret included: for handing it out, never for logs.
impl fmt::Display for EnrolmentToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.", self.secret)?;
        self.server_certificate.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Without the secret.
impl fmt::Debug for EnrolmentToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EnrolmentToken").finish_non_exhaustive()
    }
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}
