//! What events ask for at a remote desktop is done: the session is locked and its client disconnected by the agent, mail and webhook
//! are sent by the server, and all of it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context as _, ensure};
use nix::unistd::geteuid;
use serde_json::{Value, json};

use crate::deployment::{self, Deployment};
use crate::desktop::Desktop;
use crate::process::{PATIENCE, own, wait_for, wait_or_explain};
use crate::remote::{Person, Xrdp};
use crate::stored;

const SESSION: &str = "openbox &\nexec tail -f /dev/null\n";
const SECRET: &str = "a secret between the two";

#[test]
#[ignore = "adds a user to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn what_events_ask_for_is_done_and_told() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can start sessions of others");
        return Ok(());
    }
    let nora = Person::add("nora", SESSION)?;
    let mut deployment = Deployment::new()?;
    let xrdp = Xrdp::start(&deployment.folder)?;
    let folder = deployment.folder.join("desk");
    std::fs::create_dir(&folder)?;
    let mut desk = Desktop::start(&folder, 1000, 800)?;
    nora.connect(&mut desk, xrdp.port, "800x600", "desk")?;
    let display = wait_for("a display of nora's", || nora.display())?;
    wait_for("the window manager", || Ok(nora.runs("openbox").then_some(())))?;

    let (mails, calls) = (Mails::sink()?, calls()?);
    let administrator = deployment.person()?;
    send_to(&administrator, mails.port, calls.0)?;
    activate(&administrator, &nora)?;
    start_agent(&mut deployment, &nora, &display)?;
    let recording = wait_for("the recording", || {
        let item = administrator.recordings()?.into_iter().find(|item| item.user == nora.name);
        Ok(item.filter(|item| item.size_bytes > 0).map(|item| item.id))
    })?;

    say(&deployment, &nora, &display, "lunch", "Nothing is asked for")?;
    say(&deployment, &nora, &display, "payment", "Invoice 4711")?;
    let mail = mails.told.recv_timeout(PATIENCE)?;
    ensure!(mail["to"] == json!(["it@example.org"]), "{mail}");
    // Long lines are broken (quoted-printable, RFC 2045).
    let words = mail["data"].as_str().context("a mail's words")?.replace("=\r\n", "").replace("=3D", "=");
    ensure!(words.contains(&format!("/recordings/{recording}?t=")) && words.contains("Payments"), "{words}");
    let (signed, call) = calls.1.recv_timeout(PATIENCE)?;
    ensure!(signed.contains("t=") && signed.contains("v1="), "{signed}");
    ensure!(call["recording"] == json!(recording) && call["trigger"] == "Payments", "{call}");
    ensure!(call["detail"].as_str().is_some_and(|detail| detail.contains("Invoice 4711")), "{call}");
    wait_for("the locker", || Ok(nora.runs("i3lock").then_some(())))?;

    say(&deployment, &nora, &display, "leave", "Nobody is there")?;
    wait_for("the client to be gone", || Ok(desk.clients_ended()?.then_some(())))?;
    ensure!(nora.runs("openbox"), "the session goes on");

    let told = ["lock: done", "mail: asked of the server", "webhook: asked of the server", "disconnect: done"];
    let said =
        || outcomes(&deployment, &display).map(|outcomes| format!("; told was {outcomes:?}")).unwrap_or_default();
    let all = || {
        Ok(told
            .iter()
            .all(|told| outcomes(&deployment, &display).is_ok_and(|all| all.iter().any(|one| one == told)))
            .then_some(()))
    };
    wait_or_explain("every response to be told", all, said)?;
    let total = |path: &str, total: u64| Ok((administrator.get(path)?["total"] == total).then_some(()));
    wait_for("all responses to be listed", || total("responses", told.len() as u64))?;
    wait_for("what was sent to be listed", || total("deliveries?outcome=delivered", 2))?;
    ensure!(mails.told.try_recv().is_err() && calls.1.try_recv().is_err(), "more was sent than was asked for");
    Ok(())
}

/// A mail server, and the mails that it was given.
struct Mails {
    port: u16,
    told: Receiver<Value>,
    server: Child,
}

impl Mails {
    fn sink() -> anyhow::Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/server/tests/it/notifications/smtp_sink.py");
        let mut command = Command::new("/usr/bin/python3");
        let mut server = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(server.stdout.take().context("what it says")?).lines();
        let port = lines.next().context("python3-aiosmtpd is needed: scripts/setup.sh test installs it")??.parse()?;
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap_or_default());
            }
        });
        Ok(Self { port, told, server })
    }
}

