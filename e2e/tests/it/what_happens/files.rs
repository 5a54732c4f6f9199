//! What happens to files, and to what is kept in them: configuration and settings.

use super::deed::Deed;
use super::deed::Does::{Root, Shell};
use super::deed::Told;
use super::deed::When::{AtOnce, Within};
use super::machine::{REST, ROOT};

pub const FILES: &[Deed] = &[
    Deed {
        what: "a folder is made",
        how: Shell("slowly 'mkdir shift' ledger/2026"),
        told: &[Told(
            "file-created",
            &[("path", "{home}/ledger/2026"), ("item", "folder"), ("program", "…/perl"), ("process", "")],
            AtOnce,
        )],
    },
    Deed {
        what: "a file is made",
        how: Shell("slowly 'open F, q(>), shift; print F q(figures); close F' ledger/q1.csv"),
        told: &[Told(
            "file-created",
            &[
                ("path", "{home}/ledger/q1.csv"),
                ("item", "file"),
                ("size", "7"),
                ("program", "…/perl"),
                ("process", ""),
            ],
            // Its size is.
            Within(1_000),
        )],
    },
    Deed {
        what: "it is renamed",
        how: Shell("slowly 'rename shift, shift' ledger/q1.csv ledger/first.csv"),
        told: &[Told(
            "file-renamed",
            &[
                ("path", "{home}/ledger/q1.csv"),
                ("to", "{home}/ledger/first.csv"),
                ("item", "file"),
                ("size", "7"),
                ("program", "…/perl"),
                ("process", ""),
            ],
            AtOnce,
        )],
    },
    Deed {
        what: "it is moved",
        how: Shell("slowly 'rename shift, shift' ledger/first.csv ledger/2026/first.csv"),
        told: &[Told(
            "file-moved",
            &[
                ("path", "{home}/ledger/first.csv"),
                ("to", "{home}/ledger/2026/first.csv"),
                ("item", "file"),
                ("size", "7"),
                ("program", "…/perl"),
                ("process", ""),
            ],
            AtOnce,
        )],
    },
    Deed {
        what: "it is copied out",
        how: Shell("slowly 'use File::Copy; copy shift, shift' ledger/2026/first.csv own.csv"),
        told: &[Told(
            "file-copied",
            &[
                ("path", "{home}/ledger/2026/first.csv"),
                ("to", "{home}/own.csv"),
                ("size", "7"),
                ("program", "…/perl"),
                ("process", ""),
            ],
            // Its name is.
            Within(700),
        )],
    },
    Deed {
        what: "it is deleted",
        how: Shell("slowly 'unlink shift' ledger/2026/first.csv"),
        told: &[Told(
            "file-deleted",
            &[("path", "{home}/ledger/2026/first.csv"), ("item", "file"), ("program", "…/perl"), ("process", "")],
            AtOnce,
        )],
    },
];

/// A listed file of configuration.
const RATES: (&str, &str) = ("path", "{home}/settings/rates.conf");

pub const CONFIGURATION: &[Deed] = &[
    Deed {
        what: "configuration is made",
        how: Shell("umask 22; slowly 'open F, q(>), shift; print F q(rate = 3); close F' settings/rates.conf"),
        told: &[Told(
            "configuration-changed",
            &[
                RATES,
                ("store", "file"),
                ("change", "created"),
                ("item", "file"),
                ("size", "8"),
                ("mode", "0644"),
                ("owner", "{person}:{person}"),
                ("by", "{person}"),
                ("program", "…/perl"),
                ("process", ""),
            ],
            Within(REST),
        )],
    },
    Deed {
        what: "it is written",
        how: Shell("printf 00 >> settings/rates.conf"),
        told: &[Told(
            "configuration-changed",
            &[RATES, ("change", "changed"), ("written", "true"), ("size_before", "8"), ("size", "10")],
            Within(REST),
        )],
    },
    Deed {
        what: "its mode is changed",
        how: Shell("slowly 'chmod 0600, shift' settings/rates.conf"),
        told: &[Told(
            "configuration-changed",
            &[RATES, ("change", "changed"), ("mode_before", "0644"), ("mode", "0600"), ("program", "…/perl")],
            Within(REST),
        )],
    },
    Deed {
        what: "an administrator takes it",
        how: Root("chown root:root \"$HERS/settings/rates.conf\""),
        told: &[Told(
            "configuration-changed",
            &[RATES, ("change", "changed"), ("owner_before", "{person}:{person}"), ("owner", "root:root"), ROOT],
            Within(REST),
        )],
    },
    Deed {
        what: "it is renamed",
        how: Shell("slowly 'rename shift, shift' settings/rates.conf settings/rates.old"),
        told: &[Told(
            "configuration-changed",
            &[RATES, ("change", "renamed"), ("to", "{home}/settings/rates.old"), ("program", "…/perl")],
            Within(REST),
        )],
    },
    Deed {
        what: "it is removed",
        how: Shell("slowly 'unlink shift' settings/rates.old"),
        told: &[Told(
            "configuration-changed",
            &[("path", "{home}/settings/rates.old"), ("change", "removed"), ("program", "…/perl")],
            Within(REST),
        )],
    },
    Deed {
        what: "a setting is made",
        how: Shell("dconf write /org/gnome/desktop/session/idle-delay 'uint32 300'"),
        told: &[Told(
            "configuration-changed",
            &[
                ("store", "dconf"),
                ("path", "/org/gnome/desktop/session/idle-delay"),
                ("change", "created"),
                ("value", "300"),
            ],
            Within(REST),
        )],
    },
    Deed {
        what: "a setting is taken back",
        how: Shell("dconf reset /org/gnome/desktop/session/idle-delay"),
        told: &[Told(
            "configuration-changed",
            &[("store", "dconf"), ("path", "/org/gnome/desktop/session/idle-delay"), ("change", "removed")],
            Within(REST),
        )],
    },
];
