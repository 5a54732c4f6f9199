//! The processes of named programs, and their descendants.

use std::collections::{HashMap, HashSet};

use capture::Class;
use detect::process::{Stat, all, arguments, file_name, own_name, program};
use serde::{Deserialize, Serialize};

/// Bytes of arguments that are looked at.
const MAX_ARGUMENT_BYTES: usize = 16 << 10;

/// Ancestors that are asked for; a chain is never so long.
const MAX_ANCESTORS: usize = 256;

/// The kernel keeps no more of a process's own name.
const OWN_NAME_BYTES: usize = 15;

/// Programs that run others: there the file that they run counts, too.
const INTERPRETERS: &[&str] = &[
    "python", "perl", "ruby", "node", "java", "mono", "bash", "dash", "sh", "zsh", "wish", "tclsh", "gjs", "wine",
    "ld-",
];

/// Names of programs: of the file that a process runs, or its whole path, in any case of letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names(Vec<String>);

impl Names {
    /// These names.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_lowercase).collect())
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn has(&self, path: &str) -> bool {
        let path = path.to_lowercase();
        self.0.iter().any(|name| *name == if name.contains('/') { path.as_str() } else { file_name(&path) })
    }

    /// Whether a process runs one of them. The error: the file is secret, and nothing else told.
    fn are_run_by(&self, pid: u32) -> Result<bool, Secret> {
        let program = program(pid).ok();
        let mut words = arguments(pid, MAX_ARGUMENT_BYTES);
        words.retain(|word| !word.is_empty());
        match self.have(program.as_deref(), &own_name(pid), &words) {
            false if program.is_none() => Err(Secret),
            named => Ok(named),
        }
    }

    /// Whether a process is of one of them: by the file that it runs, the name that it gives itself, and what it was started with. The
    /// file decides, which the process cannot change; what it says of itself may add to that and never takes away.
    pub fn have(&self, program: Option<&str>, own_name: &str, words: &[String]) -> bool {
        if program.is_some_and(|path| self.has(path)) {
            return true;
        }
        let shortened = |name: &str| name.bytes().take(OWN_NAME_BYTES).eq(own_name.to_lowercase().bytes());
        if self.0.iter().any(|name| !name.contains('/') && shortened(name))
            || words.first().is_some_and(|word| self.has(word))
        {
            return true;
        }
        let interprets = program.is_some_and(|path| {
            INTERPRETERS.iter().any(|interpreter| file_name(path).to_lowercase().starts_with(interpreter))
        });
        interprets && words.iter().skip(1).any(|word| self.has(word) || self.has(without_ending(word)))
    }
}

struct Secret;

/// `notes.py` is the program `notes`.
fn without_ending(word: &str) -> &str {
    match word.rsplit_once('.') {
        Some((name, ending)) if !name.is_empty() && !ending.contains('/') => name,
        _ => word,
    }
}

/// Which windows of a launched program may be seen, everything else being covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// The main one.
    MainWindow,
    /// All of it and of the programs that it starts.
    AllWindows,
}

/// Knows the processes of named programs and of a launched one, and everything that descends from them.
#[derive(Debug)]
pub struct ProgramWatch {
    names: Names,
    launched: Option<(u32, Shown)>,
    named: Kin,
    of_launched: Kin,
}

/// Processes that belong together.
#[derive(Debug, Default)]
struct Kin {
    /// By number, with their beginning.
    members: HashMap<u32, u64>,
    /// Numbers of groups and sessions that a member began; they outlive it.
    groups: HashSet<u32>,
}

impl Kin {
    fn knows(&self, pid: u32, place: &Stat) -> bool {
        self.members.get(&pid) == Some(&place.started_ticks)
            || self.groups.contains(&place.group)
            || self.groups.contains(&place.session)
    }

    fn add(&mut self, pid: u32, place: &Stat) {
        self.members.insert(pid, place.started_ticks);
        if place.group == pid || place.session == pid {
            self.groups.insert(pid);
        }
    }

