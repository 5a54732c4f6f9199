//! Sealing: tracks of a recording that only chosen recipients can open. `docs/format.md`, section *Sealing*.
//!
//! A recorder makes a fresh key for each class (picture, text, events, thumbnails) in each group and wraps it for every
//! recipient's public key (HPKE, RFC 9180). Whoever carries or stores the recording, the agent's spool and the server
//! included, holds ciphertext; chain, checksums and signatures are over it, so that verifying needs no key.
//!
//! * [`Sealer`] is the recorder's side, [`Opener`] the reader's, [`Demand`] lets a carrier insist on sealing.
//! * [`PrivateKey`], [`PublicKey`] and [`KeyFile`] are what people hold, hand out and keep.
//!
//! No I/O and no randomness of its own: callers bring a [`Seed`] from the operating system.

mod demand;
mod hex;
mod key_file;
mod keys;
mod opener;
mod payload;
mod plan;
mod sealer;
mod seed;
mod wrap;

pub use demand::{Demand, Unsealed};
pub use key_file::{KeyFile, KeyFileError, MAX_KEY_FILE_BYTES};
pub use keys::{Fingerprint, InvalidKey, PrivateKey, PublicKey};
pub use opener::{KeyRing, OpenError, Opener};
pub use plan::{InvalidPlan, MAX_RECIPIENTS, SealPlan};
pub use sealer::{SealError, Sealer};
pub use seed::Seed;
pub use wrap::{InvalidWrap, WRAPPED_BYTES, unwrap, wrap};
