//! What somebody does at a desktop.

use anyhow::ensure;

use super::deed::Deed;
use super::deed::Does::{By, Key, Shell};
use super::deed::Told;
use super::deed::When::{AtOnce, Within};
use super::scene::Scene;
use crate::process::wait_for;
use crate::remote::PASSWORD;

/// Nothing else on the screen has this colour.
pub const CANARY: u32 = 0x00c0_ffee;
/// The deed that shows it.
pub const SHOWS_CANARY: &str = "a window is opened";

/// The words in a dialog are waited for, and so is the title of a page.
const WORDS: u64 = 3_000;
/// Browsers are looked for every three seconds, their pages once a second, and they have one to answer.
const NEW_BROWSER: u64 = 5_000;

pub const AT_WORK: &[Deed] = &[
    Deed {
        what: "a program says something",
        how: Shell("\"$KINESCOPE\" event --type payment-approved --text 'Invoice 4711'"),
        told: &[Told(
            "custom",
            &[
                ("type", "payment-approved"),
                ("text", "payment-approved: Invoice 4711"),
                ("program", "…/kinescope-agent"),
                ("user", "{person}"),
            ],
            AtOnce,
        )],
    },
    Deed {
        what: SHOWS_CANARY,
        how: Shell(
            "xterm -bg '#c0ffee' -T 'Quarterly figures' -e sleep 600 & \
             shown 'Quarterly figures'",
        ),
        told: &[Told(
            "topmost-window",
            &[("title", "Quarterly figures"), ("program", "…/xterm"), ("process", "")],
            AtOnce,
        )],
    },
    Deed {
        what: "text is copied",
        how: Shell("printf 'a copied line' | xclip -quiet -selection clipboard & copied UTF8_STRING"),
        told: &[Told(
            "clipboard",
            &[("type", "text"), ("content", "a copied line"), ("bytes", "13"), ("program", "…/xclip"), ("process", "")],
            AtOnce,
        )],
    },
    Deed {
        what: "a listed program is started",
        how: Shell("xclock -update 7 & echo $! > clock"),
        told: &[Told(
            "program-start",
            &[
                ("program", "…/xclock"),
                ("command", "xclock -update 7"),
                ("process", ""),
                ("parent", ""),
                ("parent_program", "…/dash"),
            ],
            AtOnce,
        )],
    },
    Deed {
        what: "files are copied",
        how: Shell(
            "printf 'file:///etc/hosts\\r\\n' | xclip -quiet -selection clipboard -t text/uri-list & copied text/uri-list",
        ),
        told: &[Told(
            "clipboard",
            &[("type", "file"), ("paths", "/etc/hosts"), ("files", "1"), ("program", "…/xclip")],
            AtOnce,
        )],
    },
    Deed {
        what: "a shell ends with an error",
        how: Shell("! sh -c 'sleep 0.5; exit 3'"),
        told: &[
            Told("program-start", &[("command", "sh -c 'sleep 0.5; exit 3'"), ("program", "…/dash")], AtOnce),
            Told("program-end", &[("program", "…/dash"), ("process", ""), ("status", "3"), ("ran_ms", "")], AtOnce),
        ],
    },
    Deed {
        what: "a picture is copied",
        how: Shell("printf 'a picture' | xclip -quiet -selection clipboard -t image/png & copied image/png"),
        told: &[Told("clipboard", &[("type", "bitmap"), ("program", "…/xclip")], AtOnce)],
    },
    Deed {
        what: "a program crashes",
        how: Shell("! sh -c 'sleep 0.3; kill -SEGV $$'"),
        told: &[Told("program-failed", &[("program", "…/dash"), ("signal", "SIGSEGV"), ("process", "")], AtOnce)],
    },
    Deed {
        what: "a program asks something",
        how: Shell(
            "zenity --question --title 'Are you sure?' --text 'It cannot be undone' & echo $! > dialog; \
             shown 'Are you sure'",
        ),
        told: &[Told(
            "popup",
            &[("title", "Are you sure?"), ("words", "It cannot be undone"), ("program", "…/zenity"), ("process", "")],
            Within(WORDS),
        )],
    },
    Deed {
        what: "another program says something",
        how: Shell(
            "kill $(cat dialog); zenity --info --title Hanging --text Wait & echo $! > dialog; \
             shown Hanging",
        ),
        told: &[Told("popup", &[("title", "Hanging"), ("words", "Wait")], Within(WORDS))],
    },
    Deed {
        what: "it hangs",
        how: Shell("kill -STOP $(cat dialog)"),
        told: &[Told(
            "not-responding",
            &[("title", "Hanging"), ("program", "…/zenity"), ("process", "")],
            // It is asked every ten seconds, and has five for the answer.
            Within(15_000),
        )],
    },
    Deed {
        what: "it goes on",
        how: Shell("kill -CONT $(cat dialog)"),
        told: &[Told(
            "responds-again",
            &[("title", "Hanging"), ("program", "…/zenity"), ("process", ""), ("seconds", "")],
            AtOnce,
        )],
    },
];

