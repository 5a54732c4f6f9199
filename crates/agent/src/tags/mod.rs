//! Access tags that programs of the administrator's give: every executable in a folder is asked about each session. Whatever
//! one of them does, the session and the other programs are not held up.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use protocol::limits::{MAX_LABELS, MAX_NAME_BYTES};
use recording::SessionFacts;
use serde::{Deserialize, Serialize};

use crate::bounded_program::{self, Question};
use crate::supervisor::RecorderUids;

/// Programs that are asked; further ones, by name, are not.
const MAX_PROGRAMS: usize = 16;

/// What a program reads from its stdin.
#[derive(Serialize)]
struct Asked<'a> {
    user: &'a str,
    uid: Option<u32>,
    groups: &'a [String],
    machine: &'a str,
    session_kind: &'a str,
    display: Option<&'a str>,
    client_name: Option<&'a str>,
    client_address: Option<&'a str>,
    application: Option<&'a str>,
}

/// What it writes to its stdout. Other fields are passed over.
#[derive(Debug, Deserialize)]
struct Answer {
    tags: Vec<String>,
}

/// Adds to a session's facts the tags that the programs of a folder give it. Takes no longer than one slow program may.
pub fn add(facts: &mut SessionFacts, folder: &Path, uids: Option<&RecorderUids>) {
    let programs = programs(folder);
    if programs.is_empty() {
        return;
    }
    let question = question(facts);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = |program: &PathBuf| {
            let (program, question) = (program.clone(), &question);
            scope.spawn(move || ask(&program, question, uids).map_err(|error| (program, error)))
        };
        let asked: Vec<_> = programs.iter().map(ask).collect();
        asked.into_iter().filter_map(|asked| asked.join().ok()).collect()
    });
    for answer in answers {
        match answer {
            Ok(tags) => tags.into_iter().for_each(|tag| take(&mut facts.tags, tag)),
            Err((program, error)) => {
                tracing::warn!(program = %program.display(), "gives no access tags: {error:#}");
            }
        }
    }
}

fn question(facts: &SessionFacts) -> Vec<u8> {
    let question = Asked {
        user: &facts.user,
        uid: facts.uid,
        groups: &facts.groups,
        machine: &facts.machine,
        session_kind: facts.session_kind.as_str(),
        display: facts.display.as_deref(),
        client_name: facts.client_name.as_deref(),
        client_address: facts.client_address.as_deref(),
        application: facts.application.as_deref(),
    };
    serde_json::to_vec(&question).unwrap_or_default()
}

fn take(tags: &mut Vec<String>, tag: String) {
    if tags.len() < MAX_LABELS && !tags.contains(&tag) {
        tags.push(tag);
    }
}

/// The executables of a folder, by name. Names that begin with a dot or end with `~` are passed over, as everywhere.
fn programs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    if let Err(why) = is_trusted(folder) {
        tracing::error!(folder = %folder.display(), "no program of this folder is asked for access tags: {why}");
        return Vec::new();
    }
    let is_meant = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(".");
        let executable = std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.mode() & 0o111 != 0);
        !name.starts_with('.') && !name.ends_with('~') && executable
    };
    let mut programs: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_meant).collect();
    programs.sort();
    if programs.len() > MAX_PROGRAMS {
        tracing::warn!(folder = %folder.display(), "only the first {MAX_PROGRAMS} programs are asked for access tags");
        programs.truncate(MAX_PROGRAMS);
    }
    programs
}

/// Whoever can change a program decides who is recorded: that must be root, or the user that the agent runs as.
fn is_trusted(path: &Path) -> Result<(), String> {
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    let agent = nix::unistd::geteuid().as_raw();
    if about.uid() != 0 && about.uid() != agent {
        return Err(format!("{} belongs to the user with the number {}", path.display(), about.uid()));
    }
    if about.mode() & 0o022 != 0 {
        return Err(format!("{} can be written to by others than its owner", path.display()));
    }
    Ok(())
}

