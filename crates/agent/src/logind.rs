//! What systemd's login manager knows, where it runs: asked with `busctl`, which comes with it, over the system bus.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::bounded_program::{self, Question};

const BUSCTL: &str = "/usr/bin/busctl";
/// There where the login manager keeps sessions.
const SESSIONS: &str = "/run/systemd/sessions";
const ADDRESS: &str = "DBUS_SYSTEM_BUS_ADDRESS";
const LOGIND: &str = "org.freedesktop.login1";
const MANAGER: &str = "/org/freedesktop/login1";

/// What `busctl --json=short` prints.
#[derive(Deserialize)]
struct Printed<T> {
    data: T,
}

/// A session as the login manager knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The host that the user came from; `None` if the session is not remote.
    pub remote_host: Option<String>,
    /// The seat, such as `seat0`; `None` if it has none.
    pub seat: Option<String>,
}

/// The session that a process belongs to. `None` where the login manager does not run, or knows none.
pub fn login_of(pid: u32) -> Option<Login> {
    if !runs() {
        return None;
    }
    let pid = pid.to_string();
    let (path,): (String,) =
        ask(&["call", LOGIND, MANAGER, "org.freedesktop.login1.Manager", "GetSessionByPID", "u", &pid])?;
    let property = |name| ["get-property", LOGIND, path.as_str(), "org.freedesktop.login1.Session", name];
    let remote: bool = ask(&property("Remote"))?;
    let host: String = ask(&property("RemoteHost"))?;
    let (seat, _): (String, String) = ask(&property("Seat"))?;
    Some(Login {
        remote_host: Some(host).filter(|host| remote && is_name(host)),
        seat: Some(seat).filter(|seat| is_name(seat)),
    })
}

/// Whether the machine is about to be switched off or started again.
pub fn is_machine_ending() -> bool {
    let preparing = ["get-property", LOGIND, MANAGER, "org.freedesktop.login1.Manager", "PreparingForShutdown"];
    let system = "org.freedesktop.systemd1";
    let state =
        ["get-property", system, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "SystemState"];
    runs() && (ask(&preparing) == Some(true) || ask::<String>(&state).as_deref() == Some("stopping"))
}

fn runs() -> bool {
    Path::new(BUSCTL).exists() && Path::new(SESSIONS).exists()
}

fn is_name(text: &str) -> bool {
    (1..=protocol::limits::MAX_NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn ask<T: DeserializeOwned>(words: &[&str]) -> Option<T> {
    let arguments: Vec<&str> =
        ["--system", "--json=short", "--no-pager", "--timeout=2"].iter().chain(words).copied().collect();
    let address = std::env::var(ADDRESS).ok();
    let environment: Vec<_> = address.iter().map(|address| (ADDRESS, address.as_str())).collect();
    let program = Path::new(BUSCTL);
    let question = Question { program, arguments: &arguments, input: &[], environment: &environment, uid: None };
    match bounded_program::ask(&question) {
        Ok(said) => serde_json::from_slice::<Printed<T>>(&said).ok().map(|printed| printed.data),
        Err(error) => {
            tracing::debug!("the login manager does not say: {error:#}");
            None
        }
    }
}
