//! What the process gives up that acts for a user.

use std::ffi::CString;

use anyhow::{Context as _, ensure};
use nix::unistd::{Gid, Uid, User, geteuid, initgroups, setgroups, setresgid, setresuid};

use crate::confine::{Limits, narrow};

/// Becomes a user, if one is named, with nothing that the user does not have.
///
/// # Errors
/// If anything cannot be given up: the process must then not go on.
pub fn act_for(run_as: Option<u32>, limits: &Limits) -> anyhow::Result<()> {
    narrow(limits, || run_as.map_or(Ok(()), become_user))
}

fn become_user(id: u32) -> anyhow::Result<()> {
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
    Ok(())
}
