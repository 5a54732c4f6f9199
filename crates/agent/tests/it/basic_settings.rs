//! `kinescope-agent config`: levels, refusals, and what they do to recordings.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::basic::{Basic, assert_complete, files, give, is_root, user};
use crate::xserver::XServer;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

impl Basic {
    /// `kinescope-agent config …` as the session's user; must be done or refused.
    fn config(&self, words: &[&str], done: bool) -> String {
        let config = self.machine.path().join("agent.toml");
        let output = self.run(&[&["config"], words, &["--config", config.to_str().unwrap()]].concat());
        assert_eq!(output.status.code(), Some(if done { 0 } else { 5 }), "{output:?}");
        said(&output)
    }

    /// What holds for something, and by whom.
    fn holds(&self, name: &str) -> (String, String) {
        let text = self.config(&["get", name, "--json"], true);
        let line = serde_json::from_str::<Value>(&text).unwrap()["settings"][0].clone();
        let field = |name: &str| line[name].as_str().unwrap().to_owned();
        (field("value"), field("level"))
    }
}

/// An agent that runs as its user, with a home of its own.
fn of_a_user(server: &XServer) -> (Basic, crate::supervised::Agent) {
    let basic = Basic::new(server, "");
    if is_root() {
        std::os::unix::fs::chown(basic.machine.path(), Some(user()), None).unwrap();
    }
    let agent = basic.machine.start_as(is_root().then(user));
    basic.until_it_answers();
    (basic, agent)
}

#[test]
fn the_nearest_level_wins_and_a_sessions_values_last_one_recording() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let (basic, _agent) = of_a_user(&server);
    let (mine, next) = (basic.machine.path().join("mine"), basic.machine.path().join("next"));
    give(&mine, user());
    give(&next, user());
    let machines = basic.videos().to_str().unwrap().to_owned();
    assert_eq!(basic.holds("folder"), (machines, "machine".to_owned()));
    basic.config(&["set", "folder", "~/mine"], true);
    assert_eq!(basic.holds("folder"), ("~/mine".to_owned(), "user".to_owned()));
    basic.config(&["set", "folder", next.to_str().unwrap(), "--session"], true);
    basic.config(&["set", "limit_minutes", "7", "--session"], true);
    assert_eq!(basic.holds("folder").1, "session");
    assert!(basic.config(&["get"], true).contains("limit_minutes   7  (session)"));
    for folder in [&next, &mine] {
        assert_eq!(basic.session(&["start"])["done"], "started", "{}", basic.machine.log());
        basic.session(&["stop"]);
        let made = files(folder);
        assert_eq!(made.len(), 1, "in {}", folder.display());
        assert_complete(&made[0]);
    }
    assert_eq!(basic.holds("limit_minutes"), ("30".to_owned(), "default".to_owned()), "it held for one recording");
    basic.config(&["clear", "folder"], true);
    assert_eq!(basic.holds("folder").1, "machine");
    basic.config(&["set", "screen", "primary", "--session"], true);
    basic.config(&["clear", "--session"], true);
    assert_eq!(basic.holds("screen"), ("all".to_owned(), "default".to_owned()));
}

#[test]
fn what_makes_no_sense_or_is_not_theirs_is_refused() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let basic = Basic::new(&server, "");
    let _agent = basic.start();
    for (words, names) in [
        (&["set", "limit_mb", "0"][..], "1 to 4000"),
        (&["set", "limit_minutes", "many", "--session"], "0.05 to 1440"),
        (&["set", "buffer", "true"], "machine alone"),
        (&["set", "user_start", "false", "--session"], "machine alone"),
        (&["set", "folder", "../up", "--session"], "folder"),
        (&["set", "screen", "", "--session"], "screen"),
    ] {
        assert!(basic.config(words, false).contains(names), "{words:?}");
    }
    if is_root() {
        let text = basic.config(&["set", "buffer", "true", "--machine"], false);
        assert!(text.contains("only root"), "{text}");
        let config = basic.machine.path().join("agent.toml");
        let words = ["config", "set", "buffer_seconds", "5", "--machine", "--config", config.to_str().unwrap()];
        assert!(basic.run_as(0, &words).status.success());
        assert_eq!(basic.holds("buffer_seconds"), ("5".to_owned(), "machine".to_owned()));
    }
    // A file that cannot be used keeps recordings from being started, and says why.
    basic.set("limit_mb = 100000\n");
    let refused = basic.ask(&["start"]);
    let text = refused["text"].as_str().unwrap();
    assert!(text.contains("basic.toml") && text.contains("limit_mb"), "{text}");
    assert!(files(&basic.videos()).is_empty());
    // An agent that cannot be asked knows of no session's settings.
    fs::remove_file(basic.machine.path().join("agent.sock")).unwrap();
    assert!(basic.config(&["get", "--session"], false).contains("cannot reach the agent"));
}
