//! What somebody does at a remote desktop stands in the recording: each thing with its fields, and when it was done.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use nix::unistd::geteuid;
use recording::Event;

use crate::deployment::Deployment;
use crate::desktop::Desktop;
use crate::process::{own, wait_for, wait_or_explain};
use crate::remote::{Person, Xrdp};
use crate::stored;

/// An event may be so far from what it tells of.
const NEAR: Duration = Duration::from_millis(500);
/// What the session is: it outlives everything that is done in it.
const SESSION: &str = "openbox &\nexec tail -f /dev/null\n";

/// Something that is done, and what is expected to be told of it.
struct Deed {
    what: &'static str,
    how: Does,
    told: &'static [Told],
}

/// How it is done.
#[derive(Clone, Copy)]
enum Does {
    /// By a shell of the session; `KINESCOPE` is the agent's program there.
    Shell(&'static str),
    /// With the keyboard of the computer that the user sits at.
    Key(&'static str),
}
use Does::{Key, Shell};

/// An event that is expected, with what its fields hold (parts of texts, or numbers; nothing: the field is there).
struct Told(&'static str, &'static [(&'static str, &'static str)], When);

/// When it is expected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// While the deed is done.
    Meanwhile,
    /// Later, as it takes time to be known.
    Later,
}
use When::{Later, Meanwhile};

const DEEDS: &[Deed] = &[
    Deed {
        what: "a program says something",
        how: Shell("\"$KINESCOPE\" event --type payment-approved --text 'Invoice 4711'"),
        told: &[Told(
            "custom",
            &[("type", "payment-approved"), ("program", "kinescope-agent"), ("user", "eva")],
            Meanwhile,
        )],
    },
    Deed {
        what: "a window is opened",
        how: Shell("xterm -T 'Quarterly figures' -e sleep 600 & sleep 1"),
        told: &[Told("topmost-window", &[("title", "Quarterly figures"), ("program", "xterm")], Meanwhile)],
    },
    Deed {
        what: "text is copied",
        how: Shell("printf 'a copied line' | xclip -quiet -selection clipboard 2>/dev/null & sleep 1"),
        told: &[Told("clipboard", &[("type", "text"), ("program", "xclip"), ("content", "a copied line")], Meanwhile)],
    },
    Deed {
        what: "files are copied",
        how: Shell(
            "printf 'file:///etc/hosts\\r\\n' | xclip -quiet -selection clipboard -t text/uri-list 2>/dev/null & sleep 1",
        ),
        told: &[Told("clipboard", &[("type", "file"), ("paths", "/etc/hosts"), ("files", "1")], Meanwhile)],
    },
    Deed {
        what: "a dialog appears",
        how: Shell("zenity --warning --title 'Are you sure?' --text 'It cannot be undone' & sleep 3; kill $!"),
        told: &[Told("popup", &[("title", "Are you sure?"), ("program", "zenity")], Meanwhile)],
    },
    Deed {
        what: "a program hangs for a while",
        how: Shell(
            "zenity --info --title Hanging --text Wait & sleep 3; kill -STOP $!; sleep 20; kill -CONT $!; sleep 2; kill $!",
        ),
        told: &[
            Told("not-responding", &[("title", "Hanging"), ("program", "zenity")], Meanwhile),
            Told("responds-again", &[("title", "Hanging"), ("seconds", "")], Meanwhile),
        ],
    },
    Deed {
        what: "a listed program runs",
        how: Shell("timeout 1 xclock; sleep 1"),
        told: &[
            Told("program-start", &[("program", "xclock"), ("command", "xclock"), ("process", "")], Meanwhile),
            Told("program-end", &[("program", "xclock"), ("ran_ms", "")], Meanwhile),
        ],
    },
    Deed {
        what: "a program crashes",
        how: Shell("sh -c 'sleep 0.3; kill -SEGV $$'; sleep 1"),
        told: &[Told("program-failed", &[("program", "dash"), ("signal", "SIGSEGV")], Meanwhile)],
    },
    Deed {
        what: "nothing is done",
        how: Shell("sleep 13"),
        told: &[Told("idle", &[("seconds", "5")], Later), Told("performance", &[("cpu_percents", "")], Later)],
    },
    Deed { what: "a key is pressed", how: Key("space"), told: &[Told("idle-end", &[("seconds", "")], Meanwhile)] },
];

#[test]
#[ignore = "adds a user to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn what_is_done_at_a_remote_desktop_is_told() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can start sessions of others");
        return Ok(());
    }
    let eva = Person::add("eva", SESSION)?;
    let mut deployment = Deployment::new()?;
    let xrdp = Xrdp::start(&deployment.folder)?;
    let folder = deployment.folder.join("desk");
    std::fs::create_dir(&folder)?;
    let mut desk = Desktop::start(&folder, 1000, 800)?;
    eva.connect(&mut desk, xrdp.port, "800x600", "desk")?;
    let display = wait_for("a display of eva's", || eva.display())?;
    wait_for("the window manager", || Ok(eva.runs("openbox").then_some(())))?;
    let logged = settings(&deployment, &eva)?;
    deployment.start_agent_by(&logged, &[&display])?;
    wait_for("the recording", || Ok(stored::events(&stored::entries(&deployment, &display)?).first().map(drop)))?;

    println!("{:<28} {:<18} {:<9} told", "deed", "event", "after");
    for deed in DEEDS {
        let began = unix_us();
        match deed.how {
            Shell(script) => do_in_session(&deployment, &eva, &display, script)?,
            Key(key) => desk.key(key)?,
        }
        let ended = unix_us();
        for told in deed.told {
            let what = format!("{:?} to be told of: {}", told.0, deed.what);
            let others = || format!("; told was {:#?}", events(&deployment, &display).unwrap_or_default());
            let (at, event) = wait_or_explain(&what, || told.among(&deployment, &display, began), others)?;
            let near = i64::try_from(NEAR.as_micros())?;
            ensure!(at >= began - near, "{}: told {} µs before it was done", deed.what, began - at);
            ensure!(told.2 == Later || at <= ended + near, "{}: told {} µs after it", deed.what, at - ended);
            println!("{:<28} {:<18} {:>5} ms  {}", deed.what, event.kind, (at - began) / 1_000, event.fields["text"]);
        }
    }
    Ok(())
}

