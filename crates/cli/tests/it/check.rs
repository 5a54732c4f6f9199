//! `kinescope check` where each cause is really there.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use catalogue::{Catalogue, EnrolmentToken, Machine, RefusedCopy, Setting};
use serde_json::Value;
use tempfile::TempDir;

use crate::text;

struct Server {
    process: Child,
    /// Held open for what it prints after its address.
    _printed: BufReader<ChildStdout>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a server and waits until it says where it is.
fn start(config: &Path) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kinescope"))
        .args(["server", "--config"])
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut printed = BufReader::new(child.stdout.take().unwrap());
    printed.read_line(&mut line).unwrap();
    assert!(line.contains("https://"), "{line}");
    Server { process: child, _printed: printed }
}

/// Exit code and findings as `level: text → what to do`, by check.
fn check(config: &Path) -> (i32, Vec<(String, String)>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope"));
    let output = command.args(["check", "--json", "--config"]).arg(config).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    let line = |one: &Value| {
        let part = |name: &str| one[name].as_str().unwrap_or("nothing").to_owned();
        (part("check"), format!("{}: {} → {}", part("level"), part("text"), part("do")))
    };
    (output.status.code().unwrap(), found["findings"].as_array().unwrap().iter().map(line).collect())
}

fn of<'a>(findings: &'a [(String, String)], check: &str) -> Vec<&'a str> {
    findings.iter().filter(|(name, _)| name == check).map(|(_, line)| line.as_str()).collect()
}

fn configuration(folder: &Path) -> std::path::PathBuf {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let file = folder.join("server.toml");
    fs::write(&file, format!("data = \"{}\"\nlisten = \"127.0.0.1:{port}\"\n", folder.join("data").display())).unwrap();
    file
}

/// Changes the catalogue beside the server.
fn change<F: Future<Output = ()>>(folder: &Path, with: impl FnOnce(Catalogue) -> F) {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        with(Catalogue::open(&folder.join("data/catalogue.sqlite")).await.unwrap()).await;
    });
}

async fn enrol(catalogue: &Catalogue, n: u8, not_after_us: i64) -> Machine {
    let token = server::enrolment::NewToken::make(String::new(), String::new(), 600, "00");
    let hash = server::enrolment::secret_at_rest(&token.text);
    catalogue.add_token(&token.token, &hash).await.unwrap();
    let EnrolmentToken { id, .. } = token.token;
    let machine = Machine::enrolled(id, format!("fin-{n}"), format!("{n:064x}"), not_after_us, server::clock::now_us());
    catalogue.enrol(&hash, &machine).await.unwrap();
    machine
}

#[test]
fn each_cause_is_named_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let config = configuration(folder.path());
    let (code, found) = check(&config);
    assert_eq!(code, 1);
    assert!(of(&found, "data")[0].contains("no server was started"), "{found:?}");
    assert!(!folder.path().join("data").exists(), "looking makes nothing");

    let server = start(&config);
    let (code, found) = check(&config);
    assert_eq!(code, 1);
    assert!(of(&found, "service")[0].starts_with("ok: "), "{found:?}");
    assert!(of(&found, "certificate")[0].contains("expires in 7299 days"), "{found:?}");
    assert!(of(&found, "policy")[0].starts_with("problem: the active policy is do-not-record"), "{found:?}");
    assert!(of(&found, "machines")[0].starts_with("problem: no machine is enrolled"), "{found:?}");
    for folder in ["data", "storage"] {
        assert!(!of(&found, folder)[0].contains("cannot be written"), "{found:?}");
    }

    change(folder.path(), async |catalogue| {
        catalogue.set_setting(Setting::ActivePolicy, "record-everything").await.unwrap();
        enrol(&catalogue, 1, i64::MAX).await;
        enrol(&catalogue, 2, 1).await;
        let copied = enrol(&catalogue, 3, i64::MAX).await;
        let copy = RefusedCopy { at_us: 1, address: "10.2.0.77".into(), text: "It is on other hardware.\n".into() };
        catalogue.note_copy(copied.id, &copy).await.unwrap();
        let revoked = enrol(&catalogue, 4, i64::MAX).await;
        catalogue.revoke_machine(revoked.id, 1).await.unwrap();
    });
    let (code, found) = check(&config);
    assert_eq!(code, 6, "warnings alone: {found:?}");
    assert!(of(&found, "policy")[0].contains("record-everything"), "{found:?}");
    let machines = of(&found, "machines").join("\n");
    for part in [
        "ok: 3 enrolled, 1 revoked",
        "warning: the identity of fin-2 has expired",
        "warning: a copy of fin-3 was refused, from 10.2.0.77: It is on other hardware.",
        "warning: fin-1 was enrolled and never connected",
    ] {
        assert!(machines.contains(part), "{part}: {machines}");
    }
    let plain =
        Command::new(env!("CARGO_BIN_EXE_kinescope")).args(["check", "--config"]).arg(&config).output().unwrap();
    let lines = text(&plain.stdout);
    assert_eq!(lines.lines().count(), found.len(), "one line for each, whatever machines say: {lines}");

    // Another server's certificate in the folder: what listens is not the server of this folder.
    let other = TempDir::new().unwrap();
    drop(start(&configuration(other.path())));
    let kept = fs::read(folder.path().join("data/tls/server.pem")).unwrap();
    fs::copy(other.path().join("data/tls/server.pem"), folder.path().join("data/tls/server.pem")).unwrap();
    let (code, found) = check(&config);
    assert_eq!(code, 1);
    assert!(of(&found, "service")[0].contains("is not the server of this folder"), "{found:?}");
    fs::write(folder.path().join("data/tls/server.pem"), "rubbish").unwrap();
    assert!(of(&check(&config).1, "certificate")[0].starts_with("problem: "));
    fs::write(folder.path().join("data/tls/server.pem"), kept).unwrap();

    drop(server);
    let (code, found) = check(&config);
    assert_eq!(code, 1);
    assert!(of(&found, "service")[0].contains("does not answer"), "{found:?}");
    assert!(of(&found, "service")[0].contains("start it"), "{found:?}");

    let written = fs::read_to_string(&config).unwrap() + "storage = [\"/proc/self/nowhere\"]\n";
    fs::write(&config, written.clone()).unwrap();
    assert!(of(&check(&config).1, "storage")[0].starts_with("problem: /proc/self/nowhere cannot be written"));
    fs::write(&config, written + "no_such_setting = 1\n").unwrap();
    let (code, found) = check(&config);
    assert_eq!(code, 1);
    assert!(of(&found, "settings")[0].starts_with("problem: "), "{found:?}");
}