    /// Takes in whoever descends from a member, and forgets who is gone.
    fn look(&mut self, all: &HashMap<u32, Stat>) {
        self.members.retain(|pid, started| all.get(pid).is_some_and(|place| place.started_ticks == *started));
        self.groups.retain(|group| all.values().any(|place| place.group == *group || place.session == *group));
        loop {
            let fresh: Vec<(u32, Stat)> = all
                .iter()
                .filter(|(pid, place)| {
                    !self.members.contains_key(pid)
                        && (self.knows(**pid, place) || self.members.contains_key(&place.parent))
                })
                .map(|(pid, place)| (*pid, *place))
                .collect();
            if fresh.is_empty() {
                return;
            }
            fresh.iter().for_each(|(pid, place)| self.add(*pid, place));
        }
    }

    fn is_empty(&self) -> bool {
        self.members.is_empty() && self.groups.is_empty()
    }
}

impl ProgramWatch {
    /// Programs of these names.
    pub fn named(names: Names) -> Self {
        Self { names, launched: None, named: Kin::default(), of_launched: Kin::default() }
    }

    /// A program that was launched as this process, and programs of these names.
    pub fn launched(pid: u32, shown: Shown, names: Names) -> Self {
        let mut watch = Self::named(names);
        if let Some(place) = Stat::of(pid) {
            watch.of_launched.add(pid, &place);
        }
        Self { launched: Some((pid, shown)), ..watch }
    }

    /// Whether a process's windows may be seen, as far as it is known.
    pub fn class(&mut self, pid: u32) -> Class {
        let Some((_, shown)) = self.launched else { return self.hidden(pid) };
        if self.belongs(pid, |watch| &mut watch.of_launched, |_, _| Ok(false)).unwrap_or(false) {
            return match shown {
                Shown::MainWindow => Class::OpenMainWindow,
                Shown::AllWindows => Class::Open,
            };
        }
        match self.belongs(pid, |watch| &mut watch.named, |watch, pid| watch.names.are_run_by(pid)) {
            Ok(true) => Class::Open,
            _ => Class::Covered,
        }
    }

    fn hidden(&mut self, pid: u32) -> Class {
        match self.belongs(pid, |watch| &mut watch.named, |watch, pid| watch.names.are_run_by(pid)) {
            Ok(true) => Class::Covered,
            Ok(false) => Class::Open,
            Err(Secret) => Class::Unknown,
        }
    }

    /// Whether a process or one of its ancestors belongs to some.
    fn belongs(
        &mut self,
        pid: u32,
        kin: impl Fn(&mut Self) -> &mut Kin,
        is_one: impl Fn(&Self, u32) -> Result<bool, Secret>,
    ) -> Result<bool, Secret> {
        let (mut chain, mut at) = (Vec::new(), pid);
        while let Some(place) = Stat::of(at).filter(|_| chain.len() < MAX_ANCESTORS) {
            chain.push((at, place));
            let known = kin(self).knows(at, &place);
            let found = known
                || match is_one(self, at) {
                    // Of ancestors, which are often root's, what can be seen has to do.
                    Err(Secret) if at == pid => return Err(Secret),
                    found => found.unwrap_or(false),
                };
            if found {
                let kin = kin(self);
                chain.iter().for_each(|(pid, place)| kin.add(*pid, place));
                return Ok(true);
            }
            if place.parent <= 1 {
                return Ok(false);
            }
            at = place.parent;
        }
        // Nothing is known of a process that is gone.
        if chain.is_empty() { Err(Secret) } else { Ok(false) }
    }

    /// Remembers descendants while their ancestors live. To be called now and then.
    pub fn look(&mut self) {
        if self.named.is_empty() && self.of_launched.is_empty() {
            return;
        }
        let all: HashMap<u32, Stat> = all().filter_map(|pid| Some((pid, Stat::of(pid)?))).collect();
        self.named.look(&all);
        self.of_launched.look(&all);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command, Stdio};

