//! What the machine itself allows: its switch, its disk, the displays on it, and the last policy it was told.

use std::fs;
use std::path::Path;

use policy::{HandedOut, Policy};

use super::finding::Finding;
use crate::sessions::{self, Desktop, Look};
use crate::settings::Settings;

/// Below this much free space nothing can be kept that the server does not take at once.
const LITTLE_BYTES: u64 = 64 << 20;

/// Whether recording is switched off here.
pub fn switch(settings: &Settings) -> Finding {
    if settings.recording {
        Finding::ok("switch", "recording is switched on on this machine")
    } else {
        let remedy =
            "set `recording = true` in agent.toml (or take KINESCOPE_AGENT_RECORDING away) and start the agent again";
        Finding::problem("switch", "recording is switched off on this machine", remedy)
    }
}

/// Whether the spool can be written, and how much room there is.
pub fn space(settings: &Settings) -> Finding {
    let folder = &settings.state_folder;
    let probe = folder.join(format!(".check-{}", std::process::id()));
    let written = fs::File::options().write(true).create_new(true).open(&probe);
    let _ = fs::remove_file(&probe);
    if let Err(error) = written {
        let text = format!("{} cannot be written: {error}", folder.display());
        let remedy = "mend the folder's disk, owner or mode; run this as the agent's user (root)";
        return Finding::problem("space", text, remedy);
    }
    let Ok(found) = nix::sys::statvfs::statvfs(folder.as_path()) else {
        return Finding::warning("space", "how much room there is cannot be told", "look at the disk");
    };
    let free = found.blocks_available().saturating_mul(found.fragment_size());
    let (free_mb, quota_mb) = (free >> 20, settings.quota_bytes >> 20);
    if free < LITTLE_BYTES {
        let text = format!("only {free_mb} MB are free at {}", folder.display());
        return Finding::problem("space", text, "make room: without it recordings are lost while the server is away");
    }
    let text = format!("{free_mb} MB are free at {}; the spool may take {quota_mb} MB", folder.display());
    if free < settings.quota_bytes.saturating_sub(used(&folder.join("spool"))) {
        return Finding::warning("space", text, "make room, or lower `quota_mb`");
    }
    Finding::ok("space", text)
}

fn used(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => used(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |metadata| metadata.len()),
        _ => 0,
    };
    entries.map(size).fold(0, u64::saturating_add)
}

/// What the last known policy says of everything.
pub fn policy(settings: &Settings) -> Finding {
    let file = settings.state_folder.join("policy");
    let document = match fs::read_to_string(&file) {
        Ok(document) => document,
        Err(_) if settings.record_without_policy => {
            let text = "the server has not told a policy yet; until it does, every session is recorded (record_without_policy)";
            return Finding::warning("policy", text, "have the agent run and reach the server once");
        }
        Err(_) => {
            let text = "the server has not told a policy yet, and without one nothing is recorded";
            return Finding::problem("policy", text, "have the agent run and reach the server once");
        }
    };
    match document.trim_end().parse::<HandedOut>() {
        Err(error) => {
            let text = format!("the active policy cannot be read by this agent: {error}");
            Finding::problem("policy", text, "install a newer agent: it records nothing by what it cannot read")
        }
        Ok(told) => {
            let name = told.policy.name().to_owned();
            if told.policy == Policy::default() {
                let text = format!("the active policy is {name}: nothing is recorded");
                return Finding::problem(
                    "policy",
                    text,
                    "make another policy active at the server (console, Policies)",
                );
            }
            Finding::ok("policy", format!("the last policy that the server told is “{name}”"))
        }
    }
}

/// The displays on this machine, and whether they could be opened.
pub fn displays(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let excluded = |number| settings.exclude.iter().any(|name| sessions::display_number(name) == Some(number));
    let named: Vec<_> = settings.displays.iter().collect();
    let numbers: Vec<_> = if named.is_empty() {
        sessions::display_numbers().into_iter().map(|number| (number, None)).collect()
    } else {
        named.iter().filter_map(|one| Some((sessions::display_number(&one.name)?, one.xauthority.clone()))).collect()
    };
    for (number, xauthority) in numbers {
        if excluded(number) {
            findings.push(Finding::ok("displays", format!(":{number} is excluded by the configuration")));
            continue;
        }
        match sessions::look_at(number, !named.is_empty(), xauthority.as_deref()) {
            Look::Nobody if named.is_empty() => {}
            Look::Nobody => {
                let text = format!(":{number} is named in the configuration, and nothing serves it");
                findings.push(Finding::warning("displays", text, "start its X server, or correct `displays`"));
            }
            Look::NoDesktop(_) => findings.push(Finding::ok(
                "displays",
                format!(
                    ":{number} is served by something that shows no desktop; name it under `displays` to record it"
                ),
            )),
            Look::Desktop(desktop) => findings.push(openable(number, &desktop)),
        }
    }
    if findings.is_empty() {
        let text = "no X display was found on this machine";
        findings.push(Finding::warning(
            "displays",
            text,
            "log in to a desktop on X11; Wayland and text are not recorded",
        ));
    }
    findings
}

/// As root nothing is connected to: what X servers say is read by recorders alone, which have no rights.
fn openable(number: u32, desktop: &Desktop) -> Finding {
    let own = nix::unistd::geteuid();
    if !own.is_root() && own.as_raw() != desktop.uid {
        let text =
            format!(":{number} belongs to uid {}: an agent that is not root records its own user's alone", desktop.uid);
        return Finding::warning("displays", text, "run the agent as root to record it");
    }
    let Some(file) = &desktop.xauthority else {
        return Finding::ok("displays", format!(":{number} of uid {} needs no cookie", desktop.uid));
    };
    match sessions::read_cookie(file, number) {
        Ok(Some(_)) => {
            Finding::ok("displays", format!(":{number} of uid {} has a cookie in {}", desktop.uid, file.display()))
        }
        Ok(None) => Finding::warning(
            "displays",
            format!("{} holds no cookie for :{number}", file.display()),
            "name the right file under `displays` (xauthority), if it cannot be opened",
        ),
        Err(error) => Finding::problem(
            "displays",
            format!("the cookie of :{number} in {} cannot be read: {error}", file.display()),
            "mend the file, or name another under `displays` (xauthority)",
        ),
    }
}
