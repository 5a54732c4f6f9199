//! The agent's socket: who may have which session recorded, asked by real processes of real users.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::recorder_process::PATIENCE;
use crate::supervised::{Agent, Machine, events, groups, header, outline, verify};
use crate::xserver::{NOBODY, XServer};

/// A policy by which nothing is recorded, and the users of these sessions may or may not start a recording.
fn policy(user_may_start: bool) -> String {
    json!({ "version": 1, "name": "Asked", "rules": [{
        "name": "Nothing",
        "action": { "do": "do-not-record" },
        "user_may_start": user_may_start,
        "when": { "where": [{ "machine": "*" }] },
    }] })
    .to_string()
}

pub fn machine(server: &XServer, user_may_start: bool) -> Machine {
    let machine = Machine::new(&[server.display()]);
    fs::write(machine.path().join("policy"), policy(user_may_start)).unwrap();
    // Others must be able to reach the socket.
    fs::set_permissions(machine.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let socket = machine.path().join("agent.sock");
    machine.with(&format!("socket = \"{}\"", socket.display()))
}

/// `kinescope-agent <words> --json`, by this user, from the session on this display.
pub fn ask(machine: &Machine, uid: u32, display: &str, words: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"));
    command.args(words).arg("--json").arg("--socket").arg(machine.path().join("agent.sock"));
    command.env_clear().env("DISPLAY", display).uid(uid);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text}{}\n{}", String::from_utf8_lossy(&output.stderr), machine.log()));
    assert_eq!(output.status.success(), ok(&answer), "{answer}");
    answer
}

fn ok(answer: &Value) -> bool {
    answer["ok"].as_bool().unwrap()
}

