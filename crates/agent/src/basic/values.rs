//! Values that settings of basic mode can have: each is what its text says, or is refused.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bytes of a folder's path.
const MAX_FOLDER_BYTES: usize = 1_024;
/// Characters of a screen's name.
const MAX_SCREEN_CHARS: usize = 64;
/// Screens that can be named.
const MAX_SCREENS: usize = 16;
const SECS_A_MINUTE: u32 = 60;

/// What a text is no value of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no {what}; {how}")]
pub struct NoValue {
    value: String,
    what: &'static str,
    how: &'static str,
}

fn no_value(value: &str, what: &'static str, how: &'static str) -> NoValue {
    NoValue { value: value.chars().take(MAX_SCREEN_CHARS).collect(), what, how }
}

/// Where recordings go: below the user's home, or anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Folder(String);

impl Folder {
    /// The names of the folders on the way, from the home (`true`) or from the root.
    pub fn names(&self) -> (bool, impl Iterator<Item = &str>) {
        let (of_home, path) = match self.0.strip_prefix('~') {
            Some(path) => (true, path),
            None => (false, self.0.as_str()),
        };
        (of_home, path.split('/').filter(|name| !matches!(*name, "" | ".")))
    }
}

impl TryFrom<String> for Folder {
    type Error = NoValue;

    fn try_from(text: String) -> Result<Self, NoValue> {
        let placed = text == "~" || text.starts_with("~/") || text.starts_with('/');
        let plain = text.len() <= MAX_FOLDER_BYTES && !text.chars().any(char::is_control);
        if placed && plain && !text.split('/').any(|name| name == "..") {
            return Ok(Self(text));
        }
        Err(no_value(&text, "folder", "write a whole path, or ~/… for one in the user's home, without \"..\""))
    }
}

impl From<Folder> for String {
    fn from(folder: Folder) -> Self {
        folder.0
    }
}

/// A length of time, given in minutes and kept in seconds. Its bounds are the setting's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Minutes {
    secs: u32,
}

impl Minutes {
    /// So many whole ones.
    pub const fn whole(minutes: u32) -> Self {
        Self { secs: minutes * SECS_A_MINUTE }
    }

    /// As long as it is.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.secs.into())
    }
}

impl From<f64> for Minutes {
    fn from(minutes: f64) -> Self {
        // What is negative or no number is 0, which no setting allows.
        Self { secs: (minutes * f64::from(SECS_A_MINUTE)).round() as u32 }
    }
}

impl From<Minutes> for f64 {
    fn from(minutes: Minutes) -> Self {
        Self::from(minutes.secs) / Self::from(SECS_A_MINUTE)
    }
}

impl std::fmt::Display for Minutes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", f64::from(*self))
    }
}

/// Which screens of a session are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ScreenChoice {
    /// All of them, as one picture.
    All,
    /// The one where panels and new windows appear.
    Primary,
    /// These, by the X server's names or, counted from the left, by number.
    Named(Vec<String>),
}

impl TryFrom<String> for ScreenChoice {
    type Error = NoValue;

    fn try_from(text: String) -> Result<Self, NoValue> {
        match text.as_str() {
            "all" => return Ok(Self::All),
            "primary" => return Ok(Self::Primary),
            _ => {}
        }
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let named = |name: &String| {
            (1..=MAX_SCREEN_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control)
        };
        if names.len() <= MAX_SCREENS && names.iter().all(named) {
            return Ok(Self::Named(names));
        }
        Err(no_value(
            &text,
            "choice of screens",
            "write all, primary, or names such as HDMI-1,DP-2 (or 1,2 from the left)",
        ))
    }
}

impl From<ScreenChoice> for String {
    fn from(choice: ScreenChoice) -> Self {
        match choice {
            ScreenChoice::All => "all".to_owned(),
            ScreenChoice::Primary => "primary".to_owned(),
            ScreenChoice::Named(names) => names.join(","),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn reads<T: TryFrom<String> + Into<String>>(text: &str) -> Option<String> {
        T::try_from(text.to_owned()).ok().map(Into::into)
    }

    #[test]
    fn folders_lead_nowhere_else() {
        for text in ["~/Videos/SessionRecordings", "~", "/srv/recordings", "/srv/a..b"] {
            assert_eq!(reads::<Folder>(text).unwrap(), text);
        }
        for text in ["", "Videos", "~ana/Videos", "~/../ben", "/srv/../etc", "./x", "/a\nb"] {
            assert_eq!(reads::<Folder>(text), None, "{text}");
        }
        let folder = Folder::try_from("~/Videos//./SessionRecordings/".to_owned()).unwrap();
        let (of_home, names) = folder.names();
        assert_eq!((of_home, names.collect::<Vec<_>>()), (true, vec!["Videos", "SessionRecordings"]));
    }

    #[test]
    fn minutes_are_read_as_they_are_written() {
        for (minutes, secs, text) in
            [(30.0, 1_800, "30"), (0.05, 3, "0.05"), (1.5, 90, "1.5"), (1_440.0, 86_400, "1440")]
        {
            let read = Minutes::from(minutes);
            assert_eq!((read.duration(), read.to_string().as_str()), (Duration::from_secs(secs), text));
        }
        for secs in 0..=3_600 {
            let minutes = Minutes { secs };
            assert_eq!(Minutes::from(minutes.to_string().parse::<f64>().unwrap()), minutes);
        }
        for nothing in [-1.0, f64::NAN] {
            assert_eq!(Minutes::from(nothing), Minutes::whole(0));
        }
    }

    #[test]
    fn screens_are_named() {
        assert_eq!(ScreenChoice::try_from("all".to_owned()), Ok(ScreenChoice::All));
        assert_eq!(reads::<ScreenChoice>("HDMI-1, 2").unwrap(), "HDMI-1,2");
        for text in ["", ",", "HDMI-1,", "a\tb"] {
            assert_eq!(reads::<ScreenChoice>(text), None, "{text}");
        }
    }
}
