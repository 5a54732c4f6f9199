use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use detect::{Direction, FilesWatch as _, SshEvent, SshTransfer, SshTransfers, SshWay, Whose};

use crate::sshd::{PREFIX, Sshd};
use crate::watching::{Beside, PATIENCE};

/// One to which root comes with a key, and that copies files by this.
fn sshd_serving(subsystem: &str) -> Sshd {
    Sshd::start(&format!("PasswordAuthentication no\nPermitRootLogin prohibit-password\nSubsystem sftp {subsystem}"))
}

impl Sshd {
    /// Copies one way and the other by everything that copies: files of one byte, of none, and of many.
    fn copy_all(&self) {
        for (name, bytes) in [("one", 1), ("none", 0), ("many", 3_000_000)] {
            fs::write(self.at(name), vec![b'x'; bytes]).unwrap();
        }
        fs::write(self.at("orders"), format!("get {} got\nput one put\nls -l\n", self.word("many"))).unwrap();
        run(self.client("sftp").args(["-b", "orders", &self.remote("")]));
        // What it is given open by who starts it, it does not copy.
        let mut given = Command::new("sh");
        given.args(["-c", "exec \"$@\" < many > printed", "sh", "scp"]).current_dir(self.folder.path());
        run(given.args(self.client("scp").get_args()).args([&self.remote("one"), "down"]));
        run(self.client("scp").args(["none", &self.remote("up")]));
        run(self.client("scp").args(["-O", &self.remote("one"), "old-down"]));
        run(self.client("scp").args(["-O", "many", &self.remote("old-up")]));
        // Neither what shells do nor what sshd reads for itself is copying.
        let script = format!("(read x < {0}; cat {0} > {1})", self.word("one"), self.word("shell"));
        run(self.client("ssh").args(["root@127.0.0.1", &script]));
    }
}

