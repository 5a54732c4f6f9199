use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use detect::{FileChange, FileChanged, FileEvent, Files, Programs};

use crate::watching::PATIENCE;

/// Watches folders, and the processes that do something in them.
struct Looking {
    files: Files,
    programs: Programs,
    told: Vec<FileEvent>,
}

impl Looking {
    fn at(folders: &[&Path]) -> Self {
        Self::alone(folders, 0)
    }

    /// Of folders whose bits are in `alone`, only what is in them.
    fn alone(folders: &[&Path], alone: u64) -> Self {
        let listed: Vec<(&Path, u64)> = folders.iter().enumerate().map(|(at, folder)| (*folder, 1 << at)).collect();
        let (files, unwatched) = Files::watch(&listed, alone).unwrap();
        assert_eq!(unwatched, []);
        let mut programs = Programs::listening(|_| 0, false).unwrap();
        while programs.take(&mut |_| {}).unwrap() {}
        Self { files, programs, told: Vec::new() }
    }

    fn take(&mut self) {
        while self.files.fetch().unwrap() {
            while self.programs.take(&mut |_| {}).unwrap() {}
            self.files.tell(&|pid| self.programs.known(pid), &mut |event| self.told.push(event));
        }
        self.files.tell(&|pid| self.programs.known(pid), &mut |event| self.told.push(event));
    }

    fn changed(&self) -> Vec<&FileChanged> {
        let changed = self.told.iter().filter_map(|event| match event {
            FileEvent::Changed(changed) => Some(&**changed),
            FileEvent::Lost => None,
        });
        changed.collect()
    }

    fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let limit = Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(Instant::now() < limit, "waited in vain for {what}: {:#?}", self.changed());
            self.take();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What became of what, once so much was told.
    fn changes(&mut self, count: usize) -> Vec<(FileChange, String)> {
        self.until("changes", |looking| looking.changed().len() >= count);
        self.changed().iter().map(|changed| (changed.change.clone(), changed.path.clone())).collect()
    }
}

fn words(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Folders on the file systems that a machine has.
fn folders() -> Vec<tempfile::TempDir> {
    vec![tempfile::tempdir().unwrap(), tempfile::tempdir_in("/dev/shm").unwrap()]
}

#[test]
fn what_becomes_of_files_is_told_with_paths_and_size_at_any_depth() {
    for folder in folders() {
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("listed/old")).unwrap();
        fs::create_dir(at("outside")).unwrap();
        let mut looking = Looking::at(&[&at("listed")]);
        fs::write(at("outside/elsewhere"), "").unwrap();
        fs::create_dir(at("listed/new")).unwrap();
        fs::write(at("listed/new/Überweisung 1.txt"), "eleven byte").unwrap();
        assert_eq!(looking.changes(2)[1], (FileChange::Created, words(&at("listed/new/Überweisung 1.txt"))));
        assert_eq!(looking.changed()[1].bytes, Some(11));
        looking.told.clear();
        fs::rename(at("listed/new/Überweisung 1.txt"), at("listed/new/2")).unwrap();
        fs::rename(at("listed/new/2"), at("listed/old/2")).unwrap();
        // A folder that is renamed takes with it what is in it.
        fs::rename(at("listed/old"), at("listed/older")).unwrap();
        fs::rename(at("listed/older/2"), at("outside/2")).unwrap();
        fs::rename(at("outside/2"), at("listed/3")).unwrap();
        fs::remove_file(at("listed/3")).unwrap();
        fs::remove_dir_all(at("listed/new")).unwrap();
        let path = |name: &str| words(&at(name));
        let expected = [
            (FileChange::Renamed(path("listed/new/2")), path("listed/new/Überweisung 1.txt")),
            (FileChange::Moved(path("listed/old/2")), path("listed/new/2")),
            (FileChange::Renamed(path("listed/older")), path("listed/old")),
            (FileChange::Moved(path("outside/2")), path("listed/older/2")),
            (FileChange::Moved(path("listed/3")), path("outside/2")),
            (FileChange::Deleted, path("listed/3")),
            (FileChange::Deleted, path("listed/new")),
        ];
        assert_eq!(looking.changes(expected.len()), expected);
        let folders: Vec<bool> = looking.changed().iter().map(|changed| changed.folder).collect();
        assert_eq!(folders, [false, false, true, false, false, false, true]);
        let sizes: Vec<Option<u64>> = looking.changed().iter().map(|changed| changed.bytes).collect();
        // Of those that are told together, only the last name is still there.
        assert_eq!(sizes[4..], [None; 3]);
    }
}

#[test]
fn how_large_a_file_is_that_has_another_name_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("listed/below")).unwrap();
    fs::write(at("listed/1"), "five!").unwrap();
    let mut looking = Looking::at(&[&at("listed")]);
    for (from, to) in [("listed/1", "listed/2"), ("listed/2", "listed/below/2"), ("listed/below/2", "out")] {
        looking.told.clear();
        fs::rename(at(from), at(to)).unwrap();
        looking.changes(1);
        assert_eq!(looking.changed()[0].bytes, Some(5), "{from} → {to}");
    }
    looking.told.clear();
    fs::rename(at("listed/below"), at("listed/folder")).unwrap();
    looking.changes(1);
    assert_eq!(looking.changed()[0].bytes, None);
}