impl Drop for Mails {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Who takes calls: the port, and of each call the signature and the body.
fn calls() -> anyhow::Result<(u16, Receiver<(String, Value)>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let mut reader = BufReader::new(connection);
            let head: Vec<String> =
                reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let value = |name: &str| {
                let lower = |line: &String| line.to_lowercase().starts_with(&format!("{name}:"));
                head.iter().find(|line| lower(line)).and_then(|line| Some(line.split_once(':')?.1.trim().to_owned()))
            };
            let length = value("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            let whole = reader.read_exact(&mut body).is_ok();
            let _ = reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            let call: Value = serde_json::from_slice(&body).unwrap_or_default();
            if whole && call["type"] == "response" {
                let _ = tell.send((value("kinescope-signature").unwrap_or_default(), call));
            }
        }
    });
    Ok((port, told))
}

fn send_to(administrator: &deployment::Person, mail_port: u16, webhook_port: u16) -> anyhow::Result<()> {
    let before = administrator.get("notifications")?["setting"].clone();
    let mail = json!({ "host": "127.0.0.1", "port": mail_port, "security": "none", "sender": "kinescope@example.org", "subject": ["trigger", "user"] });
    let webhook = json!({ "url": format!("http://127.0.0.1:{webhook_port}/kinescope") });
    let setting = json!({ "mail": mail, "webhook": webhook });
    let wanted = json!({ "setting": setting, "instead_of": before, "secret": SECRET });
    administrator.put("notifications", &wanted).map(drop)
}

fn activate(administrator: &deployment::Person, whose: &Person) -> anyhow::Result<()> {
    let trigger = |description: &str, of: &str, actions: &[&str]| {
        let conditions = json!([{ "field": "type", "test": { "equals": of } }]);
        json!({ "description": description, "event": "custom", "conditions": conditions, "actions": actions })
    };
    let triggers =
        [trigger("Payments", "payment", &["lock", "mail", "webhook"]), trigger("Leaving", "leave", &["disconnect"])];
    let rule = json!({
        "name": "Everybody of interest",
        "log": {},
        "respond": { "mail_to": ["it@example.org"], "triggers": triggers },
        "when": { "who": [{ "user": whose.name }] },
    });
    let document = json!({ "version": 1, "name": "Watchful", "rules": [rule] });
    let made = administrator.post("detection-policies", &json!({ "document": document }))?;
    let id = made["policy"]["id"].as_str().context("the policy's id")?;
    let wanted = json!({ "revision": made["policy"]["revision"], "instead_of": "machine-settings" });
    administrator.post(&format!("detection-policies/{id}/activate"), &wanted).map(drop)
}

fn start_agent(deployment: &mut Deployment, who: &Person, display: &str) -> anyhow::Result<()> {
    std::fs::copy(own("kinescope-agent")?.get_program(), deployment.folder.join("kinescope-agent"))?;
    let file = deployment.folder.join("agent.toml");
    let name = &who.name;
    std::fs::write(
        &file,
        format!("custom_events = {{ allowed = true, users = [\"{name}\"], look_back_seconds = 0 }}\n"),
    )?;
    deployment.start_agent_by(&file, &[display])
}

fn say(deployment: &Deployment, who: &Person, display: &str, of: &str, text: &str) -> anyhow::Result<()> {
    let program = deployment.folder.join("kinescope-agent");
    let program = program.to_str().context("a path in UTF-8")?;
    let mut command = who.command(program, &["event", "--type", of, "--text", text]);
    command.env("DISPLAY", display).env("XAUTHORITY", who.home.join(".Xauthority"));
    command.env("KINESCOPE_AGENT_SOCKET", deployment.folder.join("agent.sock"));
    let said = command.output()?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Ok(())
}

/// What was done by now, and what came of it.
fn outcomes(deployment: &Deployment, display: &str) -> anyhow::Result<Vec<String>> {
    let events = stored::events(&stored::entries(deployment, display)?).into_iter().map(|(_, event)| event);
    let of = |name: &str, event: &recording::Event| {
        event.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Ok(events
        .filter(|event| event.kind == "response")
        .map(|event| format!("{}: {}", of("action", &event), of("outcome", &event)))
        .collect())
}
