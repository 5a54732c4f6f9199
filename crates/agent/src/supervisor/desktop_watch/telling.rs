//! What was seen on a display, as events.

use capture::{Copied, Sighting, Sort, Titled};
use detect::process::file_name;
use recording::{Event, event_kinds as kinds};

use crate::browsers::is_browser;

/// Characters of a text that its sentence shows.
const SHOWN_CHARS: usize = 100;

/// The event. `None`: nothing to tell of. Looks at processes.
pub fn event(sighting: Sighting) -> Option<Event> {
    Some(match sighting {
        Sighting::Topmost(window) => of_window(kinds::TOPMOST_WINDOW, &window),
        Sighting::Idle { seconds } => {
            let text = format!("nothing has happened for {seconds} s");
            Event::new(kinds::IDLE).with("seconds", seconds).with("text", text)
        }
        Sighting::IdleEnd { seconds } => Event::new(kinds::IDLE_END)
            .with("seconds", seconds)
            .with("minutes", seconds / 60)
            .with("text", format!("nothing had happened for {seconds} s")),
        Sighting::Copied(copied) => of_copied(copied),
        Sighting::NotResponding(window) => of_window(kinds::NOT_RESPONDING, &window),
        Sighting::RespondsAgain { window, seconds } => {
            of_window(kinds::RESPONDS_AGAIN, &window).with("seconds", seconds)
        }
        Sighting::Popup(window) => {
            // Dialogs of browsers are pages' doing, and no news.
            if program(&window).is_some_and(|program| is_browser(&program)) {
                return None;
            }
            of_window(kinds::POPUP, &window)
        }
        Sighting::Locked(locked) => lock(locked),
    })
}

/// The session was locked, or unlocked.
pub fn lock(locked: bool) -> Event {
    Event::new(if locked { kinds::LOCK } else { kinds::UNLOCK })
}

fn program(window: &Titled) -> Option<String> {
    detect::process::program(window.pid?).ok()
}

fn of_window(kind: &str, window: &Titled) -> Event {
    Event::of_window(kind, &window.title, program(window).as_deref(), window.pid)
}

fn of_copied(copied: Copied) -> Event {
    let what = match copied.sort {
        _ if copied.is_secret => "a secret".to_owned(),
        Some(Sort::Text) => {
            let shown: Option<String> = copied.content.as_ref().map(|text| text.chars().take(SHOWN_CHARS).collect());
            shown.unwrap_or_else(|| "text".to_owned())
        }
        Some(Sort::File) => {
            let others = copied.files.saturating_sub(1);
            let first = copied.paths.first().map_or("files", String::as_str);
            if others == 0 { first.to_owned() } else { format!("{first} and {others} more") }
        }
        Some(Sort::Bitmap) => "a picture".to_owned(),
        None => "something".to_owned(),
    };
    let program = program(&copied.window);
    let name = program.as_deref().map_or("a program", file_name);
    let event = of_window(kinds::CLIPBOARD, &copied.window).with("text", format!("{name}: {what}"));
    let sort = copied.sort.map(|sort| match sort {
        Sort::Text => "text",
        Sort::File => "file",
        Sort::Bitmap => "bitmap",
    });
    let event = sort.into_iter().fold(event, |event, sort| event.with("type", sort));
    let event = copied.content.into_iter().fold(event, |event, content| event.with("content", content));
    let event = copied.bytes.into_iter().fold(event, |event, bytes| event.with("bytes", bytes));
    let event = if copied.is_secret { event.with("secret", true) } else { event };
    if copied.files == 0 {
        return event;
    }
    event.with("files", copied.files).with("paths", copied.paths.join("\n"))
}
