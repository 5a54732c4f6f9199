//! What a policy may look at.

use core::net::IpAddr;

use recording::SessionFacts;

use crate::time::LocalTime;

/// What is known of a session when it begins. What is not known matches no criterion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The user's login name.
    pub user: &'a str,
    /// Names of the groups that the user belongs to, by the machine's directory.
    pub groups: &'a [String],
    /// The machine's host name.
    pub machine: &'a str,
    /// Delivery groups that the machine belongs to.
    pub delivery_groups: &'a [String],
    /// The session's access tags.
    pub tags: &'a [String],
    /// Address of the computer that the user sits at, where it is known.
    pub client_address: Option<IpAddr>,
    /// The application or desktop that was opened first; it decides for the whole session.
    pub opened: Option<&'a str>,
    /// When the session began, on the machine's own clock.
    pub started: Option<LocalTime>,
}

impl<'a> Facts<'a> {
    /// The facts of a session that began at this time, in microseconds since 1970 UTC.
    pub fn of(session: &'a SessionFacts, began_unix_us: i64) -> Self {
        Self {
            user: &session.user,
            groups: &session.groups,
            machine: &session.machine,
            delivery_groups: &session.delivery_groups,
            tags: &session.tags,
            client_address: session.client_address.as_deref().and_then(|address| address.parse().ok()),
            opened: session.application.as_deref(),
            started: session.utc_offset_minutes.map(|offset| LocalTime::new(began_unix_us, offset)),
        }
    }
}
