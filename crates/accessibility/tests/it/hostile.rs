//! A program that lies in the tree: it harms nobody, and holds nobody up for long.

use std::time::{Duration, Instant};

use accessibility::{NoWords, Tree};
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::message::Type;
use zbus::zvariant::{ObjectPath, Value};

use crate::session::Session;
use crate::words::run;

const ROOT: &str = "/org/a11y/atspi/accessible/root";
/// What all windows of these programs are called.
const TITLE: &str = "Trap";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// It never answers.
    Silence,
    /// Every object holds itself 60 times.
    Cycle,
    /// Every object says that it has two thousand million others.
    Millions,
    /// One that says it has a child has a million.
    Surprise,
    /// Its words are 20 MB.
    Words,
    /// Its answers are of other kinds than asked for.
    Nonsense,
}

/// Enters a program that lies into the tree of a session. It is there until the session's bus ends.
fn lie(session: &Session, lie: Lie) {
    let bus = connection::Builder::address(session.bus.as_str()).unwrap().build().unwrap();
    let asked =
        bus.call_method(Some("org.a11y.Bus"), "/org/a11y/bus", Some("org.a11y.Bus"), "GetAddress", &()).unwrap();
    let address: String = asked.body().deserialize().unwrap();
    let bus = connection::Builder::address(address.as_str()).unwrap().build().unwrap();
    let own = (bus.unique_name().unwrap().to_string(), ObjectPath::try_from(ROOT).unwrap());
    let calls = MessageIterator::from(&bus);
    let registry = Some("org.a11y.atspi.Registry");
    bus.call_method(registry, ROOT, Some("org.a11y.atspi.Socket"), "Embed", &(own,)).unwrap();
    std::thread::spawn(move || {
        for call in calls.flatten() {
            if call.message_type() != Type::MethodCall {
                continue;
            }
            // Who asked may be gone.
            let _ = answer(&bus, &call, lie);
        }
    });
}

fn answer(bus: &Connection, call: &zbus::Message, lie: Lie) -> zbus::Result<()> {
    let header = call.header();
    let own = (bus.unique_name().unwrap().to_string(), ObjectPath::try_from(ROOT)?);
    let member = header.member().map(ToString::to_string).unwrap_or_default();
    match (lie, member.as_str()) {
        (Lie::Silence, _) => Ok(()),
        (Lie::Nonsense, _) => bus.reply(&header, &("what?", 7_u8)),
        (_, "GetRole") if lie == Lie::Words && header.path().is_some_and(|path| path.ends_with("word")) => {
            bus.reply(&header, &29_u32)
        }
        (_, "GetRole") => bus.reply(&header, &16_u32),
        (_, "GetState") => bus.reply(&header, &[1_u32 << 25, 0].as_slice()),
        (_, "GetChildAtIndex") => bus.reply(&header, &own),
        (Lie::Surprise, "GetChildren") => bus.reply(&header, &vec![own; 1_000_000]),
        (Lie::Words, "GetChildren") => {
            bus.reply(&header, &vec![(own.0, ObjectPath::try_from(format!("{ROOT}/word"))?)])
        }
        (_, "GetChildren") => bus.reply(&header, &vec![own; 60]),
        (_, "GetText") | (_, "GetAttributeValue") => bus.reply(&header, &"https://example.org/"),
        (_, "Get") => {
            let (_, name): (String, String) = call.body().deserialize()?;
            let value = match (name.as_str(), lie) {
                ("ChildCount", Lie::Millions) => Value::from(i32::MAX),
                ("ChildCount", Lie::Cycle) => Value::from(60_i32),
                ("ChildCount", _) => Value::from(1_i32),
                (_, Lie::Words) if header.path().is_some_and(|path| path.ends_with("word")) => {
                    Value::from("word ".repeat(4_000_000))
                }
                _ => Value::from(TITLE),
            };
            bus.reply(&header, &value)
        }
        _ => Ok(()),
    }
}

#[test]
fn programs_that_lie_hold_nobody_up() {
    let session = Session::new();
    run(async { Tree::open(&session.bus).await.unwrap() });
    for (how, expected) in [
        (Lie::Silence, Err(NoWords::Late)),
        (Lie::Cycle, Ok(String::new())),
        (Lie::Millions, Ok(String::new())),
        (Lie::Nonsense, Err(NoWords::NotFound)),
    ] {
        let session = Session::new();
        lie(&session, how);
        run(async {
            let tree = Tree::open(&session.bus).await.unwrap();
            let begun = Instant::now();
            let words = tree.words(std::process::id(), TITLE).await;
            assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
            if words != Err(NoWords::Late) {
                assert_eq!(words, expected);
            }
            let begun = Instant::now();
            let mut browsers = tree.browsers(Vec::new(), |pid| pid == std::process::id()).await.unwrap();
            assert_eq!(browsers.len(), 1);
            let pages = tree.pages(&mut browsers[0]).await;
            assert!(pages.is_err() || pages.unwrap().is_empty(), "a dialog holds no page");
            assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        });
    }
}

#[test]
fn of_what_is_much_too_large_the_first_is_told_or_nothing() {
    let session = Session::new();
    lie(&session, Lie::Words);
    run(async {
        let tree = Tree::open(&session.bus).await.unwrap();
        match tree.words(std::process::id(), TITLE).await {
            Ok(words) => assert!((990..=accessibility::MAX_WORDS_CHARS).contains(&words.chars().count()), "{words}"),
            // The bus may have thrown it out.
            Err(why) => assert_ne!(why, NoWords::Off),
        }
    });
    let session = Session::new();
    lie(&session, Lie::Surprise);
    run(async {
        let tree = Tree::open(&session.bus).await.unwrap();
        let begun = Instant::now();
        let words = tree.words(std::process::id(), TITLE).await;
        assert!(matches!(words, Err(NoWords::Late) | Ok(_)), "{words:?}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    });
}
