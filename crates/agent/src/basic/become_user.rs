//! What the process gives up that acts for a user.

use anyhow::{Context as _, ensure};
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, User, geteuid, initgroups, setgroups, setresgid, setresuid};
use std::ffi::CString;

const MAX_DESCRIPTORS: u64 = 32;
const MAX_ADDRESS_BYTES: u64 = 1 << 30;
/// More than any recording may have.
const MAX_FILE_BYTES: u64 = 8 << 30;

/// Becomes a user, if one is named, with nothing that the user does not have.
///
/// # Errors
/// If anything cannot be given up: the process must then not go on.
pub fn give_up_privileges(run_as: Option<u32>) -> anyhow::Result<()> {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    for (resource, limit) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, MAX_DESCRIPTORS),
        (Resource::RLIMIT_AS, MAX_ADDRESS_BYTES),
        (Resource::RLIMIT_FSIZE, MAX_FILE_BYTES),
    ] {
        setrlimit(resource, limit, limit).with_context(|| format!("cannot limit {resource:?}"))?;
    }
    if let Some(id) = run_as {
        let uid = Uid::from_raw(id);
        match User::from_uid(uid).ok().flatten() {
            Some(user) => {
                initgroups(&CString::new(user.name)?, user.gid).context("cannot take the user's groups")?;
                setresgid(user.gid, user.gid, user.gid).context("cannot change the group")?;
            }
            // A user that the database does not know has no group but that of the same number, which nobody has.
            None => {
                let gid = Gid::from_raw(id);
                setgroups(&[]).context("cannot leave the agent's groups")?;
                setresgid(gid, gid, gid).context("cannot change the group")?;
            }
        }
        setresuid(uid, uid, uid).context("cannot change the user")?;
        ensure!(geteuid() == uid, "still another user");
        ensure!(uid.is_root() || setresuid(Uid::from_raw(0), uid, uid).is_err(), "still root");
    }
    prctl::set_no_new_privs().context("cannot refuse new privileges")?;
    prctl::set_dumpable(false).context("cannot refuse to be traced")?;
    std::env::set_current_dir("/").context("cannot leave the agent's folder")
}
