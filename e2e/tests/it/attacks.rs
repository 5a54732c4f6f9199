//! Users who attack the recorders of their own sessions: every attempt is prevented, or what was missed is declared with its cause, and what
//! the policy wants is done. Each is made by a real process of the session's user (`src/bin/attack`) in a session of its own: on Xvfb, and on
//! Xorg under xrdp. docs/security.md has the same list.

use anyhow::{Context as _, ensure};
use api::{RecordingItem, RecordingState};
use nix::sys::signal::Signal;
use nix::unistd::geteuid;
use recording::{Entry, Gap};
use serde_json::{Value, json};

use crate::attacked::{Ground, Kind, Seat};
use crate::deployment::{Deployment, Person as Administrator};
use crate::full_disk::SmallDisk;
use crate::process::{Program, own, wait_for};
use crate::stored;

/// What the policy wants done, and the rule that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    Continue,
    Lock,
    LogOff,
}

/// What the recording says that it missed.
#[derive(Debug, Clone, Copy)]
enum Missed {
    Nothing,
    /// A gap of this reason.
    Gap(&'static str),
    /// Whether anything was to be seen is chance.
    Perhaps,
}

/// What becomes of the recording.
#[derive(Debug, Clone, Copy)]
enum After {
    GoesOn,
    /// It has a gap only once it ends, as no recorder comes in any more; the test ends the session.
    Blind,
    /// It ends, with these words.
    Ends(&'static str),
    /// It ends with these words, or as the policy answers, or the server hangs and nobody sees anything more.
    EndsOrHangs(&'static str),
    /// It ends with these words, and what took the session's place is recorded too.
    EndsAndBegins(&'static str),
}

struct Attack(&'static str, Policy, Missed, Option<&'static str>, After);

impl Attack {
    /// What comes of it in a session of this kind.
    fn outcome(&self, kind: Kind) -> (Missed, Option<&'static str>, After) {
        match (kind, self.0) {
            // An X server that is to begin anew does not survive it with xrdp's driver: it crashes, or hangs in its crash.
            (Kind::Xrdp, "hide-cookie") => (Missed::Perhaps, None, After::EndsOrHangs("the X server crashed")),
            _ => (self.2, self.3, self.4),
        }
    }
}

const GOES_ON: Option<&str> = Some("could not see the session; it goes on");

static ATTACKS: &[Attack] = &[
    Attack("signal", Policy::Continue, Missed::Nothing, None, After::GoesOn),
    Attack("trace", Policy::Continue, Missed::Nothing, None, After::GoesOn),
    Attack("read", Policy::Continue, Missed::Nothing, None, After::GoesOn),
    Attack("withdraw-properties", Policy::Continue, Missed::Nothing, None, After::GoesOn),
    Attack("kill", Policy::Continue, Missed::Gap("capture-lost"), Some("was ended; it goes on"), After::GoesOn),
    Attack("kill-often", Policy::Continue, Missed::Gap("capture-lost"), Some("was ended; it goes on"), After::GoesOn),
    Attack(
        "remove-cookie",
        Policy::Continue,
        Missed::Gap("capture-lost"),
        Some("was ended; it goes on"),
        After::GoesOn,
    ),
    Attack("grab", Policy::Continue, Missed::Gap("capture-lost"), None, After::GoesOn),
    Attack("stop-server", Policy::Continue, Missed::Perhaps, None, After::GoesOn),
    Attack("fill-clients", Policy::Continue, Missed::Gap("recorder-restarted"), GOES_ON, After::GoesOn),
    Attack("hide-cookie", Policy::Continue, Missed::Gap("recorder-restarted"), GOES_ON, After::Blind),
    Attack("replace-socket", Policy::Continue, Missed::Gap("recorder-restarted"), GOES_ON, After::Blind),
    Attack("kill-server", Policy::Continue, Missed::Perhaps, None, After::Ends("it was killed")),
    Attack("replace-server", Policy::Continue, Missed::Perhaps, None, After::EndsAndBegins("crashed: signal 9")),
    Attack("kill", Policy::Lock, Missed::Gap("capture-lost"), Some("was locked by i3lock"), After::GoesOn),
    Attack(
        "grab-for-ever",
        Policy::Lock,
        Missed::Gap("capture-lost"),
        Some("cannot be locked"),
        After::Ends("logged off"),
    ),
    Attack("kill", Policy::LogOff, Missed::Gap("capture-lost"), Some("is logged off"), After::Ends("logged off")),
    Attack(
        "grab-for-ever",
        Policy::LogOff,
        Missed::Gap("capture-lost"),
        Some("is logged off"),
        After::Ends("logged off"),
    ),
    Attack(
        "hide-cookie",
        Policy::LogOff,
        Missed::Gap("recorder-restarted"),
        Some("is logged off"),
        After::Ends("logged off"),
    ),
];

/// Once all others are over: this one is every recording's on the machine.
static ON_THE_DISK: Attack = Attack(
    "fill-disk",
    Policy::Continue,
    Missed::Gap("spool-full"),
    // That it cannot be stored; or not be seen, where a server that is slow besides comes first: one answer is given for both.
    Some("it goes on"),
    After::GoesOn,
);

/// A session whose user is about to attack its recorder.
struct Session {
    attack: &'static Attack,
    seat: Seat,
}

#[test]
#[ignore = "adds users to this machine for two minutes, as root; scripts/test-e2e.sh runs it"]
fn whoever_attacks_the_own_recorder_is_prevented_or_told_of() -> anyhow::Result<()> {
    attack_on(Kind::Xvfb)
}

#[test]
#[ignore = "adds users to this machine for two minutes, as root; scripts/test-e2e.sh runs it"]
fn whoever_attacks_it_by_rdp_is_too() -> anyhow::Result<()> {
    attack_on(Kind::Xrdp)
}

fn attack_on(kind: Kind) -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can record sessions of others");
        return Ok(());
    }
    let scratch = tempfile::Builder::new().prefix("kinescope-e2e-").tempdir()?;
    let small = scratch.path().join("small");
    let Some(disk) = SmallDisk::mount(small.clone(), 40_000)? else { return Ok(()) };
    let server_data = scratch.path().join("server");
    let mut deployment = Deployment::in_folders(scratch, server_data, small.join("agent"))?;
    let administrator = deployment.person()?;
    disk.open_to_all()?;
    let program = deployment.folder.join("attack");
    std::fs::copy(env!("CARGO_BIN_EXE_attack"), &program)?;

    let attacks: Vec<&Attack> = ATTACKS.iter().chain([&ON_THE_DISK]).collect();
    let mut ground = Ground::of(kind, &deployment)?;
    let seats = ground.seats(&deployment, attacks.len())?;
    let sessions: Vec<Session> =
        attacks.into_iter().zip(seats).map(|(attack, seat)| Session { attack, seat }).collect();
    activate(&administrator, &sessions)?;
    let displays: Vec<&str> = sessions.iter().map(|session| session.seat.display.as_str()).collect();
    deployment.start_agent_for(&displays)?;
    for session in &sessions {
        wait_for(&format!("pictures of {}", session.name()), || {
            Ok(session.pictures(&deployment)?.filter(|count| *count > 0))
        })?;
    }
    let (last, others) = sessions.split_last().context("attacks")?;
    for group in [others, std::slice::from_ref(last)] {
        let attempts = group.iter().map(|session| session.attack(&deployment, &program, &disk));
        let attempts = attempts.collect::<anyhow::Result<Vec<_>>>()?;
        for (session, attempt) in group.iter().zip(attempts) {
            session.check(&deployment, &administrator, attempt)?;
        }
        for session in group {
            session.end_and_check(&deployment, &administrator)?;
        }
    }
    deployment.verify_all()
}

/// One rule for each answer.
fn activate(administrator: &Administrator, sessions: &[Session]) -> anyhow::Result<()> {
    let rule = |(policy, answer): (Policy, &str)| {
        let of_it = sessions.iter().filter(|session| session.attack.1 == policy);
        let who: Vec<Value> = of_it.map(|session| json!({ "user": session.seat.user.name })).collect();
        let action = json!({ "do": "record-screen", "notice": false, "if_disturbed": answer });
        json!({ "name": answer, "action": action, "when": { "who": who } })
    };
    let rules = [(Policy::Continue, "continue"), (Policy::Lock, "lock"), (Policy::LogOff, "log-off")].map(rule);
    let document = json!({ "version": 1, "name": "Disturbances", "rules": rules });
    let kept = administrator.post("policies", &json!({ "document": document }))?;
    administrator.activate(kept["policy"]["id"].as_str().context("the policy has no id")?, false)
}

impl Session {
    fn name(&self) -> String {
        format!("{} on {} ({:?})", self.attack.0, self.seat.display, self.attack.1)
    }

