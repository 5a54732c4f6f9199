//! Displays that cannot be opened are refused with what to do about it.

use capture::{ConnectionParams, OpenError, Options, X11Source};

use crate::follower::params;
use crate::xserver::XServer;

fn refusal(params: &ConnectionParams) -> OpenError {
    match X11Source::open(params, &Options::default()) {
        Ok(_) => panic!("{params:?} was opened"),
        Err(error) => error,
    }
}

#[test]
fn names_that_are_no_displays() {
    for name in ["", "nonsense", ":", ":x", "host:", ":64999"] {
        let error = refusal(&ConnectionParams { display: name.to_owned(), cookie: None });
        assert!(matches!(error, OpenError::BadName { .. }), "{name:?}: {error}");
    }
}

#[test]
fn nobody_listens() {
    let error = refusal(&ConnectionParams { display: ":5999".to_owned(), cookie: None });
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("no X server answers on display :5999"), "{error}");
}

#[test]
fn pixels_that_are_not_read_are_named() {
    for (screen, found) in [("320x200x16", "depth 16"), ("320x200x8", "depth 8"), ("320x200x30", "depth 30")] {
        let server = XServer::xvfb(screen);
        let error = refusal(&params(&server));
        assert!(matches!(error, OpenError::UnsupportedPixels { .. }), "{screen}: {error}");
        assert!(error.to_string().contains(found), "{screen}: {error}");
    }
}

#[test]
fn a_wrong_cookie_is_refused_and_never_shown() {
    let server = XServer::xvfb_of_another_user("320x200x24");
    let wrong = ConnectionParams { cookie: Some(b"not-the-cookie!!".to_vec()), ..params(&server) };
    let error = refusal(&wrong);
    assert!(matches!(error, OpenError::Refused { .. }), "{error}");
    assert!(!format!("{wrong:?} {error} {error:?}").contains("not-the-cookie"), "the cookie is a secret");
}
