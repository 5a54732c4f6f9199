//! Randomness from outside, drawn out into as many secrets as a group needs.

use std::convert::Infallible;

use hkdf::Hkdf;
use rand_core::{TryCryptoRng, TryRng};
use sha2::Sha256;
use zeroize::Zeroizing;

/// 32 bytes of the operating system's randomness, used once: for one group, or one private key.
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// Takes fresh random bytes. The same bytes twice would give the same keys twice, and with them the same nonces.
    pub fn new(random: [u8; 32]) -> Seed {
        Seed(Zeroizing::new(random))
    }

    /// Secrets that nobody can tell from random who does not know the seed: HKDF-Expand (RFC 5869) under this label.
    pub(crate) fn stream(&self, label: &[u8]) -> Stream {
        Stream { seed: self.0.clone(), label: label.to_vec(), drawn: 0 }
    }

    /// One secret of 32 bytes under this label.
    pub(crate) fn secret(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        self.stream(label).draw(secret.as_mut());
        secret
    }
}

/// Draws secrets one after the other.
pub(crate) struct Stream {
    seed: Zeroizing<[u8; 32]>,
    label: Vec<u8>,
    drawn: u64,
}

impl Stream {
    fn draw(&mut self, out: &mut [u8]) {
        let source = Hkdf::<Sha256>::new(None, self.seed.as_ref());
        for part in out.chunks_mut(32) {
            self.drawn += 1;
            let mut block = Zeroizing::new([0; 32]);
            // Fails only for more than 255 × 32 bytes at once.
            let drawn = source.expand_multi_info(&[&self.label, &self.drawn.to_be_bytes()], block.as_mut());
            debug_assert!(drawn.is_ok());
            part.copy_from_slice(&block[..part.len()]);
        }
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.draw(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.draw(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.draw(out);
        Ok(())
    }
}

impl TryCryptoRng for Stream {}