fn run(command: &mut Command) {
    let output = command.stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Watches, and knows what it was told about all but other tests.
struct Looking {
    transfers: SshTransfers,
    told: Vec<SshTransfer>,
    lost: usize,
    _beside: Beside,
}

impl Looking {
    fn begin() -> Self {
        let beside = Beside::no_flood();
        let (transfers, _) = SshTransfers::watch(&()).unwrap();
        Self { transfers, told: Vec::new(), lost: 0, _beside: beside }
    }

    fn take(&mut self, of: &Sshd) {
        // Of a folder that is gone by now only the file's name is known.
        let is_others = |path: &str| {
            (path.contains(PREFIX) && !Path::new(path).starts_with(of.folder.path())) || !path.starts_with('/')
        };
        let mut take = || {
            self.transfers
                .take(&mut |event| match event {
                    SshEvent::Transfer(transfer) if is_others(&transfer.path) => {}
                    SshEvent::Transfer(transfer) => self.told.push(*transfer),
                    SshEvent::Lost => self.lost += 1,
                })
                .unwrap()
        };
        while take() {}
    }

    /// While another thread does something.
    fn while_doing(&mut self, sshd: &Sshd, deed: impl FnOnce() + Send) {
        std::thread::scope(|scope| {
            let doing = scope.spawn(deed);
            while !doing.is_finished() {
                self.take(sshd);
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            doing.join().unwrap();
        });
        self.settle(sshd);
    }

    /// Until all that was done is told: the kernel tells it in order.
    fn settle(&mut self, sshd: &Sshd) {
        fs::write(sshd.at("last"), "").unwrap();
        run(sshd.client("scp").args([&sshd.remote("last"), "/dev/null"]));
        let is_last =
            |transfer: &SshTransfer| transfer.path == sshd.word("last") && matches!(transfer.whose, Whose::Served(_));
        let limit = Instant::now() + PATIENCE;
        while !self.told.iter().any(is_last) {
            assert!(Instant::now() < limit, "the last is not told: {:#?}", self.told);
            self.take(sshd);
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self.told.retain(|transfer| transfer.path != sshd.word("last"));
    }

    /// What was told of what is served, or of what was run, with paths in the sshd's folder.
    fn said(&self, sshd: &Sshd, is_served: bool) -> Vec<(Direction, SshWay, String, Option<u64>, String)> {
        let is_one = |transfer: &&SshTransfer| matches!(transfer.whose, Whose::Served(_)) == is_served;
        let said = |transfer: &SshTransfer| {
            let path = Path::new(&transfer.path).strip_prefix(sshd.folder.path()).unwrap_or(Path::new(&transfer.path));
            let (path, program) = (path.display().to_string(), Path::new(&transfer.program));
            let program = program.file_name().unwrap().to_str().unwrap().to_owned();
            (transfer.direction, transfer.way, path, transfer.bytes, program)
        };
        self.told.iter().filter(is_one).map(said).collect()
    }
}

/// What is served in [`Sshd::copy_all`], where this program serves SFTP.
fn served(program: &str) -> Vec<(Direction, SshWay, String, Option<u64>, String)> {
    use Direction::{Client, Host};
    let all = [
        (Client, SshWay::Sftp, "many", 3_000_000, program),
        (Host, SshWay::Sftp, "put", 1, program),
        (Client, SshWay::Sftp, "one", 1, program),
        (Host, SshWay::Sftp, "up", 0, program),
        (Client, SshWay::Scp, "one", 1, "scp"),
        (Host, SshWay::Scp, "old-up", 3_000_000, "scp"),
    ];
    all.map(|(to, way, path, bytes, program)| (to, way, path.to_owned(), Some(bytes), program.to_owned())).into()
}

#[test]
fn what_is_copied_is_told_with_direction_path_size_and_program_and_nothing_else_is() {
    use Direction::{Host, Remote};
    for (subsystem, program) in [("/usr/lib/openssh/sftp-server", "sftp-server"), ("internal-sftp", "sshd")] {
        let sshd = sshd_serving(subsystem);
        let mut looking = Looking::begin();
        looking.while_doing(&sshd, || sshd.copy_all());
        assert_eq!(looking.said(&sshd, true), served(program), "{subsystem}");
        let run = [
            (Host, SshWay::Sftp, "got", 3_000_000, "sftp"),
            (Remote, SshWay::Sftp, "one", 1, "sftp"),
            (Host, SshWay::Scp, "down", 1, "scp"),
            (Remote, SshWay::Scp, "none", 0, "scp"),
            (Host, SshWay::Scp, "old-down", 1, "scp"),
            (Remote, SshWay::Scp, "many", 3_000_000, "scp"),
        ];
        let run = run.map(|(to, way, path, bytes, by)| (to, way, path.to_owned(), Some(bytes), by.to_owned()));
        assert_eq!(looking.said(&sshd, false), run, "{subsystem}");
        assert!(looking.told.iter().all(|transfer| match &transfer.whose {
            Whose::Served(uid) => *uid == 0,
            Whose::Run(origin) => origin.uid == 0,
        }));
        assert_eq!(looking.lost, 0);
    }
}

#[test]
fn what_has_ended_before_anybody_looks_is_told_as_well() {
    for (subsystem, program) in [("/usr/lib/openssh/sftp-server", "sftp-server"), ("internal-sftp", "sshd")] {
        let sshd = sshd_serving(subsystem);
        let mut looking = Looking::begin();
        sshd.copy_all();
        looking.settle(&sshd);
        assert_eq!(looking.said(&sshd, true), served(program), "{subsystem}");
        assert_eq!(looking.lost, 0);
    }
}

#[test]
fn who_copies_already_when_somebody_begins_to_look_is_known() {
    for subsystem in ["/usr/lib/openssh/sftp-server", "internal-sftp"] {
        let sshd = sshd_serving(subsystem);
        fs::write(sshd.at("one"), "x").unwrap();
        let mut command = sshd.client("sftp");
        let mut child = command.arg("root@127.0.0.1").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut orders = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        // It answers once it is connected.
        writeln!(orders, "lpwd").unwrap();
        let mut answer = String::new();
        while !answer.contains("Local working directory") {
            assert!(answers.read_line(&mut answer).unwrap() > 0, "{answer}");
        }
        let mut looking = Looking::begin();
        writeln!(orders, "get {} got", sshd.word("one")).unwrap();
        drop(orders);
        looking.while_doing(&sshd, || assert!(child.wait().unwrap().success()));
        let paths =
            |is_served| looking.said(&sshd, is_served).into_iter().map(|(_, _, path, ..)| path).collect::<Vec<_>>();
        assert_eq!((paths(true), paths(false)), (vec!["one".to_owned()], vec!["got".to_owned()]), "{subsystem}");
    }
}

#[test]
fn each_of_a_flood_of_small_files_is_told_once() {
    const FILES: usize = 3_000;
    let sshd = sshd_serving("/usr/lib/openssh/sftp-server");
    fs::create_dir(sshd.at("flood")).unwrap();
    (0..FILES).for_each(|number| fs::write(sshd.at(&format!("flood/{number}")), "x").unwrap());
    for old in [false, true] {
        let (to, option) = if old { ("old", "-O") } else { ("new", "-s") };
        let mut looking = Looking::begin();
        looking.while_doing(&sshd, || run(sshd.client("scp").args(["-r", option, "flood", &sshd.remote(to)])));
        for is_served in [true, false] {
            let said = looking.said(&sshd, is_served);
            let folder = if is_served { to } else { "flood" };
            let mut numbers: Vec<usize> = said
                .iter()
                .map(|(_, _, path, bytes, _)| {
                    assert_eq!(*bytes, Some(1), "{path}");
                    path.strip_prefix(folder).unwrap().trim_start_matches('/').parse().unwrap()
                })
                .collect();
            numbers.sort_unstable();
            assert!(numbers.iter().copied().eq(0..FILES), "{} of {FILES}", numbers.len());
        }
        assert_eq!(looking.lost, 0);
    }
}

/// A file system in memory, for as long as this lives.
struct Mounted(PathBuf);

impl Mounted {
    fn at(folder: PathBuf) -> Self {
        fs::create_dir(&folder).unwrap();
        run(Command::new("mount").args(["-t", "tmpfs", "tmpfs"]).arg(&folder));
        Self(folder)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Other tests of this process may watch it, too.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_file_system_that_is_mounted_later_is_watched_by_the_next() {
    let sshd = sshd_serving("internal-sftp");
    let mut looking = Looking::begin();
    let mounted = Mounted::at(sshd.at("later"));
    // Other tests may be copying: it waits for them.
    let limit = Instant::now() + 4 * PATIENCE;
    while !looking.transfers.is_outdated() {
        assert!(Instant::now() < limit, "it does not know of it");
        looking.take(&sshd);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // Once it is not mounted any more, others know it by its own folder.
    let one = format!("later/{PREFIX}/one");
    fs::create_dir(mounted.0.join(PREFIX)).unwrap();
    fs::write(sshd.at(&one), "x").unwrap();
    let mut looking = Looking::begin();
    looking.while_doing(&sshd, || run(sshd.client("scp").args([&sshd.remote(&one), "down"])));
    let expected = (Direction::Client, SshWay::Sftp, one, Some(1), "sshd".to_owned());
    assert_eq!(looking.said(&sshd, true), [expected]);
}
