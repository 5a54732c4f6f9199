//! Settings of basic mode: what they can be, and which of several values holds.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::names::{Level, Name};
use super::values::{Folder, Minutes, NoValue, ScreenChoice};
use crate::hotkeys::{Hotkeys, LastKey, NoSuchKey};

/// Why something cannot be set.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// A number that is none, or too small or large.
    #[error("{name} is {value}; it must be {least} to {most}", name = .name.as_str())]
    Bounds {
        /// What was to be set.
        name: Name,
        /// To what.
        value: String,
        /// From here
        least: f64,
        /// to here.
        most: f64,
    },
    /// Neither yes nor no.
    #[error("{name} is {value:?}; it must be true or false", name = .name.as_str())]
    Switch {
        /// What was to be set.
        name: Name,
        /// To what.
        value: String,
    },
    /// No value of its kind.
    #[error("{name}: {why}", name = .0.as_str(), why = .1)]
    Value(Name, NoValue),
    /// No key of a keyboard that can end a hotkey.
    #[error("{name}: {why}", name = .0.as_str(), why = .1)]
    Key(Name, NoSuchKey),
    /// One key cannot do both.
    #[error("hotkey_start and hotkey_stop are both {0}")]
    SameKey(LastKey),
    /// Not for a user or a session.
    #[error("{} is set for the machine alone", .0.as_str())]
    MachineOnly(Name),
}

/// What is set at one level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Values {
    folder: Option<Folder>,
    limit_minutes: Option<Minutes>,
    limit_mb: Option<u32>,
    screen: Option<ScreenChoice>,
    buffer: Option<bool>,
    buffer_seconds: Option<u32>,
    user_start: Option<bool>,
    sign: Option<bool>,
    notice: Option<bool>,
    hotkeys: Option<bool>,
    hotkey_start: Option<LastKey>,
    hotkey_stop: Option<LastKey>,
}

impl Values {
    /// What holds where nothing is set.
    pub fn defaults() -> Self {
        let keys = Hotkeys::default();
        Self {
            folder: Folder::try_from("~/Videos/SessionRecordings".to_owned()).ok(),
            limit_minutes: Some(Minutes::whole(30)),
            limit_mb: Some(60),
            screen: Some(ScreenChoice::All),
            buffer: Some(false),
            buffer_seconds: Some(30),
            user_start: Some(true),
            sign: Some(true),
            notice: Some(true),
            hotkeys: Some(keys.enabled),
            hotkey_start: Some(keys.start),
            hotkey_stop: Some(keys.stop),
        }
    }

    /// Sets something to what a text says.
    ///
    /// # Errors
    /// [`Refused`] names it.
    pub fn set(&mut self, name: Name, text: &str) -> Result<(), Refused> {
        let owned = text.to_owned();
        let value = |why| Refused::Value(name, why);
        let key = |text: String| LastKey::try_from(text).map_err(|why| Refused::Key(name, why));
        match name {
            Name::Folder => self.folder = Some(owned.try_into().map_err(value)?),
            Name::Screen => self.screen = Some(owned.try_into().map_err(value)?),
            Name::LimitMinutes => self.limit_minutes = Some(number::<f64>(name, text)?.into()),
            Name::LimitMb => self.limit_mb = Some(number(name, text)?),
            Name::BufferSeconds => self.buffer_seconds = Some(number(name, text)?),
            Name::Buffer => self.buffer = Some(switch(name, text)?),
            Name::UserStart => self.user_start = Some(switch(name, text)?),
            Name::Sign => self.sign = Some(switch(name, text)?),
            Name::Notice => self.notice = Some(switch(name, text)?),
            Name::Hotkeys => self.hotkeys = Some(switch(name, text)?),
            Name::HotkeyStart => self.hotkey_start = Some(key(owned)?),
            Name::HotkeyStop => self.hotkey_stop = Some(key(owned)?),
        }
        Ok(())
    }

    /// Sets it no longer; all of them without a name.
    pub fn clear(&mut self, name: Option<Name>) {
        match name {
            None => *self = Self::default(),
            Some(Name::Folder) => self.folder = None,
            Some(Name::Screen) => self.screen = None,
            Some(Name::LimitMinutes) => self.limit_minutes = None,
            Some(Name::LimitMb) => self.limit_mb = None,
            Some(Name::BufferSeconds) => self.buffer_seconds = None,
            Some(Name::Buffer) => self.buffer = None,
            Some(Name::UserStart) => self.user_start = None,
            Some(Name::Sign) => self.sign = None,
            Some(Name::Notice) => self.notice = None,
            Some(Name::Hotkeys) => self.hotkeys = None,
            Some(Name::HotkeyStart) => self.hotkey_start = None,
            Some(Name::HotkeyStop) => self.hotkey_stop = None,
        }
    }