/// An agent that is started again attends to the session at once, but not before it is there.
pub fn until_it_answers(machine: &Machine) {
    let limit = Instant::now() + PATIENCE;
    let answered = || {
        let mut stream = UnixStream::connect(machine.path().join("agent.sock")).ok()?;
        stream.write_all(b"{\"command\":\"status\",\"of\":\"all\"}\n").ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok()?;
        // Until it is decided on there is no reason.
        (line.contains("\"why\":") && !line.contains("\"why\":\"\"")).then_some(())
    };
    while is_root() && answered().is_none() {
        assert!(Instant::now() < limit, "the agent does not answer:\n{}", machine.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether the tests can be several users.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

fn started(machine: &Machine) -> Agent {
    let agent = machine.start();
    machine.until_logged("decision");
    until_it_answers(machine);
    agent
}

#[test]
fn a_user_starts_and_stops_the_own_recording_where_the_policy_lets_him() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let machine = machine(&server, true);
    let agent = started(&machine);
    let user = if is_root() { NOBODY } else { nix::unistd::geteuid().as_raw() };
    let status = ask(&machine, user, server.display(), &["status"]);
    assert_eq!(status["sessions"][0]["recording"], Value::Null);
    assert_eq!(status["sessions"][0]["user_may_start"], true);

    let answer = ask(&machine, user, server.display(), &["start"]);
    assert_eq!((&answer["sessions"][0]["done"], ok(&answer)), (&json!("started"), true), "{answer}");
    machine.until("a picture", |bytes| groups(bytes) > 0);
    assert_eq!(header(&machine.recording()).reason.policy, "user");
    let again = ask(&machine, user, server.display(), &["start"]);
    assert_eq!(again["sessions"][0]["done"], "nothing");

    let answer = ask(&machine, user, server.display(), &["stop"]);
    assert_eq!(answer["sessions"][0]["done"], "stopped", "{answer}");
    assert_eq!(outline(&machine.recording()).2.as_deref(), Some("stopped"));
    assert!(verify(&machine.recording()).intact);
    // The X server still runs, and what was stopped is not begun again by an agent that is started again.
    assert!(agent.stop().success());
    let _agent = machine.start();
    until_it_answers(&machine);
    let state = || ask(&machine, user, server.display(), &["status"])["sessions"][0].clone();
    assert_eq!(state()["recording"], Value::Null);
    assert_eq!(machine.recordings().len(), 1);
    assert_eq!(state()["user_may_start"], true, "what the policy allowed is kept, too");
}

#[test]
fn without_the_policys_leave_a_user_starts_nothing_and_stops_nothing_of_others() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let machine = machine(&server, false);
    let _agent = started(&machine);
    if !is_root() {
        return eprintln!("not tried: only root can be several users");
    }
    let refused = ask(&machine, NOBODY, server.display(), &["start"]);
    assert_eq!((ok(&refused), &refused["error"]), (false, &json!("not-allowed")), "{refused}");
    // Root of the machine may, and then its user may not stop it.
    let answer = ask(&machine, 0, "", &["start", "--display", server.display()]);
    assert_eq!(answer["sessions"][0]["done"], "started", "{answer}");
    assert_eq!(header(&machine.recording()).reason.policy, "administrator");
    let refused = ask(&machine, NOBODY, server.display(), &["stop"]);
    assert_eq!((ok(&refused), &refused["error"]), (false, &json!("not-allowed")), "{refused}");
    // Which rule decided, and who wants it, is not the user's to know.
    assert_eq!(refused["sessions"][0]["why"], "an administrator wants it");
    let answer = ask(&machine, 0, "", &["stop", "--all"]);
    assert_eq!(answer["sessions"][0]["done"], "stopped", "{answer}");
}

#[test]
fn a_recording_by_order_hides_what_the_policy_hides() {
    if !is_root() {
        return eprintln!("not tried: only root stops what the policy started");
    }
    let server = XServer::xvfb("320x240x24");
    let machine = machine(&server, false);
    let action = json!({ "do": "record-screen", "notice": false, "hide": ["vault"] });
    let rules = json!([{ "name": "all", "action": action, "when": { "where": [{ "machine": "*" }] } }]);
    let policy = json!({ "version": 1, "name": "Private", "rules": rules }).to_string();
    fs::write(machine.path().join("policy"), policy).unwrap();
    let _agent = started(&machine);
    let hides = |bytes: &[u8]| {
        events(bytes).iter().any(|event| event.kind == "covered" && event.fields["text"].to_string().contains("vault"))
    };
    machine.until("what the policy hides", hides);
    let display = server.display();
    assert_eq!(ask(&machine, 0, "", &["stop", "--display", display])["sessions"][0]["done"], "stopped");
    assert_eq!(ask(&machine, 0, "", &["start", "--display", display])["sessions"][0]["done"], "started");
    let limit = Instant::now() + PATIENCE;
    while !machine.recordings().get(1).is_some_and(|(_, bytes)| hides(bytes)) {
        assert!(Instant::now() < limit, "the second recording hides nothing:\n{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn nobody_but_root_names_a_session_and_whoever_has_none_acts_on_none() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let machine = machine(&server, true);
    let _agent = started(&machine);
    if !is_root() {
        return eprintln!("not tried: only root can be several users");
    }
    for words in [["start", "--display", server.display()], ["stop", "--user", "nobody"]] {
        let answer = ask(&machine, NOBODY, server.display(), &words);
        assert_eq!(answer["error"], "not-allowed", "{words:?}: {answer}");
    }
    // Another user: DISPLAY names the session, and that counts for nothing.
    let stranger = ask(&machine, 4_711, server.display(), &["start"]);
    assert_eq!((ok(&stranger), &stranger["error"]), (false, &json!("no-session")), "{stranger}");
    assert_eq!(machine.recordings().len(), 0);
}

#[test]
fn an_administrator_who_wants_a_users_recording_keeps_it_from_being_stopped() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let machine = machine(&server, true);
    let agent = started(&machine);
    if !is_root() {
        return eprintln!("not tried: only root can be several users");
    }
    ask(&machine, NOBODY, server.display(), &["start"]);
    machine.until("a group", |bytes| groups(bytes) > 0);
    assert_eq!(ask(&machine, 0, "", &["start", "--all"])["sessions"][0]["done"], "nothing");
    assert_eq!(ask(&machine, NOBODY, server.display(), &["stop"])["error"], "not-allowed");
    assert!(agent.stop().success());
    let _agent = machine.start();
    machine.until("a second group", |bytes| groups(bytes) > 1);
    until_it_answers(&machine);
    assert_eq!(ask(&machine, NOBODY, server.display(), &["stop"])["error"], "not-allowed");
}

#[test]
fn a_machine_whose_recording_is_switched_off_records_nothing_for_anybody() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let machine = machine(&server, true).with("recording = false");
    fs::write(machine.path().join("policy"), "record-everything").unwrap();
    let _agent = machine.start();
    machine.until_logged("recording is switched off");
    let root = if is_root() { 0 } else { nix::unistd::geteuid().as_raw() };
    let words: &[&str] = if is_root() { &["start", "--all"] } else { &["start"] };
    let answer = ask(&machine, root, "", words);
    assert!(!ok(&answer), "{answer}");
    assert_eq!(machine.recordings().len(), 0);
    if is_root() {
        assert_eq!(answer["error"], "switched-off");
        assert_eq!(answer["sessions"][0]["why"], "recording is switched off on this machine");
    }
}

#[test]
fn what_is_no_request_is_answered_and_harms_nobody() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let machine = machine(&server, true);
    let _agent = started(&machine);
    let connect = || UnixStream::connect(machine.path().join("agent.sock")).unwrap();
    let answer = |stream: UnixStream| {
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap_or_default()
    };
    let long = [b"[".repeat(5_000), b"\n".to_vec()].concat();
    for rubbish in [
        &b"\n"[..],
        b"{}\n",
        b"\xff\xfe\n",
        b"{\"command\":\"format\"}\n",
        b"{\"command\":\"status\",\"x\":1}\n",
        &long,
    ] {
        let mut stream = connect();
        // Hung up in the middle of a line that is too long.
        let _ = stream.write_all(rubbish);
        assert_eq!(answer(stream)["error"], "bad-request", "{}", String::from_utf8_lossy(rubbish));
    }
    // One who asks without end is told to wait.
    let mut stream = connect();
    stream.write_all(&b"{\"command\":\"status\"}\n".repeat(40)).unwrap();
    let answers: Vec<String> = BufReader::new(stream).lines().take(40).map(Result::unwrap).collect();
    assert!(answers.iter().any(|line| line.contains("busy")), "{answers:?}");
}

