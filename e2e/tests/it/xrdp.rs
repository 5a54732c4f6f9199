//! A desktop that a person reaches by RDP: xrdp, a real Xorg that runs as that person, and FreeRDP as the client. Recorded by
//! root with the person's cookie, through a disconnect and a reconnect with another size.

use anyhow::ensure;
use nix::unistd::geteuid;

use crate::desktop::Desktop;
use crate::exact::assert_exact;
use crate::process::{Program, own, wait_for};
use crate::remote::{Person, Xrdp};

/// What runs in the session: text that goes on and on.
const SESSION: &str =
    "exec xterm -geometry 90x30 -e sh -c 'while :; do date; ls -l /usr/bin | head -40; sleep 0.3; done'\n";

#[test]
#[ignore = "adds a user to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn a_remote_desktop_is_recorded_exactly_through_reconnects() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can start sessions of others");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let person = Person::add("e2e", SESSION)?;
    let xrdp = Xrdp::start(folder.path())?;

    let mut desk = Desktop::start(folder.path(), 1400, 1000)?;
    person.connect(&mut desk, xrdp.port, "1024x768", "desk-a")?;
    let display = wait_for("a display of the person", || person.display())?;
    let authority = person.home.join(".Xauthority");
    let file = folder.path().join("remote.kin");
    let mut recorder = own("kinescope-agent")?;
    recorder.args(["record", "--display", &display, "-o"]).arg(&file).env("XAUTHORITY", &authority);
    let recorder = wait_for("the recording to begin", || {
        let mut started = Program::start("recorder", folder.path(), &mut recorder)?;
        std::thread::sleep(std::time::Duration::from_secs(1));
        // The socket is there a moment before the server lets anybody in.
        Ok(started.running().then_some(started))
    })?;
    std::thread::sleep(std::time::Duration::from_secs(2));
    let first = assert_exact(&display, &authority, &file, "connected")?;
    ensure!((first.width, first.height) == (1024, 768), "{}×{}", first.width, first.height);

    desk.end_clients();
    person.connect(&mut desk, xrdp.port, "800x600", "desk-b")?;
    wait_for("the new size", || {
        let now = crate::picture::Picture::of_server(&display, &authority)?;
        Ok(((now.width, now.height) == (800, 600)).then_some(()))
    })?;
    assert_exact(&display, &authority, &file, "reconnected")?;
    ensure!(recorder.terminate()?.success(), "the recording ended in failure");
    let verified = own("kinescope")?.arg("verify").arg(&file).output()?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    Ok(())
}