    /// What something is set to, as text.
    pub fn text(&self, name: Name) -> Option<String> {
        match name {
            Name::Folder => self.folder.clone().map(Into::into),
            Name::Screen => self.screen.clone().map(Into::into),
            Name::LimitMinutes => self.limit_minutes.map(|minutes| minutes.to_string()),
            Name::LimitMb => self.limit_mb.map(|number| number.to_string()),
            Name::BufferSeconds => self.buffer_seconds.map(|number| number.to_string()),
            Name::Buffer => self.buffer.map(|on| on.to_string()),
            Name::UserStart => self.user_start.map(|on| on.to_string()),
            Name::Sign => self.sign.map(|on| on.to_string()),
            Name::Notice => self.notice.map(|on| on.to_string()),
            Name::Hotkeys => self.hotkeys.map(|on| on.to_string()),
            Name::HotkeyStart => self.hotkey_start.map(|key| key.to_string()),
            Name::HotkeyStop => self.hotkey_stop.map(|key| key.to_string()),
        }
    }

    /// Refuses what cannot be set at this level, as a file may hold it all the same.
    ///
    /// # Errors
    /// [`Refused`] names it.
    pub fn check(self, level: Level) -> Result<Self, Refused> {
        for name in Name::ALL {
            let Some(text) = self.text(name) else { continue };
            if name.is_machines() && level > Level::Machine {
                return Err(Refused::MachineOnly(name));
            }
            if name.bounds().is_some() {
                number::<f64>(name, &text)?;
            }
        }
        let Hotkeys { start, stop, .. } = self.hotkeys();
        if start == stop { Err(Refused::SameKey(start)) } else { Ok(self) }
    }

    /// How much of what was shown before a recording is kept in memory, if anything.
    pub fn buffer(&self) -> Option<Duration> {
        let values = self.or(&Self::defaults());
        let seconds = values.buffer_seconds.filter(|_| values.buffer == Some(true))?;
        Some(Duration::from_secs(seconds.into()))
    }

    /// Whether users may start recordings of their sessions.
    pub fn user_start(&self) -> bool {
        self.or(&Self::defaults()).user_start == Some(true)
    }

    /// Keys by which users start and stop recordings.
    pub fn hotkeys(&self) -> Hotkeys {
        let keys = Hotkeys::default();
        Hotkeys {
            enabled: self.hotkeys.unwrap_or(keys.enabled),
            start: self.hotkey_start.unwrap_or(keys.start),
            stop: self.hotkey_stop.unwrap_or(keys.stop),
        }
    }

    /// These, and the others where nothing is set.
    fn or(&self, others: &Self) -> Self {
        Self {
            folder: self.folder.clone().or(others.folder.clone()),
            limit_minutes: self.limit_minutes.or(others.limit_minutes),
            limit_mb: self.limit_mb.or(others.limit_mb),
            screen: self.screen.clone().or(others.screen.clone()),
            buffer: self.buffer.or(others.buffer),
            buffer_seconds: self.buffer_seconds.or(others.buffer_seconds),
            user_start: self.user_start.or(others.user_start),
            sign: self.sign.or(others.sign),
            notice: self.notice.or(others.notice),
            hotkeys: self.hotkeys.or(others.hotkeys),
            hotkey_start: self.hotkey_start.or(others.hotkey_start),
            hotkey_stop: self.hotkey_stop.or(others.hotkey_stop),
        }
    }

    /// As a file that can be read again.
    pub fn to_toml(&self) -> String {
        let line = |name: Name| {
            let text = self.text(name)?;
            let plain = matches!(text.as_str(), "true" | "false") || name.bounds().is_some();
            // Texts hold no control characters, and so are written as JSON writes them.
            let value = if plain { text } else { serde_json::Value::from(text).to_string() };
            Some(format!("{} = {value}\n", name.as_str()))
        };
        Name::ALL.into_iter().filter_map(line).collect()
    }
}

/// A number within the setting's bounds.
fn number<T: FromStr + Copy + Into<f64>>(name: Name, text: &str) -> Result<T, Refused> {
    let (least, most) = name.bounds().unwrap_or((0.0, f64::MAX));
    let refused = || Refused::Bounds { name, value: text.chars().take(32).collect(), least, most };
    text.trim().parse().ok().filter(|number: &T| (least..=most).contains(&(*number).into())).ok_or_else(refused)
}

