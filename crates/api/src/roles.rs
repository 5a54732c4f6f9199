//! The six roles of a deployment.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person may do. Roles add up; a person without a role may only sign in, change the own password and sign out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Changes what is recorded, and manages machines and people.
    PolicyAdministrator,
    /// Reads policies without changing them.
    PolicyQuery,
    /// Writes entries into the administrator log.
    LoggingWriter,
    /// Reads the administrator log and the agents' diagnostics.
    LoggingReader,
    /// Finds and plays recordings.
    Player,
    /// A player who may also restrict, archive and delete.
    PrivilegedPlayer,
}

impl Role {
    /// Every role, in the order in which people read them.
    pub const ALL: [Role; 6] = [
        Role::PolicyAdministrator,
        Role::PolicyQuery,
        Role::LoggingWriter,
        Role::LoggingReader,
        Role::Player,
        Role::PrivilegedPlayer,
    ];

    /// The word used in JSON, in the catalogue and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::PolicyAdministrator => "policy-administrator",
            Role::PolicyQuery => "policy-query",
            Role::LoggingWriter => "logging-writer",
            Role::LoggingReader => "logging-reader",
            Role::Player => "player",
            Role::PrivilegedPlayer => "privileged-player",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is none of the six roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRole(pub String);

impl fmt::Display for UnknownRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a role; roles are", self.0)?;
        for (place, role) in Role::ALL.iter().enumerate() {
            write!(f, "{} {role}", if place == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownRole {}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Role::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| UnknownRole(word.to_owned()))
    }
}
