//! Web sessions: a random cookie in the browser, its hash in the catalogue, an idle and an absolute end.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use catalogue::{Catalogue, CatalogueError, User, WebSession};
use uuid::Uuid;

use crate::clock::{self, SECOND_US};
use crate::secret;

/// `__Host-` makes browsers insist on Secure, Path=/ and no Domain.
const COOKIE: &str = "__Host-kinescope";
/// Digits of the cookie's value; anything else is not looked up.
const COOKIE_DIGITS: usize = 64;
/// A session's last use is written at most so often.
const TOUCH_EVERY_US: i64 = 60 * SECOND_US;

/// Begins, finds and ends web sessions.
#[derive(Debug, Clone)]
pub struct WebSessions {
    catalogue: Catalogue,
    idle_us: i64,
    absolute_us: i64,
}

/// A session that was found, with the person as of now.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// Hash by which the session is kept.
    pub session: Vec<u8>,
}

impl WebSessions {
    /// Sessions that end after `idle_secs` without a request, and after `absolute_secs` in any case.
    #[must_use]
    pub fn new(catalogue: Catalogue, idle_secs: u32, absolute_secs: u32) -> WebSessions {
        WebSessions {
            catalogue,
            idle_us: i64::from(idle_secs) * SECOND_US,
            absolute_us: i64::from(absolute_secs) * SECOND_US,
        }
    }

    /// Begins a session and gives the `Set-Cookie` header for it.
    ///
    /// # Errors
    /// The catalogue cannot be written.
    pub async fn begin(&self, user: Uuid, address: IpAddr) -> Result<HeaderValue, CatalogueError> {
        let value = secret::new();
        let now = clock::now_us();
        self.catalogue
            .add_session(&WebSession {
                token_hash: secret::at_rest(&value).to_vec(),
                user,
                created_us: now,
                last_used_us: now,
                expires_us: self.expires(now, now),
                address: address.to_string(),
            })
            .await?;
        Ok(cookie(&value, Duration::from_micros(self.absolute_us.unsigned_abs())))
    }

    /// The session whose cookie is among the headers, if it has not ended; notes that it is used.
    ///
    /// # Errors
    /// The catalogue cannot be read.
    pub async fn find(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, CatalogueError> {
        match cookie_value(headers) {
            Some(value) => self.find_by_hash(&secret::at_rest(value), true).await,
            None => Ok(None),
        }
    }

    /// The session as it is now, for a connection that outlives its request. Does not count as use.
    ///
    /// # Errors
    /// The catalogue cannot be read.
    pub async fn find_again(&self, session: &[u8]) -> Result<Option<SignedIn>, CatalogueError> {
        self.find_by_hash(session, false).await
    }

    async fn find_by_hash(&self, hash: &[u8], touch: bool) -> Result<Option<SignedIn>, CatalogueError> {
        let now = clock::now_us();
        let Some(session) = self.catalogue.session(hash, now).await? else { return Ok(None) };
        // Kept apart from the stored expiry, so that a shorter setting acts on sessions that exist.
        if now >= self.expires(session.created_us, session.last_used_us) {
            return Ok(None);
        }
        let Some(user) = self.catalogue.user(session.user).await?.filter(|user| user.enabled) else { return Ok(None) };
        if touch && now - session.last_used_us >= TOUCH_EVERY_US {
            self.catalogue.touch_session(hash, now, self.expires(session.created_us, now)).await?;
        }
        Ok(Some(SignedIn { user, session: session.token_hash }))
    }

    fn expires(&self, created_us: i64, used_us: i64) -> i64 {
        (used_us + self.idle_us).min(created_us + self.absolute_us)
    }
}

/// The `Set-Cookie` header that removes the cookie.
#[must_use]
pub fn forget_cookie() -> HeaderValue {
    cookie("", Duration::ZERO)
}

#[expect(clippy::expect_used, reason = "the text is made of letters, digits and punctuation only")]
fn cookie(value: &str, max_age: Duration) -> HeaderValue {
    let text = format!("{COOKIE}={value}; Path=/; Max-Age={}; HttpOnly; Secure; SameSite=Strict", max_age.as_secs());
    HeaderValue::from_str(&text).expect("printable ASCII")
}

fn cookie_value(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
        .filter(|value| value.len() == COOKIE_DIGITS && value.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