    use super::*;

    fn run(program: &std::path::Path, name: &str, script: &str) -> Child {
        let mut command = Command::new(program);
        command.arg0(name).args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().unwrap()
    }

    fn first_line(child: &mut Child) -> u32 {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line).unwrap();
        line.trim().parse().unwrap()
    }

    /// A shell of another name, in a folder of the test's own.
    fn vault(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let path = folder.path().join("Vault");
        // By another process: while this one had it open for writing, what it starts meanwhile could keep it so, and it could not be run.
        assert!(Command::new("cp").args(["-L", "/bin/sh"]).arg(&path).status().unwrap().success());
        path
    }

    #[test]
    fn the_file_that_a_process_runs_decides_whatever_it_calls_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut private = run(&vault(&folder), "innocent", "echo $$; echo renamed > /proc/self/comm; read line");
        let pid = first_line(&mut private);
        let mut watch = ProgramWatch::named(Names::new(["vault"]));
        assert_eq!(watch.class(pid), Class::Covered);
        let path = folder.path().join("Vault").to_string_lossy().into_owned();
        assert_eq!(ProgramWatch::named(Names::new([path.as_str()])).class(pid), Class::Covered);
        assert_eq!(ProgramWatch::named(Names::new(["/usr/bin/vault"])).class(pid), Class::Open);
        assert_eq!(watch.class(std::process::id()), Class::Open);
        private.kill().unwrap();
        private.wait().unwrap();
        assert_eq!(watch.class(pid), Class::Unknown, "nothing is known of what is gone");
    }

    #[test]
    fn what_a_private_program_starts_is_private_also_when_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let script = "setsid sleep 60 & echo $!; read line; sleep 60 & echo $!";
        let mut private = run(&vault(&folder), "vault", script);
        let child = first_line(&mut private);
        let mut watch = ProgramWatch::named(Names::new(["vault"]));
        assert_eq!(watch.class(private.id()), Class::Covered);
        watch.look();
        drop(private.stdin.take());
        private.wait().unwrap();
        assert_ne!(Stat::of(child).unwrap().parent, private.id(), "it was left behind");
        assert_eq!(watch.class(child), Class::Covered);
        let _ = Command::new("kill").arg(child.to_string()).status();
    }

    #[test]
    fn a_script_is_known_by_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("notes.sh");
        std::fs::write(&script, "echo $$; read line").unwrap();
        let mut child = Command::new("sh").arg(&script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let pid = first_line(&mut child);
        assert_eq!(ProgramWatch::named(Names::new(["notes"])).class(pid), Class::Covered);
        assert_eq!(ProgramWatch::named(Names::new(["other"])).class(pid), Class::Open);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn everything_but_a_launched_program_and_named_ones_is_covered() {
        let folder = tempfile::tempdir().unwrap();
        let mut launched = run(std::path::Path::new("/bin/sh"), "sh", "sleep 60 & echo $!; wait");
        let child = first_line(&mut launched);
        let mut named = run(&vault(&folder), "vault", "echo $$; read line");
        let named_pid = first_line(&mut named);
        let mut main = ProgramWatch::launched(launched.id(), Shown::MainWindow, Names::default());
        assert_eq!([launched.id(), child].map(|pid| main.class(pid)), [Class::OpenMainWindow; 2]);
        assert_eq!(main.class(named_pid), Class::Covered);
        let mut all = ProgramWatch::launched(launched.id(), Shown::AllWindows, Names::new(["vault"]));
        assert_eq!([launched.id(), child, named_pid].map(|pid| all.class(pid)), [Class::Open; 3]);
        assert_eq!(all.class(std::process::id()), Class::Covered);
        for mut process in [launched, named] {
            process.kill().unwrap();
            process.wait().unwrap();
        }
        let _ = Command::new("kill").arg(child.to_string()).status();
    }
}
