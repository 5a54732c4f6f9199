//! Time of day and weekday, by the recorded machine's own clock and zone.

use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::items::Items;

const MINUTES_OF_DAY: u16 = 24 * 60;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// All of them, from Monday on.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// The English name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mon => "Monday",
            Self::Tue => "Tuesday",
            Self::Wed => "Wednesday",
            Self::Thu => "Thursday",
            Self::Fri => "Friday",
            Self::Sat => "Saturday",
            Self::Sun => "Sunday",
        }
    }

    fn before(self) -> Self {
        let at = Self::ALL.iter().position(|day| *day == self).unwrap_or_default();
        Self::ALL[(at + 6) % 7]
    }
}

/// A time of day from `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minute: u16,
}

/// A text that is no time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time of day is written from 00:00 to 24:00")]
pub struct InvalidTime;

impl TimeOfDay {
    /// Minutes since midnight, up to 1,440.
    pub fn minute(self) -> u16 {
        self.minute
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let two = |digits: &str| {
            (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| digits.parse::<u16>().ok())?
        };
        let (hours, minutes) = text.split_once(':').ok_or(InvalidTime)?;
        let (hours, minutes) = (two(hours).ok_or(InvalidTime)?, two(minutes).ok_or(InvalidTime)?);
        let minute = hours * 60 + minutes;
        if minutes < 60 && minute <= MINUTES_OF_DAY { Ok(Self { minute }) } else { Err(InvalidTime) }
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTime;

    fn try_from(text: String) -> Result<Self, InvalidTime> {
        text.parse()
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:02}:{:02}", self.minute / 60, self.minute % 60)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> String {
        time.to_string()
    }
}

/// When a session began, as the machine's own clock on the wall says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// The day.
    pub day: Weekday,
    /// Minutes since midnight, below 1,440.
    pub minute: u16,
}

impl LocalTime {
    /// From microseconds since 1970 UTC and the zone's distance from UTC at that moment.
    pub fn new(unix_us: i64, utc_offset_minutes: i32) -> Self {
        let minutes = unix_us.div_euclid(60_000_000).saturating_add(utc_offset_minutes.into());
        let (days, minute) = (minutes.div_euclid(MINUTES_OF_DAY.into()), minutes.rem_euclid(MINUTES_OF_DAY.into()));
        // 1970 began on a Thursday.
        let day = usize::try_from((days + 3).rem_euclid(7)).unwrap_or_default();
        Self { day: Weekday::ALL[day], minute: u16::try_from(minute).unwrap_or_default() }
    }
}

/// Days and a span of the day, its end excluded. One that ends before it begins goes on into the next day: `fri`
/// from `22:00` to `06:00` holds Saturday's first six hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = PolicyHours))]
#[serde(try_from = "Span")]
pub struct Hours {
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Weekday>, min_items = 1))]
    days: Items<Weekday>,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    from: TimeOfDay,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    to: TimeOfDay,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    days: Items<Weekday>,
    from: TimeOfDay,
    to: TimeOfDay,
}

/// Hours that hold nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("from and to must differ, and from is before 24:00; a whole day is 00:00 to 24:00")]
pub struct InvalidHours;

impl TryFrom<Span> for Hours {
    type Error = InvalidHours;

    fn try_from(Span { days, from, to }: Span) -> Result<Self, InvalidHours> {
        if from == to || from.minute == MINUTES_OF_DAY {
            return Err(InvalidHours);
        }
        Ok(Self { days, from, to })
    }
}

impl Hours {
    /// Whether a time lies within.
    pub fn contains(&self, time: LocalTime) -> bool {
        let (from, to) = (self.from.minute, self.to.minute);
        if from < to {
            return (from..to).contains(&time.minute) && self.days.contains(&time.day);
        }
        (time.minute >= from && self.days.contains(&time.day))
            || (time.minute < to && self.days.contains(&time.day.before()))
    }
}
