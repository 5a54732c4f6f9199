//! What is promised of keys and of opening what is sealed.

use ::sealing::{KeyFile, KeyRing, Opener, PrivateKey, PublicKey};
use recording::{Decoder, Entry, RecordingId};

/// The key that opens `vectors/v1/sealed.kin`, so that changed copies of it get past the wrapping.
const VECTOR_KEY: &str = include_str!("../../../vectors/v1/sealed.key");

/// Text is refused or names a key that is written the same again; groups and payloads of any content are opened or
/// refused, and what is opened is no longer than what was sealed.
pub fn sealing(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        key_text(text);
    }
    let vector = KeyFile::from_text(VECTOR_KEY).and_then(|file| file.unlock("")).expect("the vector's key is sound");
    let mut opener = Opener::new(KeyRing::new(vec![vector]));
    let mut recording: Option<RecordingId> = None;
    let mut decoder = Decoder::new();
    decoder.push(input);
    loop {
        match decoder.next() {
            Ok(Some(located)) => match located.entry {
                Entry::Header(header) => recording = recording.or(Some(header.recording)),
                Entry::Group(group) => opener.begin_group(recording, &group),
                Entry::Data { track, time_us, sealed, payload } => {
                    let longest = payload.len();
                    if let Ok(plain) = opener.open(track, time_us, sealed, payload) {
                        assert!(plain.len() <= longest, "more came out than went in");
                    }
                }
                _ => {}
            },
            Ok(None) => break,
            Err(error) if error.is_final() => break,
            Err(_) => {}
        }
    }
}

fn key_text(text: &str) {
    if let Ok(key) = text.parse::<PublicKey>() {
        assert_eq!(key.to_string(), text, "two texts for one key");
    }
    if let Ok(key) = PrivateKey::from_text(text) {
        assert_eq!(key.to_text().trim_end(), text.trim(), "two texts for one key");
    }
    if let Ok(file) = KeyFile::from_text(text) {
        // Passphrases cost as much as the file says, within bounds that are too slow for this.
        if !file.wants_passphrase() {
            let _ = file.unlock("");
        }
        let again = KeyFile::from_text(&file.to_text()).expect("what was read is written and read again");
        assert_eq!(again.public(), file.public());
    }
}
