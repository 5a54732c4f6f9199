//! Long-lived keys: the machine's and the server's. Both are Ed25519 (RFC 8032), made from 32 random bytes.

use std::fmt;

use ed25519_dalek::{Signature as DalekSignature, Signer as _, SigningKey, VerifyingKey};
use recording::{PublicKey, Signature};
use zeroize::Zeroizing;

/// Text that holds no private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a private key is 64 lower-case hexadecimal digits; this text is none")]
pub struct InvalidSeed;

macro_rules! long_lived {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(SigningKey);

        impl $name {
            /// The key made from these random bytes.
            pub fn from_seed(seed: [u8; 32]) -> $name {
                $name(key(seed))
            }

            /// The key as [`Self::to_text`] has written it; white space around it does not matter.
            ///
            /// # Errors
            /// [`InvalidSeed`] if the text is no key.
            pub fn from_text(text: &str) -> Result<$name, InvalidSeed> {
                let seed: PublicKey = text.trim().parse().map_err(|_| InvalidSeed)?;
                Ok($name(key(seed.0)))
            }

            /// The private key for a file that nobody else can read: 64 hexadecimal digits and a line's end.
            pub fn to_text(&self) -> Zeroizing<String> {
                Zeroizing::new(format!("{}\n", PublicKey(self.0.to_bytes())))
            }

            /// What others check its signatures with.
            pub fn public(&self) -> PublicKey {
                PublicKey(self.0.verifying_key().to_bytes())
            }

            pub(crate) fn sign(&self, statement: &[u8]) -> Signature {
                Signature(self.0.sign(statement).to_bytes())
            }
        }

        /// Shows the public part only.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.public())
            }
        }
    };
}

long_lived! {
    /// A machine's signing key. It vouches for the keys that sign recordings, and signs no recorded byte itself.
    MachineKey
}

long_lived! {
    /// A server's key for receipts.
    ReceiptKey
}

/// A private key whose memory is overwritten when it goes.
pub(crate) fn key(seed: [u8; 32]) -> SigningKey {
    SigningKey::from_bytes(&seed)
}

/// Whether a signature is right. Keys of small order and signatures with more than one form are refused.
pub(crate) fn holds(key: &PublicKey, statement: &[u8], signature: &Signature) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
    key.verify_strict(statement, &DalekSignature::from_bytes(&signature.0)).is_ok()
}
