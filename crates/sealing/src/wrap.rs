//! Wrapping a group's key for one recipient: RFC 9180, base mode, single shot (section 6.1), with DHKEM(X25519,
//! HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::keys::{PrivateKey, PublicKey, private_key};

/// Bytes that wrapping adds to what is wrapped: the tag of AES-256-GCM.
const TAG_BYTES: usize = 16;
/// Bytes of a wrapped group key.
pub const WRAPPED_BYTES: usize = 32 + TAG_BYTES;

/// What cannot be wrapped or unwrapped: a public key that is none, a wrap that was altered or made for another key,
/// another recording, group or class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key was not wrapped for this recipient and this place, or was altered")]
pub struct InvalidWrap;

/// Wraps a secret for a recipient; gives the encapsulated key and the wrapped secret. `info` binds it to its place.
///
/// # Errors
/// [`InvalidWrap`] if the public key is one of those few for which X25519 gives nothing secret.
pub fn wrap(
    secret: &[u8],
    recipient: &PublicKey,
    info: &[u8],
    randomness: &mut impl CryptoRng,
) -> Result<([u8; 32], Vec<u8>), InvalidWrap> {
    let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(recipient.as_bytes()).map_err(|_| InvalidWrap)?;
    let (encapsulated, wrapped) = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        info,
        secret,
        &[],
        randomness,
    )
    .map_err(|_| InvalidWrap)?;
    Ok((encapsulated.to_bytes().into(), wrapped))
}

/// Unwraps what [`wrap`] wrapped.
///
/// # Errors
/// [`InvalidWrap`] for another key, other `info`, or altered bytes.
pub fn unwrap(
    encapsulated: &[u8; 32],
    wrapped: &[u8],
    recipient: &PrivateKey,
    info: &[u8],
) -> Result<Zeroizing<Vec<u8>>, InvalidWrap> {
    let private = private_key(recipient.secret()).ok_or(InvalidWrap)?;
    let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| InvalidWrap)?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &encapsulated,
        info,
        wrapped,
        &[],
    )
    .map(Zeroizing::new)
    .map_err(|_| InvalidWrap)
}
