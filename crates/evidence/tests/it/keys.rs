//! Keys: kept as text, never shown, and useless for what was signed before.

use evidence::{EpochSigner, MachineKey, ReceiptKey};
use recording::{Clocks, Head, RecordingSigner, Witnessed};

use crate::sample::{anchor, id, machine};

#[test]
fn a_key_reads_back_from_its_file_and_shows_only_its_public_part() {
    let key = MachineKey::from_seed([0xab; 32]);
    let text = key.to_text();
    assert_eq!(MachineKey::from_text(&text).unwrap(), key);
    assert!(!format!("{key:?}").contains(text.trim()));
    assert!(format!("{key:?}").contains(&key.public().to_string()));
    for wrong in ["", "00", &text.trim().to_uppercase(), &format!("{}0", text.trim())] {
        assert!(ReceiptKey::from_text(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_known_seed_gives_the_key_of_rfc_8032() {
    // RFC 8032, section 7.1, test 1.
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(MachineKey::from_text(seed).unwrap().public().to_string(), public);
}

#[test]
fn each_group_has_a_key_of_its_own() {
    let mut signer = EpochSigner::new(id(1), machine(), [5; 32]);
    let (head, clocks) = (Head::start(), Clocks::new(&anchor(1), None));
    let first = signer.introduce(0, head, 0);
    let witnessed = Witnessed { head, time_us: 1, clocks: &clocks };
    let (same, over, next) =
        (signer.sign(&witnessed, false), signer.sign(&witnessed, true), signer.sign(&witnessed, false));
    assert_eq!([same.epoch, over.epoch, next.epoch], [0, 0, 1]);
    let next_key = over.next_key.unwrap();
    assert!(next_key != first.epoch_key && same.next_key.is_none());
    assert_ne!(same.signature, next.signature);
}
