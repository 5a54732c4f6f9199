//! RFC 9180: the test vector of mode base with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, from the RFC's
//! machine-readable vectors.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use sealing::{PrivateKey, PublicKey, unwrap, wrap};

use crate::sample::bytes;

const IKM_E: &str = "2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9";
const SK_R: &str = "497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d";
const PK_R: &str = "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c";
const ENC: &str = "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256";
const INFO: &str = "4f6465206f6e2061204772656369616e2055726e";

/// Gives `ikmE`, from which the RFC derives the ephemeral key.
struct Given(Vec<u8>);

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("a key pair is derived from bytes");
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("a key pair is derived from bytes");
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let rest = self.0.split_off(out.len());
        out.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}

impl TryCryptoRng for Given {}

fn array(hex: &str) -> [u8; 32] {
    bytes(hex).try_into().unwrap()
}

#[test]
fn encapsulation_gives_the_bytes_of_the_rfc() {
    let (encapsulated, wrapped) =
        wrap(b"a secret", &PublicKey::from_bytes(array(PK_R)), &bytes(INFO), &mut Given(bytes(IKM_E))).unwrap();
    assert_eq!(encapsulated, array(ENC));
    let private = PrivateKey::from_bytes(array(SK_R)).unwrap();
    assert_eq!(private.public(), PublicKey::from_bytes(array(PK_R)));
    assert_eq!(unwrap(&encapsulated, &wrapped, &private, &bytes(INFO)).unwrap().as_slice(), b"a secret");
}

/// Made by another implementation of the RFC (Python's `cryptography` 48), with the recipient's key of the vector, the
/// info below and no associated data.
#[test]
fn what_another_implementation_sealed_is_opened() {
    let private = PrivateKey::from_bytes(array(SK_R)).unwrap();
    let enc = array("a19ee15458166443e863a83076975379f6b9790646ddf923229a06825a135200");
    let sealed = bytes("249c6146fe59602fc3438aab51dc0288b80919c2d663394021d08bec9ccc");
    assert_eq!(unwrap(&enc, &sealed, &private, b"kinescope").unwrap().as_slice(), b"from elsewhere");
    assert!(unwrap(&enc, &sealed, &private, b"kinescopf").is_err());
}

#[test]
fn another_key_place_or_byte_opens_nothing() {
    let private = PrivateKey::from_bytes(array(SK_R)).unwrap();
    let (enc, wrapped) = wrap(&[7; 32], &private.public(), b"here", &mut Given(bytes(IKM_E))).unwrap();
    let mut other = array(SK_R);
    other[1] ^= 1;
    assert!(unwrap(&enc, &wrapped, &PrivateKey::from_bytes(other).unwrap(), b"here").is_err());
    assert!(unwrap(&enc, &wrapped, &private, b"there").is_err());
    for at in 0..wrapped.len() {
        let mut altered = wrapped.clone();
        altered[at] ^= 0x10;
        assert!(unwrap(&enc, &altered, &private, b"here").is_err(), "byte {at}");
    }
    assert!(unwrap(&enc, &wrapped[..wrapped.len() - 1], &private, b"here").is_err());
}

#[test]
fn a_public_key_without_a_secret_is_refused() {
    // The points of small order: X25519 gives zero for each of them (RFC 7748, section 6.1).
    let small = ["00".repeat(32), format!("01{}", "00".repeat(31))];
    for key in small {
        assert!(wrap(&[1; 32], &PublicKey::from_bytes(array(&key)), b"", &mut Given(bytes(IKM_E))).is_err(), "{key}");
    }
}
