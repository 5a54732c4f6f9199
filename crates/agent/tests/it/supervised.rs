//! An agent with a folder of its own whose server is away, and what is in its spool.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use recording::{Decoder, Entry, Header, Report, Verifier};

use crate::recorder_process::{PATIENCE, signal};
use crate::xserver::XServer;

/// State and configuration of one agent, which may be started several times.
pub struct Machine {
    folder: tempfile::TempDir,
    more: String,
}

/// A running agent; killed when dropped.
pub struct Agent {
    pub child: Child,
}

impl Machine {
    /// A machine that records these displays without asking anybody.
    pub fn new(displays: &[&str]) -> Self {
        let machine = Self::without_server(displays);
        enrol(&machine.path().join("identity"));
        machine
    }

    /// The same, enrolled nowhere.
    pub fn without_server(displays: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<_> = displays.iter().map(|display| format!("{{ name = \"{display}\" }}")).collect();
        let more = format!("displays = [{}]\nscan_seconds = 1\nrecord_without_policy = true\n", names.join(", "));
        Self { folder, more }
    }

    /// The same with further configuration.
    pub fn with(mut self, line: &str) -> Self {
        self.more.push_str(line);
        self.more.push('\n');
        self
    }

    /// The same with another `record_without_policy`.
    pub fn deciding(mut self, record: &str) -> Self {
        self.more = self.more.replace("record_without_policy = true", &format!("record_without_policy = {record}"));
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts `kinescope-agent run`.
    pub fn start(&self) -> Agent {
        self.start_as(None)
    }

    /// The same where the machine's accounts and packages are those of another root.
    pub fn start_within(&self, root: &Path) -> Agent {
        self.start_over(&[(&root.join("etc"), "/etc"), (&root.join("dpkg"), "/var/lib/dpkg")])
    }

    /// The same where, for the agent alone, these folders are in the places of others.
    pub fn start_over(&self, folders: &[(&Path, &str)]) -> Agent {
        let script = "while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\" || exit; shift 2; done; shift; exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script, "sh"]);
        for (folder, place) in folders {
            command.arg(folder).arg(place);
        }
        command.arg("--").arg(env!("CARGO_BIN_EXE_kinescope-agent"));
        self.start_by(command)
    }

    /// The same as another user, whose home is the machine's folder.
    pub fn start_as(&self, uid: Option<u32>) -> Agent {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"));
        if let Some(uid) = uid {
            command.uid(uid).env("HOME", self.path());
        }
        self.start_by(command)
    }

    fn start_by(&self, mut command: Command) -> Agent {
        let config = self.path().join("agent.toml");
        let state = format!("state_folder = \"{}\"\n", self.path().display());
        fs::write(&config, state + &self.more).unwrap();
        let log = fs::File::options().create(true).append(true).open(self.path().join("log")).unwrap();
        command.args(["run", "--config"]).arg(config).env("RUST_LOG", "info");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        Agent { child }
    }

    /// What the agent has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }

    /// The recordings in the spool, whole, as nothing could be sent: names and bytes, oldest first.
    pub fn recordings(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        for folder in folders(&self.path().join("spool")) {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let mut files: Vec<PathBuf> = folders(&folder).first().map_or_else(Vec::new, |blocks| entries(blocks));
            files.sort();
            let bytes = files.iter().flat_map(|file| fs::read(file).unwrap_or_default()).collect();
            found.push((name, bytes));
        }
        found.sort();
        found
    }

    /// The bytes of the first recording. When its server is gone another test's may take the display's number, and is recorded too.
    pub fn recording(&self) -> Vec<u8> {
        self.recordings().into_iter().next().unwrap_or_else(|| panic!("no recording\n{}", self.log())).1
    }

    /// Waits until the first recording is as it should be.
    pub fn until(&self, what: &str, condition: impl Fn(&[u8]) -> bool) {
        let limit = Instant::now() + PATIENCE;
        while !self.recordings().first().is_some_and(|(_, bytes)| condition(bytes)) {
            assert!(Instant::now() < limit, "waited in vain for {what}; the agent's log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the agent has logged something.
    pub fn until_logged(&self, text: &str) {
        let limit = Instant::now() + PATIENCE;
        while !self.log().contains(text) {
            assert!(Instant::now() < limit, "waited in vain for {text:?}; the agent's log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Agent {
    /// Its recorder processes.
    pub fn recorders(&self) -> Vec<u32> {
        let pid = self.child.id();
        let children = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let lists = children.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
        let children =
            lists.flat_map(|list| list.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>());
        children.filter(|pid| is_recorder(*pid)).collect()
    }

    /// Asks it to stop and waits for it.
    pub fn stop(mut self) -> ExitStatus {
        signal(&self.child, "TERM");
        self.wait()
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let limit = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < limit, "the agent does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_recorder(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|arguments| arguments.split(|byte| *byte == 0).nth(1) == Some(b"recorder"))
}

/// An identity at a server that nobody runs.
pub fn enrol(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["machine".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    let description = format!(
        "{{\"server\":\"https://127.0.0.1:1\",\"machine_id\":\"m-1\",\"server_certificate\":\"{}\"}}",
        "00".repeat(32)
    );
    for (name, text) in [
        ("key.pem", key.serialize_pem()),
        ("certificate.pem", certificate.clone()),
        ("authority.pem", certificate),
        ("identity.json", description),
    ] {
        fs::write(folder.join(name), text).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

/// What `verify` says.
pub fn verify(bytes: &[u8]) -> Report {
    let mut verifier = Verifier::new();
    verifier.push(bytes).unwrap();
    verifier.finish().unwrap()
}

/// Groups, gap reasons and the end's reason so far. A torn end is passed over.
pub fn outline(bytes: &[u8]) -> (usize, Vec<String>, Option<String>) {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let (mut groups, mut gaps, mut end) = (0, Vec::new(), None);
    while let Ok(Some(located)) = decoder.next() {
        match located.entry {
            Entry::Group(_) => groups += 1,
            Entry::Gap(gap) => gaps.push(gap.reason.as_str().to_owned()),
            Entry::End(found) => end = Some(found.reason.as_str().to_owned()),
            _ => {}
        }
    }
    (groups, gaps, end)
}

/// The number of groups so far.
pub fn groups(bytes: &[u8]) -> usize {
    outline(bytes).0
}

/// Lines of a process's status that begin with a word.
pub fn status_line(pid: u32, word: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix(word)).unwrap().trim_start_matches(':').trim().to_owned()
}

/// Stops and continues an X server's process.
pub fn signal_server(server: &XServer, name: &str) {
    let done = Command::new("kill").arg(format!("-{name}")).arg(server.pid().to_string()).status().unwrap();
    assert!(done.success());
}

/// Events that are not sealed.
pub fn events(bytes: &[u8]) -> Vec<recording::Event> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut events = Vec::new();
    while let Ok(Some(located)) = decoder.next() {
        if let Entry::Data { track: 3, payload, .. } = located.entry {
            events.extend(recording::Event::from_payload(&payload));
        }
    }
    events
}

/// The recording's header.
pub fn header(bytes: &[u8]) -> Header {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    match decoder.next() {
        Ok(Some(recording::Located { entry: Entry::Header(header), .. })) => *header,
        other => panic!("no header: {other:?}"),
    }
}
