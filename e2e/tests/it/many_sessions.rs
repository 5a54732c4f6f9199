//! Many small sessions on one agent, started and stopped at random: nothing leaks, and every one is accounted for.
//! `make soak-sessions`; KINESCOPE_SOAK_SECONDS (default 600) and KINESCOPE_SOAK_SESSIONS (default 200) say how long and how
//! many at a time.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use api::{RecordingItem, RecordingState};
use rand::RngExt as _;

use crate::deployment::{Deployment, Person};
use crate::process::{Program, wait_for, wait_or_explain};

/// Displays that nobody else uses.
const FIRST_DISPLAY: u32 = 2_000;
/// More of them than there are sessions at a time.
const SPARE: u32 = 20;
/// A session that is shorter may end before it is found and decided on, when the machine is busy.
const SURELY_FOUND: Duration = Duration::from_secs(20);
/// A session may end at the moment when it is decided on, and then its recording begins behind its end.
const DECIDED_WITHIN_US: i64 = 1_000_000;
/// What may be there more at the end than when the agent had just started: caches that are as large as they get.
const MORE_KIB: u64 = 64 << 10;
const MORE_DESCRIPTORS: usize = 8;
/// Files of finished recordings that the server keeps open for the next request.
const FILES_KEPT: usize = 256;
/// Threads that have nothing to do end after a while; this many may be left for the next work.
const MORE_THREADS: usize = 16;

/// A session that was.
#[derive(Debug)]
struct Past {
    display: String,
    from_us: i64,
    to_us: i64,
    killed: bool,
}

/// A session that is.
struct Running {
    server: Child,
    client: Option<Child>,
    number: u32,
    from_us: i64,
    until: Instant,
}