    fn attack(&self, deployment: &Deployment, program: &std::path::Path, disk: &SmallDisk) -> anyhow::Result<Program> {
        let program = program.to_str().context("a path")?;
        let mut command = self.seat.user.command(program, &[self.attack.0, &self.seat.display]);
        command.env("DISPLAY", &self.seat.display).env("XAUTHORITY", &self.seat.authority);
        command.env("ATTACK_STATE", &deployment.agent_state).env("ATTACK_SOCKET", deployment.folder.join("agent.sock"));
        command.env("ATTACK_DISK", disk.path());
        Program::start(&format!("attack-{}-{:?}", self.attack.0, self.attack.1), &deployment.folder, &mut command)
    }

    /// What came of an attempt, while the session goes on where it does.
    fn check(
        &self,
        deployment: &Deployment,
        administrator: &Administrator,
        mut attempt: Program,
    ) -> anyhow::Result<()> {
        let (name, (missed, told, after)) = (self.attack.0, self.attack.outcome(self.seat.kind));
        // Some hold what they took for as long as they are let.
        let holds = ["grab-for-ever", "replace-server", "replace-socket"].contains(&name);
        if !holds && !matches!(after, After::EndsOrHangs(_)) {
            let ended = wait_for(&format!("the attempt to {}", self.name()), || attempt.ended())?;
            // One whose session ends may be ended in the middle.
            let completed = ended.success() || matches!(after, After::Ends(_));
            ensure!(completed, "{}: {ended}: {}", self.name(), attempt.log());
        }
        if let Some(words) = told {
            wait_for(&format!("the log to say of {} that {words:?}", self.name()), || {
                Ok(self.reasons(administrator)?.contains(words).then_some(()))
            })?;
        }
        match after {
            // Behind a locker nothing moves.
            After::GoesOn if self.attack.1 == Policy::Lock => {}
            After::GoesOn => {
                let so_far = self.pictures(deployment)?.unwrap_or(0);
                wait_for(&format!("{} to be recorded on", self.name()), || {
                    Ok(self.pictures(deployment)?.filter(|pictures| *pictures > so_far))
                })?;
            }
            After::Blind => {}
            After::EndsOrHangs(words) => {
                wait_for(&format!("what becomes of {}", self.name()), || {
                    let ended = self.rows(administrator)?.into_iter().find_map(|row| row.end_reason);
                    let ends = ended.is_some_and(|why| why.contains(words) || why.contains("logged off"));
                    let hangs = self.reasons(administrator)?.contains("could not see the session; it goes on");
                    Ok((ends || hangs).then_some(()))
                })?;
            }
            After::Ends(words) | After::EndsAndBegins(words) => {
                let row = self.ended(administrator)?;
                let why = row.end_reason.unwrap_or_default();
                ensure!(why.contains(words), "{} ended: {why}", self.name());
            }
        }
        if matches!(after, After::EndsAndBegins(_)) {
            wait_for(&format!("what took the place of {}", self.name()), || {
                Ok((self.rows(administrator)?.len() == 2).then_some(()))
            })?;
        }
        if self.attack.1 == Policy::Lock && matches!(after, After::GoesOn) {
            ensure!(self.seat.user.runs("i3lock"), "no locker runs");
        }
        if !matches!(after, After::Blind) {
            self.check_gaps(deployment, missed)?;
        }
        drop(attempt);
        Ok(())
    }

