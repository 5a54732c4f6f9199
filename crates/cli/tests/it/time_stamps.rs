//! Time stamps on receipts, made by OpenSSL's time stamp authority and judged by `kinescope verify`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use evidence::{EvidenceLog, time_stamp_answer, time_stamp_request};

use crate::{kinescope, text};

const NONCE: u64 = 0xfedc_ba98_7654_3210;

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "openssl {arguments}: {}", text(&done.stderr));
}

/// A certificate authority, and a time stamp authority that it vouches for.
fn authority(folder: &Path, name: &str, key: &str) {
    let subject = format!("/CN={name}");
    openssl(
        folder,
        &format!("req -x509 -newkey {key} -nodes -keyout {name}-ca.key -out {name}-ca.pem -days 30 -subj {subject}-ca"),
    );
    openssl(folder, &format!("req -newkey {key} -nodes -keyout {name}.key -out {name}.csr -subj {subject}-stamps"));
    std::fs::write(folder.join("ext.cnf"), "extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\n")
        .unwrap();
    openssl(
        folder,
        &format!(
            "x509 -req -in {name}.csr -CA {name}-ca.pem -CAkey {name}-ca.key -CAcreateserial -out {name}.pem -days 30 -extfile ext.cnf"
        ),
    );
    std::fs::write(folder.join("serial"), "01\n").unwrap();
    let settings = "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ndefault_policy=1.2.3.4.1\ndigests=sha256\n";
    std::fs::write(folder.join("tsa.cnf"), settings).unwrap();
}

fn stamp(folder: &Path, name: &str, digest: &[u8; 32]) -> Vec<u8> {
    std::fs::write(folder.join("query"), time_stamp_request(digest, NONCE).unwrap()).unwrap();
    openssl(
        folder,
        &format!(
            "ts -reply -config tsa.cnf -queryfile query -signer {name}.pem -inkey {name}.key -chain {name}-ca.pem -sha256 -out reply"
        ),
    );
    let reply = std::fs::read(folder.join("reply")).unwrap();
    assert!(time_stamp_answer(&reply, digest, NONCE + 1).is_err(), "an answer to another request");
    assert!(time_stamp_answer(&reply, &[7; 32], NONCE).is_err(), "an answer for other bytes");
    time_stamp_answer(&reply, digest, NONCE).unwrap()
}

/// A recording whose newest receipt has this time stamp, made for it or changed.
fn stamped(folder: &Path, name: &str, change: fn(&mut Vec<u8>, &mut [u8; 32])) -> PathBuf {
    let kept = |ending| -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "evidence", &format!("finished.{ending}")].iter().collect()
    };
    let mut evidence = std::fs::read(kept("kev")).unwrap();
    let mut log = EvidenceLog::after(&evidence);
    let mut digest = log.wants_time_stamp().unwrap();
    change(&mut Vec::new(), &mut digest);
    let mut token = stamp(folder, name, &digest);
    change(&mut token, &mut digest);
    evidence.extend_from_slice(&log.time_stamp(&token).unwrap());
    assert_eq!(log.wants_time_stamp(), None);
    let file = folder.join("stamped.kin");
    std::fs::copy(kept("kin"), &file).unwrap();
    std::fs::write(folder.join("stamped.kev"), evidence).unwrap();
    file
}

fn verify(file: &Path, authority: Option<&str>) -> Output {
    let mut arguments = vec!["verify".to_owned(), "--summary".to_owned(), file.display().to_string()];
    if let Some(name) = authority {
        let trusted = file.with_file_name(format!("{name}-ca.pem"));
        arguments.extend(["--tsa-ca".to_owned(), trusted.display().to_string()]);
    }
    kinescope(arguments)
}

#[test]
fn verify_says_who_stamped_a_receipt_and_whether_that_is_to_be_trusted() {
    let folder = tempfile::tempdir().unwrap();
    authority(folder.path(), "other", "rsa:2048");
    for (name, key) in [("first", "rsa:2048"), ("second", "ec -pkeyopt ec_paramgen_curve:P-256")] {
        authority(folder.path(), name, key);
        let file = stamped(folder.path(), name, |_, _| {});
        for (trusted, code, said) in [
            (None, 0, "time stamp present, authority not checked: the receipt for "),
            (Some(name), 0, "time stamp by an authority that you trust"),
            (Some("other"), 3, "by an authority that you do not trust"),
        ] {
            let done = verify(&file, trusted);
            let words = text(&done.stdout);
            assert!(
                done.status.code() == Some(code) && words.contains(said),
                "{trusted:?}: {words}{}",
                text(&done.stderr)
            );
            assert!(trusted == Some("other") || words.contains(&format!("CN={name}-stamps")), "{words}");
        }
    }
}

#[test]
fn a_time_stamp_that_was_changed_or_is_for_something_else_is_told() {
    let folder = tempfile::tempdir().unwrap();
    authority(folder.path(), "first", "rsa:2048");
    let signature = |token: &mut Vec<u8>, _: &mut [u8; 32]| {
        if let Some(last) = token.last_mut() {
            *last ^= 1;
        }
    };
    let elsewhere = |_: &mut Vec<u8>, digest: &mut [u8; 32]| *digest = [9; 32];
    let cut = |token: &mut Vec<u8>, _: &mut [u8; 32]| token.truncate(token.len() / 2);
    for (change, said) in [
        (signature as fn(&mut Vec<u8>, &mut [u8; 32]), "did not sign it"),
        (elsewhere, "it is for no receipt that stands before it"),
        (cut, "it cannot be understood"),
    ] {
        let done = verify(&stamped(folder.path(), "first", change), None);
        let words = text(&done.stdout);
        assert!(done.status.code() == Some(3) && words.contains(said), "{said}: {words}");
    }
}
