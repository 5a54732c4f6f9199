use std::collections::BTreeSet;

use events::{Action, KINDS, Kind, Logging, Values};
use serde_json::{Value, json};

#[test]
fn every_kind_is_asked_for_by_a_setting_that_is_there() {
    let settings = settings();
    for kind in KINDS {
        assert!(kind.logged_by.is_none_or(|field| settings.contains(field)), "{}", kind.name);
    }
    let asked: BTreeSet<&str> = KINDS.iter().filter_map(|kind| kind.logged_by).collect();
    let details = ["idle_after_seconds", "clipboard_content", "popup_words", "page_queries", "secret_arguments"];
    for setting in settings.iter().filter(|setting| !details.contains(&setting.as_str())) {
        assert!(asked.contains(setting.as_str()), "no kind of event is told because of {setting}");
    }
}

/// The fields of [`Logging`]: those that a document with an unknown one is told of.
fn settings() -> BTreeSet<String> {
    let error = serde_json::from_value::<Logging>(json!({ "no such setting": true })).unwrap_err().to_string();
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

#[test]
fn what_is_done_can_be_asked_about_by_the_names_of_documents() {
    let response = Kind::named("response").unwrap();
    let names: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
    assert!(matches!(response.dimension("action").unwrap().values, Values::Choice(words) if words == names));
    for action in Action::ALL {
        assert_eq!(serde_json::to_value(action).unwrap(), Value::from(action.name()));
    }
}
