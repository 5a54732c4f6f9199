//! Enrolment tokens: what is given out and what is kept of it. Used by the interface and by the command line.

use catalogue::{EnrolmentToken, Machine};
use uuid::Uuid;

use crate::clock::{self, SECOND_US};
use crate::secret;

/// For how long a token can be used where nothing else is said.
pub const DEFAULT_VALID_SECS: u32 = 24 * 3600;

/// A token that was made just now.
pub struct NewToken {
    /// What is listed.
    pub token: EnrolmentToken,
    /// What is given to the agent: the secret, a dot, and the server certificate's SHA-256. Never kept.
    pub text: String,
}

impl NewToken {
    /// Makes one; it counts once [`secret_at_rest`] of its text is in the catalogue.
    #[must_use]
    pub fn make(note: String, created_by: String, valid_secs: u32, server_fingerprint: &str) -> NewToken {
        let now_us = clock::now_us();
        NewToken {
            token: EnrolmentToken {
                id: Uuid::now_v7(),
                note,
                created_us: now_us,
                created_by,
                expires_us: now_us + i64::from(valid_secs) * SECOND_US,
                used_us: None,
                machine: None,
                for_machine: None,
            },
            text: format!("{}.{server_fingerprint}", secret::new()),
        }
    }

    /// The same for a machine that is known: it lets that one in again, and no other.
    #[must_use]
    pub fn for_machine(mut self, machine: &Machine) -> NewToken {
        self.token.for_machine = Some(machine.id);
        self
    }
}

/// What is kept of a token's text: the hash of the part before the dot.
#[must_use]
pub fn secret_at_rest(text: &str) -> [u8; 32] {
    let secret = text.trim().split('.').next().unwrap_or_default();
    secret::at_rest(secret)
}

/// What the administrator log says of a token.
pub(crate) fn token_detail(token: &EnrolmentToken, machine: Option<&Machine>) -> String {
    let again = machine.map(|machine| format!("for {} again", machine.name));
    [again.as_deref(), Some(token.note.as_str())]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(": ")
}
