//! What windows show, as events.

use detect::process::{file_name, program};
use recording::{Event, event_kinds as kinds};

use super::super::host_events::lost;
use crate::accessibility_watch::{Page, Told};

/// What it is called of which some is not known.
const PAGES: &str = "pages";

/// The event; `None`: nothing to tell of. Looks at processes.
pub fn event(told: Told) -> Option<Event> {
    Some(match told {
        Told::Shown(page) => of_page(kinds::PAGE_SHOWN, page),
        Told::Left { page, seconds } => of_page(kinds::PAGE_LEFT, page).with("seconds", seconds),
        Told::Silent { pid } => {
            let program = program(pid).ok();
            let name = program.as_deref().map_or("a browser", file_name);
            let event = lost(PAGES, 0).with("text", format!("{PAGES}: {name} does not say which it shows"));
            with_program(event.with("process", pid), program.as_deref())
        }
        Told::Reached | Told::Words { .. } => return None,
    })
}

/// Nothing says which pages browsers show.
pub fn unreached() -> Event {
    lost(PAGES, 0).with("text", format!("{PAGES}: the session's accessibility tree is not reached"))
}

fn of_page(kind: &str, Page { pid, url, title }: Page) -> Event {
    let text = if title.is_empty() { url.clone() } else { format!("{title}: {url}") };
    let event = Event::new(kind).with("text", text).with("url", url).with("title", title).with("process", pid);
    with_program(event, program(pid).ok().as_deref())
}

fn with_program(event: Event, program: Option<&str>) -> Event {
    program.into_iter().fold(event, |event, program| event.with("program", program))
}
