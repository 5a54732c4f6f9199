//! Finds people at terminals: on a console, by SSH. They are listed; they are not recorded yet.

use std::os::unix::fs::MetadataExt as _;

use detect::process::{Stat, all, own_name};
use nix::unistd::{SysconfVar, Uid, User, sysconf};
use serde::{Deserialize, Serialize};

use super::client;

/// Programs that let somebody in and start the person's shell.
const DOORS: &[&str] = &["login", "sshd", "sshd-session", "in.telnetd"];
/// Processes that are looked at, and logins that are listed.
const MAX_PROCESSES: usize = 100_000;
const MAX_LOGINS: usize = 1_024;

/// Somebody at a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalLogin {
    /// The user's name, or number where there is none.
    pub user: String,
    /// Such as `pts/3`.
    pub terminal: String,
    /// The process that was started for the login, most often a shell.
    pub pid: u32,
    /// When, in seconds since 1970 UTC.
    pub since_unix: u64,
    /// From where, if over the network and known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_address: Option<String>,
}

/// Everybody at a terminal, by process. A login is a process at a terminal that was started by a program that lets people in, and
/// one of the two leads the terminal's session; terminals in windows are no logins.
pub fn terminal_logins() -> Vec<TerminalLogin> {
    let clock = Clock::read();
    let mut logins: Vec<_> = all().take(MAX_PROCESSES).filter_map(|pid| login(pid, &clock)).take(MAX_LOGINS).collect();
    logins.sort_unstable_by_key(|login| login.pid);
    logins
}

fn login(pid: u32, clock: &Clock) -> Option<TerminalLogin> {
    let stat = Stat::of(pid)?;
    let door = stat.parent;
    // On a console it is `login` itself that leads the terminal's session.
    if (stat.session != pid && stat.session != door) || !stat.lives || !is_door(door) {
        return None;
    }
    let terminal = terminal_name(stat.terminal)?;
    let uid = std::fs::metadata(format!("/proc/{pid}")).ok()?.uid();
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    let from = [Some(door), Stat::of(door).map(|door| door.parent)].into_iter().flatten().find_map(client::far_end);
    Some(TerminalLogin {
        user: user.map_or_else(|| uid.to_string(), |user| user.name),
        terminal,
        pid,
        since_unix: clock.unix_of(stat.started_ticks),
        client_address: from.map(|address| address.to_string()),
    })
}

/// Whether a process runs one of the programs that let people in, from a file of root's.
fn is_door(pid: u32) -> bool {
    let of_system = || std::fs::metadata(format!("/proc/{pid}/exe")).is_ok_and(|program| program.uid() == 0);
    DOORS.contains(&own_name(pid).as_str()) && of_system()
}

/// The name of a terminal by the number that /proc gives it: major and minor device number.
fn terminal_name(number: i64) -> Option<String> {
    let number = u64::try_from(number).ok().filter(|number| *number > 0)?;
    let (major, minor) = (number >> 8 & 0xfff, number & 0xff | number >> 12 & 0xfff00);
    match (major, minor) {
        (4, 0..64) => Some(format!("tty{minor}")),
        (4, 64..) => Some(format!("ttyS{}", minor - 64)),
        (136..=143, _) => Some(format!("pts/{}", (major - 136) * 256 + minor)),
        _ => Some(format!("{major}:{minor}")),
    }
}

/// From the kernel's ticks since boot to the clock on the wall.
struct Clock {
    boot_unix: u64,
    ticks_per_second: u64,
}

impl Clock {
    fn read() -> Self {
        let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let boot = stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok());
        let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten().and_then(|ticks| u64::try_from(ticks).ok());
        Self { boot_unix: boot.unwrap_or_default(), ticks_per_second: ticks.unwrap_or(100).max(1) }
    }

    fn unix_of(&self, ticks: u64) -> u64 {
        self.boot_unix.saturating_add(ticks / self.ticks_per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_have_the_names_that_people_know() {
        for (number, name) in [
            (0, None),
            (-1, None),
            (1_025, Some("tty1")),
            (4 << 8 | 64, Some("ttyS0")),
            (136 << 8 | 3, Some("pts/3")),
            (137 << 8 | 1, Some("pts/257")),
            (5 << 8 | 1, Some("5:1")),
        ] {
            assert_eq!(terminal_name(number).as_deref(), name, "{number}");
        }
    }
}
