//! What happens to the machine's accounts and groups.

use super::deed::Deed;
use super::deed::Does::Root;
use super::deed::Told;
use super::deed::When::Within;
use super::machine::{REST, ROOT};

/// An account and what it is called.
const CLERK: (&str, &str) = ("user", "{clerk}");
const TEAM: (&str, &str) = ("group", "{team}");

pub const ACCOUNTS: &[Deed] = &[
    Deed {
        what: "an account is made",
        how: Root("useradd --no-create-home --no-user-group --shell /bin/bash \"$CLERK\""),
        told: &[Told(
            "account-changed",
            &[CLERK, ("change", "created"), ROOT, ("program", "…/useradd"), ("process", "")],
            Within(REST),
        )],
    },
    Deed {
        what: "it gets a password",
        how: Root("echo \"$CLERK:only-for-this-test-7\" | chpasswd"),
        told: &[
            Told("account-changed", &[CLERK, ("change", "password-changed")], Within(REST)),
            Told("account-changed", &[CLERK, ("change", "unlocked"), ROOT], Within(REST)),
        ],
    },
    Deed {
        what: "it is locked",
        how: Root("usermod --lock \"$CLERK\""),
        told: &[Told("account-changed", &[CLERK, ("change", "locked"), ROOT], Within(REST))],
    },
    Deed {
        what: "its password is taken away",
        how: Root("passwd --delete \"$CLERK\""),
        told: &[Told("account-changed", &[CLERK, ("change", "password-removed"), ROOT], Within(REST))],
    },
    Deed {
        what: "it is disabled",
        how: Root("usermod --shell /usr/sbin/nologin \"$CLERK\""),
        told: &[Told("account-changed", &[CLERK, ("change", "disabled"), ROOT], Within(REST))],
    },
    Deed {
        what: "it is enabled",
        how: Root("usermod --shell /bin/bash \"$CLERK\""),
        told: &[Told("account-changed", &[CLERK, ("change", "enabled"), ROOT], Within(REST))],
    },
    Deed {
        what: "a group is made",
        how: Root("groupadd \"$TEAM\""),
        told: &[Told(
            "group-changed",
            &[TEAM, ("change", "created"), ROOT, ("program", "…/groupadd"), ("process", "")],
            Within(REST),
        )],
    },
    Deed {
        what: "somebody comes into it",
        how: Root("usermod --append --groups \"$TEAM\" \"$CLERK\""),
        told: &[Told("group-changed", &[TEAM, ("change", "member-added"), ("member", "{clerk}"), ROOT], Within(REST))],
    },
    Deed {
        what: "and leaves it",
        how: Root("gpasswd --delete \"$CLERK\" \"$TEAM\""),
        told: &[Told("group-changed", &[TEAM, ("change", "member-removed"), ("member", "{clerk}")], Within(REST))],
    },
    Deed {
        what: "a group is renamed",
        how: Root("groupmod --new-name \"$TEAM-2\" \"$TEAM\""),
        told: &[Told("group-changed", &[TEAM, ("change", "renamed"), ("to", "{team}-2"), ROOT], Within(REST))],
    },
    Deed {
        what: "a group is removed",
        how: Root("groupdel \"$TEAM-2\""),
        told: &[Told("group-changed", &[("group", "{team}-2"), ("change", "removed"), ROOT], Within(REST))],
    },
    Deed {
        what: "an account is renamed",
        how: Root("usermod --login \"$CLERK-2\" \"$CLERK\""),
        told: &[Told("account-changed", &[CLERK, ("change", "renamed"), ("to", "{clerk}-2"), ROOT], Within(REST))],
    },
    Deed {
        what: "an account is removed",
        how: Root("userdel \"$CLERK-2\""),
        told: &[Told("account-changed", &[("user", "{clerk}-2"), ("change", "removed"), ROOT], Within(REST))],
    },
];
