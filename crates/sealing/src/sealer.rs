//! The recorder's side.

use std::collections::BTreeMap;

use recording::{ClassKeys, RecordingId, SealClass, Track, WrappedKey, join_sealed};

use crate::hex;
use crate::keys::PublicKey;
use crate::payload::{ClassKey, Place, Spot};
use crate::plan::SealPlan;
use crate::seed::Seed;
use crate::wrap::wrap;

/// Seals the payloads of one recording. Nothing is sealed before [`Sealer::begin_group`].
#[derive(Debug)]
pub struct Sealer {
    recording: RecordingId,
    plan: SealPlan,
    group: Option<SealedGroup>,
}

/// The keys of the group under way.
#[derive(Debug)]
struct SealedGroup {
    place: Place,
    keys: Vec<(SealClass, ClassKey)>,
    tracks: BTreeMap<u16, SealedTrack>,
}

#[derive(Debug)]
struct SealedTrack {
    /// Which of the group's keys.
    key: usize,
    next_counter: u64,
}

impl Sealer {
    /// A sealer for a recording.
    pub fn new(recording: RecordingId, plan: SealPlan) -> Sealer {
        Sealer { recording, plan, group: None }
    }

    /// Makes the keys of a new group, one for each class that is to be sealed and has a track in it, and forgets those of
    /// the group before. What it returns goes into [`recording::Group::keys`]. `seed` is used for this group alone.
    ///
    /// # Errors
    /// [`SealError::Recipient`] if a public key is none. No group is under way then.
    pub fn begin_group(&mut self, number: u64, tracks: &[Track], seed: &Seed) -> Result<Vec<ClassKeys>, SealError> {
        self.group = None;
        let place = Place { recording: self.recording, group: number };
        let (mut keys, mut stated) = (Vec::new(), Vec::new());
        let present = |class: &&SealClass| tracks.iter().any(|track| track.kind.seal_class().as_ref() == Some(class));
        for class in self.plan.classes().iter().filter(present) {
            let key = seed.secret(&label(b"class key ", class, b""));
            let recipients = self.plan.recipients().iter().map(|recipient| {
                let mut randomness = seed.stream(&label(b"encapsulate ", class, recipient.as_bytes()));
                let (encapsulated, wrapped) = wrap(key.as_ref(), recipient, &place.info(class), &mut randomness)
                    .map_err(|_| SealError::Recipient { recipient: *recipient })?;
                Ok(WrappedKey {
                    recipient: recipient.fingerprint().to_string(),
                    encapsulated: hex::encode(&encapsulated),
                    wrapped: hex::encode(&wrapped),
                })
            });
            stated.push(ClassKeys { class: class.clone(), recipients: recipients.collect::<Result<_, _>>()? });
            keys.push((class.clone(), ClassKey::new(&key)));
        }
        let sealed_track = |track: &Track| {
            let class = track.kind.seal_class()?;
            let key = keys.iter().position(|(known, _)| *known == class)?;
            Some((track.id, SealedTrack { key, next_counter: 0 }))
        };
        let tracks = tracks.iter().filter_map(sealed_track).collect();
        self.group = Some(SealedGroup { place, keys, tracks });
        Ok(stated)
    }

    /// Seals a payload of a track of the group under way; `None` if its class stands open.
    ///
    /// # Errors
    /// [`SealError`] if no group is under way, or the payload is larger than anything the cipher takes.
    pub fn seal(&mut self, track: u16, time_us: u64, payload: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let SealedGroup { place, keys, tracks } = self.group.as_mut().ok_or(SealError::NoGroup { track })?;
        let Some(sealed) = tracks.get_mut(&track) else { return Ok(None) };
        let spot = Spot { track, time_us, counter: sealed.next_counter };
        let ciphertext = keys[sealed.key].1.seal(place, &spot, payload).ok_or(SealError::Payload { track })?;
        sealed.next_counter += 1;
        Ok(Some(join_sealed(spot.counter, &ciphertext)))
    }
}

fn label(purpose: &[u8], class: &SealClass, recipient: &[u8]) -> Vec<u8> {
    [purpose, class.as_str().as_bytes(), b" ", recipient].concat()
}

/// Why something cannot be sealed. It must not be recorded then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A recipient's public key is one of those few for which X25519 gives nothing secret.
    #[error("nothing can be sealed for {recipient}: it is no usable key; make one with `kinescope key new`")]
    Recipient {
        /// The key.
        recipient: PublicKey,
    },
    /// Data before a group.
    #[error("track {track} has data before its group began: there is no key to seal it with")]
    NoGroup {
        /// The track.
        track: u16,
    },
    /// Larger than the cipher takes.
    #[error("a payload of track {track} is too large to be sealed")]
    Payload {
        /// The track.
        track: u16,
    },
}