fn ask(program: &Path, question: &[u8], uids: Option<&RecorderUids>) -> anyhow::Result<Vec<String>> {
    is_trusted(program).map_err(anyhow::Error::msg)?;
    let uid = match uids {
        Some(uids) => {
            Some(uids.take_for_a_moment().ok_or_else(|| anyhow::anyhow!("all user ids of recorder_uids are in use"))?)
        }
        None => None,
    };
    let said = bounded_program::ask(&Question {
        program,
        arguments: &[],
        input: question,
        environment: &[],
        uid: uid.as_ref().map(|uid| uid.uid()),
    })?;
    let answer: Answer = serde_json::from_slice(&said)
        .map_err(|error| anyhow::anyhow!("it did not write {{\"tags\": [\"…\"]}}: {error}"))?;
    for tag in &answer.tags {
        let fits = (1..=MAX_NAME_BYTES).contains(&tag.len()) && !tag.chars().any(char::is_control);
        anyhow::ensure!(fits, "a tag has 1 to {MAX_NAME_BYTES} bytes without control characters");
    }
    anyhow::ensure!(answer.tags.len() <= MAX_LABELS, "it gave {} tags; at most {MAX_LABELS} can be", answer.tags.len());
    Ok(answer.tags)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::{Duration, Instant};

    use super::*;

    fn folder(programs: &[(&str, &str, u32)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for (name, script, mode) in programs {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        folder
    }

    /// As root the programs run as nobody that owns anything.
    fn uids() -> Option<RecorderUids> {
        nix::unistd::geteuid().is_root().then(|| RecorderUids::new(64_000..=64_020))
    }

    fn tags(folder: &tempfile::TempDir) -> Vec<String> {
        let mut facts = SessionFacts::desktop("m", "desk-7", "ana");
        facts.tags.push("configured".to_owned());
        add(&mut facts, folder.path(), uids().as_ref());
        facts.tags
    }

    #[test]
    fn programs_are_told_of_the_session_and_know_nothing_else() {
        let script = "read question; case $question in *'\"user\":\"ana\"'*) user=known;; esac\n\
            env | grep -q -v -E '^(PATH|LANG|PWD|SHLVL|_|OLDPWD)=' && more=yes\n\
            echo \"{\\\"tags\\\":[\\\"$user\\\",\\\"uid-$(id -u)\\\",\\\"more-$more\\\",\\\"configured\\\"],\\\"later\\\":1}\"";
        let own = nix::unistd::geteuid();
        let uid = if own.is_root() { "uid-64020".to_owned() } else { format!("uid-{own}") };
        assert_eq!(tags(&folder(&[("10-user", script, 0o755)])), ["configured", "known", &uid, "more-"]);
    }

    #[test]
    fn one_that_fails_does_not_harm_the_others() {
        let good = "echo '{\"tags\":[\"good\"]}'";
        let began = Instant::now();
        let folder = folder(&[
            ("hangs", "sleep 600 & sleep 600", 0o755),
            ("floods", "exec yes", 0o755),
            ("fails", "echo '{\"tags\":[\"x\"]}'; exit 3", 0o755),
            ("talks", "echo hello", 0o755),
            ("lies", "printf '{\"tags\":[\"a\\\\u0007b\"]}'", 0o755),
            ("closed", "exec >&-; sleep 600", 0o755),
            ("open-to-all", good, 0o777),
            ("no-program", good, 0o644),
            (".hidden", good, 0o755),
            ("backup~", good, 0o755),
            ("zz-good", good, 0o755),
        ]);
        assert_eq!(tags(&folder), ["configured", "good"]);
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[test]
    fn no_more_programs_and_tags_than_there_may_be() {
        let many = folder(&[(
            "many",
            "for i in $(seq 60); do l=\"$l\\\"tag-$i\\\",\"; done; echo \"{\\\"tags\\\":[$l\\\"z\\\"]}\"",
            0o755,
        )]);
        assert_eq!(tags(&many).len(), 62);
        let script = "echo \"{\\\"tags\\\":[\\\"$(basename $0)\\\"]}\"";
        let names: Vec<String> = (10..40).map(|number| format!("p{number}")).collect();
        let programs: Vec<_> = names.iter().map(|name| (name.as_str(), script, 0o755)).collect();
        assert_eq!(tags(&folder(&programs)).len(), 1 + MAX_PROGRAMS);
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_not_believed() {
        let folder = folder(&[("good", "echo '{\"tags\":[\"good\"]}'", 0o755)]);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(tags(&folder), ["configured"]);
    }
}