/// A pseudo-terminal with a program in it, ended when dropped.
struct Terminal {
    script: std::process::Child,
    /// What the program printed.
    typescript: std::path::PathBuf,
}

impl Terminal {
    fn with(program: &str, typescript: std::path::PathBuf) -> Self {
        let mut command = Command::new("script");
        command.args(["--quiet", "--flush", "--command", program]).arg(&typescript);
        let script = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { script, typescript }
    }

    /// A login as the system's `login` makes it: that program's name over a shell in a terminal of its own. The real one refuses
    /// where a container withholds the rights of its PAM modules.
    fn with_login(folder: &std::path::Path) -> Self {
        let door = folder.join("login");
        assert!(Command::new("cp").args(["-L", "/bin/bash"]).arg(&door).status().unwrap().success());
        Self::with(&format!("exec '{}' -c 'cat; true'", door.display()), folder.join("login.typescript"))
    }

    fn holds(&self, mut pid: u64) -> bool {
        while pid > 1 && pid != u64::from(self.script.id()) {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let parent = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(1)?.parse().ok());
            pid = parent.unwrap_or(0);
        }
        pid == u64::from(self.script.id())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Its terminal hangs up with it.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

#[test]
fn people_at_terminals_are_listed_and_terminals_in_windows_are_not() {
    if !is_root() {
        return;
    }
    let server = XServer::xvfb("160x120x24");
    let machine = machine(&server, false);
    let agent = started(&machine);
    let terminals = tempfile::tempdir().unwrap();
    let login = Terminal::with_login(terminals.path());
    let window = Terminal::with("sh -c 'read line'", terminals.path().join("window.typescript"));
    let limit = Instant::now() + PATIENCE;
    let listed = loop {
        let answer = ask(&machine, 0, server.display(), &["status", "--all"]);
        let terminals = answer["terminals"].as_array().cloned().unwrap_or_default();
        let of =
            |terminal: &Terminal| terminals.iter().find(|line| terminal.holds(line["pid"].as_u64().unwrap())).cloned();
        assert_eq!(of(&window), None);
        if let Some(line) = of(&login) {
            break line;
        }
        assert!(Instant::now() < limit, "{answer} {:?}", fs::read_to_string(&login.typescript));
        // The agent answers nobody who asks without a pause.
        std::thread::sleep(Duration::from_millis(300));
    };
    assert_eq!(listed["user"], "root");
    assert!(listed["terminal"].as_str().unwrap().starts_with("pts/"), "{listed}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(listed["since_unix"].as_u64().unwrap().abs_diff(now) < 60, "{listed}");
    let of_user = ask(&machine, 0, server.display(), &["status", "--user", "root"]);
    assert!(of_user["terminals"].as_array().unwrap().iter().any(|line| line["pid"] == listed["pid"]), "{of_user}");
    // Who is not root sees the own session, and nobody else's terminal.
    assert_eq!(ask(&machine, NOBODY, server.display(), &["status"])["terminals"], Value::Null);
    assert!(agent.stop().success());
}
