//! Configuration that changed, as events of a recording.

use detect::{About, Changed, ConfigurationChange, OfFile, OfSetting, SettingChange};
use events::{Listed, plain_value};
use nix::unistd::{Gid, Group, Uid, User};
use recording::{Event, event_kinds as kinds};

use super::host_events::done_by;
use crate::host_watch::settings;

/// Whether a setting, or a folder above it, is listed.
pub fn is_listed(listed: &Listed, key: &str) -> bool {
    settings(listed).any(|folder| {
        let folder = folder.trim_end_matches('/');
        key.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// A file or folder changed.
pub fn configuration_changed(changed: &Changed<ConfigurationChange>) -> Event {
    let Changed { what: ConfigurationChange { path, change, .. }, by } = changed;
    let event = Event::new(kinds::CONFIGURATION_CHANGED).with("store", "file").with("path", path.as_str());
    let event = match change {
        OfFile::Created(now) => about(event.with("change", "created").with("text", format!("{path}: created")), now),
        OfFile::Removed(before) => {
            about(event.with("change", "removed").with("text", format!("{path}: removed")), before)
        }
        OfFile::Renamed(to) => {
            event.with("change", "renamed").with("text", format!("{path} → {to}")).with("to", to.as_str())
        }
        OfFile::Changed { before, now } => differences(event.with("change", "changed"), path, before, now),
    };
    done_by(event, by.as_ref())
}

fn about(event: Event, about: &About) -> Event {
    let event = event.with("item", if about.is_folder() { "folder" } else { "file" });
    let event = event.with("mode", mode(about)).with("owner", owner(about));
    if about.is_folder() { event } else { event.with("size", about.bytes) }
}

/// What is different of a file that was there before.
fn differences(event: Event, path: &str, before: &About, now: &About) -> Event {
    let mut event = about(event, now);
    let mut words = Vec::new();
    if before.was_written(now) {
        words.push("written".to_owned());
        event = event.with("written", true).with("size_before", before.bytes);
    }
    if before.rights() != now.rights() {
        words.push(format!("mode {} → {}", mode(before), mode(now)));
        event = event.with("mode_before", mode(before));
    }
    if (before.uid, before.gid) != (now.uid, now.gid) {
        words.push(format!("owner {} → {}", owner(before), owner(now)));
        event = event.with("owner_before", owner(before));
    }
    event.with("text", format!("{path}: {}", words.join(", ")))
}

fn mode(about: &About) -> String {
    format!("{:04o}", about.rights())
}

/// User and group, by name where they have one.
fn owner(about: &About) -> String {
    let user = User::from_uid(Uid::from_raw(about.uid)).ok().flatten().map(|user| user.name);
    let group = Group::from_gid(Gid::from_raw(about.gid)).ok().flatten().map(|group| group.name);
    let name = |name: Option<String>, number: u32| name.unwrap_or_else(|| number.to_string());
    format!("{}:{}", name(user, about.uid), name(group, about.gid))
}

/// A setting of a user's changed. What may be a secret by its name is told without its value.
pub fn setting_changed(changed: &SettingChange) -> Event {
    let SettingChange { key, change, value } = changed;
    let value = value.as_deref().and_then(|value| plain_value(key, value));
    let change = match change {
        OfSetting::Created => "created",
        OfSetting::Changed => "changed",
        OfSetting::Removed => "removed",
    };
    let text = value.as_ref().map_or_else(|| format!("{key}: {change}"), |value| format!("{key}: {value}"));
    let event = Event::new(kinds::CONFIGURATION_CHANGED).with("store", "dconf").with("path", key.as_str());
    let event = event.with("change", change).with("text", text);
    value.into_iter().fold(event, |event, value| event.with("value", value))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn settings_are_listed_by_folders_above_them() {
        let listed =
            |items: &[&str]| Listed::try_from(items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>()).unwrap();
        assert!(is_listed(&listed(&["/etc", "dconf:/org/gnome/"]), "/org/gnome/desktop/lock"));
        assert!(is_listed(&listed(&["dconf:/"]), "/org/gnome/desktop/lock"));
        assert!(is_listed(&listed(&["dconf:/org/gnome/desktop/lock"]), "/org/gnome/desktop/lock"));
        assert!(!is_listed(&listed(&["dconf:/org/gno"]), "/org/gnome/desktop/lock"));
        assert!(!is_listed(&listed(&["/org/gnome"]), "/org/gnome/desktop/lock"));
    }

    #[test]
    fn a_value_that_may_be_a_secret_is_not_told() {
        let told = |key: &str| {
            let (key, value) = (key.to_owned(), Some("hunter2".to_owned()));
            setting_changed(&SettingChange { key, change: OfSetting::Changed, value })
        };
        assert_eq!(told("/system/proxy/http/host").fields["value"], "hunter2");
        for key in ["/system/proxy/http/authentication-password", "/org/x/api-token", "/org/x/Secret"] {
            assert!(!format!("{:?}", told(key)).contains("hunter2"), "{key}");
        }
    }
}
