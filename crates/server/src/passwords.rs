//! Hashing and checking passwords with argon2id: slow on purpose, so never many at once.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Fewest bytes of a new password.
pub const MIN_PASSWORD_BYTES: usize = 10;
/// Most bytes of a password; argon2 reads all of them.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// Computations at once: each takes 19 MiB and a core for some 30 ms.
const AT_ONCE: usize = 2;
/// How long a login waits for its turn before it is told that the server is busy.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// A password was not hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many others were first.
    #[error("too many logins at once; try again in a few seconds")]
    Busy,
    /// It is shorter or longer than allowed.
    #[error("a password has {MIN_PASSWORD_BYTES} to {MAX_PASSWORD_BYTES} bytes")]
    Length,
    /// The computation failed.
    #[error("the password could not be hashed: {0}")]
    Failed(String),
}

/// Hashes and checks passwords, a few at a time.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Checked in place of the hash of a user who does not exist, so that the answer takes as long.
    decoy: Arc<str>,
}

impl Passwords {
    /// Ready to hash and check.
    ///
    /// # Errors
    /// The computation fails at all.
    pub fn new() -> Result<Passwords, PasswordError> {
        let decoy = hash_now(&crate::secret::new())?;
        Ok(Passwords { turns: Arc::new(Semaphore::new(AT_ONCE)), decoy: decoy.into() })
    }

    /// Hashes a new password into a PHC string.
    ///
    /// # Errors
    /// Its length is out of bounds, or the server is busy.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        if !(MIN_PASSWORD_BYTES..=MAX_PASSWORD_BYTES).contains(&password.len()) {
            return Err(PasswordError::Length);
        }
        self.in_turn(move || hash_now(&password)).await?
    }

    /// True if the password is the one that `kept` was made from. Without `kept` (no such user) it takes as long and is
    /// false.
    ///
    /// # Errors
    /// The server is busy.
    pub async fn check(&self, password: String, kept: Option<String>) -> Result<bool, PasswordError> {
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.decoy.to_string());
        self.in_turn(move || {
            let right = password.len() <= MAX_PASSWORD_BYTES
                && PasswordHash::new(&kept)
                    .is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok());
            right && known
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| PasswordError::Busy)?
            .map_err(|_| PasswordError::Busy)?;
        // The turn goes with the computation: a caller that gives up does not let another one in early.
        let task = tokio::task::spawn_blocking(move || {
            let computed = compute();
            drop(turn);
            computed
        });
        task.await.map_err(|error| PasswordError::Failed(error.to_string()))
    }
}

fn hash_now(password: &str) -> Result<String, PasswordError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| PasswordError::Failed(error.to_string()))
}
