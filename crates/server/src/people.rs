//! Rules about people that hold for the interface and the command line alike.

/// Most characters of a user's name.
const MOST_NAME_CHARS: usize = 64;

/// True for 1 to 64 letters, digits, `.`, `_`, `-` or `@`: names that read the same everywhere.
#[must_use]
pub fn is_user_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= MOST_NAME_CHARS
        && name.chars().all(|letter| letter.is_alphanumeric() || "._-@".contains(letter))
}
