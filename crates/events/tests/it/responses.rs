use events::{Action, Came, MAX_KEYWORDS, PreparedTriggers, Responses, Said, TriggerTemplate};
use proptest::prelude::*;
use recording::Event;
use serde_json::{Value, json};

fn read(document: Value) -> Result<Responses, String> {
    let responses: Responses = serde_json::from_value(document).map_err(|error| error.to_string())?;
    responses.check().map_err(|error| error.to_string())?;
    Ok(responses)
}

fn trigger(event: &str, conditions: &Value) -> Value {
    json!({ "description": "It", "event": event, "conditions": conditions, "actions": ["lock"] })
}

fn is_met(trigger: Value, event: &Event) -> bool {
    let (triggers, refused) = PreparedTriggers::new(&read(json!({ "triggers": [trigger] })).unwrap());
    assert!(refused.is_empty());
    triggers.met_by(event).count() == 1
}

#[test]
fn a_condition_is_about_one_field_and_all_must_hold() {
    let clipboard = Event::new("clipboard")
        .with("type", "file")
        .with("title", "Gehälter – Übersicht")
        .with("paths", "/srv/a\n/srv/Geheim.ods")
        .with("files", 2);
    for (conditions, met) in [
        (json!([]), true),
        (json!([{ "field": "title", "test": { "includes": "ÜBERSICHT" } }]), true),
        (json!([{ "field": "title", "test": { "equals": "Übersicht" } }]), false),
        (json!([{ "field": "title", "test": { "equals": "gehälter – übersicht" } }]), true),
        (json!([{ "field": "paths", "test": { "matches": "(?m)^/srv/.*\\.ods$" } }]), true),
        (json!([{ "field": "paths", "test": { "matches": "geheim" } }]), false),
        (json!([{ "field": "type", "test": { "is": "file" } }]), true),
        (json!([{ "field": "type", "test": { "is": "text" } }]), false),
        (json!([{ "field": "files", "test": { "greater": 1 } }]), true),
        (json!([{ "field": "files", "test": { "greater": 2 } }]), false),
        (json!([{ "field": "files", "test": { "smaller": 3 } }]), true),
        (json!([{ "field": "files", "test": { "between": [2, 2] } }]), true),
        (json!([{ "field": "files", "test": { "between": [3, 9] } }]), false),
        (json!([{ "field": "bytes", "test": { "smaller": 9 } }]), false),
        (json!([{ "field": "type", "test": { "is": "file" } }, { "field": "files", "test": { "greater": 5 } }]), false),
        (json!([{ "field": "type", "test": { "is": "file" } }, { "field": "files", "test": { "smaller": 5 } }]), true),
    ] {
        assert_eq!(is_met(trigger("clipboard", &conditions), &clipboard), met, "{conditions}");
    }
    assert!(!is_met(trigger("popup", &json!([])), &clipboard), "another kind");
    let busy = Event::new("performance").with("cpu_percent", 90.5);
    assert!(is_met(trigger("performance", &json!([{ "field": "cpu_percent", "test": { "greater": 90 } }])), &busy));
}

