//! The keys that sign a recording: one after the other, each erased when the next takes over.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use recording::{CheckpointSignature, Head, PublicKey, RecordingId, RecordingSigner, Signature, Signer, Witnessed};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::keys::{MachineKey, key};
use crate::statement;

/// How the next key's seed follows from the present one's.
const NEXT: &[u8] = b"kinescope-next-epoch-v1";

/// Signs for one writer of one recording.
///
/// The first key comes from the seed that the caller gives, which must be random and used once. Each next key's seed is
/// the hash of the one before: nobody can go back from a key to an earlier one, and no randomness is needed later.
pub struct EpochSigner {
    recording: RecordingId,
    machine: MachineKey,
    epoch: u64,
    key: SigningKey,
}

impl EpochSigner {
    /// A signer that `machine` vouches for.
    pub fn new(recording: RecordingId, machine: MachineKey, seed: [u8; 32]) -> EpochSigner {
        EpochSigner { recording, machine, epoch: 0, key: key(seed) }
    }

    fn next_key(&self) -> SigningKey {
        let seed = Zeroizing::new(self.key.to_bytes());
        let next: [u8; 32] = Sha256::new().chain_update(NEXT).chain_update(seed.as_slice()).finalize().into();
        key(next)
    }
}

impl RecordingSigner for EpochSigner {
    fn introduce(&mut self, epoch: u64, at: Head, time_us: u64) -> Signer {
        self.epoch = epoch;
        let epoch_key = public(&self.key);
        let statement = statement::signer(self.recording, epoch, &epoch_key, at, time_us);
        let signature = self.machine.sign(&statement);
        let Head { offset, chain } = at;
        Signer { epoch, epoch_key, machine_key: self.machine.public(), offset, chain, signature }
    }

    fn sign(&mut self, witnessed: &Witnessed<'_>, hand_over: bool) -> CheckpointSignature {
        let next = hand_over.then(|| self.next_key());
        let next_key = next.as_ref().map(public);
        let statement = statement::checkpoint(self.recording, self.epoch, witnessed, next_key.as_ref());
        let signature = Signature(self.key.sign(&statement).to_bytes());
        let epoch = self.epoch;
        if let Some(next) = next {
            // The present key's memory is overwritten as it is dropped.
            self.key = next;
            self.epoch = epoch.saturating_add(1);
        }
        CheckpointSignature { epoch, next_key, signature }
    }
}

/// Shows no private key.
impl fmt::Debug for EpochSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpochSigner").field("recording", &self.recording).field("epoch", &self.epoch).finish()
    }
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}
