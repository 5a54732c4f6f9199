//! Real programs at work, recorded, and compared at ten moments.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::desktop::Desktop;
use crate::exact::assert_exact;
use crate::process::{Program, own};

const MOMENTS: u32 = 10;

/// The work that is recorded, and how long it goes on between two moments.
fn workload() -> (PathBuf, Duration) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let given = std::env::var_os("KINESCOPE_WORKLOAD").map(PathBuf::from);
    let long = given.unwrap_or_else(|| root.join("../shared/workload/desk.sh"));
    if long.exists() {
        (long, Duration::from_secs(14))
    } else {
        (root.join("benches/desk.sh"), Duration::from_millis(3500))
    }
}

#[test]
#[ignore = "takes four minutes; scripts/test-e2e.sh runs it"]
fn ten_moments_of_real_work_are_exact() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut desktop = Desktop::start(folder.path(), 1920, 1080)?;
    desktop.client("openbox", &[])?;
    let file = folder.path().join("desk.kin");
    let mut recorder = own("kinescope-agent")?;
    recorder.args(["record", "--display", &desktop.display, "-o"]).arg(&file).env("XAUTHORITY", &desktop.authority);
    let recorder = Program::start("recorder", folder.path(), &mut recorder)?;

    let (script, pause) = workload();
    let script = script.to_str().context("the workload's path is no text")?.to_owned();
    desktop.client("bash", &[&script, &desktop.display.clone()])?;
    let mut pictures = Vec::new();
    for moment in 1..=MOMENTS {
        std::thread::sleep(pause);
        let shown = assert_exact(&desktop.display, &desktop.authority, &file, &format!("moment {moment}"))?;
        if !pictures.contains(&shown) {
            pictures.push(shown);
        }
    }
    ensure!(pictures.len() >= 5, "the desktop showed {} different pictures: is it at work?", pictures.len());
    let status = recorder.terminate()?;
    ensure!(status.success(), "the recorder ended with {status}");
    let verified = own("kinescope")?.arg("verify").arg(&file).output()?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    desktop.end()
}
