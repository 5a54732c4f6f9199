//! `kinescope-agent check` where each cause is really there.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Something that answers on a port of this machine as a server does, and the fingerprint of its certificate.
struct Standin {
    port: u16,
    fingerprint: String,
}

fn standin(status: &'static str) -> Standin {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let fingerprint = Sha256::digest(certificate.der()).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for tcp in listener.incoming().map_while(Result::ok) {
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
            let date = jiff::fmt::rfc2822::DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&jiff::Timestamp::now())
                .unwrap();
            if tls.read(&mut [0; 4_096]).is_ok() {
                let answer = format!("HTTP/1.1 {status}\r\ndate: {date}\r\ncontent-length: 0\r\n\r\n");
                let _ = tls.write_all(answer.as_bytes()).and_then(|()| tls.flush());
            }
        }
    });
    Standin { port, fingerprint }
}

/// An identity at this address whose certificate ends in this year.
fn enrol(state: &Path, server: &str, fingerprint: &str, until: i32) {
    let folder = state.join("identity");
    fs::create_dir_all(&folder).unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let certificate = params.signed_by(&key, &issuer).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    fs::write(folder.join("certificate.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("authority.pem"), authority.pem()).unwrap();
    let description = json!({ "server": server, "machine_id": "m-1", "server_certificate": fingerprint });
    fs::write(folder.join("identity.json"), description.to_string()).unwrap();
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
}

/// Exit code and findings.
fn check(state: &Path, config: &str) -> (i32, Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.toml");
    let socket = folder.path().join("agent.sock");
    fs::write(&file, format!("state_folder = \"{}\"\nsocket = \"{}\"\n{config}", state.display(), socket.display()))
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"));
    let output = command.arg("check").arg("--json").arg("--config").arg(&file).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let findings: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    (output.status.code().unwrap(), findings["findings"].as_array().unwrap().clone(), text)
}

/// Findings of one check as `level: text → what to do`.
fn of(findings: &[Value], check: &str) -> Vec<String> {
    let of_check = findings.iter().filter(|finding| finding["check"] == check);
    of_check
        .map(|found| {
            format!(
                "{}: {} → {}",
                found["level"].as_str().unwrap(),
                found["text"].as_str().unwrap(),
                found["do"].as_str().unwrap_or("nothing")
            )
        })
        .collect()
}

/// A machine, the check in question, how its finding begins and what else it says.
struct Case {
    server: String,
    fingerprint: String,
    until: i32,
    config: &'static str,
    policy: &'static str,
    name: &'static str,
    parts: &'static [&'static str],
}

/// What is wrong with the server or the certificate.
fn of_the_server(good: &Standin, ill: &Standin, closed_port: u16, wrong: &str) -> Vec<Case> {
    let at = |port: u16| format!("https://localhost:{port}");
    let nowhere = "https://no-such-host.invalid:1".to_owned();
    let cases: [(String, &str, i32, &'static str, &'static [&'static str]); 8] = [
        (nowhere, wrong, 4000, "name", &["problem: ", "cannot be resolved", "DNS"]),
        (at(closed_port), wrong, 4000, "server", &["problem: cannot reach", "server runs"]),
        (at(good.port), wrong, 4000, "trust", &["problem: ", "another certificate", "enrol again"]),
        (at(good.port), &good.fingerprint, 4000, "trust", &["ok: "]),
        (at(good.port), &good.fingerprint, 4000, "clock", &["ok: "]),
        (at(ill.port), &ill.fingerprint, 4000, "server", &["problem: ", "503", "server's log"]),
        (at(good.port), &good.fingerprint, 2021, "expiry", &["problem: ", "expired", "days", "renews"]),
        (at(good.port), &good.fingerprint, 4000, "expiry", &["ok: ", "days"]),
    ];
    let case = |(server, fingerprint, until, name, parts): (String, &str, i32, _, _)| Case {
        server,
        fingerprint: fingerprint.to_owned(),
        until,
        config: "",
        policy: "record-everything",
        name,
        parts,
    };
    cases.into_iter().map(case).collect()
}

/// What is wrong with the machine or with what it was told.
fn of_the_machine(good: &Standin) -> Vec<Case> {
    let everything = "record-everything";
    let cases: [(&'static str, &'static str, &'static str, &'static [&'static str]); 11] = [
        ("recording = false\n", everything, "switch", &["problem: ", "switched off"]),
        ("", "", "policy", &["problem: ", "has not told a policy"]),
        ("record_without_policy = true\n", "", "policy", &["warning: "]),
        ("", "do-not-record", "policy", &["problem: ", "nothing is recorded", "console"]),
        ("", "{\"later\":1}", "policy", &["problem: ", "newer agent"]),
        ("", everything, "policy", &["ok: ", "“"]),
        ("displays = [{ name = \":9999\" }]\n", everything, "displays", &["warning: ", "nothing serves it"]),
        ("", everything, "service", &["problem: the agent does not run", "start"]),
        ("quota_mb = 99999999\n", everything, "space", &["warning: ", "MB are free"]),
        ("quota_mb = 16\n", everything, "space", &["ok: "]),
        ("fps = 0\n", everything, "settings", &["problem: "]),
    ];
    let case = |(config, policy, name, parts)| Case {
        server: format!("https://localhost:{}", good.port),
        fingerprint: good.fingerprint.clone(),
        until: 4000,
        config,
        policy,
        name,
        parts,
    };
    cases.into_iter().map(case).collect()
}

#[test]
fn each_cause_is_named_with_what_to_do() {
    let (good, ill) = (standin("200 OK"), standin("503 Service Unavailable"));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed_port = closed.local_addr().unwrap().port();
    drop(closed);
    let wrong = "ab".repeat(32);
    let cases = of_the_server(&good, &ill, closed_port, &wrong).into_iter().chain(of_the_machine(&good));
    for Case { server, fingerprint, until, config, policy, name, parts } in cases {
        let state = tempfile::tempdir().unwrap();
        enrol(state.path(), &server, &fingerprint, until);
        if !policy.is_empty() {
            fs::write(state.path().join("policy"), policy).unwrap();
        }
        let (code, findings, text) = check(state.path(), config);
        // The agent does not run in any of these.
        assert_eq!(code, 1, "{text}");
        let found = of(&findings, name);
        assert_eq!(found.len(), 1, "{name}: {text}");
        assert!(found[0].starts_with(parts[0]), "{name}: {found:?}");
        assert!(parts.iter().all(|part| found[0].contains(part)), "{parts:?}: {found:?}");
        assert!(!text.contains("PRIVATE KEY") && !text.contains(&wrong), "{text}");
        // What looks at things leaves nothing behind.
        let left: Vec<_> = fs::read_dir(state.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name == "identity" || name == "policy"), "{left:?}");
    }
}

#[test]
fn a_machine_that_is_not_enrolled_or_has_no_folder_is_told_so() {
    let state = tempfile::tempdir().unwrap();
    let (code, findings, _) = check(state.path(), "");
    assert_eq!(code, 1);
    assert!(of(&findings, "enrolled")[0].contains("kinescope-agent enrol --server"));
    assert!(of(&findings, "name").is_empty(), "there is no server to ask");

    let (_, findings, _) = check(Path::new("/proc/self/nowhere"), "");
    assert!(of(&findings, "space")[0].starts_with("problem: /proc/self/nowhere cannot be written"), "{findings:?}");

    enrol(state.path(), "https://localhost:1", &"ab".repeat(32), 4000);
    fs::write(state.path().join("identity/certificate.pem"), "rubbish").unwrap();
    let (_, findings, _) = check(state.path(), "");
    assert!(of(&findings, "enrolled")[0].starts_with("problem: certificate.pem"), "{findings:?}");

    enrol(state.path(), "https://localhost:1", &"ab".repeat(32), 4000);
    fs::set_permissions(state.path().join("identity"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (_, findings, _) = check(state.path(), "");
    assert!(of(&findings, "enrolled")[1].starts_with("warning: "), "{findings:?}");
}
