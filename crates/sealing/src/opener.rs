//! The reader's side.

use std::collections::BTreeMap;
use std::sync::Arc;

use recording::{ClassKeys, Group, RecordingId, SealClass, TrackKind, split_sealed};
use zeroize::Zeroizing;

use crate::hex;
use crate::keys::PrivateKey;
use crate::payload::{ClassKey, Place, Spot};
use crate::wrap::unwrap;

/// The private keys that a reader holds. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct KeyRing(Arc<Vec<PrivateKey>>);

impl KeyRing {
    /// A ring with these keys.
    pub fn new(keys: Vec<PrivateKey>) -> KeyRing {
        KeyRing(Arc::new(keys))
    }

    /// Adds a key, unless it is there.
    pub fn add(&mut self, key: PrivateKey) {
        if self.0.iter().all(|known| known.public() != key.public()) {
            Arc::make_mut(&mut self.0).push(key);
        }
    }

    /// Whether it holds the key that a recipient's fingerprint names.
    pub fn holds(&self, fingerprint: &str) -> bool {
        self.find(fingerprint).is_some()
    }

    fn find(&self, fingerprint: &str) -> Option<&PrivateKey> {
        self.0.iter().find(|key| key.public().fingerprint().to_string() == fingerprint)
    }
}

/// Opens the payloads of a recording, group by group. Keys are unwrapped when they are first needed.
#[derive(Debug)]
pub struct Opener {
    ring: KeyRing,
    group: Option<OpenedGroup>,
}

#[derive(Debug)]
struct OpenedGroup {
    place: Option<Place>,
    keys: Vec<ClassKeys>,
    opened: Vec<(SealClass, ClassKey)>,
    tracks: BTreeMap<u16, OpenedTrack>,
}

#[derive(Debug)]
struct OpenedTrack {
    kind: TrackKind,
    next_counter: u64,
}

impl Opener {
    /// An opener that uses these keys.
    pub fn new(ring: KeyRing) -> Opener {
        Opener { ring, group: None }
    }

    /// A group begins. `recording` is the identity that the header states; without it nothing sealed can be opened.
    pub fn begin_group(&mut self, recording: Option<RecordingId>, group: &Group) {
        let opened_track = |track: &recording::Track| (track.id, OpenedTrack { kind: track.kind, next_counter: 0 });
        self.group = Some(OpenedGroup {
            place: recording.map(|recording| Place { recording, group: group.number }),
            keys: group.keys.clone(),
            opened: Vec::new(),
            tracks: group.tracks.iter().map(opened_track).collect(),
        });
    }

    /// Whether a class is sealed in the group under way, and none of the keys is a recipient's.
    pub fn lacks_key(&self, class: &SealClass) -> bool {
        let keys = self.group.as_ref().and_then(|group| group.keys.iter().find(|keys| keys.class == *class));
        keys.is_some_and(|keys| keys.recipients.iter().all(|wrapped| !self.ring.holds(&wrapped.recipient)))
    }

    /// Opens a payload of the group under way; what stands open is passed on. `time_us` is the payload's time.
    ///
    /// # Errors
    /// [`OpenError`]; the payload must not be used then.
    pub fn open(&mut self, track: u16, time_us: u64, sealed: bool, payload: Vec<u8>) -> Result<Vec<u8>, OpenError> {
        let ring = &self.ring;
        let Some(group) = self.group.as_mut() else {
            return if sealed { Err(OpenError::Place { track }) } else { Ok(payload) };
        };
        let class = group.tracks.get(&track).and_then(|known| known.kind.seal_class());
        let keys = class.as_ref().and_then(|class| group.keys.iter().find(|keys| keys.class == *class));
        match (sealed, keys) {
            (false, None) => return Ok(payload),
            (false, Some(_)) => return Err(OpenError::NotSealed { track }),
            (true, None) => return Err(OpenError::Place { track }),
            (true, Some(_)) => {}
        }
        let (Some(class), Some(place)) = (class, group.place) else { return Err(OpenError::Place { track }) };
        let index = group.class_key(&class, ring)?;
        let Some(opened) = group.tracks.get_mut(&track) else { return Err(OpenError::Place { track }) };
        let altered = OpenError::Altered { track, time_us };
        let (counter, ciphertext) = split_sealed(&payload).ok_or_else(|| altered.clone())?;
        // Events, thumbnails and parts of documents stand for themselves, so one that is missing harms no other. Whatever builds on what came
        // before it must be complete and in order.
        let in_order = match opened.kind {
            TrackKind::Events | TrackKind::Thumbnails | TrackKind::Documents => counter >= opened.next_counter,
            _ => counter == opened.next_counter,
        };
        if !in_order {
            return Err(altered);
        }
        let spot = Spot { track, time_us, counter };
        let plain = group.opened[index].1.open(&place, &spot, ciphertext).ok_or(altered)?;
        opened.next_counter = counter.saturating_add(1);
        Ok(plain)
    }
}

impl OpenedGroup {
    /// Where the key of a class stands in `opened`.
    fn class_key(&mut self, class: &SealClass, ring: &KeyRing) -> Result<usize, OpenError> {
        if let Some(at) = self.opened.iter().position(|(known, _)| known == class) {
            return Ok(at);
        }
        let recipients = self.keys.iter().filter(|keys| keys.class == *class).flat_map(|keys| &keys.recipients);
        let mut tried = false;
        for wrapped in recipients.clone() {
            let Some(private) = ring.find(&wrapped.recipient) else { continue };
            tried = true;
            if let Some(key) = self.place.and_then(|place| unwrapped(wrapped, private, &place.info(class))) {
                self.opened.push((class.clone(), ClassKey::new(&key)));
                return Ok(self.opened.len() - 1);
            }
        }
        Err(match tried {
            true => OpenError::Wrap { class: class.clone() },
            false => OpenError::NoKey {
                class: class.clone(),
                recipients: recipients.map(|wrapped| wrapped.recipient.clone()).collect(),
            },
        })
    }
}

fn unwrapped(wrapped: &recording::WrappedKey, private: &PrivateKey, info: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let encapsulated = hex::decode::<32>(&wrapped.encapsulated)?;
    let ciphertext = hex::decode::<{ crate::WRAPPED_BYTES }>(&wrapped.wrapped)?;
    let secret = unwrap(&encapsulated, &ciphertext, private, info).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    if secret.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&secret);
    Some(key)
}

/// Why a payload cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// None of the reader's keys is a recipient's.
    #[error("the {class} is sealed, and none of the given keys opens it; it was sealed for {}", recipients.join(", "))]
    NoKey {
        /// What is sealed.
        class: SealClass,
        /// Fingerprints of those who can open it.
        recipients: Vec<String>,
    },
    /// A recipient's key is there, and the group's key cannot be unwrapped with it.
    #[error("the key of the {class} was altered, or belongs to another recording or group")]
    Wrap {
        /// What is sealed.
        class: SealClass,
    },
    /// The payload is not what was sealed at this place.
    #[error("a sealed payload of track {track} at {time_us} µs was altered, moved, repeated or left out")]
    Altered {
        /// The track.
        track: u16,
        /// Its time.
        time_us: u64,
    },
    /// Open data where the group says that it is sealed: somebody else put it there.
    #[error("data of track {track} is not sealed although its group is: the recorder did not write it")]
    NotSealed {
        /// The track.
        track: u16,
    },
    /// Sealed data without a key in its group, or in a recording whose identity is not known.
    #[error("sealed data of track {track} stands where nothing tells which key opens it")]
    Place {
        /// The track.
        track: u16,
    },
}
