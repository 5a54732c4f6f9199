//! Why something is done, and the event that says what was.

use events::{Action, Came, Kind, Response};
use recording::Event;
use serde_json::Value;

use super::Ruled;

/// Bytes of what is told of the event that something was done for.
const MAX_DETAIL_BYTES: usize = 512;
/// Bytes of why something was not done.
const MAX_OUTCOME_BYTES: usize = 256;

/// The trigger that holds, and the event that it holds for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) policy: String,
    pub(super) rule: String,
    pub(super) trigger: String,
    of: String,
    detail: String,
    /// When it happened, in microseconds of `CLOCK_BOOTTIME`.
    pub(super) at_us: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server is asked to do it.
    Asked,
    /// It was done.
    Done,
    /// It was so before.
    Already,
    /// It was not, for this reason.
    Refused(String),
}

impl Cause {
    pub(super) fn new(rule: &Ruled, trigger: &str, event: &Event) -> Self {
        Self {
            policy: rule.policy.clone(),
            rule: rule.rule.clone(),
            trigger: trigger.to_owned(),
            of: event.kind.clone(),
            detail: detail(event),
            at_us: capture::boottime_us(),
        }
    }

    /// The event that stands in the recording.
    pub(super) fn response(&self, action: Action, outcome: &Outcome) -> Event {
        let (came, why) = match outcome {
            Outcome::Asked => (Came::Asked, String::new()),
            Outcome::Done => (Came::Done, String::new()),
            Outcome::Already => (Came::Already, String::new()),
            Outcome::Refused(why) => (Came::Refused, cut(&one_line(why), MAX_OUTCOME_BYTES)),
        };
        let Self { policy, rule, trigger, of, detail, at_us: _ } = self.clone();
        Response { action, came, why, trigger, of, detail, rule, policy }.event()
    }
}

/// The same without what it tells of what happened.
pub fn without_detail(mut event: Event) -> Event {
    event.fields.remove("detail");
    event
}

/// What happened, in one line: the event's own sentence, or else its fields.
fn detail(event: &Event) -> String {
    let field = |name: &str| match event.fields.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let fields = || {
        let of = Kind::named(&event.kind).map_or(&[][..], |kind| kind.dimensions);
        let told = of.iter().filter_map(|dimension| Some(format!("{}: {}", dimension.field, field(dimension.field)?)));
        told.collect::<Vec<_>>().join(", ")
    };
    cut(&one_line(&field("text").unwrap_or_else(fields)), MAX_DETAIL_BYTES)
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn cut(text: &str, most: usize) -> String {
    text[..text.floor_char_boundary(most)].to_owned()
}

#[cfg(test)]
mod tests {
    use recording::event_kinds as kinds;

    use super::*;

    #[test]
    fn a_response_says_what_was_done_for_what() {
        let rule = Ruled::new("Finance", "Accountants", &events::Responses::default());
        let event = Event::new(kinds::CUSTOM).with("text", "payment:\nInvoice 4711");
        let cause = Cause::new(&rule, "Payments", &event);
        let response = cause.response(Action::Lock, &Outcome::Refused("no locker\nis installed".to_owned()));
        for (field, value) in [
            ("action", "lock"),
            ("outcome", "refused: no locker is installed"),
            ("trigger", "Payments"),
            ("of", "custom"),
            ("detail", "payment: Invoice 4711"),
            ("rule", "Accountants"),
            ("policy", "Finance"),
            ("text", "“Payments”: the session was not locked: no locker is installed"),
        ] {
            assert_eq!(response.fields[field], value);
        }
        let told = without_detail(cause.response(Action::Mail, &Outcome::Asked));
        assert!(!told.fields.contains_key("detail"));
        assert_eq!(told.fields["outcome"], "asked of the server");
    }

    #[test]
    fn events_without_words_are_told_by_their_fields_and_long_ones_are_cut() {
        let rule = Ruled::new("p", "r", &events::Responses::default());
        let told = |event: &Event| Cause::new(&rule, "t", event).detail;
        let event = Event::new(kinds::PROGRAM_END).with("program", "/usr/bin/gpg").with("status", 2);
        assert_eq!(told(&event), "program: /usr/bin/gpg, status: 2");
        let long = told(&Event::new(kinds::CUSTOM).with("text", "ä".repeat(10_000)));
        assert!(long.len() <= MAX_DETAIL_BYTES && long.len() >= MAX_DETAIL_BYTES - 1, "{}", long.len());
    }
}
