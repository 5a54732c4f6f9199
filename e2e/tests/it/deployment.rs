//! A whole deployment in a folder: server, agent, a desktop, and a person who asks the REST interface.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use anyhow::{Context as _, ensure};
use api::{RecordingItem, RecordingPage, RecordingState};

use crate::desktop::Desktop;
use crate::process::{Program, free_port, own, wait_for};

/// Where everything of one deployment is kept. Parts are public so that tests can take them away and bring them back.
pub struct Deployment {
    pub folder: PathBuf,
    pub server_data: PathBuf,
    pub agent_state: PathBuf,
    pub server: Option<Program>,
    pub agent: Option<Program>,
    pub desktop: Option<Desktop>,
    port: u16,
    pub password: String,
    // Last: the folder must outlive the programs in it.
    _scratch: tempfile::TempDir,
}

impl Deployment {
    /// A demo server with its first login read, an agent enrolled but not started, and a desktop.
    pub fn new() -> anyhow::Result<Self> {
        let scratch = tempfile::Builder::new().prefix("kinescope-e2e-").tempdir()?;
        let folder = scratch.path().to_owned();
        Self::in_folders(scratch, folder.join("server"), folder.join("agent"))
    }

    /// The same with data folders elsewhere (on a small file system, say).
    pub fn in_folders(scratch: tempfile::TempDir, server_data: PathBuf, agent_state: PathBuf) -> anyhow::Result<Self> {
        let folder = scratch.path().to_owned();
        open_to_recorders(&folder)?;
        let desktop = Desktop::start(&folder, 1280, 800)?;
        let mut deployment = Self {
            port: free_port()?,
            desktop: Some(desktop),
            server: None,
            agent: None,
            password: String::new(),
            folder,
            server_data,
            agent_state,
            _scratch: scratch,
        };
        deployment.start_server()?;
        deployment.password = deployment.first_password()?;
        deployment.enrol()?;
        Ok(deployment)
    }

    pub fn start_server(&mut self) -> anyhow::Result<()> {
        let mut command = own("kinescope")?;
        command.args(["server", "--demo", "--data"]).arg(&self.server_data);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        self.server = Some(Program::start("server", &self.folder, &mut command)?);
        let health = format!("{}/healthz", self.address());
        wait_for("the server to answer", || {
            Ok(client()?.get(&health).send().ok().filter(|answer| answer.status().is_success()).map(drop))
        })
    }

    pub fn start_agent(&mut self) -> anyhow::Result<()> {
        self.start_agent_with(&[])
    }

    /// The same with settings from the environment, such as `("RECORDING", "false")`.
    pub fn start_agent_with(&mut self, settings: &[(&str, &str)]) -> anyhow::Result<()> {
        let desktop = self.desktop.as_ref().context("no desktop to record")?.display.clone();
        self.start_agent_as(&[&desktop], settings, &[])
    }

    /// An agent for these displays.
    pub fn start_agent_for(&mut self, displays: &[&str]) -> anyhow::Result<()> {
        self.start_agent_as(displays, &[], &[])
    }

    /// The same, by a configuration of its own.
    pub fn start_agent_by(&mut self, configuration: &Path, displays: &[&str]) -> anyhow::Result<()> {
        self.start_agent_as(displays, &[], &[Path::new("--config"), configuration])
    }

    /// The same where, for the agent alone, these folders are in the places of others.
    pub fn start_agent_over(
        &mut self,
        configuration: &Path,
        displays: &[&str],
        folders: &[(&Path, &str)],
    ) -> anyhow::Result<()> {
        if folders.is_empty() {
            return self.start_agent_by(configuration, displays);
        }
        let script = "while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\" || exit; shift 2; done; shift; exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "slave", "sh", "-c", script, "sh"]);
        command.args(folders.iter().flat_map(|(folder, place)| [folder.as_os_str(), OsStr::new(place)]));
        command.arg("--").arg(own("kinescope-agent")?.get_program());
        self.start_agent_in(command, displays, &[], &[Path::new("--config"), configuration])
    }

    fn start_agent_as(&mut self, displays: &[&str], settings: &[(&str, &str)], more: &[&Path]) -> anyhow::Result<()> {
        self.start_agent_in(own("kinescope-agent")?, displays, settings, more)
    }

    fn start_agent_in(
        &mut self,
        mut command: Command,
        displays: &[&str],
        settings: &[(&str, &str)],
        more: &[&Path],
    ) -> anyhow::Result<()> {
        command.arg("run").arg("--state-folder").arg(&self.agent_state).args(more);
        command.args(displays.iter().flat_map(|display| ["--display", display]));
        // Every deployment has a socket of its own.
        command.env("KINESCOPE_AGENT_SOCKET", self.folder.join("agent.sock")).env("RUST_LOG", "info");
        command.envs(settings.iter().map(|(name, value)| (format!("KINESCOPE_AGENT_{name}"), value)));
        self.agent = Some(Program::start("agent", &self.folder, &mut command)?);
        Ok(())
    }

