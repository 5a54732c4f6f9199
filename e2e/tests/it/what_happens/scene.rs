//! A desktop that somebody reaches by RDP, with all around it that is done something with.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use recording::Event;

use super::deed::Does;
use super::machine::Machine;
use crate::deployment::Deployment;
use crate::desktop::Desktop;
use crate::process::{own, wait_for};
use crate::remote::{Person, Xrdp};
use crate::stored;

/// What shells know how to do: wait until a window of this title can be seen, until something copied can be had as this, and
/// do something in perl by a process that lives long enough for its program to be known.
const KNOWN: &str = "until_it() { i=0; until \"$@\"; do i=$((i + 1)); [ $i -lt 1200 ] || return 1; sleep 0.05; done; }
    shown() { until_it xdotool search --onlyvisible --name \"$1\"; }
    copied() { until_it xclip -selection clipboard -o -t \"$1\"; }
    slowly() { what=$1; shift; perl -e \"$what; select undef, undef, undef, 0.3\" \"$@\"; }
    ";

/// What is there, in the order in which it goes.
pub struct Scene {
    pub desk: Desktop,
    pub xrdp: Xrdp,
    pub deployment: Deployment,
    pub machine: Machine,
    pub person: Person,
    pub display: String,
}

/// What stands in a recording.
#[derive(Debug)]
pub struct Happened {
    /// When it began, in microseconds since 1970.
    pub began_unix_us: i64,
    /// Each with its time in the recording, in microseconds.
    pub events: Vec<(u64, Event)>,
}

impl Scene {
    /// Somebody's session with a bus of its own, begun by a client that `connect` starts. `session` is a line of a shell, and has to last.
    pub fn begin(
        who: &str,
        session: &str,
        connect: impl FnOnce(&Person, &mut Desktop, &Xrdp, &Deployment) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let begins = "echo $$ > \"$HOME/session\"; printenv DBUS_SESSION_BUS_ADDRESS > \"$HOME/bus\"";
        let person = Person::add(who, &format!("exec dbus-run-session -- sh -c '{begins}; {session}'\n"))?;
        let (deployment, machine) = (Deployment::new()?, Machine::new()?);
        std::fs::copy(own("kinescope-agent")?.get_program(), deployment.folder.join("kinescope-agent"))?;
        let xrdp = Xrdp::start(&deployment.folder)?;
        let folder = deployment.folder.join("desk");
        std::fs::create_dir(&folder)?;
        let mut desk = Desktop::start(&folder, 1000, 800)?;
        connect(&person, &mut desk, &xrdp, &deployment)?;
        let display = wait_for("a display of the session's", || person.display())?;
        let bus = person.home.join("bus");
        wait_for("the session", || Ok(std::fs::read_to_string(&bus).ok().filter(|bus| bus.ends_with('\n')).map(drop)))?;
        Ok(Self { desk, xrdp, deployment, machine, person, display })
    }

    /// The same with a window manager, by FreeRDP.
    pub fn of_windows(who: &str) -> anyhow::Result<Self> {
        let connect = |person: &Person, desk: &mut Desktop, xrdp: &Xrdp, _: &Deployment| {
            person.connect(desk, xrdp.port, "800x600", "desk-a")
        };
        let scene = Self::begin(who, "openbox & exec tail -f /dev/null", connect)?;
        wait_for("the window manager", || Ok(scene.person.runs("openbox").then_some(())))?;
        Ok(scene)
    }

    /// Starts an agent that logs this, a table of its configuration. For it alone these folders are in the places of others: that takes other mounts,
    /// and who watches those for transfers sees them at no other.
    pub fn start_agent(&mut self, events: &str, over: &[(&Path, &str)]) -> anyhow::Result<()> {
        let file = self.deployment.folder.join("agent.toml");
        let name = &self.person.name;
        let who = format!("custom_events = {{ allowed = true, users = [\"{name}\"], look_back_seconds = 0 }}");
        std::fs::write(&file, self.in_words(&format!("{who}\n[events]\n{events}\n")))?;
        self.deployment.start_agent_over(&file, &[&self.display], over)
    }

    /// Does something.
    pub fn does(&mut self, how: Does) -> anyhow::Result<()> {
        match how {
            Does::Shell(script) => self.run(self.person.command("sh", &["-ec", &format!("{KNOWN}{script}")]), script),
            Does::Root(script) => {
                let mut shell = Command::new("sh");
                shell.args(["-ec", script]).current_dir("/");
                self.run(shell, script)
            }
            Does::Key(key) => self.desk.key(key),
            Does::By(what) => what(self),
        }
    }

    /// What was done says what it says to a file: programs that stay hold nobody up.
    fn run(&self, mut command: Command, script: &str) -> anyhow::Result<()> {
        let said = self.deployment.folder.join("deeds.log");
        let log = File::options().create(true).append(true).open(&said)?;
        command.envs(self.environment()?).stdin(std::process::Stdio::null());
        let done = command.stdout(log.try_clone()?).stderr(log).status()?;
        ensure!(done.success(), "{script}: {done}; said was {}", std::fs::read_to_string(said)?);
        Ok(())
    }

    /// What shells know.
    fn environment(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let text = |path: PathBuf| path.into_os_string().into_string().ok().context("a path in UTF-8");
        let bus = std::fs::read_to_string(self.person.home.join("bus"))?;
        Ok(vec![
            ("DISPLAY", self.display.clone()),
            ("XAUTHORITY", text(self.person.home.join(".Xauthority"))?),
            ("DBUS_SESSION_BUS_ADDRESS", bus.trim().to_owned()),
            ("KINESCOPE", text(self.deployment.folder.join("kinescope-agent"))?),
            ("KINESCOPE_AGENT_SOCKET", text(self.deployment.folder.join("agent.sock"))?),
            ("CUPS_SERVER", text(self.machine.cups.path("sock"))?),
            ("PACKAGES", text(self.machine.packages.path().to_owned())?),
            ("CLERK", self.machine.clerk.clone()),
            ("TEAM", self.machine.team.clone()),
            ("SILENT", self.machine.port.to_string()),
            ("HERS", text(self.person.home.clone())?),
        ])
    }

    /// What words in braces stand for.
    pub fn in_words(&self, text: &str) -> String {
        let words = [
            ("{home}", self.person.home.display().to_string()),
            ("{person}", self.person.name.clone()),
            ("{clerk}", self.machine.clerk.clone()),
            ("{team}", self.machine.team.clone()),
            ("{silent}", self.machine.port.to_string()),
        ];
        words.into_iter().fold(text.to_owned(), |text, (word, is)| text.replace(word, &is))
    }

    /// The recording as the server stores it.
    pub fn file(&self) -> anyhow::Result<Option<PathBuf>> {
        stored::file(&self.deployment, &self.display)
    }

    /// What stands in the recording by now; nothing where there is none yet.
    pub fn happened(&self) -> anyhow::Result<Happened> {
        let entries = stored::entries(&self.deployment, &self.display)?;
        let began_unix_us = stored::header(&entries).map_or(0, |header| header.started.unix_us);
        Ok(Happened { began_unix_us, events: stored::events(&entries) })
    }

    /// Does something again and again until an event is told: until somebody looks.
    pub fn until_told(&mut self, how: Does, is_it: impl Fn(&Event) -> bool) -> anyhow::Result<()> {
        wait_for("somebody to look", || {
            self.does(how)?;
            // What happens so soon after a look is told at the next one.
            std::thread::sleep(std::time::Duration::from_secs(1));
            Ok(self.happened()?.events.iter().any(|(_, event)| is_it(event)).then_some(()))
        })
    }
}
