//! How a session ended whose X server is gone: the user logged out, or the X server crashed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use recording::{End, EndReason};
use tokio::time::{Instant, sleep};

use crate::bounded::tail;
use crate::sessions::{self, DisplayServer};

/// How long xrdp's session manager may take to note how the X server ended.
const PATIENCE: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(200);

/// The end of a recording of this session. `sesman_log` is given where xrdp's session manager started the X server and notes its
/// end.
pub async fn of(server: &DisplayServer, sesman_log: Option<&Path>) -> End {
    let number = sessions::display_number(&server.display).unwrap_or_default();
    let crashed = if left_behind(number, server.process.pid) {
        Some("it was killed".to_owned())
    // The session manager asks when the session's first program ends, which can be long after the X server has.
    } else if let Some(how) = server.process.outcome().and_then(in_words) {
        Some(how)
    } else if let Some(log) = sesman_log {
        noted(log, server.process.pid).await
    } else {
        None
    };
    match crashed {
        Some(how) => end(EndReason::Lost, format!("the X server crashed: {how}")),
        None => end(EndReason::Logout, "the X server has ended".to_owned()),
    }
}

fn end(reason: EndReason, text: String) -> End {
    End { reason, text, successor: None }
}

/// An X server that can still do anything removes its lock and its socket, whatever ends it.
fn left_behind(number: u32, pid: u32) -> bool {
    let lock = PathBuf::from(format!("/tmp/.X{number}-lock"));
    let locked = || tail(&lock, 64).is_ok_and(|holder| holder.trim() == pid.to_string());
    sessions::is_abandoned(number) || locked()
}

/// What the session manager notes of the X server with this number, if it is a crash.
async fn noted(log: &Path, pid: u32) -> Option<String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let path = log.to_owned();
        let read = tokio::task::spawn_blocking(move || tail(&path, 64 << 10)).await;
        let outcome = read.ok()?.ok().and_then(|log| outcome_in(&log, pid));
        if let Some(outcome) = outcome {
            return in_words(outcome);
        }
        if Instant::now() >= until {
            return None;
        }
        sleep(POLL).await;
    }
}

/// A crash in words, from exit code and signal.
fn in_words(outcome: (u32, u32)) -> Option<String> {
    match outcome {
        (_, signal) if signal != 0 => Some(format!("signal {signal}")),
        (code, _) if code != 0 => Some(format!("exit code {code}")),
        _ => None,
    }
}

/// Exit code and signal.
fn outcome_in(log: &str, pid: u32) -> Option<(u32, u32)> {
    let of_process = format!("(pid {pid}) returned exit code ");
    log.lines().rev().filter(|line| line.contains("X server on display ")).find_map(|line| {
        let (_, outcome) = line.split_once(&of_process)?;
        let (code, signal) = outcome.split_once(" and signal number ")?;
        Some((code.parse().ok()?, signal.trim().parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_manager_tells_a_crash_from_an_end() {
        let log = "[d] [INFO ] X server on display 11 (pid 26485) returned exit code 255 and signal number 11\n\
            [d] [INFO ] X server on display 12 (pid 7) returned exit code 0 and signal number 0\n\
            [d] [INFO ] X server on display 12 (pid 8) returned exit code";
        assert_eq!(outcome_in(log, 26_485), Some((255, 11)));
        assert_eq!(outcome_in(log, 7), Some((0, 0)));
        assert_eq!(outcome_in(log, 8), None);
        assert_eq!(outcome_in(log, 5), None);
    }
}
