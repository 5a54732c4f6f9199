//! Keys as people hold them.

use recording::SealClass;
use sealing::{InvalidKey, InvalidPlan, MAX_RECIPIENTS, PrivateKey, PublicKey, SealPlan};

use crate::sample::key;

#[test]
fn keys_survive_as_text() {
    let private = key(1);
    let line = private.to_text();
    assert_eq!(PrivateKey::from_text(&line).unwrap().public(), private.public());
    let public = private.public().to_string();
    assert_eq!(public.parse::<PublicKey>().unwrap(), private.public());
    assert_eq!(format!(" {public}\n").parse::<PublicKey>().unwrap(), private.public(), "as it is pasted");
    assert_ne!(key(2).public(), private.public());
    assert_ne!(key(2).public().fingerprint(), private.public().fingerprint());
}

#[test]
fn a_private_key_is_not_shown_by_accident() {
    let private = key(1);
    let digits = &private.to_text()["kinescope-private-key-".len()..][..16];
    assert!(!format!("{private:?}").contains(digits));
}

#[test]
fn every_wrong_digit_is_found() {
    let line = key(1).public().to_string();
    let start = "kinescope-key-".len();
    for at in start..line.len() {
        let mut wrong = line.clone().into_bytes();
        wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
        let wrong = String::from_utf8(wrong).unwrap();
        assert_eq!(wrong.parse::<PublicKey>(), Err(InvalidKey::Check), "digit {at}");
    }
    for wrong in ["", "kinescope-key-", &line[..line.len() - 1], &line[start..], &line.to_uppercase()] {
        assert_eq!(wrong.parse::<PublicKey>(), Err(InvalidKey::PublicForm), "{wrong}");
    }
}

#[test]
fn public_and_private_are_told_apart() {
    let private = key(1);
    assert_eq!(private.to_text().parse::<PublicKey>(), Err(InvalidKey::PrivateForPublic));
    let mistaken = PrivateKey::from_text(&private.public().to_string()).err();
    assert_eq!(mistaken, Some(InvalidKey::PublicForPrivate));
}

#[test]
fn plans_that_make_no_sense_are_refused() {
    let (alice, bob) = (key(1).public(), key(2).public());
    let picture = || vec![SealClass::Picture];
    let many = (0..=MAX_RECIPIENTS as u8).map(|person| key(person).public()).collect::<Vec<_>>();
    let cases = [
        (vec![], vec![alice], InvalidPlan::NoClass),
        (vec![SealClass::Picture, SealClass::Picture], vec![alice], InvalidPlan::ClassTwice),
        (vec![SealClass::Other("smell".to_owned())], vec![alice], InvalidPlan::UnknownClass("smell".to_owned())),
        (picture(), vec![], InvalidPlan::Recipients(0)),
        (picture(), many, InvalidPlan::Recipients(MAX_RECIPIENTS + 1)),
        (picture(), vec![alice, bob, alice], InvalidPlan::RecipientTwice),
    ];
    for (classes, recipients, why) in cases {
        assert_eq!(SealPlan::new(classes, recipients), Err(why));
    }
    let json = serde_json::to_string(&crate::sample::plan()).unwrap();
    assert_eq!(serde_json::from_str::<SealPlan>(&json).unwrap(), crate::sample::plan());
    assert!(serde_json::from_str::<SealPlan>(&json.replace("picture", "smell")).is_err());
}
