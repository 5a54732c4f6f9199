//! One payload under a group's key: AES-256-GCM (NIST SP 800-38D), bound to its place.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use recording::{RecordingId, SealClass};
use zeroize::Zeroizing;

const PAYLOAD_DOMAIN: &[u8] = b"kinescope-payload-v1";
const KEY_DOMAIN: &[u8] = b"kinescope-group-key-v1";

/// The place of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) recording: RecordingId,
    pub(crate) group: u64,
}

impl Place {
    /// `info` of HPKE: a wrapped key is of use in its own recording, group and class only.
    pub(crate) fn info(&self, class: &SealClass) -> Vec<u8> {
        let mut info = KEY_DOMAIN.to_vec();
        info.extend_from_slice(self.recording.as_bytes());
        info.extend_from_slice(&self.group.to_be_bytes());
        info.extend_from_slice(class.as_str().as_bytes());
        info
    }

    fn associated(&self, spot: &Spot) -> Vec<u8> {
        let mut associated = PAYLOAD_DOMAIN.to_vec();
        associated.extend_from_slice(self.recording.as_bytes());
        associated.extend_from_slice(&self.group.to_be_bytes());
        associated.extend_from_slice(&spot.track.to_be_bytes());
        associated.extend_from_slice(&spot.time_us.to_be_bytes());
        associated
    }
}

/// The place of a payload in its group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) track: u16,
    pub(crate) time_us: u64,
    /// Counts the track's payloads in the group.
    pub(crate) counter: u64,
}

impl Spot {
    /// Never the same twice under one key: the key is the group's, and the counter counts within a track.
    fn nonce(&self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..2].copy_from_slice(&self.track.to_be_bytes());
        nonce[4..].copy_from_slice(&self.counter.to_be_bytes());
        nonce
    }
}

/// A group's key for one class.
pub(crate) struct ClassKey(Aes256Gcm);

impl std::fmt::Debug for ClassKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClassKey")
    }
}

impl ClassKey {
    pub(crate) fn new(key: &Zeroizing<[u8; 32]>) -> ClassKey {
        let key: &[u8; 32] = key;
        ClassKey(Aes256Gcm::new(key.into()))
    }

    /// Ciphertext and tag. `None` beyond the 64 GiB that the cipher can do, which no payload reaches.
    pub(crate) fn seal(&self, place: &Place, spot: &Spot, payload: &[u8]) -> Option<Vec<u8>> {
        let associated = place.associated(spot);
        self.0.encrypt(&Nonce::from(spot.nonce()), Payload { msg: payload, aad: &associated }).ok()
    }

    /// The payload, if nothing of it or of its place was changed.
    pub(crate) fn open(&self, place: &Place, spot: &Spot, ciphertext_and_tag: &[u8]) -> Option<Vec<u8>> {
        let associated = place.associated(spot);
        self.0.decrypt(&Nonce::from(spot.nonce()), Payload { msg: ciphertext_and_tag, aad: &associated }).ok()
    }
}
