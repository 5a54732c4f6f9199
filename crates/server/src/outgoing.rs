//! Other servers that are asked: for time stamps, and to take mails and calls.

use std::time::Duration;

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;

/// A client that waits so long for a whole answer, and follows nobody anywhere else.
pub fn client(patience: Duration) -> ClientBuilder {
    // It takes the process's provider of cryptography, and refuses to be built without one. There may be one already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder().timeout(patience).redirect(Policy::none())
}

/// What others said, as it is kept and shown: short, on one line.
pub fn shown(words: &str) -> String {
    const MOST_CHARS: usize = 300;
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    words.chars().map(plain).take(MOST_CHARS).collect::<String>().trim().to_owned()
}

/// An error with its causes.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    for error in std::iter::successors(Some(error), |error| error.source()) {
        let text = error.to_string();
        // Some say their cause themselves.
        if !words.iter().any(|said| said.contains(&text)) {
            words.push(text);
        }
    }
    shown(&words.join(": "))
}
