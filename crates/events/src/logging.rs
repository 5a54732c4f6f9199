//! What is logged of a session.

use serde::{Deserialize, Serialize};

/// Which events of a session stand in its recording. Each kind costs something and tells something of people, so each is asked for by
/// itself; what is always there (begin and end, locking, who sits at it, disturbances) is not listed here.
///
/// The same words stand in an agent's configuration and in detection policies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Logging {
    /// Which window is topmost, and its title.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub topmost_window: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Logging {
    /// Whether nothing is logged but what always is.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