fn switch(name: Name, text: &str) -> Result<bool, Refused> {
    match text.trim() {
        "true" | "on" | "yes" => Ok(true),
        "false" | "off" | "no" => Ok(false),
        _ => Err(Refused::Switch { name, value: text.chars().take(32).collect() }),
    }
}

/// What holds for a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// Where it goes.
    pub folder: Folder,
    /// How long it may be.
    pub limit: Duration,
    /// How large.
    pub limit_bytes: u64,
    /// What of the session it shows.
    pub screen: ScreenChoice,
    /// Whether a sign in the session says so.
    pub sign: bool,
    /// Whether its user is told who has not started it.
    pub notice: bool,
}

/// What is set at every level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers {
    /// For everybody on the machine.
    pub machine: Values,
    /// For a user.
    pub user: Values,
    /// For the next recording of a session.
    pub session: Values,
}

impl Layers {
    /// What holds, and who has set it.
    pub fn holds(&self, name: Name) -> (String, Level) {
        let levels = [(&self.session, Level::Session), (&self.user, Level::User), (&self.machine, Level::Machine)];
        let set = levels.into_iter().find_map(|(values, level)| Some((values.text(name)?, level)));
        set.unwrap_or_else(|| (Values::defaults().text(name).unwrap_or_default(), Level::Default))
    }

    /// What holds for a recording that begins now. `None` cannot be: there is a default for everything.
    pub fn effective(&self) -> Option<Effective> {
        let values = self.session.or(&self.user).or(&self.machine).or(&Values::defaults());
        Some(Effective {
            folder: values.folder?,
            limit: values.limit_minutes?.duration(),
            limit_bytes: u64::from(values.limit_mb?) * 1_000_000,
            screen: values.screen?,
            sign: values.sign?,
            notice: values.notice?,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_set_read_and_cleared() {
        let mut values = Values::default();
        for name in Name::ALL {
            let text = Values::defaults().text(name).unwrap();
            assert_eq!(values.text(name), None);
            values.set(name, &text).unwrap();
            assert_eq!(values.text(name).unwrap(), text);
        }
        assert_eq!(values, Values::defaults());
        for name in Name::ALL {
            values.clear(Some(name));
            assert_eq!(values.text(name), None);
        }
        assert_eq!(values, Values::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (name, texts) in [
            (Name::LimitMinutes, &["0", "0.04", "1441", "-1", "ten", "NaN", ""][..]),
            (Name::LimitMb, &["0", "4001", "1.5"]),
            (Name::BufferSeconds, &["0", "121"]),
            (Name::Buffer, &["", "maybe", "1"]),
            (Name::Folder, &["Videos"]),
            (Name::Screen, &[""]),
            (Name::HotkeyStart, &["F13", "ctrl-A", ""]),
        ] {
            for text in texts {
                let refused = Values::default().set(name, text).unwrap_err();
                assert!(refused.to_string().contains(name.as_str()), "{refused}");
            }
        }
        let mut keys = Values::default();
        keys.set(Name::HotkeyStop, "f8").unwrap();
        assert!(keys.check(Level::Machine).unwrap_err().to_string().contains("both F8"));
        let large = Values { limit_mb: Some(9_000), ..Values::default() };
        assert!(large.check(Level::User).is_err(), "a file's numbers have the same bounds");
    }

    #[test]
    fn the_nearest_level_wins_and_some_things_are_the_machines() {
        let with = |minutes: &str| {
            let mut values = Values::default();
            values.set(Name::LimitMinutes, minutes).unwrap();
            values
        };
        let mut layers = Layers::default();
        assert_eq!(layers.holds(Name::LimitMinutes), ("30".to_owned(), Level::Default));
        layers.machine = with("10");
        assert_eq!(layers.holds(Name::LimitMinutes), ("10".to_owned(), Level::Machine));
        layers.session = with("2");
        layers.user = with("5");
        assert_eq!(layers.holds(Name::LimitMinutes), ("2".to_owned(), Level::Session));
        assert_eq!(layers.effective().unwrap().limit, Duration::from_secs(120));
        let buffer = Values { buffer: Some(true), ..Values::default() };
        assert_eq!(buffer.clone().check(Level::User), Err(Refused::MachineOnly(Name::Buffer)));
        assert!(buffer.check(Level::Machine).is_ok());
    }
}
