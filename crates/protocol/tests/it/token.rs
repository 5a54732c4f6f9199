//! Enrolment tokens: read back, and refused with the reason.

use protocol::{EnrolmentToken, TokenError};

const SECRET: &str = "kZ4_0123456789-abcDEF";

#[test]
fn a_token_is_read_back() {
    let token = EnrolmentToken::new(SECRET, [0xA5; 32]).expect("the secret is well formed");
    let text = token.to_string();
    assert_eq!(text, format!("{SECRET}.{}", "a5".repeat(32)));
    let read: EnrolmentToken = format!("  {text}\n").parse().expect("its own text is read");
    assert_eq!(read, token);
    assert_eq!((read.secret(), read.server_certificate()), (SECRET, &[0xA5; 32]));
}

#[test]
fn what_is_no_token_is_refused_with_the_reason() {
    let fingerprint = "0".repeat(64);
    for (text, error) in [
        (String::new(), TokenError::NoFingerprint),
        (SECRET.to_owned(), TokenError::NoFingerprint),
        (format!("short.{fingerprint}"), TokenError::BadSecret),
        (format!("{SECRET} {SECRET}.{fingerprint}"), TokenError::BadSecret),
        (format!("{}.{fingerprint}", "s".repeat(129)), TokenError::BadSecret),
        (format!("{SECRET}.{}", &fingerprint[1..]), TokenError::BadFingerprint),
        (format!("{SECRET}.{}g", &fingerprint[1..]), TokenError::BadFingerprint),
    ] {
        assert_eq!(text.parse::<EnrolmentToken>(), Err(error), "{text}");
    }
}

#[test]
fn the_secret_stays_out_of_debug_output() {
    let token = EnrolmentToken::new(SECRET, [0; 32]).expect("the secret is well formed");
    assert!(!format!("{token:?}").contains(SECRET));
}