    fn enrol(&self) -> anyhow::Result<()> {
        let token = own("kinescope")?.args(["token", "create", "--data"]).arg(&self.server_data).output()?;
        ensure!(token.status.success(), "token create: {}", String::from_utf8_lossy(&token.stderr));
        let file = self.folder.join("token");
        std::fs::write(&file, &token.stdout)?;
        let mut command = own("kinescope-agent")?;
        command.args(["enrol", "--server", &self.address(), "--token-file"]).arg(&file);
        let output = command.arg("--state-folder").arg(&self.agent_state).output()?;
        ensure!(output.status.success(), "enrol: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    fn first_password(&self) -> anyhow::Result<String> {
        wait_for("the first login to be printed", || {
            let log = self.server.as_ref().map(Program::log).unwrap_or_default();
            let words: Vec<&str> = log.split_whitespace().skip_while(|word| *word != "password").collect();
            Ok(words.get(1).map(|word| (*word).to_owned()))
        })
    }

    pub fn address(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// A signed-in person.
    pub fn person(&self) -> anyhow::Result<Person> {
        let client = client()?;
        let login = serde_json::json!({ "user": "admin", "password": self.password });
        let answer = client.post(format!("{}/api/v1/login", self.address())).json(&login).send()?;
        ensure!(answer.status().is_success(), "login: {}", answer.text()?);
        Ok(Person { client, base: format!("{}/api/v1", self.address()) })
    }

    /// The recordings as the server stores them.
    pub fn stored_files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        kin_files(&self.server_data, &mut found)?;
        Ok(found)
    }

    /// `kinescope verify` of everything stored; fails with its words if one is not accepted.
    pub fn verify_all(&self) -> anyhow::Result<()> {
        for file in self.stored_files()? {
            let output = own("kinescope")?.arg("verify").arg(&file).output()?;
            ensure!(
                output.status.success(),
                "{}: {}{}",
                file.display(),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }
}

/// What a signed-in person asks.
pub struct Person {
    client: reqwest::blocking::Client,
    base: String,
}

impl Person {
    pub fn get(&self, path: &str) -> anyhow::Result<serde_json::Value> {
        let answer = self.client.get(format!("{}/{path}", self.base)).send()?;
        ensure!(answer.status().is_success(), "GET {path}: {} {}", answer.status(), answer.text()?);
        Ok(answer.json()?)
    }

    pub fn post(&self, path: &str, body: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let answer = self.client.post(format!("{}/{path}", self.base)).json(body).send()?;
        ensure!(answer.status().is_success(), "POST {path}: {} {}", answer.status(), answer.text()?);
        Ok(answer.json()?)
    }

    pub fn put(&self, path: &str, body: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let answer = self.client.put(format!("{}/{path}", self.base)).json(body).send()?;
        ensure!(answer.status().is_success(), "PUT {path}: {} {}", answer.status(), answer.text()?);
        Ok(answer.json()?)
    }

    /// Makes a built-in policy or one that was kept active.
    pub fn activate(&self, policy: &str, at_once: bool) -> anyhow::Result<()> {
        let before = self.get("policies")?["active"].clone();
        let revision = self.get(&format!("policies/{policy}"))?["policy"]["revision"].clone();
        let wanted = serde_json::json!({ "revision": revision, "instead_of": before, "at_once": at_once });
        self.post(&format!("policies/{policy}/activate"), &wanted).map(drop)
    }

    pub fn recordings(&self) -> anyhow::Result<Vec<RecordingItem>> {
        Ok(serde_json::from_value::<RecordingPage>(self.get("recordings")?)?.items)
    }

    /// The deployment's only recording; an error if there are several.
    pub fn only_recording(&self) -> anyhow::Result<Option<RecordingItem>> {
        let mut items = self.recordings()?;
        ensure!(items.len() < 2, "one session became {} recordings", items.len());
        Ok(items.pop())
    }

    pub fn wait_for_state(&self, state: RecordingState) -> anyhow::Result<RecordingItem> {
        wait_for(&format!("the recording to be {state:?}"), || {
            Ok(self.only_recording()?.filter(|item| item.state == state))
        })
    }

    /// Waits until the recording has at least so many bytes on the server.
    pub fn wait_for_size(&self, size_bytes: i64) -> anyhow::Result<RecordingItem> {
        wait_for(&format!("the recording to reach {size_bytes} bytes"), || {
            Ok(self.only_recording()?.filter(|item| item.size_bytes >= size_bytes))
        })
    }

    pub fn diagnostics(&self) -> anyhow::Result<String> {
        Ok(self.get("diagnostics")?.to_string())
    }
}

/// A client that accepts the server's own certificate: these tests are about other things than trust.
fn client() -> anyhow::Result<reqwest::blocking::Client> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::aws_lc_rs::default_provider().install_default()));
    Ok(reqwest::blocking::Client::builder().danger_accept_invalid_certs(true).cookie_store(true).build()?)
}

fn kin_files(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            kin_files(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == "kin") {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}

/// Recorders run under a uid of their own and must be able to pass through the test's folder.
fn open_to_recorders(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?)
}
