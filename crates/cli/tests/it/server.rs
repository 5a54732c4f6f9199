//! `kinescope server`, `user` and `token` on a data folder.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::{kinescope, text};

/// Starts a server and reads what it prints until it is ready.
fn start(data: &Path, flags: &[&str]) -> (Child, Vec<String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kinescope"))
        .args(["server", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .args(flags)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = Vec::new();
    let expected = if data.exists() { 2 } else { 4 };
    for line in BufReader::new(child.stdout.take().unwrap()).lines().take(expected) {
        lines.push(line.unwrap());
    }
    (child, lines)
}

fn stop(mut child: Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn prints_address_and_first_login_once_and_stops_on_signals() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let (child, lines) = start(&data, &[]);
    assert!(lines[0].contains("https://localhost:"), "{lines:?}");
    assert!(lines[2].contains("user admin  password "), "{lines:?}");
    assert!(lines[3].starts_with("Nothing is recorded and nobody may play"), "{lines:?}");
    stop(child, Signal::SIGTERM);

    let (child, lines) = start(&data, &[]);
    assert_eq!(lines.len(), 2, "{lines:?}");
    stop(child, Signal::SIGINT);
}

#[test]
fn people_and_tokens_beside_a_running_server() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let data_text = data.to_str().unwrap();
    let missing = kinescope(["user", "list", "--data", data_text]);
    assert!(!missing.status.success());
    assert!(text(&missing.stderr).contains("is no data folder"), "{}", text(&missing.stderr));

    let (child, lines) = start(&data, &["--demo"]);
    let add = |name: &str, password: &str| {
        let mut add = Command::new(env!("CARGO_BIN_EXE_kinescope"))
            .args(["user", "add", name, "--role", "player", "--role", "logging-reader", "--data", data_text])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(add.stdin.take().unwrap(), "{password}").unwrap();
        add.wait_with_output().unwrap()
    };
    assert!(add("ana", "a password of ana").status.success());
    let short = add("bob", "short");
    assert!(!short.status.success() && text(&short.stderr).contains("10 to 1024"), "{}", text(&short.stderr));
    let list = kinescope(["user", "list", "--json", "--data", data_text]);
    let users: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(users[1]["name"], "ana");
    assert_eq!(users[1]["roles"], serde_json::json!(["logging-reader", "player"]));
    assert_eq!(users.as_array().unwrap().len(), 2);

    let token = kinescope(["token", "create", "--data", data_text]);
    let token = text(&token.stdout).trim();
    let fingerprint = lines[1].rsplit(' ').next().unwrap();
    assert!(token.ends_with(&format!(".{fingerprint}")), "{token} {fingerprint}");
    stop(child, Signal::SIGTERM);
}
