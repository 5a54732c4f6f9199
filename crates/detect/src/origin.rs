//! Where a process comes from, as far as it can be told from itself.

use serde::{Deserialize, Serialize};

use crate::bounded;

/// Bytes of an environment that are looked at.
const MAX_ENVIRONMENT_BYTES: u64 = 256 << 10;
/// Displays have shorter names.
const MAX_DISPLAY_BYTES: usize = 64;
/// What the kernel gives processes that no login started.
const NO_LOGIN: u32 = u32::MAX;

/// The user, login and display that a process belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its user. Who became root, or somebody else, is still who began.
    pub uid: u32,
    /// The login that it came from, as the kernel's audit keeps it: it cannot be changed without privileges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<u32>,
    /// What `DISPLAY` was in the environment that it, or one of its ancestors, was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Origin {
    /// That of the process that has this number now, by itself alone. `None`: there is none.
    pub fn of(pid: u32) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let uid = std::fs::metadata(format!("/proc/{pid}")).ok()?.uid();
        Some(Self { uid, login: login(pid), display: display(pid) })
    }

    /// The same of a process whose parent came from elsewhere: what is not known of it is as with that.
    #[must_use]
    pub fn below(self, parent: &Self) -> Self {
        Self {
            uid: if parent.uid == 0 { self.uid } else { parent.uid },
            login: self.login.or(parent.login),
            display: self.display.or_else(|| parent.display.clone()),
        }
    }
}

fn login(pid: u32) -> Option<u32> {
    let login = bounded::text(&format!("/proc/{pid}/sessionid"), 16);
    login.trim().parse().ok().filter(|login| *login != NO_LOGIN)
}

fn display(pid: u32) -> Option<String> {
    let environment = bounded::bytes(&format!("/proc/{pid}/environ"), MAX_ENVIRONMENT_BYTES);
    let display = environment.split(|byte| *byte == 0).find_map(|variable| variable.strip_prefix(b"DISPLAY="))?;
    let display = std::str::from_utf8(display).ok()?;
    (display.len() <= MAX_DISPLAY_BYTES).then(|| display.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(uid: u32, login: Option<u32>, display: Option<&str>) -> Origin {
        Origin { uid, login, display: display.map(str::to_owned) }
    }

    #[test]
    fn what_a_process_does_not_say_its_parent_does() {
        let ana = origin(1_000, Some(4), Some(":10"));
        assert_eq!(origin(1_000, None, None).below(&ana), ana);
        assert_eq!(origin(0, None, None).below(&ana), ana, "who became root is still ana");
        assert_eq!(ana.clone().below(&origin(0, None, None)), ana, "root's login program became ana");
        assert_eq!(origin(1_000, Some(5), Some(":11")).below(&ana), origin(1_000, Some(5), Some(":11")));
    }
}
