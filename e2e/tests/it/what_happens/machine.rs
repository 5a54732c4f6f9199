//! What happens to the machine: its packages and printers, and whom its programs connect to.

use std::net::TcpListener;
use std::process::Command;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use super::deed::Deed;
use super::deed::Does::{Root, Shell};
use super::deed::Told;
use super::deed::When::Within;
use crate::cups::Cups;

/// Two versions of a package, of nothing.
const PACKAGE: &str = "for version in 1.0-1 1.1-1; do mkdir -p tiny/DEBIAN; \
    printf 'Package: kinescope-e2e-tiny\\nVersion: %s\\nArchitecture: all\\nMaintainer: M <m@example.org>\\nDescription: d\\n' \
    $version > tiny/DEBIAN/control; dpkg-deb --build tiny $version.deb > dpkg-deb.log; done";

/// Files are left alone for so long before they are compared.
pub const REST: u64 = 500;
/// Who did it.
pub const ROOT: (&str, &str) = ("by", "root");

/// What is there to be done something with. It leaves the machine as it was.
pub struct Machine {
    pub cups: Cups,
    /// Where packages are.
    pub packages: TempDir,
    /// An account that comes and goes.
    pub clerk: String,
    /// A group that does.
    pub team: String,
    /// Somebody who lets in and says nothing.
    _silent: TcpListener,
    pub port: u16,
}

impl Machine {
    pub fn new() -> anyhow::Result<Self> {
        let cups = Cups::start().context("cupsd and lp are needed: scripts/setup.sh test installs them")?;
        let packages = tempfile::tempdir()?;
        let built = Command::new("sh").args(["-ec", PACKAGE]).current_dir(packages.path()).status()?;
        ensure!(built.success(), "dpkg-deb: {built}");
        let silent = TcpListener::bind("127.0.0.1:0")?;
        let port = silent.local_addr()?.port();
        let number = std::process::id();
        let (clerk, team) = (format!("kinescope-clerk-{number}"), format!("kinescope-team-{number}"));
        Ok(Self { cups, packages, clerk, team, _silent: silent, port })
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // What a run that failed has left; of one that has not, nothing is there.
        let (clerk, team) = (&self.clerk, &self.team);
        let script = format!(
            "userdel {clerk}; userdel {clerk}-2; groupdel {team}; groupdel {team}-2; dpkg --purge kinescope-e2e-tiny"
        );
        let _ = Command::new("sh").args(["-c", &script]).output();
    }
}

/// What dpkg is told of, and by whom it was done.
const TINY: [(&str, &str); 4] = [("package", "kinescope-e2e-tiny"), ("manager", "dpkg"), ROOT, ("program", "…/dpkg")];

pub const PACKAGES: &[Deed] = &[
    Deed {
        what: "a package is installed",
        how: Root("dpkg --install \"$PACKAGES/1.0-1.deb\""),
        told: &[Told(
            "package-changed",
            &[TINY[0], TINY[1], TINY[2], TINY[3], ("change", "installed"), ("version", "1.0-1"), ("process", "")],
            Within(REST),
        )],
    },
    Deed {
        what: "it is updated",
        how: Root("dpkg --install \"$PACKAGES/1.1-1.deb\""),
        told: &[Told(
            "package-changed",
            &[TINY[0], TINY[1], TINY[2], ("change", "updated"), ("from", "1.0-1"), ("version", "1.1-1")],
            Within(REST),
        )],
    },
    Deed {
        what: "it is removed",
        how: Root("dpkg --purge kinescope-e2e-tiny"),
        told: &[Told(
            "package-changed",
            &[TINY[0], TINY[1], TINY[2], ("change", "removed"), ("from", "1.1-1")],
            Within(REST),
        )],
    },
];

/// CUPS notes what became of a job a second later, here also of one that waits.
const NOTED: u64 = 2_000;

pub const PRINTING: &[Deed] = &[
    Deed {
        what: "something is printed",
        how: Shell("echo 'Dear Sir or Madam,' > letter.txt; lp -d office -n 2 -t 'Quarterly figures' letter.txt"),
        told: &[
            Told(
                "print-job",
                &[
                    ("change", "printed"),
                    ("job", ""),
                    ("title", "Quarterly figures"),
                    ("document", "letter.txt"),
                    ("printer", "office"),
                    ("user", "{person}"),
                    ("copies", "2"),
                    ("pages", "6"),
                    ("size", "19"),
                ],
                Within(NOTED),
            ),
            Told(
                "document-kept",
                &[("name", "letter.txt"), ("size", "19"), ("job", ""), ("sha256", ""), ("from_us", ""), ("number", "")],
                Within(NOTED),
            ),
        ],
    },
    Deed {
        what: "something waits to be printed",
        how: Shell("lp -d later -t 'Not now' letter.txt"),
        told: &[Told("print-job", &[("change", "queued"), ("title", "Not now"), ("printer", "later")], Within(NOTED))],
    },
    Deed {
        what: "it is cancelled",
        how: Shell("cancel -a later"),
        told: &[Told("print-job", &[("change", "cancelled"), ("title", "Not now")], Within(NOTED))],
    },
    Deed {
        what: "printing fails",
        how: Shell("lp -d broken -t 'In vain' letter.txt"),
        told: &[Told("print-job", &[("change", "failed"), ("title", "In vain")], Within(NOTED))],
    },
];

/// A client is looked at soon after it starts, and then ever less often.
const LOOKED_AT: u64 = 1_000;
const THERE: [(&str, &str); 3] = [("address", "127.0.0.1"), ("port", "{silent}"), ("process", "")];

pub const CONNECTIONS: &[Deed] = &[
    Deed {
        what: "a shell elsewhere is reached",
        how: Shell("ssh -F none -o BatchMode=yes -p \"$SILENT\" 127.0.0.1 & echo $! > connected"),
        told: &[Told(
            "connection",
            &[("protocol", "ssh"), THERE[0], THERE[1], THERE[2], ("program", "…/ssh")],
            Within(LOOKED_AT),
        )],
    },
    Deed {
        what: "a desktop elsewhere (VNC)",
        how: Shell("kill $(cat connected); xtigervncviewer \"127.0.0.1::$SILENT\" & echo $! > connected"),
        told: &[Told(
            "connection",
            &[("protocol", "vnc"), THERE[0], THERE[1], THERE[2], ("program", "…/xtigervncviewer")],
            Within(LOOKED_AT),
        )],
    },
    Deed {
        what: "a desktop elsewhere (RDP)",
        how: Shell("kill $(cat connected); xfreerdp \"/v:127.0.0.1:$SILENT\" /cert:ignore & echo $! > connected"),
        told: &[Told(
            "connection",
            &[("protocol", "rdp"), THERE[0], THERE[1], THERE[2], ("program", "…/xfreerdp")],
            Within(LOOKED_AT),
        )],
    },
    Deed { what: "it is given up", how: Shell("kill $(cat connected)"), told: &[] },
];
