//! Keeps the machine's identity while the agent runs: its turn, and certificates that take each other's place.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use spool::{Identity, IdentityKeeper, RenewalError};

use crate::{enrol, identity};

/// The identity folder of a machine that is enrolled.
pub struct Keeper {
    folder: PathBuf,
    /// The key of the request that was made last. It is written only with its certificate.
    requested: Mutex<Option<KeyPair>>,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keeper").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Keeper {
    /// Keeps what is in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, requested: Mutex::default() }
    }
}

impl IdentityKeeper for Keeper {
    fn turn(&self) -> Option<Vec<u8>> {
        identity::turn(&self.folder)
    }

    fn keep_turn(&self, turn: &[u8]) -> io::Result<()> {
        identity::keep_turn(&self.folder, turn)
    }

    fn request(&self) -> Result<String, RenewalError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let request = enrol::certificate_request(&key)?;
        *self.requested.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(request)
    }

    fn take(&self, certificate_pem: &str) -> Result<Identity, RenewalError> {
        let key = self.requested.lock().unwrap_or_else(PoisonError::into_inner).take();
        let key = key.ok_or("no certificate was asked for")?.serialize_pem();
        identity::check_renewed(&self.folder, &key, certificate_pem)?;
        identity::keep_renewed(&self.folder, &key, certificate_pem)?;
        Ok(identity::load(&self.folder)?.1)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use evidence::MachineKey;
    use rcgen::{CertificateParams, CertificateSigningRequestParams, Issuer};

    use super::*;
    use crate::identity::{Description, Enrolled};

    fn authority() -> Issuer<'static, KeyPair> {
        Issuer::new(CertificateParams::default(), KeyPair::generate().unwrap())
    }

    fn enrolled(folder: &std::path::Path) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        let enrolled = Enrolled {
            description: Description {
                server: "https://localhost:1".to_owned(),
                machine_id: "m-1".to_owned(),
                server_certificate: "ab".repeat(32),
            },
            key_pem: key.serialize_pem(),
            certificate_pem: certificate.pem(),
            authority_pem: certificate.pem(),
            signing_key: MachineKey::from_seed([7; 32]),
        };
        identity::store(folder, &enrolled).unwrap();
    }

    fn shown(folder: &std::path::Path) -> Vec<u8> {
        identity::load(folder).unwrap().1.certificates[0].to_vec()
    }

    #[test]
    fn a_renewed_identity_takes_the_place_of_the_one_before_as_a_whole() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("identity");
        enrolled(&folder);
        let first = shown(&folder);
        let keeper = Keeper::new(folder.clone());
        let issue = |request: &str| {
            CertificateSigningRequestParams::from_pem(request).unwrap().signed_by(&authority()).unwrap().pem()
        };
        assert!(keeper.take("nothing was asked for").is_err());
        for wrong in [String::new(), "rubbish".to_owned(), {
            // A certificate for another key.
            let key = KeyPair::generate().unwrap();
            CertificateParams::default().self_signed(&key).unwrap().pem()
        }] {
            keeper.request().unwrap();
            assert!(keeper.take(&wrong).is_err(), "{wrong}");
            assert_eq!(shown(&folder), first);
        }
        let certificate = issue(&keeper.request().unwrap());
        let taken = keeper.take(&certificate).unwrap();
        assert_ne!(taken.certificates[0].to_vec(), first);
        assert_eq!(shown(&folder), taken.certificates[0].to_vec(), "after a restart, too");
        // A crash while the next one is written leaves this one.
        std::fs::write(folder.join("renewed.pem.new"), "half").unwrap();
        assert_eq!(shown(&folder), taken.certificates[0].to_vec());
        let next = issue(&keeper.request().unwrap());
        keeper.take(&next).unwrap();
        // Enrolling again leaves nothing of it.
        keeper.keep_turn(&[1; 40]).unwrap();
        enrolled(&folder);
        assert_ne!(shown(&folder), taken.certificates[0].to_vec());
        assert_eq!(keeper.turn(), None);
    }

    #[test]
    fn what_was_being_replaced_when_the_power_went_is_found_again() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("identity");
        enrolled(&folder);
        let kept = shown(&folder);
        std::fs::rename(&folder, folder.with_extension("old")).unwrap();
        assert!(identity::exists(&folder));
        assert_eq!(shown(&folder), kept);
    }

    #[test]
    fn turns_are_kept_for_this_user_only_and_rubbish_is_none() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("identity");
        enrolled(&folder);
        let keeper = Keeper::new(folder.clone());
        assert_eq!(keeper.turn(), None);
        for turn in [[1; 40], [2; 40]] {
            keeper.keep_turn(&turn).unwrap();
            assert_eq!(keeper.turn(), Some(turn.to_vec()));
        }
        let mode = std::fs::metadata(folder.join("turn")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for rubbish in [Vec::new(), vec![0; 65]] {
            std::fs::write(folder.join("turn"), rubbish).unwrap();
            assert_eq!(keeper.turn(), None);
        }
        assert!(Keeper::new(state.path().join("gone")).keep_turn(&[1; 40]).is_err());
    }
}
