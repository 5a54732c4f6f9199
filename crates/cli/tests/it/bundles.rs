//! `verify` on archives as the server makes them.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{kinescope, text};

fn evidence(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "evidence", name].iter().collect();
    std::fs::read(path).unwrap()
}

/// Packs kept recordings with their evidence files; one that is missing is left out.
fn packed(folder: &Path, recordings: &[&str]) -> PathBuf {
    let path = folder.join("bundle.zip");
    // Without going back, as over a network.
    let mut zip = ZipWriter::new_stream(File::create(&path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for name in recordings {
        for file in [format!("{name}.kin"), format!("{name}.kev")] {
            zip.start_file(file.as_str(), options).unwrap();
            zip.write_all(&evidence(&file)).unwrap();
        }
    }
    zip.finish().unwrap();
    path
}

fn verify(bundle: &Path) -> (Option<i32>, Vec<serde_json::Value>, String) {
    let said = kinescope(["verify", "--json", bundle.to_str().unwrap()]);
    let lines = text(&said.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (said.status.code(), lines, text(&said.stderr).to_string())
}

#[test]
fn every_recording_in_it_is_judged_with_its_receipts_and_links() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said, _) = verify(&packed(folder.path(), &["earlier", "later"]));
    assert_eq!(code, Some(0), "{said:?}");
    assert_eq!(said.len(), 2);
    for one in &said {
        assert!(one["receipts"]["confirmed"].as_u64().unwrap() > 0, "{one}");
        assert_eq!(one["links"][0]["state"], "holds", "{one}");
    }
    assert!(said[0]["file"].as_str().unwrap().ends_with("bundle.zip/earlier.kin"));
}

#[test]
fn what_was_changed_in_it_is_told_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = packed(folder.path(), &["finished"]);
    let mut bytes = std::fs::read(&bundle).unwrap();
    let (recording, header) = (evidence("finished.kin"), "finished.kin".len() + 30);
    let at = bytes.windows(64).position(|window| window == &recording[..64]).unwrap();
    assert!(at >= header);
    bytes[at + recording.len() / 2] ^= 1;
    std::fs::write(&bundle, bytes).unwrap();
    let (code, said, _) = verify(&bundle);
    assert_eq!((code, said.len()), (Some(3), 1));
    let offset = said[0]["findings"][0]["offset"].as_u64().unwrap();
    assert!(offset <= recording.len() as u64 / 2 && offset + 1_000 > recording.len() as u64 / 2, "{offset}");
    let (code, ..) = verify(&packed(folder.path(), &["finished", "cut"]));
    assert_eq!(code, Some(3), "one of them was cut");
}

#[test]
fn what_is_no_bundle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said, error) = verify(&packed(folder.path(), &[]));
    assert_eq!((code, said.len()), (Some(1), 0));
    assert!(error.contains("holds no recording"), "{error}");
    let rubbish = folder.path().join("rubbish.zip");
    std::fs::write(&rubbish, b"PK\x03\x04 and nothing else").unwrap();
    assert_eq!(verify(&rubbish).0, Some(1));
}