#[test]
fn who_did_it_is_known_when_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut looking = Looking::at(&[folder.path()]);
    let path = folder.path().join("made");
    let mut child = Command::new("touch").arg(&path).env("DISPLAY", ":4711").spawn().unwrap();
    child.wait().unwrap();
    looking.until("the file", |looking| !looking.changed().is_empty());
    let changed = looking.changed()[0].clone();
    assert_eq!((changed.process, changed.lists), (child.id(), 1));
    assert_eq!(changed.origin.uid, 0);
    // What is deleted with its folder, by a program that is gone.
    looking.told.clear();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    fs::write(folder.path().join("a/b/c"), "").unwrap();
    looking.until("three", |looking| looking.changed().len() == 3);
    looking.told.clear();
    assert!(Command::new("rm").arg("-r").arg(folder.path().join("a")).status().unwrap().success());
    let deleted: Vec<PathBuf> = ["a/b/c", "a/b", "a"].iter().map(|name| folder.path().join(name)).collect();
    let expected: Vec<_> = deleted.iter().map(|path| (FileChange::Deleted, words(path))).collect();
    assert_eq!(looking.changes(3), expected);
}

#[test]
fn each_of_a_flood_is_counted_and_what_the_kernel_dropped_is_declared() {
    let folder = tempfile::tempdir().unwrap();
    let mut looking = Looking::at(&[folder.path()]);
    let (path, own) = (folder.path().to_owned(), folder.path().join("own"));
    let flood = std::thread::spawn(move || {
        for number in 0..25_000 {
            let path = path.join(number.to_string());
            fs::write(&path, "").unwrap();
            fs::remove_file(&path).unwrap();
        }
        fs::write(own, "").unwrap();
    });
    let is_own = |changed: &&FileChanged| changed.path.ends_with("/own");
    looking.until("the last", |looking| looking.changed().iter().any(is_own));
    flood.join().unwrap();
    assert!(looking.told.iter().all(|event| *event != FileEvent::Lost));
    let of = |is: fn(&FileChange) -> bool| looking.changed().iter().filter(|changed| is(&changed.change)).count();
    let created = of(|change| *change == FileChange::Created);
    assert_eq!((created, of(|change| *change == FileChange::Deleted)), (25_001, 25_000));

    // Nobody fetches until the kernel keeps no more.
    looking.told.clear();
    for number in 0..20_000 {
        fs::write(folder.path().join(number.to_string()), "").unwrap();
    }
    looking.until("what was lost", |looking| looking.told.contains(&FileEvent::Lost));
    fs::write(folder.path().join("afterwards"), "").unwrap();
    let is_after = |changed: &&FileChanged| changed.path.ends_with("/afterwards");
    looking.until("what comes after", |looking| looking.changed().iter().any(is_after));
}

#[test]
fn of_a_folder_that_is_watched_alone_is_told_what_is_in_it_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let [etc, below, beside] = ["etc", "etc/below", "beside"].map(|name| folder.path().join(name));
    [&etc, &below, &beside].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let mut looking = Looking::alone(&[&etc], 1);
    let new = etc.join("new");
    fs::create_dir(&new).unwrap();
    for folder in [&below, &beside, &new] {
        fs::write(folder.join("passwd"), "").unwrap();
    }
    fs::write(beside.join("passwd+"), "").unwrap();
    fs::rename(beside.join("passwd+"), etc.join("passwd")).unwrap();
    let told = [
        (FileChange::Created, words(&new)),
        // Where it came from nobody is asked.
        (FileChange::Moved(words(&etc.join("passwd"))), String::new()),
    ];
    assert_eq!(looking.changes(2), told);
    // The kernel has nothing more of others, though they are on the same file system.
    assert!(!looking.files.fetch().unwrap());

    // What another list wants of the same is told as well, and to that alone.
    let mut looking = Looking::alone(&[&etc, folder.path()], 1);
    fs::create_dir(below.join("one")).unwrap();
    fs::create_dir(etc.join("two")).unwrap();
    looking.changes(2);
    let lists: Vec<u64> = looking.changed().iter().map(|changed| changed.lists).collect();
    assert_eq!(lists, [2, 3]);
}

#[test]
fn a_folder_that_cannot_be_watched_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let others = [missing.as_path(), Path::new("/proc"), Path::new("src")];
    let listed = [folder.path()].into_iter().chain(others).map(|folder| (folder, 1));
    let (_, unwatched) = Files::watch(&listed.collect::<Vec<_>>(), 0).unwrap();
    let names: Vec<&str> = unwatched.iter().map(|unwatched| unwatched.folder.as_str()).collect();
    assert_eq!(names, [missing.to_str().unwrap(), "/proc", "src"], "{unwatched:?}");
}