/// Chromium as it says its pages.
pub const PAGES: &[Deed] = &[
    Deed {
        what: "a page is opened",
        how: Shell(
            "kill $(cat dialog); chromium --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
             --disable-component-update --disable-sync --disable-quic --user-data-dir=\"$HOME/chromium\" \
             --force-renderer-accessibility \"file://$HOME/accounts.html?k=s3cret\" & echo $! > browser; \
             shown Accounts",
        ),
        told: &[Told(
            "page-shown",
            &[
                ("url", "file://{home}/accounts.html"),
                ("title", "Accounts"),
                ("program", "…/chromium"),
                ("process", ""),
            ],
            Within(NEW_BROWSER),
        )],
    },
    Deed {
        what: "it leads to another",
        how: Shell("xdotool key a; shown Salaries"),
        told: &[
            Told(
                "page-left",
                &[
                    ("url", "file://{home}/accounts.html"),
                    ("title", "Accounts"),
                    ("program", "…/chromium"),
                    ("process", ""),
                    ("seconds", ""),
                ],
                Within(WORDS),
            ),
            Told("page-shown", &[("url", "file://{home}/salaries.html"), ("title", "Salaries")], Within(WORDS)),
        ],
    },
    Deed {
        what: "the browser is closed",
        how: By(close_browser),
        told: &[Told("page-left", &[("title", "Salaries"), ("seconds", "")], Within(WORDS))],
    },
];

pub const AWAY: &[Deed] = &[
    Deed {
        what: "recording is paused",
        how: Shell("\"$KINESCOPE\" pause --application Payroll --reason 'Salaries are on the screen' --seconds 0"),
        told: &[Told("recording-paused", &[("text", "Payroll: Salaries are on the screen")], AtOnce)],
    },
    Deed {
        what: "it goes on, as a program does",
        how: Shell("xclock -update 9 & sleep 1; \"$KINESCOPE\" resume"),
        told: &[
            Told("recording-resumed", &[], AtOnce),
            Told("program-start", &[("command", "xclock -update 9"), ("before", "true")], AtOnce),
        ],
    },
    Deed {
        what: "a program is ended",
        how: Shell("kill $(cat clock)"),
        told: &[Told("program-end", &[("program", "…/xclock"), ("signal", "SIGTERM"), ("ran_ms", "")], AtOnce)],
    },
    Deed {
        what: "the screen is cut in two",
        how: Shell("xrandr --setmonitor left 400/100x600/150+0+0 none --setmonitor right 400/100x600/150+400+0 none"),
        told: &[Told("monitors", &[("monitors", "")], AtOnce)],
    },
    Deed { what: "the screen is locked", how: Shell("i3lock --color 123456"), told: &[Told("lock", &[], AtOnce)] },
    Deed { what: "it is unlocked", how: By(unlock), told: &[Told("unlock", &[], AtOnce)] },
    Deed {
        what: "nothing is done after a key",
        how: Key("space"),
        told: &[
            // What is drawn in the first five seconds is not looked at.
            Told("idle", &[("seconds", "5")], Within(10_000)),
            Told(
                "performance",
                &[
                    ("cpu_percent", ""),
                    ("memory_bytes", ""),
                    ("received_bytes", ""),
                    ("sent_bytes", ""),
                    ("cpu_percents", "15 of them"),
                    ("memory_megabytes", "15 of them"),
                    ("received", "15 of them"),
                    ("sent", "15 of them"),
                    ("round_trip_ms", ""),
                ],
                Within(15_000),
            ),
        ],
    },
    Deed {
        what: "a key is pressed",
        how: Key("space"),
        told: &[Told("idle-end", &[("seconds", ""), ("minutes", "0")], AtOnce)],
    },
];

/// By the password, at the computer that the user sits at.
fn unlock(scene: &mut Scene) -> anyhow::Result<()> {
    scene.desk.types(PASSWORD)?;
    scene.desk.key("Return")?;
    wait_for("the locker to let in", || Ok((!scene.person.runs("i3lock")).then_some(())))
}

fn close_browser(scene: &mut Scene) -> anyhow::Result<()> {
    let process = std::fs::read_to_string(scene.person.home.join("browser"))?.trim().parse()?;
    ensure!(scene.person.processes().contains(&process), "the browser runs no longer");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), nix::sys::signal::Signal::SIGTERM)?;
    wait_for("the browser to end", || Ok((!scene.person.runs("chromium")).then_some(())))
}
