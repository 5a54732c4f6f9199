use std::collections::BTreeSet;

use events::{KINDS, Kind, Listed, Logging, MAX_ITEM_BYTES, MAX_LISTED};

#[test]
fn nothing_is_logged_unless_it_is_asked_for() {
    assert!(Logging::default().is_nothing());
    assert_eq!(serde_json::to_string(&Logging::default()).unwrap(), "{}");
    assert_eq!(serde_json::from_str::<Logging>("{}").unwrap(), Logging::default());
    let asked: Logging = serde_json::from_str(r#"{"topmost_window":true}"#).unwrap();
    assert!(asked.topmost_window && !asked.is_nothing());
}

#[test]
fn what_makes_a_session_idle_has_bounds() {
    assert!(Logging::of_agents().idle && !Logging::of_agents().is_nothing());
    let asked: Logging = serde_json::from_str(r#"{"idle_after_seconds":60}"#).unwrap();
    assert!(asked.is_nothing() && asked.idle_after_seconds == 60);
    assert_eq!(serde_json::to_string(&asked).unwrap(), r#"{"idle_after_seconds":60}"#);
    for refused in ["0", "4", "86401", "-1", "\"30\""] {
        let error = serde_json::from_str::<Logging>(&format!(r#"{{"idle_after_seconds":{refused}}}"#)).unwrap_err();
        assert!(error.to_string().contains(refused.trim_matches('"')), "{error}");
    }
}

#[test]
fn what_is_not_known_is_refused() {
    let error = serde_json::from_str::<Logging>(r#"{"thoughts":true}"#).unwrap_err();
    assert!(error.to_string().contains("thoughts"), "{error}");
}

#[test]
fn lists_are_bounded_and_say_what_can_be_named() {
    let listed = |items: &[&str]| Listed::try_from(items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
    assert_eq!(listed(&[" firefox ", "/opt/tool"]).unwrap().iter().collect::<Vec<_>>(), ["firefox", "/opt/tool"]);
    let long = "x".repeat(MAX_ITEM_BYTES + 1);
    for refused in [&[""][..], &["  "], &["a\nb"], &[long.as_str()], &["x"; MAX_LISTED + 1]] {
        assert!(listed(refused).is_err(), "{refused:?}");
    }
}

#[test]
fn every_kind_has_a_word_of_its_own_and_fields_of_their_own() {
    assert_eq!(KINDS.iter().map(|kind| kind.name).collect::<BTreeSet<_>>().len(), KINDS.len());
    for kind in KINDS {
        assert_eq!(Kind::named(kind.name), Some(kind));
        let fields: BTreeSet<_> = kind.dimensions.iter().map(|dimension| dimension.field).collect();
        assert_eq!(fields.len(), kind.dimensions.len(), "{}", kind.name);
        assert!(kind.dimensions.iter().all(|dimension| kind.dimension(dimension.field) == Some(dimension)));
    }
    assert_eq!(Kind::named("thought"), None);
}