    /// What is declared is what was missed.
    fn check_gaps(&self, deployment: &Deployment, missed: Missed) -> anyhow::Result<()> {
        match missed {
            Missed::Perhaps => Ok(()),
            // A machine that is busy answers late.
            Missed::Nothing => {
                let gaps = self.gaps(deployment)?;
                let strange: Vec<_> = gaps.iter().filter(|gap| !gap.text.contains("did not answer")).collect();
                ensure!(strange.is_empty(), "{}: {strange:?}", self.name());
                Ok(())
            }
            Missed::Gap(reason) => wait_for(&format!("the gap of {}", self.name()), || {
                Ok(self
                    .gaps(deployment)?
                    .into_iter()
                    .find(|gap| gap.reason.as_str() == reason && gap.to_us > gap.from_us))
            })
            .map(drop),
        }
    }

    /// Logs out where that has not happened yet, and looks at what was kept.
    fn end_and_check(&self, deployment: &Deployment, administrator: &Administrator) -> anyhow::Result<()> {
        let (missed, _, after) = self.attack.outcome(self.seat.kind);
        let hangs =
            matches!(after, After::EndsOrHangs(_)) && self.rows(administrator)?.iter().all(|row| row.end_us.is_none());
        if hangs || matches!(after, After::GoesOn | After::Blind) {
            self.seat.log_out()?;
            let is_killed = hangs && self.seat.user.runs("Xorg");
            if is_killed {
                // In its crash it may take no other signal any more; sesman's it does not heed.
                drop(self.seat.user.end("Xorg", Signal::SIGKILL));
            }
            let row = self.ended(administrator)?;
            // The agent may see that the server was killed before it sees the logout.
            let as_killed = is_killed && row.state == RecordingState::Crashed;
            ensure!(as_killed || row.state == RecordingState::Finished, "{}: {row:?}", self.name());
            self.check_gaps(deployment, missed)?;
        }
        let file = stored::file(deployment, &self.seat.display)?.context("a file")?;
        let verified = own("kinescope")?.arg("verify").arg("--json").arg(&file).output()?;
        ensure!(verified.status.success(), "{}: {}", self.name(), String::from_utf8_lossy(&verified.stdout));
        let report: Value = serde_json::from_slice(&verified.stdout)?;
        let gaps = self.gaps(deployment)?.len();
        ensure!(report["gaps"].as_u64() == Some(gaps as u64), "{}: {gaps} gaps, and the report: {report}", self.name());
        println!("{:<40} {}", self.name(), self.said_of(deployment)?);
        Ok(())
    }

