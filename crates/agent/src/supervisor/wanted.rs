//! What the sessions that are recorded want to know of the machine.

use std::path::PathBuf;

use events::Logging;
use nix::unistd::{Uid, User};

use super::Context;
use crate::host_watch::{MAX_LISTS, Wanted, settings};
use crate::programs::Names;

/// Where accounts are kept.
const ACCOUNTS: &str = "/etc";
/// Where dpkg keeps its record of packages.
const PACKAGES: &str = "/var/lib/dpkg";
/// Where rpm keeps its record of packages.
const RPMS: &str = "/var/lib/rpm";
/// Where flatpak keeps what is installed for all.
const FLATPAKS: &str = "/var/lib/flatpak";
/// Where the kernel says what devices are.
const DEVICES: &str = "/sys";
/// Where CUPS keeps what is printed.
pub const PRINTED: &str = "/var/spool/cups";
/// Where dconf keeps a user's settings, below the user's home.
const SETTINGS: &str = ".config/dconf";

/// What the sessions that are recorded want together.
pub fn wanted(context: &Context) -> Wanted {
    let mut wanted = Wanted::default();
    for session in context.running.all() {
        let state = session.state();
        if state.recording.is_none() {
            continue;
        }
        let names = names(&state.logging);
        if !state.logging.folders.is_empty() && !wanted.folders.contains(&state.logging.folders) {
            if wanted.folders.len() < MAX_LISTS {
                wanted.folders.push(state.logging.folders.clone());
            } else {
                tracing::warn!("sessions have too many different lists of folders: not all are told");
            }
        }
        if !state.logging.configuration.is_empty() && !wanted.configuration.contains(&state.logging.configuration) {
            if wanted.configuration.len() < MAX_LISTS {
                wanted.configuration.push(state.logging.configuration.clone());
            } else {
                tracing::warn!("sessions have too many different lists of configuration: not all are told");
            }
        }
        if settings(&state.logging.configuration).next().is_some() {
            wanted.settings.extend(database(session.desktop.uid));
        }
        wanted.failures |= state.logging.program_failures;
        wanted.connections |= state.logging.connections;
        wanted.accounts = wanted.accounts.or_else(|| state.logging.accounts.then(|| ACCOUNTS.into()));
        wanted.packages = wanted.packages.or_else(|| state.logging.packages.then(|| PACKAGES.into()));
        wanted.rpms = wanted.rpms.or_else(|| state.logging.packages.then(|| RPMS.into()));
        wanted.flatpaks = wanted.flatpaks.or_else(|| state.logging.packages.then(|| FLATPAKS.into()));
        wanted.usb_storage = wanted.usb_storage.or_else(|| state.logging.usb_storage.then(|| DEVICES.into()));
        wanted.client_drives |= state.logging.client_drives || state.logging.transfers;
        wanted.printing = wanted.printing.or_else(|| state.logging.printing.then(|| PRINTED.into()));
        if !state.logging.programs.is_empty() && !wanted.programs.contains(&names) {
            if wanted.programs.len() == MAX_LISTS {
                tracing::warn!("sessions have too many different lists of programs: not all are told");
                continue;
            }
            wanted.programs.push(names);
        }
    }
    wanted
}

/// A session's list of programs.
pub fn names(logging: &Logging) -> Names {
    Names::new(logging.programs.iter())
}

/// Where a user's settings are kept.
fn database(uid: u32) -> Option<(u32, PathBuf)> {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten()?;
    Some((uid, user.dir.join(SETTINGS)))
}