impl Told {
    /// The first that is told since a moment, with its time: both in microseconds since 1970.
    fn among(&self, deployment: &Deployment, display: &str, since: i64) -> anyhow::Result<Option<(i64, Event)>> {
        let events = events(deployment, display)?.into_iter();
        let near = i64::try_from(NEAR.as_micros())?;
        Ok(events.filter(|(at, _)| *at >= since - near).find(|(_, event)| self.is(event)))
    }

    fn is(&self, event: &Event) -> bool {
        let holds = |(field, part): &(&str, &str)| match event.fields.get(*field) {
            Some(serde_json::Value::String(text)) => text.contains(part),
            Some(other) => part.is_empty() || part.parse::<f64>().ok() == other.as_f64(),
            None => false,
        };
        event.kind == self.0 && self.1.iter().all(holds)
    }
}

/// What is told by now, with times in microseconds since 1970.
fn events(deployment: &Deployment, display: &str) -> anyhow::Result<Vec<(i64, Event)>> {
    let entries = stored::entries(deployment, display)?;
    let started = stored::header(&entries).context("a header")?.started.unix_us;
    Ok(stored::events(&entries).into_iter().map(|(time_us, event)| (started + time_us.cast_signed(), event)).collect())
}

fn do_in_session(deployment: &Deployment, person: &Person, display: &str, script: &str) -> anyhow::Result<()> {
    let mut command: Command = person.command("sh", &["-c", script]);
    command.env("DISPLAY", display).env("XAUTHORITY", person.home.join(".Xauthority"));
    command.env("KINESCOPE", deployment.folder.join("kinescope-agent"));
    command.env("KINESCOPE_AGENT_SOCKET", deployment.folder.join("agent.sock"));
    let done = command.status()?;
    ensure!(done.success() || done.code().is_none(), "{script}: {done}");
    Ok(())
}

/// Everything is logged; eva may say what happens. Her shells find the agent's program where she may look.
fn settings(deployment: &Deployment, eva: &Person) -> anyhow::Result<std::path::PathBuf> {
    let program = own("kinescope-agent")?.get_program().to_owned();
    std::fs::copy(program, deployment.folder.join("kinescope-agent"))?;
    let file = deployment.folder.join("agent.toml");
    let text = format!(
        "custom_events = {{ allowed = true, users = [\"{}\"], look_back_seconds = 0 }}\n\
         [events]\n\
         topmost_window = true\n\
         idle_after_seconds = 5\n\
         clipboard = true\n\
         clipboard_content = true\n\
         not_responding = true\n\
         popups = true\n\
         performance = true\n\
         programs = [\"xclock\"]\n\
         program_ends = true\n\
         program_failures = true\n",
        eva.name
    );
    std::fs::write(&file, text)?;
    Ok(file)
}

fn unix_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
