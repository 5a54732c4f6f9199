//! Programs with names of their own, and what is told of them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use detect::{Ended, Facts, ProgramEvent, Programs, Started};

/// What must come has come by then.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The kernel tells all tests of all files, and keeps only so much.
static FILES: RwLock<()> = RwLock::new(());

/// What else happens to files while a test looks.
#[expect(dead_code, reason = "they are held")]
pub enum Beside {
    /// No flood of another test.
    NoFlood(RwLockReadGuard<'static, ()>),
    /// Nothing: it is a flood itself.
    Nothing(RwLockWriteGuard<'static, ()>),
}

impl Beside {
    pub fn no_flood() -> Self {
        Self::NoFlood(FILES.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn nothing() -> Self {
        Self::Nothing(FILES.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A copy of a program under a name that no other test's has.
pub fn named(folder: &Path, program: &str, name: &str) -> PathBuf {
    let path = folder.join(name);
    // By another process: while this one had it open for writing, what it starts meanwhile could keep it so, and it could not be run.
    assert!(Command::new("cp").arg("-L").arg(program).arg(&path).status().unwrap().success());
    path
}

/// Watches for programs of some files: the first is on the first list, and so on.
pub struct Watching {
    pub programs: Programs,
    pub told: Vec<ProgramEvent>,
}

fn classify(files: &[&Path]) -> impl Fn(&Facts) -> u64 + use<> {
    let files: Vec<PathBuf> = files.iter().map(|file| file.to_path_buf()).collect();
    move |facts| {
        let is_on = |file: &PathBuf| facts.program.as_deref().is_some_and(|program| Path::new(program) == file);
        files.iter().enumerate().filter(|(_, file)| is_on(file)).map(|(at, _)| 1 << at).sum()
    }
}

impl Watching {
    /// By the kernel's word.
    pub fn listening(files: &[&Path]) -> Self {
        Self::of(Programs::listening(classify(files), false).unwrap())
    }

    /// The same before the first look.
    pub fn unseeing(files: &[&Path]) -> Self {
        Self { programs: Programs::listening(classify(files), false).unwrap(), told: Vec::new() }
    }

    /// By looking through /proc.
    pub fn scanning(files: &[&Path]) -> Self {
        Self::of(Programs::scanning(classify(files), false))
    }

    /// Shells, too.
    pub fn shells(files: &[&Path]) -> Self {
        Self::of(Programs::listening(classify(files), true).unwrap())
    }

    fn of(programs: Programs) -> Self {
        let mut watching = Self { programs, told: Vec::new() };
        watching.take();
        watching
    }

    /// Starts a shell under another name, which goes on with a script once it was seen and its standard input is closed.
    pub fn gated(&mut self, shell: &Path, script: &str) -> Child {
        let script = format!("read gate; {script}");
        let child = Command::new(shell).args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
        let process = child.id();
        self.take();
        self.until("it to be seen", |watching| {
            watching.programs.known(process).is_some_and(|(program, _)| program.as_deref() == shell.to_str())
        });
        child
    }

    /// Lets it go on, and waits for it while taking what there is.
    pub fn open(&mut self, mut child: Child) -> u32 {
        drop(child.stdin.take());
        let limit = Instant::now() + PATIENCE;
        while child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < limit, "it does not end: {:#?}", self.told);
            self.take();
        }
        child.id()
    }

    /// Takes what there is.
    pub fn take(&mut self) {
        while self.programs.take(&mut |event| self.told.push(event)).unwrap() {}
    }

    /// Takes until something was told.
    pub fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let limit = Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(Instant::now() < limit, "waited in vain for {what}: {:#?}", self.told);
            self.take();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn started(&self) -> impl Iterator<Item = &Started> {
        self.told.iter().filter_map(|event| match event {
            ProgramEvent::Started(started) => Some(&**started),
            _ => None,
        })
    }

    pub fn ended(&self) -> impl Iterator<Item = &Ended> {
        self.told.iter().filter_map(|event| match event {
            ProgramEvent::Ended(ended) => Some(&**ended),
            _ => None,
        })
    }

    pub fn lost(&self) -> u64 {
        let lost = self.told.iter().map(|event| if let ProgramEvent::Lost(count) = event { *count } else { 0 });
        lost.sum()
    }

    pub fn start_of(&self, process: u32) -> &Started {
        self.started().find(|started| started.process == process).unwrap_or_else(|| panic!("{:#?}", self.told))
    }

    pub fn end_of(&self, process: u32) -> &Ended {
        self.ended().find(|ended| ended.process == process).unwrap_or_else(|| panic!("{:#?}", self.told))
    }

    pub fn until_ended(&mut self, process: u32) {
        self.until("its end", |watching| watching.ended().any(|ended| ended.process == process));
    }
}

impl Watching {
    /// Whether the kernel has dropped messages of this process's sockets.
    pub fn is_full(&self) -> bool {
        use std::os::fd::AsRawFd as _;
        let socket = std::fs::read_link(format!("/proc/self/fd/{}", self.programs.fd().unwrap().as_raw_fd())).unwrap();
        let inode = socket.to_str().unwrap().trim_matches(|letter: char| !letter.is_ascii_digit()).to_owned();
        let sockets = std::fs::read_to_string("/proc/net/netlink").unwrap();
        let fields = sockets.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
        let own = fields.into_iter().find(|fields| fields.get(9) == Some(&inode.as_str())).unwrap();
        own[8] != "0"
    }
}