    /// The gaps in a few words, for people.
    fn said_of(&self, deployment: &Deployment) -> anyhow::Result<String> {
        let gaps = self.gaps(deployment)?;
        let words = gaps.iter().take(3).map(|gap| {
            let millis = (gap.to_us - gap.from_us) / 1_000;
            format!("{} for {millis} ms: {}", gap.reason.as_str(), gap.text)
        });
        let words: Vec<String> = words.collect();
        Ok(format!("{} gaps {words:?}", gaps.len()))
    }

    fn rows(&self, administrator: &Administrator) -> anyhow::Result<Vec<RecordingItem>> {
        let mut rows = administrator.recordings()?;
        rows.retain(|row| row.display.as_deref() == Some(&self.seat.display));
        rows.sort_by_key(|row| row.start_us);
        Ok(rows)
    }

    fn ended(&self, administrator: &Administrator) -> anyhow::Result<RecordingItem> {
        wait_for(&format!("the recording of {} to end", self.name()), || {
            Ok(self
                .rows(administrator)?
                .into_iter()
                .next()
                .filter(|row| row.end_us.is_some() && row.end_reason.is_some()))
        })
    }

    /// What the log of reasons says of this session.
    fn reasons(&self, administrator: &Administrator) -> anyhow::Result<String> {
        let log = administrator.get("admin-log?about=recordings&limit=200")?;
        let entries = log["items"].as_array().cloned().unwrap_or_default();
        let about = format!("{} on {}:", self.seat.user.name, self.seat.display);
        Ok(entries.iter().map(Value::to_string).filter(|entry| entry.contains(&about)).collect())
    }

    /// How many blocks of data it has, and none where there is no recording yet.
    fn pictures(&self, deployment: &Deployment) -> anyhow::Result<Option<usize>> {
        Ok(Some(self.entries(deployment)?.iter().filter(|entry| matches!(entry, Entry::Data { .. })).count()))
    }

    fn gaps(&self, deployment: &Deployment) -> anyhow::Result<Vec<Gap>> {
        let gap = |entry| if let Entry::Gap(gap) = entry { Some(gap) } else { None };
        Ok(self.entries(deployment)?.into_iter().filter_map(gap).collect())
    }

    fn entries(&self, deployment: &Deployment) -> anyhow::Result<Vec<Entry>> {
        stored::entries(deployment, &self.seat.display)
    }
}
