//! Random secrets, and what is kept of them.

use sha2::{Digest, Sha256};

/// Random bytes of a secret: 256 bits, so that a plain hash is enough at rest.
const SECRET_BYTES: usize = 32;
/// Characters of generated passwords: no two look alike.
const PASSWORD_LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 20 letters of 5 bits each: 100 bits.
const PASSWORD_LENGTH: usize = 20;

/// A new secret, as 64 lower-case hex digits.
#[must_use]
pub fn new() -> String {
    hex(&rand::random::<[u8; SECRET_BYTES]>())
}

/// What is kept of a secret: its SHA-256.
#[must_use]
pub fn at_rest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// True if the two are the same, in a time that does not depend on where they differ.
#[must_use]
pub fn same(left: &str, right: &str) -> bool {
    // Hashing first makes the lengths equal and leaves nothing to learn from how far a comparison got.
    at_rest(left) == at_rest(right)
}

/// A password for a first login, in groups of five letters.
#[must_use]
pub fn new_password() -> String {
    let random = rand::random::<[u8; PASSWORD_LENGTH]>();
    let letters: Vec<char> =
        random.iter().map(|byte| char::from(PASSWORD_LETTERS[usize::from(*byte) % PASSWORD_LETTERS.len()])).collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
