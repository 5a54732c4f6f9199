use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use detect::{Copied, Copies, CopyEvent, FilesWatch as _};

use crate::watching::{Beside, PATIENCE};

/// Watches folders of a test.
struct Looking {
    folder: tempfile::TempDir,
    elsewhere: tempfile::TempDir,
    copies: Copies,
    told: Vec<Copied>,
    lost: usize,
    _beside: Beside,
}

impl Looking {
    /// At `listed` and `other`, on lists 1 and 2; `open` is on none. Also not: a folder on another file system.
    fn begin() -> Self {
        Self::begin_beside(Beside::no_flood())
    }

    fn begin_beside(beside: Beside) -> Self {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir_in("/dev/shm").unwrap());
        for name in ["listed/2026", "other", "open"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let (listed, other) = (folder.path().join("listed"), folder.path().join("other"));
        let (copies, _) = Copies::watch(&vec![(listed, 1), (other, 2)]).unwrap();
        let mut looking = Self { folder, elsewhere, copies, told: Vec::new(), lost: 0, _beside: beside };
        looking.take();
        looking
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn take(&mut self) {
        let (told, lost) = (&mut self.told, &mut self.lost);
        let mut tell = |event| match event {
            CopyEvent::Copied(copied) => told.push(*copied),
            CopyEvent::Lost => *lost += 1,
        };
        while self.copies.take(&mut tell).unwrap() {}
    }

    /// In a shell, with the folders as `$1` and `$2`; then until what it did is taken in.
    fn run(&mut self, script: &str) {
        let mut shell = Command::new("sh");
        shell.args(["-ec", script, "sh"]).args([self.folder.path(), self.elsewhere.path()]);
        std::thread::scope(|scope| {
            let running = scope.spawn(|| shell.status().unwrap());
            let mut ended = None;
            while ended.is_none_or(|at: Instant| at.elapsed() < Duration::from_millis(100)) {
                self.take();
                ended = ended.or_else(|| running.is_finished().then(Instant::now));
                std::thread::sleep(Duration::from_millis(1));
            }
            assert!(running.join().unwrap().success(), "{script}");
        });
    }

    /// Copies something last of all, until that is told.
    fn until_last(&mut self) {
        self.run("printf last > \"$1\"/listed/last; cp \"$1\"/listed/last \"$2\"/last");
        let limit = Instant::now() + PATIENCE;
        while !self.told.iter().any(|copied| copied.to.ends_with("/last")) {
            assert!(Instant::now() < limit, "waited in vain: {:#?}", self.told);
            self.take();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What was copied where.
    fn copied(&mut self) -> Vec<(String, String)> {
        self.until_last();
        let short = |path: &str| {
            let within =
                |folder: &Path| Path::new(path).strip_prefix(folder).ok().map(|path| path.display().to_string());
            within(self.folder.path()).unwrap_or_else(|| format!("shm/{}", within(self.elsewhere.path()).unwrap()))
        };
        let copied = self.told.iter().filter(|copied| !copied.to.ends_with("/last"));
        copied.map(|copied| (short(&copied.path), short(&copied.to))).collect()
    }
}

#[test]
fn what_is_copied_out_of_listed_folders_is_told_whatever_copies_it() {
    let cases = [
        ("cp", "cp \"$1\"/listed/plan \"$1\"/open/copy", "open/copy"),
        ("to another file system", "cp \"$1\"/listed/plan \"$2\"/copy", "shm/copy"),
        ("moved to another file system", "mv \"$1\"/listed/plan \"$2\"/plan", "shm/plan"),
        ("by a redirection", "exec cat \"$1\"/listed/plan > \"$2\"/copy", "shm/copy"),
        ("through others", "cat \"$1\"/listed/long | tee \"$2\"/long | wc -c > /dev/null", "shm/long"),
        ("into another list's folder", "cp \"$1\"/listed/plan \"$1\"/other/copy", "other/copy"),
        ("by a redirection there", "exec cat \"$1\"/listed/plan > \"$1\"/other/copy", "other/copy"),
        ("renamed then", "cp \"$1\"/listed/plan \"$2\"/.part; mv \"$2\"/.part \"$2\"/copy", "shm/copy"),
        (
            "by a library",
            "python3 -c 'import shutil, sys; shutil.copyfile(*sys.argv[1:])' \"$1\"/listed/plan \"$2\"/copy",
            "shm/copy",
        ),
        (
            "after others were read",
            "cat \"$1\"/listed/same \"$1\"/listed/plan | cmp -s - /dev/null || cp \"$1\"/listed/same \"$1\"/listed/plan \"$2\"; mv \"$2\"/plan \"$2\"/copy; rm \"$2\"/same",
            "shm/copy",
        ),
    ];
    for (name, script, to) in cases {
        let mut looking = Looking::begin();
        fs::write(looking.at("listed/same"), "another 22 bytes: here").unwrap();
        fs::write(looking.at("listed/plan"), "the plan, of 22 bytes.").unwrap();
        fs::write(looking.at("listed/long"), "a file of so many bytes that nobody writes it again by chance: 64")
            .unwrap();
        looking.run(script);
        let copied = looking.copied();
        let (from, bytes) = if to == "shm/long" { ("listed/long", 65) } else { ("listed/plan", 22) };
        assert!(copied.contains(&(from.to_owned(), to.to_owned())), "{name}: {copied:?}");
        let told = looking.told.iter().find(|copied| copied.path.ends_with(from)).unwrap();
        assert_eq!((told.lists, told.bytes, told.origin.uid, looking.lost), (1, bytes, 0, 0), "{name}");
        // Of a program that lived for a moment the kernel may be asked too late.
        assert!(told.program.as_deref().is_none_or(|program| program.starts_with('/')), "{name}");
    }
}

#[test]
fn what_is_no_copy_or_stays_on_its_list_is_not_told() {
    let mut looking = Looking::begin();
    fs::write(looking.at("listed/plan"), "the plan, of 22 bytes.").unwrap();
    fs::write(looking.at("listed/empty"), "").unwrap();
    fs::write(looking.at("open/own"), "something of one's own").unwrap();
    looking.run("cp \"$1\"/listed/plan \"$1\"/listed/2026/copy");
    looking.run("cp \"$1\"/listed/empty \"$2\"/empty");
    looking.run("cp \"$1\"/open/own \"$2\"/own");
    looking.run("cat \"$1\"/listed/plan > /dev/null; printf 'the plan, of 22 bytes.' > \"$2\"/typed");
    // As long, and not the same.
    looking.run("tr a-z A-Z < \"$1\"/listed/plan > \"$2\"/upper");
    looking.run("gzip -c \"$1\"/listed/plan > \"$2\"/packed");
    assert_eq!(looking.copied(), []);
}

#[test]
fn folders_that_come_later_and_large_files_and_many_are_told() {
    let mut looking = Looking::begin();
    looking.run("mkdir -p \"$1\"/listed/new/deep \"$1\"/open/tree/below; printf 1 > \"$1\"/open/tree/below/1");
    looking.run("mv \"$1\"/open/tree \"$1\"/listed/tree");
    looking.run(
        "head -c 3000000 /dev/urandom > \"$1\"/listed/new/deep/large; cp \"$1\"/listed/new/deep/large \"$2\"/large",
    );
    looking.run("cp \"$1\"/listed/tree/below/1 \"$2\"/1");
    looking.run("for n in $(seq 3000); do echo $n > \"$1\"/listed/2026/$n; done; cp -r \"$1\"/listed/2026 \"$2\"/all");
    let copied = looking.copied();
    let expected = [("listed/new/deep/large", "shm/large"), ("listed/tree/below/1", "shm/1")];
    assert_eq!(copied[..2], expected.map(|(from, to)| (from.to_owned(), to.to_owned())));
    assert_eq!((copied.len(), looking.lost), (3_002, 0));
    let named = |(from, to): &(String, String)| from.rsplit('/').next() == to.rsplit('/').next();
    assert!(copied.iter().all(named), "{copied:?}");
}

#[test]
fn folders_that_were_missing_and_others_in_their_place_are_for_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let (listed, missing) = (folder.path().join("listed"), folder.path().join("missing"));
    let outdated_within = |copies: &mut Copies, patience: Duration| {
        let limit = Instant::now() + patience;
        while !copies.is_outdated() && Instant::now() < limit {
            copies.take(&mut |_| {}).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        copies.is_outdated()
    };
    fs::create_dir(&listed).unwrap();
    let watched = vec![(listed.clone(), 1), (missing.clone(), 1)];
    let (mut copies, _) = Copies::watch(&watched).unwrap();
    assert!(!outdated_within(&mut copies, Duration::from_millis(1_500)));
    fs::create_dir(&missing).unwrap();
    assert!(outdated_within(&mut copies, PATIENCE));
    let (mut copies, _) = Copies::watch(&watched).unwrap();
    fs::remove_dir(&listed).unwrap();
    assert!(!outdated_within(&mut copies, Duration::from_millis(1_500)), "there is nothing to watch");
    fs::create_dir(&listed).unwrap();
    assert!(outdated_within(&mut copies, PATIENCE));
}

#[test]
fn whoever_reads_everything_is_no_loss() {
    let mut looking = Looking::begin_beside(Beside::nothing());
    for number in 0..20_000 {
        fs::write(looking.at(&format!("listed/file {number}")), "read by everybody").unwrap();
    }
    (looking.copies, _) = Copies::watch(&vec![(looking.at("listed"), 1)]).unwrap();
    looking.run("for n in 1 2 3; do find \"$1\"/listed -type f -print0 | xargs -0 -n 50 cat > /dev/null; done");
    assert_eq!((looking.copied(), looking.lost), (Vec::new(), 0));
}

#[test]
fn whoever_has_opened_files_and_is_forgotten_for_others_is_declared() {
    let mut looking = Looking::begin();
    fs::write(looking.at("listed/plan"), "the plan, of 22 bytes.").unwrap();
    let script = "exec 3< \"$1\"/listed/plan; for n in $(seq 300); do (exec sleep 2 < \"$1\"/listed/plan) & done; wait; cp /proc/self/fd/3 \"$2\"/late; cp \"$1\"/listed/plan \"$2\"/copy";
    looking.run(script);
    let copied = looking.copied();
    assert!(copied.contains(&("listed/plan".to_owned(), "shm/copy".to_owned())), "{copied:?}");
    assert!(looking.lost > 0);
}

#[test]
fn a_lease_on_a_copy_holds_nobody_up_and_is_declared() {
    let mut looking = Looking::begin();
    fs::write(looking.at("listed/plan"), "the plan, of 22 bytes.").unwrap();
    let leased = r#"
import fcntl, os, shutil, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
with open(sys.argv[1], "rb") as plan, open(sys.argv[2], "wb") as copy:
    shutil.copyfileobj(plan, copy)
held = os.open(sys.argv[2], os.O_RDWR)
fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
time.sleep(30)
"#;
    let mut held = Command::new("python3");
    held.args(["-c", leased]).args([looking.at("listed/plan"), looking.elsewhere.path().join("leased")]);
    let mut held = held.spawn().unwrap();
    let limit = Instant::now() + Duration::from_secs(20);
    while looking.lost == 0 {
        assert!(Instant::now() < limit, "what cannot be read is not declared, or was waited for");
        looking.take();
        std::thread::sleep(Duration::from_millis(5));
    }
    held.kill().unwrap();
    held.wait().unwrap();
}

#[test]
fn what_any_program_reads_of_the_system_is_not_told_and_its_secrets_are() {
    let mut looking = Looking::begin();
    let (copies, _) = Copies::watch(&vec![("/etc".into(), 1), (looking.at("listed"), 1)]).unwrap();
    looking.copies = copies;
    looking.run("cp /etc/passwd /etc/shadow \"$2\"");
    looking.until_last();
    let to: Vec<&str> = looking.told.iter().map(|copied| copied.to.rsplit('/').next().unwrap()).collect();
    assert_eq!(to, ["shadow", "last"]);
}