#[test]
fn what_makes_no_sense_is_refused_with_why() {
    let condition = |field: &str, test: Value| json!([{ "field": field, "test": test }]);
    let of = |conditions: Value| json!({ "triggers": [trigger("clipboard", &conditions)] });
    let long = "a".repeat(1_025);
    let cases = [
        (json!({ "pause_seconds": 301 }), "pause_seconds is 301; it must be 0 to 300"),
        (json!({ "before_seconds": 121 }), "before_seconds is 121; it must be 10 to 120"),
        (json!({ "before_seconds": 0 }), "before_seconds is 0; it must be 10 to 120"),
        (json!({ "after_minutes": 0 }), "after_minutes is 0; it must be 1 to 1440"),
        (json!({ "mail_at_start": true }), "mail_to names nobody"),
        (json!({ "mail_to": ["ana"] }), "“ana” is no address"),
        (json!({ "mail_to": ["a@b\r\nBcc: c@d"] }), "is no address"),
        (json!({ "mail_to": ["a@b,c@d"] }), "is no address"),
        (json!({ "mail_to": vec!["a@b"; 21] }), "at most 20 addresses"),
        (json!({ "triggers": vec![trigger("lock", &json!([])); 8] }), "at most 7 triggers"),
        (json!({ "triggers": [trigger("rain", &json!([]))] }), "no events named “rain”"),
        (json!({ "triggers": [trigger("response", &json!([]))] }), "in response to events named “response”"),
        (json!({ "triggers": [trigger("document-kept", &json!([]))] }), "in response to events named “document-kept”"),
        (json!({ "triggers": [{ "description": "It", "event": "lock", "actions": [] }] }), "no actions"),
        (json!({ "triggers": [{ "description": "It", "event": "lock", "actions": ["lock", "lock"] }] }), "twice"),
        (json!({ "triggers": [{ "description": "It", "event": "lock", "actions": ["dance"] }] }), "unknown variant"),
        (json!({ "triggers": [{ "description": " ", "event": "lock", "actions": ["lock"] }] }), "a description has"),
        (
            json!({ "triggers": [{ "description": "It", "event": "lock", "actions": ["mail"] }] }),
            "mail_to names nobody",
        ),
        (of(condition("colour", json!({ "equals": "red" }))), "have no field “colour”"),
        (of(condition("files", json!({ "includes": "2" }))), "holds a number, which cannot be tested like that"),
        (of(condition("title", json!({ "greater": 2 }))), "holds text, which cannot be tested like that"),
        (of(condition("type", json!({ "is": "sound" }))), "is one of text, file, bitmap, never “sound”"),
        (of(condition("files", json!({ "between": [3, 2] }))), "no number is between 3 and 2"),
        (of(condition("title", json!({ "matches": "(" }))), "“(” cannot be used: unclosed group"),
        (of(condition("title", json!({ "matches": "(\\pL{900}){900}" }))), "stands for too much"),
        (of(condition("title", json!({ "includes": "" }))), "1 to 1024 bytes"),
        (of(condition("title", json!({ "includes": long }))), "1 to 1024 bytes"),
        (of(json!(vec![json!({ "field": "title", "test": { "includes": "a" } }); 3])), "at most 2 conditions"),
        (json!({ "trigger": [] }), "unknown field"),
    ];
    for (document, why) in cases {
        let error = read(document.clone()).unwrap_err();
        assert!(error.contains(why), "{document}: {error}");
    }
}

#[test]
fn little_screen_from_before_counts_as_ten_seconds_and_none_is_usual() {
    let seconds = |said| read(json!({ "before_seconds": said })).unwrap().before_seconds;
    assert_eq!([1, 9, 10, 11, 120].map(|said| seconds(json!(said))), [10, 10, 10, 11, 120].map(Some));
    assert_eq!(seconds(json!(null)), None);
    assert_eq!(read(json!({})).unwrap().before_seconds, None);
    assert!(!serde_json::to_string(&read(json!({})).unwrap()).unwrap().contains("before_seconds"));
}

#[test]
fn what_is_never_done_is_no_response() {
    assert!(read(json!({})).unwrap().is_none());
    assert!(read(json!({ "mail_to": ["ana@example.org"] })).unwrap().is_none(), "nothing is sent to her");
    assert!(!read(json!({ "mail_to": ["ana@example.org"], "mail_at_start": true })).unwrap().is_none());
}

#[test]
fn a_trigger_that_makes_no_sense_leaves_the_others_at_work() {
    let wrong = trigger("clipboard", &json!([{ "field": "title", "test": { "matches": "(" } }]));
    let right = trigger("clipboard", &json!([]));
    let responses: Responses = serde_json::from_value(json!({ "triggers": [wrong, right] })).unwrap();
    let (triggers, refused) = PreparedTriggers::new(&responses);
    assert_eq!(refused.len(), 1);
    assert_eq!(triggers.met_by(&Event::new("clipboard")).count(), 1);
}

