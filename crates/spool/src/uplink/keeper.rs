//! What an agent keeps of its identity on disk: its turn, and certificates that take each other's place.

use std::fmt::Debug;
use std::io;

use super::Identity;

/// Why an identity was not renewed, in words.
pub type RenewalError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps a machine's identity. Its methods may wait for the disk.
pub trait IdentityKeeper: Debug + Send + Sync {
    /// The turn that was kept last, as the server gave it.
    fn turn(&self) -> Option<Vec<u8>>;

    /// Keeps a turn; when this returns it is on disk.
    ///
    /// # Errors
    /// It is not, and the one before still is.
    fn keep_turn(&self, turn: &[u8]) -> io::Result<()>;

    /// Makes a new key and a request for a certificate over it, as PEM.
    ///
    /// # Errors
    /// No key could be made.
    fn request(&self) -> Result<String, RenewalError>;

    /// Puts the certificate that the server issued for the last request in the place of the one before; when this returns
    /// both it and its key are on disk, and before that the one before is.
    ///
    /// # Errors
    /// The certificate cannot be used or kept; the identity before is as it was.
    fn take(&self, certificate_pem: &str) -> Result<Identity, RenewalError>;
}
