use policy::{BuiltIn, Custom, HandedOut, Notices, Policy};

#[test]
fn documents_are_read_back_and_others_refused() {
    for &built_in in BuiltIn::ALL {
        let policy = Policy::BuiltIn(built_in);
        assert_eq!(built_in.name().parse(), Ok(policy.clone()));
        let open = HandedOut { policy, ..HandedOut::default() };
        assert_eq!(open.document(), built_in.name(), "as agents have always been told");
        assert_eq!(open.document().parse(), Ok(open));
    }
    for document in ["", "record", "RECORD-EVERYTHING", "record-everything\n", "record-everything\n\n", "{}"] {
        let refused = document.parse::<HandedOut>();
        assert!(refused.is_err(), "{document:?} was read as {refused:?}");
    }
    let long = "x".repeat(1_000);
    let error = long.parse::<Policy>().unwrap_err().to_string();
    assert!(error.len() < 200, "the message must not repeat a whole document");
}

#[test]
fn what_administrators_wrote_and_what_is_sealed_go_together() {
    let public = sealing::PrivateKey::generate(&sealing::Seed::new([1; 32])).public().to_string();
    let plan = format!(r#"{{"classes":["picture"],"recipients":["{public}"]}}"#);
    let seal = Some(serde_json::from_str(&plan).unwrap());
    let custom = Custom::from_json(r#"{"version":1,"name":"A\nB","rules":[]}"#);
    assert!(custom.is_err(), "a line break would end the document");
    let custom = Custom::from_json(r#"{"version":1,"name":"Ä","description":"a\nb","rules":[]}"#).unwrap();
    for policy in [Policy::BuiltIn(BuiltIn::RecordEverything), Policy::Custom(custom)] {
        let sealed = HandedOut { policy, seal: seal.clone(), ..HandedOut::default() };
        let document = sealed.document();
        assert_eq!(document.lines().count(), 2);
        assert_eq!(document.parse(), Ok(sealed));
        let name = document.lines().next().unwrap();
        for damaged in [format!("{name}\n"), format!("{name}\n{{}}"), document.replace("picture", "smell")] {
            assert!(damaged.parse::<HandedOut>().is_err(), "{damaged}");
        }
    }
}

#[test]
fn how_users_are_told_goes_with_the_policy_and_is_refused_by_who_does_not_know_it() {
    let public = sealing::PrivateKey::generate(&sealing::Seed::new([1; 32])).public().to_string();
    let plan = format!(r#"{{"classes":["picture"],"recipients":["{public}"]}}"#);
    let notices = Notices { consent: true, ..Notices::default() };
    for seal in [None, Some(serde_json::from_str(&plan).unwrap())] {
        let told = HandedOut { policy: Policy::BuiltIn(BuiltIn::RecordWithNotice), seal, notices: notices.clone() };
        let document = told.document();
        assert_eq!(document.lines().count(), 3);
        assert_eq!(document.parse(), Ok(told));
        for damaged in [document.replace("consent", "content"), document.replace("300", "3"), format!("{document}{{}}")]
        {
            assert!(damaged.parse::<HandedOut>().is_err(), "{damaged}");
        }
    }
}
