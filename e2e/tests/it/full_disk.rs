//! Full disks: declared in the catalogue and to the operator, ended by space, and never the end of a session.
//! A size-limited file system needs root; without it these tests say so and pass.

use std::path::PathBuf;
use std::process::Command;

use anyhow::ensure;
use api::RecordingState;

use crate::deployment::Deployment;
use crate::process::wait_for;

/// A file system of a fixed size, gone when dropped.
pub struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// `None` where the right to mount is missing.
    pub fn mount(path: PathBuf, size_kib: u32) -> anyhow::Result<Option<Self>> {
        std::fs::create_dir_all(&path)?;
        let option = format!("size={size_kib}k,mode=0755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &option, "tmpfs"]).arg(&path).output()?;
        if !mounted.status.success() {
            eprintln!("left out: no right to mount a small disk here");
            return Ok(None);
        }
        Ok(Some(Self { path }))
    }

    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Everybody may write on it, as in /tmp.
    pub fn open_to_all(&self) -> anyhow::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        Ok(std::fs::set_permissions(&self.path, std::fs::Permissions::from_mode(0o1777))?)
    }

    fn grow(&self, size_kib: u32) -> anyhow::Result<()> {
        let option = format!("remount,size={size_kib}k");
        ensure!(Command::new("mount").args(["-o", &option]).arg(&self.path).status()?.success());
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a program that is about to be killed may still hold a file here.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

fn scratch() -> anyhow::Result<(tempfile::TempDir, PathBuf)> {
    let scratch = tempfile::Builder::new().prefix("kinescope-e2e-").tempdir()?;
    let small = scratch.path().join("small");
    Ok((scratch, small))
}

#[test]
fn a_full_server_disk_is_declared_and_recording_goes_on_when_there_is_space() -> anyhow::Result<()> {
    let (scratch, small) = scratch()?;
    let agent_state = scratch.path().join("agent");
    let Some(disk) = SmallDisk::mount(small.clone(), 3_000)? else { return Ok(()) };
    let mut deployment = Deployment::in_folders(scratch, small.join("server"), agent_state)?;
    deployment.desktop.as_mut().unwrap().busy_terminal("0.02")?;
    deployment.start_agent()?;
    let person = deployment.person()?;
    person.wait_for_state(RecordingState::Live)?;
    wait_for("the operator to be told of the full disk", || told_of_full_disk(&person.diagnostics()?))?;
    ensure!(deployment.agent.as_mut().unwrap().running(), "a full disk of the server ended the agent");
    // Nobody is locked out by it (a known failure of others).
    let person = deployment.person()?;
    let full = person.only_recording()?.unwrap().size_bytes;

    disk.grow(200_000)?;
    person.wait_for_size(full + 200_000)?;
    deployment.desktop.take().unwrap().end()?;
    person.wait_for_state(RecordingState::Finished)?;
    deployment.verify_all()
}

#[test]
fn a_full_agent_disk_is_declared_as_a_gap_and_harms_no_session() -> anyhow::Result<()> {
    let (scratch, small) = scratch()?;
    let server_data = scratch.path().join("server");
    let Some(disk) = SmallDisk::mount(small.clone(), 1_500)? else { return Ok(()) };
    let mut deployment = Deployment::in_folders(scratch, server_data, small.join("agent"))?;
    deployment.desktop.as_mut().unwrap().busy_terminal("0.02")?;
    deployment.start_agent()?;
    deployment.person()?.wait_for_state(RecordingState::Live)?;
    deployment.server.take().unwrap().kill()?;
    wait_for("the agent to say that its disk is full", || {
        Ok(deployment.agent.as_ref().unwrap().log().contains("No space left on device").then_some(()))
    })?;
    ensure!(deployment.agent.as_mut().unwrap().running(), "a full disk ended the agent");

    disk.grow(200_000)?;
    deployment.start_server()?;
    let person = deployment.person()?;
    wait_for("the operator to be told of the full disk", || told_of_full_disk(&person.diagnostics()?))?;
    wait_for("the gap to be declared in the catalogue", || {
        Ok(person.only_recording()?.filter(|item| !item.notices.is_empty()))
    })?;
    deployment.desktop.take().unwrap().end()?;
    person.wait_for_state(RecordingState::Finished)?;
    deployment.verify_all()
}

fn told_of_full_disk(diagnostics: &str) -> anyhow::Result<Option<()>> {
    let text = diagnostics.to_lowercase();
    Ok((text.contains("full") || text.contains("no space")).then_some(()))
}
