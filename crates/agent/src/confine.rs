//! What a recorder process gives up before it looks at a display: a recorded program must not gain anything by
//! attacking it.

use anyhow::Context as _;
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_keep_capabilities};

/// Descriptors a recorder needs: three standard ones, the display, shared memory, signals, and some to spare.
const MAX_DESCRIPTORS: u64 = 64;
/// Address space: several pictures of the greatest size with their codecs' tables.
const MAX_ADDRESS_BYTES: u64 = 6 << 30;
/// Address space of what watches the machine: some ten thousands of processes and folders.
const MAX_WATCHING_BYTES: u64 = 1 << 30;
/// Descriptors of what watches: the kernel opens files for whom it tells of them, some 170 at a time.
const MAX_WATCHING_DESCRIPTORS: u64 = 256;
/// The only files a recorder writes are shared memory for one picture.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// How a recorder is to run. Nothing secret may stand here: arguments can be read by everybody.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// User and group id to change to, without any other group
    #[arg(long, value_name = "UID")]
    pub run_as: Option<u32>,
    /// The group's id where it is another
    #[arg(long, value_name = "GID", requires = "run_as")]
    group: Option<u32>,
}

/// What a process may use at most.
pub struct Limits {
    /// Open files, sockets and pipes.
    pub descriptors: u64,
    /// Memory that it can address.
    pub address_bytes: u64,
    /// Size of a file that it writes.
    pub file_bytes: u64,
}

/// Gives up what a recorder does not need. The program changes its user itself, rather than being started as that user, because
/// the file it was started from may lie where that user cannot look.
///
/// # Errors
/// If anything cannot be given up: the recorder must then not go on.
pub fn give_up_privileges(arguments: &Arguments) -> anyhow::Result<()> {
    let limits = Limits { descriptors: MAX_DESCRIPTORS, address_bytes: MAX_ADDRESS_BYTES, file_bytes: MAX_FILE_BYTES };
    narrow(&limits, || {
        become_nobody(arguments)?;
        let uid = geteuid();
        let is_root_still = arguments.run_as.is_some() && setresuid(Uid::from_raw(0), uid, uid).is_ok();
        anyhow::ensure!(!is_root_still, "still root");
        Ok(())
    })
}

/// The same, but for some rights, as far as there are any to keep: [`keep_only`] gives up more of them.
///
/// # Errors
/// If anything cannot be given up: the process must then not go on.
pub fn give_up_all_but(rights: CapabilitySet, arguments: &Arguments) -> anyhow::Result<()> {
    let limits = Limits { descriptors: MAX_WATCHING_DESCRIPTORS, address_bytes: MAX_WATCHING_BYTES, file_bytes: 0 };
    narrow(&limits, || {
        set_keep_capabilities(true).context("cannot keep rights")?;
        become_nobody(arguments)?;
        keep_only(rights)
    })
}

/// Gives up every right but these.
///
/// # Errors
/// If that cannot be done.
pub fn keep_only(rights: CapabilitySet) -> anyhow::Result<()> {
    let kept = rights & capabilities(None).context("cannot ask for rights")?.permitted;
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    set_capabilities(None, sets).context("cannot give up rights")
}

fn become_nobody(arguments: &Arguments) -> anyhow::Result<()> {
    let Some(id) = arguments.run_as else { return Ok(()) };
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(arguments.group.unwrap_or(id)));
    setgroups(&[]).context("cannot leave the agent's groups")?;
    setresgid(gid, gid, gid).context("cannot change the group")?;
    setresuid(uid, uid, uid).context("cannot change the user")?;
    anyhow::ensure!(geteuid() == uid, "the user did not change");
    Ok(())
}

/// Limits the process, changes its user by `change_user`, and shuts the way back.
///
/// # Errors
/// If anything cannot be given up: the process must then not go on.
pub fn narrow(limits: &Limits, change_user: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    for (resource, limit) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, limits.descriptors),
        (Resource::RLIMIT_AS, limits.address_bytes),
        (Resource::RLIMIT_FSIZE, limits.file_bytes),
    ] {
        setrlimit(resource, limit, limit).with_context(|| format!("cannot limit {resource:?}"))?;
    }
    change_user()?;
    prctl::set_no_new_privs().context("cannot refuse new privileges")?;
    prctl::set_dumpable(false).context("cannot refuse to be traced")?;
    std::env::set_current_dir("/").context("cannot leave the agent's folder")
}
