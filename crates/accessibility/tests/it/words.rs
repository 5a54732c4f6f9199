//! The words in dialogs of real programs.

use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use accessibility::{NoWords, Tree, TreeError};

use crate::session::{Session, until};

/// Runs it as the process does that watches.
pub fn run<T>(what: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(what)
}

/// The words in a dialog once it is there.
fn words(session: &Session, pid: u32, title: &str) -> String {
    until(title, || {
        run(async { Tree::open(&session.bus).await.ok()?.words(pid, title).await.ok() })
            .filter(|words| !words.is_empty())
    })
}

#[test]
fn labels_and_messages_are_told_and_nothing_that_is_typed() {
    let mut session = Session::new();
    let pid = session.start("zenity", &["--question", "--title", "Delete everything?", "--text", "No way\nback"]);
    assert_eq!(words(&session, pid, "Delete everything?"), "No way back");
    let pid = session.start("zenity", &["--entry", "--title", "Who?", "--text", "Your name", "--entry-text", "s3cret"]);
    assert_eq!(words(&session, pid, "Who?"), "Your name");
    let pid = session.start("zenity", &["--password", "--username", "--title", "Sign in"]);
    assert_eq!(words(&session, pid, "Sign in"), "Type your username and password\nUsername:\nPassword:");
    let licence = session.folder().join("licence");
    std::fs::write(&licence, "Nothing is allowed.\n".repeat(1_000)).unwrap();
    let licence = licence.to_str().unwrap();
    let pid = session.start("zenity", &["--text-info", "--title", "Licence", "--filename", licence]);
    let said = words(&session, pid, "Licence");
    assert!(said.starts_with("Nothing is allowed. Nothing"), "{said}");
    // A space at its end is cut off.
    assert!((990..=accessibility::MAX_WORDS_CHARS).contains(&said.chars().count()), "{said}");
    run(async {
        let tree = Tree::open(&session.bus).await.unwrap();
        assert_eq!(tree.words(1, "Sign in").await, Err(NoWords::NotFound), "of another program");
    });
}

#[test]
fn a_program_that_hangs_holds_nobody_up() {
    let mut session = Session::new();
    let other = session.start("zenity", &["--info", "--title", "Other", "--text", "Still here"]);
    let pid = session.start("zenity", &["--info", "--title", "Hangs", "--text", "Words"]);
    assert_eq!(words(&session, pid, "Hangs"), "Words");
    assert_eq!(words(&session, other, "Other"), "Still here");
    let stop = std::process::Command::new("kill").args(["-STOP", &pid.to_string()]).status().unwrap();
    assert!(stop.success());
    run(async {
        let tree = Tree::open(&session.bus).await.unwrap();
        let begun = Instant::now();
        assert_eq!(tree.words(pid, "Hangs").await, Err(NoWords::Late));
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert_eq!(tree.words(other, "Other").await.as_deref(), Ok("Still here"));
    });
}

#[test]
fn a_session_without_a_bus_has_no_tree() {
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("silent");
    let _listening = UnixListener::bind(&silent).unwrap();
    run(async {
        let nowhere = format!("unix:path={}", folder.path().join("none").display());
        assert!(matches!(Tree::open(&nowhere).await, Err(TreeError::NoBus(_))));
        assert!(matches!(Tree::open("tcp:host=127.0.0.1,port=1").await, Err(TreeError::NoBus(_))));
        let begun = Instant::now();
        let silent = format!("unix:path={}", silent.display());
        assert!(matches!(Tree::open(&silent).await, Err(TreeError::Late)));
        assert!(begun.elapsed() < Duration::from_secs(10));
    });
}
