//! The byte strings that are signed. Each begins with a name of its own, so that a signature for one purpose is none for
//! another. All fields have a fixed length, but for a checkpoint's payload, which can be written in one way only: so no two
//! statements have the same bytes. Numbers are little-endian.

use recording::{Head, PublicKey, RecordingId, Witnessed};

use crate::entry::EntryId;

/// What a machine's key says of an epoch key.
const SIGNER: &[u8] = b"kinescope-signer-v1";
/// What an epoch key says of a checkpoint.
const CHECKPOINT: &[u8] = b"kinescope-checkpoint-v2";
/// What a server's key says of a stored recording.
const RECEIPT: &[u8] = b"kinescope-receipt-v2";

/// Whose key signs from a place on.
pub(crate) fn signer(recording: RecordingId, epoch: u64, epoch_key: &PublicKey, at: Head, time_us: u64) -> Vec<u8> {
    let mut bytes = begin(SIGNER, recording);
    bytes.extend_from_slice(&epoch.to_le_bytes());
    bytes.extend_from_slice(&epoch_key.0);
    put_head(&mut bytes, at);
    bytes.extend_from_slice(&time_us.to_le_bytes());
    bytes
}

/// What stands before a checkpoint, and when it was written.
pub(crate) fn checkpoint(
    recording: RecordingId,
    epoch: u64,
    witnessed: &Witnessed<'_>,
    next_key: Option<&PublicKey>,
) -> Vec<u8> {
    let mut bytes = begin(CHECKPOINT, recording);
    bytes.extend_from_slice(&witnessed.time_us.to_le_bytes());
    bytes.extend_from_slice(&witnessed.payload(Some((epoch, next_key))));
    bytes
}

/// What a server has stored durably, and when.
pub(crate) fn receipt(recording: RecordingId, event: u8, head: Head, unix_us: i64, previous: &EntryId) -> Vec<u8> {
    let mut bytes = begin(RECEIPT, recording);
    bytes.push(event);
    put_head(&mut bytes, head);
    bytes.extend_from_slice(&unix_us.to_le_bytes());
    bytes.extend_from_slice(&previous.0);
    bytes
}

fn begin(name: &[u8], recording: RecordingId) -> Vec<u8> {
    [name, recording.as_bytes()].concat()
}

fn put_head(bytes: &mut Vec<u8>, head: Head) {
    bytes.extend_from_slice(&head.offset.to_le_bytes());
    bytes.extend_from_slice(&head.chain.0);
}
