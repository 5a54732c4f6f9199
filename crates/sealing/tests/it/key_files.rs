//! Key files, with a passphrase and without.

use sealing::{KeyFile, KeyFileError, MAX_KEY_FILE_BYTES, Seed};

use crate::sample::key;

#[test]
fn a_file_without_a_passphrase_opens() {
    let file = KeyFile::from_text(&KeyFile::open(&key(1)).to_text()).unwrap();
    assert!(!file.wants_passphrase());
    assert_eq!(file.public(), key(1).public());
    assert_eq!(file.unlock("").unwrap().public(), key(1).public());
    let line = KeyFile::from_text(&key(1).to_text()).unwrap();
    assert_eq!(line.unlock("").unwrap().public(), key(1).public(), "a private key's line is enough");
}

#[test]
fn a_passphrase_is_needed_where_there_is_one() {
    let text = KeyFile::with_passphrase(&key(1), "correct horse", &Seed::new([9; 32])).unwrap().to_text();
    let secret = &key(1).to_text()["kinescope-private-key-".len()..][..64].to_owned();
    assert!(!text.contains(secret));
    let file = KeyFile::from_text(&text).unwrap();
    assert!(file.wants_passphrase());
    assert_eq!(file.public(), key(1).public(), "known without it");
    assert_eq!(file.unlock("correct horse").unwrap().public(), key(1).public());
    for wrong in ["", "Correct horse", "correct horse "] {
        assert_eq!(file.unlock(wrong).err(), Some(KeyFileError::Passphrase), "{wrong:?}");
    }
    assert_eq!(KeyFile::with_passphrase(&key(1), "", &Seed::new([9; 32])).err(), Some(KeyFileError::Passphrase));
}

#[test]
fn what_is_no_key_file_is_refused() {
    let good = KeyFile::with_passphrase(&key(1), "p", &Seed::new([9; 32])).unwrap().to_text();
    let later = good.replace("\"kinescope_key\": 1", "\"kinescope_key\": 2");
    assert_eq!(KeyFile::from_text(&later).err(), Some(KeyFileError::Version(2)));
    let long = format!("{}{}", good.as_str(), " ".repeat(MAX_KEY_FILE_BYTES));
    for wrong in ["{", "{}", long.as_str()] {
        assert_eq!(KeyFile::from_text(wrong).err(), Some(KeyFileError::Form), "{wrong:.20}");
    }
    for wrong in ["hello", "[]", ""] {
        assert!(matches!(KeyFile::from_text(wrong).err(), Some(KeyFileError::Key(_))), "{wrong:?}");
    }
    let greedy = good.replace("65536", "4294967295");
    assert_eq!(KeyFile::from_text(&greedy).unwrap().unlock("p").err(), Some(KeyFileError::Cost));
    let others = good.replace(&key(1).public().to_string(), &key(2).public().to_string());
    assert_eq!(KeyFile::from_text(&others).unwrap().unlock("p").err(), Some(KeyFileError::Passphrase));
    let open = KeyFile::open(&key(1)).to_text().replace(&key(1).public().to_string(), &key(2).public().to_string());
    assert_eq!(KeyFile::from_text(&open).unwrap().unlock("").err(), Some(KeyFileError::OtherPublic));
}
