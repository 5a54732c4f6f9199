//! What an agent's own settings log, which is more than nothing where they do not say.

use events::Logging;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};
use serde_json::{Map, Value};

/// Reads it: what is not said is as [`Logging::of_agents`] has it.
///
/// # Errors
/// If it says what is not known, or cannot be.
pub fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Logging, D::Error> {
    let said = Map::deserialize(source)?;
    let mut fields = match serde_json::to_value(Logging::of_agents()).map_err(D::Error::custom)? {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.extend(said);
    Logging::deserialize(Value::Object(fields)).map_err(D::Error::custom)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn idle_is_logged_unless_it_is_switched_off() {
        let read = |text: &str| deserialize(&mut serde_json::Deserializer::from_str(text));
        assert_eq!(read("{}").unwrap(), Logging::of_agents());
        let more = read(r#"{"topmost_window":true,"idle_after_seconds":60}"#).unwrap();
        assert!(more.idle && more.topmost_window && more.idle_after_seconds == 60);
        assert!(read(r#"{"idle":false}"#).unwrap().is_nothing());
        assert!(read(r#"{"idle_after_seconds":1}"#).is_err() && read(r#"{"thoughts":true}"#).is_err());
    }
}
