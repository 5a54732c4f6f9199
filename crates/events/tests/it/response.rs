use events::{Action, Came, Response};
use recording::Event;

fn response(action: Action, came: Came, why: &str) -> Response {
    let text = |text: &str| text.to_owned();
    let (trigger, of, detail) = (text("Payments"), text("custom"), text("Invoice 4711"));
    // As long as they may be.
    let (rule, policy) = ("r".repeat(256), "ü".repeat(128));
    Response { action, came, why: text(why), trigger, of, detail, rule, policy }
}

#[test]
fn what_stands_in_a_recording_is_read_as_it_was_written() {
    for action in Action::ALL {
        for (came, why) in [(Came::Asked, ""), (Came::Done, ""), (Came::Already, ""), (Came::Refused, "no locker")] {
            let response = response(*action, came, why);
            assert_eq!(Response::by(&response.event()), Some(response));
        }
    }
}

#[test]
fn what_a_hostile_machine_writes_is_cut_or_is_nothing() {
    let event = response(Action::Mail, Came::Asked, "").event();
    let read = |field: &str, value: &str| Response::by(&event.clone().with(field, value));
    assert_eq!(read("action", "format"), None);
    assert_eq!(read("outcome", "perhaps"), None);
    assert_eq!(read("trigger", "a\r\nb\u{1b}").map(|response| response.trigger), Some("a  b ".to_owned()));
    assert_eq!(read("detail", &"ä".repeat(10_000)).map(|response| response.detail.chars().count()), Some(512));
    assert_eq!(Response::by(&Event { kind: "custom".to_owned(), ..event.clone() }), None);
    assert_eq!(Response::by(&event.clone().with("action", 7)), None);
}
