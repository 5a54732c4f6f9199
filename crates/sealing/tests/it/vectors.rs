//! The kept sealed recording opens as written down beside it.
//!
//! `KINESCOPE_WRITE_VECTORS=1 cargo test -p sealing vectors` writes it if it is not there (then the same with `-p recording`, for
//! what a reader without a key finds); what is there is kept for ever.

use std::path::PathBuf;

use sealing::KeyFile;
use serde_json::{Value, json};

use crate::sample;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "v1", name].iter().collect()
}

fn described(bytes: &[u8], key: &KeyFile) -> Value {
    let payloads = sample::opened(bytes, &[key.unlock("").unwrap()]);
    let shown = payloads.into_iter().map(Result::unwrap).map(|given| {
        let crc = format!("{:08x}", crc32c(&given.payload));
        json!({ "track": given.track, "time_us": given.time_us, "bytes": given.payload.len(), "crc32c": crc })
    });
    json!({ "opened": shown.collect::<Vec<_>>() })
}

/// CRC-32C, bit by bit: short enough not to need a crate.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 })
    })
}

#[test]
fn the_kept_sealed_recording_opens_as_written_down() {
    let file = KeyFile::open(&sample::key(1));
    let made = sample::sealed(1, &sample::plan());
    if std::env::var_os("KINESCOPE_WRITE_VECTORS").is_some() && !path("sealed.kin").exists() {
        std::fs::write(path("sealed.kin"), &made).unwrap();
        std::fs::write(path("sealed.key"), file.to_text().as_bytes()).unwrap();
        let opened = serde_json::to_string_pretty(&described(&made, &file)).unwrap();
        std::fs::write(path("sealed.opened.json"), opened + "\n").unwrap();
    }
    let kept = std::fs::read(path("sealed.kin")).unwrap();
    let key = KeyFile::from_text(&std::fs::read_to_string(path("sealed.key")).unwrap()).unwrap();
    let expected: Value = serde_json::from_slice(&std::fs::read(path("sealed.opened.json")).unwrap()).unwrap();
    assert_eq!(described(&kept, &key), expected);
    assert!(made == kept, "the sealed recording is written differently now");
}