#[test]
fn expressions_that_hang_others_are_answered() {
    let text = "a".repeat(60 << 10);
    for (expression, met) in [("^(a+)+$", true), ("^(a|aa)+b$", false), ("(.*)*(.*)*(.*)*x", false)] {
        let conditions = json!([{ "field": "content", "test": { "matches": expression } }]);
        let event = Event::new("clipboard").with("content", text.as_str());
        assert_eq!(is_met(trigger("clipboard", &conditions), &event), met, "{expression}");
    }
}

proptest! {
    #[test]
    fn no_expression_and_no_text_confuse(expression in "\\PC{0,40}|[(a|b)*+?{},0-9\\[\\]^$.\\\\]{0,40}", text in "\\PC{0,80}") {
        let conditions = json!([{ "field": "title", "test": { "matches": expression } }]);
        if let Ok(responses) = read(json!({ "triggers": [trigger("popup", &conditions)] })) {
            let again: Responses = serde_json::from_value(serde_json::to_value(&responses).unwrap()).unwrap();
            prop_assert_eq!(&again, &responses);
            PreparedTriggers::new(&responses).0.met_by(&Event::new("popup").with("title", text)).count();
        }
    }
}

#[test]
fn what_was_done_is_known_again_by_its_words() {
    for action in Action::ALL {
        let text = action.response_text("Payroll: “new”: a mail was asked for", Came::Done, "");
        let said = Said::by(&text).unwrap();
        let came = if matches!(action, Action::Mail | Action::Webhook) { Came::Asked } else { Came::Done };
        assert_eq!((said.action, said.came, said.why), (*action, came, ""), "{text}");
        assert_eq!(said.trigger, "Payroll: “new”: a mail was asked for");
        let text = action.response_text("Payroll", Came::Already, "");
        let said = Said::by(&text).unwrap();
        assert_eq!((said.trigger, said.action, said.came), ("Payroll", *action, Came::Already), "{text}");
        let text = action.response_text("Payroll", Came::Refused, "no program: it is not installed");
        let said = Said::by(&text).unwrap();
        assert_eq!((said.trigger, said.action, said.came), ("Payroll", *action, Came::Refused), "{text}");
        assert_eq!(said.why, "no program: it is not installed");
    }
    for other in
        ["", "“Payroll”", "“Payroll”: something else", "a mail was asked for", "Payroll”: a mail was asked for"]
    {
        assert_eq!(Said::by(other), None, "{other}");
    }
}

#[test]
fn templates_that_are_built_in_can_be_put_into_a_rule() {
    let built_in = TriggerTemplate::built_in();
    let mut names: Vec<&str> = built_in.iter().map(|template| template.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), built_in.len() > 3), (built_in.len(), true));
    for template in &built_in {
        assert_eq!(template.check(), Ok(()), "{}", template.name);
        let told = serde_json::to_value(template).unwrap();
        assert_eq!(&serde_json::from_value::<TriggerTemplate>(told).unwrap(), template);
    }
    let mut remote = serde_json::to_value(&built_in[0].trigger).unwrap();
    remote["actions"] = json!(["lock"]);
    for (program, expected) in [
        ("/usr/bin/anydesk", true),
        ("/opt/TeamViewer_Desktop", true),
        ("/usr/bin/ssh", true),
        ("/usr/bin/ssh-add", false),
    ] {
        assert_eq!(
            is_met(remote.clone(), &Event::new("program-start").with("program", program)),
            expected,
            "{program}"
        );
    }
}

#[test]
fn templates_that_make_no_sense_are_refused() {
    let refused = |change: fn(&mut TriggerTemplate)| {
        let mut template = TriggerTemplate::built_in().remove(0);
        change(&mut template);
        template.check().map_or_else(|error| error.to_string(), |()| String::new())
    };
    assert!(refused(|template| template.name = " ".into()).contains("a name"));
    assert!(refused(|template| template.theme = "x".repeat(65)).contains("a theme"));
    assert!(refused(|template| template.keywords = vec!["a".into(); MAX_KEYWORDS + 1]).contains("keywords"));
    assert!(refused(|template| template.keywords = vec!["a\n".into()]).contains("a keyword"));
    assert!(refused(|template| template.trigger.event = "dance".into()).contains("no events named “dance”"));
}
