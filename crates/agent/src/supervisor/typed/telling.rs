//! What was typed, as events.

use detect::process::{file_name, program};
use recording::{Event, event_kinds as kinds};

use crate::typed_watch::Told;

/// The event. Looks at a process.
pub fn event(Told { pid, title, text, not_kept }: Told) -> Event {
    let Some(pid) = pid else {
        let text = format!("up to {not_kept} keys were not kept");
        return Event::new(kinds::TYPED).with("text", text).with("not_kept", not_kept);
    };
    let program = program(pid).ok();
    let name = program.as_deref().map_or("a program", file_name);
    let sentence = format!("{name}: {text}");
    let event = Event::of_window(kinds::TYPED, &title, program.as_deref(), Some(pid));
    let event = event.with("text", sentence).with("typed", text);
    if not_kept == 0 { event } else { event.with("not_kept", not_kept) }
}