#[test]
#[ignore = "takes ten minutes; make soak-sessions"]
fn many_sessions_come_and_go_and_leave_nothing() -> anyhow::Result<()> {
    let seconds = number("KINESCOPE_SOAK_SECONDS", 600);
    let at_once = usize::try_from(number("KINESCOPE_SOAK_SESSIONS", 200))?;
    let mut deployment = Deployment::new()?;
    let displays: Vec<String> =
        (0..at_once as u32 + SPARE).map(|number| format!(":{}", FIRST_DISPLAY + number)).collect();
    deployment.start_agent_for(&displays.iter().map(String::as_str).collect::<Vec<_>>())?;
    let person = deployment.person()?;
    let agent = deployment.agent.as_ref().map(Program::pid).context("no agent")?;
    let server = deployment.server.as_ref().map(Program::pid).context("no server")?;
    // One session first, so that what is loaded and kept once is there.
    let mut past = Vec::new();
    sessions_for(Duration::from_secs(25), 2, &mut past)?;
    quiet(agent)?;
    let before = [Weight::of(agent)?, Weight::of(server)?];
    println!("before: agent {:?}, server {:?}", before[0], before[1]);

    let most = sessions_for(Duration::from_secs(seconds), at_once, &mut past)?;
    quiet(agent)?;
    for ((name, pid, kept_files), before) in [("agent", agent, 0), ("server", server, FILES_KEPT)].iter().zip(&before) {
        let mut weight = Weight::of(*pid)?;
        println!("after:  {name} {weight:?}");
        // What is sent is forgotten, and threads that rest end, a while after the last session.
        let descriptors = before.descriptors + MORE_DESCRIPTORS + kept_files;
        let threads = before.threads + MORE_THREADS;
        wait_for(&format!("{name} to have at most {descriptors} descriptors and {threads} threads"), || {
            weight = Weight::of(*pid)?;
            Ok((weight.threads <= threads && weight.descriptors <= descriptors).then_some(()))
        })?;
        println!("then:   {name} {weight:?}");
        ensure!(weight.resident_kib <= before.resident_kib + MORE_KIB, "{name}: memory leaks");
    }
    account_for(&deployment, &person, &past, most)?;
    deployment.verify_all()
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Starts and stops sessions at random; says how many there were at a time at most.
fn sessions_for(time: Duration, at_once: usize, past: &mut Vec<Past>) -> anyhow::Result<usize> {
    let end = Instant::now() + time;
    let mut running: BTreeMap<u32, Running> = BTreeMap::new();
    let mut most = 0;
    // In turn, so that nobody takes a killed server's number, and its lock, before the agent has looked at it.
    let mut free: VecDeque<u32> = (FIRST_DISPLAY..FIRST_DISPLAY + at_once as u32 + SPARE).collect();
    while Instant::now() < end {
        let over: Vec<u32> =
            running.values().filter(|session| session.until <= Instant::now()).map(|session| session.number).collect();
        for number in over {
            past.extend(running.remove(&number).map(Running::stop).transpose()?.flatten());
            free.push_back(number);
        }
        // Few at a time, or a small machine does nothing but start X servers.
        for _ in 0..4 {
            let next = (running.len() < at_once).then(|| free.pop_front()).flatten();
            let Some(number) = next else { break };
            running.insert(number, Running::start(number)?);
        }
        most = most.max(running.len());
        std::thread::sleep(Duration::from_millis(200));
    }
    for session in running.into_values() {
        past.extend(session.stop()?);
    }
    Ok(most)
}

impl Running {
    fn start(number: u32) -> anyhow::Result<Self> {
        let display = format!(":{number}");
        let mut command = Command::new("Xvfb");
        command.args([&display, "-screen", "0", "160x120x24", "-nolisten", "tcp", "-noreset", "-ac"]);
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let from_us = now_us();
        let mut random = rand::rng();
        // Something is opened in some of them, some time; it tries until the server is there.
        let client = random.random_bool(0.3).then(|| {
            let script = "for i in 1 2 3 4 5 6; do xlogo && break; sleep 1; done";
            let mut command = Command::new("sh");
            command.args(["-c", script]).env("DISPLAY", &display).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn()
        });
        let life = Duration::from_secs_f64(random.random_range(0.1_f64..1.0).powi(2) * 90.0);
        Ok(Self { server, client: client.transpose()?, number, from_us, until: Instant::now() + life })
    }

    /// `None` if there was no session: the lock of a killed server names a process number that somebody else has by now, and
    /// then no server starts on that display.
    fn stop(mut self) -> anyhow::Result<Option<Past>> {
        if self.server.try_wait()?.is_some() {
            println!("no server has started on :{}", self.number);
            return self.without_client().map(|()| None);
        }
        let killed = rand::rng().random_bool(0.3);
        if killed {
            self.server.kill()?;
        } else {
            nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(i32::try_from(self.server.id())?),
                nix::sys::signal::Signal::SIGTERM,
            )?;
        }
        self.server.wait()?;
        let to_us = now_us();
        let (display, from_us) = (format!(":{}", self.number), self.from_us);
        self.without_client()?;
        Ok(Some(Past { display, from_us, to_us, killed }))
    }

    fn without_client(self) -> anyhow::Result<()> {
        if let Some(mut client) = self.client {
            let _ = client.kill();
            client.wait()?;
        }
        Ok(())
    }
}

fn now_us() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}

/// Waits until the agent has no child any more.
fn quiet(agent: u32) -> anyhow::Result<()> {
    wait_for("the agent to have no processes left", || {
        let mut children = Vec::new();
        for task in std::fs::read_dir(format!("/proc/{agent}/task"))? {
            let text = std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
            children.extend(text.split_whitespace().map(str::to_owned));
        }
        Ok(children.is_empty().then_some(()))
    })
}

/// What a process weighs.
#[derive(Debug)]
struct Weight {
    descriptors: usize,
    threads: usize,
    resident_kib: u64,
}

impl Weight {
    fn of(pid: u32) -> anyhow::Result<Self> {
        let count = |folder: &str| anyhow::Ok(std::fs::read_dir(format!("/proc/{pid}/{folder}"))?.count());
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let resident_kib = resident.split_whitespace().next().context("no VmRSS")?.parse()?;
        Ok(Self { descriptors: count("fd")?, threads: count("task")?, resident_kib })
    }
}

/// Every session that lasted has one recording, which says how it ended; every recording has its session.
fn account_for(deployment: &Deployment, person: &Person, past: &[Past], most: usize) -> anyhow::Result<()> {
    let ended = || {
        let rows = all(person)?;
        Ok(rows.iter().all(|row| row.end_us.is_some()).then_some(rows))
    };
    let rows = wait_or_explain("every recording to have ended", ended, || not_ended(deployment, person))?;
    let within = |row: &RecordingItem, session: &Past| {
        row.display.as_deref() == Some(&session.display)
            && (session.from_us..=session.to_us + DECIDED_WITHIN_US).contains(&row.start_us)
    };
    let (mut recorded, mut too_short) = (0, 0);
    for session in past {
        let own: Vec<_> = rows.iter().filter(|row| within(row, session)).collect();
        match own.as_slice() {
            [row] => {
                recorded += 1;
                let expected = if session.killed { RecordingState::Crashed } else { RecordingState::Finished };
                ensure!(row.state == expected, "{session:?} is {row:?}");
            }
            [] if session.to_us - session.from_us < i64::try_from(SURELY_FOUND.as_micros())? => too_short += 1,
            _ => anyhow::bail!("{session:?} has {} recordings: {own:?}", own.len()),
        }
    }
    println!("{} sessions, {most} at once: {recorded} recorded, {too_short} too short to be found", past.len());
    let strangers: Vec<_> = rows.iter().filter(|row| !past.iter().any(|session| within(row, session))).collect();
    ensure!(strangers.is_empty(), "recordings of no session: {strangers:?}");
    ensure!(recorded * 2 > past.len(), "most sessions are recorded");
    Ok(())
}

/// Which recordings have not ended, where each is stuck, and what was said of it last.
fn not_ended(deployment: &Deployment, person: &Person) -> String {
    let rows = all(person).unwrap_or_default();
    let stored = deployment.stored_files().unwrap_or_default();
    let mut text = String::new();
    for row in rows.iter().filter(|row| row.end_us.is_none()) {
        let RecordingItem { id, display, state, size_bytes, duration_us, .. } = row;
        let in_spool = deployment.agent_state.join("spool").join(id).exists();
        let bytes = stored
            .iter()
            .filter(|file| file.to_string_lossy().contains(id))
            .filter_map(|file| Some(std::fs::metadata(file).ok()?.len()))
            .sum::<u64>();
        let display = display.as_deref().unwrap_or("no display");
        let _ = write!(
            text,
            "\n{id} of {display}: in the catalogue {state:?} with {size_bytes} bytes, {duration_us} µs; at the server {bytes} \
             bytes stored; {} the machine's spool",
            if in_spool { "still in" } else { "gone from" }
        );
        for (name, program) in [("agent", &deployment.agent), ("server", &deployment.server)] {
            let log = program.as_ref().map(Program::log).unwrap_or_default();
            // What befell its session before it had a name is said of the display.
            let of_display = format!("\"{display}\"");
            let lines: Vec<_> = log.lines().filter(|line| line.contains(id) || line.contains(&of_display)).collect();
            for line in lines.iter().rev().take(8).rev() {
                let _ = write!(text, "\n    {name}: {line}");
            }
        }
    }
    text
}

fn all(person: &Person) -> anyhow::Result<Vec<RecordingItem>> {
    let mut rows = Vec::new();
    loop {
        let page = person.get(&format!("recordings?limit=100&offset={}", rows.len()))?;
        let page: api::RecordingPage = serde_json::from_value(page)?;
        let (count, total) = (page.items.len(), usize::try_from(page.total)?);
        rows.extend(page.items);
        if count == 0 || rows.len() >= total {
            return Ok(rows);
        }
    }
}
